"""The verdict on one message of a campaign for one recipient, when it is fed and again just before it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot.store.campaign_gate import Caps, Hours
from bot.store.database import Database
from bot.store.outbox import OutboxState
from tests.integration.ledger_rows import NOON, SAID, Gate, Resident, Rows, local
from tests.integration.stored import change, value

TEN = Caps(10, 10)


@dataclass
class World:
    """A campaign that is being sent to one resident."""

    rows: Rows
    gate: Gate
    campaign: int
    message: int
    who: Resident

    @property
    def database(self) -> Database:
        return self.rows.database

    async def change(self, statement: str, **values: object) -> None:
        known = {
            ":campaign": self.campaign,
            ":message": self.message,
            ":person": self.who.conversation,
            ":contact": self.who.contact,
            ":row": self.who.row,
        }
        used = {name[1:]: known[name] for name in known if name in statement}
        await change(self.database, statement, **{**used, **values})

    async def row(self) -> dict[str, object]:
        return await self.rows.row(self.who)


async def world(
    database: Database, *, channel: str = "telegram", caps: Caps | None = None, urgent: bool = False, **how: object
) -> World:
    """`how`: what is different about the message."""
    rows = Rows(database)
    account = await rows.account(channel)
    campaign = await rows.campaign(urgent=urgent)
    message = await rows.message(campaign, **{"channels": (channel,), **how})  # type: ignore[arg-type]
    who = await rows.resident(message, account, channel=channel)
    return World(rows, await Gate.of(rows, account, caps), campaign, message, who)


async def judged(
    one: World, where: str, happens: Callable[[], Awaitable[None]], now: datetime = NOON
) -> dict[str, object]:
    """The row of the ledger when something happened before it was fed, or between feeding and sending."""
    if where == "fed":
        await happens()
        await one.gate.feed(now)
    else:
        assert (await one.gate.feed(NOON)).fed == 1
        await happens()
    assert await one.gate.passes(now) == []
    assert await value(one.database, "SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending')") == 0
    return await one.row()


SKIPPED = {
    "send_until passed": ("UPDATE campaign_message SET send_until = :now WHERE id = :message", "late"),
    "erased": ("DELETE FROM contact WHERE id = :contact", "erased"),
    "emptied": ("UPDATE campaign_recipient SET conversation_id = NULL, contact_id = NULL WHERE id = :row", "erased"),
    "conversation gone": ("DELETE FROM conversation WHERE id = :person", "erased"),
    "blocked": ("UPDATE contact SET stopped_at = now() WHERE id = :contact", "left"),
    "DỪNG": ("UPDATE subscription SET stopped_at = now() WHERE conversation_id = :person", "no consent"),
    "unsubscribed": ("DELETE FROM subscription WHERE conversation_id = :person", "no consent"),
    "other topics": ("UPDATE subscription SET topics = '{weather}' WHERE conversation_id = :person", "no consent"),
    "no text": ("DELETE FROM campaign_text WHERE message_id = :message", "unsuited"),
    "text for another channel": ("UPDATE campaign_text SET channel = 'web' WHERE message_id = :message", "unsuited"),
}


@pytest.mark.parametrize("where", ["fed", "sent"])
@pytest.mark.parametrize("what", SKIPPED)
async def test_what_forbids_a_message_skips_it_with_its_reason(database: Database, what: str, where: str) -> None:
    one = await world(database)
    statement, reason = SKIPPED[what]

    async def happens() -> None:
        await one.change(statement, **({"now": NOON} if ":now" in statement else {}))

    row = await judged(one, where, happens)
    assert (row["state"], row["reason"]) == ("skipped", reason)
    assert row["settled_at"] is not None
    assert row["sent_at"] is None


async def test_what_nothing_forbids_goes_to_the_contact_as_it_is_now(database: Database) -> None:
    one = await world(database)
    assert (await one.gate.feed(NOON)).fed == 1
    [ready] = await one.gate.passes(NOON)
    assert (ready.user, ready.part) == (one.who.digest.hex(), {"text": f"{SAID} (telegram)"})
    assert (await one.row())["state"] == "sending"
    await one.gate.settle([ready])
    row = await one.row()
    assert (row["state"], row["reason"]) == ("sent", None)
    assert row["sent_at"] is not None
    assert await value(database, "SELECT sealed IS NULL FROM outbox") is True


@pytest.mark.parametrize(
    ("statement", "fate", "reason"),
    [
        ("UPDATE campaign SET state = 'paused' WHERE id = :campaign", "pending", None),
        ("UPDATE campaign SET state = 'failed' WHERE id = :campaign", "pending", None),
        ("UPDATE campaign_message SET stage = 'watching' WHERE id = :message", "pending", None),
        ("UPDATE campaign SET state = 'cancelled' WHERE id = :campaign", "skipped", "cancelled"),
        ("UPDATE campaign_message SET stage = 'stopped' WHERE id = :message", "skipped", "cancelled"),
    ],
)
async def test_pausing_and_cancelling_hold_between_feeding_and_sending(
    database: Database, statement: str, fate: str, reason: str | None
) -> None:
    one = await world(database)
    row = await judged(one, "sent", lambda: one.change(statement))
    assert (row["state"], row["reason"], row["fed_at"], row["sent_at"]) == (fate, reason, row["fed_at"], None)
    if fate == "pending":  # and it goes as soon as it may again
        assert row["fed_at"] is None
        await one.change("UPDATE campaign SET state = 'sending' WHERE id = :campaign")
        await one.change("UPDATE campaign_message SET stage = 'sending' WHERE id = :message")
        await one.gate.feed(NOON)
        assert len(await one.gate.passes(NOON)) == 1


@pytest.mark.parametrize(
    ("at", "may"),
    [
        (local(6, 59, 59), False),
        (local(7, 0), True),
        (local(21, 59, 59), True),
        (local(22, 0), False),
        (local(0, 0), False),
        (local(23, 59), False),
    ],
)
async def test_nothing_goes_outside_the_hours_of_the_day(database: Database, at: datetime, may: bool) -> None:
    one = await world(database, until=timedelta(days=2))
    # Not fed then ...
    assert (await one.gate.feed(at)).fed == int(may)
    # ... and not sent then, though it was fed before
    if not may:
        assert (await one.gate.feed(NOON)).fed == 1
    assert len(await one.gate.passes(at)) == int(may)
    if not may:
        row = await one.row()
        assert (row["state"], row["reason"]) == ("pending", "quiet hours")
        assert row["not_before"] == (local(7, 0) if at < NOON else local(7, 0, day=6))


async def test_an_urgent_warning_goes_at_any_hour_and_beyond_the_cap(database: Database) -> None:
    one = await world(database, urgent=True, until=timedelta(days=2))
    await one.change("UPDATE subscription SET quiet_from = 0, quiet_until = 1439 WHERE conversation_id = :person")
    other = await one.rows.listed(await one.rows.message(one.campaign), one.who, one.gate.account)
    await change(
        database, "UPDATE campaign_recipient SET state = 'sent', sent_at = :at WHERE id = :row", at=NOON, row=other.row
    )
    assert (await one.gate.feed(local(23, 30))).fed == 1
    assert len(await one.gate.passes(local(23, 30))) == 1


async def test_a_clock_that_jumps_sends_neither_by_night_nor_never(database: Database) -> None:
    one = await world(database, until=timedelta(days=3))
    assert (await one.gate.feed(NOON)).fed == 1
    assert await one.gate.passes(local(23, 0)) == []  # forwards into the night
    assert (await one.gate.feed(local(6, 0))).fed == 0  # back before the morning
    assert (await one.gate.feed(NOON)).fed == 0  # it was put off until the next morning
    assert (await one.gate.feed(local(7, 0, day=6))).fed == 1
    assert len(await one.gate.passes(local(7, 0, day=6))) == 1


def minutes(hour: int, minute: int = 0) -> int:
    return hour * 60 + minute


@pytest.mark.parametrize(
    ("begins", "ends", "at", "until"),
    [
        (minutes(12), minutes(14), local(11, 59), None),
        (minutes(12), minutes(14), local(12, 0), local(14, 0)),
        (minutes(12), minutes(14), local(13, 59), local(14, 0)),
        (minutes(12), minutes(14), local(14, 0), None),
        (minutes(20), minutes(9), local(8, 59), local(9, 0)),  # past midnight
        (minutes(20), minutes(9), local(9, 0), None),
        (minutes(20), minutes(9), local(19, 59), None),
        (minutes(20), minutes(9), local(20, 0), local(9, 0, day=6)),
        (minutes(20), minutes(9), local(21, 59), local(9, 0, day=6)),
        (minutes(10), minutes(10), local(10, 0), None),  # no time at all
    ],
)
@pytest.mark.parametrize("where", ["fed", "sent"])
async def test_hours_that_the_resident_chose_are_kept(
    database: Database, begins: int, ends: int, at: datetime, until: datetime | None, where: str
) -> None:
    one = await world(database, until=timedelta(days=2))

    async def happens() -> None:
        await one.change(
            "UPDATE subscription SET quiet_from = :begins, quiet_until = :ends WHERE conversation_id = :person",
            begins=begins,
            ends=ends,
        )

    if until is None:
        await happens()
        assert (await one.gate.feed(at)).fed == 1
        assert len(await one.gate.passes(at)) == 1
        return
    row = await judged(one, where, happens, at)
    assert (row["state"], row["reason"], row["not_before"]) == ("pending", "own quiet hours", until)


async def got(one: World, at: datetime, *, state: str = "sent", conversation: object = None) -> int:
    """Another campaign's message that the resident got."""
    message = await one.rows.message(await one.rows.campaign(), stage="done")
    other = await one.rows.listed(message, one.who, one.gate.account)
    await change(
        one.database,
        "UPDATE campaign_recipient SET state = :state, sent_at = :at, conversation_id = :person WHERE id = :row",
        state=state,
        at=at,
        row=other.row,
        person=conversation or one.who.conversation,
    )
    return other.row


