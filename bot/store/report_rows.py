"""Reports and what happened to them, read from their tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import Act, Hat, State
from bot.feedback.reports import Happening, Report, Where
from bot.store.report_tables import AgencyRow, ReportEventRow, ReportPhotoRow, ReportRow
from bot.store.staff_tables import StaffRow

_TOLD: Final = frozenset({"reason", "evidence"})
"""Details of a happening that residents may see; codes of other reports are among the rest."""
_NOT_FOR_RESIDENTS: Final = frozenset({Act.FORWARD.value, Act.MERGE.value, Act.PART.value})
"""Acts whose words are for officials; that it was done, residents may know."""


async def reports_in(session: AsyncSession, wanted: Select[ReportRow]) -> list[Report]:
    """Return the reports that `wanted`, a selection of `ReportRow`, gives, in its order."""
    rows: Sequence[ReportRow] = (await session.scalars(wanted)).all()
    ids = [row.id for row in rows]
    staff = await _names(session, StaffRow, [row.claimed_by for row in rows])
    agencies = await _names(session, AgencyRow, [row.agency_id for row in rows])
    heads = {row.duplicate_of for row in rows if row.duplicate_of is not None}
    codes = await _codes(session, select(ReportRow.id, ReportRow.code).where(ReportRow.id.in_(heads))) if heads else {}
    photos, merged = await _photos(session, ids), await _merged(session, ids)
    return [
        _report(
            row,
            claimed_name=staff.get(row.claimed_by or 0),
            agency_name=agencies.get(row.agency_id or 0),
            duplicate_of=codes.get(row.duplicate_of or 0),
            duplicates=tuple(merged[row.id]),
            photos=tuple(photos[row.id]),
        )
        for row in rows
    ]


async def happenings_in(session: AsyncSession, report_id: int, *, public_only: bool) -> list[Happening]:
    """Return what happened to a report, oldest first. For residents, without what is for officials only."""
    wanted = (
        select(ReportEventRow, StaffRow.name, StaffRow.position, AgencyRow.name)
        .outerjoin(StaffRow, StaffRow.id == ReportEventRow.staff_id)
        .outerjoin(AgencyRow, AgencyRow.id == ReportEventRow.agency_id)
        .where(ReportEventRow.report_id == report_id)
        .order_by(ReportEventRow.id)
    )
    if public_only:
        wanted = wanted.where(ReportEventRow.public)
    rows = (await session.execute(wanted)).all()
    photos: dict[int, list[UUID]] = defaultdict(list)
    taken = select(ReportPhotoRow.event_id, ReportPhotoRow.id).where(ReportPhotoRow.report_id == report_id)
    for event, photo in await session.execute(taken.order_by(ReportPhotoRow.created_at, ReportPhotoRow.id)):
        if event is not None:
            photos[event].append(photo)
    return [
        _happening(event, _who(event, name, position, agency), tuple(photos[event.id]), public_only=public_only)
        for event, name, position, agency in rows
    ]


def _happening(event: ReportEventRow, who: str, photos: tuple[UUID, ...], *, public_only: bool) -> Happening:
    details = {key: str(value) for key, value in event.details.items() if not public_only or key in _TOLD}
    return Happening(
        id=event.id,
        at=event.at,
        kind=event.kind,
        hat=Hat(event.hat),
        who=who,
        before=State(event.before) if event.before else None,
        after=State(event.after) if event.after else None,
        text="" if public_only and event.kind in _NOT_FOR_RESIDENTS else event.text,
        public=event.public,
        photos=photos,
        details=details,
    )


def _who(event: ReportEventRow, name: str | None, position: str | None, agency: str | None) -> str:
    if name:
        return f"{name}, {position}" if position else name
    if agency and event.hat == Hat.AGENCY.value:
        return agency
    return str(event.details.get("who", ""))


def _report(
    row: ReportRow,
    *,
    claimed_name: str | None,
    agency_name: str | None,
    duplicate_of: str | None,
    duplicates: tuple[str, ...],
    photos: tuple[UUID, ...],
) -> Report:
    pin = (row.latitude, row.longitude) if row.latitude is not None and row.longitude is not None else None
    return Report(
        id=row.id,
        code=row.code,
        kind=ReportKind(row.kind),
        category=Category(row.category),
        state=State(row.state),
        text=row.text,
        where=Where(row.province_code, row.commune_code, row.where_text, pin),
        channel=row.channel,
        told=row.conversation_id is not None,
        has_contact=row.contact is not None,
        created_at=row.created_at,
        changed_at=row.changed_at,
        due_hat=Hat(row.due_hat) if row.due_hat else None,
        due_at=row.due_at,
        late=row.late,
        claimed_by=row.claimed_by,
        claimed_name=claimed_name,
        claimed_at=row.claimed_at,
        agency_id=row.agency_id,
        agency_name=agency_name,
        duplicate_of=duplicate_of,
        duplicates=duplicates,
        supporters=row.supporters,
        reopened=row.reopened,
        photos=photos,
        erased=row.erased_at is not None,
        version=row.version,
    )


async def _names(
    session: AsyncSession, table: type[StaffRow] | type[AgencyRow], ids: Iterable[int | None]
) -> dict[int, str]:
    wanted = {one for one in ids if one is not None}
    return await _codes(session, select(table.id, table.name).where(table.id.in_(wanted))) if wanted else {}


async def _codes(session: AsyncSession, wanted: Select[int, str]) -> dict[int, str]:
    rows = await session.execute(wanted)
    return {row[0]: row[1] for row in rows}


async def _photos(session: AsyncSession, ids: Sequence[int]) -> Mapping[int, list[UUID]]:
    found: dict[int, list[UUID]] = defaultdict(list)
    taken = select(ReportPhotoRow.report_id, ReportPhotoRow.id).where(ReportPhotoRow.report_id.in_(ids))
    for report, photo in await session.execute(taken.order_by(ReportPhotoRow.created_at, ReportPhotoRow.id)):
        found[report or 0].append(photo)
    return found


async def _merged(session: AsyncSession, ids: Sequence[int]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    merged = select(ReportRow.duplicate_of, ReportRow.code).where(ReportRow.duplicate_of.in_(ids))
    for head, code in await session.execute(merged.order_by(ReportRow.id)):
        found[head or 0].append(code)
    return found
