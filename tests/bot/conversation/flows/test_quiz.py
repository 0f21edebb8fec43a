"""A quiz on its way: what is asked, which answers are understood, what is said of them, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

import pytest

from bot.channels.contract import Rendered
from bot.channels.telegram.rendering import render as telegram
from bot.channels.zalo_bot.rendering import rendered as zalo_bot
from bot.channels.zalo_oa.rendering import render as zalo_oa
from bot.conversation.flows import wording
from bot.conversation.flows.courses import opening
from bot.conversation.flows.desk import Exercise, Progress
from bot.conversation.flows.engine import Control, Engine
from bot.conversation.flows.lifecycle import State
from bot.conversation.flows.quiz import (
    CANCELLED,
    COUNTS,
    FINAL,
    NAME,
    ONLY_PRACTICE,
    PRACTICE,
    RIGHT,
    as_typed,
    option_named,
    option_words,
    quiz_flow,
)
from bot.conversation.messages import Reply
from tests.bot.conversation.flows.trying import DAY, NOW, FakeDesk, done, engine, form_of, labels, project

CONTEST: Final = "ngay-toan-dan-0410"
BEFORE: Final = "ngay-toan-dan-0410-truoc"
OPTIONS: Final = ("Đóng cửa lại, không khóa", "Mở rộng cửa", "Chạy xuống qua khói")


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def right_answers(quiz: str) -> list[str]:
    return [str(one.right) for one in project().quizzes[quiz].questions]


@pytest.mark.parametrize(
    ("answer", "option"),
    [
        *(
            (typed, 2)
            for typed in (
                "2",
                "b",
                "B",
                "b.",
                "(b)",
                "câu b",
                "cau B",
                "ý 2",
                "đáp án b",
                "chọn câu b",
                "Là b!",
                "số 2",
                "hai",
                "em chọn câu b ạ",
                "tui nghĩ là b",
            )
        ),
        ("đóng cửa lại", 1),
        ("dong cua lai khong khoa", 1),
        ("CHẠY XUỐNG QUA KHÓI", 3),
        ("rộng cửa", 2),
        *(
            (typed, None)
            for typed in ("", "d", "4", "cửa", "e", "ab", "câu", "🔥", "²", "hai câu", "mở cửa sổ", "1" * 999)
        ),
    ],
)
def test_an_answer_is_a_number_a_letter_or_words_of_one_option(answer: str, option: int | None) -> None:
    assert option_named(answer, OPTIONS) == option


async def test_the_first_question_comes_with_what_the_quiz_is_about(desk: FakeDesk) -> None:
    outcome = await done(desk, NAME, pick=CONTEST)
    text = outcome.replies[0].text
    quiz = project().quizzes[CONTEST]
    assert text.startswith(f"Câu 1/8 · {quiz.title}\n\n{quiz.about}")
    assert text.endswith(quiz.questions[0].text)
    assert labels(outcome) == [*quiz.questions[0].options, wording.CANCEL]
    assert desk.looked == [(Exercise.QUIZ, CONTEST, None)]


async def test_a_right_and_a_wrong_answer_are_explained_at_once_with_sources(desk: FakeDesk) -> None:
    right = await done(desk, NAME, "b", pick=CONTEST)
    first = project().quizzes[CONTEST].questions[0]
    assert right.replies[0].text.startswith(f"{RIGHT} {first.because}\n\nCâu 2/8")
    assert [one.marker for one in right.replies[0].citations] == [1, 2]
    wrong = await done(desk, NAME, "a", pick=CONTEST)
    assert wrong.replies[0].text.startswith(f"✗ Chưa đúng, đáp án là “{first.answer}”. {first.because}")
    assert len(wrong.replies) == 1, "one message for each answer: channels count them"


async def test_progress_is_kept_after_each_answer(desk: FakeDesk) -> None:
    await done(desk, NAME, "b", "b", pick=CONTEST, message="17")
    assert desk.kept[-1] == Progress(
        exercise=Exercise.QUIZ,
        id=CONTEST,
        answers={"di-trong-khoi": True, "dong-cua-phong": False},
        total=8,
        moment="after",
        message=17,
    )
    assert [len(one.answers) for one in desk.kept] == [1, 2]


async def test_the_quiz_before_the_lessons_says_so_of_itself(desk: FakeDesk) -> None:
    await done(desk, NAME, *right_answers(BEFORE), pick=BEFORE)
    assert (desk.kept[-1].moment, desk.kept[-1].finished) == ("before", True)
    assert all(desk.kept[-1].answers.values())


async def test_the_score_of_a_contest_and_what_to_read_again(desk: FakeDesk) -> None:
    answers = right_answers(CONTEST)
    outcome = await done(desk, NAME, "1", *answers[1:], pick=CONTEST)
    text = outcome.replies[0].text
    assert outcome.form is None
    assert "Bạn đúng 7/8 câu" in text
    assert COUNTS in text
    assert [one.payload for one in outcome.replies[0].buttons] == ["card:thap-nguoi-trong-khoi", "do:quiz"]
    assert desk.kept[-1].finished


async def test_a_second_go_at_a_contest_is_practice_and_says_so(desk: FakeDesk) -> None:
    desk.finished = True
    assert PRACTICE in (await done(desk, NAME, pick=CONTEST)).replies[0].text
    text = (await done(desk, NAME, *right_answers(CONTEST), pick=CONTEST)).replies[0].text
    assert ONLY_PRACTICE in text
    assert COUNTS not in text


async def test_a_quiz_that_is_no_contest_speaks_of_neither(desk: FakeDesk) -> None:
    desk.finished = True
    assert PRACTICE not in (await done(desk, NAME, pick="bep-gas")).replies[0].text
    text = (await done(desk, NAME, *right_answers("bep-gas"), pick="bep-gas")).replies[0].text
    assert ONLY_PRACTICE not in text
    assert "đúng 6/6 câu" in text


async def test_what_is_understood_as_nothing_is_asked_again_without_the_answer(desk: FakeDesk) -> None:
    outcome = await done(desk, NAME, "mẹ em bảo thế", pick=CONTEST)
    assert outcome.replies[0].text.startswith("Bạn chọn giúp mình một câu trả lời")
    assert form_of(outcome).step == "itema"
    assert desk.kept == []


async def test_leaving_keeps_what_was_answered(desk: FakeDesk) -> None:
    form = form_of(await done(desk, NAME, "b", pick=CONTEST))
    desk.kept.clear()
    outcome = await engine().control(form, Control.CANCEL, desk.as_desk, NOW)
    assert (outcome.form, outcome.replies[0].text) == (None, CANCELLED)
    assert desk.kept[0].answers == {"di-trong-khoi": True}
    assert not desk.kept[0].finished


async def test_leaving_before_the_first_answer_keeps_nothing(desk: FakeDesk) -> None:
    form = form_of(await done(desk, NAME, pick=CONTEST))
    await engine().control(form, Control.CANCEL, desk.as_desk, NOW)
    assert desk.kept == []


async def test_what_cannot_be_kept_when_leaving_is_not_promised(desk: FakeDesk) -> None:
    form = form_of(await done(desk, NAME, "b", pick=CONTEST))
    desk.fails = True
    outcome = await engine().control(form, Control.CANCEL, desk.as_desk, NOW)
    assert outcome.form is None
    assert CANCELLED not in outcome.replies[0].text


async def test_going_on_begins_at_the_first_question_left(desk: FakeDesk) -> None:
    desk.left = {"di-trong-khoi": False, "loi-thoat-long-sat": True, "khong-con-cau-nay": True}
    asked = await done(desk, NAME, pick=CONTEST)
    assert "đã làm 2/8 câu" in asked.replies[0].text
    outcome = await engine().typed(form_of(asked), "làm tiếp", desk.as_desk, NOW)
    assert form_of(outcome).step == "itemb"
    assert "Câu 2/8" in outcome.replies[0].text
    form = form_of(await engine().typed(form_of(outcome), "1", desk.as_desk, NOW))
    assert form.step == "itemd", "the third was answered the last time"
    assert desk.kept[-1].answers == {"di-trong-khoi": False, "dong-cua-phong": True, "loi-thoat-long-sat": True}
    assert len(desk.looked) == 1, "what stands in the form is not looked up again"


async def test_beginning_anew_asks_all(desk: FakeDesk) -> None:
    desk.left = {"di-trong-khoi": False}
    form = form_of(await done(desk, NAME, "làm lại từ đầu", pick=CONTEST))
    assert form.step == "itema"


async def test_an_answer_that_was_explained_is_not_changed(desk: FakeDesk) -> None:
    form = form_of(await done(desk, NAME, "b", pick=CONTEST))
    outcome = await engine().control(form, Control.BACK, desk.as_desk, NOW)
    assert outcome.replies[0].text.startswith(FINAL)
    assert form_of(outcome).step == "itemb"
    assert wording.BACK not in labels(outcome)


async def test_a_store_that_fails_costs_no_question_and_no_answer(desk: FakeDesk) -> None:
    """Given a store that fails all the time, the quiz goes on; its end is asked for again, and nothing is lost."""
    desk.fails = True
    *answers, last = right_answers(CONTEST)
    form = form_of(await done(desk, NAME, *answers, pick=CONTEST))
    outcome = await engine().typed(form, last, desk.as_desk, NOW)
    assert wording.NOT_STORED in outcome.replies[0].text
    desk.fails = False
    outcome = await engine().typed(form_of(outcome), last, desk.as_desk, NOW)
    assert outcome.form is None
    assert len(desk.kept[-1].answers) == 8
    assert desk.kept[-1].finished


async def test_the_list_names_what_was_left_and_hides_the_quiz_before(desk: FakeDesk) -> None:
    outcome = await done(desk, NAME)
    assert labels(outcome)[0] == project().quizzes[CONTEST].title, "the contest comes first"
    assert "Bếp gas và chảo dầu (đang làm dở)" in labels(outcome)
    assert project().quizzes[BEFORE].title not in labels(outcome)
    assert form_of(await engine().typed(form_of(outcome), "bep gas", desk.as_desk, NOW)).values["pick"] == "bep-gas"


async def test_a_quiz_that_is_gone_ends_its_forms(desk: FakeDesk) -> None:
    form = form_of(await done(desk, NAME, pick="bep-gas"))
    base = project()
    fewer = replace(base, quizzes={id_: one for id_, one in base.quizzes.items() if id_ != "bep-gas"})
    without = Engine([quiz_flow(fewer, lambda: DAY)], lambda: "0a1b2c")
    assert engine().as_of(form, NOW).state is State.ASKING
    assert without.as_of(form, NOW).state is State.EXPIRED
    assert engine().as_of(form, NOW + timedelta(hours=3)).state is State.PAUSED


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("", {}),
        ("bep-gas", {"pick": "bep-gas"}),
        ("bep-gas:17", {"pick": "bep-gas", "message": "17"}),
        (f"bep-gas:{2**63}", {"pick": "bep-gas"}),
        (f"bep-gas:{'9' * 5000}", {"pick": "bep-gas"}),
        ("bep-gas:mười", {"pick": "bep-gas"}),
    ],
)
def test_what_a_button_opens(argument: str, values: dict[str, str]) -> None:
    assert opening(argument) == values


def test_words_of_options_with_and_without_diacritics() -> None:
    words = option_words(project().quizzes.values())
    assert as_typed("Cố chạy xuống qua khói!") in words
    assert as_typed("co chay xuong qua khoi") in words
    assert as_typed("cháy rồi") not in words


@pytest.mark.parametrize("render", [telegram, zalo_oa, partial(zalo_bot, picture_url=lambda _name: None)])
async def test_each_reply_is_one_message_on_every_channel(desk: FakeDesk, render: Callable[[Reply], Rendered]) -> None:
    """Given wrong answers throughout, which are explained longest, each is one message with every option to choose."""
    for quiz in project().quizzes.values():
        outcome = await done(desk, NAME, pick=quiz.id)
        for question in quiz.questions:
            rendered = render(outcome.replies[0])
            assert len(rendered.parts) == 1, (quiz.id, question.key)
            body = json.dumps(rendered.parts[0].body, ensure_ascii=False)
            assert all(option in body for option in question.options), (quiz.id, question.key)
            wrong = "1" if question.right != 1 else "2"
            outcome = await engine().typed(form_of(outcome), wrong, desk.as_desk, NOW)
        assert len(render(outcome.replies[0]).parts) == 1


async def test_where_there_are_no_buttons_a_typed_number_is_the_option(desk: FakeDesk) -> None:
    outcome = await done(desk, NAME, pick=CONTEST)
    rendered = zalo_bot(outcome.replies[0], lambda _name: None)
    text = rendered.parts[0].body["text"]
    assert "2. Hạ thấp người, men theo tường" in text
    assert rendered.options[1] == "form:0a1b2c:itema:2"
