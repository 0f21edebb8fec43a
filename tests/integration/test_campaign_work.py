"""What the queue does for campaigns: freezing, beginning, and that whoever cancels wins against it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from bot.campaigns.content import Message, Moment, Plan, Variant
from bot.campaigns.lifecycle import Act, Stage, State
from bot.campaigns.previews import Fault, FrozenText, UnfitMessageError
from bot.store.audit import Audit
from bot.store.campaign_acts import alone_at_work
from bot.store.campaign_audience import Audiences
from bot.store.campaign_errors import StaleCampaignError
from bot.store.campaign_queue import BEGIN, FREEZE, WATCH
from bot.store.campaign_tables import CampaignRow
from bot.store.database import Database
from tests.integration.campaigning import DUE, FIRST, Bureau, message, plan, texts
from tests.integration.stored import blocked, change, count, value


@pytest.fixture
async def bureau(database: Database, database_url: str) -> Bureau:
    return await Bureau(database, database_url).opened()


class Held(Audiences):
    """Audiences that are listed, and then wait until they may go on."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.listed = asyncio.Event()
        self.go_on = asyncio.Event()

    async def freeze(self, *args: Any, **more: Any) -> int:
        many = await super().freeze(*args, **more)
        self.listed.set()
        await self.go_on.wait()
        return many


async def test_freezing_writes_down_messages_texts_and_audience(bureau: Bureau) -> None:
    texts = {Variant.HOUSEHOLD: "Nhà mình", Variant.FLAT: "Chung cư"}
    fixed = message("co-dinh", when=Moment(at=datetime(2026, 10, 5, 19, 30)), texts=texts)  # noqa: DTZ001 (local)
    before = message(
        "truoc", when=Moment(days=-3, hour=time(18, 0)), send_for=timedelta(hours=2), unless=("quiz", "nha")
    )
    found = await bureau.scheduled(plan(before, fixed))
    assert (found.state, found.frozen_at) == (State.SCHEDULED, bureau.now)
    first, second = await bureau.campaigns.messages(found.id)
    assert (first.key, first.due_at, first.send_until, first.unless) == (
        "truoc",
        datetime(2026, 10, 1, 11, 0, tzinfo=UTC),
        datetime(2026, 10, 1, 13, 0, tzinfo=UTC),
        ("quiz", "nha"),
    )
    assert (second.key, second.due_at) == ("co-dinh", datetime(2026, 10, 5, 12, 30, tzinfo=UTC))
    assert await count(bureau.database, "campaign_text") == 3
    assert await count(bureau.database, "campaign_member") == 4
    assert await count(bureau.database, "campaign_recipient") == 0
    due = "SELECT array_agg(scheduled_at ORDER BY scheduled_at) FROM jobs.procrastinate_jobs WHERE task_name = :task"
    assert await value(bureau.database, due, task=BEGIN) == [first.due_at, second.due_at]


async def test_freezing_twice_or_at_once_is_freezing_once(bureau: Bureau) -> None:
    await bureau.people(3)
    found = await bureau.approved()
    work = bureau.work()
    await asyncio.gather(*(work.freeze(found.id, found.version) for _ in range(3)))
    await work.freeze(found.id, found.version)
    assert (await bureau.acts(found.id)).count("freeze") == 1
    assert await count(bureau.database, "campaign_member") == 3
    assert await bureau.queued(BEGIN) == 1


async def test_what_was_approved_anew_is_frozen_by_its_own_work_only(bureau: Bureau) -> None:
    await bureau.people(3)
    found = await bureau.approved()
    await bureau.campaigns.act(found.id, Act.REVISE, bureau.author)
    await bureau.work().freeze(found.id, found.version)
    assert await bureau.state(found.id) is State.DRAFT
    await bureau.work().freeze(found.id + 1, 1)
    assert await count(bureau.database, "campaign_member") == 0