@pytest.mark.parametrize("where", ["fed", "sent"])
@pytest.mark.parametrize(
    ("caps", "before", "may"),
    [
        (Caps(1, 3), [], True),
        (Caps(1, 3), [local(7, 0)], False),  # one today
        (Caps(1, 3), [local(21, 59, day=4)], True),  # one yesterday
        (Caps(2, 3), [local(7, 0)], True),
        (Caps(1, 2), [local(9, day=2), local(9, day=4)], False),  # two within seven days
        (Caps(1, 3), [local(9, day=2), local(9, day=4)], True),
        (Caps(1, 1), [local(21, 59) - timedelta(days=7)], True),  # the day that fell out of the seven
        (Caps(1, 1), [local(7, 0) - timedelta(days=6)], False),
        (Caps(1, 3), [local(12, 30)], False),  # the clock was set back: what went counts all the same
    ],
)
async def test_a_person_gets_so_many_messages_of_all_campaigns(
    database: Database, caps: Caps, before: list[datetime], may: bool, where: str
) -> None:
    one = await world(database, caps=caps, until=timedelta(days=2))

    async def happens() -> None:
        for at in before:
            await got(one, at)

    if may:
        await happens()
        assert (await one.gate.feed(NOON)).fed == 1
        assert len(await one.gate.passes(NOON)) == 1
        return
    row = await judged(one, where, happens)
    assert (row["state"], row["reason"], row["not_before"]) == ("pending", "cap", local(7, 0, day=6))


