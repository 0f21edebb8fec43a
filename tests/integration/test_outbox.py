"""The outbox and its senders on a real PostgreSQL: each message once, in order, within one budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

import pytest

from bot.channels.contract import (
    Halted,
    Pace,
    Permanent,
    QuotaSpent,
    Retryable,
    Sent,
    Stopped,
    Throttled,
    Unknown,
    WindowClosed,
)
from bot.conversation.messages import Kind
from bot.delivery import sender as sending
from bot.delivery.pacing import Pacer
from bot.delivery.sender import Sender
from bot.store.database import Database
from bot.store.leases import LEASE
from bot.store.letters import Letters
from bot.store.outbox import Lane, OutboxState, Settled
from tests.bot.delivery.rig import (
    STAFF,
    Echo,
    Rig,
    answered,
    delivered,
    emptied,
    event,
    migrated,
    most_within,
    said,
    until,
)
from tests.fakes.channel import FakeChannel
from tests.integration.stored import SEALER, change, count, outcomes, value

EMPTY = {state.value: 0 for state in OutboxState}


class Clock:
    """A clock in seconds that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="module")
def module_url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
def database_url(module_url: str) -> str:
    return module_url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with emptied(database_url) as one:
        yield one


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def rig(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setattr(sending, "_LOOK_SECONDS", 0.02)
    return await Rig.of(database, database_url, FakeChannel())


@pytest.fixture
async def beside(rig: Rig, database_url: str) -> AsyncIterator[Rig]:
    """A second process on the same database and the same channel."""
    database = Database(database_url)
    yield await Rig.of(database, database_url, rig.channel)
    await database.close()


async def counts(rig: Rig) -> dict[str, int]:
    return {state: number for state, number in (await rig.outbox.counts()).items() if number}


def holding(*senders: Sender) -> list[bool]:
    return [one.holds for one in senders]


async def due_now(rig: Rig) -> None:
    await change(rig.database, "UPDATE outbox SET due_at = now()")


async def lease_ends(rig: Rig) -> None:
    await change(rig.database, "UPDATE account SET lease_until = now() - interval '1 second'")


async def posted_many(rig: Rig, messages: int, lane: Lane = Lane.CAMPAIGN) -> None:
    """Put many messages into the outbox, each to a resident of its own."""
    await rig.post("mẫu", "tin", lane, key="mẫu")
    await change(
        rig.database,
        "INSERT INTO outbox (account_id, key, lane, resident, sealed)"
        " SELECT account_id, 'c' || n, lane, decode(lpad(to_hex(n), 8, '0'), 'hex'), sealed"
        " FROM outbox, generate_series(2, :messages) AS n WHERE key = 'mẫu:0'",
        messages=messages,
    )


async def test_the_same_key_is_sent_once(rig: Rig, clock: Clock) -> None:
    await rig.post("a", "một", key="k")
    await rig.post("a", "hai", key="k")
    await outcomes(*(rig.post("a", "ba", key="l") for _ in range(5)))
    await delivered(rig.sender(clock))
    await rig.post("a", "bốn", key="k")
    await delivered(rig.sender(clock))
    assert rig.channel.texts("a") == ["một", "ba"]
    assert await value(rig.database, "SELECT count(sealed) FROM outbox") == 0


async def test_messages_to_one_resident_go_one_after_the_other(rig: Rig, clock: Clock) -> None:
    for number in range(5):
        for user in ("a", "b"):
            await rig.post(user, f"{number}")
    sender = rig.sender(clock)
    with rig.channel.hanging():
        assert await sender._step() == 0
        await asyncio.sleep(0)
        assert await sender._step() > 0  # the second waits for the outcome of the first
        assert rig.channel.sent == [("a", "0"), ("b", "0")]
    await delivered(sender)
    assert rig.channel.texts("a") == rig.channel.texts("b") == ["0", "1", "2", "3", "4"]


async def test_the_better_lane_goes_first_even_to_the_same_resident(rig: Rig, clock: Clock) -> None:
    await rig.post("a", "chiến dịch", Lane.CAMPAIGN)
    await rig.post("a", "thông báo", Lane.NOTICE)
    await rig.post("a", "trả lời")
    await rig.post("a", "khẩn cấp", kind=Kind.EMERGENCY)
    await rig.post("b", "khác")
    await delivered(rig.sender(clock))
    assert rig.channel.texts("a") == ["khẩn cấp", "trả lời", "thông báo", "chiến dịch"]
    assert rig.channel.sent[0] == ("a", "khẩn cấp")


async def test_a_reply_overtakes_a_campaign_of_a_thousand(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = FakeChannel(pace=Pace(200, 1.0))
    rig = await Rig.of(database, database_url, channel)
    await posted_many(rig, 1000)
    sender = rig.sender(time.monotonic)
    running = asyncio.create_task(sender.run())

    async def sent(some: int) -> bool:
        return len(channel.attempts) >= some

    await until(lambda: sent(10))
    before = len(channel.attempts)
    await rig.post("a", "trả lời")
    rig.bell.ring_here("outbox")

    async def reply_is_there() -> bool:
        return bool(channel.texts("a"))

    await until(reply_is_there)
    overtaken = [user for user, _ in channel.sent].index("a") - before
    sender.stop()
    await running
    assert overtaken <= 2 * 50 + 2  # what was claimed for a quarter of a second, and what went meanwhile
    assert await value(database, "SELECT count(*) FROM outbox WHERE state = 'sending'") == 0
    assert await count(database, "outbox") == 1001


async def test_two_senders_keep_one_budget(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moments are those at which each sender decides, so that a slow machine proves the same."""
    monkeypatch.setattr(sending, "_LOOK_SECONDS", 0.02)
    pace = Pace(10, 0.3)
    channel = FakeChannel(pace=pace)
    rig, other = Database(database_url), Database(database_url)
    rigs = [await Rig.of(one, database_url, channel) for one in (rig, other)]
    begun: list[float] = []
    took = Pacer.took

    def noting(pacer: Pacer, resident: bytes, **options: Any) -> Any:
        begun.append(time.monotonic())
        return took(pacer, resident, **options)

    monkeypatch.setattr(Pacer, "took", noting)
    await posted_many(rigs[0], 45, Lane.REPLY)
    senders = [one.sender(time.monotonic) for one in rigs]
    running = [asyncio.create_task(one.run()) for one in senders]

    async def attempts(some: int) -> bool:
        return len(channel.attempts) >= some

    await until(lambda: attempts(15))
    assert [one.holds for one in senders].count(True) == 1
    first = 0 if senders[0].holds else 1
    senders[first].stop()  # in the middle of a window the other one takes over
    await running[first]
    await until(lambda: attempts(45))
    senders[1 - first].stop()
    await running[1 - first]
    assert len(channel.attempts) == len(begun) == 45
    assert most_within(begun, pace.seconds) <= 10
    assert await rigs[0].outbox.counts() == {**EMPTY, "sent": 45}
    await rig.close()
    await other.close()


async def test_who_takes_over_waits_no_longer_than_the_pace_asks(
    database: Database, database_url: str, clock: Clock
) -> None:
    """A limit for a minute must not silence the account for a minute at each restart."""
    channel = FakeChannel(pace=Pace(3, 60.0))
    rig = await Rig.of(database, database_url, channel)
    await rig.post("a", "một")
    first = rig.sender(clock)
    await delivered(first)
    first.stop()
    await first.run()
    for user in "bcdef":
        await rig.post(user, "một")
    second = rig.sender(clock)
    for _ in range(4):
        await second._step()
        clock.seconds += 1
    await asyncio.sleep(0)
    assert len(channel.attempts) == 3  # one before, two after
    await second._settle()


async def test_only_one_holds_and_the_other_takes_over_when_it_dies(rig: Rig, beside: Rig, clock: Clock) -> None:
    # Given a sender that dies with a message under way
    answer = asyncio.Event()
    rig.channel.script("a", answer)
    await rig.post("a", "một")
    await rig.post("a", "hai")
    dying, other = rig.sender(clock), beside.sender(clock)
    await dying._step()
    await asyncio.sleep(0)
    assert holding(dying, other) == [True, False]
    await rig.post("b", "khác")
    # When its lease has not ended, the other one sends nothing
    await delivered(other)
    assert holding(other) == [False]
    assert await beside.outbox.claim(beside.number, beside.worker_id, 10) == []
    # Then it takes over, and what was perhaps sent is never sent again
    await lease_ends(rig)
    await delivered(other)
    assert holding(other) == [True]
    assert rig.channel.texts("a") == ["một", "hai"]
    assert await counts(rig) == {"unknown": 1, "sent": 2}
    # When the first was only slow, what it knows still counts
    answer.set()
    await asyncio.wait(dying._under_way)
    await dying._settle()
    assert await counts(rig) == {"sent": 3}
    clock.seconds += LEASE.total_seconds()
    await delivered(dying)
    assert holding(dying) == [False]


async def test_only_who_sent_an_unknown_message_may_still_tell_of_it(rig: Rig) -> None:
    await rig.leases.hold(rig.number, rig.worker_id)
    await rig.post("a", "một")
    [claimed] = await rig.outbox.claim(rig.number, rig.worker_id, 1)
    await lease_ends(rig)
    lease = await rig.leases.hold(rig.number, uuid4())
    assert lease is not None
    assert (lease.taken_over, lease.abandoned) == (True, 1)
    assert await rig.outbox.settle(uuid4(), [Settled(claimed.id, OutboxState.SENT)]) == 0
    assert await counts(rig) == {"unknown": 1}
    assert await rig.outbox.settle(rig.worker_id, [Settled(claimed.id, OutboxState.SENT, None, "m9")]) == 1
    assert await counts(rig) == {"sent": 1}
    assert await value(rig.database, "SELECT message FROM outbox") == "m9"


async def test_nobody_else_settles_what_a_sender_has_under_way(rig: Rig) -> None:
    await rig.leases.hold(rig.number, rig.worker_id)
    await rig.post("a", "một")
    [claimed] = await rig.outbox.claim(rig.number, rig.worker_id, 1)
    assert await rig.outbox.settle(uuid4(), [Settled(claimed.id, OutboxState.SENT)]) == 0
    assert await rig.outbox.skip(rig.number, rig.digest("a"), "left") == 0
    assert await counts(rig) == {"sending": 1}


async def test_what_was_claimed_and_not_begun_is_given_back_when_a_sender_stops(
    database: Database, database_url: str
) -> None:
    rig = await Rig.of(database, database_url, FakeChannel(pace=Pace(20, 1.0)))
    await posted_many(rig, 30)
    sender = rig.sender(time.monotonic)
    running = asyncio.create_task(sender.run())

    async def some() -> bool:
        return bool(rig.channel.attempts)

    await until(some)
    sender.stop()
    await running
    assert await value(database, "SELECT count(*) FROM outbox WHERE state = 'sending'") == 0
    assert await value(database, "SELECT count(*) FROM outbox WHERE state = 'sent'") == len(rig.channel.attempts)
    assert await value(database, "SELECT max(tries) FROM outbox WHERE state = 'waiting'") == 0
    assert await value(database, "SELECT sender IS NULL FROM account")


async def test_an_outcome_that_is_just_being_noted_is_not_lost_when_a_sender_stops(
    rig: Rig, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, begun, first = rig.outbox.settle, asyncio.Event(), iter([True])

    async def slowly(*arguments: Any) -> int:
        begun.set()
        if next(first, False):
            await asyncio.Event().wait()
        return await settle(*arguments)

    monkeypatch.setattr(rig.outbox, "settle", slowly)
    await rig.post("a", "một")
    sender = rig.sender(clock)
    running = asyncio.create_task(sender.run())
    await begun.wait()
    sender.stop()
    await running
    assert await counts(rig) == {"sent": 1}


async def test_an_account_that_is_paused_gives_back_what_it_has_claimed(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next sender would take what surely was not sent for perhaps sent."""
    rig = await Rig.of(database, database_url, FakeChannel(pace=Pace(40, 1.0)))
    rig.channel.always(Throttled(30, whole_account=True))
    await posted_many(rig, 10, Lane.REPLY)
    sender = rig.sender(time.monotonic)
    await sender._step()
    await asyncio.wait(sender._under_way) if sender._under_way else None
    await sender._settle()
    assert len(rig.channel.attempts) < 10
    assert await counts(rig) == {"waiting": 10}
    assert await sender._step() > 0
    lease = await rig.leases.hold(rig.number, rig.worker_id)
    assert lease is not None
    assert 25 < lease.paused <= 30


async def test_a_sender_with_its_hands_full_keeps_the_account(
    rig: Rig, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_MOST_UNDER_WAY", 2)
    monkeypatch.setattr(sending, "_RENEW_SECONDS", 0.01)
    await posted_many(rig, 3, Lane.REPLY)
    sender = rig.sender(clock)
    with rig.channel.hanging():
        await sender._step()
        assert len(sender._under_way) == 2
        ends = "SELECT lease_until FROM account"
        before = await value(rig.database, ends)
        clock.seconds += 2
        async with asyncio.timeout(10):
            assert await sender._step() == 0
            assert await sender._step() == 0
        assert await value(rig.database, ends) > before
        assert sender.holds
    await delivered(sender)
    assert await counts(rig) == {"sent": 3}


async def test_all_that_waits_is_skipped_when_a_resident_blocks_us(rig: Rig, clock: Clock) -> None:
    for text in ("một", "hai", "ba"):
        await rig.post("a", text)
    await rig.post("b", "khác")
    await rig.contacts.met(rig.number, rig.digest("a"), "a")
    rig.channel.script("a", Stopped("blocked"))
    await delivered(rig.sender(clock))
    assert rig.channel.texts("a") == ["một"]
    assert await counts(rig) == {"failed": 1, "skipped": 2, "sent": 1}
    assert await value(rig.database, "SELECT stopped_at IS NOT NULL FROM contact")
    assert await value(rig.database, "SELECT count(sealed) FROM outbox") == 0


async def test_what_is_under_way_when_a_resident_leaves_does_not_wait_again(rig: Rig, clock: Clock) -> None:
    await rig.post("a", "một")
    await rig.take(event("a"))
    await answered(rig.worker())
    rig.channel.script("a", Throttled(0))
    sender = rig.sender(clock)
    with rig.channel.hanging():
        await sender._step()
        await rig.contacts.stop(rig.number, rig.digest("a"))
        await rig.outbox.skip(rig.number, rig.digest("a"), "left")
    await delivered(sender)
    assert len(rig.channel.attempts) == 1
    assert await counts(rig) == {"skipped": 2}


async def test_a_throttled_resident_holds_up_nobody_else(rig: Rig, clock: Clock) -> None:
    rig.channel.script("a", Throttled(5))
    for user in ("a", "b", "c"):
        await rig.post(user, "một")
        await rig.post(user, "hai")
    sender = rig.sender(clock)
    await delivered(sender)
    assert rig.channel.texts("b") == rig.channel.texts("c") == ["một", "hai"]
    assert rig.channel.texts("a") == ["một"]
    await due_now(rig)
    await delivered(sender)
    assert rig.channel.texts("a") == ["một"]  # still held, although it is due
    clock.seconds += 5.1
    await delivered(sender)
    assert rig.channel.texts("a") == ["một", "một", "hai"]
    assert await counts(rig) == {"sent": 6}


async def test_two_throttled_residents_soon_after_each_other_pause_the_account(rig: Rig, clock: Clock) -> None:
    for user in ("a", "b"):
        rig.channel.script(user, Throttled(9))
        await rig.post(user, "một")
    sender = rig.sender(clock)
    await delivered(sender)
    await rig.post("c", "một")
    assert await delivered(sender) > 0
    assert rig.channel.texts("c") == []
    lease = await rig.leases.hold(rig.number, rig.worker_id)
    assert lease is not None
    assert 5 < lease.paused <= 9
    clock.seconds += 9
    await due_now(rig)
    await delivered(sender)
    assert await counts(rig) == {"sent": 3}


async def test_two_throttled_long_after_each_other_do_not(rig: Rig, clock: Clock) -> None:
    sender = rig.sender(clock)
    for user in ("a", "b"):
        rig.channel.script(user, Throttled(9))
        await rig.post(user, "một")
        await delivered(sender)
        clock.seconds += 2.5
    await rig.post("c", "một")
    await delivered(sender)
    assert rig.channel.texts("c") == ["một"]


async def test_a_refused_account_rests_tells_staff_once_and_is_healed_by_a_success(rig: Rig, clock: Clock) -> None:
    rig.channel.always(Halted("token bị từ chối"))
    await rig.post("a", "một")
    sender = rig.sender(clock)
    for _ in range(10):  # more often than a message may fail
        await delivered(sender)
        await due_now(rig)
        clock.seconds += 60
    assert await rig.leases.halted() == {"fake:1": "token bị từ chối"}
    assert (await counts(rig))["waiting"] == 2
    rig.channel.always(None)
    rig.channel.script("a", Retryable("502"))
    await delivered(sender)
    await due_now(rig)
    await delivered(sender)
    assert rig.channel.texts("a")[-1] == "một"
    assert await counts(rig) == {"sent": 2}
    assert len(set(rig.channel.texts(STAFF))) == 1
    assert await rig.leases.halted() == {}


async def test_an_account_that_was_refused_is_healed_by_the_next_program_too(
    rig: Rig, beside: Rig, clock: Clock
) -> None:
    """Whoever has set a new token starts the program anew."""
    rig.channel.script("a", Halted("token bị từ chối"))
    await rig.post("a", "một")
    first = rig.sender(clock)
    await delivered(first)
    first.stop()
    await first.run()
    await change(rig.database, "UPDATE account SET paused_until = now()")
    await due_now(rig)
    await delivered(beside.sender(clock))
    assert await counts(rig) == {"sent": 2}
    assert await rig.leases.halted() == {}


async def test_what_may_well_work_is_tried_again_and_fails_at_last(rig: Rig, clock: Clock) -> None:
    rig.channel.always(Retryable("502"))
    await rig.post("a", "một")
    await rig.post("a", "hai")
    sender = rig.sender(clock)
    for number in range(8):
        await delivered(sender)
        if number < 7:
            assert await value(rig.database, "SELECT due_at > now() FROM outbox ORDER BY id LIMIT 1")
            assert await value(rig.database, "SELECT tries FROM outbox ORDER BY id LIMIT 1") == number + 1
        rig.channel.always(None if number == 6 else Retryable("502"))
        rig.channel.script("a", *[Retryable("502")] * (number == 6))
        await change(rig.database, "UPDATE outbox SET due_at = now() WHERE id = 1")
    assert await counts(rig) == {"failed": 1, "sent": 1}
    assert rig.channel.texts("a") == ["một"] * 8 + ["hai"]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Unknown("no answer in 15 s"), "unknown"),
        (TimeoutError(), "unknown"),
        (RuntimeError("của adapter"), "unknown"),
        (Permanent("bad"), "failed"),
        (WindowClosed("48 hours"), "failed"),
        (QuotaSpent("month"), "failed"),
        (Sent(None), "sent"),
    ],
)
async def test_what_is_over_is_never_sent_again(rig: Rig, clock: Clock, outcome: Any, state: str) -> None:
    rig.channel.script("a", outcome)
    await rig.post("a", "một")
    await rig.post("a", "hai")
    sender = rig.sender(clock)
    await delivered(sender)
    await due_now(rig)
    await delivered(sender)
    assert rig.channel.texts("a") == ["một", "hai"]
    expected = {"sent": 2} if state == "sent" else {state: 1, "sent": 1}
    assert await counts(rig) == expected
    assert await value(rig.database, "SELECT count(sealed) FROM outbox") == 0


async def test_a_message_that_cannot_be_read_holds_nothing_up(rig: Rig, clock: Clock) -> None:
    await rig.post("a", "một")
    await rig.post("a", "hai")
    await change(rig.database, "UPDATE outbox SET sealed = 'x' WHERE id = 1")
    await delivered(rig.sender(clock))
    assert await counts(rig) == {"failed": 1, "sent": 1}
    assert rig.channel.texts("a") == ["hai"]


async def test_a_database_that_goes_away_costs_no_outcome(
    rig: Rig, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, refusals = rig.outbox.settle, iter(range(3))

    async def refusing(*arguments: Any) -> int:
        if next(refusals, None) is not None:
            raise ConnectionRefusedError
        return await settle(*arguments)

    monkeypatch.setattr(rig.outbox, "settle", refusing)
    await rig.post("a", "một")
    sender = rig.sender(clock)
    running = asyncio.create_task(sender.run())

    async def is_sent() -> bool:
        return await counts(rig) == {"sent": 1}

    await until(is_sent)
    sender.stop()
    await running
    assert rig.channel.texts("a") == ["một"]


async def test_a_reply_to_an_unfinished_line_is_taken_back_with_what_was_kept_of_it(rig: Rig, clock: Clock) -> None:
    # Given a line that nobody could answer, which was kept for officials
    letters = Letters(rig.database, SEALER)
    dialogue = rig.dialogue
    assert isinstance(dialogue, Echo)

    async def respond(message: Any) -> Any:
        if message.text in {"nhà em", "câu lạ"}:
            await letters.keep_unanswered(message.conversation, "fake", message.text, [])
            return said("Chưa rõ", Kind.ABSTAIN, unfinished=True)
        return said(f"↩ {message.text}")

    dialogue.respond_with = respond
    await rig.take(event("b", "câu lạ"))
    await rig.take(event("a", "nhà em"))
    await answered(rig.worker())
    sender = rig.sender(clock)
    await delivered(sender)
    assert rig.channel.attempts == []  # it waits a moment
    assert await count(rig.database, "letter") == 2
    # When the next line comes in time
    await rig.take(event("a", "bị rò gas"))
    await answered(rig.worker())
    await due_now(rig)
    await delivered(sender)
    # Then only that is answered, and nothing else was taken back
    assert rig.channel.texts("a") == ["↩ bị rò gas"]
    assert rig.channel.texts("b") == ["Chưa rõ"]
    assert [one.text for one in await letters.every()] == ["câu lạ"]
    # And a reply that is on its way stays
    await rig.take(event("b", "thế thôi"))
    await answered(rig.worker())
    assert await count(rig.database, "letter") == 1


async def test_deliveries_and_readings_are_noted_for_the_own_messages(rig: Rig, clock: Clock) -> None:
    await rig.post("a", "một")
    await delivered(rig.sender(clock))
    account, resident = rig.number, rig.digest("a")
    await rig.outbox.delivered(account, rig.digest("b"), ["m1"])
    assert await value(rig.database, "SELECT delivered_at IS NULL FROM outbox")
    await rig.outbox.delivered(account, resident, ["m1", "m2"])
    at = await value(rig.database, "SELECT delivered_at FROM outbox")
    assert at is not None
    await rig.outbox.delivered(account, resident, ["m1"])
    assert await value(rig.database, "SELECT delivered_at FROM outbox") == at
    assert await value(rig.database, "SELECT read_at IS NULL FROM outbox")
    await rig.outbox.read(account, resident, ["m1"])
    assert await value(rig.database, "SELECT read_at IS NOT NULL FROM outbox")


async def test_a_hundred_residents_keep_their_order_through_failures(rig: Rig, clock: Clock) -> None:
    for number in range(3):
        for user in range(30):
            await rig.post(f"u{user}", f"{number}")
    for user in range(0, 30, 3):
        rig.channel.script(f"u{user}", Retryable("502"))
    sender = rig.sender(clock)
    for _ in range(3):
        await delivered(sender)
        await due_now(rig)
    assert await counts(rig) == {"sent": 90}
    for user in range(30):
        assert [text for text, _ in groupby(rig.channel.texts(f"u{user}"))] == ["0", "1", "2"]


async def test_what_waits_for_later_is_not_sent_before(rig: Rig, clock: Clock) -> None:
    await rig.post("a", "sau")
    await change(rig.database, "UPDATE outbox SET due_at = now() + :later", later=timedelta(hours=1))
    await delivered(rig.sender(clock))
    assert rig.channel.attempts == []
    assert await rig.outbox.claim(rig.number, rig.worker_id, 5) == []
