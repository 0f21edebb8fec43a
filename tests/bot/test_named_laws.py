"""What is said first when a message names a law that no longer applies, or one that is not registered."""

from __future__ import annotations

from datetime import date

import pytest

from bot.conversation.finding import Finder, Finding, Verdict
from bot.conversation.messages import Kind, Turn
from bot.conversation.turn import Assistant
from bot.understanding import Understanding

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def assistant(understanding: Understanding) -> Assistant:
    finder = Finder(understanding.base, understanding.built.index, understanding.built.calibration)
    return Assistant(understanding.base, finder, lambda: TODAY)


def answered(assistant: Assistant, text: str) -> Turn:
    turn = assistant.answer(assistant.find(text))
    assert turn is not None, text
    return turn


@pytest.mark.parametrize(
    ("text", "expired", "successor"),
    [
        ("Nghị định 136 bắt nhà trọ trên 5 tầng phải thẩm duyệt đúng không", "136/2020", "105/2025"),
        ("nghi dinh 50 noi chung cu phai mua bao hiem dung ko", "50/2024", "105/2025"),
        ("nđ 83 quy định bao lâu thì công an kiểm tra nhà trọ một lần", "83/2017", "105/2025"),
        ("theo nghị định 144 báo cháy giả phạt bao nhiêu", "144/2021", "106/2025"),
        ("Luật 2001 có bắt nhà dân mua bình chữa cháy không", "27/2001", "55/2024"),
    ],
)
def test_a_law_that_no_longer_applies_is_corrected_before_anything_else(
    assistant: Assistant, text: str, expired: str, successor: str
) -> None:
    reply = answered(assistant, text).replies[0]
    first = reply.text.partition("\n")[0]
    assert expired in first
    assert "hết hiệu lực từ 01/07/2025" in first
    assert successor in first
    assert any(expired in one.document and f"[{one.marker}]" in first for one in reply.citations)
    assert len({one.marker for one in reply.citations}) == len(reply.citations)


@pytest.mark.parametrize(
    "text",
    [
        "nghị định 105 quy định bao lâu thì công an kiểm tra nhà trọ một lần",
        "nghị định 136/2020 còn hiệu lực không",
        "bao lâu thì công an kiểm tra nhà trọ một lần",
    ],
)
def test_nothing_is_corrected_where_the_law_applies_or_its_standing_is_the_answer(
    assistant: Assistant, text: str
) -> None:
    assert "Phần dưới đây theo quy định đang áp dụng" not in answered(assistant, text).replies[0].text


def test_a_law_that_applies_later_is_no_reason_to_correct_what_applied_then(understanding: Understanding) -> None:
    """Before 01/07/2025 the old decree applied."""
    finder = Finder(understanding.base, understanding.built.index, understanding.built.calibration)
    text = "Nghị định 136 bắt nhà trọ trên 5 tầng phải thẩm duyệt đúng không"
    assert finder.find(text, date(2025, 6, 30)).expired == ()
    assert [one.id for one in finder.find(text, date(2025, 7, 1)).expired] == ["nd-136-2020"]


def test_a_law_that_is_not_registered_is_admitted_before_what_todays_law_says(assistant: Assistant) -> None:
    reply = answered(assistant, "Theo NĐ 79/2014 thì quán nhậu phải có mấy bình").replies[0]
    first, second, *_ = reply.text.split("\n")
    assert first.startswith("Mình chưa có Nghị định 79/2014")
    assert "không nói được" in first
    assert "quy định đang áp dụng" in second
    assert "QCVN 10:2025/BCA" in reply.text


@pytest.mark.parametrize("text", ["nghị định 46/2012 còn hiệu lực không", "thông tư 66/2014 quy định sổ theo dõi gì"])
def test_where_nothing_else_answers_the_laws_in_force_are_named(assistant: Assistant, text: str) -> None:
    finding = assistant.find(text)
    turn = answered(assistant, text)
    assert (finding.verdict, turn.kind) == (Verdict.NOT_HELD, Kind.ABSTAIN)
    assert "Mình chưa có" in turn.replies[0].text
    assert [one.document for one in turn.replies[0].citations] == [
        "Luật 55/2024/QH15",
        "Nghị định 105/2025/NĐ-CP",
        "Nghị định 106/2025/NĐ-CP",
    ]


def test_what_is_only_offered_or_not_known_is_corrected_too(assistant: Assistant) -> None:
    document = assistant.base.documents["nd-136-2020"]
    finding = Finding(verdict=Verdict.NOTHING, expired=(document,), unheld=("Thông tư 66/2014",))
    for turn in (
        assistant.not_known(finding, kept=False),
        assistant.suggested(finding),
        assistant.asked_back("Bạn hỏi việc gì?", finding),
    ):
        lines = turn.replies[0].text.split("\n")
        assert lines[0].startswith("Nghị định 136/2020/NĐ-CP: hết hiệu lực")
        assert lines[1].startswith("Mình chưa có Thông tư 66/2014")
