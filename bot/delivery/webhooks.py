"""Webhooks: size and time are capped, the sender is verified, the events are stored, and only then comes the 200."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, Protocol

from aiohttp import web

from bot.channels.contract import LARGEST_EVENT, Adapter, Event, RefusedError, Take, Webhook

BODY_SECONDS: Final = 5.0
_STORE_SECONDS: Final = 1.8
"""A channel that waits longer than two seconds takes the delivery for failed; it will come again."""
_MOST_UNDER_WAY: Final = 150
_LOG: Final = logging.getLogger(__name__)


class WebhookAdapter(Adapter, Webhook, Protocol):
    """An adapter that is told of events by HTTP POST."""


class Reception:
    """The handler of one account's webhook."""

    def __init__(self, adapter: WebhookAdapter, take: Take, clock: Callable[[], datetime]) -> None:
        self._adapter = adapter
        self._take = take
        self._clock = clock
        self._number = 0
        self._was_crowded = False

    @property
    def path(self) -> str:
        """Where the channel posts to."""
        return self._adapter.path

    async def handle(self, request: web.Request) -> web.Response:
        """Take a delivery: 200 when its events are safe, 403 for a forged one, 503 when it must come again."""
        try:
            raw = await _body(request)
            if self._is_crowded():
                return _later()
            async with self._under_way():
                events = self._events(request, raw)
                async with asyncio.timeout(_STORE_SECONDS):
                    await self._take(events)
        except RefusedError as refused:
            _LOG.warning("%s: a delivery was refused with %d: %s", self._name, refused.status, refused.reason)
            return web.Response(status=refused.status)
        except Exception as error:
            _LOG.error("%s: a delivery could not be stored: %s", self._name, type(error).__name__)
            return _later()
        return web.Response(text="ok")

    def _is_crowded(self) -> bool:
        """Whether more deliveries are under way than can be answered in time.

        Then the next are refused before any work is done for them: who works for all answers nobody in time, and all
        of them come again.
        """
        crowded = self._number >= _MOST_UNDER_WAY
        if crowded and not self._was_crowded:
            _LOG.error("%s: more deliveries than can be stored in time; they are to come again", self._name)
        self._was_crowded = crowded
        return crowded

    @asynccontextmanager
    async def _under_way(self) -> AsyncIterator[None]:
        self._number += 1
        try:
            yield
        finally:
            self._number -= 1

    @property
    def _name(self) -> str:
        return self._adapter.account.channel

    def _events(self, request: web.Request, raw: bytes) -> tuple[Event, ...]:
        self._adapter.verify(request.headers, raw, self._clock())
        return self._adapter.parse(raw)


def _later() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": "5"})


async def _body(request: web.Request) -> bytes:
    if request.content_length is not None and request.content_length > LARGEST_EVENT:
        raise RefusedError(413, f"{request.content_length} bytes")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > LARGEST_EVENT:
                    raise RefusedError(413, "too many bytes")
    except TimeoutError:
        raise RefusedError(408, "the body did not come in time") from None
    return bytes(body)
