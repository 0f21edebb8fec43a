"""The dashboard's tables, counted once for the page, its plots and its files, and kept for a minute.

Where counting anew takes longer than people like to wait, they are shown figures that are a few minutes old, with their
time, while it goes on.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.console.card_fields import TOPICS
from bot.console.charts import PLOTS, drawn
from bot.console.parts import Parts
from bot.console.remembering import Remembered
from bot.console.report_places import ReportPlaces
from bot.feedback.figure_tables import Step, report_tables, topics, without_answer
from bot.feedback.filters import ReportFilter
from bot.feedback.tables import Table
from bot.store.question_statistics import QuestionStatistics
from bot.store.report_statistics import ReportStatistics, Tally

KEPT: Final = timedelta(seconds=60)
"""For so long figures are shown again; the page says when they were counted."""
OLDEST: Final = timedelta(minutes=5)
"""So old may figures be that are shown because counting anew is not done within `PATIENCE`."""
PATIENCE: Final = 0.15  # seconds
_MOST_KEPT: Final = 64
_MOST_PLOTS: Final = 256


@dataclass(frozen=True)
class Question:
    """What somebody wants counted: which reports, in which places they may see (() are all), in which step of time."""

    wanted: ReportFilter
    places: tuple[str, ...]
    step: Step | None = None

    @property
    def key(self) -> str:
        """The same for the same question."""
        return f"{self.wanted.as_address()} {','.join(sorted(self.places))} {self.step}"


@dataclass(frozen=True)
class Figures:
    """What was counted, and when; `tables` by name, those of questions last."""

    at: datetime
    total: Tally
    tables: dict[str, Table]


class DashboardFigures:
    """Counts, draws, and remembers both for a while. What is asked for twice at once is counted once."""

    def __init__(self, parts: Parts, patience: float = PATIENCE) -> None:
        self._reports = ReportStatistics(parts.database, parts.now)
        self._questions = QuestionStatistics(parts.database)
        self._place_names = ReportPlaces(lambda: parts.knowledge().places)
        self._knowledge = parts.knowledge
        self._heavy = parts.heavy
        self._counted: Remembered[Figures] = Remembered(_MOST_KEPT, parts.now, KEPT, OLDEST, patience)
        self._drawn: Remembered[bytes] = Remembered(_MOST_PLOTS, parts.now, timedelta(days=1))
        self._drawing = asyncio.Semaphore(1)  # more threads would not draw faster, but take the time of all pages

    async def figures(self, question: Question) -> Figures:
        """Return the tables of a question: at most a minute old, or `OLDEST` while they are being counted anew."""
        return await self._counted.get(question.key, lambda: self._count(question))

    async def plot(self, name: str, table: Table) -> bytes:
        """Return a plot as SVG; the same table is drawn once."""
        digest = hashlib.sha256(f"{name} {table!r}".encode()).hexdigest()
        return await self._drawn.get(digest, lambda: self._draw(name, table))

    async def _count(self, question: Question) -> Figures:
        wanted = question.wanted
        counts, asked = await asyncio.gather(
            self._reports.counts(wanted, question.places), self._questions.questions(wanted.first, wanted.last)
        )
        tables = report_tables(counts, wanted, self._place_name, question.step)
        cards = self._knowledge().cards
        of_questions = (
            topics(asked, lambda card: cards[card].topic if card in cards else None, self._topic_name),
            without_answer(asked),
        )
        return Figures(counts.at, counts.total, {**tables, **{table.name: table for table in of_questions}})

    async def _draw(self, name: str, table: Table) -> bytes:
        async with self._drawing:
            return await self._heavy(drawn, PLOTS[name], table)

    def _place_name(self, code: str) -> str:
        return self._place_names.name(*((code, None) if len(code) == 2 else (None, code))) or code

    def _topic_name(self, topic: str) -> str:
        return TOPICS.get(topic, topic)
