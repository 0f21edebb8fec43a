"""Wrong tries to sign in, counted by who tried: an address, or a browser that is known."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_MOST_KEPT: Final = 20_000


class WrongTries:
    """Refuses whoever was wrong `most` times within the last `seconds`; right tries cost nothing.

    An office behind one address may sign in all at once, and is only refused when many of its tries were wrong. `clock`
    returns seconds. Those whose last wrong try is longest ago are forgotten beyond 20,000.
    """

    def __init__(self, most: int, seconds: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._times: OrderedDict[str, list[float]] = OrderedDict()

    def refuses(self, who: str) -> bool:
        """Whether they were wrong too often."""
        return len(self._lately(who)) >= self._most

    def wrong(self, who: str) -> None:
        """Count a wrong try."""
        self._times[who] = [*self._lately(who), self._clock()][-self._most :]
        self._times.move_to_end(who)
        if len(self._times) > _MOST_KEPT:
            self._times.popitem(last=False)

    def right(self, who: str) -> None:
        """Take the last wrong try back: it was counted before it was checked."""
        if left := self._lately(who)[:-1]:
            self._times[who] = left
        else:
            self._times.pop(who, None)

    def _lately(self, who: str) -> list[float]:
        begin = self._clock() - self._seconds
        return [at for at in self._times.get(who, ()) if at > begin]
