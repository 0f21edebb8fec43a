"""Campaigns on their way: fed, judged and sent beside replies, by one worker and by two, through every outcome."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from bot.channels.contract import (
    Halted,
    Outcome,
    Pace,
    Permanent,
    QuotaSpent,
    Retryable,
    Stopped,
    Throttled,
    Unknown,
)
from bot.delivering import Delivering, Limits
from bot.delivery import sender as sending
from bot.delivery.campaign_gate import CampaignGate, Passed
from bot.delivery.feeder import Feeder, WebFeeder
from bot.delivery.sender import Sender
from bot.store.campaign_gate import Caps
from bot.store.campaign_ledger import Ledger, lock_gate
from bot.store.database import Database
from bot.store.outbox import Lane
from tests.bot.delivery.rig import Echo, Rig, delivered, until
from tests.fakes.channel import FakeChannel
from tests.integration.ledger_rows import NOON, SAID, Resident, Rows, local, states
from tests.integration.stored import SEALER, change, value

TEXT = f"{SAID} (fake)"


class Process:
    """One process that sends for the account, on connections of its own, with a clock that a test moves."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.now = NOON
        self.seconds = 1000.0
        self.ledger = Ledger(rig.database, SEALER, Caps())
        self.sender = self._sender()
        self.feeder = self._feeder()

    def _sender(self) -> Sender:
        gate = CampaignGate(self.rig.database, self.ledger, lambda: self.now)
        return self.rig.sender(lambda: self.seconds, gate)

    def _feeder(self) -> Feeder:
        return Feeder(
            ledger=self.ledger,
            account=self.rig.number,
            pace=self.rig.channel.pace,
            fed=lambda: None,
            clock=lambda: self.now,
        )

    async def works(self) -> None:
        """Feed and send until nothing more goes."""
        while True:
            wait = await self.feeder.step()
            await delivered(self.sender)
            if wait:
                return


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_LOOK_SECONDS", 0.02)


@pytest.fixture
async def one(database: Database, database_url: str) -> Process:
    return Process(await Rig.of(database, database_url, FakeChannel()))


@pytest.fixture
async def other(one: Process, database_url: str) -> AsyncIterator[Process]:
    """A second process on the same database and the same channel."""
    database = Database(database_url)
    yield Process(await Rig.of(database, database_url, one.rig.channel))
    await database.close()


async def residents(process: Process, number: int, **how: object) -> tuple[Rows, list[Resident]]:
    """A campaign to so many residents on the account of a process."""
    rows = Rows(process.rig.database)
    message = await rows.message(await rows.campaign(), channels=("fake",), **how)  # type: ignore[arg-type]
    return rows, [await rows.resident(message, process.rig.number, channel="fake") for _ in range(number)]


def users(who: list[Resident]) -> list[str]:
    return sorted(one.digest.hex() for one in who)


async def test_everybody_gets_it_once(one: Process) -> None:
    _, who = await residents(one, 30)
    await one.works()
    await one.works()
    assert sorted(one.rig.channel.sent) == [(user, TEXT) for user in users(who)]
    assert await states(one.rig.database) == {"sent": 30}
    assert await states(one.rig.database, "outbox") == {"sent": 30}


async def test_replies_go_ahead_whatever_waits(one: Process) -> None:
    _, who = await residents(one, 20)
    await one.feeder.step()
    await one.rig.post(who[0].digest.hex(), "trả lời")
    await one.rig.post("ai đó", "cho người khác")
    await delivered(one.sender)
    assert [text for _, text in one.rig.channel.sent[:2]] == ["trả lời", "cho người khác"]
    assert len(one.rig.channel.sent) == 22


class Broken:
    """A gate that cannot judge."""

    async def passed(self, claim: object) -> Passed | None:
        raise OperationalError("SELECT", {}, Exception("no"))

    async def spent(self, account: int) -> None:
        raise AssertionError(account)


async def test_replies_go_when_campaigns_cannot_be_judged(one: Process) -> None:
    await residents(one, 3)
    await one.feeder.step()
    await one.rig.post("a", "trả lời")
    await delivered(one.rig.sender(lambda: 0.0, Broken()))
    assert one.rig.channel.sent == [("a", "trả lời")]
    assert await states(one.rig.database) == {"pending": 3}


