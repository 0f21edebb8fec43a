"""The dashboard's tables, counted once for the page, its plots and its files, and kept for a minute."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from bot.console.card_fields import TOPICS
from bot.console.charts import PLOTS, drawn
from bot.console.parts import Parts
from bot.console.report_places import ReportPlaces
from bot.feedback.figure_tables import Step, report_tables, topics, without_answer
from bot.feedback.filters import ReportFilter
from bot.feedback.tables import Table
from bot.store.question_statistics import QuestionStatistics
from bot.store.report_statistics import ReportStatistics, Tally

KEPT: Final = timedelta(seconds=60)
"""For so long figures are shown again; the page says when they were counted."""
_MOST_KEPT: Final = 64
_MOST_PLOTS: Final = 256
Kept = TypeVar("Kept")


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

    def __init__(self, parts: Parts) -> None:
        self._reports = ReportStatistics(parts.database, parts.now)
        self._questions = QuestionStatistics(parts.database)
        self._place_names = ReportPlaces(lambda: parts.knowledge().places)
        self._knowledge = parts.knowledge
        self._counted: _Remembered[Figures] = _Remembered(_MOST_KEPT, parts.now, KEPT)
        self._drawn: _Remembered[bytes] = _Remembered(_MOST_PLOTS, parts.now, timedelta(days=1))
        self._drawing = asyncio.Semaphore(1)  # more threads would not draw faster, but take the time of all pages

    async def figures(self, question: Question) -> Figures:
        """Return the tables of a question, at most a minute old."""
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
            return await asyncio.to_thread(drawn, PLOTS[name], table)

    def _place_name(self, code: str) -> str:
        return self._place_names.name(*((code, None) if len(code) == 2 else (None, code))) or code

    def _topic_name(self, topic: str) -> str:
        return TOPICS.get(topic, topic)


class _Remembered(Generic[Kept]):
    """Results by key, the youngest of them, for a while. A failure is not remembered."""

    def __init__(self, most: int, now: Callable[[], datetime], kept: timedelta) -> None:
        self._most = most
        self._now = now
        self._kept = kept
        self._tasks: OrderedDict[str, tuple[datetime, asyncio.Task[Kept]]] = OrderedDict()

    async def get(self, key: str, make: Callable[[], Coroutine[Any, Any, Kept]]) -> Kept:
        found = self._tasks.get(key)
        if found is None or _spoilt(found[1]) or not found[0] <= self._now() < found[0] + self._kept:
            found = (self._now(), asyncio.create_task(make()))
            self._tasks[key] = found
        self._tasks.move_to_end(key)
        while len(self._tasks) > self._most:
            self._tasks.popitem(last=False)
        return await asyncio.shield(found[1])  # one visitor who leaves does not take it from the others


def _spoilt(task: asyncio.Task[Kept]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
