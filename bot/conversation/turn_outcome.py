"""What one turn of a conversation came to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bot.conversation.finding import Finding
from bot.conversation.memory import Memory
from bot.conversation.messages import Turn
from bot.conversation.steered import Steered

_CHOOSABLE: Final = ("card:", "fine:", "none")


@dataclass(frozen=True)
class TurnOutcome:
    """The replies, the memory after them, and perhaps a question (`text`) to keep, with what was found for it."""

    turn: Turn
    memory: Memory
    unanswered: Finding | None = None
    text: str = ""
    unfinished: bool = False  # more of the message may be on the way

    @classmethod
    def of(cls, steered: Steered) -> TurnOutcome:
        """Return what a turn came to that was steered; what it offers can be chosen by the next message."""
        text, unanswered = steered.unanswered or ("", None)
        return cls(steered.turn, replace(steered.memory, offered=offered_in(steered.turn)), unanswered, text)


def offered_in(turn: Turn) -> tuple[str, ...]:
    """Return the payloads of the last reply that offers answers. A command is never chosen by a number or a yes."""
    buttons = next((one.buttons for one in reversed(turn.replies) if one.buttons), ())
    return tuple(one.payload for one in buttons if one.payload and one.payload.startswith(_CHOOSABLE))
