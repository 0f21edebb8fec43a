"""Steps that several flows share."""

from __future__ import annotations

from collections.abc import Callable

from bot.conversation.flows.forms import Accepted, Choice, Prompt, Reading, Refused, Step, Values
from bot.conversation.flows.set_words import ANSWERS

_YES = "yes"
_NO = "no"


def agreeing(
    name: str,
    ask: Callable[[Values], str],
    *,
    yes: str,
    no: str,
    applies: Callable[[Values], bool] = lambda _values: True,
) -> Step:
    """A step that asks for a yes; `agreed` tells which it was."""
    choices = (Choice(yes, _YES), Choice(no, _NO))

    def read(answer: str, _values: Values) -> Reading:
        said = ANSWERS.named(answer)
        if said is not None:
            return Accepted({name: said})
        return Refused(f"Bạn chọn giúp mình: “{yes}” hay “{no}”?")

    return Step(name=name, ask=lambda values: Prompt(ask(values), choices), read=read, applies=applies)


def agreed(values: Values, name: str) -> bool:
    """Whether the step of that name was answered with yes."""
    return values.get(name) == _YES


def is_yes(text: str) -> bool:
    """Whether typed text is nothing but a yes."""
    return ANSWERS.named(text) == _YES


def is_no(text: str) -> bool:
    """Whether typed text is nothing but a no."""
    return ANSWERS.named(text) == _NO
