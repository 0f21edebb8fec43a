"""A desk that keeps what quizzes and drills come to, and forms at work on the project's own ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Final, cast

from bot.conversation.flows.desk import Desk, DeskError, Exercise, Progress, Standing
from bot.conversation.flows.drill import drill_flow
from bot.conversation.flows.engine import Engine, Outcome
from bot.conversation.flows.forms import Form
from bot.conversation.flows.quiz import quiz_flow
from knowledge.check import KnowledgeBase
from knowledge.loading import load_for_service

DAY: Final = date(2026, 11, 22)
NOW: Final = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class FakeDesk:
    """Keeps progress in memory, or fails."""

    def __init__(self) -> None:
        self.kept: list[Progress] = []
        self.looked: list[tuple[Exercise, str, int | None]] = []
        self.left: Mapping[str, bool] = {}
        self.finished = False
        self.fails = False

    async def standing(self, exercise: Exercise, id_: str, message: int | None) -> Standing:
        self.looked.append((exercise, id_, message))
        if self.fails:
            raise DeskError
        return Standing(self.left, self.finished)

    async def left_open(self, _exercise: Exercise) -> frozenset[str]:
        if self.fails:
            raise DeskError
        return frozenset({"bep-gas"})

    async def keep_progress(self, progress: Progress) -> bool:
        if self.fails:
            raise DeskError
        self.kept.append(progress)
        return not self.finished

    @property
    def as_desk(self) -> Desk:
        """This desk where a whole one is wanted."""
        return cast("Desk", self)


@cache
def project() -> KnowledgeBase:
    """The project's own knowledge."""
    return load_for_service(DAY)


@cache
def engine() -> Engine:
    """Both flows."""
    base = project()
    return Engine([quiz_flow(base, lambda: DAY), drill_flow(base, lambda: DAY)], lambda: "0a1b2c")


async def done(desk: FakeDesk, flow: str, *answers: str, **values: str) -> Outcome:
    """Open a form and type answers, one after the other."""
    outcome = await engine().open(flow, desk.as_desk, NOW, values)
    for answer in answers:
        outcome = await engine().typed(form_of(outcome), answer, desk.as_desk, NOW)
    return outcome


def form_of(outcome: Outcome) -> Form:
    """Return the form of an outcome that must not have closed it."""
    assert outcome.form is not None, outcome.replies[0].text
    return outcome.form


def labels(outcome: Outcome) -> list[str]:
    """What the buttons of the last reply say."""
    return [button.label for button in outcome.replies[-1].buttons]
