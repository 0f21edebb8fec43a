"""Notes which deadlines have passed: of officials, who are late then, and of residents, who need not reply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.deadlines import Deadlines
from bot.feedback.lifecycle import OPEN, Hat
from bot.feedback.reports import Actor
from bot.store.database import Database
from bot.store.report_acts import happened, missed
from bot.store.report_tables import ReportRow

BATCH: Final = 500
_CLOCK: Final = Actor(hat=Hat.SYSTEM, who="")


@dataclass(frozen=True)
class Overdue:
    """How many reports: officials are late with, and are to be closed since their residents have not replied."""

    late: int
    to_close: int


async def note_overdue(database: Database, deadlines: Deadlines, now: datetime) -> Overdue:
    """Go through the reports whose deadline passed before `now` and was not noted yet, a batch at a time.

    What somebody holds just then is left for the next time.
    """
    late = to_close = 0
    while True:
        async with database.sessions.begin() as session:
            rows = (await session.scalars(_passed(now))).all()
            for row in rows:
                if row.due_hat == Hat.RESIDENT.value:
                    to_close += await _to_close(session, row, deadlines, now)
                else:
                    late += await _late(session, row, now)
        if len(rows) < BATCH:
            return Overdue(late, to_close)


def _passed(now: datetime) -> Select[ReportRow]:
    return (
        select(ReportRow)
        .where(
            ReportRow.state.in_([one.value for one in OPEN]),
            ReportRow.due_at < now,
            or_(ReportRow.due_hat == Hat.RESIDENT.value, ~ReportRow.late),
        )
        .order_by(ReportRow.due_at, ReportRow.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )


async def _late(session: AsyncSession, row: ReportRow, now: datetime) -> int:
    if not missed(row, now):
        return 0
    await happened(session, row, "late", _CLOCK, now, details={"hat": row.due_hat})
    return 1


async def _to_close(session: AsyncSession, row: ReportRow, deadlines: Deadlines, now: datetime) -> int:
    hat, due_at = deadlines.closing(now)
    row.due_hat, row.due_at = hat.value, due_at
    await happened(session, row, "no_reply", _CLOCK, now)
    return 1