async def test_replies_go_while_another_sender_judges(one: Process, other: Process) -> None:
    await residents(one, 3)
    await one.feeder.step()
    await one.rig.post("a", "trả lời")
    async with other.rig.database.sessions.begin() as session:
        assert await lock_gate(session)
        assert await delivered(one.sender) == pytest.approx(0.02)  # and looks again at once
        assert one.rig.channel.sent == [("a", "trả lời")]
    await delivered(one.sender)
    assert len(one.rig.channel.sent) == 4


async def test_without_a_gate_nothing_of_a_ledger_is_sent(one: Process) -> None:
    await residents(one, 3)
    await one.feeder.step()
    await one.rig.post("a", "trả lời")
    await delivered(one.rig.sender(lambda: 0.0))
    assert one.rig.channel.sent == [("a", "trả lời")]
    assert await states(one.rig.database) == {"pending": 3}


async def test_what_happens_between_feeding_and_sending_counts(one: Process) -> None:
    rows, who = await residents(one, 3)
    await one.feeder.step()
    statement = "UPDATE subscription SET stopped_at = now() WHERE conversation_id = :who"
    await change(one.rig.database, statement, who=who[0].conversation)
    await delivered(one.sender)
    assert sorted(user for user, _ in one.rig.channel.sent) == users(who[1:])
    assert (await rows.row(who[0]))["reason"] == "no consent"
    assert await states(one.rig.database, "outbox") == {"sent": 2, "skipped": 1}


@pytest.mark.parametrize(
    ("outcome", "fate", "reason"),
    [
        (Permanent("quá dài"), "failed", "quá dài"),
        (Stopped("đã chặn"), "failed", "đã chặn"),
        (QuotaSpent("8 tin trong 48 giờ"), "failed", "8 tin trong 48 giờ"),
        (Unknown("không trả lời"), "unknown", "không trả lời"),
        (Retryable("lỗi 502"), "pending", "lỗi 502"),
        (Throttled(30.0), "pending", "throttled"),
    ],
)
async def test_an_outcome_concerns_its_recipient_alone(one: Process, outcome: Outcome, fate: str, reason: str) -> None:
    rows, who = await residents(one, 5)
    one.rig.channel.script(who[2].digest.hex(), outcome)
    await one.works()
    row = await rows.row(who[2])
    assert (row["state"], row["reason"]) == (fate, reason)
    assert await states(one.rig.database) == {"sent": 4, fate: 1}
    # What may be tried again is, and nothing else
    one.seconds += 60
    await change(one.rig.database, "UPDATE outbox SET due_at = now() WHERE state = 'waiting'")
    await one.works()
    tries = one.rig.channel.texts(who[2].digest.hex())
    assert len(tries) == (2 if fate == "pending" else 1)
    assert (await rows.row(who[2]))["state"] == ("sent" if fate == "pending" else fate)


async def test_who_blocks_gets_nothing_of_any_campaign(one: Process) -> None:
    rows, [who] = await residents(one, 1)
    one.rig.channel.script(who.digest.hex(), Stopped("đã chặn"))
    await one.works()
    message = await rows.message(await rows.campaign(), channels=("fake",))
    again = await rows.listed(message, who, one.rig.number, channel="fake")
    await one.works()
    assert (await rows.row(again))["reason"] == "left"
    assert len(one.rig.channel.sent) == 1


async def test_a_used_up_quota_fails_nobody_and_is_told(one: Process) -> None:
    await residents(one, 200)
    one.rig.channel.always(QuotaSpent("hết 1.000 tin miễn phí của tháng", whole_account=True))
    await one.works()
    assert await states(one.rig.database) == {"pending": 200}
    tried = len(one.rig.channel.sent)
    assert 0 < tried <= sending._MOST_CLAIMED  # those that were on their way when the first came back
    assert await one.ledger.trouble(one.rig.number, NOON) is not None
    # Nothing is tried until somebody resumes, or a while has passed
    await one.works()
    assert len(one.rig.channel.sent) == tried
    one.rig.channel.always(None)
    async with one.rig.database.sessions.begin() as session:
        await one.ledger.trouble_over(session)
    await change(one.rig.database, "UPDATE campaign_recipient SET not_before = NULL")
    await one.works()
    assert await states(one.rig.database) == {"sent": 200}


