"""Conversations: triage, then turns in their order, with what is remembered, and questions kept for officials.

Triage runs on every message before anything is looked up, and an emergency is answered without waiting for memory,
Rasa or a turn under way. Memory that cannot be read or written costs follow-ups and forms, never an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from bot.conversation import phrases
from bot.conversation.alarms import Alarms, alarm_of, alarmed, assessed
from bot.conversation.answers import record_of
from bot.conversation.campaign_buttons import Going, gone
from bot.conversation.flows.desk import Desk, DeskError
from bot.conversation.gathering import Gatherer
from bot.conversation.keeping import kept_soon
from bot.conversation.memory import Keeper, Memory, Recalled
from bot.conversation.messages import Button, Incoming, Kind, Reply, Turn
from bot.conversation.open_forms import OpenForms
from bot.conversation.personal_data import without_personal_data
from bot.conversation.remembering import Remembering
from bot.conversation.turn import Assistant
from bot.conversation.turn_outcome import TurnOutcome
from bot.conversation.turn_taking import TurnTaking
from intents.lexicon import Situation
from intents.triage import Assessment, Level, assess


class QuestionQueue(Protocol):
    """Where questions without an answer are kept for officials."""

    def keep_unanswered(
        self, conversation: UUID | None, channel: str, text: str, candidates: Sequence[dict[str, Any]]
    ) -> Coroutine[Any, Any, None]:
        """Store one question; raises when it cannot be stored."""


class Dialogue:
    """Answers the messages of many conversations; raises nothing for any message."""

    def __init__(
        self,
        *,
        assistant: Assistant,
        taking: TurnTaking,
        alarms: Alarms,
        forms: OpenForms,
        keeper: Keeper | None,
        queue: QuestionQueue | None,
        clock: Callable[[], datetime],
        gatherer: Gatherer,
    ) -> None:
        """`gatherer` outlives exchanges of the knowledge: it holds who is waiting."""
        self._assistant = assistant
        self._taking = taking
        self._alarms = alarms
        self._forms = forms
        self._keeper = keeper
        self._remembering = Remembering(keeper, gatherer) if keeper else None
        self._queue = queue
        self._clock = clock
        self._gatherer = gatherer

    async def respond(self, message: Incoming) -> Turn:
        """Return the replies to one message; none for a line that the next message completes."""
        conversation, remembering = message.conversation, self._remembering
        assessment = assessed(message.text) if message.payload is None else Assessment(Level.NONE)
        remembers = conversation is not None and remembering is not None
        in_quiz = remembers and self._alarms.may_be_option(message.text)
        if assessment.level is Level.EMERGENCY and not in_quiz:
            self._note_alarm(message, assessment)
            return self._assistant.urgent(assessment, message.text)
        if conversation is None or remembering is None:
            outcome = await self._taking.taken(message, assessment, Recalled(), None, self._clock())
            return await self._finished(message, outcome)
        if message.payload is not None:
            outcome, _ = await self._remembered(message, conversation, assessment, remembering)
            return await self._finished(message, outcome)
        return await self._gathered(message, conversation, assessment, remembering)

    async def settled(self, conversation: UUID | None = None) -> None:
        """Wait until nothing is written in the background any more, of one conversation or of all."""
        if self._remembering is None:
            return
        if conversation is None:
            await self._remembering.settled()
        else:
            await self._remembering.changed(conversation)

    def welcome(self) -> Turn:
        """Return what somebody is greeted with who comes for the first time, or comes back."""
        buttons = tuple(self.starters())
        return Turn(kind=Kind.SMALLTALK, replies=(Reply(kind=Kind.SMALLTALK, text=phrases.WELCOME, buttons=buttons),))

    def emergency(self, text: str) -> Turn | None:
        """Return the reply to an emergency, None when `text` is none. Asks nobody and remembers nothing.

        None too for what may be an answer in a quiz: whether it is one, only the turn can tell.
        """
        if self._remembering is not None and self._alarms.may_be_option(text):
            return None
        assessment = assessed(text)
        return self._assistant.urgent(assessment, text) if assessment.level is Level.EMERGENCY else None

    async def remember_emergency(self, message: Incoming) -> None:
        """Remember an emergency that `emergency` answered; returns when that is stored or has failed."""
        self._note_alarm(message, assess(message.text))
        await self.settled(message.conversation)

    def despite_flood(self, message: Incoming) -> Turn | None:
        """Return the reply to an emergency, or None: all that a visitor who sends too much is answered."""
        turn = self._assistant.despite_flood(message)
        if turn is not None:
            self._note_alarm(message, Assessment(Level.EMERGENCY, Situation(turn.cards[0])))
        return turn

    def starters(self) -> Sequence[Button]:
        """Questions to begin with, as buttons."""
        return self._assistant.starters()

    async def _gathered(
        self, message: Incoming, conversation: UUID, assessment: Assessment, remembering: Remembering
    ) -> Turn:
        """Take what was typed; a line that the next message completes gets no reply of its own."""
        with self._gatherer.present(conversation) as line:
            outcome, kept = await self._remembered(message, conversation, assessment, remembering)
            waits = kept and outcome.unfinished and not message.single
            if waits and not message.queued and await self._gatherer.followed(conversation, line):
                return Turn(kind=outcome.turn.kind, replies=())
        return replace(await self._finished(message, outcome), unfinished=waits and message.queued)

    async def _remembered(
        self, message: Incoming, conversation: UUID, assessment: Assessment, remembering: Remembering
    ) -> tuple[TurnOutcome, bool]:
        """Take a turn with what is remembered, and remember what comes of it; whether that was stored."""
        await remembering.changed(conversation)
        async with self._gatherer.in_order(conversation):
            recalled = await remembering.recall(conversation)
            desk = None
            if self._keeper and recalled:
                desk = self._keeper.desk(conversation, message.channel, message.contact)
            outcome = await self._taking.taken(message, assessment, recalled or Recalled(), desk, self._clock())
            if desk is not None:
                await _note_answer(message, desk)
            if recalled is None:
                return outcome, False
            memory = replace(outcome.memory, offered_at=self._clock() if outcome.memory.offered else None)
            if memory == recalled.memory:
                return outcome, True
            return outcome, await remembering.keep(conversation, message.channel, memory, recalled.version)

    async def _finished(self, message: Incoming, outcome: TurnOutcome) -> Turn:
        """Keep a question that nobody could answer, and say whether that was done."""
        if outcome.unanswered is None or self._queue is None:
            return outcome.turn
        writing = self._queue.keep_unanswered(
            message.conversation, message.channel, without_personal_data(outcome.text), record_of(outcome.unanswered)
        )
        if not await kept_soon(writing, "an unanswered question"):
            return outcome.turn
        first, *others = outcome.turn.replies
        kept = replace(first, text=first.text.replace(phrases.NOT_KNOWN, phrases.NOT_KNOWN_KEPT))
        return replace(outcome.turn, replies=(kept, *others))

    def _note_alarm(self, message: Incoming, assessment: Assessment) -> None:
        """Remember the emergency and let an open form wait, without letting the reply wait for it."""
        if message.conversation is None or self._remembering is None:
            return
        now = self._clock()
        alarm = alarm_of(assessment, message.text, now)

        def changed(memory: Memory) -> Memory:
            return alarmed(self._forms.as_of(memory, now)[0], alarm)

        self._remembering.change_soon(message.conversation, message.channel, changed)


async def _note_answer(message: Incoming, desk: Desk) -> None:
    """Note that the resident said something, after what it led to: a stop and a complaint are no answer."""
    button = gone(message.payload)
    if button is not None and button.kind is Going.WRONG:
        return
    with suppress(DeskError):
        await desk.answered(button.message if button else None)
