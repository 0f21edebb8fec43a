"""Fines: what a question says beside the behaviour, which rows it finds, and the sentences composed from them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from bot.conversation.circumstances import Circumstances, Party, asks_for_fine, names_mistake
from bot.conversation.finding import Finder, Verdict
from bot.conversation.fine_sentences import FineSpeaker
from bot.understanding import Understanding
from knowledge.gazetteer import Gazetteer
from knowledge.vietnamese import fold

TODAY = date(2026, 11, 21)
QUESTIONS = [json.loads(line) for line in (Path(__file__).parent / "fines.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def finder(understanding: Understanding) -> Finder:
    return Finder(understanding.base, understanding.built.index, understanding.built.calibration)


@pytest.fixture(scope="module")
def gazetteer(understanding: Understanding) -> Gazetteer:
    return Gazetteer(understanding.base.places)


def answer(finder: Finder, understanding: Understanding, text: str) -> str:
    finding = finder.find(text, TODAY)
    assert finding.verdict is Verdict.FINES, finding
    assert finding.circumstances is not None
    return FineSpeaker(understanding.base).reply(finding.fines, finding.circumstances, TODAY).text


@pytest.mark.parametrize(
    "text", ["ko có bình phạt nhiêu", "bị phạt sao", "mức phạt hành chính", "phat toi da bao nhieu"]
)
def test_a_question_about_a_fine_is_one(text: str) -> None:
    assert asks_for_fine(text)


@pytest.mark.parametrize(
    "text", ["phát hiện cháy làm gì", "phat hien chay lam gi", "phát tín hiệu cầu cứu", "phat loa bao chay"]
)
def test_other_words_that_fold_to_phat_are_none(text: str) -> None:
    assert not asks_for_fine(text)


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("hộ kinh doanh không có bình", Party.BUSINESS_HOUSEHOLD),
        ("hkd ko co binh", Party.BUSINESS_HOUSEHOLD),
        ("cty em khoá cửa", Party.ORGANISATION),
        ("ban quản trị chung cư không tự kiểm tra", Party.APARTMENT_BOARD),
        ("chủ trọ không sắm bình", Party.HOUSEHOLD),
        ("không có bình", Party.UNSAID),
    ],
)
def test_who_would_be_fined(gazetteer: Gazetteer, text: str, party: Party) -> None:
    assert Circumstances.read(text, gazetteer, TODAY).party is party


@pytest.mark.parametrize(
    ("text", "in_ha_noi"),
    [("ở Hà Nội phạt sao", True), ("o hn phat nhieu", True), ("phường Khương Đình", True), ("ở Huế phạt sao", False)],
)
def test_whether_it_is_in_ha_noi(gazetteer: Gazetteer, text: str, in_ha_noi: bool) -> None:
    assert Circumstances.read(text, gazetteer, TODAY).in_ha_noi is in_ha_noi


def test_the_sentence_names_range_party_provision_and_day(finder: Finder, understanding: Understanding) -> None:
    text = answer(finder, understanding, "Không trang bị bình chữa cháy phạt bao nhiêu")
    for part in (
        "3–5 triệu đồng",
        "Điều 20 khoản 2",
        "Nghị định 106/2025/NĐ-CP",
        "01/07/2025",
        "6–10 triệu đồng",
        "gấp đôi",
    ):
        assert part in text


def test_a_household_business_is_not_doubled(finder: Finder, understanding: Understanding) -> None:
    text = answer(finder, understanding, "hộ kinh doanh không có bình chữa cháy phạt bao nhiêu")
    assert "hộ kinh doanh bị phạt 3–5 triệu đồng, như cá nhân" in text
    assert "tổ chức" not in text


def test_a_company_is_doubled(finder: Finder, understanding: Understanding) -> None:
    assert "tổ chức bị phạt 20–30 triệu đồng" in answer(finder, understanding, "công ty khoá cửa thoát nạn phạt sao")


def test_ha_noi_is_not_multiplied(finder: Finder, understanding: Understanding) -> None:
    text = answer(finder, understanding, "ở Hà Nội báo cháy giả phạt bao nhiêu")
    assert "không tự nhân" in text
    assert "10–15 triệu đồng" in text
    assert "20–30 triệu đồng" in text  # organisations: the decree doubles that itself
    assert "30–45" not in text


def test_the_past_is_answered_as_of_then_and_labelled(finder: Finder, understanding: Understanding) -> None:
    first, *rest = answer(finder, understanding, "trước 01/7/2025 báo cháy giả phạt bao nhiêu").split("\n")
    assert "trước 01/07/2025" in first
    assert "4–6 triệu đồng" in first
    assert "Nghị định 144/2021/NĐ-CP" in first
    assert any(line.startswith("Mức hiện nay") and "10–15 triệu đồng" in line for line in rest)


def test_an_unknown_old_fine_is_not_guessed(finder: Finder, understanding: Understanding) -> None:
    first, *_ = answer(finder, understanding, "hồi 2024 khoá cửa thoát nạn bị phạt bao nhiêu").split("\n")
    assert "chưa đối chiếu được mức lúc đó" in first
    assert "triệu" not in first


@pytest.mark.parametrize("text", ["năm 2015 báo cháy giả phạt bao nhiêu", "trước năm 2020 báo cháy giả phạt bao nhiêu"])
def test_the_figure_of_another_time_is_not_given(finder: Finder, understanding: Understanding, text: str) -> None:
    first, *_ = answer(finder, understanding, text).split("\n")
    assert "4–6" not in first
    assert "144/2021" not in first


def test_an_old_fine_is_the_individuals(finder: Finder, understanding: Understanding) -> None:
    text = answer(finder, understanding, "trước 1/7/2025 công ty báo cháy giả phạt bao nhiêu")
    assert "cá nhân bị phạt 4–6 triệu đồng" in text


@pytest.mark.parametrize(
    "text", ["con trai 10 tuổi gọi 114 báo cháy giả thì phạt bao nhiêu", "hs lop 8 bao chay gia phat sao"]
)
def test_a_childs_act_is_not_priced(finder: Finder, text: str) -> None:
    assert finder.find(text, TODAY).verdict is not Verdict.FINES


@pytest.mark.parametrize(
    "text",
    [
        "Báo cháy nhầm vì thấy khói thì có bị phạt không",
        "thấy khói tưởng cháy nên gọi 114 mà hoá ra hun muỗi, có bị phạt 10 triệu không",
        "báo cháy nhầm phạt bao nhiêu",
        "em lỡ tay bấm chuông báo cháy chung cư thì có bị phạt không",
    ],
)
def test_an_alarm_by_mistake_is_not_priced(finder: Finder, text: str) -> None:
    for asked in (text, fold(text)):
        finding = finder.find(asked, TODAY)
        assert (finding.verdict, finding.cards, finding.likely) == (Verdict.CARD, ("so-bao-nham-114",), False)


@pytest.mark.parametrize(
    "text", ["báo cháy giả phạt bao nhiêu", "cố ý báo nhầm 114 phạt sao", "tường cháy lan phạt sao", "lo cháy nhà"]
)
def test_an_alarm_on_purpose_is_no_mistake(text: str) -> None:
    assert not names_mistake(text)


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("Ở Hà Nội mức phạt có khác các tỉnh không", "phat-ha-noi"),
        ("cho hỏi phạt bao nhiêu nếu đốt rơm ngoài đồng", "dot-rom-bi-phat-khong"),
        ("nhà em có 2 bình gas 12kg có bị phạt gì không", "nha-co-binh-gas-bi-phat-khong"),
        ("chủ hộ không tự kiểm tra nhà hàng tháng có bị phạt không", "tu-kiem-tra-nha"),
        ("tổ dân phố bắt đi tập huấn pccc, không đi có bị phạt không", "khong-di-tap-huan-co-bi-phat"),
    ],
)
def test_a_card_that_answers_for_certain_is_not_outdone_by_a_row_that_hardly_fits(
    finder: Finder, text: str, card: str
) -> None:
    for asked in (text, fold(text)):
        finding = finder.find(asked, TODAY)
        assert (finding.verdict, finding.cards[:1]) == (Verdict.CARD, (card,))


def test_what_is_fined_in_premises_is_still_priced_for_premises(finder: Finder) -> None:
    finding = finder.find("cơ sở không tự kiểm tra định kỳ phạt bao nhiêu", TODAY)
    assert finding.verdict is Verdict.FINES
    assert [row.id for row in finding.fines][:1] == ["khong-tu-kiem-tra"]


def test_rows_are_found_for_questions_in_other_words(finder: Finder) -> None:
    """Questions by someone who did not write the rows' names; as typed and without diacritics."""
    wrong, missed, other_law, right = [], [], [], 0
    for question in QUESTIONS:
        for text in (question["q"], fold(question["q"])):
            finding = finder.find(text, TODAY)
            rows = {row.id for row in finding.fines}
            if not question["rows"]:
                other_law += [text] if finding.verdict is Verdict.FINES else []
            elif finding.verdict is Verdict.FINES and rows & set(question["rows"]):
                right += 1
            elif finding.verdict is Verdict.FINES:
                wrong.append(text)
            elif finding.verdict not in {Verdict.FINES, Verdict.CARD, Verdict.SUGGEST}:
                missed.append(text)
    assert right >= 240  # of 280
    assert len(wrong) <= 8, wrong
    assert len(other_law) <= 6, other_law
    assert len(missed) <= 10, missed
