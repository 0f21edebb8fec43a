"""Several lines sent within seconds are one message: an unfinished one waits a moment for the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
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
    """Keeps turns of one conversation in order, and lets an unfinished message wait for the next."""

    def __init__(self, wait: Callable[[Awaitable[object]], Awaitable[bool]] | None = None) -> None:
        """`wait` waits for the next message for a moment and returns whether it came."""
        self._wait = wait or _wait
        self._turns: dict[UUID, tuple[asyncio.Lock, list[None]]] = {}
        self._next: dict[UUID, asyncio.Event] = {}

    @asynccontextmanager
    async def in_order(self, conversation: UUID) -> AsyncIterator[None]:
        """Take one turn of a conversation at a time, in the order in which they came."""
        lock, users = self._turns.setdefault(conversation, (asyncio.Lock(), []))
        users.append(None)
        try:
            async with lock:
                yield
        finally:
            users.pop()
            if not users:
                self._turns.pop(conversation, None)

    def arrived(self, conversation: UUID) -> None:
        """Tell a waiting message that the next one is here."""
        if (waiting := self._next.pop(conversation, None)) is not None:
            waiting.set()

    async def followed(self, conversation: UUID) -> bool:
        """Wait a moment; whether another message of the conversation came."""
        event = self._next[conversation] = asyncio.Event()
        try:
            return await self._wait(event.wait())
        finally:
            if self._next.get(conversation) is event:
                del self._next[conversation]


async def _wait(coming: Awaitable[object]) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(coming, WAIT_SECONDS)
        return True
    return False
