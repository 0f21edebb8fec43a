"""Campaigns: written, submitted, approved by somebody else, sent, and everything that happens to them noted.

Each change happens in one transaction: the state by the one table, the event, the work put into the queue, and the log
of what the staff did. Of two who change a campaign at once, the second finds it changed; who pauses or cancels is never
refused for that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns.content import Plan
from bot.campaigns.content_json import plan_as_json
from bot.campaigns.lifecycle import Act, State
from bot.store.campaign_acts import Doing, carry_out, held, log, note_event
from bot.store.campaign_checks import Judge
from bot.store.campaign_errors import CampaignActError, NotADraftError, StaleCampaignError
from bot.store.campaign_ledger import Ledger
from bot.store.campaign_records import (
    Campaign,
    CampaignEvent,
    CampaignLine,
    CampaignMessage,
    campaign_of,
    campaigns,
    event_of,
    events,
    line_of,
    lines,
    message_of,
)
from bot.store.campaign_series import end_series
from bot.store.campaign_tables import CampaignMessageRow, CampaignRow
from bot.store.database import Database
from bot.store.staff import Author

_MOST: Final = 100
OF_THE_PROGRAM: Final = frozenset({Act.FREEZE, Act.BEGIN, Act.COMPLETE, Act.FAIL})
"""What nobody does by hand."""


class Campaigns:
    """Keeps campaigns and what happens to them."""

    def __init__(self, database: Database, clock: Callable[[], datetime], *, judge: Judge, ledger: Ledger) -> None:
        """`clock` has a time zone."""
        self._database = database
        self._clock = clock
        self._judge = judge
        self._ledger = ledger

    async def create(self, plan: Plan, by: Author) -> int:
        """Store a new draft and return its number."""
        if by.staff_id is None:
            raise ValueError("a campaign is written by a member of the staff")
        now = self._clock()
        async with self._database.sessions.begin() as session:
            row = CampaignRow(
                title=plan.title,
                plan=plan_as_json(plan),
                created_by=by.staff_id,
                created_at=now,
                changed_by=by.staff_id,
                changed_at=now,
            )
            session.add(row)
            await session.flush()
            details = {name: value for name, value in (("kit", plan.kit), ("occasion", plan.occasion)) if value}
            await note_event(session, row.id, "create", by, now, details=details)
            await log(session, row.id, "create", by, **details)
            return row.id

    async def save(self, campaign_id: int, plan: Plan, version: int, by: Author) -> Campaign:
        """Store a changed draft; who saves it is one of its authors and cannot approve it.

        Raises `UnknownCampaignError`, `StaleCampaignError`, `NotADraftError`.
        """
        if by.staff_id is None:
            raise ValueError("a campaign is written by a member of the staff")
        async with self._database.sessions.begin() as session:
            row = await held(session, campaign_id)
            if row.version != version:
                raise StaleCampaignError
            if row.state != State.DRAFT.value:
                raise NotADraftError
            row.title, row.plan = plan.title, plan_as_json(plan)
            row.changed_by, row.changed_at = by.staff_id, self._clock()
            row.version += 1
            await session.flush()
            await note_event(session, row.id, "save", by, row.changed_at, details={"version": row.version})
            await log(session, row.id, "save", by, version=row.version)
            return await _as_it_is(session, campaign_id)

    async def by_id(self, campaign_id: int) -> Campaign | None:
        """Return a campaign; None where there is none."""
        async with self._database.sessions() as session:
            found = (await session.execute(campaigns().where(CampaignRow.id == campaign_id))).first()
        return campaign_of(found) if found else None

    async def listed(
        self, states: Sequence[State] = (), limit: int = _MOST, after: int | None = None
    ) -> list[CampaignLine]:
        """Return campaigns in `states` (none named: in all), newest first; `after`: only those older than that one."""
        wanted = lines().order_by(CampaignRow.id.desc()).limit(limit)
        if states:
            wanted = wanted.where(CampaignRow.state.in_([state.value for state in states]))
        if after is not None:
            wanted = wanted.where(CampaignRow.id < after)
        async with self._database.sessions() as session:
            return [line_of(found) for found in await session.execute(wanted)]

    async def events(self, campaign_id: int) -> list[CampaignEvent]:
        """Return what happened to a campaign, oldest first."""
        async with self._database.sessions() as session:
            return [event_of(found) for found in await session.execute(events(campaign_id))]

    async def messages(self, campaign_id: int) -> list[CampaignMessage]:
        """Return the messages of a campaign once it is frozen, in their order."""
        mine = select(CampaignMessageRow).where(CampaignMessageRow.campaign_id == campaign_id)
        async with self._database.sessions() as session:
            return [message_of(row) for row in await session.scalars(mine.order_by(CampaignMessageRow.place))]

    async def act(
        self,
        campaign_id: int,
        act: Act,
        by: Author,
        *,
        version: int | None = None,
        text: str = "",
        checked: Sequence[str] | None = None,
        shown: bytes | None = None,
        urgent: bool = False,
    ) -> Campaign:
        """Do something with a campaign and return it as it is then; `version` is the one that was read, if any.

        SEND_BACK needs a `text`; APPROVE the ids of all cited documents in `checked` and, in `shown`, the digest
        of the texts that were shown (None: none were), and grants with `urgent` what the plan asks for. `version` does
        not count for PAUSE and CANCEL. Raises `UnknownCampaignError`, `CampaignActError`, `StaleCampaignError` and the
        other errors of `campaign_errors`.
        """
        doing = Doing(
            act=act,
            by=by,
            at=self._clock(),
            version=version,
            text=text.strip(),
            checked=frozenset(checked or ()),
            shown=shown,
            urgent=urgent,
        )
        async with self._database.sessions.begin() as session:
            row = await held(session, campaign_id)
            if act in OF_THE_PROGRAM or by.staff_id is None:
                raise CampaignActError(State(row.state), act)
            await carry_out(session, self._judge, self._ledger, row, doing)
            return await _as_it_is(session, campaign_id)

    async def stop_repeating(self, campaign_id: int, by: Author) -> Campaign:
        """Let no further drafts follow from the series that a campaign belongs to. Raises `UnknownCampaignError`."""
        async with self._database.sessions.begin() as session:
            row = await held(session, campaign_id)
            await end_series(session, row)
            await note_event(session, row.id, "series_end", by, self._clock())
            await log(session, row.id, "series_end", by)
            return await _as_it_is(session, campaign_id)


async def _as_it_is(session: AsyncSession, campaign_id: int) -> Campaign:
    await session.flush()
    return campaign_of((await session.execute(campaigns().where(CampaignRow.id == campaign_id))).one())
