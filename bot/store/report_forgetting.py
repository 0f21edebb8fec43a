"""Erasing one resident's reports, photos and voices, in the transaction that erases everything else of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.deadlines import Deadlines
from bot.feedback.lifecycle import OPEN, Act, State
from bot.feedback.reports import RESIDENT
from bot.store.report_acts import Doing, happened, step
from bot.store.report_erasing import empty
from bot.store.report_merging import stand_alone
from bot.store.report_tables import ReportPhotoRow, ReportRow, SupportRow


@dataclass(frozen=True)
class ForgottenReports:
    """How much was erased; `photos` include those of forms that were never sent."""

    reports: int
    withdrawn: int
    photos: int
    contacts: int
    supports: int


async def forget_reports(
    session: AsyncSession, conversation: UUID, deadlines: Deadlines, at: datetime
) -> ForgottenReports:
    """Empty the reports of a conversation that is held for erasing, and unlink them; those still open are withdrawn.

    What officials wrote stays. What was merged into a report that is withdrawn stands for itself again. `supporters`
    of other reports stay as they are: they are counts of nobody in particular.
    """
    rows = await _held(session, conversation)
    mine = [row for row in rows.values() if row.conversation_id == conversation]
    photos = await _own_photos(session, conversation, rows)
    contacts = withdrawn = 0
    for row in mine:
        if State(row.state) in OPEN:
            withdrawn += 1
            await _withdraw(session, row, rows, deadlines, at=at)
    emptied = await empty(session, mine, at)
    contacts += emptied.contacts
    for row in mine:
        row.conversation_id = None
    voices = await session.execute(
        delete(SupportRow).where(SupportRow.conversation_id == conversation).returning(SupportRow.report_id)
    )
    await session.flush()
    return ForgottenReports(len(mine), withdrawn, photos + emptied.photos, contacts, len(voices.all()))


async def _held(session: AsyncSession, conversation: UUID) -> dict[int, ReportRow]:
    """Hold their reports, what is merged into these, and the reports to which they added photos."""
    own = select(ReportRow.id).where(ReportRow.conversation_id == conversation)
    shown = select(ReportPhotoRow.report_id).where(
        ReportPhotoRow.conversation_id == conversation, ReportPhotoRow.report_id.is_not(None)
    )
    wanted = or_(ReportRow.id.in_(own), ReportRow.duplicate_of.in_(own), ReportRow.id.in_(shown))
    rows = await session.scalars(select(ReportRow).where(wanted).order_by(ReportRow.id).with_for_update())
    return {row.id: row for row in rows}


async def _own_photos(session: AsyncSession, conversation: UUID, rows: dict[int, ReportRow]) -> int:
    """Delete what they have shown, whichever report it was added to, and what was never sent."""
    gone = await session.execute(
        delete(ReportPhotoRow).where(ReportPhotoRow.conversation_id == conversation).returning(ReportPhotoRow.report_id)
    )
    reports = list(gone.scalars())
    for number in reports:
        if number is not None:
            rows[number].photos -= 1
    return len(reports)


async def _withdraw(
    session: AsyncSession, row: ReportRow, rows: dict[int, ReportRow], deadlines: Deadlines, *, at: datetime
) -> None:
    before = State(row.state)
    for one in rows.values():
        if one.duplicate_of == row.id and one.erased_at is None:
            await stand_alone(session, one, at, deadlines)
    step(row, Doing(act=Act.WITHDRAW, by=RESIDENT, at=at), State.WITHDRAWN, deadlines)
    states = (before, State.WITHDRAWN)
    await happened(session, row, Act.WITHDRAW.value, RESIDENT, at, states=states, public=True)
