"""Messages that a page sends again because the answer did not reach it: the turn is not taken again.

A page names each message by an id of its own. The answer to it is remembered for a while in this process, so that a
repeated "yes" sends no second letter. What this does not cover: a repeat that reaches another process or comes after a
new start, one that comes later than `STAYS_SECONDS`, and one whose answer was pushed out by `MOST` others since. Such a
repeat is taken as a new message. Nor is an answer remembered that a failing turn did not give.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

STAYS_SECONDS: Final = 10 * 60.0
"""So long an answer is remembered, from when its message came."""
MOST: Final = 2_000
"""Answers that are remembered of all conversations together; one has some kilobytes."""

Key: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class _Taken:
    """A turn that was begun at `at`; its task holds the answer when it is done."""

    at: float
    turn: asyncio.Task[str]


class Repeats:
    """Takes a turn for each message once."""

    def __init__(self, clock: Callable[[], float], *, most: int = MOST, stays: float = STAYS_SECONDS) -> None:
        """`clock` returns seconds."""
        self._clock = clock
        self._most = most
        self._stays = stays
        self._taken: OrderedDict[Key, _Taken] = OrderedDict()
        self._running: set[asyncio.Task[str]] = set()

    async def once(self, key: Key, turn: Callable[[], Coroutine[Any, Any, str]]) -> str:
        """Return the answer of `turn`, or the one it gave before under this key; waits for one that is under way.

        Raises what the turn raises, which is then forgotten. A turn goes on to its end though nobody waits any more.
        """
        self._forget(self._is_old)
        known = self._taken.get(key) or self._begin(key, turn)
        answer: Awaitable[str] = asyncio.shield(known.turn)
        return await answer

    async def settled(self) -> None:
        """Wait for all turns under way."""
        if self._running:
            await asyncio.wait(self._running)

    def _begin(self, key: Key, turn: Callable[[], Coroutine[Any, Any, str]]) -> _Taken:
        self._forget(lambda _known: len(self._taken) >= self._most)
        task = asyncio.create_task(turn())
        begun = self._taken[key] = _Taken(self._clock(), task)
        self._running.add(task)

        def ended(_task: asyncio.Task[str]) -> None:
            self._running.discard(task)
            failed = task.cancelled() or task.exception() is not None
            if failed and self._taken.get(key) is begun:
                del self._taken[key]

        task.add_done_callback(ended)
        return begun

    def _is_old(self, known: _Taken) -> bool:
        return self._clock() - known.at >= self._stays

    def _forget(self, dispensable: Callable[[_Taken], bool]) -> None:
        """Forget from the oldest on; a turn under way stays known till its end."""
        for key, known in list(self._taken.items()):
            if not dispensable(known):
                return
            if known.turn.done():
                del self._taken[key]
