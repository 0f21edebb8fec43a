"""Quizzes and drills as residents reach them: by buttons under a campaign's message, and beside real emergencies."""

from __future__ import annotations

from typing import Any, Final

import pytest
from sqlalchemy import text

from bot.conversation import phrases
from bot.conversation.messages import Incoming, Kind, Turn
from bot.store.database import Database
from bot.understanding import Understanding
from intents.triage import Level, assess
from tests.integration.recorded_campaigns import Recorded
from tests.integration.stored import SEALER, count
from tests.integration.test_conversations import Listening, Talk

CONTEST: Final = "ngay-toan-dan-0410"
ALARMING: Final = "Cố chạy xuống qua khói"
"""An option that would raise an alarm anywhere else."""


class Resident(Talk):
    """Somebody who presses and types, with what is stored of it."""

    async def press(self, payload: str) -> Turn:
        return await self.say({}, payload)

    async def type(self, *texts: str) -> Turn:
        turns = [await self.say({"resident": one}) for one in texts]
        return turns[-1]

    async def rows(self, table: str) -> list[dict[str, Any]]:
        async with self.database.sessions() as session:
            found = await session.execute(text(f"SELECT * FROM {table} ORDER BY id"))  # noqa: S608
            return [dict(row) for row in found.mappings()]

    async def sent_message(self) -> tuple[int, int]:
        """A campaign's message that they got: its number and that of its row of the ledger."""
        recorded = Recorded(self.database)
        campaign = await recorded.campaign()
        message = await recorded.message(campaign)
        return message, await recorded.row(message, await recorded.member(campaign, self.conversation))


@pytest.fixture
def resident(understanding: Understanding, database: Database) -> Resident:
    return Resident(understanding, database, SEALER, Listening(None, set()))


def said(turn: Turn) -> str:
    return "\n".join(reply.text for reply in turn.replies)


async def test_the_button_of_a_campaign_opens_its_quiz_and_the_result_belongs_to_it(resident: Resident) -> None:
    message, recipient = await resident.sent_message()
    opened = await resident.press(f"go:quiz:{CONTEST}:{message}")
    assert "Câu 1/8" in said(opened)
    done = await resident.type("b", "a", "b", "a", "c", "c", "b", "a")
    assert "đúng 8/8 câu" in said(done)
    assert "Lần này được tính" in said(done)
    (row,) = await resident.rows("quiz_attempt")
    assert (row["quiz_id"], row["recipient_id"], row["moment"], row["right"]) == (CONTEST, recipient, "after", 8)
    assert row["finished_at"] is not None
    again = await resident.press(f"go:quiz:{CONTEST}:{message}")
    assert "lần này là luyện tập" in said(again)


async def test_the_button_of_a_campaign_opens_its_drill(resident: Resident) -> None:
    message, recipient = await resident.sent_message()
    assert "Bước 1/9" in said(await resident.press(f"go:drill:dien-tap-tai-nha:{message}"))
    await resident.type("rồi")
    (row,) = await resident.rows("drill_attempt")
    assert (row["drill_id"], row["recipient_id"], row["finished_at"]) == ("dien-tap-tai-nha", recipient, None)
    assert row["steps"] == {"hai-loi-ra": True}


async def test_a_quiz_that_is_no_more_leads_to_the_list(resident: Resident) -> None:
    turn = await resident.press("go:quiz:ngay-toan-dan-2019:3")
    assert said(turn).startswith(phrases.EXERCISE_GONE)
    assert "Bếp gas và chảo dầu" in [button.label for button in turn.replies[0].buttons]


async def test_a_message_of_somebody_else_is_named_in_no_result(resident: Resident) -> None:
    """Given a button that was forwarded, the quiz opens all the same and belongs to no campaign."""
    message, _ = await resident.sent_message()
    resident.channel = "test 2"
    await resident.press(f"go:quiz:bep-gas:{message}")
    await resident.type("a")
    (row,) = await resident.rows("quiz_attempt")
    assert row["recipient_id"] is None


async def test_words_of_an_option_alarm_nobody_while_it_is_offered(resident: Resident) -> None:
    assert assess(ALARMING).level is Level.EMERGENCY, "else this shows nothing"
    await resident.press("do:quiz:thoat-nan")
    await resident.type("1", "3", "2", "1")
    turn = await resident.type(ALARMING)
    assert turn.kind is Kind.FLOW
    assert "Chưa đúng" in said(turn)
    assert phrases.IF_BURNING not in said(turn)


@pytest.mark.parametrize("before", [(), ("đố vui",), ("đố vui", "thoát nạn khi có cháy"), ("đố vui", "thôi")])
async def test_the_same_words_alarm_wherever_they_are_not_offered(resident: Resident, before: tuple[str, ...]) -> None:
    if before:
        await resident.type(*before)
    turn = await resident.type(ALARMING)
    assert turn.kind is Kind.EMERGENCY
    assert "114" in said(turn)


async def test_after_an_alarm_the_same_words_alarm_again(resident: Resident) -> None:
    await resident.press("do:quiz:thoat-nan")
    await resident.type("1", "3", "2", "1", "cháy rồi cứu với")
    await resident.dialogue.settled()
    assert (await resident.type(ALARMING)).kind is Kind.EMERGENCY
    assert (await resident.rows("quiz_attempt"))[0]["finished_at"] is None


async def test_whoever_has_no_memory_is_answered_as_in_an_emergency(resident: Resident) -> None:
    turn = await resident.dialogue.respond(Incoming(conversation=None, channel="web", text=ALARMING))
    assert turn.kind is Kind.EMERGENCY


def test_what_a_channel_asks_first_leaves_words_of_options_to_the_turn(resident: Resident) -> None:
    assert resident.dialogue.emergency(ALARMING) is None
    assert resident.dialogue.emergency("cháy rồi cứu với") is not None
    assert resident.dialogue.emergency(f"{ALARMING} rồi, cứu với") is not None


async def test_a_cry_in_a_quiz_alarms_and_the_quiz_waits(resident: Resident) -> None:
    await resident.press("do:quiz:bep-gas")
    assert (await resident.type("cháy nhà rồi")).kind is Kind.EMERGENCY
    await resident.dialogue.settled()
    assert await resident.step() is None
    await resident.press(str(phrases.FALSE_ALARM.payload))
    assert await resident.step() == "quiz.itema"
    assert await count(resident.database, "quiz_attempt") == 0


async def test_a_tick_that_sounds_like_a_cry_is_a_tick_in_a_drill_only(resident: Resident) -> None:
    assert assess("dạ xong rồi").level is Level.EMERGENCY, "else this shows nothing"
    assert (await resident.type("dạ xong rồi")).kind is Kind.EMERGENCY
    await resident.dialogue.settled()
    await resident.press(str(phrases.FALSE_ALARM.payload))
    await resident.press("do:drill:dien-tap-tai-nha")
    assert "Bước 2/9" in said(await resident.type("dạ xong rồi"))
