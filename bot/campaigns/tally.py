"""How many rows of a campaign's ledger have which fate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.campaigns.lifecycle import REACHED, Fate


@dataclass(frozen=True)
class Tally:
    """How many rows of the ledger have which fate; whoever answered, said DỪNG or complained is counted beside it."""

    fates: Mapping[Fate, int] = field(default_factory=dict)
    answered: int = 0
    stopped: int = 0
    complained: int = 0

    @property
    def planned(self) -> int:
        """All rows."""
        return sum(self.fates.values())

    @property
    def reached(self) -> int:
        """Sent for sure: "sent" with all that is also known to have arrived or to have been read."""
        return sum(self.fates.get(one, 0) for one in REACHED)

    @property
    def delivered(self) -> int:
        """Known to have arrived, where the channel tells it."""
        return self.fates.get(Fate.DELIVERED, 0) + self.read

    @property
    def read(self) -> int:
        """Known to have been read, where the channel tells it."""
        return self.fates.get(Fate.READ, 0)

    @property
    def tried(self) -> int:
        """Sent, perhaps sent, or refused."""
        return self.reached + self.fates.get(Fate.FAILED, 0) + self.fates.get(Fate.UNKNOWN, 0)

    @property
    def open(self) -> int:
        """Waiting or just being sent."""
        return self.fates.get(Fate.PENDING, 0) + self.fates.get(Fate.SENDING, 0)

    def of(self, fate: Fate) -> int:
        """How many have this very fate."""
        return self.fates.get(fate, 0)

    def __add__(self, other: Tally) -> Tally:
        """Return both together."""
        fates = {one: self.of(one) + other.of(one) for one in Fate if one in self.fates or one in other.fates}
        return Tally(
            fates, self.answered + other.answered, self.stopped + other.stopped, self.complained + other.complained
        )


def together(tallies: Iterable[Tally]) -> Tally:
    """Return all of them as one."""
    return sum(tallies, Tally())
