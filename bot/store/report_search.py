"""Finding reports: a page of those that a filter lets through, how many there are, and all of them for an export."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy import text as sql_text

from bot.feedback.filters import Order, ReportFilter
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import OPEN, Hat, State
from bot.store.database import Database
from bot.store.report_conditions import conditions, search_vector
from bot.store.report_tables import AgencyRow, ReportRow
from bot.store.staff_tables import StaffRow

__all__ = ["COUNTED", "Cursor", "ReportLine", "ReportPage", "ReportSearch", "Total", "search_vector"]

COUNTED: Final = 10_000
"""Reports are counted up to here; of more it is said that there are more: nobody pages through them."""
EXCERPT: Final = 280  # characters of the text that a list shows
_BATCH: Final = 500
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR: Final = re.compile(r"(\d{1,17}|-)\.(\d{1,18})", re.ASCII)
_WITHOUT_JIT: Final = sql_text("SET LOCAL jit = off")  # compiling takes longer than reading a page


@dataclass(frozen=True)
class Cursor:
    """After which report a page begins: the moment by which it is sorted, and its number. `at` None: no deadline."""

    at: datetime | None
    id: int

    def __str__(self) -> str:
        """As it stands in an address: microseconds since 1970, and the number."""
        moment = "-" if self.at is None else str((self.at - _EPOCH) // timedelta(microseconds=1))
        return f"{moment}.{self.id}"

    @classmethod
    def read(cls, typed: str) -> Cursor | None:
        """Return the cursor of an address; None for what is none, which means the first page.

        >>> str(Cursor.read("1790000000000000.12")), Cursor.read("x")
        ('1790000000000000.12', None)
        """
        found = _CURSOR.fullmatch(typed)
        if found is None:
            return None
        moment, number = found.groups()
        return cls(None if moment == "-" else _EPOCH + timedelta(microseconds=int(moment)), int(number))


@dataclass(frozen=True, kw_only=True)
class ReportLine:
    """A report as a list shows it. `excerpt`: the beginning of its text, without personal data."""

    id: int
    code: str
    kind: ReportKind
    category: Category
    state: State
    excerpt: str
    cut: bool  # the text goes on
    where_words: str | None
    province_code: str | None
    commune_code: str | None
    channel: str
    created_at: datetime
    changed_at: datetime
    due_hat: Hat | None
    due_at: datetime | None
    overdue: bool
    late: bool
    claimed_by: int | None
    claimed_name: str | None
    agency_id: int | None
    agency_name: str | None
    supporters: int
    reopened: int
    photos: int
    version: int


@dataclass(frozen=True)
class Total:
    """How many reports there are; `more`: there are more than the number says.

    >>> str(Total(312)), str(Total(10_000, more=True))
    ('312', 'hơn 10.000')
    """

    number: int
    more: bool = False

    def __str__(self) -> str:
        """As a page tells it."""
        return ("hơn " if self.more else "") + f"{self.number:,}".replace(",", ".")


@dataclass(frozen=True)
class ReportPage:
    """Some of the reports that are wanted. `next`: where the page after it begins; `total` only of the first page."""

    lines: tuple[ReportLine, ...]
    next: Cursor | None
    total: Total | None


class ReportSearch:
    """Reads lists of reports; nobody sees those of places that are not theirs."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, wanted: ReportFilter, places: Sequence[str] = (), after: Cursor | None = None, size: int = 50
    ) -> ReportPage:
        """Return a page of what is wanted in `places` (official codes; () are all), in the filter's order."""
        lines, following = await self._read(wanted, places, after, size, EXCERPT)
        if after is not None:
            return ReportPage(lines, following, None)
        total = Total(len(lines)) if following is None else await self.count(wanted, places)
        return ReportPage(lines, following, total)

    async def count(self, wanted: ReportFilter, places: Sequence[str] = (), most: int = COUNTED) -> Total:
        """Return how many reports are wanted in `places`, counted up to `most`."""
        some = select(literal(1)).select_from(ReportRow).where(*conditions(wanted, places, self._clock()))
        async with self._database.sessions() as session:
            await session.execute(_WITHOUT_JIT)
            found = await session.scalar(select(func.count()).select_from(some.limit(most + 1).subquery())) or 0
        return Total(min(found, most), more=found > most)

    async def every(
        self, wanted: ReportFilter, places: Sequence[str] = (), most: int = COUNTED, excerpt: int = EXCERPT
    ) -> AsyncIterator[tuple[ReportLine, ...]]:
        """Yield what is wanted in `places`, in batches as it is read and no more than `most`; texts up to `excerpt`."""
        after: Cursor | None = None
        left = most
        while left > 0:
            lines, after = await self._read(wanted, places, after, min(_BATCH, left), excerpt)
            yield lines
            left -= len(lines)
            if after is None:
                return

    async def _read(
        self, wanted: ReportFilter, places: Sequence[str], after: Cursor | None, size: int, excerpt: int
    ) -> tuple[tuple[ReportLine, ...], Cursor | None]:
        now = self._clock()
        asked = _lines(excerpt).where(*conditions(wanted, places, now), *_beyond(wanted.order, after))
        async with self._database.sessions() as session:
            await session.execute(_WITHOUT_JIT)
            rows = (await session.execute(asked.order_by(*_sorting(wanted.order)).limit(size + 1))).all()
        lines = tuple(_line(row, now, excerpt) for row in rows[:size])
        return lines, _cursor(lines[-1], wanted.order) if len(rows) > size else None