@pytest.mark.parametrize(
    ("state", "counts"), [("unknown", True), ("read", True), ("skipped", False), ("failed", False)]
)
async def test_the_cap_counts_what_was_or_was_perhaps_sent(database: Database, state: str, counts: bool) -> None:
    one = await world(database)
    row = await got(one, NOON, state=state)
    if not counts:
        await change(database, "UPDATE campaign_recipient SET sent_at = NULL WHERE id = :row", row=row)
    await one.gate.feed(NOON)
    assert len(await one.gate.passes(NOON)) == int(not counts)


@pytest.mark.parametrize(
    ("state", "again"),
    [(OutboxState.SENT, False), (OutboxState.UNKNOWN, False), (OutboxState.FAILED, True), (OutboxState.SKIPPED, True)],
)
async def test_what_a_channel_answered_decides_whether_the_person_may_get_another(
    database: Database, state: OutboxState, again: bool
) -> None:
    one = await world(database)
    await one.gate.feed(NOON)
    await one.gate.settle(await one.gate.passes(NOON), state)
    assert ((await one.row())["sent_at"] is None) is again
    other = await one.rows.listed(await one.rows.message(await one.rows.campaign()), one.who, one.gate.account)
    await one.gate.feed(NOON)
    assert [ready.claimed.recipient for ready in await one.gate.passes(NOON)] == [other.row] * again


