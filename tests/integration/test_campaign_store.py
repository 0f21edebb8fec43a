"""Campaigns from draft to approval: who may do what, what is refused, what is noted, and two at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.campaigns.content import LATE_AFTER, Moment
from bot.campaigns.content_json import plan_as_json
from bot.campaigns.lifecycle import TRANSITIONS, Act, State
from bot.store.campaign_acts import digest_of
from bot.store.campaign_errors import (
    CampaignActError,
    FaultyPlanError,
    NotADraftError,
    NothingToRetryError,
    NotInForceError,
    SamePersonError,
    StaleCampaignError,
    TooLateError,
    UncheckedError,
    UnknownCampaignError,
    WordsMissingError,
)
from bot.store.campaign_queue import BEGIN, FREEZE, WATCH
from bot.store.campaign_tables import CampaignRow
from bot.store.database import Database
from bot.store.staff import Author
from tests.integration.campaigning import DUE, LAW, MORNING, Bureau, message, plan
from tests.integration.stored import blocked, change, count, outcomes, value


@pytest.fixture
async def bureau(database: Database, database_url: str) -> Bureau:
    return await Bureau(database, database_url).opened()


async def test_a_draft_is_kept_as_it_was_written(bureau: Bureau) -> None:
    written = plan(message("truoc", when=Moment(days=-3)), message(), urgent=True, goal="Nhắc nhà nhà")
    number = await bureau.draft(written)
    found = await bureau.of(number)
    assert (found.plan, found.state, found.version) == (written, State.DRAFT, 1)
    assert (found.created_by_name, found.approved_by_name) == ("Cán bộ soan", None)
    assert await bureau.acts(number) == ["create"]
    assert (
        await value(bureau.database, "SELECT subject FROM audit WHERE act = 'campaign create'") == f"campaign:{number}"
    )


async def test_a_list_tells_states_and_what_is_due_next(bureau: Bureau) -> None:
    frozen = await bureau.scheduled()
    drafts = [await bureau.draft(plan(title=f"Bản {number}")) for number in range(3)]
    lines = await bureau.campaigns.listed()
    assert [one.id for one in lines] == [*reversed(drafts), frozen.id]
    assert (lines[-1].next_due, lines[-1].messages, lines[-1].day) == (DUE, 1, date(2026, 10, 4))
    assert [one.id for one in await bureau.campaigns.listed([State.SCHEDULED])] == [frozen.id]
    assert [one.title for one in await bureau.campaigns.listed(limit=1, after=drafts[2])] == ["Bản 1"]


async def test_of_two_who_save_at_once_the_second_is_told(bureau: Bureau) -> None:
    number = await bureau.draft()
    saved = await outcomes(
        *(bureau.campaigns.save(number, plan(title=f"Bản {one}"), 1, bureau.author) for one in range(2))
    )
    assert sorted(type(one).__name__ for one in saved) == ["Campaign", "StaleCampaignError"]
    assert (await bureau.of(number)).version == 2


async def test_only_a_draft_is_written_in(bureau: Bureau) -> None:
    found = await bureau.submitted()
    with pytest.raises(NotADraftError):
        await bureau.campaigns.save(found.id, plan(), found.version, bureau.author)
    with pytest.raises(UnknownCampaignError):
        await bureau.campaigns.save(found.id + 1, plan(), 1, bureau.author)
    assert await bureau.campaigns.by_id(found.id + 1) is None


async def test_a_plan_with_faults_is_not_submitted(bureau: Bureau) -> None:
    number = await bureau.draft()
    bureau.judge.wrong = ["“Tin ngay”: dài quá 120 ký tự."]
    with pytest.raises(FaultyPlanError) as refused:
        await bureau.campaigns.act(number, Act.SUBMIT, bureau.author)
    assert refused.value.faults == ("“Tin ngay”: dài quá 120 ký tự.",)
    assert await bureau.acts(number) == ["create"]


@pytest.mark.parametrize("wrong", [{"messages": ()}, {"day": None}])
async def test_a_plan_without_messages_or_a_day_is_not_submitted(bureau: Bureau, wrong: dict[str, Any]) -> None:
    number = await bureau.draft(replace(plan(), **wrong))
    with pytest.raises(FaultyPlanError):
        await bureau.campaigns.act(number, Act.SUBMIT, bureau.author)


async def test_it_is_sent_back_with_words_only(bureau: Bureau) -> None:
    found = await bureau.submitted()
    with pytest.raises(WordsMissingError):
        await bureau.campaigns.act(found.id, Act.SEND_BACK, bureau.approver, text="  ")
    back = await bureau.campaigns.act(found.id, Act.SEND_BACK, bureau.approver, text="Thiếu số 114.")
    assert (back.state, back.reason, back.submitted_at) == (State.DRAFT, "Thiếu số 114.", None)
    again = await bureau.campaigns.act(found.id, Act.SUBMIT, bureau.author)
    assert again.reason is None


async def test_approval_stores_what_was_looked_at_and_asks_for_the_freezing(bureau: Bureau) -> None:
    found = await bureau.approved(plan(urgent=True), urgent=True)
    assert (found.state, found.approved_by_name, found.urgent) == (State.APPROVED, "Cán bộ duyet", True)
    assert found.checked == ({"document": LAW, "name": "Luật 55/2024/QH15", "standing": "còn hiệu lực"},)
    assert found.digest == digest_of(plan_as_json(found.plan), bureau.judge.texts_digest(found.plan))
    assert await bureau.queued(FREEZE) == 1
    assert await bureau.acts(found.id) == ["create", "submit", "approve"]
    details = await value(bureau.database, "SELECT details FROM audit WHERE act = 'campaign approve'")
    assert details == {"version": found.version, "urgent": True}


async def test_urgency_is_granted_only_where_it_was_asked_for(bureau: Bureau) -> None:
    assert (await bureau.approved(plan(), urgent=True)).urgent is False
    assert (await bureau.approved(plan(urgent=True))).urgent is False


async def test_nobody_approves_what_they_wrote(bureau: Bureau) -> None:
    # Given a draft that one began, another and then a third wrote in
    number = await bureau.draft()
    await bureau.campaigns.save(number, plan(title="Hai"), 1, bureau.other)
    await bureau.campaigns.save(number, plan(title="Ba"), 2, bureau.author)
    await bureau.campaigns.act(number, Act.SUBMIT, bureau.author)
    # Then none of them approves it
    for who in (bureau.author, bureau.other):
        with pytest.raises(SamePersonError):
            await bureau.campaigns.act(number, Act.APPROVE, who, checked=[LAW])
    with pytest.raises(CampaignActError):
        await bureau.campaigns.act(number, Act.APPROVE, Author(None, "campaigns"), checked=[LAW])
    assert await bureau.state(number) is State.IN_REVIEW
    # And the database would not take it either
    for column in ("created_by", "changed_by"):
        with pytest.raises(IntegrityError, match="campaign_approver"):
            await change(bureau.database, f"UPDATE campaign SET approved_by = {column}")  # noqa: S608


async def test_each_cited_document_is_ticked(bureau: Bureau) -> None:
    found = await bureau.submitted()
    with pytest.raises(UncheckedError) as refused:
        await bureau.campaigns.act(found.id, Act.APPROVE, bureau.approver, checked=["nd-105-2025-nd-cp#dieu-3"])
    assert refused.value.documents == (LAW,)


async def test_a_document_must_be_in_force_on_each_day_of_sending(bureau: Bureau) -> None:
    # Given a law that ends between the first and the second message
    found = await bureau.submitted(plan(message("truoc", when=Moment(days=-3)), message()))
    bureau.judge.lapses_on = date(2026, 10, 4)
    with pytest.raises(NotInForceError) as refused:
        await bureau.campaigns.act(found.id, Act.APPROVE, bureau.approver, checked=[LAW])
    assert refused.value.documents == ("Luật 55/2024/QH15",)
    assert bureau.judge.asked == [(("truoc",), date(2026, 10, 1)), (("ngay",), date(2026, 10, 4))]
    # Nor when it has ended before the first
    bureau.judge.lapses_on = date(2026, 9, 1)
    with pytest.raises(NotInForceError):
        await bureau.campaigns.act(found.id, Act.APPROVE, bureau.approver, checked=[LAW])
    # When it ends on the day after, it may be approved
    bureau.judge.lapses_on = date(2026, 10, 5)
    assert (await bureau.campaigns.act(found.id, Act.APPROVE, bureau.approver, checked=[LAW])).state is State.APPROVED


@pytest.mark.parametrize(("now", "refused"), [(DUE - timedelta(seconds=1), False), (DUE, True)])
async def test_what_should_have_gone_already_is_not_approved(bureau: Bureau, now: datetime, refused: bool) -> None:
    found = await bureau.submitted()
    bureau.now = now
    approving = bureau.campaigns.act(found.id, Act.APPROVE, bureau.approver, checked=[LAW])
    if refused:
        with pytest.raises(TooLateError):
            await approving
    else:
        assert (await approving).state is State.APPROVED


@pytest.mark.parametrize(("late", "refused"), [(timedelta(minutes=5), False), (LATE_AFTER, True)])
async def test_an_urgent_one_may_be_approved_while_it_may_still_go(
    bureau: Bureau, late: timedelta, refused: bool
) -> None:
    found = await bureau.submitted(plan(urgent=True))
    bureau.now = DUE + late
    approving = bureau.campaigns.act(found.id, Act.APPROVE, bureau.approver, checked=[LAW], urgent=True)
    if refused:
        with pytest.raises(TooLateError):
            await approving
    else:
        assert (await approving).state is State.APPROVED


async def test_one_whose_urgency_is_not_granted_must_fit_the_usual_hours(bureau: Bureau) -> None:
    found = await bureau.submitted(plan(urgent=True))
    await bureau.campaigns.act(found.id, Act.APPROVE, bureau.approver, checked=[LAW], urgent=False)
    assert bureau.judge.judged[-1].urgent is False
    # Nor does it go at once when it is late
    other = await bureau.submitted(plan(urgent=True))
    bureau.now = DUE + timedelta(minutes=5)
    with pytest.raises(TooLateError):
        await bureau.campaigns.act(other.id, Act.APPROVE, bureau.approver, checked=[LAW], urgent=False)


async def test_faults_that_came_up_since_are_found_at_approval(bureau: Bureau) -> None:
    found = await bureau.submitted()
    bureau.judge.wrong = ["Bài trắc nghiệm không còn."]
    with pytest.raises(FaultyPlanError):
        await bureau.campaigns.act(found.id, Act.APPROVE, bureau.approver, checked=[LAW])


async def test_of_two_approvers_at_once_one_approves(bureau: Bureau) -> None:
    # Given two connections that both wait for the same campaign
    found = await bureau.submitted()
    approvals = (
        bureau.campaigns.act(found.id, Act.APPROVE, who, version=found.version, checked=[LAW])
        for who in (bureau.approver, bureau.other)
    )
    async with bureau.database.sessions.begin() as session:
        await session.execute(campaign_held(found.id))
        both = asyncio.create_task(outcomes(*approvals))
        await blocked(bureau.database, 2)
    # Then one of them has approved, and the other is told that it changed
    assert sorted(type(one).__name__ for one in await both) == ["Campaign", "StaleCampaignError"]
    assert (await bureau.acts(found.id)).count("approve") == 1
    assert await bureau.queued(FREEZE) == 1


async def test_a_double_click_does_nothing_the_second_time(bureau: Bureau) -> None:
    number = await bureau.draft()
    clicks = await outcomes(*(bureau.campaigns.act(number, Act.SUBMIT, bureau.author, version=1) for _ in range(2)))
    assert sorted(type(one).__name__ for one in clicks) == ["Campaign", "StaleCampaignError"]
    assert await bureau.acts(number) == ["create", "submit"]


async def test_an_approver_who_read_an_older_version_is_told(bureau: Bureau) -> None:
    found = await bureau.submitted()
    await bureau.campaigns.act(found.id, Act.SEND_BACK, bureau.other, text="Sửa lại.")
    await bureau.campaigns.save(found.id, plan(title="Khác"), found.version + 1, bureau.author)
    await bureau.campaigns.act(found.id, Act.SUBMIT, bureau.author)
    with pytest.raises(StaleCampaignError):
        await bureau.campaigns.act(found.id, Act.APPROVE, bureau.approver, version=found.version, checked=[LAW])


@pytest.mark.parametrize("state", list(State))
async def test_the_life_cycle_holds_for_every_act(bureau: Bureau, state: State) -> None:
    number = await bureau.draft()
    await change(bureau.database, "UPDATE campaign SET state = :state", state=state.value)
    for act in Act:
        if (state, act) not in TRANSITIONS:
            with pytest.raises(CampaignActError):
                await bureau.campaigns.act(number, act, bureau.approver, text="x", checked=[LAW])
    assert await bureau.state(number) is state


@pytest.mark.parametrize("act", [Act.FREEZE, Act.BEGIN, Act.COMPLETE, Act.FAIL])
async def test_what_the_program_does_nobody_does_by_hand(bureau: Bureau, act: Act) -> None:
    number = await bureau.draft()
    state = next(before for before, what in TRANSITIONS if what is act)
    await change(bureau.database, "UPDATE campaign SET state = :state", state=state.value)
    with pytest.raises(CampaignActError):
        await bureau.campaigns.act(number, act, bureau.approver)


@pytest.mark.parametrize("state", [before for before, act in TRANSITIONS if act is Act.CANCEL])
async def test_it_can_be_cancelled_in_every_state_that_is_not_an_end(bureau: Bureau, state: State) -> None:
    number = await bureau.draft()
    await change(bureau.database, "UPDATE campaign SET state = :state, version = 9", state=state.value)
    found = await bureau.campaigns.act(number, Act.CANCEL, bureau.other, version=1, text="Nhầm ngày.")
    assert (found.state, found.ended_at, found.reason) == (State.CANCELLED, MORNING, "Nhầm ngày.")
    assert await bureau.queued(WATCH) == 1
    with pytest.raises(CampaignActError):
        await bureau.campaigns.act(number, Act.CANCEL, bureau.other)


async def test_a_revised_campaign_is_a_draft_without_anything_frozen(bureau: Bureau) -> None:
    found = await bureau.scheduled()
    revised = await bureau.campaigns.act(found.id, Act.REVISE, bureau.author, version=found.version)
    assert (revised.state, revised.approved_by, revised.digest, revised.frozen_at) == (State.DRAFT, None, None, None)
    assert (revised.checked, revised.urgent, revised.submitted_at) == ((), False, None)
    for table in ("campaign_message", "campaign_text", "campaign_member", "campaign_recipient"):
        assert await count(bureau.database, table) == 0


async def test_what_has_begun_is_not_revised(bureau: Bureau) -> None:
    found = await bureau.sending()
    paused = await bureau.campaigns.act(found.id, Act.PAUSE, bureau.other)
    with pytest.raises(CampaignActError):
        await bureau.campaigns.act(found.id, Act.REVISE, bureau.author, version=paused.version)
    assert await count(bureau.database, "campaign_recipient") == 4


async def test_a_pause_takes_back_what_waits_and_going_on_asks_for_the_rest(bureau: Bureau) -> None:
    found = await bureau.sending()
    await bureau.ledger.feed(bureau.account, 10, bureau.now)
    assert await bureau.waiting() == 4
    await bureau.queue_lost()
    paused = await bureau.campaigns.act(found.id, Act.PAUSE, bureau.other, text="Xem lại chữ.", version=1)
    assert (paused.state, paused.reason, await bureau.waiting()) == (State.PAUSED, "Xem lại chữ.", 0)
    assert await bureau.fates((await bureau.message(found.id)).id) == {"pending": 4}
    resumed = await bureau.campaigns.act(found.id, Act.RESUME, bureau.other, version=paused.version)
    assert (resumed.state, resumed.reason) == (State.SENDING, None)
    assert await bureau.queued(WATCH) == 1
    await bureau.ledger.feed(bureau.account, 10, bureau.now)
    assert await bureau.waiting() == 4


async def test_what_was_paused_before_it_began_is_scheduled_again(bureau: Bureau) -> None:
    found = await bureau.scheduled()
    await bureau.campaigns.act(found.id, Act.PAUSE, bureau.other)
    await bureau.queue_lost()
    assert (await bureau.campaigns.act(found.id, Act.RESUME, bureau.other)).state is State.SCHEDULED
    assert await bureau.queued(BEGIN) == 1


async def test_only_what_failed_is_sent_again(bureau: Bureau) -> None:
    found = await bureau.sending(people=6)
    number = (await bureau.message(found.id)).id
    await bureau.settle(number, "sent", 2)
    await bureau.settle(number, "failed", 2, "chặn")
    await bureau.settle(number, "unknown", 1)
    await bureau.settle(number, "skipped", 1, "left")
    await bureau.work().watch(found.id)
    done = await bureau.of(found.id)
    assert done.state is State.COMPLETED
    again = await bureau.campaigns.act(found.id, Act.RETRY, bureau.other, version=done.version)
    assert (again.state, again.ended_at) == (State.SENDING, None)
    assert await bureau.fates(number) == {"sent": 2, "pending": 2, "unknown": 1, "skipped: left": 1}
    with pytest.raises(StaleCampaignError):
        await bureau.campaigns.act(found.id, Act.RETRY, bureau.other, version=done.version)
    with pytest.raises(NothingToRetryError):
        await bureau.campaigns.act(found.id, Act.RETRY, bureau.other)


async def test_nothing_is_sent_again_once_its_time_is_over(bureau: Bureau) -> None:
    found = await bureau.sending()
    number = (await bureau.message(found.id)).id
    await bureau.settle(number, "failed", reason="lỗi")
    bureau.later(hours=6)
    with pytest.raises(NothingToRetryError):
        await bureau.campaigns.act(found.id, Act.RETRY, bureau.other)
    assert await bureau.fates(number) == {"failed: lỗi": 4}


def campaign_held(campaign: int) -> Any:
    return select(CampaignRow).where(CampaignRow.id == campaign).with_for_update(key_share=True)
