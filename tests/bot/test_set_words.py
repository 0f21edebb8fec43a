"""Set words and the commands, controls and answers that they give."""

from __future__ import annotations

import doctest
import unicodedata
from pathlib import Path

import pytest
import yaml

from bot.conversation import commands
from bot.conversation.commands import REPORT_KINDS as REPORT_KINDS_TOLD
from bot.conversation.commands import (
    Command,
    command_in,
    command_of,
    command_payload,
    command_pressed,
    control_in,
    control_of,
)
from bot.conversation.flows import set_words
from bot.conversation.flows.desk import Home
from bot.conversation.flows.engine import Control
from bot.conversation.flows.forms import PAYLOAD_LIMIT
from bot.conversation.flows.set_words import (
    ANSWERS,
    COMMANDS,
    CONTROLS,
    HOMES,
    REPORT_KINDS,
    TOPICS,
    SetWords,
    only_announces,
)
from bot.conversation.flows.steps import is_no, is_yes
from bot.feedback.kinds import Category, ReportKind
from intents.intents import REPORTS, Intent
from knowledge.vietnamese import fold

OF_A_REPORT = {one.value for one in (Command.ADD, Command.WITHDRAW, Command.DONE, Command.UNDONE, Command.RESTORE)}
"""What only a button of a report gives, since it names the report."""
TYPED_WITH_A_CODE = Command.TRIAL.value
WORDINGS = yaml.safe_load(Path(set_words.__file__).with_name("set_words.yml").read_text(encoding="utf-8"))
CATEGORY_WORDINGS = yaml.safe_load(Path(set_words.__file__).with_name("report_words.yml").read_text(encoding="utf-8"))


def test_examples_hold() -> None:
    result = doctest.testmod(commands)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("DỪNG", Command.STOP),
        ("dung", Command.STOP),
        ("dừnggggg!!!", Command.STOP),
        (" Dừng lại đi em nhé. ", Command.STOP),
        (unicodedata.normalize("NFD", "dừng"), Command.STOP),
        ("/stop", Command.STOP),
        ("hủy đăng ký", Command.STOP),
        ("huỷ đăng ký", Command.STOP),  # the mark on the other vowel
        ("dang ky nhan tin", Command.NEWS),
        ("dữ liệu của tôi", Command.PRIVACY),
        ("xóa hết dữ liệu của tôi", Command.ERASE),
        ("nơi ở", Command.HOME),
        ("xóa nơi ở", Command.FORGET_HOME),
        ("gửi cán bộ", Command.LETTER),
        ("thư của tôi", Command.TRACK),
        ("Phản ánh của tôi", Command.TRACK),
        ("phan anh", Command.LETTER),
        ("Tôi muốn góp ý ạ", Command.LETTER),
        ("em muon phan anh voi phuong", Command.LETTER),
        ("ho so toi dau roi", Command.TRACK),
        ("/start", Command.HELP),
    ],
)
def test_a_message_that_is_nothing_but_a_command(text: str, command: Command) -> None:
    assert command_in(text) is command


@pytest.mark.parametrize(
    "text", ["", "...", "đúng", "dúng", "đừng", "dừng xe ở đâu", "em muốn phản ánh hẻm bị chắn", "nhé", "²", "\ud800"]
)
def test_a_message_that_is_more_or_spelled_otherwise_is_none(text: str) -> None:
    assert command_in(text) is None


@pytest.mark.parametrize(
    ("text", "control"),
    [
        ("thôi", Control.CANCEL),
        ("Thôi không làm nữa ạ", Control.CANCEL),
        ("quay lại", Control.BACK),
        ("bo qua", Control.SKIP),
        ("tiếp đi", Control.RESUME),
        ("tôi", None),
        ("quay lại chung cư thì sao", None),
    ],
)
def test_a_message_that_steers_a_form(text: str, control: Control | None) -> None:
    assert control_in(text) is control


@pytest.mark.parametrize("text", ["có", "Có ạ", "dạ đồng ý", "ok", "okeee", "u", "vâng", "Gửi đi"])
def test_yes(text: str) -> None:
    assert is_yes(text)
    assert not is_no(text)


@pytest.mark.parametrize("text", ["không", "khong a", "thôi", "chưa", "để sau nhé", "không đồng ý"])
def test_no(text: str) -> None:
    assert is_no(text)
    assert not is_yes(text)


