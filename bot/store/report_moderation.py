"""Changing the words of a report, or hiding a photo, for everybody who reads it; the original is kept, sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.reports import Actor
from bot.store.report_acts import happened
from bot.store.report_conditions import search_vector
from bot.store.report_errors import ModerationError, TextMissingError
from bot.store.report_tables import ModerationRow, ReportPhotoRow, ReportRow
from bot.store.sealing import Sealer

FIELDS: Final = frozenset({"text", "where_text"})
PHOTO: Final = "photo"


async def moderate(
    session: AsyncSession,
    sealer: Sealer,
    row: ReportRow,
    *,
    field: str,
    new_text: str,
    reason: str,
    by: Actor,
    at: datetime,
) -> None:
    """Change a field of a report that is held. Raises `TextMissingError` without a reason, and `ModerationError`."""
    if not reason:
        raise TextMissingError
    if by.staff_id is None or row.erased_at is not None:
        raise ModerationError
    original = await _hide(session, row, new_text) if field == PHOTO else _change(sealer, row, field, new_text)
    session.add(
        ModerationRow(report_id=row.id, at=at, staff_id=by.staff_id, reason=reason, field=field, original=original)
    )
    details = {"field": field, **({"photo": new_text} if field == PHOTO else {})}
    await happened(session, row, "moderated", by, at, text=reason, details=details)


def _change(sealer: Sealer, row: ReportRow, field: str, new_text: str) -> bytes:
    if field not in FIELDS or (field == "text" and not new_text):
        raise ModerationError
    before = str(getattr(row, field) or "")
    if before == new_text:
        raise ModerationError
    setattr(row, field, new_text or None)
    row.search = search_vector(row.code, row.text, row.where_text)
    return sealer.seal(before.encode("utf-8", "surrogatepass"))


async def _hide(session: AsyncSession, row: ReportRow, photo: str) -> bytes:
    """Take a photo out of the report; it is sealed already."""
    try:
        number = UUID(photo)
    except ValueError:
        raise ModerationError from None
    taken = delete(ReportPhotoRow).where(ReportPhotoRow.id == number, ReportPhotoRow.report_id == row.id)
    sealed: bytes | None = await session.scalar(taken.returning(ReportPhotoRow.sealed))
    if sealed is None:
        raise ModerationError
    row.photos -= 1
    return sealed
