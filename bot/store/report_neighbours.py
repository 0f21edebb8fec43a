"""Reports that may tell of the same thing as another one, or as one that somebody is just writing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, false, or_, select
from sqlalchemy import text as sql_text

from bot.feedback.duplicates import NEAR, SPAN, Candidate, Likeness, similar
from bot.feedback.kinds import Category
from bot.feedback.lifecycle import State
from bot.feedback.reports import Where
from bot.store.database import Database
from bot.store.report_conditions import IS_OPEN, among
from bot.store.report_tables import ReportRow

_COMPARED: Final = 400
"""The newest reports of a commune and kind that are compared; a month of the largest commune has fewer."""
_OFFERED: Final = 3
_PER_DEGREE: Final = 111_320.0  # metres of latitude; of longitude it is fewer, times the cosine of the latitude
_NAMES: Final = "id code category text where_text province_code commune_code latitude longitude created_at"
_COLUMNS: Final = tuple(ReportRow.__table__.c[name] for name in _NAMES.split())
_MERGEABLE: Final = (State.DUPLICATE.value, State.WITHDRAWN.value)


class Neighbours:
    """Looks for reports that are alike."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_draft(self, category: Category, where: Where, text: str, now: datetime) -> list[Likeness]:
        """Return open reports, at most 3, of which somebody who writes `text` may want to say "me too"."""
        draft = Candidate(report_id=0, code="", category=category, where=where, text=text, at=now)
        return similar(draft, await self._candidates(draft, IS_OPEN), most=_OFFERED)

    async def of_report(self, report_id: int, places: Sequence[str] = (), most: int = 5) -> list[Likeness]:
        """Return reports like a stored one, in the member's `places` (() are all), open or done; none for no report.

        Those that another one stands for already, and withdrawn ones, are left out.
        """
        async with self._database.sessions() as session:
            row = (await session.execute(select(*_COLUMNS).where(ReportRow.id == report_id))).one_or_none()
        if row is None:
            return []
        one = _candidate(row)
        theirs = and_(ReportRow.state.not_in(_MERGEABLE), *among(places))
        return similar(one, await self._candidates(one, theirs), most=most)

    async def _candidates(self, one: Candidate, condition: ColumnElement[bool]) -> list[Candidate]:
        near = _near(one.where)
        if near is None:
            return []
        async with self._database.sessions() as session:
            await session.execute(sql_text("SET LOCAL jit = off"))
            rows = await session.execute(_newest(one).where(near, condition))
            return [_candidate(row) for row in rows]


def _newest(one: Candidate) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(
            ReportRow.id != one.report_id,
            ReportRow.kind == one.category.kind.value,
            ReportRow.created_at.between(one.at - SPAN, one.at + SPAN),
        )
        .order_by(ReportRow.created_at.desc())
        .limit(_COMPARED)
    )


def _near(where: Where) -> ColumnElement[bool] | None:
    """Return what is true of reports in the same commune or around the pin; None where nothing can be near."""
    parts: list[ColumnElement[bool]] = []
    if where.commune_code is not None:
        parts.append(ReportRow.commune_code == where.commune_code)
    if where.pin is not None:
        latitude, longitude = where.pin
        high = NEAR / _PER_DEGREE
        wide = high / max(0.01, math.cos(math.radians(latitude)))
        parts.append(
            and_(
                ReportRow.latitude.between(latitude - high, latitude + high),
                ReportRow.longitude.between(longitude - wide, longitude + wide),
            )
        )
    return or_(false(), *parts) if parts else None


def _candidate(row: Row[Any]) -> Candidate:
    pin = None if row.latitude is None or row.longitude is None else (row.latitude, row.longitude)
    return Candidate(
        report_id=row.id,
        code=row.code,
        category=Category(row.category),
        where=Where(row.province_code, row.commune_code, row.where_text, pin),
        text=row.text,
        at=row.created_at,
    )
