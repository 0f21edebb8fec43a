"""Takes a turn with what is remembered: a button, photos, what cannot be read, or typed words in the order they count.

What may be an emergency comes first, then what steers, then questions.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.conversation import phrases
from bot.conversation.alarms import Alarms
from bot.conversation.flows.desk import Desk
from bot.conversation.flows.forms import Attached
from bot.conversation.memory import Recalled
from bot.conversation.messages import Button, Incoming, Kind, Shared, Turn
from bot.conversation.open_forms import OpenForms
from bot.conversation.questions import Questions
from bot.conversation.steering import Steering
from bot.conversation.turn import Assistant, said, with_warning
from bot.conversation.turn_outcome import TurnOutcome
from bot.conversation.typed import Message, Nlu, understood
from intents.triage import Assessment, Level
from knowledge.vietnamese import UNDERSTANDING_LIMIT, clean

_CLEANED: Final = 8 * UNDERSTANDING_LIMIT  # characters; cleaning more would hold everybody up for nothing


class TurnTaking:
    """Takes turns, given what is remembered. Raises nothing."""

    def __init__(
        self,
        *,
        assistant: Assistant,
        steering: Steering,
        forms: OpenForms,
        alarms: Alarms,
        questions: Questions,
        nlu: Nlu | None,
    ) -> None:
        self._assistant = assistant
        self._steering = steering
        self._forms = forms
        self._alarms = alarms
        self._questions = questions
        self._nlu = nlu

    async def taken(
        self, message: Incoming, assessment: Assessment, known: Recalled, desk: Desk | None, now: datetime
    ) -> TurnOutcome:
        """Return what a message comes to, with a word about a form that has expired meanwhile."""
        memory, expired = self._forms.as_of(known.memory, now)
        known = replace(known, memory=memory)
        if message.payload is not None:
            outcome = TurnOutcome.of(await self._steering.pressed(message.payload, known, desk, now))
        elif _attached_to(message):
            outcome = await self._attached(message, assessment, known, desk, now)
        elif message.shared is not None and not message.text.strip():
            outcome = await self._shared(message.shared, known, desk, now)
        else:
            outcome = await self._typed(message.text, assessment, known, desk, now)
            if message.shared is not None:
                outcome = replace(outcome, turn=_with_notice(outcome.turn, phrases.ONLY_TEXT_READ))
        return outcome if expired is None else replace(outcome, turn=_with_notice(outcome.turn, expired))

    async def _typed(
        self, typed: str, assessment: Assessment, known: Recalled, desk: Desk | None, now: datetime
    ) -> TurnOutcome:
        """Answer a typed message; what may be an emergency is answered under the line that names 114."""
        whole = clean(typed[:_CLEANED])
        text = whole[:UNDERSTANDING_LIMIT]
        understanding = await understood(self._nlu, text)
        assessment = self._alarms.reassessed(assessment, text, understanding, known.memory)
        if assessment.level is Level.EMERGENCY:
            return self._alarms.urgent(assessment, text, known.memory, now)
        message = Message(whole, text, understanding, possible=assessment.level is Level.POSSIBLE)
        outcome = await self._replied(message, known, desk, now)
        if message.possible and outcome.turn.replies and outcome.turn.kind is not Kind.EMERGENCY:
            return replace(outcome, turn=with_warning(outcome.turn), unfinished=False)
        return outcome

    async def _replied(self, message: Message, known: Recalled, desk: Desk | None, now: datetime) -> TurnOutcome:
        if (steered := await self._steering.steered(message, known, desk, now)) is not None:
            return TurnOutcome.of(steered)
        if (alarm := known.memory.fresh_alarm(now)) is not None:
            return self._alarms.during(alarm, message, known, now)
        return await self._questions.answered(message, known, desk, now)

    async def _attached(
        self, message: Incoming, assessment: Assessment, known: Recalled, desk: Desk | None, now: datetime
    ) -> TurnOutcome:
        """Keep photos and a pin, for the form that is open or the one that may follow, then take the words with them.

        In an emergency they are kept for nothing: what counts is what to do now.
        """
        captioned = bool(message.text.strip())
        if desk is None or known.memory.fresh_alarm(now) is not None:
            if captioned:
                return await self._typed(message.text, assessment, known, desk, now)
            return await self._shared(message.shared or Shared.PHOTO, known, desk, now)
        memory, noted = self._forms.attached(_attached_to(message), known.memory, now)
        known = replace(known, memory=memory)
        if captioned:
            return _captioned(await self._typed(message.text, assessment, known, desk, now), message, noted)
        return await self._without_words(message, noted, known, desk, now)

    async def _without_words(
        self, message: Incoming, noted: str, known: Recalled, desk: Desk, now: datetime
    ) -> TurnOutcome:
        """Go on with the form that asks, after photos or a pin; without one say what was kept."""
        if (steered := await self._forms.went_on(noted, known.memory, desk, now)) is not None:
            return TurnOutcome.of(steered)
        if not noted:  # a place without a form that wants one
            return await self._shared(message.shared or Shared.LOCATION, known, desk, now)
        words = noted if "114" in noted else f"{noted} {phrases.IF_BURNING}"  # a picture without words may be of a fire
        offered = (phrases.WITH_PHOTO,) if message.photos and known.memory.photos else ()
        turn = _with_buttons(said(Kind.SMALLTALK, words), offered)
        return TurnOutcome(self._forms.reminded(turn, known.memory.form), known.memory)

    async def _shared(self, what: Shared, known: Recalled, desk: Desk | None, now: datetime) -> TurnOutcome:
        """Reply to what cannot be looked at; in an emergency with what to do now, in a form with its question."""
        memory = known.memory
        if (alarm := memory.fresh_alarm(now)) is not None:
            return TurnOutcome(self._assistant.again(alarm.situation), memory)
        words = phrases.SHARED[what]
        if desk is not None and (steered := await self._forms.went_on(words, memory, desk, now)) is not None:
            return TurnOutcome.of(steered)
        return TurnOutcome(self._forms.reminded(said(Kind.SMALLTALK, words), memory.form), memory)


def _attached_to(message: Incoming) -> Attached:
    return Attached(message.photos, message.photo_refused, message.pin)


def _captioned(outcome: TurnOutcome, message: Incoming, noted: str) -> TurnOutcome:
    """What words came to that were sent with photos or a pin; `noted` says what was kept of these."""
    if not outcome.memory.photos:  # a report has begun that took them
        taken = phrases.PHOTO_TAKEN if noted == phrases.PHOTO_KEPT else noted
        return replace(outcome, turn=_with_notice(outcome.turn, taken))
    turn = _with_notice(outcome.turn, noted)
    if not message.photos:
        return replace(outcome, turn=turn)
    caption = clean(message.text[:_CLEANED]).strip()
    turn = _with_buttons(turn, (phrases.WITH_PHOTO,))
    return replace(outcome, turn=turn, memory=replace(outcome.memory, caption=caption))


def _with_buttons(turn: Turn, buttons: tuple[Button, ...]) -> Turn:
    """The turn with further buttons under its last reply."""
    if not turn.replies or not buttons or turn.kind is Kind.EMERGENCY:
        return turn
    *others, last = turn.replies
    return replace(turn, replies=(*others, replace(last, buttons=(*last.buttons, *buttons))))


def _with_notice(turn: Turn, notice: str) -> Turn:
    if not notice or not turn.replies or turn.kind is Kind.EMERGENCY:
        return turn
    first, *others = turn.replies
    return replace(turn, replies=(replace(first, text=f"{notice}\n\n{first.text}"), *others))
