"""How alike two reports are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feedback.duplicates import NEAR, SPAN, Candidate, alike, likeness, metres_between, similar
from bot.feedback.kinds import Category
from bot.feedback.reports import Where

AT = datetime(2026, 10, 5, 8, tzinfo=UTC)
PIN = (21.0285, 105.8542)
TEXT = "Cửa thoát nạn tầng 3 chung cư A bị khóa bằng xích, bảo vệ không mở."
ONE = Candidate(
    report_id=1,
    code="CH-7K2M-9QXD",
    category=Category.LOCKED_EXIT,
    where=Where("01", "00004", "Chung cư A, ngõ 12", PIN),
    text=TEXT,
    at=AT,
)
SYLLABLES = "cửa thoát nạn bị khóa xích tầng ba chung cư của rất là xe điện sạc"
WORDS = st.lists(st.sampled_from(SYLLABLES.split())).map(" ".join)
SOME_TEXT = WORDS | st.text(max_size=200)
PINS = st.tuples(st.floats(8, 24), st.floats(102, 110))


def other(**changes: object) -> Candidate:
    return replace(ONE, **{"report_id": 2, "code": "CH-2222-2222", **changes})  # type: ignore[arg-type]


def north(metres: float) -> tuple[float, float]:
    return PIN[0] + metres / 111_195, PIN[1]


@given(SOME_TEXT, SOME_TEXT)
def test_likeness_of_texts_is_a_symmetric_share(one: str, two: str) -> None:
    assert 0 <= alike(one, two) <= 1
    assert alike(one, two) == pytest.approx(alike(two, one))


@given(WORDS.filter(bool))
def test_a_text_is_wholly_like_itself_however_it_is_written(text: str) -> None:
    assert alike(text, text) == 1
    assert alike(text, text.upper()) == 1


@given(WORDS.filter(bool))
def test_more_of_something_else_makes_a_text_less_like(text: str) -> None:
    longer = f"{text} hẻm cụt nhà nghỉ karaoke"
    assert alike(text, longer) < 1
    assert alike(text, f"{longer} chứa gas lậu đêm khuya") < alike(text, longer)


def test_little_words_count_little() -> None:
    assert alike("cửa khóa ở đây", "cửa khóa tại kia") > alike("xích nó ở đây", "cháy nó ở đây")
    assert alike("tôi ở đây", "xe sạc điện") == 0
    assert alike("", "xe") == 0


@given(PINS, PINS)
def test_distances_are_symmetric_and_never_negative(one: tuple[float, float], two: tuple[float, float]) -> None:
    assert metres_between(one, two) == pytest.approx(metres_between(two, one))
    assert metres_between(one, two) >= 0
    assert metres_between(one, one) == 0


def test_why_is_told_in_vietnamese() -> None:
    found = likeness(ONE, other(where=replace(ONE.where, pin=north(40)), at=AT + timedelta(days=2)))
    assert found is not None
    assert found.why == "cùng phường/xã, cách 40 m, cùng loại, gửi cách nhau 2 ngày, nội dung giống 100 %"
    assert found.score > 0.9
    assert (found.report_id, found.code, found.text) == (2, "CH-2222-2222", TEXT)


@pytest.mark.parametrize(
    "changes",
    [
        {"at": AT + SPAN + timedelta(seconds=1)},
        {"at": AT - SPAN - timedelta(seconds=1)},
        {"category": Category.OFFICIALS},
        {"where": Where("01", "00008", "Chung cư A, ngõ 12")},
        {"where": Where("01", "00004", None, north(1_200))},
        {"where": Where("01", "00008", None, north(NEAR + 5))},
        {"where": Where()},
    ],
)
def test_what_is_too_far_apart_is_no_duplicate(changes: dict[str, object]) -> None:
    assert likeness(ONE, other(**changes)) is None
    assert similar(ONE, [other(**changes)]) == []


def test_a_pin_across_the_border_of_two_communes_is_near() -> None:
    found = likeness(ONE, other(where=Where("01", "00008", None, north(60))))
    assert found is not None
    assert found.why.startswith("cách 60 m, cùng loại")


def test_without_a_pin_the_words_of_the_place_help() -> None:
    said = likeness(ONE, other(where=Where("01", "00004", "ngõ 12, chung cư A")))
    unsaid = likeness(ONE, other(where=Where("01", "00004")))
    assert said is not None
    assert unsaid is not None
    assert said.score > unsaid.score
    assert "chỗ tả giống" in said.why


@given(st.floats(0, 140), st.floats(0, 5))
def test_nearer_is_likelier(metres: float, more: float) -> None:
    near, far = (likeness(ONE, other(where=replace(ONE.where, pin=north(one)))) for one in (metres, metres + more))
    assert near is not None
    assert far is not None
    assert near.score >= far.score


def test_another_thing_in_the_same_commune_is_not_shown() -> None:
    text = "Trụ nước chữa cháy đầu hẻm bị xe bán hàng rong che kín suốt buổi sáng"
    thing = other(where=Where("01", "00004"), category=Category.HYDRANT, text=text)
    assert similar(ONE, [thing]) == []


def test_the_likeliest_come_first_and_a_report_is_not_like_itself() -> None:
    far = other(report_id=3, where=replace(ONE.where, pin=north(140)))
    near = other(report_id=4, where=replace(ONE.where, pin=north(10)))
    assert [each.report_id for each in similar(ONE, [far, ONE, near])] == [4, 3]
    assert [each.report_id for each in similar(ONE, [far, ONE, near], most=1)] == [4]
