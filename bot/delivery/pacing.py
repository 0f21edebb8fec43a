"""How fast an account may send, as exact as a sliding window: never more than so many in any so many seconds.

That holds for messages that come there within `_LONGEST_WAY`. An answer that takes L seconds keeps its place for
as long, so that of N messages in W seconds N / (W + L) a second are left.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from bot.channels.contract import Pace
from bot.store.outbox import Lane

_MARGIN: Final = 0.002
"""Seconds by which the window is longer than the channel's: enough, since a message counts until after its answer."""
_BURST_GAP: Final = 0.02
_LONGEST_WAY: Final = 5.0
"""Seconds within which a message that was begun is taken to have come to the channel, answered or not."""
_CAUGHT_UP: Final = 0.1
"""A message that goes by so many seconds late does not delay those after it: the window alone keeps the limit."""
_MOST_RESIDENTS: Final = 20_000


@dataclass(frozen=True, eq=False)
class Begun:
    """A message that was begun at `at` (seconds)."""

    at: float


class Pacer:
    """Tells when the next message of an account may be sent. `clock` returns seconds.

    Campaign messages are spread evenly, so that a slot is free for a reply at any time; replies may follow each other
    closely until the window is full. A message holds its place in the window from its beginning until a window after
    its answer: whenever it came to the channel in between, no window there holds more than is allowed, and one that is
    long on its way holds back no more than its own place.
    """

    def __init__(self, pace: Pace, clock: Callable[[], float]) -> None:
        self._pace = pace
        self._clock = clock
        self._window = pace.seconds + _MARGIN
        self._under_way: dict[Begun, None] = {}  # in the order of their beginnings
        self._there: deque[float] = deque(maxlen=pace.messages or 1)  # when the others had surely come, ascending
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
        begun = Begun(now)
        if self._pace.messages is not None:
            due = self._last + self._window / self._pace.messages
            self._last = due if due <= now < due + _CAUGHT_UP else now
            if on_its_way:
                self._under_way[begun] = None
            else:
                self._there.append(now)
        if self._pace.between:
            self.hold(resident, self._pace.between)
        return begun

    def arrived(self, begun: Begun) -> None:
        """Note that the channel has answered a message, or will not."""
        if begun in self._under_way:
            del self._under_way[begun]
            self._there.append(self._clock())

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
            self._there = deque(sorted([*self._there, *(now - age for age in ages)]), maxlen=self._there.maxlen)

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
        return max(self._last + gap, self._place(most))

    def _place(self, most: int) -> float:
        """The earliest time at which the window may have a place; minus infinity when it has one."""
        now = self._clock()
        for begun in [*takewhile(lambda one: one.at + _LONGEST_WAY <= now, self._under_way)]:
            self.arrived(begun)
        while self._there and self._there[0] + self._window <= now:
            self._there.popleft()
        too_many = len(self._under_way) + len(self._there) - most
        if too_many < 0:
            return float("-inf")
        return (self._there[too_many] if too_many < len(self._there) else now) + self._window
