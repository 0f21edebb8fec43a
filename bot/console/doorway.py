"""What stands between a request and the pages: cookies, where a form came from, how much may be sent."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.web import FileField
from multidict import MultiMapping

from bot.channels.web_address import visitor_of
from bot.console.rendering import MOUNTED
from bot.settings import Settings
from bot.store.sealing import SealedDataError, Sealer
from bot.store.staff_sessions import Session, StaffSessions

TOKEN_FIELD: Final = "csrf"  # noqa: S105 - the name of a field
_KNOWN_STAYS: Final = timedelta(days=180)
_LONGEST_KEY: Final = 100
_LONGEST_PATH: Final = 500
_SLOWEST_BYTES: Final = 20_000
"""Bytes a second below which a body is too slow, after a patience of ten seconds."""
_PATIENCE: Final = 10


class ForgedError(Exception):
    """A form that did not come from a page of this console, or from one of an earlier session."""


@dataclass(frozen=True)
class Doorway:
    """Reads and sets the cookies, and refuses what other sites send."""

    sessions: StaffSessions
    sealer: Sealer
    settings: Settings

    @property
    def secure(self) -> bool:
        """Whether browsers reach this instance through https only."""
        return (self.settings.public_url or "").startswith("https://")

    @property
    def cookie(self) -> str:
        """Name of the session's cookie. By the prefix no page of a neighbouring host can plant one here."""
        return "__Host-console" if self.secure else "console"

    @property
    def known_cookie(self) -> str:
        """Name of the cookie by which a browser is known from an earlier sign-in."""
        return "__Host-console-known" if self.secure else "console-known"

    def key(self, request: web.Request) -> str | None:
        """Return the session key that a browser sent."""
        key = request.cookies.get(self.cookie)
        return key if key and len(key) <= _LONGEST_KEY else None

    async def session(self, request: web.Request, *, take_notice: bool = False) -> Session | None:
        """Return the session of a request."""
        key = self.key(request)
        return None if key is None else await self.sessions.find(key, take_notice=take_notice)

    def let_in(self, response: web.StreamResponse, key: str) -> None:
        """Give the browser a session key; it is gone when the browser closes."""
        self._set(response, self.cookie, key, None)

    def let_out(self, response: web.StreamResponse) -> None:
        """Take the session key from the browser."""
        response.del_cookie(self.cookie, path=self._path, secure=self.secure, httponly=True, samesite="Lax")

    def know(self, request: web.Request, response: web.StreamResponse, staff_id: int) -> None:
        """Let the browser prove later that somebody signed in with it: wrong tries elsewhere do not lock it out."""
        if self.known_browser(request, staff_id) is None:
            sealed = self.sealer.seal_json({"staff": staff_id, "browser": secrets.token_hex(16)})
            self._set(response, self.known_cookie, sealed.decode("ascii"), _KNOWN_STAYS)

    def known_browser(self, request: web.Request, staff_id: int) -> str | None:
        """Return the name of the browser when this member signed in with it before."""
        with suppress(SealedDataError, ValueError, KeyError, TypeError):
            known = self.sealer.open_json(request.cookies.get(self.known_cookie, "").encode("ascii"))
            if known["staff"] == staff_id:
                return str(known["browser"])
        return None

    def visitor(self, request: web.Request) -> str:
        """Return the address of a request, or the network that counts as one."""
        return visitor_of(request, self.settings.trusted_proxies)

    async def form(self, request: web.Request, session: Session | None, largest: int) -> MultiMapping[Any]:
        """Return the fields of a form, after looking where it came from and at its token.

        Raises `ForgedError`, HTTP errors 400 and 413, and `TimeoutError`.
        """
        self.refuse_other_sites(request)
        if request.content_length is not None and request.content_length > largest:
            raise web.HTTPRequestEntityTooLarge(largest)
        try:
            async with asyncio.timeout(_PATIENCE + largest / _SLOWEST_BYTES):
                posted = await request.post()
        except (ValueError, LookupError, AssertionError):  # no form, or letters of an unknown encoding
            raise web.HTTPBadRequest from None
        if session is not None:
            try:
                check_token(posted, session.csrf)
            except ForgedError:
                close_files(posted)
                raise
        return posted

    def refuse_other_sites(self, request: web.Request) -> None:
        """Raise `ForgedError` for what the browser says comes from another site.

        Every browser since 2020 says so in Sec-Fetch-Site, and most before it in Origin; one that sends neither is
        left to the token.
        """
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None and site != "same-origin":
            raise ForgedError
        origin = request.headers.get("Origin")
        if origin is not None and host_of(origin) not in self._hosts(request):
            raise ForgedError

    def _hosts(self, request: web.Request) -> set[str]:
        return {request.host, urlsplit(self.settings.public_url or "").netloc} - {""}

    @property
    def _path(self) -> str:
        return "/" if self.secure else MOUNTED  # the prefix asks for "/"

    def _set(self, response: web.StreamResponse, name: str, value: str, stays: timedelta | None) -> None:
        response.set_cookie(
            name,
            value,
            path=self._path,
            max_age=None if stays is None else int(stays.total_seconds()),
            secure=self.secure,
            httponly=True,
            samesite="Lax",  # "Strict" would ask for a password behind every link in an e-mail; GET changes nothing
        )


def host_of(address: str) -> str | None:
    """Return host and port of an address that a browser sent, None for what is no address.

    >>> host_of("https://a.example:8080/x?y"), host_of("null"), host_of("http://[")
    ('a.example:8080', '', None)
    """
    try:
        return urlsplit(address).netloc
    except ValueError:
        return None


def close_files(posted: MultiMapping[Any]) -> None:
    """Close what was uploaded, which a request that was cloned does not do by itself."""
    for one in posted.values():
        if isinstance(one, FileField):
            one.file.close()


def check_token(posted: MultiMapping[Any], token: str) -> None:
    """Raise `ForgedError` unless the form has the token of the session, compared in constant time."""
    given = posted.get(TOKEN_FIELD, "")
    typed = given if isinstance(given, str) else ""
    if not hmac.compare_digest(typed.encode("utf-8", "replace"), token.encode("utf-8")):
        raise ForgedError


def inside(path: str | None) -> str | None:
    """Return a path of the console that may be gone to after signing in; None for any other address.

    >>> inside("/console/reports?state=received"), inside("//evil.example/console/"), inside("/console/../x")
    ('/console/reports?state=received', None, None)
    """
    if not path or len(path) > _LONGEST_PATH or not path.isascii() or not path.isprintable():
        return None
    if path != MOUNTED and not path.startswith(f"{MOUNTED}/"):
        return None
    if "\\" in path or ".." in path.partition("?")[0].split("/") or "//" in path.partition("?")[0]:
        return None
    if path.startswith((f"{MOUNTED}/sign-", f"{MOUNTED}/static/")):
        return None
    return path
