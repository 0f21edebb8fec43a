"""What campaigns, quizzes and drills reached in a period: filled by the campaign engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.monitoring.periods import Period
from bot.monitoring.scopes import Scope


@dataclass(frozen=True, kw_only=True)
class CampaignReach:
    """What one campaign did in a period. `sent`: messages that went out for sure; `people`: who was sent one.

    `delivered`, `read`: what channels told of them; `skipped`, `failed`, `unknown`: what did not go, was refused, or
    perhaps went; `complained`: who said that a message is not right.
    """

    id: int
    title: str
    sent: int = 0
    people: int = 0
    delivered: int = 0
    read: int = 0
    answered: int = 0
    stopped: int = 0
    complained: int = 0
    skipped: int = 0
    failed: int = 0
    unknown: int = 0


@dataclass(frozen=True, kw_only=True)
class DoneReach:
    """How often a quiz or a drill was finished in a period, and by how many people."""

    id: str
    title: str
    finished: int
    people: int


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What was done in a period, in numbers. `sent`: messages that went out; `people`: who was sent at least one.

    `campaigns`, `quizzes` and `drills` are how many of each; in the tuples each of them stands by itself, in order.
    """

    campaigns: int = 0
    sent: int = 0
    people: int = 0
    quizzes: int = 0
    quiz_people: int = 0
    drills: int = 0
    drill_people: int = 0
    of_campaigns: tuple[CampaignReach, ...] = ()
    of_quizzes: tuple[DoneReach, ...] = ()
    of_drills: tuple[DoneReach, ...] = ()


class ReachFigures(Protocol):
    """Where the numbers of campaigns come from."""

    async def of(self, period: Period, scope: Scope) -> Reach:
        """Return what was reached in the period and the scope."""
        ...
