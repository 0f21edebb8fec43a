"""After approval: messages, texts and audience are frozen as they were approved, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns.content import Message, Plan
from bot.campaigns.content_json import plan_from_json
from bot.campaigns.lifecycle import Act, State
from bot.campaigns.previews import FrozenText, UnfitMessageError
from bot.campaigns.telling_staff import Tell
from bot.store.campaign_acts import PROGRAM, Doing, alone_at_work, carry_out, digest_of, held
from bot.store.campaign_audience import Audiences, with_templates
from bot.store.campaign_checks import Judge, due_at
from bot.store.campaign_errors import UnknownCampaignError
from bot.store.campaign_ledger import Ledger
from bot.store.campaign_queue import ask_begin
from bot.store.campaign_stages import take_time
from bot.store.campaign_tables import CampaignMessageRow, CampaignRow, CampaignTextRow
from bot.store.database import Database

_NOBODY: Final = "Không có người nhận nào phù hợp với đối tượng đã chọn. Hãy sửa lại đối tượng rồi gửi duyệt lại."
_CHANGED: Final = (
    "Nội dung hoặc nguồn trích dẫn không còn như lúc duyệt, nên chưa gửi gì. Hãy kiểm tra rồi gửi duyệt lại."
)
_UNFIT: Final = "Không dựng được nội dung đã duyệt: {}"


class Texts(Protocol):
    """Makes the texts of a message."""

    def __call__(self, message: Message, message_id: int, plan: Plan) -> Sequence[FrozenText]:
        """Return them. Raises `UnfitMessageError`."""


class _MovedOnError(Exception):
    """The campaign is no more what was to be frozen."""


class _ImpossibleError(Exception):
    """It cannot be frozen; `reason`: why, in Vietnamese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Freezing:
    """Freezes what was approved. `accounts`: the numbers of the accounts that are sent for now."""

    database: Database
    judge: Judge
    ledger: Ledger
    audiences: Callable[[], Audiences]
    texts: Texts
    accounts: Callable[[], Sequence[int]]
    tell: Tell
    clock: Callable[[], datetime]

    async def run(self, campaign: int, version: int) -> bool:
        """Freeze a campaign as it was approved in that version; False if it is not that any more.

        All but the last statements run without holding the campaign, so that nobody who cancels waits for them; it is
        looked at again before they count. What cannot be frozen fails, and staff are told.
        """
        try:
            async with self.database.sessions.begin() as session:
                await self._freeze(session, campaign, version)
        except (_MovedOnError, UnknownCampaignError):
            return False
        except _ImpossibleError as error:
            await self._fail(campaign, version, error.reason)
            return False
        return True

    async def _freeze(self, session: AsyncSession, campaign: int, version: int) -> None:
        """Write everything down. Raises `_MovedOnError` and `_ImpossibleError`: then nothing was written."""
        await take_time(session)
        await alone_at_work(session, campaign)
        row = await session.get(CampaignRow, campaign)
        if row is None or not _wanted(row, version):
            raise _MovedOnError
        plan, now = plan_from_json(row.plan), self.clock()
        await self._demand_as_approved(row, plan)
        try:
            messages = await self._write_messages(session, campaign, plan)
        except UnfitMessageError as error:
            words = " ".join(one.text for one in error.faults)
            raise _ImpossibleError(_UNFIT.format(words)) from error
        await self._demand_as_approved(row, plan)  # the knowledge may have been exchanged while they were written
        members = await self.audiences().freeze(
            session,
            campaign,
            plan.audience,
            plan.first,
            self.accounts(),
            now,
            templates=with_templates(plan),
        )
        if members == 0:
            raise _ImpossibleError(_NOBODY)
        row = await held(session, campaign)
        if not _wanted(row, version):
            raise _MovedOnError
        for message in messages:
            await ask_begin(session, message.id, message.due_at)
        await carry_out(session, self.judge, self.ledger, row, Doing(act=Act.FREEZE, by=PROGRAM, at=self.clock()))

    async def _demand_as_approved(self, row: CampaignRow, plan: Plan) -> None:
        if digest_of(row.plan, await asyncio.to_thread(self.judge.texts_digest, plan)) != row.digest:
            raise _ImpossibleError(_CHANGED)

    async def _write_messages(self, session: AsyncSession, campaign: int, plan: Plan) -> list[CampaignMessageRow]:
        await session.execute(delete(CampaignMessageRow).where(CampaignMessageRow.campaign_id == campaign))
        rows = []
        for place, message in enumerate(plan.messages):
            due = due_at(message, plan)
            row = CampaignMessageRow(
                campaign_id=campaign,
                key=message.key,
                place=place,
                title=message.title,
                due_at=due,
                send_until=due + message.send_for,
                unless=list(message.unless) if message.unless else None,
            )
            session.add(row)
            await session.flush()
            await self._write_texts(session, message, row.id, plan)
            rows.append(row)
        return rows

    async def _write_texts(self, session: AsyncSession, message: Message, number: int, plan: Plan) -> None:
        texts = [
            {
                "message_id": number,
                "channel": one.channel,
                "variant": one.variant.value,
                "body": dict(one.body),
                "options": list(one.options),
            }
            for one in await asyncio.to_thread(self.texts, message, number, plan)
        ]
        if texts:
            await session.execute(insert(CampaignTextRow), texts)

    async def _fail(self, campaign: int, version: int, reason: str) -> None:
        async with self.database.sessions.begin() as session:
            row = await held(session, campaign)
            if not _wanted(row, version):
                return
            doing = Doing(act=Act.FAIL, by=PROGRAM, at=self.clock(), text=reason)
            await carry_out(session, self.judge, self.ledger, row, doing)
        await self.tell(f"campaign-failed-{campaign}", f"Chiến dịch “{row.title}” không thực hiện được. {reason}")


def _wanted(row: CampaignRow, version: int) -> bool:
    return row.state == State.APPROVED.value and row.version == version
