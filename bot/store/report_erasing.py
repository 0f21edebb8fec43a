"""Emptying reports of all that their residents said and showed; what is left are anonymous counts.

Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15: whoever gave data may have them erased, and may take a consent back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.lifecycle import Hat
from bot.store.report_conditions import search_vector
from bot.store.report_tables import (
    DispatchRow,
    ErasureRow,
    ModerationRow,
    ReportEventRow,
    ReportPhotoRow,
    ReportRow,
)


@dataclass(frozen=True)
class Emptied:
    """How much was deleted from reports."""

    photos: int = 0
    contacts: int = 0
    dispatches: int = 0


async def empty(session: AsyncSession, rows: Sequence[ReportRow], at: datetime) -> Emptied:
    """Empty reports that are held. What officials wrote stays; the links of agencies end."""
    ids = [row.id for row in rows]
    contacts = sum(row.contact is not None for row in rows)
    for row in rows:
        row.text, row.where_text, row.latitude, row.longitude = "", None, None, None
        row.search = search_vector(row.code)
        forget_contact(row)
        row.photos = 0
        row.erased_at = row.erased_at or at
        row.changed_at = at
    await session.flush()
    await _empty_story(session, ids)
    photos = await session.execute(
        delete(ReportPhotoRow).where(ReportPhotoRow.report_id.in_(ids)).returning(ReportPhotoRow.id)
    )
    dispatches = await session.execute(
        update(DispatchRow)
        .where(DispatchRow.report_id.in_(ids), DispatchRow.state != "revoked")
        .values(state="revoked", key_sealed=None)
        .returning(DispatchRow.id)
    )
    return Emptied(len(photos.all()), contacts, len(dispatches.all()))


def forget_contact(row: ReportRow) -> None:
    """Delete how the resident could be reached, and what they agreed to for it."""
    row.contact, row.contact_consent, row.contact_at, row.contact_channel = None, None, None, None


async def record(session: AsyncSession, channel: str, counts: dict[str, int]) -> None:
    """Note that something was erased, on which channel and how much; not whose it was."""
    session.add(ErasureRow(channel=channel, counts={name: number for name, number in counts.items() if number}))
    await session.flush()


async def _empty_story(session: AsyncSession, ids: Sequence[int]) -> None:
    theirs = select(ReportEventRow.id).where(
        ReportEventRow.report_id.in_(ids), ReportEventRow.hat == Hat.RESIDENT.value
    )
    await session.execute(
        update(ReportEventRow)
        .where(ReportEventRow.id.in_(theirs))
        .values(text="")
        .execution_options(synchronize_session=False)
    )
    await session.execute(update(ModerationRow).where(ModerationRow.report_id.in_(ids)).values(original=None))
