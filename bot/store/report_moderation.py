"""Changing the words of a report, or hiding a photo, for everybody who reads it; the original is kept, sealed.

Nothing of it is final: an original can be put back, with a reason too.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.photos import cleaned
from bot.feedback.reports import Actor
from bot.store.report_acts import happened
from bot.store.report_conditions import search_vector
from bot.store.report_errors import ModerationError, TextMissingError
from bot.store.report_tables import ModerationRow, ReportEventRow, ReportPhotoRow, ReportRow
from bot.store.sealing import Sealer

FIELDS: Final = frozenset({"text", "where_text"})
PHOTO: Final = "photo"
MODERATED: Final = "moderated"
"""The kind of happening by which words are changed, or a photo is hidden or shown again."""


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
    restored: int | None = None,
) -> None:
    """Change a field of a report that is held; `restored`: the number of the original that `new_text` is.

    Raises `TextMissingError` without a reason, and `ModerationError`.
    """
    if not reason:
        raise TextMissingError
    if by.staff_id is None or row.erased_at is not None:
        raise ModerationError
    details = {"field": field} | ({"restored": str(restored)} if restored is not None else {})
    if field == PHOTO:
        hidden = await _hide(session, row, new_text)
        original = hidden.sealed
        details |= {"photo": str(hidden.id), "hat": hidden.hat}
        details |= {"event": str(hidden.event_id)} if hidden.event_id is not None else {}
    else:
        original = _change(sealer, row, field, new_text)
    kept = ModerationRow(report_id=row.id, at=at, staff_id=by.staff_id, reason=reason, field=field, original=original)
    session.add(kept)
    await session.flush()
    details["moderation"] = str(kept.id)
    await happened(session, row, MODERATED, by, at, text=reason, details=details)


async def restore(
    session: AsyncSession, sealer: Sealer, row: ReportRow, moderation_id: int, *, reason: str, by: Actor, at: datetime
) -> str:
    """Put back what an officer changed or hid in a report that is held; return the field.

    Words that stood there until now are kept as those before were. Raises `TextMissingError` without a reason, and
    `ModerationError` when the original is gone or stands there already. Raises `SealedDataError`.
    """
    kept = await session.get(ModerationRow, moderation_id)
    if kept is None or kept.report_id != row.id or kept.original is None:
        raise ModerationError
    if kept.field != PHOTO:
        before = sealer.open(kept.original).decode("utf-8", "surrogatepass")
        given = {"field": kept.field, "new_text": before, "reason": reason}
        await moderate(session, sealer, row, **given, by=by, at=at, restored=kept.id)
        return kept.field
    if not reason:
        raise TextMissingError
    if by.staff_id is None or row.erased_at is not None:
        raise ModerationError
    photo = await _show(session, sealer, row, kept)
    details = {"field": PHOTO, "photo": str(photo), "restored": str(kept.id)}
    await happened(session, row, MODERATED, by, at, text=reason, details=details)
    return PHOTO


def _change(sealer: Sealer, row: ReportRow, field: str, new_text: str) -> bytes:
    if field not in FIELDS or (field == "text" and not new_text):
        raise ModerationError
    before = str(getattr(row, field) or "")
    if before == new_text:
        raise ModerationError
    setattr(row, field, new_text or None)
    row.search = search_vector(row.code, row.text, row.where_text)
    return sealer.seal(before.encode("utf-8", "surrogatepass"))


async def _hide(session: AsyncSession, row: ReportRow, photo: str) -> ReportPhotoRow:
    """Take a photo out of the report; it is sealed already."""
    try:
        number = UUID(photo)
    except ValueError:
        raise ModerationError from None
    taken = delete(ReportPhotoRow).where(ReportPhotoRow.id == number, ReportPhotoRow.report_id == row.id)
    hidden: ReportPhotoRow | None = await session.scalar(taken.returning(ReportPhotoRow))
    if hidden is None:
        raise ModerationError
    row.photos -= 1
    return hidden


async def _show(session: AsyncSession, sealer: Sealer, row: ReportRow, kept: ModerationRow) -> UUID:
    """Give a hidden photo back to the report and to what happened when it came; return its id."""
    hiding = select(ReportEventRow.details).where(
        ReportEventRow.report_id == row.id,
        ReportEventRow.kind == MODERATED,
        ReportEventRow.details["moderation"].astext == str(kept.id),
    )
    details = await session.scalar(hiding)
    if details is None or kept.original is None:
        raise ModerationError
    photo = UUID(str(details["photo"]))
    if await session.get(ReportPhotoRow, photo) is not None:
        raise ModerationError
    drawn = await asyncio.to_thread(cleaned, sealer.open(kept.original))  # for its small picture and its size
    session.add(
        ReportPhotoRow(
            id=photo,
            report_id=row.id,
            event_id=int(details["event"]) if "event" in details else None,
            hat=str(details["hat"]),
            sealed=kept.original,
            thumbnail=sealer.seal(drawn.thumbnail),
            width=drawn.width,
            height=drawn.height,
        )
    )
    row.photos += 1
    return photo
