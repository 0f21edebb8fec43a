"""What an act does to the report that is held: whether it may be done, the new state, its times and its deadline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import ReportKind
from bot.feedback.lifecycle import FOR_MTTQ, Act, Hat, State, TransitionError, after
from bot.feedback.rejections import RejectReason
from bot.feedback.reports import Actor
from bot.store import audit
from bot.store.report_errors import (
    AgencyMissingError,
    EvidenceMissingError,
    PhotoGoneError,
    ReasonMissingError,
    TextMissingError,
)
from bot.store.report_tables import AgencyRow, ReportEventRow, ReportPhotoRow, ReportRow, SupportRow

ENDED: Final = frozenset({State.CONFIRMED, State.CLOSED, State.REJECTED, State.WITHDRAWN})
"""States that a report stays in, unless somebody takes it up again; `closed_at` says since when."""
_NEEDS_TEXT: Final = frozenset({Act.ANSWER, Act.REPLY, Act.CLOSE, Act.REJECT, Act.MERGE})
_OFFICIALS: Final = (Hat.MTTQ.value, Hat.AGENCY.value)


@dataclass(frozen=True, kw_only=True)
class Doing:
    """What somebody is about to do with a report."""

    act: Act
    by: Actor
    at: datetime
    text: str = ""
    photos: Sequence[UUID] = ()
    agency_id: int | None = None
    details: Mapping[str, str] = field(default_factory=dict)


async def check(session: AsyncSession, row: ReportRow, doing: Doing) -> State:
    """Return the state that follows. Raises TransitionError and `ReportError`s where it may not be done."""
    following = after(State(row.state), doing.act, doing.by.hat, ReportKind(row.kind))
    demand_words(row)
    if doing.act in _NEEDS_TEXT and not doing.text:
        raise TextMissingError
    if doing.act is Act.REOPEN and doing.by.hat is Hat.MTTQ and not doing.text:
        raise TextMissingError
    if doing.act is Act.REJECT and doing.details.get("reason") not in set(RejectReason):
        raise ReasonMissingError
    if doing.by.hat is Hat.AGENCY and doing.by.agency_id != row.agency_id:
        raise TransitionError("the report is not with this agency")
    if doing.act is Act.FORWARD:
        await _check_agency(session, doing.agency_id)
    if doing.act is Act.CLOSE and not await _has_evidence(session, row, doing):
        raise EvidenceMissingError
    if doing.act is Act.RESTORE and doing.by.hat is Hat.RESIDENT and await _restored_before(session, row):
        raise TransitionError("a resident asks once for another look; from then on an official decides")
    return following


def demand_words(row: ReportRow) -> None:
    """Raise `TransitionError` for a report that was emptied: what came to it now would never be deleted again."""
    if row.erased_at is not None:
        raise TransitionError("a report whose words were deleted stays as it is")


def step(row: ReportRow, doing: Doing, following: State, deadlines: Deadlines) -> None:
    """Bring the report to its new state: times, counts and deadline. A deadline that was missed stays noted."""
    missed(row, doing.at)
    if following.value != row.state or following not in ENDED:  # withdrawn after its end: it ended when it did
        row.closed_at = doing.at if following in ENDED else None
    row.state = following.value
    changed(row, doing.at)
    due = deadlines.due(following, ReportKind(row.kind), doing.at)
    row.due_hat, row.due_at = (due[0].value, due[1]) if due else (None, None)
    match doing.act:
        case Act.FORWARD:
            row.agency_id = doing.agency_id
            row.forwarded_at = row.forwarded_at or doing.at
        case Act.ANSWER | Act.REPLY:
            row.first_answered_at = row.first_answered_at or doing.at
            row.answered_at = doing.at
        case Act.REOPEN:
            row.reopened += 1
        case _:
            pass


def missed(row: ReportRow, at: datetime) -> bool:
    """Note that officials have missed their deadline; return whether that is news. A resident is never late."""
    overdue = row.due_hat in _OFFICIALS and row.due_at is not None and row.due_at < at
    news = overdue and not row.late
    row.late = row.late or overdue
    return news


async def happened(
    session: AsyncSession,
    row: ReportRow,
    kind: str,
    by: Actor,
    at: datetime,
    *,
    states: tuple[State, State] | None = None,
    text: str = "",
    public: bool = False,
    details: Mapping[str, object] | None = None,
) -> int:
    """Add to a report's story; return the number of the happening. Who is neither staff nor agency is named in it."""
    named = {"who": by.who} if by.hat is Hat.MTTQ and by.staff_id is None else {}
    event = ReportEventRow(
        report_id=row.id,
        at=at,
        kind=kind,
        hat=by.hat.value,
        staff_id=by.staff_id,
        agency_id=by.agency_id,
        before=states[0].value if states else None,
        after=states[1].value if states else None,
        text=text,
        public=public,
        details={**(details or {}), **named},
    )
    session.add(event)
    await session.flush()
    return event.id


