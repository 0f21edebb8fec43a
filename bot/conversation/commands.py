"""What residents may tell the assistant to do: in set words, by an intent, or by a button."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from bot.conversation.flows.engine import Control
from bot.conversation.flows.set_words import COMMANDS, CONTROLS
from bot.conversation.flows.told_in_words import wanted_about, wants_no_news
from bot.conversation.messages import Incoming
from bot.feedback.kinds import ReportKind
from intents.intents import Intent


class Command(Enum):
    """Something to do, as the payload of its button names it: "do:news"."""

    STOP = "stop"
    NEWS = "news"
    MY_NEWS = "my-news"
    HOURS = "hours"  # in which news may come
    PRIVACY = "privacy"
    ERASE = "erase"
    FORGET_HOME = "forget-home"
    HOME = "home"
    LETTER = "letter"  # to officials: a report
    TRACK = "track"
    ADD = "add"
    WITHDRAW = "withdraw"
    DONE = "done"
    UNDONE = "undone"
    RESTORE = "restore"
    LINK = "link"
    UNLINK = "unlink"
    TRIAL = "trial"  # where a member of the staff is sent trial messages
    QUIZ = "quiz"
    DRILL = "drill"
    HELP = "help"


_ALWAYS_OBEYED: Final = frozenset(
    {Command.STOP, Command.PRIVACY, Command.MY_NEWS, Command.ERASE, Command.FORGET_HOME, Command.UNLINK}
)
_FROM_INTENTS: Final[Mapping[Intent, Command]] = {
    Intent.UNSUBSCRIBE: Command.STOP,
    Intent.SUBSCRIBE: Command.NEWS,
    Intent.PRIVACY_VIEW: Command.PRIVACY,
    Intent.PRIVACY_DELETE: Command.ERASE,
    Intent.TELL_PLACE: Command.HOME,
    Intent.TALK_TO_PERSON: Command.LETTER,
    Intent.TRACK_REPORT: Command.TRACK,
    Intent.HELP: Command.HELP,
}
_CONTROLS_FROM_INTENTS: Final[Mapping[Intent, Control]] = {
    Intent.CANCEL: Control.CANCEL,
    Intent.BACK: Control.BACK,
    Intent.SKIP: Control.SKIP,
}
REPORT_KINDS: Final[Mapping[Intent, ReportKind]] = {
    Intent.REPORT_HAZARD: ReportKind.HAZARD,
    Intent.REPORT_CONDUCT: ReportKind.CONDUCT,
    Intent.REPORT_PROCEDURE: ReportKind.PROCEDURE,
    Intent.OPINION_LAW: ReportKind.OPINION,
    Intent.GOOD_MODEL: ReportKind.MODEL,
    Intent.COMMEND: ReportKind.COMMENDATION,
}
"""What kind of report somebody makes who tells the authorities something."""


def command_in(text: str) -> Command | None:
    """Return the command that a message in set words is, or in words that say the same.

    >>> command_in("DỪNG"), command_in("dung nhan tin"), command_in("đúng")
    (<Command.STOP: 'stop'>, <Command.STOP: 'stop'>, None)
    """
    if name := COMMANDS.named(text):
        return Command(name)
    if wants_no_news(text):
        return Command.STOP
    name = wanted_about(text)
    return Command(name) if name else None


def always_obeyed(message: Incoming) -> bool:
    """Whether a message withdraws consent or asks what is stored, which nothing may keep anybody from.

    A step of a form counts too: it may be the yes to erasing.
    """
    payload = message.payload or ""
    pressed = command_pressed(payload)
    command = pressed[0] if pressed else command_in(message.text)
    return command in _ALWAYS_OBEYED or payload.startswith("form:")


def control_in(text: str) -> Control | None:
    """Return how a message in set words steers a form."""
    name = CONTROLS.named(text)
    return Control(name) if name else None


def command_of(intent: Intent) -> Command | None:
    """Return the command that an intent asks for."""
    return _FROM_INTENTS.get(intent)


def control_of(intent: Intent) -> Control | None:
    """Return how an intent steers a form."""
    return _CONTROLS_FROM_INTENTS.get(intent)


def command_payload(command: Command, argument: str = "") -> str:
    """Return the payload of a button that gives a command."""
    return f"do:{command.value}:{argument}" if argument else f"do:{command.value}"


def command_pressed(payload: str) -> tuple[Command, str] | None:
    """Return the command that a payload gives, with its argument; None when it gives none."""
    kind, _, rest = payload.partition(":")
    name, _, argument = rest.partition(":")
    if kind != "do" or name not in {one.value for one in Command}:
        return None
    return Command(name), argument
