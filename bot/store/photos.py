"""Photos of reports: sealed, and staged for a conversation until they are sent with a report.

A photo that is staged belongs to nobody but the conversation that sent it. What becomes of it afterwards (to which
report and to which happening it belongs) is set by whoever stores that, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.feedback.lifecycle import Hat
from bot.feedback.photos import Cleaned
from bot.store.database import Database
from bot.store.report_tables import ReportPhotoRow
from bot.store.sealing import Sealer

MOST_STAGED: Final = 6
"""Photos that may be staged for one conversation."""
STAGED_STAYS: Final = timedelta(days=1)
"""For so long a photo waits for the report that it belongs to."""
GIVES_WAY: Final = timedelta(hours=2)
"""From this age a staged photo gives way to a new one: a form that was left alone for so long is not gone on with."""
MOST_OF_ALL: Final = 5_000
"""Photos that may be staged in all, 2 GB at most: whoever invents conversations must not fill the disk."""
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:conversation, 116))")
"""Two photos of one conversation at once must not both find room for one."""


class TooManyPhotosError(Exception):
    """A conversation has as many photos staged as it may, and none of them is old enough to give way."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NoRoomError(TooManyPhotosError):
    """So many photos are staged of all conversations together that no more are taken for now."""


@dataclass(frozen=True)
class PhotoOwner:
    """To whom a photo belongs: a conversation while it is staged, a report from then on; and whose hat it came from."""

    conversation: UUID | None
    report_id: int | None
    event_id: int | None
    hat: Hat
    width: int
    height: int


class Photos:
    """Keeps photos, gives them out, and forgets those that nobody sent."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def stage(self, conversation: UUID | None, cleaned: Cleaned, hat: Hat = Hat.RESIDENT) -> UUID:
        """Keep a photo for what is about to be sent; return its id.

        Without a conversation (a member of staff, an agency) it belongs to whoever knows its id. Of a conversation's
        own a resident may have six. One more is refused rather than an earlier one dropped, since that may stand in
        a form already; only those that have waited for more than two hours give way. Raises `TooManyPhotosError`, and
        `NoRoomError` when far too many are staged in all.
        """
        new = uuid4()
        row = ReportPhotoRow(
            id=new,
            conversation_id=conversation,
            hat=hat.value,
            sealed=self._sealer.seal(cleaned.jpeg),
            thumbnail=self._sealer.seal(cleaned.thumbnail),
            width=cleaned.width,
            height=cleaned.height,
        )
        async with self._database.sessions.begin() as session:
            if conversation is not None:
                await _make_room(session, conversation)
            session.add(row)
        return new

    async def staged(self, conversation: UUID, among: Iterable[UUID] | None = None) -> tuple[UUID, ...]:
        """Return the photos that are staged for a conversation, oldest first; only those `among`, if that is given."""
        waiting = (
            select(ReportPhotoRow.id)
            .where(ReportPhotoRow.conversation_id == conversation, ReportPhotoRow.report_id.is_(None))
            .order_by(ReportPhotoRow.created_at, ReportPhotoRow.id)
        )
        if among is not None:
            waiting = waiting.where(ReportPhotoRow.id.in_(list(among)))
        async with self._database.sessions() as session:
            return tuple(await session.scalars(waiting))

    async def unstage(self, conversation: UUID, photos: Iterable[UUID]) -> int:
        """Delete photos that the resident does not want to send after all; return how many were there."""
        theirs = (ReportPhotoRow.conversation_id == conversation, ReportPhotoRow.report_id.is_(None))
        async with self._database.sessions.begin() as session:
            gone = await session.execute(
                delete(ReportPhotoRow).where(*theirs, ReportPhotoRow.id.in_(list(photos))).returning(ReportPhotoRow.id)
            )
            return len(gone.all())

    async def open(self, photo: UUID) -> bytes | None:
        """Return a photo as JPEG; None when there is none. Whether it may be seen is for the caller to know.

        Raises `SealedDataError`, as `thumbnail` does.
        """
        return await self._opened(ReportPhotoRow.sealed, photo)

    async def thumbnail(self, photo: UUID) -> bytes | None:
        """Return the small JPEG of a photo, at most 320 pixels long."""
        return await self._opened(ReportPhotoRow.thumbnail, photo)

    async def owner(self, photo: UUID) -> PhotoOwner | None:
        """Return to whom a photo belongs; None when there is none."""
        columns = select(
            ReportPhotoRow.conversation_id,
            ReportPhotoRow.report_id,
            ReportPhotoRow.event_id,
            ReportPhotoRow.hat,
            ReportPhotoRow.width,
            ReportPhotoRow.height,
        )
        async with self._database.sessions() as session:
            row = (await session.execute(columns.where(ReportPhotoRow.id == photo))).one_or_none()
        if row is None:
            return None
        return PhotoOwner(row.conversation_id, row.report_id, row.event_id, Hat(row.hat), row.width, row.height)

    async def forget_staged(self, before: datetime) -> int:
        """Delete the photos that were staged before a moment and sent with nothing; return how many."""
        async with self._database.sessions.begin() as session:
            gone = await session.execute(
                delete(ReportPhotoRow)
                .where(ReportPhotoRow.report_id.is_(None), ReportPhotoRow.created_at < before)
                .returning(ReportPhotoRow.id)
            )
            return len(gone.all())

    async def _opened(self, column: InstrumentedAttribute[bytes], photo: UUID) -> bytes | None:
        async with self._database.sessions() as session:
            sealed = await session.scalar(select(column).where(ReportPhotoRow.id == photo))
        return self._sealer.open(sealed) if sealed is not None else None


async def _make_room(session: AsyncSession, conversation: UUID) -> None:
    """See to it that one more may be staged. Raises `TooManyPhotosError` and `NoRoomError`."""
    await session.execute(_ONE_AT_A_TIME, {"conversation": str(conversation)})
    some = select(ReportPhotoRow.id).where(ReportPhotoRow.report_id.is_(None)).limit(MOST_OF_ALL).subquery()
    if await session.scalar(select(func.count()).select_from(some)) == MOST_OF_ALL:
        raise NoRoomError
    theirs = (ReportPhotoRow.conversation_id == conversation, ReportPhotoRow.report_id.is_(None))
    old = (ReportPhotoRow.created_at < func.now() - GIVES_WAY).label("old")
    waiting = select(ReportPhotoRow.id, old).where(*theirs).order_by(ReportPhotoRow.created_at, ReportPhotoRow.id)
    rows = (await session.execute(waiting)).all()
    surplus = rows[: max(0, len(rows) + 1 - MOST_STAGED)]
    if not all(row.old for row in surplus):
        raise TooManyPhotosError
    if surplus:
        await session.execute(delete(ReportPhotoRow).where(ReportPhotoRow.id.in_([row.id for row in surplus])))