async def test_what_cannot_be_frozen_fails_and_staff_are_told(bureau: Bureau) -> None:
    def unfit(written: Message, _number: int, _plan: Plan) -> Sequence[FrozenText]:
        raise UnfitMessageError((Fault(message=written.key, text="Dài quá 10 ký tự."),))

    await bureau.people(3)
    found = await bureau.approved()
    await bureau.work(texts=unfit).freeze(found.id, found.version)
    failed = await bureau.of(found.id)
    assert (failed.state, failed.reason) == (State.FAILED, "Không dựng được nội dung đã duyệt: Dài quá 10 ký tự.")
    assert bureau.matters() == [f"campaign-failed-{found.id}"]
    assert await count(bureau.database, "campaign_message") == 0
    # And it can be put right
    assert (await bureau.campaigns.act(found.id, Act.REVISE, bureau.author)).state is State.DRAFT


async def test_a_campaign_for_nobody_fails(bureau: Bureau) -> None:
    found = await bureau.approved()
    await bureau.work().freeze(found.id, found.version)
    assert "Không có người nhận nào" in ((await bureau.of(found.id)).reason or "")
    assert await bureau.state(found.id) is State.FAILED


async def test_a_plan_that_is_not_the_approved_one_is_not_frozen(bureau: Bureau) -> None:
    await bureau.people(3)
    found = await bureau.approved()
    await change(bureau.database, "UPDATE campaign SET plan = jsonb_set(plan, '{title}', '\"Khác\"')")
    await bureau.work().freeze(found.id, found.version)
    assert await bureau.state(found.id) is State.FAILED
    assert await count(bureau.database, "campaign_message") == 0


async def test_texts_that_are_not_the_approved_ones_are_not_frozen(bureau: Bureau) -> None:
    await bureau.people(3)
    found = await bureau.approved()
    # When a cited source is corrected between the approval and the freezing
    bureau.judge.texts = "with another source"
    await bureau.work().freeze(found.id, found.version)
    # Then nothing is sent, staff are told, and it can be approved anew
    failed = await bureau.of(found.id)
    assert (failed.state, "không còn như lúc duyệt" in (failed.reason or "")) == (State.FAILED, True)
    assert bureau.matters() == [f"campaign-failed-{found.id}"]
    assert (await bureau.campaigns.act(found.id, Act.REVISE, bureau.author)).state is State.DRAFT


async def test_knowledge_that_is_exchanged_while_texts_are_written_is_noticed(bureau: Bureau) -> None:
    await bureau.people(3)
    found = await bureau.approved()

    def exchanging(written: Message, number: int, whole: Plan) -> Sequence[FrozenText]:
        bureau.judge.texts = "with another source"
        return texts(written, number, whole)

    await bureau.work(texts=exchanging).freeze(found.id, found.version)
    assert await bureau.state(found.id) is State.FAILED
    assert await count(bureau.database, "campaign_text") == 0


async def test_who_cancels_does_not_wait_for_the_freezing_and_wins(bureau: Bureau) -> None:
    # Given a freezing that has listed its audience and has not ended
    await bureau.people(3)
    found = await bureau.approved()
    audiences = Held(bureau.database)
    freezing = asyncio.create_task(bureau.work(audiences=lambda: audiences).freeze(found.id, found.version))
    await audiences.listed.wait()
    # When somebody cancels
    cancelled = await bureau.campaigns.act(found.id, Act.CANCEL, bureau.author)
    audiences.go_on.set()
    await freezing
    # Then nothing of it is there
    assert await bureau.state(found.id) is cancelled.state is State.CANCELLED
    for table in ("campaign_message", "campaign_member", "campaign_text"):
        assert await count(bureau.database, table) == 0
    assert await bureau.queued(BEGIN) == 0


