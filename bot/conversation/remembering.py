"""Reads and writes what is remembered, turn by turn; where that fails, follow-ups are lost but never an answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

from bot.conversation.gathering import Gatherer
from bot.conversation.keeping import soon
from bot.conversation.memory import Keeper, Memory, Recalled

_WHAT: Final = "what a conversation remembers"
_LOG: Final = logging.getLogger(__name__)


class Remembering:
    """Memories of conversations, each read and written within a second or not at all."""

    def __init__(self, keeper: Keeper, gatherer: Gatherer) -> None:
        self._keeper = keeper
        self._gatherer = gatherer

    async def recall(self, conversation: UUID) -> Recalled | None:
        """Return what is remembered; None when it cannot be read now."""
        return await soon(self._keeper.recall(conversation), _WHAT)

    async def keep(self, conversation: UUID, channel: str, memory: Memory, version: int) -> bool:
        """Store a memory; whether that was done."""
        kept = await soon(self._keeper.keep(conversation, channel, memory, version), _WHAT)
        if kept is False:
            _LOG.info("a memory was not kept: another turn was first, or the conversation was erased")
        return kept or False

    def change_soon(self, conversation: UUID, channel: str, change: Callable[[Memory], Memory]) -> None:
        """Change the memory in the background; the next turn of the conversation waits for it."""
        pending = self._gatherer.pending
        task = asyncio.create_task(self._changed(conversation, channel, change))
        pending[conversation] = task
        task.add_done_callback(lambda done: pending.get(conversation) is done and pending.pop(conversation))

    async def changed(self, conversation: UUID) -> None:
        """Wait for what `change_soon` has under way."""
        if (task := self._gatherer.pending.get(conversation)) is not None:
            await asyncio.wait({task})

    async def settled(self) -> None:
        """Wait until nothing is written in the background any more, of any conversation."""
        while self._gatherer.pending:
            await asyncio.wait(set(self._gatherer.pending.values()))

    async def _changed(self, conversation: UUID, channel: str, change: Callable[[Memory], Memory]) -> None:
        async with self._gatherer.in_order(conversation):
            if (recalled := await self.recall(conversation)) is not None:
                await self.keep(conversation, channel, change(recalled.memory), recalled.version)
