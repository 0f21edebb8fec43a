"""Doing something with a report that is held: the state, the story, what is merged, who is told, and the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.deadlines import Deadlines
from bot.feedback.lifecycle import OPEN, Act, Hat, State
from bot.store import report_merging
from bot.store.report_acts import Doing, attach, changed, check, happened, log, step
from bot.store.report_erasing import empty, record
from bot.store.report_holding import Held
from bot.store.report_tables import ReportRow, SupportRow
from bot.store.report_telling import tell
from bot.store.sealing import Sealer


async def carry_out(
    session: AsyncSession, sealer: Sealer, deadlines: Deadlines, holds: Held, doing: Doing, *, into: int | None
) -> None:
    """Do it with everything that follows; `into`: the report to merge into. Raises what may stand against it."""
    row = holds.report
    before, following = State(row.state), await check(session, row, doing)
    details: dict[str, Any] = dict(doing.details)
    head: ReportRow | None = None
    if doing.act is Act.MERGE:
        head = report_merging.head_for(holds, into)
        details |= {"into": head.code, report_merging.FOLLOWERS: report_merging.merge(holds, head)}
    elif doing.act is Act.PART:
        head = await report_merging.part(session, holds)
        details |= {"from": head.code} if head else {}
    elif doing.act is Act.FORWARD:
        details["agency"] = str(doing.agency_id)
    elif following is State.WITHDRAWN:
        await _part_all(session, sealer, deadlines, holds, at=doing.at)
        row.duplicate_of = None
    step(row, doing, following, deadlines)
    event = await happened(
        session,
        row,
        doing.act.value,
        doing.by,
        doing.at,
        states=(before, following),
        text=doing.text,
        public=True,
        details=details,
    )
    await attach(session, row, event, doing.photos, doing.by.hat)
    if head is not None:
        await happened(session, head, f"{doing.act.value}_of", doing.by, doing.at, details={"of": row.code})
        changed(head, doing.at)
    if doing.act is Act.WITHDRAW:
        gone = await empty(session, [row], doing.at)
        await record(session, row.channel, {"reports": 1, "photos": gone.photos, "contacts": gone.contacts})
    await tell(
        session,
        sealer,
        await _with_own_voices(session, holds, before) if doing.act is Act.WITHDRAW else holds,
        doing.act.value,
        by=doing.by.hat,
        at=doing.at,
        text=doing.text,
        reason=doing.details.get("reason"),
    )
    await log(session, doing.by, f"report {doing.act.value}", row, before=before.value, after=following.value)


async def _part_all(session: AsyncSession, sealer: Sealer, deadlines: Deadlines, holds: Held, *, at: datetime) -> None:
    """Let what is merged into a report stand for itself again, since that report is withdrawn."""
    for one in holds.duplicates:
        if one.erased_at is not None:  # past its term: nobody could do anything with it
            continue
        await report_merging.stand_alone(session, one, at, deadlines)
        alone = Held(one, {}, frozenset())
        await tell(session, sealer, alone, Act.PART.value, by=Hat.SYSTEM, at=at)


async def _with_own_voices(session: AsyncSession, holds: Held, before: State) -> Held:
    """A report that is withdrawn, with whom that concerns: those who said "me too" to it while it was worked on."""
    own = select(SupportRow.conversation_id).where(SupportRow.report_id == holds.report.id)
    return Held(holds.report, {}, frozenset(await session.scalars(own)) if before in OPEN else frozenset())
