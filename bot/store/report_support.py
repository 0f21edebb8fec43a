""" "Me too": residents who say so of a report instead of sending a second one, each counted once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.lifecycle import OPEN, State, TransitionError
from bot.feedback.reports import RESIDENT
from bot.store.report_acts import happened
from bot.store.report_holding import MovedError, held_row
from bot.store.report_tables import ReportRow, SupportRow


async def support(session: AsyncSession, report_id: int, conversation: UUID, at: datetime) -> bool:
    """Count a voice for a report or the one it was merged into; return whether it is new. Inside `holding`.

    The conversation is held by the caller.
    """
    row = await _head(session, report_id)
    if State(row.state) not in OPEN:
        raise TransitionError(f"a report that is {row.state} needs no further voices")
    if await _has_spoken(session, row, conversation):
        return False
    counted = insert(SupportRow).values(report_id=row.id, conversation_id=conversation, at=at)
    if await session.scalar(counted.on_conflict_do_nothing().returning(SupportRow.report_id)) is None:
        return False
    row.supporters += 1
    await happened(session, row, "supported", RESIDENT, at)
    return True


async def _head(session: AsyncSession, report_id: int) -> ReportRow:
    """Hold the report, or the one that stands for it, and no other: whoever merges or parts them holds both."""
    standing = select(ReportRow.duplicate_of).where(ReportRow.id == report_id)
    head = await session.scalar(standing) or report_id
    row = await held_row(session, head)
    if (await session.scalar(standing) or report_id) != head:
        raise MovedError
    return row


async def _has_spoken(session: AsyncSession, row: ReportRow, conversation: UUID) -> bool:
    """Whether the resident sent it, or one that is merged into it, or said "me too" to one of these."""
    family = or_(ReportRow.id == row.id, ReportRow.duplicate_of == row.id)
    sent = select(ReportRow.id).where(family, ReportRow.conversation_id == conversation)
    said = (
        select(SupportRow.report_id)
        .join(ReportRow, ReportRow.id == SupportRow.report_id)
        .where(family, SupportRow.conversation_id == conversation)
    )
    return await session.scalar(sent.limit(1)) is not None or await session.scalar(said.limit(1)) is not None
