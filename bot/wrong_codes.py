"""Counts wrong codes, so that nobody tries on and on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from uuid import UUID

MOST_WRONG: Final = 5
WRONG_SECONDS: Final = 3600.0
_REMEMBERED: Final = 10_000  # conversations that typed a wrong code


class WrongCodes:
    """Counts wrong codes of each conversation within an hour, in memory.

    A restart forgets them, and each process counts by itself. That is enough: a code lives ten minutes and is one of
    8 * 10^11, so that guessing is hopeless at any speed that one conversation is answered; the count only spares
    people from trying on and on.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` counts seconds."""
        self._clock = clock
        self._times: OrderedDict[UUID, list[float]] = OrderedDict()

    def too_many(self, conversation: UUID) -> bool:
        """Whether no further code is looked at now."""
        return len(self._recent(conversation)) >= MOST_WRONG

    def note(self, conversation: UUID) -> None:
        """Note a wrong code."""
        self._times[conversation] = [*self._recent(conversation), self._clock()]
        self._times.move_to_end(conversation)
        if len(self._times) > _REMEMBERED:
            self._times.popitem(last=False)

    def _recent(self, conversation: UUID) -> list[float]:
        since = self._clock() - WRONG_SECONDS
        return [one for one in self._times.get(conversation, ()) if one > since]
