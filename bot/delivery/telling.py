"""Tells a channel of the events that were taken: a button's spinner stops, "đang nhập" appears."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from typing import Final

from bot.channels.contract import Adapter, Event, Take

_MOST_TOLD: Final = 100
_LOG: Final = logging.getLogger(__name__)


class Telling:
    """Tells one channel, beside everything else: nobody waits for it, and it raises nothing."""

    def __init__(self, adapter: Adapter, take: Take) -> None:
        self._adapter = adapter
        self._take = take
        self._telling: set[asyncio.Task[None]] = set()

    async def take(self, events: Sequence[Event]) -> None:
        """Store events, then tell the channel. Raises what storing raises."""
        await self._take(events)
        for event in events[: _MOST_TOLD - len(self._telling)]:  # under load a spinner may turn on
            task = asyncio.create_task(_told(self._adapter.received(event)))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def settled(self) -> None:
        """Wait until the channel is told of what was taken."""
        if self._telling:
            await asyncio.wait(self._telling)


async def _told(telling: Awaitable[None]) -> None:
    try:
        await telling
    except Exception as error:
        _LOG.warning("a channel was not told of an event: %s", type(error).__name__)
