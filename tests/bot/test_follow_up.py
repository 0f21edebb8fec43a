"""Fragments that continue the last question, and messages that do not."""

from __future__ import annotations

import doctest

import pytest

from bot.conversation import follow_up
from bot.conversation.follow_up import continues, joined


def test_examples_hold() -> None:
    result = doctest.testmod(follow_up)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    "fragment",
    [
        "còn xe máy thì sao",
        "con xe dap dien thi sao",
        "vậy nhà trọ thì sao ạ",
        "thế bao nhiêu tiền",
        "bao nhiêu vậy ad",
        "dạ bị phạt không ạ",
        "ngoài ban công được không",
        "ở phường Gò Vấp",
        "tai Ha Noi",
        "nếu là chung cư cao tầng",
        "chung cư cũng vậy không ad",
        "nói rõ hơn",
        "Ở ĐÂU?",
    ],
)
def test_a_fragment_continues(fragment: str) -> None:
    assert continues(fragment)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "?!",
        "🔥",
        "dạ",
        "ở",
        "thế",
        "nhà trọ 3 tầng cần giấy tờ gì",
        "bình chữa cháy loại nào tốt",
        "đốt vàng mã trong hẻm gây cháy nhà bên thì phạt bao nhiêu",
        "cảm ơn bạn nhiều",
        "còn nếu nhà mình ba tầng mà chỉ có một cầu thang thì sao",  # long enough to be a question by itself
        "ở phường Gò Vấp thành phố Hồ Chí Minh",
    ],
)
def test_a_message_of_its_own_does_not(message: str) -> None:
    assert not continues(message)


def test_a_fragment_is_joined_to_its_question() -> None:
    question = "Không có bình chữa cháy phạt bao nhiêu?"
    assert joined(question, "còn xe máy") == "Không có bình chữa cháy phạt bao nhiêu, còn xe máy"
    assert joined("dùng bình sao ?! ", "còn chăn") == "dùng bình sao, còn chăn"