async def test_the_cap_is_one_for_all_contacts_of_a_person(database: Database) -> None:
    rows = Rows(database)
    telegram, zalo = await rows.account("telegram"), await rows.account("zalo_bot")
    first = await rows.message(await rows.campaign(), channels=("telegram",))
    second = await rows.message(await rows.campaign(), channels=("zalo_bot",))
    one = await rows.resident(first, telegram)
    two = await rows.resident(second, zalo, channel="zalo_bot", conversation=one.conversation)
    gates = [await Gate.of(rows, telegram), await Gate.of(rows, zalo)]
    # Both are fed while nothing was sent yet; the second is then judged while the first is on its way
    assert [(await gate.feed(NOON)).fed for gate in gates] == [1, 1]
    ready = await gates[0].passes(NOON)
    assert len(ready) == 1
    assert await gates[1].passes(NOON) == []
    row = await rows.row(two)
    assert (row["state"], row["reason"]) == ("pending", None)
    assert row["not_before"] == NOON + timedelta(seconds=5)
    # Once it was sent, the other one waits for another day
    await gates[0].settle(ready)
    await change(database, "UPDATE campaign_recipient SET sent_at = :at WHERE id = :row", at=NOON, row=one.row)
    await gates[1].feed(NOON + timedelta(seconds=5))
    assert await gates[1].passes(NOON + timedelta(seconds=5)) == []
    row = await rows.row(two)
    assert (row["reason"], row["not_before"]) == ("cap", local(7, 0, day=6))


async def test_of_two_messages_to_one_person_in_one_claim_the_first_goes(database: Database) -> None:
    rows = Rows(database)
    account = await rows.account()
    one = await rows.resident(await rows.message(await rows.campaign()), account)
    other = await rows.resident(await rows.message(await rows.campaign()), account, conversation=one.conversation)
    gate = await Gate.of(rows, account)
    assert (await gate.feed(NOON)).fed == 2
    [ready] = await gate.passes(NOON)
    assert ready.claimed.recipient == one.row
    assert (await rows.row(other))["state"] == "pending"


async def test_who_was_linked_meanwhile_gets_the_message_once(database: Database) -> None:
    rows = Rows(database)
    telegram, zalo = await rows.account("telegram"), await rows.account("zalo_bot")
    message = await rows.message(await rows.campaign(), channels=("telegram", "zalo_bot"))
    one = await rows.resident(message, telegram)
    two = await rows.resident(message, zalo, channel="zalo_bot")
    gates = [await Gate.of(rows, telegram, TEN), await Gate.of(rows, zalo, TEN)]
    assert [(await gate.feed(NOON)).fed for gate in gates] == [1, 1]
    await gates[0].settle(await gates[0].passes(NOON))
    for table in ("contact", "campaign_recipient"):
        statement = f"UPDATE {table} SET conversation_id = :one WHERE conversation_id = :two"  # noqa: S608
        await change(database, statement, one=one.conversation, two=two.conversation)
    await change(database, "UPDATE campaign_recipient SET sent_at = :at WHERE id = :row", at=NOON, row=one.row)
    assert await gates[1].passes(NOON) == []
    row = await rows.row(two)
    assert (row["state"], row["reason"]) == ("skipped", "same person")


