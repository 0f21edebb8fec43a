"""Counting questions: from which cards they were answered, what residents thought of it, and how many had no answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.store.database import Database
from bot.store.letters import LetterState
from bot.store.report_conditions import start_of
from bot.store.tables import LetterRow, ReplyRow, ThumbRow

_ANSWER: Final = "answer"


@dataclass(frozen=True)
class Answered:
    """How many answers stood on these cards, and the thumbs they were given."""

    cards: tuple[str, ...]
    replies: int
    up: int
    down: int


@dataclass(frozen=True)
class Questions:
    """Answers from cards, and questions without an answer: how many, and how many still wait for officials."""

    answered: tuple[Answered, ...]
    unanswered: int
    waiting: int


class QuestionStatistics:
    """Counts questions of some days in Viet Nam. Conversations have no place, so that these are always all of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def questions(self, first: date | None, last: date | None) -> Questions:
        """Count the questions of these days, both included; None: without end on that side."""
        replies = answers_from_cards(*_days(ReplyRow.created_at, first, last))
        letters = select(func.count(), func.count().filter(LetterRow.state == LetterState.RECEIVED.value)).where(
            *_days(LetterRow.at, first, last)
        )
        async with self._database.sessions() as session:
            answered = tuple(Answered(tuple(one[0]), one[1], one[2], one[3]) for one in await session.execute(replies))
            unanswered, waiting = (await session.execute(letters)).one()
        return Questions(answered, unanswered, waiting)


def answers_from_cards(*limits: ColumnElement[bool]) -> Select[list[str], int, int, int]:
    """Select cards, number of answers from them, thumbs up and down: the one definition for all pages and reports.

    A suggestion names cards too, but answers nothing, so that it is not counted.
    """
    return (
        select(
            ReplyRow.cards,
            func.count(),
            func.count().filter(ThumbRow.value == "up"),
            func.count().filter(ThumbRow.value == "down"),
        )
        .outerjoin(ThumbRow, ThumbRow.reply_id == ReplyRow.id)
        .where(ReplyRow.kind == _ANSWER, func.cardinality(ReplyRow.cards) > 0, *limits)
        .group_by(ReplyRow.cards)
    )


def _days(moment: InstrumentedAttribute[Any], first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    limits: list[ColumnElement[bool]] = []
    if first is not None:
        limits.append(moment >= start_of(first))
    if last is not None:
        limits.append(moment < start_of(last + timedelta(days=1)))
    return limits
