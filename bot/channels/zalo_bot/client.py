"""Asks the Zalo Bot API over HTTP. The token stands in the address, so no address and no error of aiohttp is shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from bot.channels.zalo_bot.settings import ZaloBotSettings

CONNECT_SECONDS: Final = 5.0
_LONGEST_ANSWER: Final = 512 * 1024  # bytes


def new_session() -> aiohttp.ClientSession:
    """Return a session with a fresh connection for each call. It must be closed.

    On a connection that was kept, a call may meet the server's closing it, and nobody knows whether it was heard.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True), cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    )


class CallError(Exception):
    """A call without an answer; the text says why and holds no address."""


class NotReachedError(CallError):
    """The API was not reached: it surely did nothing."""


class NoAnswerError(CallError):
    """The API was reached and did not answer to the end: it may have done what was asked."""


@dataclass(frozen=True)
class Answer:
    """What the API answered. `body` is None when that was no JSON object; `retry_after` is in seconds."""

    status: int
    body: Mapping[str, Any] | None = None
    retry_after: float | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is the API's own, rather than that of something in between."""
        return self.body is not None and isinstance(self.body.get("ok"), bool)

    @property
    def ok(self) -> bool:
        """Whether the API says that it did what was asked; HTTP 200 alone says nothing."""
        return self.body is not None and self.body.get("ok") is True

    @property
    def result(self) -> object:
        """What it gave back."""
        return self.body.get("result") if self.body else None

    @property
    def code(self) -> int:
        """Its own error code, else the HTTP status."""
        code = self.body.get("error_code") if self.body else None
        return code if isinstance(code, int) and not isinstance(code, bool) else self.status

    @property
    def description(self) -> str:
        """Its own words for an error, shortened; empty when it gave none."""
        said = self.body.get("description") if self.body else None
        return said[:200] if isinstance(said, str) else ""


class Client:
    """Calls methods of one bot."""

    def __init__(
        self, settings: ZaloBotSettings, new_session: Callable[[], aiohttp.ClientSession] = new_session
    ) -> None:
        """`new_session` makes the HTTP session when the client is connected."""
        self._address = f"{settings.api.rstrip('/')}/bot{settings.token}"
        self._seconds = settings.answer_seconds
        self._new_session = new_session
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Hold an HTTP session; nothing is asked yet."""
        async with self._new_session() as session:
            self._session = session
            try:
                yield
            finally:
                self._session = None

    @asynccontextmanager
    async def at_hand(self) -> AsyncIterator[None]:
        """Hold an HTTP session for a moment, where none is held already."""
        if self._session is not None:
            yield
            return
        async with self.connected():
            yield

    async def call(self, method: str, fields: Mapping[str, Any], *, seconds: float | None = None) -> Answer:
        """Call a method once and return the answer, whatever its status, within `seconds`. Raises `CallError`."""
        if self._session is None:
            raise NotReachedError("not connected")
        within = self._seconds if seconds is None else seconds
        timeout = aiohttp.ClientTimeout(total=CONNECT_SECONDS + within, sock_read=within, connect=CONNECT_SECONDS)
        try:
            async with self._session.post(
                f"{self._address}/{method}", json=dict(fields), timeout=timeout, allow_redirects=False
            ) as response:
                return Answer(response.status, await _json_of(response), _seconds(response.headers.get("Retry-After")))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise NotReachedError(type(error).__name__) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise NoAnswerError(type(error).__name__) from None


async def _json_of(response: aiohttp.ClientResponse) -> Mapping[str, Any] | None:
    """The JSON object of the body, whatever its type is called; None for anything else."""
    raw = await _at_most(response.content)
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


async def _at_most(content: aiohttp.StreamReader) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in content.iter_any():
        size += len(part)
        if size > _LONGEST_ANSWER:
            raise NoAnswerError("the answer is too long")
        parts.append(part)
    return b"".join(parts)


def _seconds(header: str | None) -> float | None:
    """The number of a Retry-After header; None for a date, which is not worth reading."""
    return float(header) if header is not None and header.isascii() and header.isdigit() else None
