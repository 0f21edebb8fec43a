"""Passwords of the staff: what is asked of them, how they are kept and checked."""

from __future__ import annotations

import asyncio
import secrets
import string
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from knowledge.vietnamese import fold

SHORTEST: Final = 12
LONGEST: Final = 200
_AT_ONCE: Final = 2
"""Each check takes 64 MiB and a tenth of a second of one core; a flood of them must wait, not fill the memory."""
_ONE_TIME_LENGTH: Final = 16
_ONE_TIME_SIGNS: Final = "".join(sorted(set(string.ascii_lowercase + string.digits) - set("il1o0")))
_FEWEST_SIGNS: Final = 5
_COMMON: Final = (
    "123456789",
    "987654321",
    "qwerty",
    "asdfgh",
    "password",
    "matkhau",
    "anhyeuem",
    "emyeuanh",
    "iloveyou",
    "admin",
    "administrator",
    "letmein",
    "phongchay",
    "chuachay",
    "canhsat",
    "mattran",
    "vietnam",
    "tolypccc",
    "trolypccc",
    "hanoi",
    "saigon",
    "hochiminh",
    "toquoc",
)
"""What passwords of Vietnamese offices often are; with a few signs around it, it is still guessed first."""


class WeakPasswordError(Exception):
    """A password that is not accepted; the message, in Vietnamese, says why."""


def approve(password: str, *, login: str, name: str) -> None:
    """Raise `WeakPasswordError` for a password that somebody would guess."""
    if len(password) < SHORTEST:
        raise WeakPasswordError(f"Mật khẩu phải có ít nhất {SHORTEST} ký tự.")
    if len(password) > LONGEST:
        raise WeakPasswordError(f"Mật khẩu dài quá {LONGEST} ký tự.")
    plain = _letters(password)
    if len(set(password)) < _FEWEST_SIGNS:
        raise WeakPasswordError("Mật khẩu lặp lại quá ít ký tự khác nhau.")
    for own in (_letters(login), _letters(name)):
        if len(own) >= 4 and _mostly(plain, own):
            raise WeakPasswordError("Mật khẩu không được chứa tên đăng nhập hoặc họ tên.")
    if any(_mostly(plain, word) for word in _COMMON):
        raise WeakPasswordError("Mật khẩu này quá dễ đoán. Hãy ghép vài từ không liên quan với nhau.")


def _letters(text: str) -> str:
    return "".join(sign for sign in fold(text).lower() if sign.isalnum())


def _mostly(password: str, word: str) -> bool:
    """Whether little is left of the password without the word."""
    return word in password and len(password.replace(word, "")) < SHORTEST - 4


def one_time_password() -> str:
    """Return a password for the first sign-in: 16 letters and digits that are not mistaken for one another, in fours.

    79 bits: it may be read out on the telephone.
    """
    signs = [secrets.choice(_ONE_TIME_SIGNS) for _ in range(_ONE_TIME_LENGTH)]
    return "-".join("".join(signs[at : at + 4]) for at in range(0, _ONE_TIME_LENGTH, 4))


class Passwords:
    """Hashes and checks with argon2id, off the event loop and a few at a time.

    The default cost is RFC 9106's second recommended one: 3 passes over 64 MiB with 4 lanes.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self.hasher = hasher or PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobody = self.hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """Return the hash of a password."""
        async with self._turns:
            return await asyncio.to_thread(self.hasher.hash, password)

    async def check(self, stored: str | None, password: str) -> bool:
        """Whether it is the password; without a stored one it takes as long and is never right."""
        async with self._turns:
            right = await asyncio.to_thread(self._verify, stored or self._nobody, password)
        return right and stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made at another cost."""
        return self.hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self.hasher.verify(stored, password[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
