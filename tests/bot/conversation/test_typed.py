"""What a typed message says by itself: an order with its argument, a choice among what was offered, a bare word."""

from __future__ import annotations

import pytest

from bot.conversation import phrases
from bot.conversation.commands import Command
from bot.conversation.typed import Message, begun_after, chosen, is_bare_yes, order_in, reply_to_bare_word, understood
from intents.intents import Intent
from intents.understanding import Understanding

OFFERED = ("card:a", "card:b", "none")
SURE = Understanding(Intent.BACK, 0.9, ((Intent.BACK, 0.9), (Intent.SKIP, 0.1)), ())


class Reader:
    """Understands everything alike, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def parse(self, text: str) -> Understanding | None:
        self.asked.append(text)
        return SURE


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("DỪNG", (Command.STOP, "")),
        ("liên kết", (Command.LINK, "")),
        ("liên kết 7kq2-m9xd", (Command.LINK, "7KQ2-M9XD")),
        ("đố vui", (Command.QUIZ, "")),
        ("bình chữa cháy hạn bao lâu", None),
    ],
)
def test_orders_come_with_their_argument(text: str, order: tuple[Command, str] | None) -> None:
    assert order_in(text) == order


@pytest.mark.parametrize(
    ("question", "text", "order"),
    [
        ("Diễn tập thoát nạn tại nhà, hướng dẫn từng bước", "bắt đầu", (Command.DRILL, "dien-tap-tai-nha")),
        ("trong nhà tôi muốn diễn tập thì làm sao", "Bắt đầu thôi ạ", (Command.DRILL, "")),
        ("thi trắc nghiệm ở đâu", "bat dau", (Command.QUIZ, "")),
        ("bình chữa cháy hạn bao lâu", "bắt đầu", None),
        ("diễn tập hay thi trắc nghiệm thì hơn", "bắt đầu", None),
        ("diễn tập thoát nạn tại nhà", "bắt đầu từ đâu", None),
    ],
)
def test_what_was_asked_about_just_before_is_begun(question: str, text: str, order: tuple[Command, str] | None) -> None:
    assert begun_after(question, text) == order


@pytest.mark.parametrize(
    ("text", "offered", "payload"),
    [
        ("1", OFFERED, "card:a"),
        ("(2)", OFFERED, None),
        ("2.", OFFERED, "card:b"),
        ("2)", OFFERED, "card:b"),
        ("0", OFFERED, None),
        ("4", OFFERED, None),
        ("²", OFFERED, None),
        ("có", OFFERED, None),
        ("có", ("card:a", "none"), "card:a"),
        ("không", OFFERED, "none"),
        ("không", ("card:a",), None),
        ("1", (), None),
    ],
)
def test_a_number_a_yes_or_a_no_chooses_among_what_was_offered(
    text: str, offered: tuple[str, ...], payload: str | None
) -> None:
    assert chosen(text, offered) == payload


@pytest.mark.parametrize(("text", "yes"), [("dung", True), ("Dung.", True), ("DUNG", False), ("dừng", False)])
def test_a_yes_without_diacritics_is_no_stop(text: str, yes: bool) -> None:
    assert is_bare_yes(text) is yes


def test_a_bare_word_is_acknowledged_or_told_that_nothing_is_open() -> None:
    assert reply_to_bare_word("quay lại") == phrases.NOTHING_OPEN
    assert reply_to_bare_word("vâng") == phrases.ACKNOWLEDGED
    assert reply_to_bare_word("bình chữa cháy") is None


async def test_intents_are_asked_only_for_text_and_only_of_a_reader() -> None:
    reader = Reader()
    assert await understood(reader, "") is None
    assert await understood(None, "quay lại") is None
    assert reader.asked == []
    assert await understood(reader, "quay lại") is SURE


def test_a_message_is_ranked_and_short_as_far_as_that_is_known() -> None:
    assert Message("quay lại", "quay lại", SURE).ranking[0] == (Intent.BACK, 0.9)
    assert Message("quay lại", "quay lại", None).ranking == ()
    assert Message("quay lại", "quay lại", None).is_short
    assert not Message("", "một hai ba bốn năm sáu bảy tám chín", None).is_short
