"""Wherever the server stands and whatever its clocks do that day, hours and days are those of Viet Nam."""

from __future__ import annotations

import time as clocks
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.campaigns.content import Moment
from bot.store.campaign_gate import Caps
from bot.store.database import Database
from tests.integration.campaigning import Bureau, message, plan
from tests.integration.ledger_rows import ZONE, Gate, Rows
from tests.integration.stored import change, value

AUTUMN = ("Europe/Berlin", date(2026, 10, 25))  # an hour comes twice
SPRING = ("America/New_York", date(2027, 3, 14))  # an hour is left out
FAR_EAST = ("Pacific/Auckland", date(2027, 4, 4))  # whose days are others than ours


@pytest.fixture(params=[AUTUMN, SPRING, FAR_EAST], ids=lambda one: one[0])
def zone_and_day(request: pytest.FixtureRequest) -> tuple[str, date]:
    found: tuple[str, date] = request.param
    return found


@pytest.fixture
async def abroad(
    database_url: str, zone_and_day: tuple[str, date], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """A database and a process with the clocks of another zone."""
    zone, _ = zone_and_day
    first = Database(database_url)
    name = await value(first, "SELECT current_database()")
    await change(first, f"ALTER DATABASE {name} SET timezone TO '{zone}'")
    await first.close()
    monkeypatch.setenv("TZ", zone)
    clocks.tzset()
    database = Database(database_url)
    yield database
    await database.close()
    monkeypatch.undo()
    clocks.tzset()


async def test_the_server_is_abroad(abroad: Database, zone_and_day: tuple[str, date]) -> None:
    assert await value(abroad, "SHOW timezone") == zone_and_day[0]
    assert clocks.tzname[0] not in {"+07", "UTC"}


async def test_a_message_is_due_at_its_hour_in_viet_nam(
    abroad: Database, database_url: str, zone_and_day: tuple[str, date]
) -> None:
    _, day = zone_and_day
    bureau = await Bureau(abroad, database_url).opened()
    bureau.now = datetime(day.year, day.month, day.day, 2, tzinfo=UTC) - timedelta(days=10)
    moments = (Moment(days=-1, hour=time(21, 30)), Moment(days=1))
    written = plan(*(message(f"m{number}", when=when) for number, when in enumerate(moments)), day=day)
    found = await bureau.scheduled(written)
    due = [one.due_at for one in await bureau.campaigns.messages(found.id)]
    assert [one.astimezone(ZONE).replace(tzinfo=None) for one in due] == [one.on(day) for one in moments]
    waiting = "SELECT array_agg(scheduled_at ORDER BY scheduled_at) FROM jobs.procrastinate_jobs WHERE task_name = :it"
    assert await value(abroad, waiting, it="campaigns.begin") == due


async def test_only_by_day_and_the_cap_counts_days_of_viet_nam(
    abroad: Database, zone_and_day: tuple[str, date]
) -> None:
    _, day = zone_and_day

    def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE) + timedelta(days=days)

    rows = Rows(abroad, at(12))
    account = await rows.account()
    sent = await rows.message(await rows.campaign(), stage="done")
    one = await rows.message(await rows.campaign(), until=timedelta(days=3))
    who = await rows.resident(one, account)
    gate = await Gate.of(rows, account, Caps(1, 7))
    for closed in (at(6, 59), at(22), at(23, 59, days=-1), at(0)):
        assert (await gate.feed(closed)).fed == 0
        await change(abroad, "UPDATE campaign_recipient SET not_before = NULL")
    # Given they got a message a minute before this day began
    before = await rows.listed(sent, who, account)
    got = "UPDATE campaign_recipient SET state = 'sent', sent_at = :at WHERE id = :row"
    await change(abroad, got, at=at(23, 59, days=-1), row=before.row)
    # Then another goes on this day, and none had they got it a minute later
    assert (await gate.feed(at(7))).fed == 1
    await change(abroad, got, at=at(0), row=before.row)
    assert await gate.passes(at(21, 59)) == []
    waits = await value(abroad, "SELECT not_before FROM campaign_recipient WHERE id = :row", row=who.row)
    assert waits == at(7, days=1)
