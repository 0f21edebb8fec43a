"""The ledger of campaigns and the outbox: what is handed over, taken back, cancelled, tried again, put by."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from bot.store.campaign_ledger import Fed, lock_gate
from bot.store.contacts import Contacts
from bot.store.database import Database
from bot.store.links import Links
from bot.store.outbox import OutboxState
from bot.store.waiting import Waiting
from tests.integration.ledger_rows import NOON, SAID, Gate, Resident, Rows, local, states
from tests.integration.stored import SEALER, change, count, value

_REASONS = text("SELECT reason, count(*) AS number FROM campaign_recipient GROUP BY reason")
_HOLD = text("SELECT id FROM conversation WHERE id = :id FOR UPDATE")


async def gate_with(database: Database, residents: int, **how: object) -> tuple[Rows, Gate, int, int]:
    """A campaign to so many residents: rows, gate, campaign, message."""
    rows = Rows(database)
    account = await rows.account()
    campaign = await rows.campaign()
    message = await rows.message(campaign, **how)  # type: ignore[arg-type]
    await rows.many(message, account, residents)
    return rows, await Gate.of(rows, account), campaign, message


async def test_the_outbox_is_fed_in_portions_and_nobody_twice(database: Database) -> None:
    _, gate, _, _ = await gate_with(database, 25)
    assert [(await gate.feed(NOON, 10)).fed for _ in range(4)] == [10, 10, 5, 0]
    assert await gate.ledger.fed(gate.account) == 25
    assert await count(database, "outbox") == 25


async def test_two_that_feed_at_once_do_not_feed_the_same(database: Database, database_url: str) -> None:
    rows, gate, _, _ = await gate_with(database, 40)
    other = Database(database_url)
    beside = Gate(rows, gate.account, type(gate.ledger)(other, SEALER, gate.ledger._caps), other)
    fed = await asyncio.gather(*(one.feed(NOON, 10) for one in (gate, beside) * 4))
    assert sum(one.fed for one in fed) == 40
    assert await value(database, "SELECT count(DISTINCT recipient_id) FROM outbox") == 40
    await other.close()


async def test_what_waits_for_its_time_goes_ahead_of_what_is_new(database: Database) -> None:
    rows, gate, _, message = await gate_with(database, 3)
    waited = await rows.resident(message, gate.account)
    await change(database, "UPDATE campaign_recipient SET not_before = :at WHERE id = :row", at=NOON, row=waited.row)
    assert (await gate.feed(NOON - timedelta(seconds=1), 1)).fed == 1
    assert await value(database, "SELECT recipient_id FROM outbox") != waited.row
    assert (await gate.feed(NOON, 1)).fed == 1
    assert await value(database, "SELECT max(recipient_id) FROM outbox") == waited.row


async def test_an_urgent_campaign_goes_ahead_of_others(database: Database) -> None:
    rows, gate, _, _ = await gate_with(database, 3)
    warned = await rows.resident(await rows.message(await rows.campaign(urgent=True)), gate.account)
    assert (await gate.feed(NOON, 1)).fed == 1
    assert await value(database, "SELECT recipient_id FROM outbox") == warned.row


async def test_pausing_takes_back_what_waits_in_the_callers_transaction(database: Database) -> None:
    rows, gate, campaign, _ = await gate_with(database, 5)
    other = await rows.resident(await rows.message(await rows.campaign()), gate.account)
    await gate.feed(NOON)
    under_way = await gate.passes(NOON, 2)
    async with database.sessions() as session:
        assert await gate.ledger.unfeed(session, campaign) == 3
        await session.rollback()  # the pause did not come about
    assert await gate.ledger.fed(gate.account) == 4
    async with database.sessions.begin() as session:
        assert await gate.ledger.unfeed(session, campaign) == 3
    # Those that are being sent are, and the other campaign's message still waits there
    assert await gate.ledger.fed(gate.account) == 1
    assert await value(database, "SELECT fed_at IS NOT NULL FROM campaign_recipient WHERE id = :row", row=other.row)
    assert await value(database, "SELECT count(*) FROM campaign_recipient WHERE fed_at IS NULL") == 3
    await gate.settle(under_way)
    assert await states(database) == {"sent": 2, "pending": 4}
    # And it goes on as if nothing had been
    assert (await gate.feed(NOON)).fed == 3
    await gate.settle(await gate.passes(NOON))
    assert await states(database) == {"sent": 6}


async def test_cancelling_skips_in_portions_what_is_pending_and_nothing_else(database: Database) -> None:
    rows, gate, campaign, message = await gate_with(database, 6)
    later = await rows.resident(message, gate.account)
    await change(
        database, "UPDATE campaign_recipient SET not_before = :at WHERE id = :row", at=local(20), row=later.row
    )
    other = await rows.resident(await rows.message(await rows.campaign()), gate.account)
    await gate.feed(NOON, 4)
    await gate.settle(await gate.passes(NOON, 1))
    [under_way] = await gate.passes(NOON, 1)
    await change(database, "UPDATE campaign SET state = 'cancelled' WHERE id = :id", id=campaign)
    portions = [await gate.ledger.cancel_portion(campaign, 2, NOON) for _ in range(4)]
    assert portions == [2, 2, 1, 0]
    assert (await rows.row(other))["state"] == "pending"
    await gate.settle([under_way], OutboxState.UNKNOWN)
    assert await states(database) == {"sent": 1, "unknown": 1, "skipped": 5, "pending": 1}
    assert await value(database, "SELECT count(*) FROM campaign_recipient WHERE reason = 'cancelled'") == 5


async def test_what_is_too_late_is_skipped_with_what_it_waited_for(database: Database) -> None:
    rows, gate, _, message = await gate_with(database, 2)
    for reason in ("cap", "throttled"):
        one = await rows.resident(message, gate.account)
        statement = "UPDATE campaign_recipient SET not_before = :at, reason = :reason WHERE id = :row"
        await change(database, statement, at=local(17), reason=reason, row=one.row)
    assert [await gate.ledger.expire_portion(3, local(18)) for _ in range(3)] == [3, 1, 0]
    async with database.sessions() as session:
        rows_ = await session.execute(_REASONS)
        assert {one.reason: one.number for one in rows_} == {"late": 3, "cap": 1}


async def test_only_what_surely_failed_is_tried_again_and_not_too_late(database: Database) -> None:
    _, gate, _, message = await gate_with(database, 4)
    await gate.feed(NOON)
    one, two, three, four = await gate.passes(NOON)
    await gate.settle([one])
    await gate.settle([two], OutboxState.UNKNOWN)
    await gate.settle([three, four], OutboxState.FAILED)
    async with database.sessions.begin() as session:
        assert await gate.ledger.retry(session, message, NOON + timedelta(hours=6)) == 0
        assert await gate.ledger.retry(session, message, NOON) == 2
        assert await gate.ledger.retry(session, message, NOON) == 0  # a second click
    assert await states(database) == {"sent": 1, "unknown": 1, "pending": 2}
    assert (await gate.feed(NOON)).fed == 2
    again = await gate.passes(NOON)
    assert {each.claimed.recipient for each in again} == {three.claimed.recipient, four.claimed.recipient}
    await gate.settle(again)
    assert await states(database) == {"sent": 3, "unknown": 1}
    # A late word on the first try says nothing about the second
    await change(database, "UPDATE outbox SET reason = 'later' WHERE state = 'failed'")
    assert await states(database) == {"sent": 3, "unknown": 1}


async def test_what_leaves_the_outbox_unsent_is_free_again(database: Database) -> None:
    _, gate, _, _ = await gate_with(database, 3)
    await gate.feed(NOON)
    [sent] = await gate.passes(NOON, 1)
    await gate.settle([sent])
    await change(database, "DELETE FROM outbox")  # by whatever hand
    assert await value(database, "SELECT count(*) FROM campaign_recipient WHERE fed_at IS NULL") == 2
    assert (await gate.feed(NOON)).fed == 2


async def test_an_unreadable_contact_fails_alone(database: Database) -> None:
    _, gate, _, _ = await gate_with(database, 3)
    await change(database, "UPDATE contact SET sealed = 'xx' WHERE id = (SELECT min(id) FROM contact)")
    await gate.feed(NOON)
    assert len(await gate.passes(NOON)) == 2
    assert await value(database, "SELECT reason FROM campaign_recipient WHERE state = 'failed'") == "unreadable"


async def test_numbered_choices_are_remembered_for_whoever_gets_them(database: Database) -> None:
    rows = Rows(database)
    account = await rows.account()
    who = await rows.resident(await rows.message(await rows.campaign(), options=("go:quiz:q:1", "stop")), account)
    gate = await Gate.of(rows, account)
    await gate.feed(NOON)
    await gate.passes(NOON)
    await change(database, "UPDATE contact SET last_seen_at = now()")
    assert (await Contacts(database, SEALER).met(account, who.digest, "u")).options == ("go:quiz:q:1", "stop")


async def test_trouble_is_told_and_ends(database: Database) -> None:
    _, gate, _, _ = await gate_with(database, 5)
    ledger, account = gate.ledger, gate.account
    await gate.feed(NOON)
    assert await ledger.spent(account, NOON) == 5
    assert await states(database) == {"pending": 5}
    assert await ledger.trouble(account, NOON) == "hạn mức gửi của kênh đã hết"
    assert (await gate.feed(NOON)).looked == 0
    assert await ledger.trouble(account, NOON + timedelta(minutes=15)) is None
    async with database.sessions.begin() as session:
        await ledger.trouble_over(session)
    assert await ledger.trouble(account, NOON) is None
    assert (await gate.feed(NOON)).fed == 5
    until = NOON + timedelta(minutes=1)
    await change(database, "UPDATE account SET halted = 'token hết hạn', paused_until = :until", until=until)
    assert await ledger.trouble(account, NOON) == "kênh bị từ chối: token hết hạn"
    assert await ledger.trouble(account, until) is None  # then it is tried again


async def page(database: Database, residents: int = 1, **how: object) -> tuple[Rows, int, list[Resident]]:
    rows = Rows(database)
    message = await rows.message(await rows.campaign(), **how)  # type: ignore[arg-type]
    who = [await rows.resident(message, None, channel="web") for _ in range(residents)]
    return rows, message, who


async def test_who_chats_on_the_page_finds_the_message_there_once(database: Database) -> None:
    rows, _, _ = await page(database)
    who = await rows.resident(await rows.message(await rows.campaign()), None, channel="web")
    ledger, waiting = rows.ledger(), Waiting(database, SEALER)
    assert await ledger.feed_web(100, NOON) == Fed(fed=2)
    assert await ledger.feed_web(100, NOON) == Fed()
    [(number, message)] = await waiting.after(who.conversation, 0)
    assert message["text"] == f"{SAID} (web)"
    row = await rows.row(who)
    assert (row["state"], row["delivered_at"]) == ("sent", None)
    # It is delivered when the page has fetched it
    await waiting.mark_delivered(who.conversation, number)
    row = await rows.row(who)
    assert row["state"] == "delivered"
    assert row["delivered_at"] is not None


@pytest.mark.parametrize(
    ("statement", "at", "fate", "reason"),
    [
        ("UPDATE subscription SET stopped_at = now()", NOON, "skipped", "no consent"),
        ("DELETE FROM conversation", NOON, "skipped", "erased"),
        ("DELETE FROM campaign_text", NOON, "skipped", "unsuited"),
        ("UPDATE campaign_message SET send_until = due_at", NOON, "skipped", "late"),
        ("UPDATE campaign SET state = 'paused'", NOON, "pending", None),
        ("SELECT 1", local(22), "pending", None),
        ("UPDATE subscription SET quiet_from = 700, quiet_until = 800", NOON, "pending", "own quiet hours"),
    ],
)
async def test_the_page_is_under_the_same_rules(
    database: Database, statement: str, at: datetime, fate: str, reason: str | None
) -> None:
    rows, _, [who] = await page(database)
    await change(database, statement)
    assert (await rows.ledger().feed_web(100, at)).fed == 0
    row = await rows.row(who)
    assert (row["state"], row["reason"]) == (fate, reason)
    assert await count(database, "waiting_message") == 0


async def test_one_person_on_the_page_gets_one_message_of_two(database: Database) -> None:
    rows = Rows(database)
    one = await rows.resident(await rows.message(await rows.campaign()), None, channel="web")
    two = await rows.listed(await rows.message(await rows.campaign()), one, None, channel="web")
    ledger = rows.ledger()
    assert (await ledger.feed_web(100, NOON)).fed == 1
    await change(database, "UPDATE campaign_recipient SET sent_at = :at WHERE state = 'sent'", at=NOON)
    assert (await ledger.feed_web(100, NOON)).waiting == 1
    assert sorted([(await rows.row(one))["state"], (await rows.row(two))["state"]]) == ["pending", "sent"]


async def test_a_message_on_the_page_goes_along_when_two_are_linked(database: Database) -> None:
    rows, _, [who] = await page(database)
    await rows.ledger().feed_web(100, NOON)
    taker = uuid4()
    await change(database, "INSERT INTO conversation (id, channel) VALUES (:id, 'telegram')", id=taker)
    links = Links(database)
    code = await links.give(who.conversation, "web")
    await links.link(code, taker, "telegram")
    assert await value(database, "SELECT count(*) FROM waiting_message WHERE recipient_id IS NOT NULL") == 1


async def test_the_page_waits_while_a_gate_judges(database: Database) -> None:
    rows, _, _ = await page(database)
    async with database.sessions.begin() as session:
        assert await lock_gate(session)
        assert await rows.ledger().feed_web(100, NOON) == Fed()
    assert (await rows.ledger().feed_web(100, NOON)).fed == 1


async def test_a_conversation_that_is_being_written_to_is_left_for_the_next_time(database: Database) -> None:
    rows, _, [who] = await page(database)
    async with database.sessions.begin() as session:
        await session.execute(_HOLD, {"id": who.conversation})
        assert (await rows.ledger().feed_web(100, NOON)).fed == 0
    assert (await rows.ledger().feed_web(100, NOON)).fed == 1


async def test_what_waits_of_a_campaign_that_is_gone_is_not_sent(database: Database) -> None:
    _, gate, _, _ = await gate_with(database, 2)
    await gate.feed(NOON)
    await change(database, "DELETE FROM campaign_message")
    assert await gate.passes(NOON) == []
    assert await states(database, "outbox") == {"skipped": 2}


async def test_who_has_written_is_woken_only_while_something_goes(database: Database) -> None:
    _, gate, _, _ = await gate_with(database, 2)
    since = NOON - timedelta(days=1)
    await change(database, "UPDATE campaign_recipient SET reason = 'window', not_before = :at", at=local(18))
    await change(database, "UPDATE campaign SET state = 'paused'")
    assert await gate.ledger.wake(gate.account, since) is None  # who wrote meanwhile is looked for later
    await change(database, "UPDATE campaign SET state = 'sending'")
    assert await gate.ledger.wake(gate.account, since) == 2
    assert (await gate.feed(NOON)).fed == 2
