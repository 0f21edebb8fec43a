"""Commands in more words than a list holds, and what only looks like one."""

from __future__ import annotations

import doctest
import time

import pytest

from bot.conversation.commands import Command, command_in
from bot.conversation.flows import told_in_words
from bot.conversation.flows.set_words import EXERCISES, NO_IDEA
from tests.bot.conversation.flows.trying import project


def test_examples_hold() -> None:
    result = doctest.testmod(told_in_words)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    "text",
    [
        "nói chuyện với người thật được không",
        "noi chuyen voi nguoi that duoc khong",
        "cho tôi gặp người thật",
        "em muốn chat với nhân viên ạ",
        "làm ơn kết nối tổng đài viên",
        "gặp tư vấn viên ở đâu",
        "có thể nói chuyện trực tiếp với cán bộ không",
    ],
)
def test_whoever_wants_a_person_is_understood(text: str) -> None:
    assert told_in_words.wants_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "gọi người",
        "goi nguoi giup",
        "gặp người kẹt trong nhà",
        "gặp người lạ đốt rác thì báo ai",
        "bạn là người thật hay máy",
        "nói chuyện với người già về phòng cháy",
        "cán bộ nói chuyện với tôi rất gắt " * 10,
    ],
)
def test_other_words_about_people_do_not_ask_for_one(text: str) -> None:
    assert not told_in_words.wants_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "dừng nhắn tin cho tôi",
        "làm ơn đừng nhắn nữa",
        "bỏ đăng ký",
        "bo dang ky nhan tin",
        "tôi không muốn nhận tin nữa đâu",
        "ko nhận tin nữa đâu nha",
        "phiền quá đừng gửi",
        "đừng làm phiền tôi nữa",
        "hủy đăng ký nhận thông báo",
        "tắt tin nhắn đi",
    ],
)
def test_no_more_news_is_understood_as_people_say_it(text: str) -> None:
    assert command_in(text) is Command.STOP


@pytest.mark.parametrize(
    "text",
    [
        "đừng gửi",
        "thôi đừng gửi đi",
        "đừng gửi sau 9h tối",
        "dung gui tu 12h toi 14h",
        "đừng gửi buổi trưa nữa",
        "đừng nhắn tin",
        "không cần nhắn",
        "không nhận được tin nữa",
        "sao tôi không nhận tin nữa?",
        "dừng lại, nằm xuống",
        "nhận tin báo cháy",
        "đăng ký phòng cháy",
        "thi công phòng cháy",
        "thi",
        "dk",
        "",
    ],
)
def test_what_only_looks_like_a_command_is_none(text: str) -> None:
    assert command_in(text) is None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("cho mình tin 04/10", Command.NEWS),
        ("mình muốn nhận tin về phòng cháy", Command.NEWS),
        ("đk nhận tin", Command.NEWS),
        ("thi trac nghiem 0410", Command.QUIZ),
        ("thi tìm hiểu pccc 04/10", Command.QUIZ),
        ("em muốn làm bài thi 4/10 nhé", Command.QUIZ),
        ("tập dượt thoát nạn", Command.DRILL),
    ],
)
def test_what_it_is_to_be_about_may_follow(text: str, command: Command) -> None:
    assert command_in(text) is command


@pytest.mark.parametrize(
    "text", ["nhan tin" + " 4  10" * 9_999 + "x", "nhận tin" + " về" * 9_999, "thôi " * 9_999, "." * 99_999]
)
def test_a_hostile_text_holds_nobody_up(text: str) -> None:
    began = time.process_time()
    assert command_in(text) is None
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "exercise"),
    [
        ("thi trắc nghiệm 04/10", "ngay-toan-dan-0410"),
        ("thi trac nghiem 0410", "ngay-toan-dan-0410"),
        ("diễn tập ở chung cư", "dien-tap-chung-cu"),
        ("dien tap o nha tro", "dien-tap-nha-tro"),
    ],
)
def test_the_exercise_that_is_named_is_there(text: str, exercise: str) -> None:
    assert EXERCISES.inside(text)[-1] == exercise
    assert exercise in {*project().quizzes, *project().drills}


def test_no_answer_of_a_quiz_means_that_somebody_has_no_idea() -> None:
    options = [one for quiz in project().quizzes.values() for question in quiz.questions for one in question.options]
    assert [one for one in options if NO_IDEA.named(one)] == []
