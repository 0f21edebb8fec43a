"""A question of a turn: answered alone or with the lines sent just before it, and what its answer brings with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.conversation import phrases
from bot.conversation.alarms import Alarms
from bot.conversation.answers import Answered, Answers
from bot.conversation.commands import Command
from bot.conversation.flows.desk import Desk
from bot.conversation.flows.place_reading import PlaceReading
from bot.conversation.gathering import unfinished
from bot.conversation.memory import Memory, Recalled
from bot.conversation.messages import Kind, Turn
from bot.conversation.obeying import Obeying
from bot.conversation.open_forms import OpenForms
from bot.conversation.turn_outcome import TurnOutcome, offered_in
from bot.conversation.typed import Message, Nlu, understood
from intents.triage import Level, assess
from knowledge.places import Places, Unit
from knowledge.vietnamese import UNDERSTANDING_LIMIT

_ANSWERED: Final = frozenset({Kind.ANSWER, Kind.REPORT, Kind.REFUSE})


class Questions:
    """Answers what no form and no command takes, outside of an emergency."""

    def __init__(
        self,
        *,
        places: Places,
        reading: PlaceReading,
        answers: Answers,
        alarms: Alarms,
        forms: OpenForms,
        obeying: Obeying,
        nlu: Nlu | None,
    ) -> None:
        self._places = places
        self._reading = reading
        self._answers = answers
        self._alarms = alarms
        self._forms = forms
        self._obeying = obeying
        self._nlu = nlu

    async def answered(self, message: Message, known: Recalled, desk: Desk | None, now: datetime) -> TurnOutcome:
        """Answer a question, alone or as the last line of those sent within seconds."""
        home = known.home(self._places, now)
        answered = self._answers.answer(message.text, message.understanding, known.memory, home, now)
        if lines := known.memory.recent_fragments(now):
            whole = ", ".join([*(one.text for one in lines), message.whole])
            together = replace(message, whole=whole, text=whole[-UNDERSTANDING_LIMIT:])
            if (assessment := assess(together.text)).level is Level.EMERGENCY:
                return self._alarms.urgent(assessment, together.text, known.memory, now)
            as_one = await self._as_one(together.text, known.memory, home, now)
            if _is_better(as_one, answered):
                answered, message = as_one, together
        return await self._carried_out(answered, message, known, desk, now)

    async def _as_one(self, text: str, memory: Memory, home: str | None, now: datetime) -> Answered:
        """Answer lines as one message, which continues nothing that was asked before."""
        understanding = await understood(self._nlu, text)
        return self._answers.answer(text, understanding, replace(memory, subject=None), home, now)

    async def _carried_out(
        self, answered: Answered, message: Message, known: Recalled, desk: Desk | None, now: datetime
    ) -> TurnOutcome:
        """Do what the answer brings with it, and remember what the next message may refer to."""
        memory = replace(known.memory, subject=answered.subject or known.memory.subject)
        if answered.command is not None:
            known = replace(known, memory=memory)
            argument = self._home_in(message.text) if answered.command is Command.HOME else ""
            return TurnOutcome.of(await self._obeying.command(answered.command, known, desk, now, argument))
        if answered.place is not None:
            memory = replace(memory, place=(_named(answered.place), now))
        turn, memory = await self._started(answered, message.whole, memory, desk, now)
        turn = self._forms.reminded(turn, memory.form)
        goes_on = unfinished(message.whole, turn)
        memory = replace(memory, offered=offered_in(turn), fragments=known.memory.recent_fragments(now))
        if goes_on and turn.kind is not Kind.SMALLTALK:
            memory = memory.with_fragment(message.whole, now)
        elif turn.kind in _ANSWERED:
            memory = replace(memory, fragments=())
        return TurnOutcome(turn, memory, answered.unanswered, message.text, unfinished=goes_on)

    def _home_in(self, text: str) -> str:
        """The code of the commune that a message names beyond doubt: whoever tells where they live is not asked it."""
        codes = self._reading.mentioned(text)
        return codes[0] if len(codes) == 1 else ""

    async def _started(
        self, answered: Answered, whole: str, memory: Memory, desk: Desk | None, now: datetime
    ) -> tuple[Turn, Memory]:
        """Open the flow that the answer begins, if it begins one, with all that was written."""
        if answered.start is None:
            return answered.turn, memory
        if desk is None:
            return _told_alone(answered.turn), memory
        start = replace(answered.start, values={**answered.start.values, "text": whole})
        steered = await self._forms.start(start, answered.turn, memory, desk, now)
        return steered.turn, steered.memory


def _is_better(as_one: Answered, alone: Answered) -> bool:
    """Whether lines are better answered as one message than the last of them alone."""
    if as_one.turn.kind in _ANSWERED:
        return True
    steers = alone.command is not None or alone.start is not None
    return alone.turn.kind not in _ANSWERED and as_one.turn.kind is not Kind.SMALLTALK and not steers


def _named(unit: Unit) -> str:
    """A unit as a question names it: "Phường Gò Vấp (Thành phố Hồ Chí Minh)"."""
    return unit.name if unit.is_province else f"{unit.name} ({unit.province})"


def _told_alone(turn: Turn) -> Turn:
    """The turn of a report that cannot be passed on now."""
    *others, last = turn.replies
    return replace(turn, replies=(*others, replace(last, text=phrases.REPORT_ALONE)))
