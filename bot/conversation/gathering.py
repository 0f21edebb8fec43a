"""Several lines sent within seconds are one message: an unfinished one waits a moment for the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final
from uuid import UUID

from bot.conversation.messages import Kind, Turn
from knowledge.vietnamese import syllables

WAIT_SECONDS: Final = 1.2
_MOST_WORDS: Final = 7
_MAY_GO_ON: Final = frozenset({Kind.ABSTAIN, Kind.SUGGEST, Kind.SMALLTALK})


def unfinished(text: str, turn: Turn) -> bool:
    """Whether a message is short, asks nothing and was not answered, so that more of it may be on the way."""
    return turn.kind in _MAY_GO_ON and "?" not in text and 0 < len(syllables(text)) <= _MOST_WORDS


class Gatherer:
    """Keeps turns of one conversation in order, and lets an unfinished message wait for the next.

    It outlives exchanges of the knowledge, and so holds what is under way: `pending` are changes of memories.
    """

    def __init__(self, wait: Callable[[Awaitable[object]], Awaitable[bool]] | None = None) -> None:
        """`wait` waits for the next message for a moment and returns whether it came."""
        self._wait = wait or _wait
        self._turns: dict[UUID, _Turns] = {}
        self.pending: dict[UUID, asyncio.Task[None]] = {}

    @contextmanager
    def present(self, conversation: UUID) -> Iterator[int]:
        """Take note of a line that has come, until it is answered; yields its number among those under way."""
        turns = self._turns.setdefault(conversation, _Turns())
        turns.lines += 1
        turns.users += 1
        turns.next.set()
        try:
            yield turns.lines
        finally:
            self._left(conversation, turns)

    @asynccontextmanager
    async def in_order(self, conversation: UUID) -> AsyncIterator[None]:
        """Take one turn of a conversation at a time, in the order in which they came."""
        turns = self._turns.setdefault(conversation, _Turns())
        turns.users += 1
        try:
            async with turns.lock:
                yield
        finally:
            self._left(conversation, turns)

    async def followed(self, conversation: UUID, since: int) -> bool:
        """Whether another line has come since the one numbered `since`, or comes within a moment."""
        turns = self._turns.setdefault(conversation, _Turns())
        if turns.lines > since:
            return True
        turns.next.clear()
        return await self._wait(turns.next.wait())

    def _left(self, conversation: UUID, turns: _Turns) -> None:
        turns.users -= 1
        if not turns.users:
            self._turns.pop(conversation, None)


class _Turns:
    """What is under way in one conversation."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.next = asyncio.Event()
        self.lines = 0
        self.users = 0


async def _wait(coming: Awaitable[object]) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(coming, WAIT_SECONDS)
        return True
    return False
