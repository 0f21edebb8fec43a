"""Goes at quizzes and drills in the store: what is kept, what counts, and which message of a campaign led there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from bot.campaigns.content import Doing, Message, Moment, Offer, Plan, Variant
from bot.campaigns.content_json import plan_as_json
from bot.store.attempts import LED_WITHIN, RESUMED_WITHIN, Attempt, Attempted, Attempts, Kind
from bot.store.database import Database
from bot.store.profiles import Profiles
from tests.integration.recorded_campaigns import BEGUN, Recorded, after
from tests.integration.stored import change, count, outcomes, value

CONTEST: Final = Attempt(kind=Kind.QUIZ, id="thi", answers={"khoi": True}, total=2, moment="after")
DONE: Final = replace(CONTEST, answers={"khoi": True, "cua": False}, finished=True)
OFFER: Final = Offer(label="Làm bài", kind=Doing.QUIZ, target="thi")


class Desk:
    """A resident at a store whose clock a test sets."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now: datetime = after(hours=1)
        self.who: UUID = uuid4()
        self.attempts = Attempts(database, lambda: self.now)
        self.recorded = Recorded(database)

    async def keep(self, attempt: Attempt) -> bool:
        return await self.attempts.keep(self.who, "telegram", attempt)

    async def row(self, table: str = "quiz_attempt") -> dict[str, Any]:
        async with self.database.sessions() as session:
            found = await session.execute(text(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 1"))  # noqa: S608
            return dict(found.mappings().one())

    async def sent(self, *offers: Offer, **more: Any) -> tuple[int, int]:
        """A message of a new campaign that the resident got; return its number and that of its row of the ledger."""
        campaign = await self.recorded.campaign()
        message = Message(
            key="tin", title="Tin", when=Moment(), texts={Variant.HOUSEHOLD: "Mời bạn thử sức."}, offers=offers
        )
        plan = json.dumps(plan_as_json(Plan(title="Ngày 04/10", messages=(message,))))
        await change(
            self.database, "UPDATE campaign SET plan = CAST(:plan AS jsonb) WHERE id = :id", plan=plan, id=campaign
        )
        number = await self.recorded.message(campaign, "tin")
        member = await self.recorded.member(campaign, self.who)
        return number, await self.recorded.row(number, member, **more)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def test_an_attempt_is_one_row_from_the_first_answer_to_the_last(desk: Desk) -> None:
    assert await desk.keep(CONTEST)
    first = await desk.row()
    assert (first["finished_at"], first["answers"], first["right"], first["total"]) == (None, {"khoi": True}, 1, 2)
    desk.now += timedelta(minutes=3)
    assert await desk.keep(DONE)
    row = await desk.row()
    assert (row["id"], row["right"], row["moment"], row["channel"]) == (first["id"], 1, "after", "telegram")
    assert row["answers"] == {"khoi": True, "cua": False}
    assert row["finished_at"] - row["started_at"] == timedelta(minutes=3)
    assert await count(desk.database, "quiz_attempt") == 1


async def test_what_was_left_is_told_and_gone_on_with_for_a_while(desk: Desk) -> None:
    await desk.keep(CONTEST)
    assert await desk.attempts.standing(desk.who, Kind.QUIZ, "thi") == Attempted({"khoi": True}, finished=False)
    assert await desk.attempts.under_way(desk.who, Kind.QUIZ) == {"thi"}
    assert await desk.attempts.under_way(desk.who, Kind.DRILL) == frozenset()
    assert await desk.attempts.standing(uuid4(), Kind.QUIZ, "thi") == Attempted()
    desk.now += RESUMED_WITHIN + timedelta(seconds=1)
    assert await desk.attempts.standing(desk.who, Kind.QUIZ, "thi") == Attempted()
    assert await desk.attempts.under_way(desk.who, Kind.QUIZ) == frozenset()
    await desk.keep(CONTEST)
    assert await count(desk.database, "quiz_attempt") == 2


async def test_whoever_begins_anew_begins_now(desk: Desk) -> None:
    await desk.keep(CONTEST)
    desk.now += timedelta(days=2)
    await desk.keep(replace(CONTEST, answers={"cua": True}))
    row = await desk.row()
    assert (row["answers"], row["started_at"]) == ({"cua": True}, desk.now)
    assert await count(desk.database, "quiz_attempt") == 1


async def test_only_the_first_finished_counts(desk: Desk) -> None:
    assert not await desk.attempts.finished(desk.who, "thi")
    assert await desk.keep(DONE)
    assert await desk.attempts.finished(desk.who, "thi")
    assert not await desk.keep(DONE)
    assert await desk.keep(replace(DONE, id="khac"))
    assert (await desk.attempts.standing(desk.who, Kind.QUIZ, "thi")).finished
    assert await count(desk.database, "quiz_attempt") == 3


async def test_two_at_once_count_once(desk: Desk) -> None:
    assert sorted(await outcomes(*(desk.keep(DONE) for _ in range(4)))) == [False, False, False, True]


async def test_the_pressed_message_leads_to_its_row_of_the_ledger(desk: Desk) -> None:
    other, _ = await desk.sent(OFFER)
    message, recipient = await desk.sent(OFFER)
    await desk.keep(replace(DONE, message=message))
    assert (await desk.row())["recipient_id"] == recipient
    assert other != message


async def test_a_message_of_somebody_else_leads_nowhere(desk: Desk) -> None:
    message, _ = await desk.sent(OFFER)
    desk.who = uuid4()
    await desk.keep(replace(DONE, message=message))
    assert (await desk.row())["recipient_id"] is None


@pytest.mark.parametrize(
    ("offer", "hours", "led"),
    [
        (OFFER, 1, True),
        (replace(OFFER, target="khac"), 1, False),
        (replace(OFFER, kind=Doing.DRILL), 1, False),
        (OFFER, LED_WITHIN / timedelta(hours=1) + 1, False),
    ],
)
async def test_words_lead_to_the_last_message_that_offered_it(
    desk: Desk, offer: Offer, hours: float, *, led: bool
) -> None:
    _, recipient = await desk.sent(offer)
    desk.now = after(hours=hours)
    await desk.keep(DONE)
    assert (await desk.row())["recipient_id"] == (recipient if led else None)


async def test_it_counts_once_in_each_campaign(desk: Desk) -> None:
    """Given a contest of last year, a new one counts again, once."""
    assert await desk.keep(DONE)  # outside of any campaign
    message, _ = await desk.sent(OFFER)
    assert not (await desk.attempts.standing(desk.who, Kind.QUIZ, "thi", message)).finished
    assert await desk.keep(replace(DONE, message=message))
    assert (await desk.attempts.standing(desk.who, Kind.QUIZ, "thi", message)).finished
    assert not await desk.keep(DONE)  # by words: the same campaign
    _, again = await desk.sent(OFFER, sent_at=BEGUN + timedelta(minutes=30))
    assert await desk.keep(DONE)
    assert (await desk.row())["recipient_id"] == again


async def test_an_unsent_message_has_led_nobody(desk: Desk) -> None:
    await desk.sent(OFFER, state="pending")
    await desk.keep(DONE)
    assert (await desk.row())["recipient_id"] is None


async def test_the_place_is_that_of_the_profile(desk: Desk) -> None:
    await Profiles(desk.database).set(desk.who, "telegram", commune_code="26884", consent_version="1")
    await desk.keep(DONE)
    assert (await desk.row())["commune_code"] == "26884"
    desk.who = uuid4()
    await desk.keep(DONE)
    row = await desk.row()
    assert (row["province_code"], row["commune_code"]) == (None, None)


async def test_a_drill_keeps_its_steps(desk: Desk) -> None:
    steps = {"loi-ra": True, "diem-hen": False}
    drill = Attempt(kind=Kind.DRILL, id="tai-nha", answers=steps, total=2, finished=True)
    assert await desk.keep(drill)
    row = await desk.row("drill_attempt")
    assert (row["steps"], row["done"], row["total"], row["finished_at"]) == (steps, 1, 2, desk.now)
    assert not await desk.attempts.finished(desk.who, "tai-nha")
    assert await count(desk.database, "quiz_attempt") == 0


async def test_what_is_erased_is_nobodys(desk: Desk) -> None:
    await desk.keep(DONE)
    await change(desk.database, "UPDATE quiz_attempt SET conversation_id = NULL")
    assert await desk.keep(DONE)
    assert await value(desk.database, "SELECT count(*) FROM quiz_attempt WHERE conversation_id IS NULL") == 1
