"""What is watched while a campaign is sent: the first few, the stop rules, accounts, time, and the end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.campaigns.content import Moment, Repeat, StopRules
from bot.campaigns.lifecycle import Act, Stage, State
from bot.store.campaign_queue import WATCH
from bot.store.campaign_records import Campaign
from bot.store.database import Database
from tests.integration.campaigning import DUE, FIRST, LAW, Bureau, message, plan
from tests.integration.stored import change, count, outcomes, value

RULES = StopRules(failed=10.0, stopped=3.0, complained=0.5, least=20)


@pytest.fixture
async def bureau(database: Database, database_url: str) -> Bureau:
    return await Bureau(database, database_url).opened()


async def one(bureau: Bureau, found: Campaign) -> int:
    return (await bureau.message(found.id)).id


async def first_sent(bureau: Bureau, people: int = 10, **first: Any) -> Campaign:
    """A campaign whose first few have it and are watched."""
    found = await bureau.sending(plan(first=replace(FIRST, **first), stop_rules=RULES), people)
    await bureau.settle(await one(bureau, found), "sent")
    await bureau.work().watch(found.id)
    assert await bureau.stage(found.id) is Stage.WATCHING
    return found


async def marked(bureau: Bureau, column: str, most: int) -> None:
    """Let so many of those who were sent a message have stopped, or complained."""
    marking = f"UPDATE campaign_recipient SET {column} = :now WHERE id IN (SELECT id FROM campaign_recipient"  # noqa: S608
    await change(
        bureau.database, f"{marking} WHERE sent_at IS NOT NULL ORDER BY id LIMIT :most)", now=bureau.now, most=most
    )


async def test_it_is_complete_only_when_nothing_is_pending(bureau: Bureau) -> None:
    found = await bureau.sending(people=3)
    number = await one(bureau, found)
    await bureau.settle(number, "sent", 1)
    await bureau.work().watch(found.id)
    assert await bureau.stage(found.id) is Stage.SENDING
    await bureau.settle(number, "sending", 1)
    await bureau.settle(number, "skipped", 1, "left")
    await bureau.work().watch(found.id)
    assert await bureau.state(found.id) is State.SENDING
    await change(bureau.database, "UPDATE campaign_recipient SET state = 'unknown' WHERE state = 'sending'")
    await bureau.work().watch(found.id)
    done = await bureau.of(found.id)
    assert (done.state, done.ended_at, await bureau.stage(found.id)) == (State.COMPLETED, DUE, Stage.DONE)


async def test_it_is_not_complete_while_another_message_waits(bureau: Bureau) -> None:
    found = await bureau.sending(plan(message(), message("sau", when=Moment(days=1))))
    await bureau.settle(await one(bureau, found), "sent")
    await bureau.work().watch(found.id)
    assert (await bureau.stage(found.id), await bureau.state(found.id)) == (Stage.DONE, State.SENDING)
    assert await bureau.queued(WATCH) == 1


async def test_two_who_watch_at_once_move_it_on_once(bureau: Bureau) -> None:
    found = await bureau.sending()
    await bureau.settle(await one(bureau, found), "sent")
    assert await outcomes(*(bureau.work().watch(found.id) for _ in range(4))) == [None] * 4
    acts = await bureau.acts(found.id)
    assert (acts.count("message_done"), acts.count("complete")) == (1, 1)


async def test_the_first_few_get_it_first_and_the_others_after_the_watch(bureau: Bureau) -> None:
    found = await first_sent(bureau)
    bureau.later(minutes=29)
    await bureau.work().watch(found.id)
    assert await bureau.stage(found.id) is Stage.WATCHING
    bureau.later(minutes=1)
    await bureau.work().watch(found.id)
    assert await bureau.stage(found.id) is Stage.SENDING
    assert await bureau.state(found.id) is State.SENDING
    assert bureau.told == []


async def test_the_first_few_are_not_waited_for_when_they_may_wait_for_days(bureau: Bureau) -> None:
    found = await bureau.sending(plan(first=FIRST), 4)
    waits = "UPDATE campaign_recipient SET reason = :why, not_before = :at WHERE first"
    await change(bureau.database, waits, why="quiet hours", at=DUE)
    await bureau.work().watch(found.id)
    assert await bureau.stage(found.id) is Stage.FIRST
    await change(bureau.database, waits, why="cap", at=DUE + timedelta(days=1))
    await bureau.work().watch(found.id)
    assert await bureau.stage(found.id) is Stage.WATCHING


async def test_a_person_lets_the_others_have_it_where_the_author_wanted_that(bureau: Bureau) -> None:
    found = await first_sent(bureau, alone=False)
    bureau.later(minutes=30)
    await bureau.work().watch(found.id)
    paused = await bureau.of(found.id)
    assert (paused.state, await bureau.stage(found.id)) == (State.PAUSED, Stage.WATCHING)
    assert paused.reason == (
        "Tin “Tin ngay” đã gửi xong cho nhóm đầu và hết thời gian theo dõi. Chờ người phụ trách cho gửi tiếp."
    )
    assert len(bureau.told) == 1
    await bureau.campaigns.act(found.id, Act.RESUME, bureau.approver, version=paused.version)
    assert (await bureau.stage(found.id), await bureau.state(found.id)) == (Stage.SENDING, State.SENDING)
    await bureau.work().watch(found.id)
    assert await bureau.state(found.id) is State.SENDING


async def test_a_pause_during_the_watch_does_not_shorten_it(bureau: Bureau) -> None:
    found = await first_sent(bureau)
    await bureau.campaigns.act(found.id, Act.PAUSE, bureau.other)
    await bureau.campaigns.act(found.id, Act.RESUME, bureau.other)
    assert await bureau.stage(found.id) is Stage.WATCHING


async def test_after_a_pause_during_the_watch_the_rules_hold_still(bureau: Bureau) -> None:
    # Given the first few who are watched, a pause, and nobody who got the message since
    found = await first_sent(bureau)
    await bureau.campaigns.act(found.id, Act.PAUSE, bureau.other)
    bureau.later(minutes=1)
    await bureau.campaigns.act(found.id, Act.RESUME, bureau.other)

    # When one of them complains
    bureau.later(minutes=1)
    await marked(bureau, "complained_at", 1)
    await bureau.work().watch(found.id)

    # Then it stops before the others get it
    assert (await bureau.state(found.id), await bureau.stage(found.id)) == (State.PAUSED, Stage.WATCHING)


async def test_the_first_few_are_not_waited_for_on_an_account_that_nobody_sends_for(bureau: Bureau) -> None:
    # Given a campaign on two channels, one of which has been taken out of the settings since
    found = await bureau.sending(plan(first=FIRST), 4)
    await change(bureau.database, "INSERT INTO account (channel, name, lease_until) VALUES ('zalo_bot', '2', now())")
    await change(
        bureau.database,
        "UPDATE campaign_recipient SET account_id = (SELECT id FROM account WHERE channel = 'zalo_bot')"
        " WHERE id = (SELECT min(id) FROM campaign_recipient WHERE first)",
    )

    # When the first few on the other channel have it
    await change(
        bureau.database,
        "UPDATE campaign_recipient SET state = 'sent', sent_at = :now, settled_at = :now"
        " WHERE first AND account_id = :one",
        now=bureau.now,
        one=bureau.account,
    )
    await bureau.work().watch(found.id)

    # Then they are watched, and staff are told of who waits
    assert await bureau.stage(found.id) is Stage.WATCHING
    assert [matter for matter, _ in bureau.told] == [f"campaign-unserved-{found.id}"]
    assert "1 người đang chờ trên một kênh không còn được cấu hình" in bureau.told[0][1]


async def test_one_complaint_among_the_first_few_is_enough(bureau: Bureau) -> None:
    found = await first_sent(bureau)
    await marked(bureau, "complained_at", 1)
    await bureau.work().watch(found.id)
    paused = await bureau.of(found.id)
    assert (paused.state, await bureau.stage(found.id)) == (State.PAUSED, Stage.WATCHING)
    assert paused.reason == "20% báo tin không đúng (1/5 tin đã gửi, giới hạn 0,5%)."
    assert bureau.told[0][1].startswith("Chiến dịch “Ngày 04/10” đã tự tạm dừng. Lý do: 20% báo tin không đúng")


async def test_first_few_of_nobody_are_for_a_person_to_decide(bureau: Bureau) -> None:
    found = await bureau.sending(plan(first=FIRST), 4)
    await change(bureau.database, "UPDATE campaign_recipient SET first = false")
    await bureau.work().watch(found.id)
    assert "không có ai" in ((await bureau.of(found.id)).reason or "")
    await bureau.campaigns.act(found.id, Act.RESUME, bureau.other)
    bureau.later(minutes=30)
    await bureau.work().watch(found.id)
    assert await bureau.stage(found.id) is Stage.SENDING


@pytest.mark.parametrize(
    ("failed", "stopped", "complained", "reason"),
    [
        (4, 0, 0, "10% gửi không được (4/40 tin đã gửi, giới hạn 10%)."),
        (0, 2, 0, "5% dừng nhận hoặc chặn sau khi nhận tin (2/40 tin đã gửi, giới hạn 3%)."),
        (0, 0, 1, "2,5% báo tin không đúng (1/40 tin đã gửi, giới hạn 0,5%)."),
        (3, 1, 0, None),
    ],
)
async def test_the_rules_pause_it(
    bureau: Bureau, failed: int, stopped: int, complained: int, reason: str | None
) -> None:
    found = await bureau.sending(plan(stop_rules=RULES), 50)
    number = await one(bureau, found)
    await bureau.settle(number, "failed", failed, "lỗi")
    await bureau.settle(number, "sent", 40 - failed)
    await marked(bureau, "stopped_at", stopped)
    await marked(bureau, "complained_at", complained)
    await bureau.work().watch(found.id)
    paused = await bureau.of(found.id)
    assert (paused.state, paused.reason) == (State.PAUSED if reason else State.SENDING, reason)


async def test_the_rules_wait_until_enough_were_tried_and_count_anew_after_a_pause(bureau: Bureau) -> None:
    found = await bureau.sending(plan(stop_rules=RULES), 60)
    number = await one(bureau, found)
    await bureau.settle(number, "failed", 19, "lỗi")
    await bureau.work().watch(found.id)
    assert await bureau.state(found.id) is State.SENDING
    await bureau.settle(number, "failed", 1, "lỗi")
    await bureau.work().watch(found.id)
    assert await bureau.state(found.id) is State.PAUSED
    # When a person lets it go on, what was counted before does not stop it again
    bureau.later(minutes=5)
    await bureau.campaigns.act(found.id, Act.RESUME, bureau.other)
    await bureau.settle(number, "sent", 20)
    await bureau.work().watch(found.id)
    assert await bureau.state(found.id) is State.SENDING
    await bureau.settle(number, "failed", 5, "lỗi")
    await bureau.work().watch(found.id)
    assert await bureau.state(found.id) is State.PAUSED


async def test_a_used_up_quota_pauses_it_where_something_waits_for_it(bureau: Bureau) -> None:
    found = await bureau.sending()
    await bureau.ledger.feed(bureau.account, 2, bureau.now)
    await bureau.ledger.spent(bureau.account, bureau.now)
    await bureau.work(accounts=list).watch(found.id)
    assert await bureau.state(found.id) is State.SENDING
    await bureau.work().watch(found.id)
    paused = await bureau.of(found.id)
    assert paused.state is State.PAUSED
    assert "hạn mức" in (paused.reason or "").lower()
    assert [matter for matter, _ in bureau.told] == [
        f"campaign-unserved-{found.id}",
        f"campaign-paused-{found.id}-{paused.version}",
    ]
    assert await bureau.fates(await one(bureau, found)) == {"pending": 4}
    # And who lets it go on has it tried anew
    await bureau.campaigns.act(found.id, Act.RESUME, bureau.other)
    await bureau.work().watch(found.id)
    assert await bureau.state(found.id) is State.SENDING


async def test_what_is_not_sent_in_time_is_skipped_and_the_campaign_ends(bureau: Bureau) -> None:
    found = await bureau.sending()
    number = await one(bureau, found)
    await bureau.settle(number, "sent", 1)
    await change(
        bureau.database,
        "UPDATE campaign_recipient SET reason = 'window', not_before = :at WHERE id ="
        " (SELECT max(id) FROM campaign_recipient)",
        at=DUE + timedelta(hours=6),
    )
    bureau.now = DUE + timedelta(hours=6)
    await bureau.work().watch(found.id)
    assert await bureau.fates(number) == {"sent": 1, "skipped: late": 2, "skipped: window": 1}
    assert (await bureau.stage(found.id), await bureau.state(found.id)) == (Stage.DONE, State.COMPLETED)


async def test_the_first_few_do_not_outlast_the_time_of_the_message(bureau: Bureau) -> None:
    found = await first_sent(bureau)
    bureau.now = DUE + timedelta(hours=6)
    await bureau.work().watch(found.id)
    assert await bureau.fates(await one(bureau, found)) == {"sent": 5, "skipped: late": 5}
    assert (await bureau.stage(found.id), await bureau.state(found.id)) == (Stage.DONE, State.COMPLETED)


async def test_what_a_pause_outlasts_is_skipped_though_it_is_paused(bureau: Bureau) -> None:
    found = await bureau.sending()
    await bureau.campaigns.act(found.id, Act.PAUSE, bureau.other)
    bureau.now = DUE + timedelta(hours=7)
    await bureau.work().sweep()
    assert await bureau.fates(await one(bureau, found)) == {"skipped: late": 4}
    await bureau.campaigns.act(found.id, Act.RESUME, bureau.other)
    await bureau.work().watch(found.id)
    assert await bureau.state(found.id) is State.COMPLETED


async def test_what_is_pending_when_it_is_cancelled_is_skipped(bureau: Bureau) -> None:
    found = await bureau.sending(people=5)
    number = await one(bureau, found)
    await bureau.settle(number, "sent", 1)
    await bureau.ledger.feed(bureau.account, 2, bureau.now)
    await bureau.campaigns.act(found.id, Act.CANCEL, bureau.other)
    assert (await bureau.waiting(), await bureau.stage(found.id)) == (0, Stage.STOPPED)
    await bureau.work().watch(found.id)
    assert await bureau.fates(number) == {"sent": 1, "skipped: cancelled": 4}
    assert await bureau.state(found.id) is State.CANCELLED


async def test_the_sweep_finds_what_a_lost_queue_left_of_a_cancelled_campaign(bureau: Bureau) -> None:
    found = await bureau.sending()
    await bureau.campaigns.act(found.id, Act.CANCEL, bureau.other)
    await bureau.queue_lost()
    await bureau.jobs().once()
    assert await bureau.fates(await one(bureau, found)) == {"skipped: cancelled": 4}


async def test_who_cancels_wins_against_the_watch(bureau: Bureau) -> None:
    # Given a campaign that is about to be complete
    found = await bureau.sending()
    await bureau.settle(await one(bureau, found), "sent")
    # When it is watched and cancelled at the same moment, again and again
    cancelling = bureau.campaigns.act(found.id, Act.CANCEL, bureau.other)
    results = await asyncio.gather(
        bureau.work().watch(found.id), cancelling, bureau.work().watch(found.id), return_exceptions=True
    )
    # Then either it was complete before, or it is cancelled and stays so
    cancelled = isinstance(results[1], Campaign)
    assert await bureau.state(found.id) is (State.CANCELLED if cancelled else State.COMPLETED)
    await bureau.work().watch(found.id)
    await bureau.work().sweep()
    assert await bureau.state(found.id) is (State.CANCELLED if cancelled else State.COMPLETED)


async def test_what_is_scheduled_for_later_is_not_looked_at_all_the_time(bureau: Bureau) -> None:
    found = await bureau.scheduled()
    await bureau.work().watch(found.id)
    assert await bureau.queued(WATCH) == 0


async def test_the_more_a_look_costs_the_seldomer_it_comes(bureau: Bureau) -> None:
    found = await bureau.sending()
    await bureau.queue_lost()
    ticks = iter([0.0, 6.0])
    await bureau.work(lasted=lambda: next(ticks)).watch(found.id)
    waits = "SELECT EXTRACT(epoch FROM scheduled_at - now()) FROM jobs.procrastinate_jobs"
    assert 55 < float(await value(bureau.database, waits)) <= 60


async def test_the_next_draft_is_there_in_good_time_and_once(bureau: Bureau) -> None:
    # Given a campaign of every year that is over
    at = DUE.replace(tzinfo=None) + timedelta(days=2)
    fixed = message("co-dinh", when=Moment(at=at))
    found = await bureau.scheduled(plan(message(), fixed, repeat=Repeat(rule="ngay-04-10", ahead=30)))
    bureau.now = DUE.replace(year=2027, month=9, day=3)
    await bureau.work().sweep()
    assert len(await bureau.campaigns.listed()) == 1
    # When the day comes on which the next is to be drafted
    bureau.later(days=1)
    await outcomes(*(bureau.work().sweep() for _ in range(3)))
    [line] = await bureau.campaigns.listed([State.DRAFT])
    draft = await bureau.of(line.id)
    # Then there is one draft for the next year, of the same author, which waits for its approval
    assert (draft.plan.day, draft.created_by, draft.repeats_id) == (date(2027, 10, 4), found.created_by, found.id)
    assert draft.plan.messages[1].when == Moment(at=at + timedelta(days=365))
    assert await bureau.acts(draft.id) == ["repeat"]
    assert [words for matter, words in bureau.told if matter.startswith("campaign-repeat")] == [
        "Đã lập bản soạn tiếp theo của chiến dịch “Ngày 04/10” cho ngày 04/10/2027."
        " Hãy xem, sửa và gửi duyệt trong trang quản lý."
    ]
    assert await count(bureau.database, "campaign_message") == 2


async def test_what_was_improved_goes_on_and_what_was_not_approved_ends_nothing(bureau: Bureau) -> None:
    first = await bureau.scheduled(plan(repeat=Repeat(rule="ngay-04-10")))
    # Given a draft of the next year that was changed and approved
    bureau.now = DUE.replace(year=2027, month=9, day=10)
    await bureau.work().sweep()
    [line] = await bureau.campaigns.listed([State.DRAFT])
    draft = await bureau.of(line.id)
    better = replace(draft.plan, title="Hay hơn")
    saved = await bureau.campaigns.save(draft.id, better, draft.version, bureau.author)
    await bureau.campaigns.act(draft.id, Act.SUBMIT, bureau.author, version=saved.version)
    await bureau.campaigns.act(draft.id, Act.APPROVE, bureau.approver, checked=[LAW])
    # When two years go by, of which nobody approves the first draft
    for year in (2028, 2029):
        bureau.now = DUE.replace(year=year, month=9, day=10)
        await bureau.work().sweep()
    lines = await bureau.campaigns.listed([State.DRAFT])
    assert [(one.title, one.day) for one in lines] == [
        ("Hay hơn", date(2029, 10, 4)),
        ("Hay hơn", date(2028, 10, 4)),
    ]
    assert {(await bureau.of(one.id)).repeats_id for one in lines} == {first.id}


async def test_a_series_ends_when_somebody_says_so(bureau: Bureau) -> None:
    found = await bureau.scheduled(plan(repeat=Repeat(rule="ngay-04-10")))
    await bureau.campaigns.stop_repeating(found.id, bureau.author)
    bureau.now = DUE.replace(year=2027, month=9, day=10)
    await bureau.work().sweep()
    assert await bureau.campaigns.listed([State.DRAFT]) == []
    assert "series_end" in await bureau.acts(found.id)
    assert (await bureau.of(found.id)).series_ended


async def test_a_series_that_was_ended_on_one_of_its_drafts_is_ended_for_all(bureau: Bureau) -> None:
    first = await bureau.scheduled(plan(repeat=Repeat(rule="ngay-04-10")))
    bureau.now = DUE.replace(year=2027, month=9, day=10)
    await bureau.work().sweep()
    [draft] = await bureau.campaigns.listed([State.DRAFT])
    assert [(await bureau.of(one)).series_ended for one in (first.id, draft.id)] == [False, False]
    await bureau.campaigns.stop_repeating(draft.id, bureau.author)
    assert [(await bureau.of(one)).series_ended for one in (first.id, draft.id)] == [True, True]


async def test_a_draft_alone_and_a_cancelled_campaign_come_not_again(bureau: Bureau) -> None:
    written = plan(repeat=Repeat(rule="ngay-04-10"))
    await bureau.draft(written)
    cancelled = await bureau.scheduled(written)
    await bureau.campaigns.act(cancelled.id, Act.CANCEL, bureau.other)
    bureau.now = DUE.replace(year=2027, month=9, day=10)
    await bureau.work().sweep()
    assert len(await bureau.campaigns.listed()) == 2


async def test_what_was_missed_altogether_is_not_drafted(bureau: Bureau) -> None:
    await bureau.scheduled(plan(repeat=Repeat(rule="ngay-04-10")))
    bureau.now = DUE.replace(year=2029, month=11)
    await bureau.work().sweep()
    assert await bureau.campaigns.listed([State.DRAFT]) == []
    bureau.now = DUE.replace(year=2030, month=9, day=10)
    await bureau.work().sweep()
    assert [one.day for one in await bureau.campaigns.listed([State.DRAFT])] == [date(2030, 10, 4)]
