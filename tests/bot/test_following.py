"""Reports after they were sent: receipt codes, what is shown by a code, and what may be done with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from bot.conversation.flows.desk import NotDone
from bot.conversation.flows.engine import Control
from bot.conversation.flows.following import (
    MOST_LISTED,
    MOST_SHOWN,
    code_in,
    list_reply,
    may,
    not_done_reply,
    report_line,
    report_reply,
)
from bot.conversation.flows.forms import Attached
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import OPEN, Act, Hat, State
from tests.bot.report_desk import CODE, ENGINE, LATER, NOW, FakeDesk, filled, followed, form_of, happened, report

PHOTO = UUID(int=1)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.mark.parametrize(
    "text",
    [
        "7K-2M9Q-XDAB",
        "7k-2m9q-xdab",
        "7k2m9qxdab",
        " 7k 2m9q xdab ",
        "thư 7k-2m9q-xdab sao rồi ạ",
        "mã 7k2m9qxdab",
        "ma so 7K 2M9Q XDAB toi dau roi",
        "MÃ SỐ 7K-2M9Q-XDAB",
        "(7K-2M9Q-XDAB).",
    ],
)
def test_a_receipt_code_is_found_as_it_is_typed(text: str) -> None:
    assert code_in(text) == CODE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "an ninh chung cu",  # letters of a code, but words
        "cho nhat nhat",
        "7K-2M9Q-XDA",
        "7K-2M9Q-XDABC",
        "7K-2M9Q-XD0I",  # signs that look alike are in no code
        "thư 7k 2m9q xdab sao rồi",  # blanks only after "mã" or alone
        "105/2025/NĐ-CP",
        "0912 345 678",
        "²²-²²²²-²²²²",
    ],
)
def test_no_receipt_code(text: str) -> None:
    assert code_in(text) is None


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (State.RECEIVED, ["add", "withdraw"]),
        (State.VERIFIED, ["add", "withdraw"]),
        (State.FORWARDED, ["add", "withdraw"]),
        (State.HANDLING, ["add", "withdraw"]),
        (State.ANSWERED, ["done", "undone", "add", "withdraw"]),
        (State.CONFIRMED, ["undone", "withdraw"]),
        (State.REOPENED, ["add", "withdraw"]),
        (State.CLOSED, ["undone", "withdraw"]),
        (State.REJECTED, ["restore", "withdraw"]),
        (State.DUPLICATE, ["withdraw"]),
        (State.WITHDRAWN, []),
    ],
)
def test_what_can_be_done_in_each_state_stands_under_it(state: State, offered: list[str]) -> None:
    reply = report_reply(followed(state), NOW)
    assert reply.text.startswith(f"{CODE} (nguy cơ cháy, lối thoát bị chặn, gửi 21/11/2026): ")
    assert [button.payload for button in reply.buttons] == [f"do:{one}:{CODE}" for one in offered]


def test_a_rejection_is_objected_to_once() -> None:
    mine = followed(State.REJECTED, happened(1, "restore", hat=Hat.RESIDENT))
    theirs = followed(State.REJECTED, happened(1, "restore", hat=Hat.MTTQ))
    assert not may(mine, Act.RESTORE)
    assert may(theirs, Act.RESTORE)


@pytest.mark.parametrize("state", list(State))
def test_a_code_shows_neither_contact_nor_other_codes_nor_who_works_on_it(state: State) -> None:
    text = report_reply(followed(state, duplicate_of="AB-2345-CDEF", duplicates=("CD-2345-EFGH",)), NOW).text
    assert "AB-2345-CDEF" not in text
    assert "CD-2345-EFGH" not in text
    assert "Cán bộ Lan" not in text


@pytest.mark.parametrize(
    ("hat", "says"),
    [
        (Hat.MTTQ, "Mặt trận Tổ quốc (xem, chuyển cơ quan có trách nhiệm; MTTQ không kiểm tra, không xử phạt)"),
        (Hat.AGENCY, "cơ quan có trách nhiệm"),
        (Hat.RESIDENT, "bạn (cho biết việc đã xong hay chưa)"),
    ],
)
def test_whose_turn_it_is_and_till_when(hat: Hat, says: str) -> None:
    due = NOW + timedelta(days=3)
    text = report_reply(followed(State.FORWARDED, due_hat=hat, due_at=due), NOW).text
    assert f"Đang chờ: {says}, chậm nhất 24/11/2026." in text
    late = report_reply(followed(State.FORWARDED, due_hat=hat, due_at=due), due + timedelta(days=1)).text
    assert "chậm nhất 24/11/2026, đã quá hạn" in late
    assert f"Đang chờ: {says}." in report_reply(followed(State.FORWARDED, due_hat=hat), NOW).text


def test_what_has_no_words_left_is_not_withdrawn_again() -> None:
    emptied = followed(State.CONFIRMED)
    emptied = replace(emptied, report=replace(emptied.report, text=""))
    assert [button.label for button in report_reply(emptied, NOW).buttons] == ["Chưa xong"]


@pytest.mark.parametrize("state", [one for one in State if one not in OPEN])
def test_of_what_is_over_nobody_is_waited_for(state: State) -> None:
    assert "Đang chờ" not in report_reply(followed(state, due_hat=Hat.MTTQ, due_at=NOW), NOW).text


def test_the_story_is_told_shortly_and_the_last_answer_whole() -> None:
    long = "đã xem " * 60
    story = [
        happened(1, "sent", hat=Hat.RESIDENT, photos=(PHOTO,)),
        happened(2, "claimed"),  # for officials
        happened(3, "verify"),
        happened(4, "forward", who="Lan, cán bộ"),
        happened(5, "answer", long, Hat.AGENCY, who="Công an phường"),
        happened(6, "reopen", "vẫn khóa " * 40, Hat.RESIDENT),
        happened(7, "answer", long + "hết", Hat.AGENCY),
        happened(8, "added", "thêm ảnh", Hat.RESIDENT, photos=(PHOTO, PHOTO)),
    ]
    text = report_reply(followed(State.ANSWERED, *story), NOW).text
    assert f"• … ({len(story) - 1 - MOST_SHOWN} việc trước đó)" in text
    assert "claimed" not in text
    assert "Cơ quan trả lời, Công an phường" in text
    assert "Lan" not in text  # no officer by name
    assert f"“{long}hết”" in text
    assert f"“{long}”" not in text
    assert "…”" in text
    assert "Bổ sung (2 ảnh): “thêm ảnh”" in text
    assert "Việc này đã xong chưa?" in text


def test_reports_are_listed_with_a_button_each_and_the_rest_counted() -> None:
    listed = [report(code=f"AB-2345-CDE{sign}") for sign in "23456789ABCD"]
    reply = list_reply(listed)
    assert [button.payload for button in reply.buttons] == [f"do:track:{one.code}" for one in listed[:MOST_LISTED]]
    assert f"và {len(listed) - MOST_LISTED} phản ánh cũ hơn" in reply.text
    assert report_line(listed[0]) in reply.text


@pytest.mark.parametrize("why", list(NotDone))
def test_why_nothing_was_done_is_said(why: NotDone) -> None:
    assert not_done_reply(why, CODE).text
    assert not_done_reply(why, CODE).buttons == ()


async def test_words_are_added_masked_after_a_look(desk: FakeDesk) -> None:
    outcome = await filled(desk, "hôm qua lại khóa, gọi 0912345678", flow="add", code=CODE, kind="hazard")
    assert "“hôm qua lại khóa, gọi [số điện thoại]”" in outcome.replies[0].text
    await ENGINE.typed(form_of(outcome), "gửi", desk.as_desk, LATER)
    assert desk.done == [("add", CODE, "hôm qua lại khóa, gọi [số điện thoại]", ())]


async def test_photos_are_added_without_words_unless_they_are_gone(desk: FakeDesk) -> None:
    known = {"code": CODE, "kind": "hazard", "pictures": str(PHOTO)}
    outcome = await filled(desk, "chỉ gửi ảnh", "gửi", flow="add", **known)
    assert desk.done == [("add", CODE, "", (PHOTO,))]
    desk.gone = {PHOTO}
    outcome = await filled(desk, "chỉ gửi ảnh", "gửi", flow="add", **known)
    assert len(desk.done) == 1
    assert "chưa bổ sung gì" in outcome.replies[0].text


@pytest.mark.parametrize("answer", ["không gửi"])
async def test_without_a_yes_nothing_is_added_or_withdrawn(desk: FakeDesk, answer: str) -> None:
    await filled(desk, "hôm qua lại khóa trái", answer, flow="add", code=CODE, kind="hazard")
    kept = await filled(desk, answer, flow="withdraw", code=CODE, kind="hazard")
    assert desk.done == []
    assert "vẫn được giữ" in kept.replies[0].text


async def test_taking_a_report_back(desk: FakeDesk) -> None:
    done = await filled(desk, "rút lại", flow="withdraw", code=CODE, kind="hazard")
    assert "Đã rút lại" in done.replies[0].text
    assert desk.done == [(Act.WITHDRAW, CODE, "", (), None)]
    desk.refuses = NotDone.NO_LONGER
    late = await filled(desk, "rút lại", flow="withdraw", code=CODE, kind="hazard")
    assert "từ trước" in late.replies[0].text


@pytest.mark.parametrize(("answer", "content"), [("1", True), ("chưa", False), (None, None)])
async def test_it_is_done_with_a_photo_and_a_thumb(desk: FakeDesk, answer: str | None, content: bool | None) -> None:
    form = form_of(await filled(desk, flow="done", code=CODE, kind="hazard"))
    kept = ENGINE.kept(form, Attached(photos=(PHOTO,)), LATER)
    assert kept is not None
    outcome = await ENGINE.went_on(kept[0], kept[1], desk.as_desk, LATER)
    if answer is None:
        outcome = await ENGINE.control(form_of(outcome), Control.SKIP, desk.as_desk, LATER)
    else:
        outcome = await ENGINE.typed(form_of(outcome), answer, desk.as_desk, LATER)
    assert desk.done == [(Act.CONFIRM, CODE, "", (PHOTO,), content)]
    assert "được ghi là xong" in outcome.replies[0].text


async def test_it_is_not_done_says_why_masked(desk: FakeDesk) -> None:
    outcome = await filled(desk, "còn", flow="undone", code=CODE, kind="hazard")
    assert "ngắn quá" in outcome.replies[0].text
    await filled(desk, "sáng nay lại khóa, gọi 0912345678", "không có", flow="undone", code=CODE, kind="hazard")
    assert desk.done == [(Act.REOPEN, CODE, "sáng nay lại khóa, gọi [số điện thoại]", (), None)]


async def test_an_objection_says_why(desk: FakeDesk) -> None:
    outcome = await filled(desk, "em đã ghi rõ ngày và nơi", flow="restore", code=CODE, kind="conduct")
    assert desk.done == [(Act.RESTORE, CODE, "em đã ghi rõ ngày và nơi", (), None)]
    assert "một lần" in outcome.replies[0].text


@pytest.mark.parametrize("flow", ["add", "withdraw", "done", "undone", "restore"])
@pytest.mark.parametrize("why", [NotDone.UNKNOWN, NotDone.NO_LONGER])
async def test_what_cannot_be_done_any_more_is_said(desk: FakeDesk, flow: str, why: NotDone) -> None:
    desk.refuses = why
    answers = {"add": ("một hai ba", "gửi"), "withdraw": ("có",), "done": ("1",), "undone": ("một hai ba", "không")}
    outcome = await filled(desk, *answers.get(flow, ("một hai ba",)), flow=flow, code=CODE, kind="hazard")
    assert outcome.form is None
    assert CODE in outcome.replies[0].text
    assert desk.done == []


def test_every_category_can_be_shown() -> None:
    for category in Category:
        shown = report_reply(followed(kind=category.kind, category=category), NOW).text
        assert category.kind in set(ReportKind)
        assert "cửa thoát nạn" in shown
