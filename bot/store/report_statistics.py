"""Counting reports: what a filter lets through, by kind, state, place, day, and how long it took.

Each method reads the reports once. Whoever may not read reports may see these numbers: there are no words in them.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Row, Select, case, cast, func, null, select
from sqlalchemy import text as sql_text

from bot.feedback.filters import ReportFilter
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import Hat, State
from bot.store.database import Database
from bot.store.report_conditions import IS_OPEN, conditions, overdue
from bot.store.report_tables import ReportRow

_AHEAD: Final = 7 * 3600  # seconds; Viet Nam has no summer time, and reckoning with a zone takes three times as long
_EPOCH: Final = date(1970, 1, 1)
_PLAIN: Final = sql_text("SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0")
"""Reading an index takes less time than compiling a query or starting workers for it."""
_AT_ONCE: Final = 2  # statements: counting must leave connections and processors to those who work on reports
DONE: Final = (State.CONFIRMED, State.CLOSED)
"""States in which what was reported is settled; rejected, merged and withdrawn ones were not settled."""
_Select = Select[*tuple[Any, ...]]
_Row = Row[*tuple[Any, ...]]
Place = tuple[str | None, str | None]
"""Official codes of province and commune; where no place was asked for, communes are not told apart and are None."""


@dataclass(frozen=True)
class Tally:
    """How many reports; of these open, overdue now, late at some time, answered, reopened. `supporters`: people."""

    number: int = 0
    open: int = 0
    overdue: int = 0
    late: int = 0
    answered: int = 0
    reopened: int = 0
    supporters: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Return both together."""
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Tally)))


@dataclass(frozen=True)
class Sort:
    """What reports have in common that were counted together."""

    category: Category
    state: State
    channel: str
    turn: Hat | None


@dataclass(frozen=True)
class Counts:
    """What was counted at `at`. `answer_hours`, `done_hours`: by kind, how many took so many full hours."""

    at: datetime
    sorts: Mapping[Sort, Tally]
    places: Mapping[Place, Tally]
    days: Mapping[date, Tally]
    answer_hours: Mapping[ReportKind, Mapping[int, int]]
    done_hours: Mapping[ReportKind, Mapping[int, int]]

    @property
    def total(self) -> Tally:
        """All of them."""
        return sum(self.sorts.values(), Tally())


class ReportStatistics:
    """Counts reports; nobody has those of places counted that are not theirs."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def counts(self, wanted: ReportFilter, places: Sequence[str] = ()) -> Counts:
        """Count what is wanted in `places` (official codes; () are all)."""
        now = self._clock()
        limits = conditions(wanted, places, now)
        asked = (_by_sort(now), _by_place(now, communes=bool(wanted.places or places)), _by_day(now), *_by_hours())
        lanes = asyncio.Semaphore(_AT_ONCE)
        sorts, by_place, days, answers, ends = await asyncio.gather(
            *(self._rows(one.where(*limits), lanes) for one in asked)
        )
        return Counts(
            at=now,
            sorts={_sort(row): _tally(row, 4) for row in sorts},
            places={(row[0], row[1]): _tally(row, 2) for row in by_place},
            days={_EPOCH + timedelta(days=row[0]): _tally(row, 1) for row in sorted(days, key=lambda row: row[0])},
            answer_hours=_hours(answers),
            done_hours=_hours(ends),
        )

    async def _rows(self, asked: _Select, lanes: asyncio.Semaphore) -> Sequence[_Row]:
        async with lanes, self._database.sessions() as session:
            await session.execute(_PLAIN)
            return (await session.execute(asked)).all()


def _measures(now: datetime) -> tuple[ColumnElement[int], ...]:
    """Return what a `Tally` holds, in its order."""
    many = func.count()
    return (
        many,
        many.filter(IS_OPEN),
        many.filter(overdue(now)),
        many.filter(ReportRow.late.is_(True)),
        func.count(ReportRow.first_answered_at),
        many.filter(ReportRow.reopened > 0),
        func.sum(ReportRow.supporters),
    )


def _by_sort(now: datetime) -> _Select:
    """Count by what a `Sort` holds. Each has one state, so that no row has to be asked whether it is open."""
    keys = (ReportRow.category, ReportRow.state, ReportRow.channel, ReportRow.due_hat)
    number, _, _, *others = _measures(now)
    is_open = case((IS_OPEN, 1), else_=0)
    over = func.count().filter(ReportRow.due_at < now)
    return select(*keys, number, number * is_open, over * is_open, *others).group_by(*keys)


def _by_place(now: datetime, *, communes: bool) -> _Select:
    if not communes:
        return select(ReportRow.province_code, null(), *_measures(now)).group_by(ReportRow.province_code)
    keys = (ReportRow.province_code, ReportRow.commune_code)
    return select(*keys, *_measures(now)).group_by(*keys)


def _by_day(now: datetime) -> _Select:
    seconds = func.date_part("epoch", ReportRow.created_at)
    day = cast(func.floor((seconds + _AHEAD) / 86_400), Integer).label("day")
    return select(day, *_measures(now)).group_by(day)


def _by_hours() -> tuple[_Select, _Select]:
    answered, closed = ReportRow.first_answered_at, ReportRow.closed_at
    done = ReportRow.state.in_([state.value for state in DONE])
    return _hours_till(answered).where(answered.is_not(None)), _hours_till(closed).where(closed.is_not(None), done)


def _hours_till(end: Any) -> _Select:  # noqa: ANN401 - a column that may be NULL
    seconds = func.date_part("epoch", end - ReportRow.created_at)
    hours = cast(func.greatest(0, func.floor(seconds / 3600)), Integer).label("hours")
    return select(ReportRow.kind, hours, func.count()).group_by(ReportRow.kind, hours)


def _sort(row: _Row) -> Sort:
    return Sort(Category(row[0]), State(row[1]), row[2], Hat(row[3]) if row[3] else None)


def _tally(row: _Row, keys: int) -> Tally:
    return Tally(*(int(value) for value in row[keys:]))


def _hours(rows: Iterable[_Row]) -> dict[ReportKind, dict[int, int]]:
    found: defaultdict[ReportKind, Counter[int]] = defaultdict(Counter)
    for kind, hours, number in rows:
        found[ReportKind(kind)][hours] += number
    return {kind: dict(sorted(counted.items())) for kind, counted in found.items()}