@pytest.mark.parametrize("where", ["fed", "sent"])
async def test_who_talks_with_a_clerk_is_left_alone_until_then(database: Database, where: str) -> None:
    one = await world(database)
    until = NOON + timedelta(minutes=20)
    row = await judged(
        one, where, lambda: one.change("UPDATE contact SET clerk_until = :until WHERE id = :contact", until=until)
    )
    assert (row["state"], row["reason"], row["not_before"]) == ("pending", "clerk", until)
    assert (await one.gate.feed(until)).fed == 1
    assert len(await one.gate.passes(until)) == 1


@pytest.mark.parametrize("where", ["fed", "sent"])
async def test_zalos_window_opens_again_when_the_resident_writes(database: Database, where: str) -> None:
    one = await world(database, channel="zalo_oa")
    long_ago = NOON - timedelta(days=7, seconds=1)
    row = await judged(
        one, where, lambda: one.change("UPDATE contact SET last_seen_at = :seen WHERE id = :contact", seen=long_ago)
    )
    assert (row["state"], row["reason"], row["not_before"]) == ("pending", "window", NOON + timedelta(hours=6))
    assert await one.gate.ledger.wake(one.gate.account, NOON) == 0
    later = NOON + timedelta(hours=1)
    await one.change("UPDATE contact SET last_seen_at = :seen WHERE id = :contact", seen=later)
    assert await one.gate.ledger.wake(one.gate.account, NOON) == 1
    assert (await one.gate.feed(later)).fed == 1
    assert len(await one.gate.passes(later)) == 1


async def test_who_does_not_write_again_is_noted_as_out_of_the_window(database: Database) -> None:
    one = await world(database, channel="zalo_oa")
    await one.change("UPDATE contact SET last_seen_at = :seen WHERE id = :contact", seen=NOON - timedelta(days=8))
    await one.gate.feed(NOON)
    end = NOON + timedelta(hours=6)
    assert await one.gate.ledger.expire_portion(10, end - timedelta(seconds=1)) == 0
    assert await one.gate.ledger.expire_portion(10, end) == 1
    row = await one.row()
    assert (row["state"], row["reason"]) == ("skipped", "window")


async def test_a_template_goes_where_zalos_window_is_closed(database: Database) -> None:
    one = await world(database, channel="zalo_oa", channels=("zalo_oa", "zalo_oa/template"))
    await one.gate.feed(NOON)
    await one.change("UPDATE contact SET last_seen_at = :seen WHERE id = :contact", seen=NOON - timedelta(days=8))
    [ready] = await one.gate.passes(NOON)
    assert ready.part == {"text": f"{SAID} (zalo_oa/template)"}


async def test_telegram_knows_no_window(database: Database) -> None:
    one = await world(database)
    await one.change("UPDATE contact SET last_seen_at = :seen WHERE id = :contact", seen=NOON - timedelta(days=300))
    await one.gate.feed(NOON)
    assert len(await one.gate.passes(NOON)) == 1


async def test_the_variant_of_the_recipient_is_sent_where_there_is_one(database: Database) -> None:
    rows = Rows(database)
    account = await rows.account()
    message = await rows.message(await rows.campaign())
    await change(
        database,
        "INSERT INTO campaign_text (message_id, channel, variant, body) "
        "VALUES (:message, 'telegram', 'flat', '{\"text\": \"Chung cư\"}')",
        message=message,
    )
    await rows.resident(message, account, variant="flat")
    await rows.resident(message, account, variant="school")
    gate = await Gate.of(rows, account)
    await gate.feed(NOON)
    said = [one.part["text"] for one in await gate.passes(NOON)]
    assert sorted(said) == sorted(["Chung cư", f"{SAID} (telegram)"])


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize("kind", ["quiz", "drill"])
@pytest.mark.parametrize("where", ["fed", "sent"])
async def test_who_has_done_it_already_is_not_asked_to(
    database: Database, kind: str, finished: bool, where: str
) -> None:
    one = await world(database, unless=(kind, "q1"))

    async def happens() -> None:
        columns = "quiz_id, moment" if kind == "quiz" else "drill_id"
        values = "'q1', 'alone'" if kind == "quiz" else "'q1'"
        await one.change(
            f"INSERT INTO {kind}_attempt ({columns}, conversation_id, channel, total, finished_at) "  # noqa: S608
            f"VALUES ({values}, :person, 'telegram', 5, :at)",
            at=NOON if finished else None,
        )

    if finished:
        row = await judged(one, where, happens)
        assert (row["state"], row["reason"]) == ("skipped", "condition")
    else:
        await happens()
        await one.gate.feed(NOON)
        assert len(await one.gate.passes(NOON)) == 1


