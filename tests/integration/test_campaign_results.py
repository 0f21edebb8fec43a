"""How far campaigns are, and what came of them, against rows made by hand."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from bot.campaigns.lifecycle import Fate, State
from bot.store.campaign_figures import CampaignFigures, Learning, Question, Step
from bot.store.campaign_results import FRESH, FRESH_WHEN_OLD, Results
from bot.store.database import Database
from tests.integration.recorded_campaigns import Recorded, after
from tests.integration.stored import blocked, change

HANOI, BA_DINH, HCM = "01", "00004", "79"


class Hands:
    """Clocks that stand until they are moved."""

    def __init__(self) -> None:
        self.at = after(minutes=10)
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.seconds += seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def results(database: Database, hands: Hands) -> Results:
    return Results(database, hands.now, lambda: hands.seconds, patience=30)


@pytest.fixture
def recorded(database: Database) -> Recorded:
    return Recorded(database)


async def figures_of(results: Results, campaign: int, *places: str) -> CampaignFigures:
    found = await results.figures(campaign, places)
    assert found is not None
    return found


async def many(recorded: Recorded, campaign: int, message: int, number: int, state: str, **more: object) -> None:
    member = {key: more.pop(key) for key in ("channel", "province_code", "commune_code") if key in more}
    for _ in range(number):
        await recorded.row(message, await recorded.member(campaign, uuid4(), **member), state, **more)


async def test_progress_counts_messages_by_fate_and_channel(recorded: Recorded, results: Results) -> None:
    # Given a campaign with a message under way and one that is not listed yet
    campaign = await recorded.campaign()
    message = await recorded.message(campaign)
    await many(recorded, campaign, message, 3, "sent", sent_at=after(minutes=9, seconds=30))
    await many(recorded, campaign, message, 1, "read", channel="zalo_oa", sent_at=after(minutes=2))
    await many(recorded, campaign, message, 2, "failed", reason="blocked")
    await many(recorded, campaign, message, 6, "pending")
    late = after(hours=13)
    await many(recorded, campaign, message, 1, "pending", reason="quiet hours", not_before=late)
    await many(recorded, campaign, message, 2, "pending", reason="window", channel="zalo_oa")
    await recorded.message(campaign, "hai", listed=False, place=1)
    # When it is asked how far it is
    progress = await results.progress(campaign)
    # Then every row is counted once, and what is not listed is planned for all members
    first, second = progress.messages
    assert {channel: dict(tally.fates) for channel, tally in first.by_channel.items()} == {
        "telegram": {Fate.PENDING: 7, Fate.SENT: 3, Fate.FAILED: 2},
        "zalo_oa": {Fate.PENDING: 2, Fate.READ: 1},
    }
    assert (first.total.planned, first.total.reached, first.total.tried) == (15, 4, 6)
    assert (second.total.planned, second.total.open, second.listed) == (15, 15, False)
    # And what waits, how fast it goes and when it will be over can be told
    assert progress.waiting == {"window": 2, "quiet hours": 1}
    assert (progress.per_minute, progress.next_at) == (3, late)
    assert progress.ends_at == after(minutes=12)  # six that could go, three a minute


async def test_nobody_knows_when_it_ends_while_nothing_goes(recorded: Recorded, results: Results) -> None:
    campaign = await recorded.campaign(state="paused")
    await many(recorded, campaign, await recorded.message(campaign), 2, "pending")
    assert (await results.progress(campaign)).ends_at is None
    assert (await results.progress(campaign + 1)).messages == ()


async def test_counts_are_shown_again_for_a_moment(
    recorded: Recorded, results: Results, hands: Hands, database: Database
) -> None:
    campaign = await recorded.campaign()
    message = await recorded.message(campaign)
    await many(recorded, campaign, message, 2, "pending")
    assert (await results.progress(campaign)).total.open == 2
    await change(database, "UPDATE campaign_recipient SET state = 'sent'")
    hands.pass_by(FRESH - 0.1)
    shown = await results.progress(campaign)
    assert (shown.total.open, shown.counted_at) == (2, after(minutes=10))
    hands.pass_by(0.2)
    assert (await results.progress(campaign)).total.reached == 2
    # A message whose stage changes is counted anew at once
    await change(database, "UPDATE campaign_recipient SET state = 'skipped'")
    await change(database, "UPDATE campaign_message SET stage = 'done', ended_at = :at", at=hands.at)
    assert (await results.progress(campaign)).total.of(Fate.SKIPPED) == 2


async def test_whoever_asks_does_not_wait_for_a_long_count(
    recorded: Recorded, hands: Hands, database: Database
) -> None:
    # Given numbers that are no longer fresh, and a table that somebody holds, so that counting takes long
    results = Results(database, hands.now, lambda: hands.seconds, patience=0)
    campaign = await recorded.campaign()
    await many(recorded, campaign, await recorded.message(campaign), 2, "pending")
    await results.progress(campaign)
    hands.pass_by(30)
    async with database.sessions.begin() as session:
        await session.execute(text("UPDATE campaign_recipient SET state = 'sent'"))
        await session.execute(text("LOCK TABLE campaign_recipient IN ACCESS EXCLUSIVE MODE"))
        # When two pages ask meanwhile
        shown = [await results.progress(campaign) for _ in range(2)]
        await blocked(database, 1)
    # Then both see the older numbers with their time, one count is made, and later it is seen
    assert [(one.total.open, one.counted_at) for one in shown] == [(2, after(minutes=10))] * 2
    async with asyncio.timeout(30):
        while (found := await results.progress(campaign)).total.open:
            pass
    assert (found.total.reached, found.counted_at) == (2, after(minutes=10, seconds=30))


async def test_counts_of_what_is_long_over_are_kept_longer(
    recorded: Recorded, results: Results, hands: Hands, database: Database
) -> None:
    campaign = await recorded.campaign()
    message = await recorded.message(campaign, stage="done", ended_at=after(hours=-3))
    await many(recorded, campaign, message, 1, "sent")
    assert (await results.overview([campaign]))[campaign].total.read == 0
    await change(database, "UPDATE campaign_recipient SET state = 'read'")
    hands.pass_by(FRESH_WHEN_OLD - 1)
    assert (await results.progress(campaign)).total.read == 0
    hands.pass_by(2)
    assert (await results.progress(campaign)).total.read == 1


async def test_a_list_of_campaigns_is_counted_at_once(recorded: Recorded, results: Results) -> None:
    made = [await recorded.campaign(title) for title in ("một", "hai", "ba")]
    for number, campaign in enumerate(made[:2], 1):
        await many(recorded, campaign, await recorded.message(campaign), number, "sent")
    found = await results.overview(made)
    assert [found[one].total.reached for one in made] == [1, 2, 0]
    assert await results.overview([]) == {}


async def a_campaign(recorded: Recorded) -> int:
    """One with two messages in two provinces and nowhere, on two channels."""
    campaign = await recorded.campaign("Tuần lễ PCCC")
    first = await recorded.message(campaign)
    second = await recorded.message(campaign, "hai", place=1, begun_at=after(hours=1))
    here = {"province_code": HANOI, "commune_code": BA_DINH}
    await many(recorded, campaign, first, 2, "sent", **here, answered_at=after(minutes=70))
    zalo = {"channel": "zalo_oa", "province_code": HCM, "commune_code": "26734"}
    read = {"delivered_at": after(minutes=1), "read_at": after(hours=2)}
    await many(recorded, campaign, first, 1, "read", **zalo, **read, complained_at=after(hours=3))
    await many(recorded, campaign, first, 2, "skipped", **here, reason="no consent")
    await many(recorded, campaign, second, 1, "failed", **zalo, reason="bot was blocked")
    await many(recorded, campaign, second, 1, "unknown", sent_at=after(hours=1))
    await many(recorded, campaign, second, 1, "sent", sent_at=after(hours=1), stopped_at=after(hours=1, minutes=5))
    return campaign


async def test_results_by_message_channel_place_reason_and_hour(recorded: Recorded, results: Results) -> None:
    figures = await figures_of(results, await a_campaign(recorded))
    assert (figures.title, figures.state, figures.hourly) == ("Tuần lễ PCCC", State.SENDING, True)
    assert [(one.title, one.tally.planned, one.tally.reached) for one in figures.messages] == [
        ("Tin mot", 5, 3),
        ("Tin hai", 3, 1),
    ]
    total = figures.total
    assert (total.answered, total.stopped, total.complained, total.of(Fate.UNKNOWN)) == (2, 1, 1, 1)
    assert {one: (tally.reached, tally.read) for one, tally in figures.by_channel.items()} == {
        "telegram": (3, 0),
        "zalo_oa": (1, 1),
    }
    assert {one: tally.planned for one, tally in figures.by_place.items()} == {
        (HANOI, BA_DINH): 4,
        (HCM, "26734"): 2,
        (None, None): 2,
    }
    assert figures.skipped == {("telegram", "no consent"): 2}
    assert figures.failed == {("zalo_oa", "bot was blocked"): 1}
    assert (figures.people, figures.people_answered) == (4, 2)
    hour = [datetime(2026, 10, 4, at) for at in (8, 9, 10)]  # noqa: DTZ001 (local time)
    assert figures.steps == (
        Step(hour[0], 3, 1, 0, 0, 0),
        Step(hour[1], 1, 0, 0, 2, 1),
        Step(hour[2], 0, 0, 1, 0, 0),
    )


@pytest.mark.parametrize(("place", "planned"), [(HANOI, 6), (BA_DINH, 6), (HCM, 4), ("48", 2)])
async def test_an_officer_sees_their_places_and_what_has_none(
    recorded: Recorded, results: Results, place: str, planned: int
) -> None:
    figures = await figures_of(results, await a_campaign(recorded), place)
    assert figures.total.planned == planned
    assert sum(one.planned for one in figures.by_place.values()) == planned


async def test_a_campaign_of_many_days_is_told_by_the_day(recorded: Recorded, results: Results) -> None:
    campaign = await recorded.campaign()
    message = await recorded.message(campaign)
    await many(recorded, campaign, message, 1, "sent")
    await many(recorded, campaign, message, 2, "sent", sent_at=after(days=4, hours=16))  # 0:00 of the next day
    figures = await figures_of(results, campaign)
    assert not figures.hourly
    assert [(one.start.day, one.sent) for one in figures.steps] == [(4, 1), (9, 2)]


async def test_a_campaign_that_is_not_there_has_no_figures(results: Results) -> None:
    assert await results.figures(999) is None


async def test_what_was_learnt_compares_each_with_themselves(recorded: Recorded, results: Results) -> None:
    # Given three people of whom two did both quizzes; one of these did the second one twice
    campaign = await recorded.campaign()
    message = await recorded.message(campaign)
    rows = [await recorded.row(message, await recorded.member(campaign, uuid4())) for _ in range(3)]

    async def did(quiz: str, moment: str, row: int, *, minutes: int, **answers: bool) -> None:
        right, total = sum(answers.values()), len(answers)
        at = {"started_at": after(minutes=minutes), "finished_at": after(minutes=minutes)}
        await recorded.quiz(quiz, moment, right, total, recipient_id=rows[row], answers=answers, **at)

    await did("truoc", "before", 0, minutes=1, gas=False, khoi=True, cu=True)
    await did("truoc", "before", 1, minutes=1, gas=False, khoi=False, cu=True)
    await did("truoc", "before", 2, minutes=1, gas=True, khoi=True, cu=True)
    await did("sau", "after", 0, minutes=60, gas=True, khoi=True, moi=False)
    await did("sau", "after", 1, minutes=60, gas=True, khoi=False, moi=True)
    await did("sau", "after", 1, minutes=90, gas=True, khoi=True, moi=True)
    # And one who has not finished, and one who came without a message of the campaign
    await recorded.quiz("sau", "after", 0, 3, recipient_id=rows[2], finished_at=None)
    await recorded.quiz("sau", "alone", 3, 3)
    # When the figures are counted
    figures = await figures_of(results, campaign)
    # Then only those two are compared, on the questions of both, with their first time after
    assert figures.learning == (
        Learning(
            quiz_before="truoc",
            quiz_after="sau",
            people=2,
            before=0.25,
            after=0.75,
            questions=(Question("gas", 2, 0, 2), Question("khoi", 2, 1, 1)),
        ),
    )
    assert not figures.learning[0].enough
    assert [(one.id, one.started, one.finished, one.people) for one in figures.quizzes] == [
        ("sau", 4, 3, 2),
        ("truoc", 3, 3, 3),
    ]
    # And they stay after those people have had their data erased
    await change(recorded.database, "UPDATE quiz_attempt SET conversation_id = NULL")
    await change(recorded.database, "UPDATE campaign_member SET conversation_id = NULL")
    assert (await figures_of(results, campaign)).learning == figures.learning


async def test_drills_of_a_campaign_are_counted(recorded: Recorded, results: Results) -> None:
    campaign = await recorded.campaign()
    row = await recorded.row(await recorded.message(campaign), await recorded.member(campaign, uuid4()))
    await recorded.drill("dien-tap-tai-nha", 3, 4, recipient_id=row)
    await recorded.drill("dien-tap-tai-nha", 4, 4, recipient_id=row)
    await recorded.drill("dien-tap-tai-nha", 0, 4, recipient_id=row, finished_at=None)
    (drill,) = (await figures_of(results, campaign)).drills
    assert (drill.started, drill.finished, drill.people, drill.mean) == (3, 2, 1, 0.875)
