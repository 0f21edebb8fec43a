"""Questions about the past are answered as of then; a resident's place brings its directive first."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any

import pytest

from bot.conversation.dialogue import Dialogue
from bot.conversation.finding import Finder
from bot.conversation.messages import Incoming, Kind, Turn
from bot.conversation.turn import Assistant
from bot.conversing import Conversing
from bot.understanding import Understanding

TODAY = date(2026, 11, 21)
Ask = Callable[[str], Coroutine[Any, Any, Turn]]


def dialogue_on(understanding: Understanding) -> Dialogue:
    finder = Finder(understanding.base, understanding.built.index, understanding.built.calibration)
    return Conversing()(Assistant(understanding.base, finder, lambda: TODAY))


@pytest.fixture
def ask(understanding: Understanding) -> Ask:
    dialogue = dialogue_on(understanding)

    async def one(text: str) -> Turn:
        return await dialogue.respond(Incoming(conversation=None, channel="test", text=text))

    return one


async def test_the_standing_of_a_document_is_told_as_of_the_day_asked_about(ask: Ask) -> None:
    then, now, *_ = (await ask("năm 2023 luật pccc 27/2001 còn hiệu lực không")).replies[0].text.split("\n")
    assert then.startswith("Tính đến 31/12/2023: còn hiệu lực")
    assert "hôm nay hết hiệu lực từ 01/07/2025" in now


async def test_the_fire_part_of_a_decree_may_end_before_the_decree(ask: Ask) -> None:
    then, *_ = (await ask("tính đến 1/9/2025 nghị định 144/2021 còn hiệu lực ko")).replies[0].text.split("\n")
    assert "phần PCCC hết hiệu lực từ 01/07/2025" in then
    assert "toàn bộ" not in then


async def test_the_law_of_a_past_year_is_listed(ask: Ask) -> None:
    text = (await ask("năm 2023 áp dụng luật nào về pccc")).replies[0].text
    assert text.startswith("Tính đến ngày 31/12/2023")
    assert "27/2001/QH10" in text
    assert "136/2020/NĐ-CP" in text
    assert "55/2024/QH15" not in text


async def test_todays_answer_to_a_question_about_the_past_is_labelled(ask: Ask) -> None:
    text = (await ask("hồi 2024 bao lâu phải tự kiểm tra nhà một lần")).replies[0].text
    assert text.startswith("Bạn hỏi về thời điểm trước đây.")
    assert "khi đó áp dụng" in text
    assert "136/2020/NĐ-CP" in text


async def test_a_skill_is_the_same_in_every_year(ask: Ask) -> None:
    text = (await ask("năm ngoái em học dùng bình chữa cháy mà quên, dùng bình sao")).replies[0].text
    assert "thời điểm trước đây" not in text


async def test_saying_where_one_lives_names_the_directive_of_the_place(ask: Ask) -> None:
    turn = await ask("nhà mình ở phường Phương Liệt")
    assert turn.kind is Kind.ANSWER
    assert "79/KH-UBND" in turn.replies[0].text
    assert "Quận Thanh Xuân" in turn.replies[0].text
    assert "chưa cung cấp đầu mối" in turn.replies[0].text


async def test_the_directive_of_the_place_comes_before_the_general_answer(ask: Ask) -> None:
    turn = await ask("mình ở phường Phương Liệt, hộ gia đình có phải học kỹ năng thoát nạn không")
    assert [bool(reply.text.startswith("Theo Kế hoạch 79")) for reply in turn.replies] == [True, False]


async def test_a_skill_is_not_buried_under_the_directive_of_the_place(ask: Ask) -> None:
    turn = await ask("em ở phường Khương Đình, mùi gas trong bếp thì phải làm sao")
    assert "79/KH-UBND" not in turn.replies[0].text


async def test_an_ambiguous_place_is_asked_back(ask: Ask) -> None:
    assert "nhiều nơi" in (await ask("tôi ở xã Tân Phú")).replies[0].text


async def test_the_choice_of_a_fine_is_answered(ask: Ask, understanding: Understanding) -> None:
    dialogue = dialogue_on(understanding)
    pressed = Incoming(conversation=None, channel="test", payload="fine:khoa-cua-thoat")
    assert "10–15 triệu đồng" in (await dialogue.respond(pressed)).replies[0].text
    gone = Incoming(conversation=None, channel="test", payload="fine:no-such-row")
    assert (await dialogue.respond(gone)).kind is Kind.ABSTAIN
