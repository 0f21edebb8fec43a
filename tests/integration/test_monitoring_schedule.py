"""The schedule of monitoring reports: drafts after a period, reminders, downtime, and many processes at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.monitoring.periods import PeriodKind
from bot.monitoring.schedule import MonitoringSchedule, reminded_from
from bot.store.database import Database
from bot.store.monitoring_reports import MonitoringReports, Stage
from bot.store.monitoring_schedules import MonitoringSchedules
from tests.integration.monitored import HANOI, Reporting, officer, preparing
from tests.integration.stored import outcomes, value


class Office:
    """A schedule with a calendar of its own, and what staff were told."""

    def __init__(self, database: Database, today: date) -> None:
        self.today = today
        self.told: list[str] = []
        self.database = database
        self.schedules = MonitoringSchedules(database)
        self.reports = MonitoringReports(database)

    def schedule(self, **changed: Any) -> MonitoringSchedule:
        return MonitoringSchedule(
            schedules=self.schedules,
            preparing=changed.get("preparing", preparing(self.database)),
            tell=self._tell,
            today=lambda: self.today,
        )

    async def on(self, day: date) -> list[str]:
        """Let the day come, run the schedule, and return what was told."""
        self.today = day
        before = len(self.told)
        await self.schedule().run()
        return self.told[before:]

    async def drafts(self) -> list[tuple[date, date, date | None]]:
        lines = await self.reports.listed(Stage.DRAFT)
        return sorted((one.period.first, one.period.last, one.due_on) for one in lines)

    async def _tell(self, _matter: str, text: str) -> None:
        self.told.append(text)


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database, date(2026, 10, 20))


async def ruled(office: Office, kind: PeriodKind, upto: date | None, place: str | None = None) -> int:
    by = await officer(office.database, f"o{len(await office.schedules.listed())}")
    return await office.schedules.add(kind, place, 10, upto, by)


async def test_a_draft_is_there_on_the_day_after_a_month_has_ended(office: Office) -> None:
    await Reporting(office.database).add(times=3)
    await ruled(office, PeriodKind.MONTH, date(2026, 9, 30), HANOI)
    assert await office.on(date(2026, 10, 31)) == []
    told = await office.on(date(2026, 11, 1))
    assert told == [
        "Đã soạn bản thảo báo cáo giám sát tháng 10 năm 2026 trên địa bàn thành phố Hà Nội, hạn 10/11/2026."
        " Xem và hoàn thiện trong trang quản lý."
    ]
    assert await office.drafts() == [(date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 10))]
    assert await office.on(date(2026, 11, 2)) == []
    assert await value(office.database, "SELECT who FROM audit WHERE act = 'monitoring report drafted'") == "schedule"


@pytest.mark.parametrize(
    ("kind", "upto", "day", "first", "last"),
    [
        (PeriodKind.MONTH, date(2027, 11, 30), date(2028, 1, 1), date(2027, 12, 1), date(2027, 12, 31)),
        (PeriodKind.MONTH, date(2028, 1, 31), date(2028, 3, 1), date(2028, 2, 1), date(2028, 2, 29)),
        (PeriodKind.QUARTER, date(2026, 9, 30), date(2027, 1, 1), date(2026, 10, 1), date(2026, 12, 31)),
        (PeriodKind.HALF, date(2026, 6, 30), date(2027, 1, 1), date(2026, 7, 1), date(2026, 12, 31)),
        (PeriodKind.YEAR, date(2025, 12, 31), date(2027, 1, 1), date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
async def test_ends_of_months_and_years(
    office: Office, kind: PeriodKind, upto: date, day: date, first: date, last: date
) -> None:
    await ruled(office, kind, upto)
    await office.on(day - timedelta(days=1))
    assert await office.drafts() == []
    await office.on(day)
    assert await office.drafts() == [(first, last, last + timedelta(days=10))]


async def test_what_ended_while_the_program_was_off_is_made_up_for(office: Office) -> None:
    await ruled(office, PeriodKind.MONTH, date(2026, 9, 30))
    await office.on(date(2027, 2, 3))
    assert [first for first, _, _ in await office.drafts()] == [
        date(2026, 10, 1),
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]


async def test_of_many_processes_one_makes_the_draft(office: Office) -> None:
    await ruled(office, PeriodKind.MONTH, date(2026, 9, 30))
    office.today = date(2026, 11, 20)
    found = await outcomes(*(office.schedule().run() for _ in range(5)))
    assert found == [None] * 5
    assert len(await office.drafts()) == 1
    assert len([text for text in office.told if text.startswith("Đã soạn")]) == 1
    assert len([text for text in office.told if "quá hạn" in text]) == 1


async def test_a_rule_that_is_off_makes_nothing(office: Office) -> None:
    rule = await ruled(office, PeriodKind.MONTH, date(2026, 9, 30))
    by = await officer(office.database, "b")
    await office.schedules.switch(rule, active=False, prepared_upto=None, by=by)
    await office.on(date(2026, 12, 5))
    assert await office.drafts() == []
    await office.schedules.switch(rule, active=True, prepared_upto=date(2026, 11, 30), by=by)
    await office.on(date(2027, 1, 1))
    assert [first for first, _, _ in await office.drafts()] == [date(2026, 12, 1)]


async def test_reminders_before_on_and_after_the_day(office: Office) -> None:
    await ruled(office, PeriodKind.MONTH, date(2026, 9, 30))
    await office.on(date(2026, 11, 1))
    told = {}
    for number in range(2, 30):
        if texts := await office.on(date(2026, 11, number)):
            told[number] = texts
            assert await office.on(date(2026, 11, number)) == []  # once a day
    assert sorted(told) == [7, 10, 11, 18, 25]
    assert [told[number][0].partition("cả nước:")[2] for number in (7, 10, 11)] == [
        " còn 3 ngày (hạn 10/11/2026).",
        " hôm nay đến hạn (hạn 10/11/2026).",
        " đã quá hạn 1 ngày (hạn 10/11/2026).",
    ]


async def test_nobody_is_reminded_of_what_is_put_away(office: Office) -> None:
    await ruled(office, PeriodKind.MONTH, date(2026, 9, 30))
    await office.on(date(2026, 11, 1))
    line = (await office.reports.listed(Stage.DRAFT))[0]
    await office.reports.discard(line.id, await officer(office.database, "b"), version=1)
    assert await office.on(date(2026, 11, 12)) == []


def test_a_reminder_that_was_missed_is_owed() -> None:
    due = date(2026, 11, 10)
    assert reminded_from(due, date(2026, 11, 6)) is None
    assert reminded_from(due, date(2026, 11, 9)) == date(2026, 11, 7)
    assert reminded_from(due, date(2026, 11, 17)) == date(2026, 11, 11)
    assert reminded_from(due, date(2026, 11, 18)) == date(2026, 11, 18)


async def test_one_rule_that_fails_does_not_hold_up_the_others(office: Office) -> None:
    await ruled(office, PeriodKind.MONTH, date(2026, 9, 30), HANOI)
    await ruled(office, PeriodKind.QUARTER, date(2026, 6, 30))
    whole = preparing(office.database)

    class Broken:
        places = staticmethod(whole.places)

        async def draft(self, period: Any, scope: Any) -> Any:
            if scope.places:
                raise OSError("no figures")
            return await whole.draft(period, scope)

    office.today = date(2026, 11, 1)
    with pytest.raises(OSError, match="no figures"):
        await office.schedule(preparing=Broken()).run()
    assert [first for first, _, _ in await office.drafts()] == [date(2026, 7, 1)]
    await office.on(date(2026, 11, 2))
    assert len(await office.drafts()) == 2
