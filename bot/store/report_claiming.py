"""Who works on a report."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.lifecycle import Hat
from bot.feedback.reports import Actor
from bot.store.report_acts import changed, happened, log
from bot.store.report_errors import ClaimedError
from bot.store.report_tables import ReportRow
from bot.store.staff_tables import StaffRow


async def claim(
    session: AsyncSession, row: ReportRow, staff_id: int, at: datetime, *, take_over: bool, giver: int | None
) -> None:
    """Note who works on a report that is held; nothing happens when they do already. Raises `ClaimedError`."""
    if row.claimed_by not in {None, staff_id} and not take_over:
        raise ClaimedError
    if row.claimed_by == staff_id:
        return
    to = await _staff(session, staff_id)
    by = to if giver is None else await _staff(session, giver)
    kind = "claimed" if by.staff_id == staff_id else "handed_over"
    before = {"before": str(row.claimed_by)} if row.claimed_by is not None else {}
    row.claimed_by, row.claimed_at = staff_id, at
    changed(row, at)
    await happened(session, row, kind, by, at, details=before | {"to": to.who})
    await log(session, by, f"report {kind}", row, to=to.who)


async def unclaim(session: AsyncSession, row: ReportRow, staff_id: int, at: datetime) -> None:
    """Note that nobody works on a report any more; `staff_id` says so."""
    if row.claimed_by is None:
        return
    by = await _staff(session, staff_id)
    before = {"before": str(row.claimed_by)}
    row.claimed_by, row.claimed_at = None, None
    changed(row, at)
    await happened(session, row, "unclaimed", by, at, details=before)
    await log(session, by, "report unclaimed", row)


async def _staff(session: AsyncSession, staff_id: int) -> Actor:
    login = await session.scalar(select(StaffRow.login).where(StaffRow.id == staff_id))
    return Actor(hat=Hat.MTTQ, who=login or "", staff_id=staff_id)
