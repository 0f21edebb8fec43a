"""Linking two channels: how codes are typed, what is asked, and what is said of every end."""

from __future__ import annotations

import doctest
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.conversation.commands import Command, command_in
from bot.conversation.filling import Filling
from bot.conversation.flows import link
from bot.conversation.flows.desk import Desk, DeskError, NotLinked, Unlinked
from bot.conversation.flows.engine import Engine
from bot.conversation.flows.following import code_in as receipt_in
from bot.conversation.flows.link import (
    bare_code,
    channel_name,
    code_after_words,
    code_reply,
    link_flow,
    refused_reply,
    told_reply,
    unlinked_reply,
)
from bot.conversation.memory import Recalled
from bot.conversation.obeying import Obeying
from bot.conversation.open_forms import OpenForms
from bot.conversation.steered import Steered
from bot.conversation.steering import Steering
from bot.conversation.typed import Message
from bot.store.link_codes import new_code
from tests.bot.tiny_flow import NOW, TOKEN

CODE = "7KQ2-M9XD"


class FakeDesk:
    """Links by one code, or says why not, or fails."""

    def __init__(self, outcome: str | NotLinked = "telegram") -> None:
        self.outcome = outcome
        self.fails = False
        self.looked_at: list[str] = []
        self.used: list[str] = []

    async def linkable(self, code: str, *, meant: bool = True) -> str | NotLinked:
        if self.fails:
            raise DeskError
        self.looked_at.append(code)
        return self.outcome

    async def link(self, code: str) -> str | NotLinked:
        if self.fails:
            raise DeskError
        self.used.append(code)
        return self.outcome

    @property
    def as_desk(self) -> Desk:
        return cast("Desk", self)


def test_examples_hold() -> None:
    result = doctest.testmod(link)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    "text",
    [
        "liên kết 7KQ2-M9XD",
        "Liên kết: 7kq2 m9xd",
        "lien ket 7kq2m9xd",
        "LIÊN KẾT 7KQ2-M9XD nhé",
        "/lienket 7KQ2-M9XD",
        "mã liên kết 7KQ2-M9XD ạ",
        "Mã liên kết của bạn: 7KQ2-M9XD",
        "liên kết telegram “7KQ2-M9XD”",
        "nối tài khoản 7KQ2-M9XD",
    ],
)
def test_a_code_is_found_after_words_as_it_is_typed(text: str) -> None:
    assert code_after_words(text) == CODE
    assert bare_code(text) is None


@pytest.mark.parametrize("text", ["7KQ2-M9XD", "7kq2-m9xd", " 7KQ2 – M9XD. ", "7KQ2—M9XD"])
def test_a_code_without_words_needs_its_hyphen(text: str) -> None:
    assert bare_code(text) == CODE
    assert code_after_words(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "liên kết",
        "liên kết zalo",
        "liên kết vùng là gì",
        "lien ket ngan hang",  # eight letters are words
        "hẻm khan",
        "chay nhat",
        "2345-6789",
        "0912 3456",
        "7KQ2 M9XD",  # with a blank, or nothing, in place of the hyphen only after "liên kết"
        "7KQ2M9XD",
        "chay2nha",
        "tang2nha",
        "29ab3456",
        "7KQ2-M9X",
        "7KQ2-M9XDA",
        "7KQ2-M9XO",  # by itself only with signs that codes have
        "7K-2M9Q-XDAB",
        "106/2025/NĐ-CP",
        "gửi mã 7KQ2-M9XD cho ai",
        "²³⁴⁵-abcd",
    ],
)
def test_what_is_no_code(text: str) -> None:
    assert bare_code(text) is None
    assert code_after_words(text) is None


def test_a_code_with_signs_that_no_code_has_is_one_after_the_words() -> None:
    assert code_after_words("liên kết 7KQ2-M9O0") == "7KQ2-M9O0"


def test_codes_and_receipts_are_never_taken_for_one_another() -> None:
    for _ in range(200):
        code = new_code()
        assert bare_code(code) == code_after_words(f"liên kết {code.lower()}") == code
        assert receipt_in(code) is None
        assert receipt_in(f"mã {code}") is None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("liên kết", Command.LINK),
        ("Liên kết Zalo ạ", Command.LINK),
        ("lien ket telegram", Command.LINK),
        ("nối tài khoản", Command.LINK),
        ("/lienket", Command.LINK),
        ("hủy liên kết", Command.UNLINK),
        ("huỷ liên kết đi", Command.UNLINK),
        ("huy lien ket", Command.UNLINK),
        ("/huylienket", Command.UNLINK),
        ("liên kết ngân hàng", None),
    ],
)
def test_commands(text: str, command: Command | None) -> None:
    assert command_in(text) is command


