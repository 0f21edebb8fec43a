"""Many who change reports at once: one wins, nobody is lost, nothing deadlocks."""

from __future__ import annotations

import asyncio
import random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from bot.feedback.lifecycle import Act, State, TransitionError
from bot.feedback.reports import RESIDENT, Report
from bot.store.database import Database
from bot.store.links import Linked, Links
from bot.store.reports import ReportError, StaleReportError
from bot.store.residents import Residents
from tests.integration.reporting import Office
from tests.integration.stored import SEALER, blocked, count, outcomes, value


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.of(database)


async def test_of_officers_who_act_on_the_same_version_one_wins(office: Office) -> None:
    conversation = uuid4()
    report = await office.sent(conversation)
    results = await outcomes(
        *(office.reports.act(report.id, Act.VERIFY, office.lan, version=report.version) for _ in range(6))
    )
    assert [type(one) for one in results].count(Report) == 1
    assert {type(one) for one in results} == {Report, StaleReportError}
    assert await office.story(report) == ["sent", "verify"]
    assert len(await office.told(conversation)) == 1
    assert await count(office.database, "audit") == 1


async def test_without_a_version_the_state_decides(office: Office) -> None:
    report = await office.answered(uuid4())
    done, undone = await outcomes(
        office.reports.act(report.id, Act.CONFIRM, RESIDENT), office.through(report, Act.CLOSE)
    )
    assert {type(done), type(undone)} == {Report, TransitionError}


async def test_officers_who_claim_at_once_are_one(office: Office) -> None:
    report = await office.sent()
    numbers = [office.lan.staff_id or 0, office.minh.staff_id or 0] * 4
    results = await outcomes(*(office.reports.claim(report.id, one) for one in numbers))
    [winner] = {one.claimed_by for one in results if isinstance(one, Report)}
    found = await office.found(report.code)
    assert found.claimed_by == winner
    assert await office.story(report) == ["sent", "claimed"]


async def test_voices_at_once_all_count_and_each_once(office: Office) -> None:
    report, residents = await office.sent(), [uuid4() for _ in range(8)]
    results = await outcomes(*(office.reports.support(report.id, one) for one in residents * 2))
    assert sorted(results) == [False] * 8 + [True] * 8
    assert (await office.found(report.code)).supporters == 8


async def test_a_photo_is_attached_once_although_it_is_sent_twice_at_once(office: Office) -> None:
    conversation = uuid4()
    photo = await office.photo(conversation)
    results = await outcomes(*(office.sent(conversation, photos=[photo]) for _ in range(4)))
    assert [isinstance(one, Report) for one in results].count(True) == 1
    assert await count(office.database, "report") == 1


async def test_two_that_are_merged_into_one_another_at_once_do_not_become_a_circle(office: Office) -> None:
    for _ in range(5):
        first, second = await office.sent(uuid4()), await office.sent(uuid4())
        results = await outcomes(
            office.reports.act(first.id, Act.MERGE, office.lan, "a", into=second.id),
            office.reports.act(second.id, Act.MERGE, office.minh, "b", into=first.id),
        )
        assert [isinstance(one, Report) for one in results].count(True) == 1
        found = [await office.found(one.code) for one in (first, second)]
        assert sorted(one.state.value for one in found) == ["duplicate", "received"]


async def test_a_step_is_told_to_the_conversation_into_which_another_was_linked_meanwhile(office: Office) -> None:
    # Given a resident on two channels whose conversations are just becoming one
    giver, taker = uuid4(), uuid4()
    report = await office.sent(taker)
    await office.sent(giver, channel="telegram")
    links = Links(office.database)
    code = await links.give(giver, "telegram")
    async with office.database.sessions.begin() as session:
        await session.execute(text("LOCK TABLE subscription IN ACCESS EXCLUSIVE MODE"))
        linking = asyncio.create_task(links.link(code, taker, "web"))
        await blocked(office.database, 1)
        # When an officer does something with a report of theirs
        acting = asyncio.create_task(office.reports.act(report.id, Act.VERIFY, office.lan))
        await blocked(office.database, 2)
    linked, verified = await asyncio.gather(linking, acting)
    # Then they are told where they are now
    assert isinstance(linked, Linked)
    assert verified.state is State.VERIFIED
    assert "đã đọc và xác minh" in (await office.texts(linked.survivor))[-1]


async def test_whatever_many_do_at_once_ends_and_leaves_the_counts_true(office: Office) -> None:
    residents = Residents(office.database, SEALER, bool)
    dice = random.Random(20261116)  # noqa: S311 - which acts meet, not a secret
    for _ in range(4):
        people = [uuid4() for _ in range(5)]
        reports = [await office.sent(one) for one in people]

        def something(report: Report, other: Report, person: UUID) -> list[object]:
            act = office.reports.act
            return [
                act(report.id, Act.VERIFY, office.lan),
                act(report.id, Act.MERGE, office.minh, "a", into=other.id),
                act(report.id, Act.PART, office.lan),
                office.reports.support(report.id, person),
                office.reports.add(report.id, "thêm", RESIDENT),
                office.reports.withdraw(report.id),
                office.reports.moderate(report.id, "text", f"lời {uuid4()}", "lý do", office.lan),
                office.reports.claim(report.id, office.lan.staff_id or 0),
                office.reports.note_overdue(),
                residents.erase(person),
            ]

        doing = []
        for _ in range(24):
            offered = something(dice.choice(reports), dice.choice(reports), dice.choice(people))
            chosen = dice.randrange(len(offered))
            doing.append(offered.pop(chosen))
            for unused in offered:
                unused.close()  # type: ignore[attr-defined]
        results = await outcomes(*doing)  # type: ignore[arg-type]
        wrong = [one for one in results if isinstance(one, Exception)]
        assert [one for one in wrong if not isinstance(one, (ReportError, TransitionError))] == []
        await _check_counts(office)


async def _check_counts(office: Office) -> None:
    """No chains, no circles, and what stands behind a head is open to be parted."""
    chains = """
        SELECT count(*) FROM report d JOIN report h ON h.id = d.duplicate_of
        WHERE h.duplicate_of IS NOT NULL OR h.id = d.id OR (h.state = 'withdrawn' AND d.erased_at IS NULL)
    """
    assert await value(office.database, chains) == 0
    states = "SELECT count(*) FROM report WHERE (state = 'duplicate') <> (duplicate_of IS NOT NULL)"
    assert await value(office.database, states) == 0
    assert await value(office.database, "SELECT count(*) FROM report WHERE supporters < 0") == 0
    stories = """
        SELECT count(*) FROM report r WHERE r.state <> (
            SELECT after FROM report_event e WHERE e.report_id = r.id AND after IS NOT NULL ORDER BY id DESC LIMIT 1)
    """
    assert await value(office.database, stories) == 0
