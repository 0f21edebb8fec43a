"""What comes of a message that steers: its turn, the memory after it, and perhaps a question for officials."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.conversation.finding import Finding
from bot.conversation.flows import wording
from bot.conversation.flows.desk import Desk, DeskError
from bot.conversation.flows.engine import Outcome
from bot.conversation.memory import Memory
from bot.conversation.messages import Kind, Reply, Turn
from bot.conversation.turn import said


@dataclass(frozen=True)
class Steered:
    """The turn and the memory after it; `unanswered`: a question to be kept for officials, and what was found."""

    turn: Turn
    memory: Memory
    unanswered: tuple[str, Finding] | None = None

    @classmethod
    def formed(cls, outcome: Outcome, memory: Memory) -> Steered:
        """Reply as a form does, and remember it as it stands then."""
        turn = Turn(kind=Kind.FLOW, replies=outcome.replies)
        return cls(turn, replace(memory, form=outcome.form, fragments=()))

    @classmethod
    def replied(cls, reply: Reply, memory: Memory) -> Steered:
        """Give one reply; nothing is remembered of it."""
        return cls(Turn(kind=Kind.FLOW, replies=(reply,)), memory)

    @classmethod
    def told(cls, text: str, memory: Memory) -> Steered:
        """Say one thing; nothing is remembered of it."""
        return cls(said(Kind.FLOW, text), memory)

    def led_by(self, text: str) -> Steered:
        """Return the same with a line before its first reply."""
        first, *others = self.turn.replies
        replies = (replace(first, text=f"{text}\n{first.text}"), *others)
        return replace(self, turn=replace(self.turn, replies=replies))


Doing = Callable[[Desk, Memory, str, datetime], Awaitable[Steered]]
"""What carries out a command with its argument."""


async def done_or_told(doing: Awaitable[Steered], memory: Memory) -> Steered:
    """Return what comes of `doing`; where the store fails that is said, and the memory stays as it was."""
    try:
        return await doing
    except DeskError:
        return Steered.told(wording.CANNOT_NOW, memory)
