"""Fetches residents' pictures from addresses that stand in events.

Whoever could have an address of their own fetched would make this server a way into the network that it stands in. So
an address counts only with https and on a domain that the operator has named, and what such a name leads to must be a
public address. That holds for each redirect anew.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from bot.channels.contract import FetchError, Unfetched

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_REDIRECTS: Final = 2
_TIMEOUT: Final = aiohttp.ClientTimeout(total=8.0, connect=3.0, sock_read=5.0)
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_HEADERS: Final = {"Accept": "image/*", "Accept-Encoding": "identity"}
_DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_LOG: Final = logging.getLogger(__name__)


def media_host(text: str) -> str:
    """Return a domain from which pictures may come, its subdomains included.

    >>> media_host(" ZDN.vn ")
    'zdn.vn'

    On this machine itself, for trying out, localhost and 127.0.0.1 are taken too. Raises ValueError.
    """
    host = text.strip().lower()
    if host not in _LOOPBACK and not _DOMAIN.fullmatch(host):
        raise ValueError(f"{text!r} is no domain from which pictures may come: expected a name such as zdn.vn")
    return host


def may_fetch(url: str, hosts: Sequence[str]) -> bool:
    """Whether pictures may come from an address: https on one of the domains; on this machine http too, if named."""
    host = host_of(url)
    if host is None:
        return False
    scheme = urlsplit(url).scheme
    if host in _LOOPBACK:
        return host in hosts and scheme in {"http", "https"}
    return scheme == "https" and any(host == one or host.endswith(f".{one}") for one in hosts)


def host_of(url: str) -> str | None:
    """The host that an address names; None for what is no address, or hides another behind a user name."""
    try:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None or (parts.port or 1) < 1:
            return None
        return parts.hostname
    except ValueError:
        return None


def tell_refused(channel: str, url: str) -> None:
    """Log from where a picture was not taken, so that an operator can name the domain if it is the channel's own."""
    _LOG.warning("%s: a picture at %.100r was not fetched: not among the media hosts", channel, host_of(url))


class Downloads:
    """Fetches over HTTP from the domains that are named. A connection of its own for each, without cookies."""

    def __init__(self, channel: str, hosts: Sequence[str], timeout: aiohttp.ClientTimeout = _TIMEOUT) -> None:
        """`channel` is what the log calls it."""
        self._channel = channel
        self._hosts = tuple(hosts)
        self._timeout = timeout

    async def fetch(self, url: str, largest: int) -> bytes:
        """Return what lies at an address, of at most `largest` bytes. Raises `FetchError`."""
        try:
            async with asyncio.timeout(self._timeout.total), self._session() as session:
                return await self._followed(session, url, largest)
        except (aiohttp.ClientError, OSError, ValueError) as error:  # a time-out is an OSError
            # never the error's own text: it quotes the address
            _LOG.info("%s: a picture was not fetched: %s", self._channel, type(error).__name__)
            raise FetchError(Unfetched.UNREACHABLE) from None

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(resolver=_PublicOnly(), force_close=True)
        return aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # a small answer that unpacks to a large one is refused by its own size then
            trust_env=False,
        )

    async def _followed(self, session: aiohttp.ClientSession, url: str, largest: int) -> bytes:
        for _ in range(_MOST_REDIRECTS + 1):
            if not may_fetch(url, self._hosts):
                tell_refused(self._channel, url)
                raise FetchError(Unfetched.REFUSED)
            async with session.get(url, headers=_HEADERS, allow_redirects=False) as response:
                if response.status not in _MOVED:
                    return await _content(response, largest)
                url = urljoin(url, response.headers.get("Location", ""))
        raise FetchError(Unfetched.GONE)


class _PublicOnly(AbstractResolver):
    """Resolves names, but to no address of a private network: a domain that is trusted may yet point there."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        public = [one for one in found if host in _LOOPBACK or ip_address(one["host"].partition("%")[0]).is_global]
        if not public:
            raise OSError("the name leads to no public address")
        return public

    async def close(self) -> None:
        await self._resolver.close()


async def _content(response: aiohttp.ClientResponse, largest: int) -> bytes:
    """The body of an answer that is one. Raises `FetchError`."""
    if response.status >= 500 or response.status == 429:
        raise FetchError(Unfetched.UNREACHABLE)
    if response.status != 200:
        raise FetchError(Unfetched.GONE)
    if (response.content_length or 0) > largest:
        raise FetchError(Unfetched.TOO_LARGE)
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > largest:
            raise FetchError(Unfetched.TOO_LARGE)
        parts.append(part)
    return b"".join(parts)
