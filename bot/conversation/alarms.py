"""Emergencies in a conversation: what is one and what only sounds like it, and what is replied while one goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.conversation.answers import Answers
from bot.conversation.commands import Command, command_in
from bot.conversation.flows import drill, quiz
from bot.conversation.flows.engine import Engine
from bot.conversation.flows.following import without_codes
from bot.conversation.flows.lifecycle import Event, State
from bot.conversation.follow_up import joined
from bot.conversation.memory import ALARM_KEPT, Alarm, Memory, Recalled
from bot.conversation.messages import Kind, Turn
from bot.conversation.open_forms import OpenForms
from bot.conversation.routing import is_question
from bot.conversation.turn import Assistant, with_warning
from bot.conversation.turn_outcome import TurnOutcome
from bot.conversation.typed import Message
from intents.intents import Intent
from intents.lexicon import Situation
from intents.screening import Screen, screen
from intents.triage import Assessment, Level, assess, raised
from intents.understanding import Understanding
from knowledge.vietnamese import clean

_LONGEST_COMMAND: Final = 200  # characters; what is longer is no set word
_LONGEST_OPTION: Final = 200  # characters; what is longer is no answer of a quiz
_LONGEST_ALARM: Final = 200  # characters of an emergency that questions after it are joined to
_SURELY_EMERGENCY: Final = 0.9
"""From this probability the intent raises an alarm that triage has not raised."""
_SURELY_OVER: Final = 0.9
_NO_WORDS: Final = ("opinion:", "frame:")
"""How evidence begins that is no word of danger."""


class Alarms:
    """Tells emergencies from the words of a quiz, and replies to them and to what is written after them."""

    def __init__(self, assistant: Assistant, engine: Engine, answers: Answers, forms: OpenForms) -> None:
        self._assistant = assistant
        self._engine = engine
        self._answers = answers
        self._forms = forms
        self._option_words = quiz.option_words(assistant.base.quizzes.values())

    def may_be_option(self, text: str) -> bool:
        """Whether a text is, word for word, an answer in some quiz ("Cố chạy xuống qua khói") or ticks off a step."""
        return len(text) <= _LONGEST_OPTION and (quiz.as_typed(text) in self._option_words or drill.ticks(text))

    def chooses(self, text: str, memory: Memory) -> bool:
        """Whether a text is, word for word, an answer to what the resident's quiz or drill asks now."""
        form = memory.form
        if form is None or form.state is not State.ASKING or form.flow not in {quiz.NAME, drill.NAME}:
            return False
        return self._engine.offers(form, text) or (form.flow == drill.NAME and drill.ticks(text))

    def reassessed(
        self, assessment: Assessment, text: str, understanding: Understanding | None, memory: Memory
    ) -> Assessment:
        """Return the assessment of a typed message once its intent and the open form are known."""
        if self.chooses(text, memory) or command_in(text) is Command.STOP:
            return Assessment(Level.NONE)  # words of the quiz, not of the resident
        return raised(assessment, _is_surely_emergency(understanding))

    def urgent(self, assessment: Assessment, text: str, memory: Memory, now: datetime) -> TurnOutcome:
        """Reply to an emergency, and remember it."""
        return TurnOutcome(self._assistant.urgent(assessment, text), alarmed(memory, alarm_of(assessment, text, now)))

    def during(self, alarm: Alarm, message: Message, known: Recalled, now: datetime) -> TurnOutcome:
        """Reply while an emergency goes on.

        That it is over is believed only of words that say so, or of an intent that is sure of it.
        """
        memory = replace(known.memory, offered=())
        screened = screen(message.text) if message.text else None
        if screened is Screen.NEGATED_EMERGENCY or _is_surely_over(message):
            turn, memory = self._assistant.fixed(Screen.NEGATED_EMERGENCY), replace(memory, alarm=None)
        else:
            turn = self._going_on(alarm, message, screened, replace(known, memory=memory), now)
        return TurnOutcome(self._forms.reminded(turn, memory.form), memory)

    def _going_on(
        self, alarm: Alarm, message: Message, screened: Screen | None, known: Recalled, now: datetime
    ) -> Turn:
        """Reply with what surely answers, else the nearest card to a question, else what to do now.

        Whoever cries for help and then names the address must not be told that their question was noted.
        """
        home = known.home(self._assistant.base.places, now)
        answered = self._answers.answer(message.text, message.understanding, known.memory, home, now)
        if screened is Screen.THANKS or (answered.turn.kind is Kind.ANSWER and answered.sure):
            return with_warning(answered.turn)
        asked = is_question(message.text)
        beside = self._assistant.beside(joined(alarm.text[:_LONGEST_ALARM], message.text)) if asked else None
        return with_warning(beside) if beside else self._assistant.again(alarm.situation)


def assessed(text: str) -> Assessment:
    """Assess a message; words that end news are no cry for help, whatever they sound like.

    Where somebody asks after a report, in set words or beside its receipt code, only words of danger are a cry, never
    the opinion alone: "tới đâu rồi" is asked of a report.
    """
    said = without_codes(text)
    assessment = assess(said)
    if assessment.level is Level.NONE:
        return assessment
    command = command_in(text) if len(text) <= _LONGEST_COMMAND else None
    follows = said != text or command is Command.TRACK
    if follows and all(one.startswith(_NO_WORDS) for one in assessment.evidence):
        return Assessment(Level.NONE)
    stops = command is Command.STOP and assessment.level is Level.EMERGENCY
    return Assessment(Level.NONE) if stops else assessment


def alarm_of(assessment: Assessment, text: str, now: datetime) -> Alarm:
    """Return what is remembered of an emergency."""
    situation = assessment.situation or Situation.CRY_FOR_HELP
    return Alarm(situation.value, clean(text[: 2 * ALARM_KEPT])[:ALARM_KEPT], now)


def alarmed(memory: Memory, alarm: Alarm) -> Memory:
    """Return the memory after an emergency: a form waits, so that nothing said now is taken for its answer."""
    form = memory.form.on(Event.ALARMED) if memory.form else None
    return replace(memory, form=form, fragments=(), offered=(), alarm=alarm)


def _is_surely_over(message: Message) -> bool:
    """Whether the intent alone is sure that an alarm is taken back, and nothing speaks against it."""
    ranking = message.ranking
    over = bool(ranking) and ranking[0][0] is Intent.FALSE_ALARM and ranking[0][1] >= _SURELY_OVER
    return over and not message.possible and not is_question(message.text)


def _is_surely_emergency(understanding: Understanding | None) -> bool:
    if understanding is None or not understanding.ranking:
        return False
    intent, share = understanding.ranking[0]
    return intent is Intent.EMERGENCY and share >= _SURELY_EMERGENCY
