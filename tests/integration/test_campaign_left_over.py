"""What nobody would ever finish by themselves: accounts that stay away, messages that cannot begin, one day twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.campaigns import watching
from bot.campaigns.content import Plan, Repeat
from bot.campaigns.lifecycle import Act, Stage, State
from bot.store.campaign_stages import Counts, counts
from bot.store.database import Database
from tests.integration.campaigning import DAY, DUE, Bureau, plan
from tests.integration.stored import change, value

ONE_MORE = (
    "INSERT INTO campaign_member (campaign_id, conversation_id, contact_id, account_id, channel, variant)"
    " SELECT :campaign, conversation_id, id, account_id, 'telegram', 'household' FROM contact"
    " WHERE conversation_id = :person"
)


@pytest.fixture
async def bureau(database: Database, database_url: str) -> Bureau:
    return await Bureau(database, database_url).opened()


async def test_what_an_account_that_is_away_never_sent_ends_with_its_time(bureau: Bureau) -> None:
    # Given messages that were handed to an account for which nobody sends any more
    found = await bureau.sending()
    number = (await bureau.message(found.id)).id
    assert (await bureau.ledger.feed(bureau.account, 10, bureau.now)).fed == 4
    # When their time is over
    bureau.now = DUE + timedelta(hours=6)
    await bureau.work(accounts=list).watch(found.id)
    # Then they are skipped, the outbox has nothing of them, and the campaign is over
    assert await bureau.fates(number) == {"skipped: late": 4}
    assert await bureau.waiting() == 0
    assert (await bureau.stage(found.id), await bureau.state(found.id)) == (Stage.DONE, State.COMPLETED)


@pytest.mark.parametrize(("ago", "fates"), [(30, {"sending": 4}), (90, {"unknown: the sender died": 4})])
async def test_what_was_under_way_on_an_account_that_never_came_back_is_unknown(
    bureau: Bureau, ago: int, fates: dict[str, int]
) -> None:
    found = await bureau.sending()
    await bureau.ledger.feed(bureau.account, 10, bureau.now)
    await change(bureau.database, "UPDATE outbox SET state = 'sending'")
    away = "UPDATE account SET lease_until = now() - CAST(:ago AS interval)"
    await change(bureau.database, away, ago=timedelta(minutes=ago))
    await bureau.work(accounts=list).watch(found.id)
    assert await bureau.fates((await bureau.message(found.id)).id) == fates
    assert (await bureau.state(found.id) is State.COMPLETED) is (ago > 60)


async def test_a_refused_account_pauses_it_though_all_that_is_left_stands_in_its_outbox(bureau: Bureau) -> None:
    found = await bureau.sending()
    assert (await bureau.ledger.feed(bureau.account, 10, bureau.now)).fed == 4
    halting = "UPDATE account SET halted = 'khóa sai', paused_until = :until WHERE id = :account"
    await change(bureau.database, halting, until=bureau.now + timedelta(minutes=1), account=bureau.account)
    await bureau.work().watch(found.id)
    assert (await bureau.state(found.id), await bureau.waiting()) == (State.PAUSED, 0)
    assert "khóa sai" in ((await bureau.of(found.id)).reason or "")


async def test_staff_are_told_of_a_message_that_cannot_begin(bureau: Bureau) -> None:
    found = await bureau.scheduled()

    def cited(_plan: Plan, _day: date) -> Sequence[Any]:
        raise OSError("no knowledge")

    bureau.judge.cited = cited  # type: ignore[assignment, method-assign]
    for minutes, told in ((0, 0), (2, 1)):
        bureau.now = DUE + timedelta(minutes=minutes)
        with pytest.raises(OSError, match="no knowledge"):
            await bureau.work().sweep()
        assert len(bureau.told) == told
    [(matter, words)] = bureau.told
    assert matter.startswith("campaign-stuck-")
    assert "“Tin ngay” đến giờ lúc 08:00 ngày 04/10/2026 mà chưa bắt đầu gửi được" in words
    assert await bureau.stage(found.id) is Stage.WAITING


async def test_of_an_account_for_which_nobody_sends_it_is_told_that_it_is_off(bureau: Bureau) -> None:
    found = await bureau.sending()
    await change(bureau.database, "UPDATE account SET lease_until = :at", at=DUE - timedelta(days=1))
    bureau.now = DUE + timedelta(hours=6)
    await bureau.work().watch(found.id)
    assert await bureau.fates((await bureau.message(found.id)).id) == {"skipped: channel off": 4}


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_campaign_moved_by_a_day_comes_again_the_next_year_only(bureau: Bureau, days: int) -> None:
    # Given one of every 04/10 that was moved away from a Sunday
    moved = DAY + timedelta(days=days)
    await bureau.scheduled(replace(plan(repeat=Repeat(rule="ngay-04-10", ahead=30)), day=moved))
    # Then there is no second one for the same day of all
    bureau.now = DUE + timedelta(days=days)
    await bureau.work().sweep()
    assert await bureau.campaigns.listed([State.DRAFT]) == []
    # And the next year's comes in good time
    bureau.now = DUE.replace(year=2027, month=9, day=10)
    await bureau.work().sweep()
    assert [one.day for one in await bureau.campaigns.listed([State.DRAFT])] == [date(2027, 10, 4)]


@pytest.mark.parametrize("survivor", ["min", "max"])  # the one that is fed last, or first
async def test_who_was_linked_while_the_audience_was_frozen_gets_it_once(bureau: Bureau, survivor: str) -> None:
    # Given somebody with two chats who were two when the audience was read, and have become one since
    found = await bureau.sending(people=2)
    number = (await bureau.message(found.id)).id
    whose = f"(SELECT contact_id FROM campaign_recipient WHERE id = (SELECT {survivor}(id) FROM campaign_recipient))"  # noqa: S608
    one = f"(SELECT conversation_id FROM contact WHERE id = {whose})"  # noqa: S608
    await change(bureau.database, f"UPDATE contact SET conversation_id = {one}")  # noqa: S608
    # When one of them has it
    assert (await bureau.ledger.feed(bureau.account, 1, bureau.now)).fed == 1
    settled = "UPDATE outbox SET state = 'sent', settled_at = :now WHERE recipient_id IS NOT NULL"
    await change(bureau.database, settled, now=bureau.now)
    # Then the other is not sent
    await bureau.ledger.feed(bureau.account, 1, bureau.now)
    assert await bureau.fates(number) == {"sent": 1, "skipped: same person": 1}


async def test_the_next_draft_is_not_named_after_the_day_of_the_last(bureau: Bureau) -> None:
    await bureau.scheduled(plan(title="Ngày toàn dân (04/10/2026)", repeat=Repeat(rule="ngay-04-10")))
    bureau.now = DUE.replace(year=2027, month=9, day=10)
    await bureau.work().sweep()
    [line] = await bureau.campaigns.listed([State.DRAFT])
    assert (line.title, (await bureau.of(line.id)).plan.title) == ("Ngày toàn dân (04/10/2027)",) * 2
    assert "“Ngày toàn dân (04/10/2027)” cho ngày 04/10/2027" in dict(bureau.told)[f"campaign-repeat-{line.id}"]


async def test_nothing_is_kept_of_who_was_erased_while_the_audience_was_written_down(bureau: Bureau) -> None:
    # Given people who were erased while they were being frozen, so that erasing did not see their places
    found = await bureau.scheduled(people=2)
    for table in ("contact", "subscription", "conversation"):
        await change(bureau.database, f"DELETE FROM {table}")  # noqa: S608
    # When the message begins, and somebody is erased while it is being listed
    stays = await bureau.people(1)
    await change(bureau.database, ONE_MORE, person=stays[0], campaign=found.id)
    bureau.now = DUE
    number = (await bureau.message(found.id)).id
    await bureau.work().begin(number)
    for table in ("contact", "subscription", "conversation"):
        await change(bureau.database, f"DELETE FROM {table}")  # noqa: S608
    await bureau.ledger.feed(bureau.account, 10, bureau.now)
    # Then they are counted and nobody knows who they were
    assert await bureau.fates(number) == {"skipped: erased": 3}
    known = "SELECT count(*) FROM {} WHERE conversation_id IS NOT NULL OR contact_id IS NOT NULL"
    assert await value(bureau.database, known.format("campaign_recipient")) == 0
    assert await value(bureau.database, known.format("campaign_member")) == 1  # the next message finds that one


async def test_who_was_linked_while_the_audience_was_frozen_is_listed_as_who_they_are(bureau: Bureau) -> None:
    found = await bureau.scheduled(people=1)
    [now] = await bureau.people(1)
    former = "SELECT conversation_id FROM campaign_member"
    for statement in (
        f"UPDATE contact SET conversation_id = :now WHERE conversation_id = ({former})",  # noqa: S608
        f"DELETE FROM subscription WHERE conversation_id = ({former})",  # noqa: S608
        f"DELETE FROM conversation WHERE id = ({former})",  # noqa: S608
    ):
        await change(bureau.database, statement, **({"now": now} if ":now" in statement else {}))
    bureau.now = DUE
    await bureau.work().begin((await bureau.message(found.id)).id)
    assert await value(bureau.database, "SELECT conversation_id FROM campaign_recipient") == now
    assert (await bureau.ledger.feed(bureau.account, 10, bureau.now)).fed == 1


async def test_what_is_sent_again_while_it_is_counted_is_not_taken_for_done(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await bureau.sending()
    number = (await bureau.message(found.id)).id
    await bureau.settle(number, "sent", 3)
    await bureau.settle(number, "failed", 1, "lỗi")

    async def counts_then_somebody_retries(*asked: Any) -> Counts:
        counted = await counts(*asked)
        await bureau.campaigns.act(found.id, Act.RETRY, bureau.other)
        return counted

    monkeypatch.setattr(watching, "counts", counts_then_somebody_retries)
    await bureau.work().watch(found.id)
    assert (await bureau.stage(found.id), await bureau.state(found.id)) == (Stage.SENDING, State.SENDING)
    assert await bureau.fates(number) == {"sent": 3, "pending": 1}


async def test_a_cancelled_campaign_leaves_nothing_with_an_account_that_is_away(bureau: Bureau) -> None:
    found = await bureau.sending()
    await bureau.ledger.feed(bureau.account, 10, bureau.now)
    await bureau.campaigns.act(found.id, Act.CANCEL, bureau.other)
    await bureau.work(accounts=list).watch(found.id)
    assert await bureau.fates((await bureau.message(found.id)).id) == {"skipped: cancelled": 4}
    assert await bureau.waiting() == 0
