"""Campaigns that come again. A series is known by its first campaign; the newest one that was approved is its template.

So what is improved one year is there the next, and a draft that nobody approved ends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns.content import Plan
from bot.campaigns.content_json import plan_as_json, plan_from_json
from bot.campaigns.lifecycle import State
from bot.store.campaign_acts import PROGRAM, log, note_event
from bot.store.campaign_checks import due_at
from bot.store.campaign_tables import NEVER, CampaignRow
from knowledge.clock import VIET_NAM

_APPROVED: Final = (State.APPROVED, State.SCHEDULED, State.SENDING, State.PAUSED, State.COMPLETED)


@dataclass(frozen=True, kw_only=True)
class Template:
    """What the next draft of a series is made from. `drafted_upto`: the day that the last draft was made for."""

    series: int
    campaign: int
    author: int
    plan: Plan
    drafted_upto: date | None

    @property
    def day(self) -> date:
        """The day that it counts from; where it has none, that of its first message."""
        return self.plan.day or min(due_at(one, self.plan) for one in self.plan.messages).date()

    def moved(self, day: date) -> Plan:
        """Return its plan for another day; what has a fixed time moves with it, and so does the day in its title."""
        by = day - self.day
        messages = tuple(
            one if one.when.at is None else replace(one, when=replace(one.when, at=one.when.at + by))
            for one in self.plan.messages
        )
        title = self.plan.title.replace(f"{self.day:%d/%m/%Y}", f"{day:%d/%m/%Y}")
        return replace(self.plan, title=title, day=day if self.plan.day else None, messages=messages)


async def templates(session: AsyncSession) -> Sequence[Template]:
    """Return the template of each series that goes on."""
    row, root = CampaignRow, CampaignRow.__table__.alias("root")
    series = func.coalesce(row.repeats_id, row.id)
    newest = (
        select(row, root.c.repeated_day.label("upto"), series.label("series"))
        .join(root, root.c.id == series)
        .where(row.state.in_([state.value for state in _APPROVED]))
        .ext(distinct_on(series))
        .order_by(series, row.plan["day"].astext.desc().nulls_last(), row.id.desc())
    )
    found = []
    for line in await session.execute(newest):
        plan = plan_from_json(line[0].plan)
        if plan.repeat is None or line.upto == NEVER:
            continue
        upto = line.upto.astimezone(VIET_NAM).date() if line.upto else None
        one = line[0]
        found.append(Template(series=line.series, campaign=one.id, author=one.created_by, plan=plan, drafted_upto=upto))
    return found


async def draft_next(session: AsyncSession, template: Template, day: date, now: datetime) -> int | None:
    """Store the draft for `day` and return its number; None if there is one already, or the series has ended."""
    root, at = CampaignRow, datetime.combine(day, time(), VIET_NAM)
    first = (root.id == template.series, or_(root.repeated_day.is_(None), root.repeated_day < at))
    claimed = update(root).where(*first).values(repeated_day=at).returning(root.id)
    if await session.scalar(claimed) is None:
        return None
    plan = template.moved(day)
    row = CampaignRow(
        title=plan.title,
        plan=plan_as_json(plan),
        created_by=template.author,
        created_at=now,
        changed_by=template.author,
        changed_at=now,
        repeats_id=template.series,
    )
    session.add(row)
    await session.flush()
    details = {"of": template.campaign, "day": day.isoformat()}
    await note_event(session, row.id, "repeat", PROGRAM, now, details=details)
    await log(session, row.id, "repeat", PROGRAM, **details)
    return row.id


async def end_series(session: AsyncSession, row: CampaignRow) -> None:
    """Let no further drafts follow from the series of a campaign."""
    root = row.repeats_id or row.id
    await session.execute(update(CampaignRow).where(CampaignRow.id == root).values(repeated_day=NEVER))
