"""When a message is due: its documents are looked at once more, its recipients are listed, and it may go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns.lifecycle import LIVE, Act, Stage, State
from bot.campaigns.telling_staff import Tell, at, paused
from bot.store.campaign_acts import PROGRAM, Doing, alone_at_work, carry_out, held, note_event
from bot.store.campaign_checks import Judge, lapsed
from bot.store.campaign_ledger import Ledger
from bot.store.campaign_queue import ask_begin, ask_watch
from bot.store.campaign_stages import Underway, held_message, last_resumed, list_recipients, move, take_time, underway
from bot.store.database import Database
from knowledge.clock import VIET_NAM

LATE_AFTER: Final = timedelta(minutes=2)
"""A message that begins later than this after its time should have been begun by somebody else: staff are told."""
_SOONEST: Final = timedelta(seconds=10)
_VOID: Final = (
    "Tin “{}” dẫn văn bản không còn hiệu lực: {}. Không thể gửi tin này; nếu chưa tin nào được gửi thì chuyển về bản"
    " soạn để sửa, nếu đã gửi thì hủy chiến dịch và lập chiến dịch mới."
)


class _MovedOnError(Exception):
    """The message is not to begin any more."""


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """Begins messages; each once, whoever asks and how often."""

    database: Database
    judge: Judge
    ledger: Ledger
    tell: Tell
    clock: Callable[[], datetime]

    async def run(self, message: int) -> bool:
        """Begin a message if it is due and may; whether it has begun now.

        Too early, by a clock that has been put back: it is asked for again. Too late: it is left out.
        """
        now = self.clock()
        async with self.database.sessions.begin() as session:
            found = await underway(session, message)
            if found is None or not found.live or found.message.stage is not Stage.WAITING:
                return False
            if now < found.message.due_at:
                await ask_begin(session, message, wait=max(found.message.due_at - now, _SOONEST))
                return False
        if now >= found.message.send_until:
            await self.leave_out(found)
            return False
        void = lapsed(self.judge, found.plan, found.message.key, now.astimezone(VIET_NAM).date())
        if void:
            await self._pause(found, "; ".join(one.name for one in void))
            return False
        return await self._begun(found)

    async def leave_out(self, found: Underway) -> None:
        """Note of a message that its time was over before it could begin, and tell staff."""
        async with self.database.sessions.begin() as session:
            await held(session, found.message.campaign_id)
            message = await held_message(session, found.message.id)
            now = self.clock()
            if message is None or message.stage != Stage.WAITING.value or now < message.send_until:
                return
            await move(session, message, Stage.LATE, now, "message_late", until=message.send_until.isoformat())
            await ask_watch(session, message.campaign_id)
        words = f"tin “{found.message.title}” đã quá hạn gửi ({at(found.message.send_until)}) nên bị bỏ qua."
        await self.tell(f"campaign-late-{found.message.id}", f"Chiến dịch “{found.title}”: {words}")

    async def _begun(self, found: Underway) -> bool:
        try:
            async with self.database.sessions.begin() as session:
                late = await self._list_and_begin(session, found)
        except _MovedOnError:
            return False
        if late >= LATE_AFTER:
            minutes = int(late.total_seconds() // 60)
            words = f"tin “{found.message.title}” đến giờ lúc {at(found.message.due_at)} mà chưa được gửi;"
            done = f"hệ thống vừa bắt đầu gửi, muộn {minutes} phút."
            await self.tell(f"campaign-watchdog-{found.message.id}", f"Chiến dịch “{found.title}”: {words} {done}")
        return True

    async def _list_and_begin(self, session: AsyncSession, found: Underway) -> timedelta:
        """List the recipients without holding the campaign, then look at it again, and let the message go.

        Returns how late it is, beyond what a late approval or a pause explains. Raises `_MovedOnError`.
        """
        campaign_id = found.message.campaign_id
        await take_time(session)
        await alone_at_work(session, campaign_id)
        again = await underway(session, found.message.id)
        if again is None or not again.live or again.message.stage is not Stage.WAITING:
            raise _MovedOnError
        await list_recipients(session, found.message)
        campaign = await held(session, campaign_id)
        message = await held_message(session, found.message.id)
        if State(campaign.state) not in LIVE or message is None or message.stage != Stage.WAITING.value:
            raise _MovedOnError
        now = self.clock()
        resumed = await last_resumed(session, campaign_id)
        late = now - max(one for one in (message.due_at, campaign.frozen_at, resumed) if one is not None)
        message.begun_at = message.listed_at = now
        stage = Stage.FIRST if found.plan.first is not None else Stage.SENDING
        await move(session, message, stage, now, "message_begin", late_seconds=int(late.total_seconds()))
        if late >= LATE_AFTER:
            details = {"message": message.id, "title": message.title, "due": message.due_at.isoformat()}
            await note_event(session, campaign_id, "watchdog", PROGRAM, now, details=details)
        await ask_watch(session, campaign_id)
        if campaign.state == State.SCHEDULED.value:
            doing = Doing(act=Act.BEGIN, by=PROGRAM, at=now)
            await carry_out(session, self.judge, self.ledger, campaign, doing)
        return late

    async def _pause(self, found: Underway, documents: str) -> None:
        reason = _VOID.format(found.message.title, documents)
        async with self.database.sessions.begin() as session:
            campaign = await held(session, found.message.campaign_id)
            if State(campaign.state) not in LIVE:
                return
            doing = Doing(act=Act.PAUSE, by=PROGRAM, at=self.clock(), text=reason)
            await carry_out(session, self.judge, self.ledger, campaign, doing)
        await self.tell(f"campaign-void-{found.message.id}", paused(found.title, reason))
