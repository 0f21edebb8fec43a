"""The originals of what officers changed in reports. Whoever looks at one is named in the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.feedback.reports import Actor
from bot.store.audit import note
from bot.store.database import Database
from bot.store.report_moderation import PHOTO
from bot.store.report_tables import ModerationRow, ReportRow
from bot.store.sealing import Sealer
from bot.store.staff_tables import StaffRow


@dataclass(frozen=True)
class Original:
    """What stood there before. `text` None: a photo, or gone since the resident's data were erased (`gone`)."""

    id: int
    at: datetime
    who: str
    field: str
    reason: str
    text: str | None
    gone: bool


class Originals:
    """Opens the originals."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def of(self, report_id: int, by: Actor) -> Sequence[Original]:
        """Return what was changed in a report, oldest first, and log that they were looked at.

        Raises `SealedDataError`.
        """
        wanted = (
            select(ModerationRow, StaffRow.name, ReportRow.code)
            .join(StaffRow, StaffRow.id == ModerationRow.staff_id)
            .join(ReportRow, ReportRow.id == ModerationRow.report_id)
            .where(ModerationRow.report_id == report_id)
            .order_by(ModerationRow.id)
        )
        async with self._database.sessions.begin() as session:
            rows = (await session.execute(wanted)).all()
            found = [self._original(row, name) for row, name, _ in rows]
            if rows:
                subject = f"report:{rows[0][2]}"
                await note(session, staff_id=by.staff_id, who=by.who, act="report originals seen", subject=subject)
            return found

    async def photo(self, report_id: int, moderation_id: int, by: Actor) -> bytes | None:
        """Return a photo that was hidden, as JPEG, and log that it was looked at; None when there is none."""
        wanted = (
            select(ModerationRow.original, ReportRow.code)
            .join(ReportRow, ReportRow.id == ModerationRow.report_id)
            .where(
                ModerationRow.id == moderation_id,
                ModerationRow.report_id == report_id,
                ModerationRow.field == PHOTO,
                ModerationRow.original.is_not(None),
            )
        )
        async with self._database.sessions.begin() as session:
            row = (await session.execute(wanted)).one_or_none()
            if row is None:
                return None
            details = {"moderation": moderation_id}
            subject = f"report:{row.code}"
            await note(
                session,
                staff_id=by.staff_id,
                who=by.who,
                act="report original photo seen",
                subject=subject,
                details=details,
            )
            return self._sealer.open(bytes(row.original))

    def _original(self, row: ModerationRow, name: str) -> Original:
        text = None
        if row.field != PHOTO and row.original is not None:
            text = self._sealer.open(row.original).decode("utf-8", "surrogatepass")
        return Original(row.id, row.at, name, row.field, row.reason, text, row.original is None)
