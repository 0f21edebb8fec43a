"""What campaigns, quizzes and drills reached: filled by the campaign engine, said plainly to be none until then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.monitoring.periods import Period
from bot.monitoring.scopes import Scope


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What was done in a period, in numbers. `delivered`: messages that arrived; `people`: who got at least one."""

    campaigns: int = 0
    delivered: int = 0
    people: int = 0
    quizzes: int = 0
    quiz_people: int = 0
    drills: int = 0
    drill_people: int = 0


class ReachFigures(Protocol):
    """Where the numbers of campaigns come from."""

    async def of(self, period: Period, scope: Scope) -> Reach:
        """Return what was reached in the period and the scope."""
        ...


class NoCampaigns:
    """There is no campaign yet, so nothing was reached by one."""

    async def of(self, period: Period, scope: Scope) -> Reach:
        """Return that nothing was recorded."""
        return Reach()
