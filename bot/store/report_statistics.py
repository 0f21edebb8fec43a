"""Counting reports: what a filter lets through, by kind, state, place, day, and how long it took.

Reports are read twice for all figures together. Whoever may not read reports may see the numbers: they have no words.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Interval,
    Row,
    Select,
    case,
    cast,
    func,
    not_,
    null,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy import text as sql_text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from bot.feedback.filters import ReportFilter
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import OPEN, Hat, State
from bot.store.database import Database
from bot.store.report_conditions import conditions, overdue, start_of
from bot.store.report_tables import ReportRow

_A_DAY: Final = date(2000, 1, 1)
"""All days are as many times 24 hours from it, as Viet Nam has no summer time since: reckoning with a zone, or with
seconds, takes several times as long."""
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_PLAIN: Final = (
    "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; "
    "SET LOCAL work_mem = '32MB'; SET LOCAL enable_sort = off"
)
"""Reading an index takes less time than compiling a query or starting workers for it, and counting less than sorting:
how many groups there will be is thought far too many, as nothing is known of hours."""
_ONE_MOMENT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
"""All tables of a page agree with each other, whatever is reported while they are counted."""
_AT_ONCE: Final = 2  # counts, two connections each: others must be left to those who work on reports
DONE: Final = (State.CONFIRMED, State.CLOSED)
"""States in which what was reported is settled; rejected, merged and withdrawn ones were not settled."""
_NOT_OPEN: Final = ReportRow.state.in_([*DONE, *(one for one in State if one not in OPEN and one not in DONE)])
"""The commonest states first: they are compared one after the other. Each report has one of `State`."""
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
        return Tally(  # written out: a page adds thousands
            self.number + other.number,
            self.open + other.open,
            self.overdue + other.overdue,
            self.late + other.late,
            self.answered + other.answered,
            self.reopened + other.reopened,
            self.supporters + other.supporters,
        )


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
        self._lanes = asyncio.Semaphore(_AT_ONCE)

    async def counts(self, wanted: ReportFilter, places: Sequence[str] = ()) -> Counts:
        """Count what is wanted in `places` (official codes; () are all), as it was at one moment of the database."""
        now = self._clock()
        limits = conditions(wanted, places, now)
        asked = (_sums(limits, now, communes=bool(wanted.places or places)), _hours(limits))
        async with self._lanes, self._database.sessions.begin() as session:
            await session.execute(sql_text(f"{_ONE_MOMENT}; {_PLAIN}"))
            moment = str(await session.scalar(select(func.pg_export_snapshot())))
            async with asyncio.TaskGroup() as both:  # should one of them fail, the other has ended before the session
                reading = both.create_task(self._rows_at(moment, asked[1]))
                sums = await _rows(session, asked[0])
            hours = reading.result()
        days = ((_A_DAY + (row.day - start_of(_A_DAY)), _tally(row)) for row in sums if row.by == _BY_DAY)
        return Counts(
            at=now,
            sorts={_sort(row): _tally(row) for row in sums if row.by == _BY_SORT},
            places={(row.province, row.commune): _tally(row) for row in sums if row.by == _BY_PLACE},
            days=dict(sorted(days)),
            answer_hours={ReportKind(row.kind): _times(row) for row in hours if row.by == _BY_ANSWER},
            done_hours={ReportKind(row.kind): _times(row) for row in hours if row.by == _BY_END},
        )

    async def _rows_at(self, moment: str, asked: _Select) -> Sequence[_Row]:
        """Read, on another connection, what the database held at a moment that a transaction under way has exported."""
        async with self._database.sessions.begin() as session:
            here = f"SET TRANSACTION SNAPSHOT '{moment}'"  # the server's own word
            await session.execute(sql_text(f"{_ONE_MOMENT}; {here}; {_PLAIN}"))
            return await _rows(session, asked)


async def _rows(session: AsyncSession, asked: _Select) -> Sequence[_Row]:
    connection = await session.connection()  # a session would look for objects in thousands of rows
    return (await connection.execute(asked)).all()


_NUMBERS: Final = len(fields(Tally))
# What GROUPING says of its three, or two, arguments: a bit for each that a row was not grouped by, the last the lowest.
_BY_SORT, _BY_PLACE, _BY_DAY = 0b011, 0b101, 0b110
_BY_ANSWER, _BY_END = 0b01, 0b10


def _sums(limits: Sequence[ColumnElement[bool]], now: datetime, *, communes: bool) -> _Select:
    """Count by sort, by place and by day in one go: reading the reports is half of the work."""
    one = (
        select(
            *(ReportRow.category, ReportRow.state, ReportRow.channel, ReportRow.due_hat),
            ReportRow.province_code.label("province"),
            (ReportRow.commune_code if communes else null()).label("commune"),
            _beginning(_DAY, ReportRow.created_at, start_of(_A_DAY)).label("day"),
            not_(_NOT_OPEN).label("open"),
            overdue(now).label("overdue"),
            *(ReportRow.late, ReportRow.first_answered_at, ReportRow.reopened, ReportRow.supporters),
        )
        .where(*limits)
        .offset(0)  # so that each report is asked once whether it is open, and not once for every number
        .subquery()
    ).c
    sets = func.grouping_sets(
        tuple_(one.category, one.state, one.channel, one.due_hat), tuple_(one.province, one.commune), tuple_(one.day)
    )
    keys = (one.category, one.state, one.channel, one.due_hat, one.province, one.commune, one.day)
    return select(func.grouping(one.category, one.province, one.day).label("by"), *keys, *_measures(one)).group_by(sets)


def _measures(one: ReadOnlyColumnCollection[str, Any]) -> tuple[ColumnElement[int], ...]:
    """Return what a `Tally` holds, each under its name there."""
    many = func.count()
    return (
        many.label("number"),
        many.filter(one.open).label("open"),
        many.filter(one.overdue).label("overdue"),
        many.filter(one.late).label("late"),
        func.count(one.first_answered_at).label("answered"),
        many.filter(one.reopened > 0).label("reopened"),
        func.sum(one.supporters).label("supporters"),
    )


def _beginning(
    length: timedelta, moment: InstrumentedAttribute[Any], since: datetime | InstrumentedAttribute[datetime]
) -> ColumnElement[datetime]:
    """Return when the stretch of that length began in which a moment lies; `since`: when one of them began."""
    return func.date_bin(length, moment, since, type_=DateTime(timezone=True))


def _hours(limits: Sequence[ColumnElement[bool]]) -> _Select:
    """List by kind the full hours to the first answer and to the end, and how many reports took each of them.

    They come as two arrays, since there are thousands of them, and no time is shorter than none.
    """
    settled = ReportRow.state.in_([state.value for state in DONE])
    one = (
        select(
            ReportRow.kind,
            _time_till(ReportRow.first_answered_at).label("answered"),
            case((settled, _time_till(ReportRow.closed_at))).label("done"),
        )
        .where(*limits)
        .subquery()
    ).c
    sets = func.grouping_sets(tuple_(one.kind, one.answered), tuple_(one.kind, one.done))
    by, time = func.grouping(one.answered, one.done).label("by"), func.coalesce(one.answered, one.done).label("time")
    many = select(by, one.kind, time, func.count().label("number")).group_by(sets).subquery().c
    hours = cast(func.greatest(0, func.floor(func.date_part("epoch", many.time) / 3600)), Integer)
    lists = (func.array_agg(hours).label("hours"), func.array_agg(many.number).label("numbers"))
    return select(many.by, many.kind, *lists).where(many.time.is_not(None)).group_by(many.by, many.kind)


def _time_till(end: InstrumentedAttribute[datetime | None]) -> ColumnElement[timedelta]:
    """Return as much of the time from the sending to `end` as is full hours."""
    return type_coerce(_beginning(_HOUR, end, ReportRow.created_at) - ReportRow.created_at, Interval())


def _sort(row: _Row) -> Sort:
    return Sort(Category(row.category), State(row.state), row.channel, Hat(row.due_hat) if row.due_hat else None)


def _tally(row: _Row) -> Tally:
    return Tally(*row[-_NUMBERS:])


def _times(row: _Row) -> dict[int, int]:
    found = Counter[int]()
    for hours, number in zip(row.hours, row.numbers, strict=True):
        found[hours] += number
    return dict(sorted(found.items()))