async def test_a_refused_account_fails_nobody_and_is_told(one: Process) -> None:
    await residents(one, 200)
    one.rig.channel.always(Halted("token hết hạn"))
    await one.works()
    assert await states(one.rig.database) == {"pending": 200}
    assert "token hết hạn" in (await one.ledger.trouble(one.rig.number, NOON) or "")
    one.rig.channel.always(None)
    one.seconds += 61
    await change(one.rig.database, "UPDATE outbox SET due_at = now() WHERE state = 'waiting'")
    await one.works()
    assert await states(one.rig.database) == {"sent": 200}
    assert await one.ledger.trouble(one.rig.number, NOON) is None


async def test_after_a_kill_only_what_was_on_its_way_is_unknown(one: Process, other: Process) -> None:
    rows, who = await residents(one, 200)
    await one.feeder.step()
    with one.rig.channel.hanging():
        await one.sender._step()  # the process dies here: no outcome is ever noted
        await asyncio.sleep(0)
        in_flight = {user for user, _ in one.rig.channel.sent}
        assert len(in_flight) == sending._MOST_CLAIMED
        await change(one.rig.database, "UPDATE account SET lease_until = now() - interval '1 second'")
        assert await one.rig.leases.hold(other.rig.number, other.rig.worker_id)
        for task in one.sender._under_way:
            task.cancel()
        await asyncio.gather(*one.sender._under_way, return_exceptions=True)
    await other.works()
    assert await states(one.rig.database) == {"unknown": len(in_flight), "sent": 200 - len(in_flight)}
    assert len(one.rig.channel.sent) == 200  # nobody twice
    for each in who:
        assert (await rows.row(each))["state"] == ("unknown" if each.digest.hex() in in_flight else "sent")


async def test_two_processes_send_everything_once(one: Process, other: Process) -> None:
    _, who = await residents(one, 300)
    for _ in range(20):
        await asyncio.gather(one.feeder.step(), other.feeder.step())
        await asyncio.gather(delivered(one.sender), delivered(other.sender))
        if one.sender.holds:  # and the account changes hands
            await one.rig.leases.leave(one.rig.number, one.rig.worker_id)
            one.sender._held_until = float("-inf")
    assert sorted(user for user, _ in one.rig.channel.sent) == users(who)
    assert await states(one.rig.database) == {"sent": 300}


async def test_what_is_not_begun_any_more_goes_back(one: Process) -> None:
    await residents(one, 5)
    await one.feeder.step()
    one.sender._stopping.set()
    await one.sender._step()
    await one.sender._settle()
    assert one.rig.channel.sent == []
    assert await states(one.rig.database) == {"pending": 5}


async def test_reports_of_delivery_reach_the_ledger(one: Process) -> None:
    rows, [who] = await residents(one, 1)
    await one.works()
    await one.rig.outbox.delivered(one.rig.number, who.digest, ["m1"])
    assert (await rows.row(who))["state"] == "delivered"
    await one.rig.outbox.read(one.rig.number, who.digest, ["m1"])
    row = await rows.row(who)
    assert row["state"] == "read"
    assert row["delivered_at"] is not None
    assert row["read_at"] is not None


async def test_erasing_while_it_waits_or_is_sent_leaves_nothing(one: Process) -> None:
    rows, who = await residents(one, 2)
    await one.feeder.step()
    await change(one.rig.database, "DELETE FROM contact WHERE id = :id", id=who[0].contact)
    await one.works()
    assert [user for user, _ in one.rig.channel.sent] == users(who[1:])
    assert (await rows.row(who[0]))["reason"] == "erased"
    # One whose contact goes while the channel is slow to take it is not tried again
    third = await rows.resident(
        await rows.message(await rows.campaign(), channels=("fake",)), one.rig.number, channel="fake"
    )
    one.rig.channel.script(third.digest.hex(), Retryable("lỗi 502"))
    await one.works()
    await change(one.rig.database, "DELETE FROM contact WHERE id = :id", id=third.contact)
    await change(one.rig.database, "UPDATE outbox SET due_at = now() WHERE state = 'waiting'")
    await one.works()
    assert (await rows.row(third))["reason"] == "erased"
    assert len(one.rig.channel.texts(third.digest.hex())) == 1