@pytest.mark.parametrize("text", ["", "có thể", "không biết có được không", "cỏ", "có bình chữa cháy"])
def test_neither_yes_nor_no(text: str) -> None:
    assert ANSWERS.named(text) is None


def test_words_inside_a_longer_answer() -> None:
    assert HOMES.inside("dạ em ở phòng trọ trên lầu 2") == ("lodging",)
    assert HOMES.inside("nhà mình vừa ở vừa bán tạp hóa") == ("shop",)
    assert HOMES.inside("trọng") == ()
    assert set(TOPICS.inside("mẹo với lại thông báo của phường")) == {"tips", "local"}
    assert {*REPORT_KINDS.inside("phản ánh thái độ")} == {"hazard", "conduct"}


@pytest.mark.parametrize(
    ("listed", "name", "wording"),
    [
        (listed, name, wording)
        for listed, lists in (
            (COMMANDS, WORDINGS["commands"]),
            (CONTROLS, WORDINGS["controls"]),
            (ANSWERS, {"yes": WORDINGS["yes"], "no": WORDINGS["no"]}),
        )
        for name, wordings in lists.items()
        for wording in wordings
    ],
)
def test_every_wording_gives_its_own_name(listed: SetWords, name: str, wording: str) -> None:
    assert listed.named(wording) == name
    if fold(wording) != "dung":  # "dừng", "đừng" and "đúng" are one without diacritics
        assert listed.named(fold(wording).upper()) == name


def test_every_list_has_a_meaning() -> None:
    assert set(WORDINGS["commands"]) == {one.value for one in Command} - OF_A_REPORT - {TYPED_WITH_A_CODE}
    assert set(WORDINGS["controls"]) == {one.value for one in Control}
    assert set(WORDINGS["homes"]) == {one.value for one in Home}
    assert set(WORDINGS["report_kinds"]) == {one.value for one in ReportKind}
    assert set(CATEGORY_WORDINGS["categories"]) == {one.value for one in Category}
    assert set(WORDINGS["telling"]) == {"anon", "here", "contact"}
    assert set(WORDINGS["sending"]) == {"yes", "edit", "no"}
    assert set(WORDINGS["sameness"]) == {"same", "other"}
    assert set(WORDINGS["edits"]) == {"text", "category", "where", "photos", "who"}
    assert set(WORDINGS["photos"]) == {"done", "none"}


def test_a_decisive_word_is_one_of_the_words_of_its_category() -> None:
    for name, wordings in CATEGORY_WORDINGS["decisive"].items():
        assert set(wordings) <= set(CATEGORY_WORDINGS["categories"][name]), name


@pytest.mark.parametrize(
    "text",
    ["Cháu ơi, bác muốn phản ánh với cán bộ một việc", "cho em gop y voi a", "Tôi có việc muốn báo lên cơ quan này"],
)
def test_what_only_announces_that_something_will_be_told(text: str) -> None:
    assert only_announces(text)


@pytest.mark.parametrize("text", ["tôi phản ánh hẻm bị chặn", "cán bộ phường đòi tiền", "tôi muốn khen anh Tư"])
def test_what_already_tells(text: str) -> None:
    assert not only_announces(text)


def test_intents_give_commands_controls_and_kinds_of_reports() -> None:
    assert command_of(Intent.UNSUBSCRIBE) is Command.STOP
    assert command_of(Intent.TALK_TO_PERSON) is Command.LETTER
    assert command_of(Intent.ASK_FINE) is None
    assert control_of(Intent.SKIP) is Control.SKIP
    assert control_of(Intent.GREET) is None
    assert set(REPORT_KINDS_TOLD) == REPORTS
    assert set(REPORT_KINDS_TOLD.values()) == {*ReportKind} - {ReportKind.QUESTION}


@pytest.mark.parametrize("command", list(Command))
def test_a_button_gives_its_command_back(command: Command) -> None:
    assert command_pressed(command_payload(command)) == (command, "")
    assert command_pressed(command_payload(command, "7K-2M9Q-XDAB")) == (command, "7K-2M9Q-XDAB")
    assert len(command_payload(command, "7K-2M9Q-XDAB").encode()) <= PAYLOAD_LIMIT


@pytest.mark.parametrize("payload", ["", "do", "do:", "do:dance", "DO:news", "form:0a1b2c:kind:do", "card:do:news"])
def test_other_payloads_give_none(payload: str) -> None:
    assert command_pressed(payload) is None
