"""Results that take long to make, remembered for a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

Kept = TypeVar("Kept")
_NEVER: Final = timedelta(0)


@dataclass
class _Result(Generic[Kept]):
    """What is being made since `at`, and the last that was made before it."""

    at: datetime
    making: asyncio.Task[Kept]
    before: _Result[Kept] | None = None

    @property
    def usable(self) -> bool:
        return self.making.done() and not self.spoilt

    @property
    def spoilt(self) -> bool:
        return self.making.done() and (self.making.cancelled() or self.making.exception() is not None)


class Remembered(Generic[Kept]):
    """Results by key, the youngest `most` of them. What is asked for twice at once is made once.

    A result is given again for `kept`. After that it is made anew; whoever waits for that longer than `patience`
    seconds gets the one before it, unless that is older than `oldest`. A failure is not remembered, but raised.
    """

    def __init__(
        self,
        most: int,
        now: Callable[[], datetime],
        kept: timedelta,
        oldest: timedelta = _NEVER,
        patience: float = 0.0,
    ) -> None:
        self._most = most
        self._now = now
        self._kept = kept
        self._oldest = oldest
        self._patience = patience
        self._results: OrderedDict[str, _Result[Kept]] = OrderedDict()

    async def get(self, key: str, make: Callable[[], Coroutine[Any, Any, Kept]]) -> Kept:
        """Return the result under `key`, made by `make` where it is not there or too old."""
        found = self._results.get(key)
        if found is None or found.spoilt or not self._younger(found, self._kept):
            found = _Result(self._now(), asyncio.create_task(make()), self._last(found))
            self._results[key] = found
        self._results.move_to_end(key)
        while len(self._results) > self._most:
            self._results.popitem(last=False)
        before = found.before
        if before is not None and self._younger(before, self._oldest):
            await asyncio.wait({found.making}, timeout=self._patience)
            if not found.making.done():
                return before.making.result()
        return await asyncio.shield(found.making)  # one visitor who leaves does not take it from the others

    def _younger(self, one: _Result[Kept], age: timedelta) -> bool:
        return one.at <= self._now() < one.at + age

    def _last(self, found: _Result[Kept] | None) -> _Result[Kept] | None:
        """Return the last result that was made, without those before it."""
        while found is not None and not found.usable:
            found = found.before
        return found and _Result(found.at, found.making)
