"""What a monitoring report is counted from: residents' reports, and numbers that were counted elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.monitoring.reach import Reach
from bot.monitoring.records import Record
from bot.monitoring.scopes import Scope

Name = Callable[[str], str]
"""Says what people call the code of a place, or a topic of the knowledge."""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What is counted from other tables. `answered`: answers by topic; one may belong to several."""

    answers: int = 0
    answered: Mapping[str, int] = field(default_factory=dict)
    unanswered: int = 0
    thumbs_up: int = 0
    thumbs_down: int = 0
    subscribed: int = 0
    subscribers: int = 0
    erasures: int = 0
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True)
class Material:
    """What a report is counted from: the reports of its period and of the one before, and the other numbers."""

    now: Sequence[Record]
    before: Sequence[Record]
    beside: Beside
    beside_before: Beside
    scope: Scope = field(default_factory=Scope)

    def with_reach(self, now: Reach, before: Reach) -> Material:
        """Return it with what campaigns reached in the period and in the one before."""
        return replace(
            self, beside=replace(self.beside, reach=now), beside_before=replace(self.beside_before, reach=before)
        )