async def test_a_freezing_whose_connection_is_cut_leaves_nothing_and_is_done_by_the_next(bureau: Bureau) -> None:
    # Given a freezing that has listed its audience when the database drops it
    await bureau.people(3)
    found = await bureau.approved()
    audiences = Held(bureau.database)
    freezing = asyncio.create_task(bureau.work(audiences=lambda: audiences).freeze(found.id, found.version))
    await audiences.listed.wait()
    cutting = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'"
    )
    assert await value(bureau.database, cutting) == 1
    audiences.go_on.set()
    with pytest.raises(OperationalError):
        await freezing
    # Then nothing is half written, and whoever comes next freezes it
    assert await count(bureau.database, "campaign_message") == 0
    await bureau.work().freeze(found.id, found.version)
    assert await bureau.state(found.id) is State.SCHEDULED
    assert await count(bureau.database, "campaign_member") == 3


async def test_a_message_begins_once_with_one_row_for_each(bureau: Bureau) -> None:
    found = await bureau.scheduled()
    number = (await bureau.message(found.id)).id
    bureau.now = DUE
    work = bureau.work()
    await asyncio.gather(*(work.begin(number) for _ in range(3)))
    await work.begin(number)
    begun = await bureau.message(found.id)
    assert (begun.stage, begun.begun_at, begun.listed_at) == (Stage.SENDING, DUE, DUE)
    assert await bureau.fates(number) == {"pending": 4}
    assert (await bureau.acts(found.id))[-2:] == ["message_begin", "begin"]
    assert await bureau.state(found.id) is State.SENDING
    assert await bureau.queued(WATCH) == 1
    assert bureau.told == []


async def test_the_second_message_begins_in_a_campaign_that_is_sending(bureau: Bureau) -> None:
    found = await bureau.sending(plan(message(), message("sau", when=Moment(days=1))))
    bureau.later(days=1)
    await bureau.work().begin((await bureau.message(found.id, 1)).id)
    assert await bureau.stage(found.id, 1) is Stage.SENDING
    assert (await bureau.acts(found.id)).count("begin") == 1


async def test_a_clock_that_was_put_back_begins_nothing_early(bureau: Bureau) -> None:
    found = await bureau.scheduled()
    number = (await bureau.message(found.id)).id
    await bureau.queue_lost()
    bureau.now = DUE - timedelta(hours=1)
    await bureau.work().begin(number)
    assert await bureau.stage(found.id) is Stage.WAITING
    waits = "SELECT scheduled_at - now() FROM jobs.procrastinate_jobs WHERE task_name = :task"
    assert timedelta(minutes=59) < await value(bureau.database, waits, task=BEGIN) < timedelta(minutes=61)


async def test_a_clock_that_jumps_beyond_its_time_leaves_it_out(bureau: Bureau) -> None:
    found = await bureau.scheduled()
    bureau.now = DUE + timedelta(hours=6)
    await bureau.work().begin((await bureau.message(found.id)).id)
    assert await bureau.stage(found.id) is Stage.LATE
    assert bureau.told[0][1] == (
        "Chiến dịch “Ngày 04/10”: tin “Tin ngay” đã quá hạn gửi (14:00 ngày 04/10/2026) nên bị bỏ qua."
    )


@pytest.mark.parametrize("act", [Act.PAUSE, Act.CANCEL])
async def test_nothing_begins_in_a_campaign_that_is_held_up(bureau: Bureau, act: Act) -> None:
    found = await bureau.scheduled()
    await bureau.campaigns.act(found.id, act, bureau.other)
    bureau.now = DUE
    await bureau.work().begin((await bureau.message(found.id)).id)
    assert (await bureau.message(found.id)).begun_at is None
    assert await count(bureau.database, "campaign_recipient") == 0


async def test_who_cancels_while_it_is_being_listed_wins(bureau: Bureau) -> None:
    # Given a message that begins while somebody is about to cancel
    found = await bureau.scheduled()
    number = (await bureau.message(found.id)).id
    bureau.now = DUE
    async with bureau.database.sessions.begin() as session:
        await session.execute(select(CampaignRow).where(CampaignRow.id == found.id).with_for_update(key_share=True))
        beginning = asyncio.create_task(bureau.work().begin(number))
        await blocked(bureau.database, 1)  # the rows are listed, and the campaign is not to be had
        await session.execute(text("UPDATE campaign SET state = 'cancelled'"))
    await beginning
    # Then nothing has begun, and no row is left
    assert (await bureau.message(found.id)).begun_at is None
    assert await count(bureau.database, "campaign_recipient") == 0


