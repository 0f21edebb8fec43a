"""What an operator sets for Telegram."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

API: Final = "https://api.telegram.org"
_TOKEN: Final = re.compile(r"([1-9]\d{0,18}):[A-Za-z0-9_-]{1,200}")
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class Mode(StrEnum):
    """How updates come in."""

    POLLING = "polling"  # we ask for them; no public address is needed
    WEBHOOK = "webhook"  # Telegram posts them to our public HTTPS address


@dataclass(frozen=True)
class Timeouts:
    """Seconds that one step of a request may take; `total` bounds the whole, whatever trickles in."""

    connect: float = 5.0
    read: float = 15.0
    write: float = 10.0
    total: float = 40.0


@dataclass(frozen=True, kw_only=True)
class TelegramSettings:
    """Settings of one bot. Raises ValueError, never quoting a secret, when they cannot be used.

    `api` may be another Bot API server (a local one, or a fake). `proxy` is an http:// or https:// address and may
    hold a password. `per_second` is Telegram's overall limit; about 30 is what its FAQ tells, the exact rules are
    unpublished.
    """

    token: str = field(repr=False)
    mode: Mode = Mode.POLLING
    secret: str = field(default="", repr=False)
    webhook_url: str = ""
    proxy: str | None = field(default=None, repr=False)
    api: str = API
    per_second: int = 30
    timeouts: Timeouts = Timeouts()

    def __post_init__(self) -> None:
        """Check what can be checked without asking Telegram."""
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("the token is not of the form 123456789:letters")
        if not _is_address(self.api, {"http", "https"}):
            raise ValueError("the address of the API is not an http(s) address")
        if self.proxy is not None and not _is_address(self.proxy, {"http", "https"}):
            raise ValueError("the proxy is not an http:// or https:// address")
        if not 1 <= self.per_second <= 1000:
            raise ValueError("messages per second: expected 1 to 1000")
        if self.mode is Mode.WEBHOOK:
            self._check_webhook()

    @property
    def bot_id(self) -> str:
        """The bot's id: the number in front of the token."""
        return self.token.partition(":")[0]

    def _check_webhook(self) -> None:
        if not _SECRET.fullmatch(self.secret):
            raise ValueError("the webhook's secret needs 1 to 256 letters, digits, _ or -")
        host = urlsplit(self.webhook_url).hostname if _is_address(self.webhook_url, {"http", "https"}) else None
        if host is None or (host not in _LOOPBACK and not self.webhook_url.startswith("https://")):
            raise ValueError("the webhook's address is not an https:// address")


def _is_address(text: str, schemes: set[str]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
