"""Codes of an authenticator app (RFC 6238): six digits, a new one every 30 seconds."""

from __future__ import annotations

import hashlib
import hmac
import io
from base64 import b32encode
from datetime import datetime
from typing import Final

import pyotp
import segno

from bot.channels.web_page import NAME

STEP_SECONDS: Final = 30
DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_ALLOWED_STEPS: Final = (0, -1, 1)
"""A clock may be half a minute off, and somebody may take half a minute to type."""


def step_of(secret: bytes, typed: str, at: datetime) -> int | None:
    """Return the time step whose code was typed, or None. Blanks in the code do not matter."""
    code = "".join(typed.split())
    if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
        return None
    now = int(at.timestamp()) // STEP_SECONDS
    generator = _generator(secret)
    found = [now + off for off in _ALLOWED_STEPS if hmac.compare_digest(generator.generate_otp(now + off), code)]
    return found[0] if found else None


def secret_for(session_key: str) -> bytes:
    """Return the secret that is offered to a session that sets up its second factor.

    It follows from the session's key, which only the browser has, so that it need not be stored before it is proved.
    """
    made = hmac.new(session_key.encode("utf-8", "replace"), b"second factor of the console", hashlib.sha256).digest()
    return made[:_SECRET_BYTES]


def readable(secret: bytes) -> str:
    """Return the secret as people type it, in groups of four."""
    text = _base32(secret)
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def picture(secret: bytes, login: str) -> bytes:
    """Return a QR code for an authenticator app, as SVG."""
    address = _generator(secret).provisioning_uri(name=login, issuer_name=NAME)
    into = io.BytesIO()
    segno.make(address, error="m", micro=False).save(into, kind="svg", scale=5, border=4, light="#fff", xmldecl=False)
    return into.getvalue()


def code_at(secret: bytes, at: datetime) -> str:
    """Return the code that an authenticator app shows."""
    return _generator(secret).at(at)


def _base32(secret: bytes) -> str:
    return b32encode(secret).decode("ascii").rstrip("=")


def _generator(secret: bytes) -> pyotp.TOTP:
    return pyotp.TOTP(_base32(secret), digits=DIGITS, interval=STEP_SECONDS)
