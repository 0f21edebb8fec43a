"""Where a message of two questions is cut."""

from __future__ import annotations

import doctest

import pytest

from bot.conversation import several
from bot.conversation.several import MOST, parts_of


def test_examples_hold() -> None:
    result = doctest.testmod(several)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("mua bình ở đâu? dùng bình thế nào?", ("mua bình ở đâu", "dùng bình thế nào")),
        ("mua bình ở đâu\ndùng bình thế nào", ("mua bình ở đâu", "dùng bình thế nào")),
        ("mua bình ở đâu; dùng bình thế nào", ("mua bình ở đâu", "dùng bình thế nào")),
        ("mua bình ở đâu, với lại dùng bình thế nào", ("mua bình ở đâu", "dùng bình thế nào")),
        ("mua binh o dau, VOI LAI dung binh the nao", ("mua binh o dau", "dung binh the nao")),
        ("mua bình ở đâu. Ngoài ra dùng bình thế nào", ("mua bình ở đâu", "dùng bình thế nào")),
        ("mua bình ở đâu và cho em hỏi dùng bình thế nào", ("mua bình ở đâu", "dùng bình thế nào")),
    ],
)
def test_two_questions(text: str, parts: tuple[str, ...]) -> None:
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "???\n\n;",
        "nhà trọ cần giấy gì?",
        "dạ em chào ad? mua bình",  # the second part is no question by itself
        "alo? ad ơi? mua bình chữa cháy ở đâu?",
        "ở với lại ăn",
        "bếp gas, bếp từ và bếp điện cái nào an toàn hơn",
    ],
)
def test_one_question(text: str) -> None:
    assert parts_of(text) == ()


def test_a_greeting_is_no_part() -> None:
    assert parts_of("chào ad\nmua bình ở đâu\ndùng bình thế nào") == ("mua bình ở đâu", "dùng bình thế nào")


def test_no_more_parts_than_are_answered() -> None:
    parts = parts_of("?".join(f"câu hỏi số {number} là gì" for number in range(9)))
    assert parts == tuple(f"câu hỏi số {number} là gì" for number in range(MOST))
