"""Prepares drafts after a period has ended and reminds of those that are due; what was missed is made up for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bot.monitoring.periods import Period, ended, on
from bot.monitoring.preparing import Preparing
from bot.monitoring.scopes import Scope, within
from bot.store.monitoring_reports import MonitoringLine
from bot.store.monitoring_schedules import MonitoringSchedules, Rule

REMINDED_BEFORE: Final = timedelta(days=3)
_AGAIN_AFTER: Final = timedelta(days=7)
_MOST_NAMED: Final = 3
_DAY: Final = timedelta(days=1)
_LOG: Final = logging.getLogger(__name__)
Tell = Callable[[str, str], Awaitable[None]]
"""Tells staff of a matter: its name, and the words in Vietnamese."""


def reminded_from(due_on: date, today: date) -> date | None:
    """Return the day since which a reminder is owed: three days before, on the day, the day after, then each week.

    None: it is too early.
    """
    if today < due_on - REMINDED_BEFORE:
        return None
    if today < due_on:
        return due_on - REMINDED_BEFORE
    if today == due_on:
        return due_on
    return due_on + _DAY + (today - due_on - _DAY) // _AGAIN_AFTER * _AGAIN_AFTER


@dataclass(frozen=True, kw_only=True)
class MonitoringSchedule:
    """What is to be done again and again. `today`: the day in Viet Nam."""

    schedules: MonitoringSchedules
    preparing: Preparing
    tell: Tell
    today: Callable[[], date]

    async def run(self) -> None:
        """Prepare what has ended and remind of what is due. One rule that fails does not hold up the others."""
        failed: Exception | None = None
        for rule in await self.schedules.active():
            try:
                await self._prepare(rule)
            except Exception as error:
                _LOG.exception("preparing the draft of schedule %d failed", rule.id)
                failed = error
        await self._remind()
        if failed is not None:
            raise failed  # the queue notes it, and the next run tries again

    async def _prepare(self, rule: Rule) -> None:
        for period in ended(rule.period, rule.prepared_upto, self.today()):
            new = await self.preparing.draft(period, Scope((rule.place_code,) if rule.place_code else ()))
            due_on = period.last + timedelta(days=rule.due_days)
            number = await self.schedules.prepared(rule, period, new, due_on)
            if number is not None:
                words = f"Đã soạn bản thảo báo cáo giám sát {self._name(period, new.content.scope)}, hạn {on(due_on)}."
                await self.tell(f"monitoring-drafted-{number}", f"{words} Xem và hoàn thiện trong trang quản lý.")

    async def _remind(self) -> None:
        today = self.today()

        def wanted(due_on: date, reminded_on: date | None) -> bool:
            since = reminded_from(due_on, today)
            return since is not None and (reminded_on is None or reminded_on < since)

        await self.schedules.remind(today, today + REMINDED_BEFORE + _DAY, wanted, self._told)

    async def _told(self, line: MonitoringLine) -> None:
        assert line.due_on is not None  # noqa: S101 (only those are asked for)
        days = (line.due_on - self.today()).days
        when = f"còn {days} ngày" if days > 0 else "hôm nay đến hạn" if days == 0 else f"đã quá hạn {-days} ngày"
        words = f"Bản thảo báo cáo giám sát {self._name(line.period, line.scope)}: {when} (hạn {on(line.due_on)})."
        await self.tell(f"monitoring-due-{line.id}", words)

    def _name(self, period: Period, scope: Scope) -> str:
        return f"{period.name} {within(scope, self.preparing.places(), _MOST_NAMED)}"