async def test_a_campaign_is_not_revised_while_a_message_begins(bureau: Bureau) -> None:
    found = await bureau.scheduled()
    async with bureau.database.sessions.begin() as session:
        await alone_at_work(session, found.id)
        with pytest.raises(StaleCampaignError):
            await bureau.campaigns.act(found.id, Act.REVISE, bureau.author)
    assert (await bureau.campaigns.act(found.id, Act.REVISE, bureau.author)).state is State.DRAFT


async def test_a_document_that_has_lost_force_since_approval_stops_the_message(bureau: Bureau) -> None:
    found = await bureau.scheduled()
    bureau.judge.lapses_on = date(2026, 10, 4)
    bureau.now = DUE
    await bureau.work().begin((await bureau.message(found.id)).id)
    paused = await bureau.of(found.id)
    assert paused.state is State.PAUSED
    assert (paused.reason or "").startswith(
        "Tin “Tin ngay” dẫn văn bản không còn hiệu lực: Luật 55/2024/QH15. Không thể gửi tin này"
    )
    assert len(bureau.told) == 1
    assert await count(bureau.database, "campaign_recipient") == 0
    # And going on does not help: it is looked at again
    await bureau.campaigns.act(found.id, Act.RESUME, bureau.other)
    await bureau.work().sweep()
    assert await bureau.state(found.id) is State.PAUSED
    # But it can be written anew
    assert (await bureau.campaigns.act(found.id, Act.REVISE, bureau.author)).state is State.DRAFT


async def test_what_was_due_while_the_system_was_down_is_sent_late_within_its_time(bureau: Bureau) -> None:
    # Given a queue that was lost, and a start three hours after the message was due
    found = await bureau.scheduled()
    await bureau.queue_lost()
    bureau.now = DUE + timedelta(hours=3)
    await bureau.jobs().once()
    # Then it is sent, and staff are told
    assert await bureau.stage(found.id) is Stage.SENDING
    assert "watchdog" in await bureau.acts(found.id)
    assert [words for _, words in bureau.told] == [
        "Chiến dịch “Ngày 04/10”: tin “Tin ngay” đến giờ lúc 08:00 ngày 04/10/2026 mà chưa được gửi;"
        " hệ thống vừa bắt đầu gửi, muộn 180 phút."
    ]


async def test_what_was_due_while_the_system_was_down_is_left_out_after_its_time(bureau: Bureau) -> None:
    found = await bureau.scheduled(plan(message(), message("sau", when=Moment(days=3))))
    await bureau.queue_lost()
    bureau.now = DUE + timedelta(hours=6)
    for _ in range(2):
        await bureau.work().sweep()
    assert await bureau.stage(found.id) is Stage.LATE
    assert await bureau.stage(found.id, 1) is Stage.WAITING
    assert len(bureau.told) == 1
    assert await bureau.state(found.id) is State.SCHEDULED


async def test_a_campaign_of_which_everything_was_too_late_is_over(bureau: Bureau) -> None:
    found = await bureau.scheduled()
    bureau.now = DUE + timedelta(days=1)
    await bureau.jobs().once()
    done = await bureau.of(found.id)
    assert (done.state, done.ended_at) == (State.COMPLETED, bureau.now)
    assert await count(bureau.database, "campaign_recipient") == 0


async def test_the_sweep_begins_what_is_due_without_a_word_if_it_is_in_time(bureau: Bureau) -> None:
    found = await bureau.scheduled()
    await bureau.queue_lost()
    bureau.now = DUE + timedelta(minutes=1)
    await bureau.work().sweep()
    assert await bureau.stage(found.id) is Stage.SENDING
    assert bureau.told == []


