"""Monitoring reports: drafts that officers edit, issued ones that never change again, and their files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.monitoring.figures import Figures
from bot.monitoring.periods import Period, PeriodKind
from bot.monitoring.scopes import Scope
from bot.monitoring.sections import Content
from bot.store.audit import note
from bot.store.database import Database
from bot.store.monitoring_tables import MonitoringFileRow
from bot.store.report_tables import MonitoringReportRow
from bot.store.staff import Author
from bot.store.staff_tables import StaffRow

RECORDS: Final = "records"
ISSUED_FILES: Final = ("docx", "pdf", "xlsx")
SCHEDULE: Final = Author(None, "schedule")
"""Whom the log names for a draft that the schedule has prepared."""


class Stage(StrEnum):
    """How far a report has come. Only a draft changes."""

    DRAFT = "draft"
    ISSUED = "issued"
    DISCARDED = "discarded"


class MonitoringError(Exception):
    """A report cannot be changed."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class UnknownMonitoringError(MonitoringError):
    """There is no such report."""


class NoDraftError(MonitoringError):
    """The report is issued or discarded: it never changes again."""


class StaleMonitoringError(MonitoringError):
    """Somebody has changed the report meanwhile."""


@dataclass(frozen=True, kw_only=True)
class MonitoringLine:
    """A report in a list."""

    id: int
    period: Period
    scope: Scope
    stage: Stage
    summary: str
    number: str
    by_schedule: bool
    due_on: date | None
    changed_at: datetime
    issued_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class MonitoringReport:
    """A report as stored. `created_by`: a name, None for the schedule."""

    id: int
    period: Period
    place_code: str | None
    stage: Stage
    content: Content
    figures: Figures
    created_by: str | None
    created_at: datetime
    changed_at: datetime
    issued_by: str | None
    issued_at: datetime | None
    due_on: date | None
    version: int


@dataclass(frozen=True)
class NewMonitoring:
    """What a draft begins with. `records`: packed, what the figures were counted from."""

    period: Period
    content: Content
    figures: Figures
    records: bytes


class MonitoringReports:
    """Keeps reports. Every change is in the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, new: NewMonitoring, by: Author) -> int:
        """Store a draft and return its number."""
        async with self._database.sessions.begin() as session:
            return await stored(session, new, by)

    async def by_id(self, report_id: int) -> MonitoringReport | None:
        """Return a report with its figures."""
        creator, issuer = StaffRow.__table__.alias("creator"), StaffRow.__table__.alias("issuer")
        query = (
            select(MonitoringReportRow, creator.c.name, issuer.c.name)
            .outerjoin(creator, creator.c.id == MonitoringReportRow.created_by)
            .outerjoin(issuer, issuer.c.id == MonitoringReportRow.issued_by)
            .where(MonitoringReportRow.id == report_id)
        )
        async with self._database.sessions() as session:
            found = (await session.execute(query)).first()
        return None if found is None else _report(found[0], found[1], found[2])

    async def listed(
        self, stage: Stage, among: Collection[str] | None = None, *, skip: int = 0, most: int = 100
    ) -> Sequence[MonitoringLine]:
        """Return reports of a stage, those of the latest period first.

        With `among` only those whose places are all among these codes; one about everywhere is not.
        """
        query = lines().where(MonitoringReportRow.state == stage.value)
        if among is not None:
            places = MonitoringReportRow.content["places"]
            query = query.where(places.contained_by(sorted(among)), places != [])
        async with self._database.sessions() as session:
            return [line_of(row) for row in await session.execute(query.offset(skip).limit(most))]

    async def change(
        self, report_id: int, edit: Callable[[Content], Content], by: Author, *, act: str, version: int | None
    ) -> int:
        """Change the content of a draft as it is now, and return its version.

        With a `version` the draft must still have it, and gets the next one; without, as for a comment, nobody else's
        editing is disturbed. Raises `UnknownMonitoringError`, `NoDraftError` and `StaleMonitoringError`.
        """
        async with self._database.sessions.begin() as session:
            row = await _held(session, report_id, version)
            content = edit(Content.from_json(row.content))
            row.content = content.as_json()
            if version is not None:
                row.version += 1
            row.changed_at = func.now()
            await session.flush()
            await _note(session, by, act, report_id, {"version": row.version})
            return row.version

    async def refresh(self, report_id: int, figures: Figures, records: bytes, by: Author, *, version: int) -> int:
        """Exchange the figures of a draft and return its version; its text stays. Raises as `change` does."""
        async with self._database.sessions.begin() as session:
            row = await _held(session, report_id, version)
            row.figures = figures.as_json()
            row.version += 1
            row.changed_at = func.now()
            await session.flush()
            await _keep_file(session, report_id, RECORDS, records)
            await _note(session, by, "monitoring figures taken anew", report_id, {"version": row.version})
            return row.version

    async def issue(
        self, report_id: int, content: Content, files: Mapping[str, bytes], by: Author, *, version: int
    ) -> None:
        """Issue a draft with its files: from then on nothing of it changes. Raises as `change` does."""
        async with self._database.sessions.begin() as session:
            row = await _held(session, report_id, version)
            # Of that version the text is the same; comments that came meanwhile are kept.
            stored = Content.from_json(row.content)
            row.content = replace(stored, number=content.number, day=content.day, office=content.office).as_json()
            row.state = Stage.ISSUED.value
            row.issued_by, row.issued_at = by.staff_id, func.now()
            row.version += 1
            await session.flush()
            digests = {kind: await _keep_file(session, report_id, kind, made) for kind, made in files.items()}
            await _note(session, by, "monitoring report issued", report_id, {"number": content.number, **digests})

    async def discard(self, report_id: int, by: Author, *, version: int) -> None:
        """Put a draft away. Raises as `change` does."""
        async with self._database.sessions.begin() as session:
            row = await _held(session, report_id, version)
            row.state = Stage.DISCARDED.value
            row.version += 1
            await session.flush()
            await _note(session, by, "monitoring report discarded", report_id, {})

    async def file(self, report_id: int, kind: str) -> bytes | None:
        """Return a file of a report: "records", or of an issued one "docx", "pdf" or "xlsx"."""
        query = select(MonitoringFileRow.content).where(
            MonitoringFileRow.report_id == report_id, MonitoringFileRow.kind == kind
        )
        async with self._database.sessions() as session:
            return await session.scalar(query)

    async def note_download(self, report_id: int, kind: str, by: Author) -> None:
        """Note in the log that somebody took a file."""
        async with self._database.sessions.begin() as session:
            await _note(session, by, "monitoring file taken", report_id, {"file": kind})


async def stored(
    session: AsyncSession, new: NewMonitoring, by: Author, *, schedule_id: int | None = None, due_on: date | None = None
) -> int:
    """Store a draft in the caller's transaction and return its number; noting it in the log is the last thing done."""
    scope = new.content.scope
    row = MonitoringReportRow(
        first=new.period.first,
        last=new.period.last,
        period=new.period.kind.value,
        place_code=scope.places[0] if len(scope.places) == 1 else None,
        content=new.content.as_json(),
        figures=new.figures.as_json(),
        created_by=by.staff_id,
        schedule_id=schedule_id,
        due_on=due_on,
    )
    session.add(row)
    await session.flush()
    await _keep_file(session, row.id, RECORDS, new.records)
    details = {"first": str(new.period.first), "last": str(new.period.last), "places": list(scope.places)}
    await _note(session, by, "monitoring report drafted", row.id, details)
    return row.id


