"""What a handler of the console gets: who visits, with what rights, and the request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from bot.console.permissions import Permission, Role, granted

PROVINCE_CODE: int = 2
"""Digits of a province's official code, with which the codes of no commune begin: communes have five digits."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody of the staff. `places`: official codes of the communes and provinces they look after; none: all."""

    id: int
    login: str
    name: str
    position: str
    roles: tuple[Role, ...]
    places: tuple[str, ...] = ()
    permissions: frozenset[Permission] = field(init=False)

    def __post_init__(self) -> None:
        """Work out the permissions."""
        object.__setattr__(self, "permissions", granted(self.roles))

    def may(self, permission: Permission) -> bool:
        """Whether they have the permission."""
        return permission in self.permissions

    def looks_after(self, province_code: str | None, commune_code: str | None) -> bool:
        """Whether a place is theirs. What has no place yet is everybody's, so that it falls between no chairs."""
        if not self.places or province_code is None:
            return True
        return province_code in self.places or commune_code in self.places


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request of a member, whose session, permission and CSRF token were checked before."""

    request: web.Request
    member: Member
    csrf: str
    session: bytes  # digest of the session's key
    notice: str | None = None  # what the last act has to say


Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Page:
    """A route of the console below /console: its path begins with "/"; POST needs a CSRF token, which is checked.

    `largest`: bytes that a request may have.
    """

    method: str
    path: str
    handler: Handler
    permission: Permission
    largest: int = 256 * 1024


class NotFoundError(Exception):
    """What was asked for is not there, or not for this member: they get the same page either way."""


class RefusedError(Exception):
    """What a member asked for cannot be done; the message, in Vietnamese, is shown to them with status 409.

    `back`: the page, beginning with /console/, that shows how things are; `kept`: what they had written.
    """

    def __init__(self, words: str, *, back: str = "", kept: str = "") -> None:
        super().__init__(words)
        self.back = back
        self.kept = kept
