"""A message that is typed while a form asks: its answer, an order, a step back, or a question of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.conversation import phrases
from bot.conversation.answers import Answered, Answers
from bot.conversation.commands import control_in, control_of
from bot.conversation.flows import drill, quiz
from bot.conversation.flows.desk import Desk
from bot.conversation.flows.engine import Control, Engine
from bot.conversation.flows.forms import Form
from bot.conversation.flows.lifecycle import Event
from bot.conversation.follow_up import continues
from bot.conversation.memory import Memory, Recalled
from bot.conversation.obeying import Obeying
from bot.conversation.routing import is_question
from bot.conversation.steered import Steered
from bot.conversation.turn import Assistant
from bot.conversation.typed import Message, is_bare_yes, order_in
from intents.intents import ASKS
from intents.screening import Screen, screen

_ASKS: Final = 0.6
_SURELY_ASKS: Final = 0.85
"""The same where the message could also be the answer to the form's question."""
_STEERS: Final = 0.8
_REFUSALS: Final = frozenset({Screen.HARMFUL, Screen.DISHONEST, Screen.INJECTION})


class Filling:
    """Takes what is typed while a form asks."""

    def __init__(self, assistant: Assistant, engine: Engine, answers: Answers, obeying: Obeying) -> None:
        self._assistant = assistant
        self._engine = engine
        self._answers = answers
        self._obeying = obeying

    async def typed(self, message: Message, form: Form, known: Recalled, desk: Desk, now: datetime) -> Steered:
        """Take a message while `form` asks."""
        memory, engine, text = known.memory, self._engine, message.text
        if engine.offers(form, text) or (is_bare_yes(text) and engine.accepts(form, text)):
            return Steered.formed(await engine.typed(form, message.whole, desk, now), memory)
        if (order := order_in(text)) is not None:
            return await self._obeying.command(order[0], known, desk, now, order[1])
        if (control := self._control(message, form)) is not None:
            return Steered.formed(await engine.control(form, control, desk, now), memory)
        if not engine.takes_questions(form) and (other := self._interruption(message, form, known, now)) is not None:
            return self._answered_beside(other, text, form, memory)
        return Steered.formed(await engine.typed(form, message.whole, desk, now), memory)

    def _control(self, message: Message, form: Form) -> Control | None:
        if (control := control_in(message.text)) is not None:
            return None if self._means_form(control, message.text, form) else control
        ranking = message.ranking
        steers = (
            ranking and ranking[0][1] >= _STEERS and message.is_short and not self._engine.accepts(form, message.text)
        )
        return control_of(ranking[0][0]) if steers else None

    def _means_form(self, control: Control, text: str, form: Form) -> bool:
        """Whether words that steer are the answer in a quiz or drill: "tiếp" where it is asked whether to go on."""
        fits = control in {Control.RESUME, Control.SKIP} and form.flow in {quiz.NAME, drill.NAME}
        return fits and self._engine.accepts(form, text)

    def _interruption(self, message: Message, form: Form, known: Recalled, now: datetime) -> Answered | None:
        """Answer a question asked in the middle of a form; None if the message is the form's."""
        found = screen(message.text) if message.text else None
        if found in _REFUSALS:
            return Answered(self._assistant.fixed(found))
        if not self._asks(message, form):
            return None
        home = known.home(self._assistant.base.places, now)
        goes_on = known.memory.fresh_subject(now) is not None and continues(message.text)
        if not goes_on and (sure := self._answers.sure_answer(message.text, home)) is not None:
            return sure
        answered = self._answers.answer(message.text, message.understanding, known.memory, home, now)
        return None if answered.start or answered.command or not answered.turn.replies else answered

    def _asks(self, message: Message, form: Form) -> bool:
        """Whether a message may be a question of its own; of one that fits the form its intent must be surer."""
        asked = sum(share for intent, share in message.ranking if intent in ASKS)
        in_form = is_question(message.text)
        fits = self._engine.accepts(form, message.text)
        questioning = (asked >= _SURELY_ASKS and in_form) if fits else (asked >= _ASKS or in_form)
        return questioning or "?" in message.text or message.possible

    def _answered_beside(self, other: Answered, text: str, form: Form, memory: Memory) -> Steered:
        """Give the answer to a question, then ask the form's anew."""
        asked = self._engine.question(form.on(Event.INTERRUPTED), phrases.STILL_OPEN)
        turn = replace(other.turn, replies=(*other.turn.replies, asked))
        unanswered = (text, other.unanswered) if other.unanswered else None
        return Steered(turn, replace(memory, subject=other.subject or memory.subject), unanswered)