async def test_a_pause_is_no_reason_to_bark(bureau: Bureau) -> None:
    found = await bureau.scheduled()
    await bureau.campaigns.act(found.id, Act.PAUSE, bureau.other)
    bureau.now = DUE + timedelta(hours=2)
    await bureau.campaigns.act(found.id, Act.RESUME, bureau.other)
    await bureau.work().sweep()
    assert await bureau.stage(found.id) is Stage.SENDING
    assert bureau.told == []


async def test_a_pause_beyond_its_time_leaves_the_message_out(bureau: Bureau) -> None:
    found = await bureau.scheduled()
    await bureau.campaigns.act(found.id, Act.PAUSE, bureau.other)
    bureau.now = DUE + timedelta(hours=6)
    await bureau.work().sweep()
    assert (await bureau.stage(found.id), await bureau.state(found.id)) == (Stage.LATE, State.PAUSED)
    await bureau.campaigns.act(found.id, Act.RESUME, bureau.other)
    await bureau.work().watch(found.id)
    assert await bureau.state(found.id) is State.COMPLETED


async def test_the_sweep_asks_again_for_a_freezing_that_was_lost(bureau: Bureau) -> None:
    await bureau.people(2)
    found = await bureau.approved()
    await bureau.queue_lost()
    await bureau.work().sweep()
    assert await bureau.queued(FREEZE) == 0  # it may be at it
    bureau.later(minutes=11)
    await bureau.work().sweep()
    assert await bureau.queued(FREEZE) == 1
    assert bureau.matters() == [f"campaign-freeze-{found.id}"]
    await bureau.jobs().once()
    assert await bureau.state(found.id) is State.SCHEDULED


async def test_one_message_that_cannot_begin_holds_up_no_other(bureau: Bureau) -> None:
    broken = await bureau.scheduled(plan(message("hong")))
    whole = await bureau.scheduled(plan(message("lanh")), people=0)
    judge = bureau.judge
    asked = judge.cited

    def cited(written: Plan, day: date) -> Any:
        if [one.key for one in written.messages] == ["hong"]:
            raise OSError("no knowledge")
        return asked(written, day)

    judge.cited = cited  # type: ignore[assignment, method-assign]
    bureau.now = DUE
    with pytest.raises(OSError, match="no knowledge"):
        await bureau.work().sweep()
    assert await bureau.stage(whole.id) is Stage.SENDING
    assert await bureau.stage(broken.id) is Stage.WAITING


async def test_two_workers_bring_a_campaign_from_approval_to_the_end(bureau: Bureau) -> None:
    # Given two processes that do what the queue brings
    await bureau.people(6)
    found = await bureau.approved(plan(first=replace(FIRST, watch=timedelta(0))))

    async def both() -> None:
        await asyncio.gather(bureau.jobs().once(), bureau.jobs().once())

    await both()
    assert await bureau.state(found.id) is State.SCHEDULED
    bureau.now = DUE
    for _ in range(8):
        await both()
        await bureau.hurry()
        await bureau.settle((await bureau.message(found.id)).id, "sent")
    # Then each step was done once
    assert await bureau.state(found.id) is State.COMPLETED
    acts = await bureau.acts(found.id)
    assert acts == [
        *("create", "submit", "approve", "freeze", "message_begin", "begin"),
        *("message_first", "message_on", "message_done", "complete"),
    ]
    assert await bureau.fates((await bureau.message(found.id)).id) == {"sent": 6}


async def test_the_log_names_each_act_and_holds_together(bureau: Bureau) -> None:
    found = await bureau.sending()
    await bureau.campaigns.act(found.id, Act.PAUSE, bureau.other, text="Riêng tư")
    await bureau.campaigns.act(found.id, Act.CANCEL, bureau.other)
    logged = "SELECT array_agg(act || ' by ' || who ORDER BY id) FROM audit"
    assert await value(bureau.database, logged) == [
        "campaign create by soan",
        "campaign submit by soan",
        "campaign approve by duyet",
        "campaign freeze by campaigns",
        "campaign begin by campaigns",
        "campaign pause by khac",
        "campaign cancel by khac",
    ]
    assert (await Audit(bureau.database).check()).broken is None
