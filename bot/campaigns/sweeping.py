"""Each minute, and at each start: whatever should have happened by now and has not."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from bot.campaigns.beginning import LATE_AFTER, Beginning
from bot.campaigns.lifecycle import State
from bot.campaigns.repeating import Repeating
from bot.campaigns.telling_staff import Tell, at
from bot.campaigns.watching import Watching
from bot.store.campaign_queue import ask_freeze, ask_watch
from bot.store.campaign_stages import Underway, due, to_watch
from bot.store.campaign_tables import CampaignRow
from bot.store.database import Database

_FREEZE_AFTER: Final = timedelta(minutes=1)
FREEZE_LONGEST: Final = timedelta(minutes=10)
"""So long may freezing take before staff are told."""
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Sweeping:
    """Makes up for what was lost: with a process, with the queue, or while the program was off."""

    database: Database
    beginning: Beginning
    watching: Watching
    repeating: Repeating
    tell: Tell
    clock: Callable[[], datetime]

    async def run(self) -> None:
        """Sweep once. One thing that fails does not hold up the others; the first that failed is raised at the end."""
        failed: list[Exception] = []
        for one in await self._things():
            try:
                await one()
            except Exception as error:
                _LOG.exception("a part of the sweep of campaigns failed")
                failed.append(error)
        if failed:
            raise failed[0]

    async def _things(self) -> Sequence[Callable[[], Awaitable[object]]]:
        return [self._freeze, self._begin, self.watching.expire, self._watch, self.repeating.run]

    async def _freeze(self) -> None:
        now = self.clock()
        approved = select(CampaignRow).where(CampaignRow.state == State.APPROVED.value)
        async with self.database.sessions.begin() as session:
            rows = list(await session.scalars(approved))
            rows = [row for row in rows if row.approved_at is not None and now - row.approved_at >= _FREEZE_AFTER]
            for row in rows:
                await ask_freeze(session, row.id, row.version)
        for row in rows:
            if row.approved_at is not None and now - row.approved_at >= FREEZE_LONGEST:
                words = "đã duyệt mà chưa chốt được danh sách người nhận. Xem nhật ký của hệ thống."
                await self.tell(f"campaign-freeze-{row.id}", f"Chiến dịch “{row.title}” {words}")

    async def _begin(self) -> None:
        """Begin what is due, and leave out what is too late, also of campaigns that are paused."""
        now = self.clock()
        async with self.database.sessions() as session:
            found = await due(session, now)
        failed: Exception | None = None
        for one in found:
            try:
                if now >= one.message.send_until:
                    await self.beginning.leave_out(one)
                elif one.live:
                    await self.beginning.run(one.message.id)
            except Exception as error:
                _LOG.exception("message %d could not begin", one.message.id)
                failed = error
                await self._tell_of_stuck(one, now)
        if failed is not None:
            raise failed

    async def _tell_of_stuck(self, one: Underway, now: datetime) -> None:
        """A message that fails to begin again and again is one that only a person can help."""
        if now - one.message.due_at < LATE_AFTER:
            return
        words = f"tin “{one.message.title}” đến giờ lúc {at(one.message.due_at)} mà chưa bắt đầu gửi được;"
        tried = "hệ thống vẫn đang thử lại. Xem nhật ký của hệ thống."
        await self.tell(f"campaign-stuck-{one.message.id}", f"Chiến dịch “{one.title}”: {words} {tried}")

    async def _watch(self) -> None:
        async with self.database.sessions.begin() as session:
            for campaign in await to_watch(session):
                await ask_watch(session, campaign)
