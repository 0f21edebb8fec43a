"""Letters to officials: receipt codes, what is asked, what is masked, what is sent, and taking them back."""

from __future__ import annotations

import doctest
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

import pytest

from bot.conversation.flows import letter
from bot.conversation.flows.desk import Desk, Letter, LetterKind, LetterState
from bot.conversation.flows.forms import Accepted, Refused, Step
from bot.conversation.flows.letter import KINDS, LONGEST, code_in, letter_flow, letter_reply, read_text, withdrawal_flow

CODE = "7K-2M9Q-XDAB"
SENT_AT = datetime(2026, 11, 20, 18, tzinfo=UTC)  # already the 21st in Viet Nam
MASKED = "Mình đã che thông tin cá nhân"
TOLD = "Tôi tên Nguyễn Văn Bình, gọi 0912345678, số nhà 15/4 hẻm 22 bị chắn xe"
SEEN = "[họ tên], gọi [số điện thoại], số nhà 15/4 hẻm 22 bị chắn xe"
WITHOUT_ADDRESS = "[họ tên], gọi [số điện thoại], [địa chỉ] [địa chỉ] bị chắn xe"
SOMEWHERE = frozenset({LetterKind.HAZARD, LetterKind.CONDUCT, LetterKind.PROCEDURE})


class FakeDesk:
    """Takes letters; knows one that may be withdrawn."""

    def __init__(self) -> None:
        self.sent: list[tuple[LetterKind, str, str | None]] = []
        self.withdrawable = {CODE}

    async def send(self, kind: LetterKind, text: str, place: str | None) -> str:
        self.sent.append((kind, text, place))
        return CODE

    async def withdraw(self, code: str) -> bool:
        found = code in self.withdrawable
        self.withdrawable.discard(code)
        return found

    @property
    def as_desk(self) -> Desk:
        return cast("Desk", self)


@pytest.fixture
def fake() -> FakeDesk:
    return FakeDesk()


def step(name: str) -> Step:
    found = letter_flow().step(name)
    assert found is not None
    return found


def preview(values: Mapping[str, str]) -> str:
    return step("send").ask(values).text


def test_examples_hold() -> None:
    result = doctest.testmod(letter)
    assert result.attempted > 0
    assert result.failed == 0


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


@pytest.mark.parametrize("kind", list(LetterKind))
def test_a_kind_is_chosen_by_its_button(kind: LetterKind) -> None:
    assert step("kind").read(kind.value, {}) == Accepted({"kind": kind.value})
    assert KINDS[kind] in {choice.label for choice in step("kind").ask({}).choices}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("mình muốn khen", "commendation"), ("thu tuc", "procedure"), ("phản ánh", "hazard"), ("em hỏi", "question")],
)
def test_a_kind_is_named_in_a_few_words(answer: str, kind: str) -> None:
    assert step("kind").read(answer, {}) == Accepted({"kind": kind})


@pytest.mark.parametrize(
    "answer", ["", "8", "²", "phản ánh thái độ", "em muốn phản ánh hẻm nhà em hay bị chắn", "HAZARD"]
)
def test_what_names_no_kind_or_two_is_asked_again(answer: str) -> None:
    assert isinstance(step("kind").read(answer, {}), Refused)


def test_limits_of_the_text() -> None:
    assert isinstance(read_text("hẻm chắn", {}), Refused)
    assert read_text("  hẻm bị chắn \n", {}) == Accepted({"text": "hẻm bị chắn"})
    longest = ("hẻm bị chắn " * LONGEST)[: LONGEST - 1] + "n"
    assert read_text(longest, {}) == Accepted({"text": longest})
    refused = read_text(longest + "n", {})
    assert isinstance(refused, Refused)
    assert f"{LONGEST + 1} ký tự" in refused.why


def test_limits_of_the_place() -> None:
    assert step("where").read("x" * 200, {}) == Accepted({"where": "x" * 200})
    assert isinstance(step("where").read("x" * 201, {}), Refused)
    assert isinstance(step("where").read(" ", {}), Refused)


@pytest.mark.parametrize("kind", list(LetterKind))
def test_only_what_is_somewhere_is_asked_where(kind: LetterKind) -> None:
    assert step("where").applies({"kind": kind.value}) is (kind in SOMEWHERE)
    assert step("where").optional


def test_officials_see_exactly_what_was_previewed() -> None:
    shown = preview({"kind": "hazard", "text": TOLD, "where": "hẻm 12 Lê Lợi, gọi 0912345678"})
    assert f"“{SEEN}”" in shown
    assert "Nơi xảy ra: hẻm 12 Lê Lợi, gọi [số điện thoại]" in shown
    assert "nguy cơ cháy" in shown
    assert MASKED in shown


@pytest.mark.parametrize("kind", list(LetterKind))
async def test_an_address_is_sent_only_where_a_place_has_to_be_found(fake: FakeDesk, kind: LetterKind) -> None:
    seen = SEEN if kind in SOMEWHERE else WITHOUT_ADDRESS
    values = {"kind": kind.value, "text": TOLD, "send": "yes"}
    assert f"“{seen}”" in preview(values)
    await letter_flow().finish(values, fake.as_desk)
    assert fake.sent == [(kind, seen, None)]


def test_nothing_is_said_of_masking_where_nothing_was_masked() -> None:
    shown = preview({"kind": "opinion", "text": "nên bỏ quy định này"})
    assert MASKED not in shown
    assert "Nơi xảy ra" not in shown


async def test_sending(fake: FakeDesk) -> None:
    values = {"kind": "hazard", "text": TOLD, "where": "hẻm 22, tôi tên Lan", "send": "yes"}
    finished = await letter_flow().finish(values, fake.as_desk)
    assert fake.sent == [(LetterKind.HAZARD, SEEN, "hẻm 22, [họ tên]")]
    assert CODE in finished.reply.text
    assert "114" in finished.reply.text


async def test_without_a_yes_nothing_is_sent_or_withdrawn(fake: FakeDesk) -> None:
    await letter_flow().finish({"kind": "hazard", "text": TOLD, "send": "no"}, fake.as_desk)
    kept = await withdrawal_flow().finish({"code": CODE, "agree": "no"}, fake.as_desk)
    assert fake.sent == []
    assert fake.withdrawable == {CODE}
    assert "vẫn được giữ" in kept.reply.text


async def test_taking_a_letter_back(fake: FakeDesk) -> None:
    values = {"code": CODE, "agree": "yes"}
    assert "Đã rút lại" in (await withdrawal_flow().finish(values, fake.as_desk)).reply.text
    assert "từ trước" in (await withdrawal_flow().finish(values, fake.as_desk)).reply.text


@pytest.mark.parametrize("state", list(LetterState))
def test_where_a_letter_stands(state: LetterState) -> None:
    answered = ("Đã cho mở lại.", "Công an phường") if state is LetterState.ANSWERED else (None, None)
    reply = letter_reply(Letter(CODE, LetterKind.HAZARD, SENT_AT, state, *answered))
    assert reply.text.startswith(f"{CODE} (nguy cơ cháy, lối thoát bị chặn, gửi 21/11/2026): ")
    assert ("“Đã cho mở lại.”" in reply.text) is (state is LetterState.ANSWERED)
    assert [button.payload for button in reply.buttons] == [f"do:withdraw:{CODE}"][: state is LetterState.RECEIVED]
