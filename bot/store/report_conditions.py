"""A filter of reports as conditions of SQL: one place for lists, counts, figures and exports, so that they agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, cast, exists, false, func, or_
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.types import Text

from bot.feedback.filters import NO_PLACE, NOBODY, ReportFilter
from bot.feedback.lifecycle import OPEN, State
from bot.feedback.search_words import asked, kept
from bot.store.report_tables import DispatchRow, ReportRow
from knowledge.clock import VIET_NAM

UNTOUCHED: Final = timedelta(days=14)
"""An open report with which nothing was done for so long is stuck, whatever its deadline."""
_PROVINCE: Final = 2  # digits
IS_OPEN: Final = ReportRow.state.in_(sorted(state.value for state in OPEN))
_WITH_AGENCY: Final = (State.FORWARDED.value, State.HANDLING.value)
_NOT_ARRIVED: Final = ("failed", "unknown")  # states of a dispatch; nothing happens to one of these by itself
_Condition = ColumnElement[bool]


def search_vector(code: str, *texts: str | None) -> ColumnElement[str]:
    """Return the value of `report.search` for a report with that code and those texts (words, place, names of units).

    Whoever changes the text of a report sets it anew.
    """
    return func.array_to_tsvector(cast(kept(code, *texts), ARRAY(Text)))


def conditions(wanted: ReportFilter, places: Sequence[str], now: datetime) -> list[_Condition]:
    """Return what reports must fulfil to be wanted, and to lie in `places`; () are all.

    A report without a province is everybody's, as with `Member.looks_after`.
    """
    return [*among(places), *_lists(wanted), *_days(wanted), *_marks(wanted, now), *_words(wanted)]


def overdue(now: datetime) -> _Condition:
    """Whether a report's deadline is over and somebody still has something to do."""
    return and_(ReportRow.due_at < now, IS_OPEN)  # the cheaper one first


def start_of(day: date) -> datetime:
    """Return when a day begins in Viet Nam."""
    return datetime.combine(day, time.min, VIET_NAM)


def among(places: Sequence[str]) -> Iterator[_Condition]:
    """Yield what is true of reports that somebody with these places may see."""
    if places:
        yield or_(ReportRow.province_code.is_(None), _in_units(places))


def _in_units(codes: Iterable[str]) -> _Condition:
    provinces = [code for code in codes if len(code) == _PROVINCE]
    communes = [code for code in codes if len(code) > _PROVINCE]
    parts: list[_Condition] = []
    if provinces:
        parts.append(ReportRow.province_code.in_(provinces))
    if communes:
        parts.append(ReportRow.commune_code.in_(communes))
    return or_(false(), *parts)


def _lists(wanted: ReportFilter) -> Iterator[_Condition]:
    if wanted.kinds:
        yield ReportRow.kind.in_([one.value for one in wanted.kinds])
    if wanted.categories:
        yield ReportRow.category.in_([one.value for one in wanted.categories])
    if wanted.states:
        yield ReportRow.state.in_([one.value for one in wanted.states])
    if wanted.channels:
        yield ReportRow.channel.in_(wanted.channels)
    if wanted.places:
        yield or_(*_wanted_places(wanted.places))
    if wanted.agency is not None:
        yield ReportRow.agency_id == wanted.agency
    if wanted.claimed_by is not None:
        nobody = wanted.claimed_by == NOBODY
        yield ReportRow.claimed_by.is_(None) if nobody else ReportRow.claimed_by == wanted.claimed_by
    if wanted.turn is not None:
        yield and_(IS_OPEN, ReportRow.due_hat == wanted.turn.value)


def _wanted_places(codes: Sequence[str]) -> Iterator[_Condition]:
    yield _in_units([code for code in codes if code.isdigit()])
    if NO_PLACE in codes:
        yield ReportRow.province_code.is_(None)
    for code in codes:
        province, _, rest = code.partition("-")
        if rest == NO_PLACE:
            yield and_(ReportRow.province_code == province, ReportRow.commune_code.is_(None))


def _days(wanted: ReportFilter) -> Iterator[_Condition]:
    if wanted.first is not None:
        yield ReportRow.created_at >= start_of(wanted.first)
    if wanted.last is not None:
        yield ReportRow.created_at < start_of(wanted.last + timedelta(days=1))


def _marks(wanted: ReportFilter, now: datetime) -> Iterator[_Condition]:
    if wanted.overdue:
        yield overdue(now)
    if wanted.stuck:
        yield and_(IS_OPEN, or_(ReportRow.due_at < now, ReportRow.changed_at < now - UNTOUCHED))
    if wanted.undelivered:
        lost = exists().where(DispatchRow.report_id == ReportRow.id, DispatchRow.state.in_(_NOT_ARRIVED))
        yield and_(ReportRow.state.in_(_WITH_AGENCY), lost)
    if wanted.late:
        yield ReportRow.late.is_(True)
    if wanted.reopened:
        yield ReportRow.reopened > 0
    if wanted.photos:
        yield ReportRow.photos > 0
    if wanted.supported:
        yield ReportRow.supporters > 0
    if wanted.answered:
        yield ReportRow.first_answered_at.is_not(None)
    if wanted.finished:
        yield ReportRow.closed_at.is_not(None)


def _words(wanted: ReportFilter) -> Iterator[_Condition]:
    if wanted.words:
        query = asked(wanted.words)
        yield false() if query is None else ReportRow.search.op("@@", is_comparison=True)(cast(query, TSQUERY))