async def log(session: AsyncSession, by: Actor, what: str, row: ReportRow, **details: str) -> None:
    """Note it in the log of what the staff did, if one of them did it; call it last in the transaction."""
    if by.hat is Hat.MTTQ:
        await session.flush()
        subject = f"report:{row.code}"
        await audit.note(session, staff_id=by.staff_id, who=by.who, act=what, subject=subject, details=details)


def changed(row: ReportRow, at: datetime) -> None:
    """Note that a report has changed, so that whoever has read it before is told so."""
    row.changed_at = at
    row.version += 1


async def attach(
    session: AsyncSession,
    row: ReportRow,
    event_id: int,
    photos: Sequence[UUID],
    by: Hat,
    *,
    owner: UUID | None = None,
) -> None:
    """Give staged photos to a report; raises `PhotoGoneError`.

    Those of an anonymous one lose their conversation, unless it has said "me too" and may have them erased by that.
    `owner`: the conversation for which they were staged, where it is known.
    """
    wanted = set(photos)
    if not wanted:
        return
    mine = or_(ReportPhotoRow.conversation_id == owner, ReportPhotoRow.conversation_id.is_(None))
    values: dict[str, Any] = {"report_id": row.id, "event_id": event_id, "hat": by.value}
    if row.conversation_id is None:
        values["conversation_id"] = case((_supports(row), ReportPhotoRow.conversation_id), else_=None)
    taken = await session.execute(
        update(ReportPhotoRow)
        .where(
            ReportPhotoRow.id.in_(wanted), ReportPhotoRow.report_id.is_(None), *([mine] if owner is not None else [])
        )
        .values(**values)
        .returning(ReportPhotoRow.id)
    )
    if len(taken.all()) != len(wanted):
        raise PhotoGoneError
    row.photos += len(wanted)


def _supports(row: ReportRow) -> ColumnElement[bool]:
    return exists().where(SupportRow.report_id == row.id, SupportRow.conversation_id == ReportPhotoRow.conversation_id)


async def _check_agency(session: AsyncSession, agency_id: int | None) -> None:
    there = select(AgencyRow.id).where(AgencyRow.id == agency_id, AgencyRow.active)
    if agency_id is None or await session.scalar(there) is None:
        raise AgencyMissingError


async def _has_evidence(session: AsyncSession, row: ReportRow, doing: Doing) -> bool:
    if ReportKind(row.kind) in FOR_MTTQ:  # what MTTQ answered by itself stands in the story
        return True
    if doing.photos or doing.details.get("evidence", "").strip():
        return True
    theirs = select(ReportPhotoRow.id).where(ReportPhotoRow.report_id == row.id, ReportPhotoRow.hat.in_(_OFFICIALS))
    return await session.scalar(theirs.limit(1)) is not None


async def _restored_before(session: AsyncSession, row: ReportRow) -> bool:
    asked = select(func.count()).where(
        ReportEventRow.report_id == row.id,
        ReportEventRow.kind == Act.RESTORE.value,
        ReportEventRow.hat == Hat.RESIDENT.value,
    )
    return bool(await session.scalar(asked))
