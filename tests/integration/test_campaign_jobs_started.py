"""The started program does the work of campaigns by itself; so does a second one on the same database."""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta

from bot.campaigning import Campaigning, campaigning_of
from bot.campaigns.content import Message, Moment, Plan, Variant
from bot.campaigns.lifecycle import Act, State
from bot.conversing import now
from bot.settings import Settings
from bot.store.database import Database
from bot.store.sealing import sealer_for
from bot.store.staff import Author
from bot.understanding import Understanding
from knowledge.clock import VIET_NAM, today
from tests.integration.stored import change, count, value
from tests.integration.stored_reports import put_staff
from tests.integration.web_client import Client, Start, start_fixture

__all__ = ["start_fixture"]
_LONGEST_WAIT = 60


async def test_what_is_approved_is_frozen_by_one_of_two_programs(
    start: Start, database: Database, database_url: str, understanding: Understanding
) -> None:
    # Given two programs on one database, and somebody who subscribed on the page
    settings = Settings()
    programs: list[Client] = [await start(settings, database_url) for _ in range(2)]
    await _subscriber(database)
    campaigning = campaigning_of(
        database, sealer_for(settings.data_key, settings.data_dir), settings, lambda: understanding.base, now
    )
    # When a campaign is approved
    approved = await _approved(campaigning, database)
    # Then it is frozen once, and its message is in the queue for its time
    async with asyncio.timeout(_LONGEST_WAIT):
        while not await _is_frozen(campaigning, approved):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.05)
    found = await campaigning.campaigns.by_id(approved)
    assert found is not None
    assert (found.state, found.reason) == (State.SCHEDULED, None)
    [message] = await campaigning.campaigns.messages(approved)
    due = datetime.combine(found.plan.day or today(), time(8, 0), VIET_NAM)
    assert message.due_at == due
    assert await count(database, "campaign_member") == 1
    waiting = "SELECT scheduled_at FROM jobs.procrastinate_jobs WHERE task_name = 'campaigns.begin'"
    assert await value(database, waiting) == due
    assert len(programs) == 2


async def _subscriber(database: Database) -> None:
    await change(
        database,
        "WITH somebody AS (INSERT INTO conversation (id, channel) VALUES (gen_random_uuid(), 'web') RETURNING id)"
        " INSERT INTO subscription (conversation_id, topics, consent_version)"
        " SELECT id, '{campaigns}', '1' FROM somebody",
    )


async def _is_frozen(campaigning: Campaigning, number: int) -> bool:
    found = await campaigning.campaigns.by_id(number)
    return found is not None and found.state is not State.APPROVED


async def _approved(campaigning: Campaigning, database: Database) -> int:
    author, approver = [Author(await put_staff(database, login), login) for login in ("soan", "duyet")]
    message = Message(
        key="ngay",
        title="Ngày hội",
        when=Moment(hour=time(8, 0)),
        texts={Variant.HOUSEHOLD: "Hôm nay cả nhà mình cùng xem lại lối ra và hẹn nhau một chỗ gặp ngoài nhà nhé."},
    )
    plan = Plan(title="Ngày hội", day=today() + timedelta(days=10), messages=(message,))
    number = await campaigning.campaigns.create(plan, author)
    await campaigning.campaigns.act(number, Act.SUBMIT, author)
    await campaigning.campaigns.act(number, Act.APPROVE, approver, checked=[])
    return number
