"""What a typed message says by itself: its intent, an order, a choice among what was offered, a bare yes or no."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bot.conversation import phrases
from bot.conversation.commands import Command, command_in, control_in
from bot.conversation.flows import link, trial
from bot.conversation.flows.set_words import BEGINNING, COMMANDS, EXERCISES
from bot.conversation.flows.steps import is_no, is_yes
from intents.intents import Intent
from intents.understanding import Understanding
from knowledge.vietnamese import fold, syllables

_SHORT: Final = 8  # words up to which a message may be meant to steer a form


class Nlu(Protocol):
    """What tells the intent of a message."""

    def parse(self, text: str) -> Coroutine[Any, Any, Understanding | None]:
        """Return what `text` wants, or None when that cannot be told now. Raises nothing."""


@dataclass(frozen=True)
class Message:
    """A typed message: all of it, its beginning that is understood, and its intent if that is known."""

    whole: str
    text: str
    understanding: Understanding | None
    possible: bool = False  # it may be an emergency

    @property
    def is_short(self) -> bool:
        """Whether it has only a few words."""
        return len(syllables(self.text)) <= _SHORT

    @property
    def ranking(self) -> tuple[tuple[Intent, float], ...]:
        """Intents with their probabilities, the likeliest first; empty where they are not known."""
        return self.understanding.ranking if self.understanding else ()


async def understood(nlu: Nlu | None, text: str) -> Understanding | None:
    """Return what a text wants; None for no text, and when that cannot be told now."""
    return await nlu.parse(text) if nlu and text else None


def order_in(text: str) -> tuple[Command, str] | None:
    """Return the command that a message is, with its argument: set words, or these with a code."""
    if (command := command_in(text)) is not None:
        return command, _exercise_in(text) if command in {Command.QUIZ, Command.DRILL} else ""
    if (code := trial.code_after_words(text)) is not None:
        return Command.TRIAL, code
    code = link.code_after_words(text)
    return (Command.LINK, code) if code else None


def begun_after(question: str, text: str) -> tuple[Command, str] | None:
    """Return the command for the quiz or drill that `question` was about, where a message says to begin it."""
    asked = {*COMMANDS.inside(question)} & {Command.QUIZ.value, Command.DRILL.value}
    if len(asked) != 1 or not BEGINNING.named(text):
        return None
    return Command(asked.pop()), _exercise_in(question)


def _exercise_in(text: str) -> str:
    """The quiz or drill that somebody names who asks for one; "" where none is: "ở nhà trọ" comes after "ở nhà"."""
    return next(reversed(EXERCISES.inside(text)), "")


def chosen(text: str, offered: tuple[str, ...]) -> str | None:
    """Return the payload that a typed number, a yes to the only choice, or a no chooses among those offered last."""
    if not offered:
        return None
    digits = text.strip(" .)")
    if digits.isascii() and digits.isdigit() and 1 <= int(digits) <= len(offered):
        return offered[int(digits) - 1]
    real = [one for one in offered if one != "none"]
    if is_yes(text) and len(real) == 1:
        return real[0]
    return "none" if is_no(text) and "none" in offered else None


def is_bare_yes(text: str) -> bool:
    """Whether "dung" without diacritics is a yes ("đúng"): in a form that asks for one it is no "dừng"."""
    return fold(text).strip(" .!") == "dung" and not text.isupper() and text.strip(" .!").isascii()


def reply_to_bare_word(text: str) -> str | None:
    """Return the reply to a word that would steer a form or answer a question, where there is neither."""
    if control_in(text):
        return phrases.NOTHING_OPEN
    return phrases.ACKNOWLEDGED if is_yes(text) or is_no(text) else None