@pytest.mark.parametrize(
    ("pace", "target"), [(Pace(30), 300), (Pace(1), 20), (Pace(100, 60.0), 20), (Pace(None), 3000)]
)
async def test_some_seconds_worth_stands_in_the_outbox(
    database: Database, database_url: str, pace: Pace, target: int
) -> None:
    process = Process(await Rig.of(database, database_url, FakeChannel(pace=pace)))
    rows = Rows(database)
    message = await rows.message(await rows.campaign(), channels=("fake",))
    await rows.many(message, process.rig.number, 3500, channel="fake")
    while not await process.feeder.step():
        pass
    assert await process.ledger.fed(process.rig.number) == target
    # It is topped up once half of it is gone, or as much as is judged at once
    few = min(target // 2, 1000)
    await change(database, "DELETE FROM outbox WHERE id <= (SELECT min(id) FROM outbox) + :n", n=few - 2)
    assert await process.feeder.step() > 0
    await change(database, "DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox)")
    assert await process.feeder.step() == 0


async def test_the_feeder_wakes_who_has_written(one: Process) -> None:
    rows, [who] = await residents(one, 1)
    await one.feeder.step()
    await change(one.rig.database, "DELETE FROM outbox")
    await change(
        one.rig.database,
        "UPDATE campaign_recipient SET reason = 'window', not_before = :until",
        until=local(18),
    )
    assert await one.feeder.step() > 0  # just looked
    one.now = local(12, 1)
    statement = "UPDATE contact SET last_seen_at = :seen WHERE id = :id"
    await change(one.rig.database, statement, seen=one.now, id=who.contact)
    assert await one.feeder.step() == 0
    assert (await rows.row(who))["fed_at"] == one.now


async def test_feeding_rests_while_the_database_is_away(database_url: str) -> None:
    nowhere = Database("postgresql://postgres@127.0.0.1:1/none")

    def clock() -> datetime:
        return NOON

    ledger = Ledger(nowhere, SEALER, Caps())
    feeder = Feeder(ledger=ledger, account=1, pace=Pace(30), fed=lambda: None, clock=clock)
    assert await feeder.step() == 1.0
    assert await WebFeeder(ledger, clock).step() == 1.0
    await nowhere.close()


async def test_a_message_of_before_without_a_ledger_still_goes(one: Process) -> None:
    await one.rig.post("a", "tin cũ", Lane.CAMPAIGN)
    await delivered(one.sender)
    assert one.rig.channel.sent == [("a", "tin cũ")]
    assert isinstance(one.rig.worker_id, UUID)
    assert await value(one.rig.database, "SELECT count(*) FROM outbox WHERE sealed IS NOT NULL") == 0


@pytest.mark.parametrize("channels", [0, 1])
async def test_what_is_put_together_feeds_and_sends_by_itself(
    database: Database, database_url: str, channels: int
) -> None:
    """The page is fed with and without accounts."""
    channel = FakeChannel()
    rows = Rows(database)
    message = await rows.message(await rows.campaign(), channels=("fake", "web"))
    expected = {await rows.resident(message, None, channel="web")}
    if channels:
        account = await rows.account("fake", "1")
        expected |= {await rows.resident(message, account, channel="fake") for _ in range(5)}
    limits = Limits(at_once=1, messages_per_minute=60, burst=60, clerk_stays=timedelta())
    delivering = Delivering(
        database=database,
        url=database_url,
        sealer=SEALER,
        adapters=[channel][:channels],
        dialogue=Echo(),
        limits=limits,
        wall_clock=lambda: NOON,
        clock=time.monotonic,
    )

    async def all_sent() -> bool:
        return await states(database) == {"sent": len(expected)}

    async with delivering.running():
        await until(all_sent)
    assert len(channel.sent) == len(expected) - 1
    assert await value(database, "SELECT count(*) FROM waiting_message") == 1
