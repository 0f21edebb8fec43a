"""How much waits for the staff besides reports, which have a search of their own."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Select, exists, func, or_, select

from bot.campaigns.lifecycle import Stage, State
from bot.store.campaign_tables import CampaignEventRow, CampaignMessageRow, CampaignRow
from bot.store.database import Database
from bot.store.letters import LetterState
from bot.store.report_tables import CardDraftRow, MonitoringReportRow
from bot.store.staff_tables import StaffRow
from bot.store.tables import LetterRow


class WaitingWork:
    """Counts what waits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def questions(self) -> int:
        """How many questions of residents have no answer yet."""
        return await self._count(select(func.count()).where(LetterRow.state == LetterState.RECEIVED.value))

    async def drafts_to_review(self, staff_id: int) -> int:
        """How many cards wait for approval by somebody who did not write them."""
        waiting = select(func.count()).where(CardDraftRow.state == "in_review", CardDraftRow.author != staff_id)
        return await self._count(waiting)

    async def drafts_given_back(self, staff_id: int) -> int:
        """How many cards somebody is still writing, those given back to them among them."""
        return await self._count(
            select(func.count()).where(CardDraftRow.state == "draft", CardDraftRow.author == staff_id)
        )

    async def monitoring_due(self, places: tuple[str, ...], until: date) -> int:
        """How many drafts of monitoring reports are due until a day, for these places; () are all."""
        due = select(func.count()).where(MonitoringReportRow.state == "draft", MonitoringReportRow.due_on <= until)
        return await self._count(due.where(MonitoringReportRow.place_code.in_(places)) if places else due)

    async def campaigns_to_approve(self, staff_id: int) -> int:
        """How many campaigns wait for approval by somebody who did not write in them."""
        wrote = exists().where(
            CampaignEventRow.campaign_id == CampaignRow.id,
            CampaignEventRow.staff_id == staff_id,
            CampaignEventRow.act.in_(("create", "save")),
        )
        return await self._count(
            select(func.count()).where(
                CampaignRow.state == State.IN_REVIEW.value, CampaignRow.created_by != staff_id, ~wrote
            )
        )

    async def campaigns_held_up(self) -> int:
        """How many campaigns are paused or could not be carried out, and wait for somebody to decide."""
        held_up = (State.PAUSED.value, State.FAILED.value)
        return await self._count(select(func.count()).where(CampaignRow.state.in_(held_up)))

    async def campaigns_late(self, since: datetime) -> int:
        """How many campaigns have a message that reached nobody since then, as its time was over before it began."""
        return await self._count(
            select(func.count(CampaignMessageRow.campaign_id.distinct())).where(
                CampaignMessageRow.stage == Stage.LATE.value, CampaignMessageRow.send_until >= since
            )
        )

    async def campaign_drafts(self, staff_id: int) -> int:
        """How many campaigns somebody is still writing, those sent back to them among them."""
        return await self._count(
            select(func.count()).where(CampaignRow.state == State.DRAFT.value, CampaignRow.created_by == staff_id)
        )

    async def locked_accounts(self, at: datetime) -> int:
        """How many accounts are locked for now, or wait for a first sign-in."""
        waits = or_(StaffRow.locked_until > at, StaffRow.must_change)
        return await self._count(select(func.count()).where(StaffRow.active, waits))

    async def _count(self, query: Select[int]) -> int:
        async with self._database.sessions() as session:
            return (await session.execute(query)).scalar_one()
