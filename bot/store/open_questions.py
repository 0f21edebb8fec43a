"""Questions without an answer, as the queue shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from bot.store.database import Database
from bot.store.letters import LetterState
from bot.store.tables import LetterRow

MOST_LISTED: Final = 2_000
"""Questions that are grouped at once, the newest."""


@dataclass(frozen=True)
class Question:
    """A question without an answer, and how near the nearest cards were."""

    number: int
    code: str
    text: str
    at: datetime
    cards: tuple[str, ...]


class OpenQuestions:
    """Lists what waits for an answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(self) -> list[Question]:
        """Return the questions that wait, oldest first, the newest `MOST_LISTED` at most."""
        waiting = select(LetterRow).where(LetterRow.state == LetterState.RECEIVED.value)
        async with self._database.sessions() as session:
            rows = (await session.scalars(waiting.order_by(LetterRow.id.desc()).limit(MOST_LISTED))).all()
        return [_question(row) for row in reversed(rows)]

    async def coded(self, codes: Sequence[str]) -> list[Question]:
        """Return the questions with these codes, oldest first, whether they still wait or not."""
        wanted = select(LetterRow).where(LetterRow.code.in_(codes)).order_by(LetterRow.id)
        async with self._database.sessions() as session:
            return [_question(row) for row in await session.scalars(wanted)]

    async def numbered(self, numbers: Sequence[int]) -> list[Question]:
        """Return the questions with these numbers, oldest first, whether they still wait or not."""
        wanted = select(LetterRow).where(LetterRow.id.in_(numbers)).order_by(LetterRow.id)
        async with self._database.sessions() as session:
            return [_question(row) for row in await session.scalars(wanted)]


def _question(row: LetterRow) -> Question:
    cards = tuple(str(one["card"]) for one in row.candidates if "card" in one)
    return Question(row.id, row.code, row.text, row.at, cards)