def steering() -> Steering:
    """Steering of nothing but links; whatever goes on to be answered is None."""
    engine = Engine([link_flow()], lambda: TOKEN)
    base = cast("Any", SimpleNamespace(places=None, quizzes={}, drills={}))
    assistant, obeying = cast("Any", SimpleNamespace(base=base)), Obeying(base, engine)
    filling = Filling(assistant, engine, cast("Any", None), obeying)
    return Steering(assistant, engine, OpenForms(engine), obeying, filling)


async def steered(text: str, desk: FakeDesk, *, possible: bool = False) -> Steered | None:
    message = Message(text, text, None, possible=possible)
    return await steering().steered(message, Recalled(), desk.as_desk, NOW)


async def test_a_bare_code_that_was_given_is_asked_about() -> None:
    desk = FakeDesk()
    asked = await steered("7kq2-m9xd", desk)
    assert asked is not None
    assert "đang ở Telegram." in asked.turn.replies[0].text
    assert asked.memory.form is not None
    assert set(desk.looked_at) == {CODE}


@pytest.mark.parametrize("why", [NotLinked.EXPIRED, NotLinked.SAME, NotLinked.TWO_PAGES])
async def test_a_bare_code_that_cannot_be_used_is_told_why(why: NotLinked) -> None:
    told = await steered(CODE, FakeDesk(why))
    assert told is not None
    assert told.turn.replies[0].text == refused_reply(why).text


@pytest.mark.parametrize("why", [NotLinked.WRONG, NotLinked.TOO_MANY])
@pytest.mark.parametrize("text", ["29ab-3456", "chay2nha", "tang2nha", "7KQ2M9XD"])
async def test_what_only_looks_like_a_code_goes_on_to_be_answered(text: str, why: NotLinked) -> None:
    assert await steered(text, FakeDesk(why)) is None


async def test_after_the_words_a_wrong_code_is_told() -> None:
    told = await steered("liên kết 29ab-3456", FakeDesk(NotLinked.WRONG))
    assert told is not None
    assert told.turn.replies[0].text == refused_reply(NotLinked.WRONG).text


async def test_what_may_be_an_emergency_is_never_taken_for_a_bare_code() -> None:
    desk = FakeDesk()
    assert await steered(CODE, desk, possible=True) is None
    assert desk.looked_at == []
    assert await steered(f"liên kết {CODE}", desk, possible=True) is not None


async def test_a_bare_code_is_answered_as_any_message_while_nothing_can_be_looked_up() -> None:
    desk = FakeDesk()
    desk.fails = True
    assert await steered(CODE, desk) is None


async def test_it_is_asked_with_a_warning_before_anything_is_done() -> None:
    desk, engine = FakeDesk(), Engine([link_flow()], lambda: TOKEN)
    opened = await engine.open("link", desk.as_desk, NOW, {"code": CODE, "from": "zalo_oa"})
    assert desk.used == []
    [question] = opened.replies
    assert "đang ở Zalo." in question.text
    assert "Chỉ đồng ý nếu chính bạn vừa lấy mã này" in question.text
    assert [button.label for button in question.buttons][:2] == ["Đồng ý nối", "Không nối"]
    assert opened.form is not None
    done = await engine.typed(opened.form, "đồng ý nối", desk.as_desk, NOW)
    assert (done.form, desk.used) == (None, [CODE])
    assert "Đã nối với Telegram" in done.replies[0].text


async def test_without_a_yes_nothing_is_linked() -> None:
    desk = FakeDesk()
    finished = await link_flow().finish({"code": CODE, "from": "web", "agree": "no"}, desk.as_desk)
    assert desk.used == []
    assert "không nối gì" in finished.reply.text


async def test_a_store_that_fails_is_asked_again() -> None:
    desk, engine = FakeDesk(), Engine([link_flow()], lambda: TOKEN)
    desk.fails = True
    opened = await engine.open("link", desk.as_desk, NOW, {"code": CODE, "from": "web"})
    assert opened.form is not None
    failed = await engine.typed(opened.form, "có", desk.as_desk, NOW)
    assert failed.form is not None
    desk.fails = False
    assert (await engine.typed(failed.form, "có", desk.as_desk, NOW)).form is None
    assert desk.used == [CODE]


@pytest.mark.parametrize("why", list(NotLinked))
async def test_what_became_impossible_meanwhile_is_said(why: NotLinked) -> None:
    finished = await link_flow().finish({"code": CODE, "from": "web", "agree": "yes"}, FakeDesk(why).as_desk)
    assert finished.done
    assert finished.reply.text == refused_reply(why).text


def test_every_end_is_said_in_words() -> None:
    told = {refused_reply(one).text for one in NotLinked} | {unlinked_reply(one).text for one in Unlinked}
    assert len(told) == len(NotLinked) + len(Unlinked)
    assert code_reply(CODE).text.count(CODE) == 2
    assert "Telegram" in told_reply("telegram").text
    assert "hủy liên kết" in told_reply("telegram").text
    assert channel_name("ask") == "một kênh khác"
