"""A circuit breaker: what failed again and again is left alone for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

FAILURES: Final = 3
OPEN_SECONDS: Final = 15.0


class Breaker:
    """Closed, it lets everything pass. After `failures` in a row it is open for `open_seconds`; then one may try.

    Whoever `may_try` must `note` how it went: True, False, or None when that cannot be told.
    """

    def __init__(
        self, clock: Callable[[], float], *, failures: int = FAILURES, open_seconds: float = OPEN_SECONDS
    ) -> None:
        self._clock = clock
        self._most = failures
        self._open_seconds = open_seconds
        self._failures = 0
        self._open_until: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether the last attempts failed and none has succeeded since."""
        return self._open_until is not None

    def may_try(self) -> bool:
        """Whether to try now. While open, and while one probe is under way, it is not."""
        if self._open_until is None:
            return True
        if self._probing or self._clock() < self._open_until:
            return False
        self._probing = True
        return True

    def note(self, went_well: bool | None) -> None:
        """Note how an attempt went."""
        self._probing = False
        if went_well:
            self._failures = 0
            self._open_until = None
        elif went_well is False:
            self._failures += 1
            if self._failures >= self._most:
                self._open_until = self._clock() + self._open_seconds