async def _held(session: AsyncSession, report_id: int, version: int | None) -> MonitoringReportRow:
    """Return the row of a draft, locked until the transaction ends."""
    row = await session.get(MonitoringReportRow, report_id, with_for_update=True)
    if row is None:
        raise UnknownMonitoringError
    if row.state != Stage.DRAFT.value:
        raise NoDraftError
    if version is not None and row.version != version:
        raise StaleMonitoringError
    return row


async def _keep_file(session: AsyncSession, report_id: int, kind: str, content: bytes) -> str:
    """Store a file and return its digest."""
    digest = hashlib.sha256(content)
    values = {"content": content, "digest": digest.digest(), "made_at": func.now()}
    keeping = upsert(MonitoringFileRow).values(report_id=report_id, kind=kind, **values)
    await session.execute(keeping.on_conflict_do_update(index_elements=["report_id", "kind"], set_=values))
    return digest.hexdigest()


async def _note(session: AsyncSession, by: Author, act: str, report_id: int, details: Mapping[str, Any]) -> None:
    await note(session, staff_id=by.staff_id, who=by.who, act=act, subject=f"monitoring:{report_id}", details=details)


def lines() -> Select[Any]:
    row = MonitoringReportRow
    return select(
        row.id,
        row.first,
        row.last,
        row.period,
        row.state,
        row.content["places"].label("places"),
        row.content["summary"].astext.label("summary"),
        row.content["number"].astext.label("number"),
        row.created_by,
        row.due_on,
        row.changed_at,
        row.issued_at,
    ).order_by(row.last.desc(), row.id.desc())


def line_of(row: Row[Any]) -> MonitoringLine:
    return MonitoringLine(
        id=row.id,
        period=Period(PeriodKind(row.period), row.first, row.last),
        scope=Scope(tuple(row.places)),
        stage=Stage(row.state),
        summary=row.summary,
        number=row.number,
        by_schedule=row.created_by is None,
        due_on=row.due_on,
        changed_at=row.changed_at,
        issued_at=row.issued_at,
    )


def _report(row: MonitoringReportRow, created_by: str | None, issued_by: str | None) -> MonitoringReport:
    return MonitoringReport(
        id=row.id,
        period=Period(PeriodKind(row.period), row.first, row.last),
        place_code=row.place_code,
        stage=Stage(row.state),
        content=Content.from_json(row.content),
        figures=Figures.from_json(row.figures),
        created_by=created_by,
        created_at=row.created_at,
        changed_at=row.changed_at,
        issued_by=issued_by,
        issued_at=row.issued_at,
        due_on=row.due_on,
        version=row.version,
    )
