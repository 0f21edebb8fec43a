"""Receipt codes: how somebody asks later what became of a letter, without giving a name."""

from __future__ import annotations

import secrets
from typing import Final

_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0, O, 1, I and L, which are taken for one another
_LENGTH: Final = 10


def new_code() -> str:
    """Return a code such as "CH-7K2M-9QXD": ten random signs, 49 bits, so that nobody finds one by trying."""
    return _grouped("".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)))


def as_code(typed: str) -> str | None:
    """Return the code that somebody typed, whatever its case, blanks and hyphens; None when it cannot be one."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    if len(signs) != _LENGTH or not set(signs) <= set(_SIGNS):
        return None
    return _grouped(signs)


def _grouped(signs: str) -> str:
    return f"{signs[:2]}-{signs[2:6]}-{signs[6:]}"