@pytest.mark.parametrize("answered", [True, False])
async def test_who_has_answered_an_earlier_message_is_left_out(database: Database, answered: bool) -> None:
    one = await world(database, unless=("answered", "teaser"), caps=TEN)
    teaser = await one.rows.message(one.campaign, key="teaser", stage="done")
    before = await one.rows.listed(teaser, one.who, one.gate.account)
    await change(
        database,
        "UPDATE campaign_recipient SET state = 'sent', sent_at = :sent, answered_at = :answered WHERE id = :row",
        sent=NOON - timedelta(days=1),
        answered=NOON if answered else None,
        row=before.row,
    )
    await one.gate.feed(NOON)
    assert len(await one.gate.passes(NOON)) == int(not answered)
    assert (await one.row())["reason"] == ("condition" if answered else None)


async def test_only_the_first_few_get_it_first(database: Database) -> None:
    rows = Rows(database)
    account = await rows.account()
    message = await rows.message(await rows.campaign(), stage="first")
    others = [await rows.resident(message, account) for _ in range(3)]
    first = await rows.resident(message, account, first=True)
    gate = await Gate.of(rows, account)
    assert (await gate.feed(NOON)).fed == 1
    # One of the others that stands in the outbox all the same is put back
    await change(
        database,
        "INSERT INTO outbox (account_id, key, lane, resident, recipient_id) "
        "VALUES (:account, 'campaign\\:' || :row || '\\:0', 3, :digest, :row)".replace(
            ":row ||", "CAST(:row AS text) ||"
        ),
        account=account,
        row=others[0].row,
        digest=others[0].digest,
    )
    [ready] = await gate.passes(NOON)
    assert ready.claimed.recipient == first.row
    assert (await rows.row(others[0]))["state"] == "pending"
    await change(database, "UPDATE campaign_message SET stage = 'sending' WHERE id = :message", message=message)
    assert (await gate.feed(NOON)).fed == 3


async def test_a_used_up_quota_puts_everything_back(database: Database) -> None:
    one = await world(database)
    await one.gate.feed(NOON)
    assert await one.gate.ledger.trouble(one.gate.account, NOON) is None
    await change(
        database,
        "INSERT INTO quota (account_id, kind, remaining, read_at) VALUES (:account, 'campaign', 0, :at)",
        account=one.gate.account,
        at=NOON,
    )
    assert await one.gate.passes(NOON) == []
    row = await one.row()
    assert (row["state"], row["reason"], row["not_before"]) == ("pending", "quota", NOON + timedelta(minutes=15))
    assert (await one.gate.feed(NOON + timedelta(minutes=14))).fed == 0
    assert (await one.gate.feed(NOON + timedelta(minutes=15))).fed == 1


def test_the_day_is_that_of_viet_nam() -> None:
    hours = Hours.at(local(0, 30))  # half past five in the afternoon of the day before in UTC
    assert (hours.day, hours.week) == (local(0, 0), local(0, 0) - timedelta(days=6))
    assert (hours.minute, hours.quiet, hours.opens, hours.tomorrow) == (30, True, local(7), local(7, day=6))
    assert Hours.at(NOON).opens == NOON