_PLAIN: Final = (
    "id code kind category state where_text province_code commune_code channel created_at changed_at due_hat due_at "
    "late claimed_by agency_id supporters reopened photos version"
)
"""Columns that are read as they are. The contact is not among them."""


def _lines(excerpt: int) -> Select[Any]:
    return (
        select(
            *(ReportRow.__table__.c[name] for name in _PLAIN.split()),
            func.left(ReportRow.text, excerpt + 1).label("excerpt"),
            StaffRow.name.label("claimed_name"),
            AgencyRow.name.label("agency_name"),
        )
        .select_from(ReportRow)
        .outerjoin(StaffRow, StaffRow.id == ReportRow.claimed_by)
        .outerjoin(AgencyRow, AgencyRow.id == ReportRow.agency_id)
    )


def _sorting(order: Order) -> tuple[ColumnElement[Any], ...]:
    if order is Order.NEWEST:
        return (ReportRow.created_at.desc(), ReportRow.id.desc())
    return (ReportRow.due_at.asc().nulls_last(), ReportRow.id.asc())


def _beyond(order: Order, after: Cursor | None) -> Iterator[ColumnElement[bool]]:
    """Yield what is true of the reports that come after the cursor."""
    if after is None:
        return
    if order is Order.NEWEST:
        moment = after.at or _EPOCH
        yield tuple_(ReportRow.created_at, ReportRow.id) < tuple_(literal(moment), literal(after.id))
    elif after.at is None:
        yield and_(ReportRow.due_at.is_(None), ReportRow.id > after.id)
    else:
        later = tuple_(ReportRow.due_at, ReportRow.id) > tuple_(literal(after.at), literal(after.id))
        yield or_(later, ReportRow.due_at.is_(None))


def _cursor(line: ReportLine, order: Order) -> Cursor:
    return Cursor(line.created_at if order is Order.NEWEST else line.due_at, line.id)


def _line(row: Row[Any], now: datetime, excerpt: int) -> ReportLine:
    state = State(row.state)
    return ReportLine(
        id=row.id,
        code=row.code,
        kind=ReportKind(row.kind),
        category=Category(row.category),
        state=state,
        excerpt=row.excerpt[:excerpt],
        cut=len(row.excerpt) > excerpt,
        where_words=row.where_text,
        province_code=row.province_code,
        commune_code=row.commune_code,
        channel=row.channel,
        created_at=row.created_at,
        changed_at=row.changed_at,
        due_hat=Hat(row.due_hat) if row.due_hat else None,
        due_at=row.due_at,
        overdue=state in OPEN and row.due_at is not None and row.due_at < now,
        late=row.late,
        claimed_by=row.claimed_by,
        claimed_name=row.claimed_name,
        agency_id=row.agency_id,
        agency_name=row.agency_name,
        supporters=row.supporters,
        reopened=row.reopened,
        photos=row.photos,
        version=row.version,
    )
