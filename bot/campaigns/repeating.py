"""Campaigns that come again: a draft in good time, which again needs its approval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from bot.campaigns.occasions import next_day
from bot.campaigns.telling_staff import Tell
from bot.store.campaign_series import Template, draft_next, templates
from bot.store.database import Database
from knowledge.clock import VIET_NAM

_DAY: Final = timedelta(days=1)
_AHEAD: Final = 4
"""What is held within such a part of the time from one day of the rule to the next, ahead of it, is held for it."""


@dataclass(frozen=True, kw_only=True)
class Repeating:
    """Makes the next draft of each series. `clock` has a time zone."""

    database: Database
    tell: Tell
    clock: Callable[[], datetime]
    next_day: Callable[[str, date], date] = next_day

    async def run(self) -> int:
        """Make the drafts whose time has come; return how many. What was missed altogether is left out.

        Raises ValueError for a rule that there is not, once the others are made.
        """
        async with self.database.sessions() as session:
            found = await templates(session)
        made, wrong = 0, None
        for one in found:
            try:
                made += await self._next(one)
            except ValueError as error:
                wrong = error
        if wrong is not None:
            raise wrong
        return made

    def _held_for(self, template: Template) -> date:
        """The day of the rule that a campaign was held for: it may have been moved a little ahead of that."""
        assert template.plan.repeat is not None  # noqa: S101 (templates have one)
        rule = template.plan.repeat.rule
        coming = self.next_day(rule, template.day)
        after_that = self.next_day(rule, coming)
        return coming if coming - template.day < (after_that - coming) / _AHEAD else template.day

    async def _next(self, template: Template) -> int:
        repeat = template.plan.repeat
        assert repeat is not None  # noqa: S101 (templates have one)
        now = self.clock()
        today = now.astimezone(VIET_NAM).date()
        day = self.next_day(
            repeat.rule, max(self._held_for(template), template.drafted_upto or template.day, today - _DAY)
        )
        if today < day - timedelta(days=repeat.ahead):
            return 0
        async with self.database.sessions.begin() as session:
            number = await draft_next(session, template, day, now)
        if number is None:
            return 0
        words = f"Đã lập bản soạn tiếp theo của chiến dịch “{template.moved(day).title}” cho ngày {day:%d/%m/%Y}."
        await self.tell(f"campaign-repeat-{number}", f"{words} Hãy xem, sửa và gửi duyệt trong trang quản lý.")
        return 1
