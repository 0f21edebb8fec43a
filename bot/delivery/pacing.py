"""How fast an account may send, as exact as a sliding window: never more than so many in any so many seconds."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.channels.contract import Pace
from bot.store.outbox import Lane

_MARGIN: Final = 0.006
"""Seconds by which the window is longer than the channel's: enough, since a message counts from its answer on."""
_BURST_GAP: Final = 0.02
_LONGEST_WAY: Final = 0.25
"""Seconds within which a message that was begun is taken to have come to the channel, answered or not."""
_CAUGHT_UP: Final = 0.1
"""A message that goes by so many seconds late does not delay those after it: the window alone keeps the limit."""
_MOST_RESIDENTS: Final = 20_000


@dataclass
class Begun:
    """A message that was begun at `at`; the channel had it by `there` at the latest, None while it is on its way."""

    at: float
    there: float | None


class Pacer:
    """Tells when the next message of an account may be sent. `clock` returns seconds.

    Campaign messages are spread evenly, so that a slot is free for a reply at any time; replies may follow each other
    closely until the window is full. The window counts from when a message has surely come to the channel: one that is
    long on its way comes nearer to those after it.
    """

    def __init__(self, pace: Pace, clock: Callable[[], float]) -> None:
        self._pace = pace
        self._clock = clock
        self._window = pace.seconds + _MARGIN
        self._begun: deque[Begun] = deque(maxlen=pace.messages or 1)
        self._last = float("-inf")
        self._paused_until = float("-inf")
        self._next_of: OrderedDict[bytes, float] = OrderedDict()

    def delay(self, lane: Lane) -> float:
        """Return the seconds until a message of this lane may be sent; 0 for now."""
        now = self._clock()
        return max(0.0, self._paused_until - now, self._slot(lane) - now)

    def took(self, resident: bytes, *, on_its_way: bool = False) -> Begun:
        """Note that a message is sent now. One that is `on_its_way` has come when `arrived` is told so."""
        now = self._clock()
        begun = Begun(now, None if on_its_way else now)
        if self._pace.messages is not None:
            due = self._last + self._window / self._pace.messages
            self._last = due if due <= now < due + _CAUGHT_UP else now
            self._begun.append(begun)
        if self._pace.between:
            self.hold(resident, self._pace.between)
        return begun

    def arrived(self, begun: Begun) -> None:
        """Note that the channel has answered a message, or will not."""
        begun.there = self._clock()

    def ahead(self, seconds: float) -> int:
        """Return how many messages may be sent within so many seconds from now, at least 1."""
        if self._pace.messages is None:
            return 1_000_000
        return max(1, int(self._pace.messages * seconds / self._pace.seconds))

    def pause(self, seconds: float) -> None:
        """Send nothing for so long."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    def took_before(self, ages: Sequence[float]) -> None:
        """Note what somebody else has sent for the account: how many seconds ago, oldest first."""
        if self._pace.messages is not None:
            now = self._clock()
            self._begun.extend(Begun(now - age, now - age) for age in ages)

    def hold(self, resident: bytes, seconds: float) -> None:
        """Send nothing to one resident for so long."""
        until = self._clock() + seconds
        self._next_of[resident] = max(until, self._next_of.pop(resident, until))
        while len(self._next_of) > _MOST_RESIDENTS:
            self._next_of.popitem(last=False)

    def held(self) -> Sequence[bytes]:
        """Return the residents to whom nothing may be sent yet."""
        now = self._clock()
        self._next_of = OrderedDict((one, until) for one, until in self._next_of.items() if until > now)
        return tuple(self._next_of)

    def next_release(self) -> float | None:
        """Return the seconds until one of `held` may be written to again; None when there is none."""
        return max(0.0, min(self._next_of.values()) - self._clock()) if self._next_of else None

    def _slot(self, lane: Lane) -> float:
        most = self._pace.messages
        if most is None:
            return float("-inf")
        gap = self._window / most if lane is Lane.CAMPAIGN else min(self._window / most / 2, _BURST_GAP)
        slot = self._last + gap
        return max(slot, self._there(self._begun[0]) + self._window) if len(self._begun) == most else slot

    def _there(self, begun: Begun) -> float:
        there = self._clock() if begun.there is None else begun.there
        return min(there, begun.at + _LONGEST_WAY)
