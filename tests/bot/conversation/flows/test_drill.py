"""A drill on its way: steps that are ticked, advice for those that could not be done, and what came of it."""

from __future__ import annotations

from typing import Final

import pytest

from bot.channels.rendering import units
from bot.conversation.flows.desk import Exercise, Progress
from bot.conversation.flows.drill import CANCELLED, NAME, ticks
from bot.conversation.flows.engine import Control
from tests.bot.conversation.flows.trying import NOW, FakeDesk, done, engine, form_of, labels, project

HOME: Final = "dien-tap-tai-nha"


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


async def test_the_drill_at_home_is_offered_first(desk: FakeDesk) -> None:
    outcome = await done(desk, NAME)
    assert labels(outcome)[0] == project().drills[HOME].title
    assert len(labels(outcome)) == len(project().drills) + 1


async def test_the_first_step_comes_with_what_the_drill_is_about(desk: FakeDesk) -> None:
    outcome = await done(desk, NAME, pick=HOME)
    drill = project().drills[HOME]
    assert outcome.replies[0].text.startswith(f"Bước 1/9 · {drill.title}\n\n{drill.about}")
    assert [one.marker for one in outcome.replies[0].citations] == [1]
    assert labels(outcome)[:2] == ["Đã làm", "Chưa làm được"]


async def test_advice_and_the_next_step_count_their_sources_on(desk: FakeDesk) -> None:
    """Given advice with two sources and a next step with one, markers stay apart and each has its source."""
    outcome = await done(desk, NAME, "chưa", pick=HOME)
    reply = outcome.replies[0]
    advice, _, step = reply.text.partition("\n\n")
    assert advice.startswith("Không sao. Phòng chỉ có một lối")
    assert advice.endswith("[1][2]")
    assert step.endswith("[3]")
    assert [one.marker for one in reply.citations] == [1, 2, 3]
    assert reply.citations[0].passage == "kn-nha-ong#cac-loi-thoat"


@pytest.mark.parametrize(
    ("answer", "could"),
    [
        *((said, True) for said in ("1", "rồi", "dạ xong rồi", "ok", "làm được rồi ạ", "Đã làm", "có", "da lam xong")),
        *((said, False) for said in ("2", "chưa", "chưa làm được", "không", "chưa xong", "nhà em chưa có", "khó quá")),
    ],
)
async def test_a_step_is_ticked_in_words(desk: FakeDesk, answer: str, *, could: bool) -> None:
    await done(desk, NAME, answer, pick=HOME)
    assert desk.kept[-1].answers == {"hai-loi-ra": could}


async def test_what_is_no_tick_is_asked_again(desk: FakeDesk) -> None:
    outcome = await done(desk, NAME, "nhà em màu xanh", pick=HOME)
    assert outcome.replies[0].text.startswith("Bước này bạn làm được chưa? Bấm “Đã làm” hay “Chưa làm được”")
    assert desk.kept == []


async def test_the_result_names_what_is_left_with_where_to_read(desk: FakeDesk) -> None:
    outcome = await done(desk, NAME, *["rồi"] * 8, "lâu hơn", pick=HOME, message="5")
    reply = outcome.replies[0]
    assert outcome.form is None
    assert "làm được 8/9 bước" in reply.text
    assert "• Bấm giờ dưới 2 phút" in reply.text
    assert [one.payload for one in reply.buttons] == ["card:dien-tap-tai-nha", "do:drill"]
    last = desk.kept[-1]
    assert (last.exercise, last.id, last.total, last.message, last.finished) == (Exercise.DRILL, HOME, 9, 5, True)
    assert sum(last.answers.values()) == 8


async def test_a_drill_done_wholly_asks_for_the_next(desk: FakeDesk) -> None:
    outcome = await done(desk, NAME, *["rồi"] * 6, pick="dien-tap-chung-cu")
    assert "làm được 6/6 bước" in outcome.replies[0].text
    assert "•" not in outcome.replies[0].text


async def test_going_back_ticks_anew(desk: FakeDesk) -> None:
    form = form_of(await done(desk, NAME, "chưa", pick=HOME))
    back = form_of(await engine().control(form, Control.BACK, desk.as_desk, NOW))
    assert back.step == "itema"
    await engine().typed(back, "rồi", desk.as_desk, NOW)
    assert desk.kept[-1] == Progress(exercise=Exercise.DRILL, id=HOME, answers={"hai-loi-ra": True}, total=9)


async def test_leaving_keeps_what_was_done(desk: FakeDesk) -> None:
    form = form_of(await done(desk, NAME, "rồi", pick=HOME))
    outcome = await engine().control(form, Control.CANCEL, desk.as_desk, NOW)
    assert outcome.replies[0].text == CANCELLED


@pytest.mark.parametrize(
    ("text", "only"), [("dạ xong rồi", True), ("xong", True), ("xong rồi, cháy rồi", False), ("cháy rồi", False)]
)
def test_what_says_no_more_than_a_tick(text: str, *, only: bool) -> None:
    assert ticks(text) is only


@pytest.mark.parametrize("tick", ["rồi", "chưa"])
async def test_every_reply_of_every_drill_is_short(desk: FakeDesk, tick: str) -> None:
    for drill in project().drills.values():
        outcome = await done(desk, NAME, pick=drill.id)
        while outcome.form is not None:
            assert units(outcome.replies[0].full_text) <= 1_500, (drill.id, outcome.form.step)
            outcome = await engine().typed(outcome.form, tick, desk.as_desk, NOW)
