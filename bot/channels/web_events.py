"""Messages that come later, pushed to the page as server-sent events (HTML Living Standard, section 9.2).

A stream gives what is stored, so a broken one loses nothing: the page goes on after the last number that it saw. What
counts as delivered is told by the page itself, once it has shown a message, and not by the stream.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from aiohttp import web

from bot.channels.web_format import json_text, later_entry
from bot.store.waiting import Look

RETRY_MS: Final = 5_000
LOOK_SECONDS: Final = 15.0
"""After so long without a wake-up a stream looks by itself. A look that finds nothing sends a heartbeat."""
LONGEST_SECONDS: Final = 30 * 60.0
"""So long a stream lasts; the page then opens another. What hangs somewhere in between is thus let go of."""
MOST_STREAMS: Final = 2_000
MOST_PER_VISITOR: Final = 4
_WRITE_SECONDS: Final = 10.0
_HEARTBEAT: Final = ":\n\n"
_LOG: Final = logging.getLogger(__name__)


class Arrivals(Protocol):
    """Tells streams that something has come."""

    def listen(self, conversation: UUID) -> AbstractContextManager[asyncio.Event]:
        """Return an event that is set, in this process's loop, whenever something comes to the conversation.

        Whoever waits clears it. A wake-up for nothing does no harm, and a missed one delays by `LOOK_SECONDS` at most.
        """


class LocalArrivals:
    """Wakes the streams of this process. Every call belongs into the loop in which they run."""

    def __init__(self) -> None:
        self._listening: dict[UUID, set[asyncio.Event]] = {}

    @contextmanager
    def listen(self, conversation: UUID) -> Iterator[asyncio.Event]:
        """Yield the event that `arrived` sets."""
        event = asyncio.Event()
        self._listening.setdefault(conversation, set()).add(event)
        try:
            yield event
        finally:
            others = self._listening[conversation]
            others.discard(event)
            if not others:
                del self._listening[conversation]

    def arrived(self, conversation: UUID) -> None:
        """Wake all streams of a conversation."""
        for event in self._listening.get(conversation, ()):
            event.set()


class Kept(Protocol):
    """Where messages wait: `bot.store.waiting.Waiting`."""

    async def look(self, conversation: UUID, last_id: int) -> Look:
        """Return the messages with numbers above `last_id`, oldest first, or the first of them."""


class TooManyStreamsError(Exception):
    """No further stream is opened, for this visitor or, if `whole`, for anybody."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__("for anybody" if whole else "for this visitor")
        self.whole = whole


@dataclass(eq=False)
class _Stream:
    """One reader, who has everything up to message `seen`."""

    request: web.Request
    visitor: str
    conversation: UUID
    seen: int

    @property
    def is_live(self) -> bool:
        """Whether its reader is still there. One that left is noticed at the next heartbeat, and is not counted."""
        transport = self.request.transport
        return transport is not None and not transport.is_closing()


class EventStreams:
    """Opens streams, keeps them going and ends them."""

    def __init__(
        self,
        kept: Kept,
        arrivals: Arrivals,
        clock: Callable[[], float],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        *,
        most: int = MOST_STREAMS,
        most_per_visitor: int = MOST_PER_VISITOR,
    ) -> None:
        """`clock` returns seconds; `pause` waits for that many."""
        self._kept = kept
        self._arrivals = arrivals
        self._clock = clock
        self._pause = pause
        self._most = most
        self._most_per_visitor = most_per_visitor
        self._streams: set[_Stream] = set()
        self._closing = asyncio.Event()

    async def serve(self, request: web.Request, conversation: UUID, after: int, visitor: str) -> web.StreamResponse:
        """Stream what comes to the conversation after message `after`, until the reader leaves or the time is up.

        Raises `TooManyStreamsError`, and what the store raises, before anything is sent.
        """
        stream = _Stream(request, visitor, conversation, after)
        with self._counted(stream), self._arrivals.listen(conversation) as news:
            found = await self._kept.look(conversation, after)
            response = web.StreamResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
            response.content_type = "text/event-stream"
            response.charset = "utf-8"
            try:
                await response.prepare(request)
                await _write(response, f"retry: {RETRY_MS}\n\n")
                await self._follow(stream, response, found, news)
            except (ConnectionError, TimeoutError):
                pass  # the reader is gone, or does not read
            except Exception as error:  # the answer has begun: it can only be ended, and the page asks again
                _LOG.error("a stream of events ended: %s", type(error).__name__)
            return response

    async def close(self, _app: web.Application | None = None) -> None:
        """End all streams, and open none from now on that lasts."""
        self._closing.set()

    @contextmanager
    def _counted(self, stream: _Stream) -> Iterator[None]:
        live = [one.visitor for one in self._streams if one.is_live]
        if len(live) >= self._most:
            raise TooManyStreamsError(whole=True)
        if live.count(stream.visitor) >= self._most_per_visitor:
            raise TooManyStreamsError(whole=False)
        self._streams.add(stream)
        try:
            yield
        finally:
            self._streams.discard(stream)

    async def _follow(self, stream: _Stream, response: web.StreamResponse, found: Look, news: asyncio.Event) -> None:
        """Write what was found, then whatever comes."""
        ends_at = self._clock() + LONGEST_SECONDS
        while True:
            for number, message in found.messages:
                await _write(response, as_event(number, message))
            stream.seen = found.upto  # what cannot be opened or shown is passed by
            if not found.messages:
                await _write(response, _HEARTBEAT)
            if not found.more:
                await self._wait(news)
            if self._closing.is_set() or not stream.is_live or self._clock() >= ends_at:
                return
            news.clear()  # before looking: what comes meanwhile is looked for again
            found = await self._kept.look(stream.conversation, stream.seen)

    async def _wait(self, news: asyncio.Event) -> None:
        """Wait until something has come, it is time to look, or the program ends."""
        waits = [asyncio.ensure_future(one) for one in (news.wait(), self._closing.wait(), self._pause(LOOK_SECONDS))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()


def as_event(number: int, message: dict[str, Any]) -> str:
    """Return a message as one event of a stream; its data are one line, since JSON escapes line breaks.

    Of a message that cannot be shown only its number is sent, from which the reader goes on.
    """
    entry = later_entry(number, message)
    if entry is None:
        return f"id: {number}\n\n"
    return f"id: {number}\nevent: message\ndata: {json_text(entry)}\n\n"


async def _write(response: web.StreamResponse, text: str) -> None:
    async with asyncio.timeout(_WRITE_SECONDS):
        await response.write(text.encode("utf-8"))
