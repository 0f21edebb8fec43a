"""Merging reports on the same thing, so that nothing is lost and all of it can be undone.

A report that is merged points to its head; there are no chains. What was merged into it goes with it to the new head,
and comes back with it when it is parted again. `supporters` of a head counts its own, and for each report merged into
it that one's and the one resident who sent it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.deadlines import Deadlines
from bot.feedback.lifecycle import OPEN, Act, Hat, State
from bot.feedback.reports import Actor
from bot.store.report_acts import Doing, happened, step
from bot.store.report_errors import MergeError
from bot.store.report_holding import Held
from bot.store.report_tables import ReportEventRow, ReportRow

FOLLOWERS: Final = "followers"
"""Under this name the happening of a merge lists the codes of the reports that went along."""

_SYSTEM: Final = Actor(hat=Hat.SYSTEM, who="")


def head_for(held: Held, into: int | None) -> ReportRow:
    """Return the head of the report into which one is to be merged. Raises `MergeError`."""
    target = held.others.get(into or 0)
    if target is None:
        raise MergeError
    head = target if target.duplicate_of is None else held.others.get(target.duplicate_of)
    if head is None or State(head.state) not in OPEN:  # None: it is merged into the very report that is to be merged
        raise MergeError
    return head


def merge(held: Held, head: ReportRow) -> list[str]:
    """Hang the report and all that is merged into it on the head; return the codes of the latter."""
    row, followers = held.report, held.duplicates
    for one in followers:
        row.supporters -= one.supporters + 1
        head.supporters += one.supporters + 1
        one.duplicate_of = head.id
    head.supporters += row.supporters + 1
    row.duplicate_of = head.id
    return [one.code for one in followers]


async def part(session: AsyncSession, held: Held) -> ReportRow | None:
    """Take the report from its head, with those that came along with it and are still there; return the head."""
    row = held.report
    head = held.others.get(row.duplicate_of or 0)
    row.duplicate_of = None
    if head is None:
        return None
    head.supporters -= row.supporters + 1
    along = set(await _came_along(session, row))
    for one in held.others.values():
        if one.code in along and one.duplicate_of == head.id:
            head.supporters -= one.supporters + 1
            row.supporters += one.supporters + 1
            one.duplicate_of = row.id
    return head


async def stand_alone(session: AsyncSession, row: ReportRow, at: datetime, deadlines: Deadlines) -> None:
    """Let a report that is held stand for itself again, since the one it was merged into is withdrawn."""
    doing = Doing(act=Act.PART, by=_SYSTEM, at=at)
    row.duplicate_of = None
    step(row, doing, State.RECEIVED, deadlines)
    states = (State.DUPLICATE, State.RECEIVED)
    await happened(session, row, Act.PART.value, _SYSTEM, at, states=states, public=True)


async def _came_along(session: AsyncSession, row: ReportRow) -> list[str]:
    """The codes of the reports that were merged along with this one the last time."""
    last = (
        select(ReportEventRow.details)
        .where(ReportEventRow.report_id == row.id, ReportEventRow.kind == Act.MERGE.value)
        .order_by(ReportEventRow.id.desc())
        .limit(1)
    )
    details = await session.scalar(last)
    return list((details or {}).get(FOLLOWERS, []))
