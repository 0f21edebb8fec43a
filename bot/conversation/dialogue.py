"""One turn of a conversation: triage, then the open form, commands, follow-ups, and what the router decides.

Triage runs on every message before anything is looked up, and an emergency is answered without waiting for memory,
Rasa or a turn under way. Memory that cannot be read or written costs follow-ups and forms, never an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from bot.conversation import phrases
from bot.conversation.answers import Answered, Answers, record_of
from bot.conversation.campaign_buttons import Going, gone
from bot.conversation.commands import Command, command_in
from bot.conversation.finding import Finding
from bot.conversation.flows.desk import Desk, DeskError
from bot.conversation.flows.forms import Attached
from bot.conversation.flows.place_reading import unit_name
from bot.conversation.follow_up import joined
from bot.conversation.gathering import Gatherer, unfinished
from bot.conversation.keeping import kept_soon
from bot.conversation.memory import ALARM_KEPT, Alarm, Keeper, Memory, Recalled
from bot.conversation.messages import Button, Incoming, Kind, Reply, Shared, Turn
from bot.conversation.personal_data import without_personal_data
from bot.conversation.remembering import Remembering
from bot.conversation.routing import is_question
from bot.conversation.steering import Message, Steered, Steering
from bot.conversation.turn import Assistant, said, with_warning
from intents.intents import Intent
from intents.lexicon import Situation
from intents.screening import Screen, screen
from intents.triage import Assessment, Level, assess, raised
from intents.understanding import Understanding
from knowledge.places import Unit
from knowledge.vietnamese import UNDERSTANDING_LIMIT, clean

_CLEANED: Final = 8 * UNDERSTANDING_LIMIT  # characters; cleaning more would hold everybody up for nothing
_LONGEST_OPTION: Final = 200  # characters; what is longer is no answer of a quiz
_SURELY_EMERGENCY: Final = 0.9
"""From this probability the intent raises an alarm that triage has not raised."""
_LONGEST_ALARM: Final = 200  # characters of an emergency that questions after it are joined to
_CHOOSABLE: Final = ("card:", "fine:", "none")
_SURELY_OVER: Final = 0.9
_ANSWERED: Final = frozenset({Kind.ANSWER, Kind.REPORT, Kind.REFUSE})


class Nlu(Protocol):
    """What tells the intent of a message."""

    def parse(self, text: str) -> Coroutine[Any, Any, Understanding | None]:
        """Return what `text` wants, or None when that cannot be told now. Raises nothing."""


class QuestionQueue(Protocol):
    """Where questions without an answer are kept for officials."""

    def keep_unanswered(
        self, conversation: UUID | None, channel: str, text: str, candidates: Sequence[dict[str, Any]]
    ) -> Coroutine[Any, Any, None]:
        """Store one question; raises when it cannot be stored."""


@dataclass(frozen=True)
class _Outcome:
    """What a turn came to: the reply, the memory after it, and a question to keep."""

    turn: Turn
    memory: Memory
    unanswered: Finding | None = None
    text: str = ""
    unfinished: bool = False  # more of the message may be on the way


class Dialogue:
    """Answers the messages of many conversations; raises nothing for any message."""

    def __init__(
        self,
        *,
        assistant: Assistant,
        steering: Steering,
        answers: Answers,
        nlu: Nlu | None,
        keeper: Keeper | None,
        queue: QuestionQueue | None,
        clock: Callable[[], datetime],
        gatherer: Gatherer,
    ) -> None:
        """`gatherer` outlives exchanges of the knowledge: it holds who is waiting."""
        self._assistant = assistant
        self._steering = steering
        self._answers = answers
        self._nlu = nlu
        self._keeper = keeper
        self._remembering = Remembering(keeper, gatherer) if keeper else None
        self._queue = queue
        self._clock = clock
        self._gatherer = gatherer

    async def respond(self, message: Incoming) -> Turn:
        """Return the replies to one message; none for a line that the next message completes."""
        conversation = message.conversation
        assessment = _assessed(message.text) if message.payload is None else Assessment(Level.NONE)
        in_quiz = conversation is not None and self._remembering is not None and self._may_be_option(message.text)
        if assessment.level is Level.EMERGENCY and not in_quiz:
            self._note_alarm(message, assessment)
            return self._assistant.urgent(assessment, message.text)
        if conversation is None or self._remembering is None:
            return await self._finished(message, await self._taken(message, assessment, Recalled(), None))
        if message.payload is not None:
            outcome, _ = await self._remembered(message, conversation, assessment, self._remembering)
            return await self._finished(message, outcome)
        with self._gatherer.present(conversation) as line:
            outcome, kept = await self._remembered(message, conversation, assessment, self._remembering)
            waits = kept and outcome.unfinished and not message.single
            if waits and not message.queued and await self._gatherer.followed(conversation, line):
                return Turn(kind=outcome.turn.kind, replies=())
        return replace(await self._finished(message, outcome), unfinished=waits and message.queued)

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
        if self._remembering is not None and self._may_be_option(text):
            return None
        assessment = _assessed(text)
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

    async def _remembered(
        self, message: Incoming, conversation: UUID, assessment: Assessment, remembering: Remembering
    ) -> tuple[_Outcome, bool]:
        """Take a turn with what is remembered, and remember what comes of it; whether that was stored."""
        await remembering.changed(conversation)
        async with self._gatherer.in_order(conversation):
            recalled = await remembering.recall(conversation)
            desk = None
            if self._keeper and recalled:
                desk = self._keeper.desk(conversation, message.channel, message.contact)
            outcome = await self._taken(message, assessment, recalled or Recalled(), desk)
            if desk is not None:
                await _note_answer(message, desk)
            if recalled is None:
                return outcome, False
            memory = replace(outcome.memory, offered_at=self._clock() if outcome.memory.offered else None)
            if memory == recalled.memory:
                return outcome, True
            return outcome, await remembering.keep(conversation, message.channel, memory, recalled.version)

    async def _taken(self, message: Incoming, assessment: Assessment, known: Recalled, desk: Desk | None) -> _Outcome:
        now = self._clock()
        memory, expired = self._steering.as_of(known.memory, now)
        known = replace(known, memory=memory)
        if message.payload is not None:
            outcome = _outcome(await self._steering.pressed(message.payload, known, desk, now))
        elif attached := Attached(message.photos, message.photo_refused, message.pin):
            outcome = await self._attached(message, attached, assessment, known, desk)
        elif message.shared is not None and not message.text.strip():
            outcome = await self._shared(message.shared, known, desk, now)
        else:
            outcome = await self._typed(message.text, assessment, known, desk, now)
            if message.shared is not None:
                outcome = replace(outcome, turn=_with_notice(outcome.turn, phrases.ONLY_TEXT_READ))
        return outcome if expired is None else replace(outcome, turn=_with_notice(outcome.turn, expired))

    async def _attached(
        self,
        message: Incoming,
        attached: Attached,
        assessment: Assessment,
        known: Recalled,
        desk: Desk | None,
    ) -> _Outcome:
        """Keep photos and a pin, for the form that is open or the one that may follow, then take the words with them.

        In an emergency they are kept for nothing: what counts is what to do now.
        """
        now, captioned = self._clock(), bool(message.text.strip())
        if desk is None or known.memory.fresh_alarm(now) is not None:
            if captioned:
                return await self._typed(message.text, assessment, known, desk, now)
            return await self._shared(message.shared or Shared.PHOTO, known, desk, now)
        memory, noted = self._steering.attached(attached, known.memory, now)
        known = replace(known, memory=memory)
        offered = (phrases.WITH_PHOTO,) if memory.photos and attached.photos else ()
        if captioned:
            outcome = await self._typed(message.text, assessment, known, desk, now)
            if attached.photos and outcome.memory.photos:
                outcome = replace(
                    outcome, memory=replace(outcome.memory, caption=clean(message.text[:_CLEANED]).strip())
                )
            if not outcome.memory.photos:  # a report has begun that took them
                noted, offered = (noted, ()) if noted != phrases.PHOTO_KEPT else (phrases.PHOTO_TAKEN, ())
            return replace(outcome, turn=_with_buttons(_with_notice(outcome.turn, noted), offered))
        if (steered := await self._steering.went_on(noted, known, desk, now)) is not None:
            return _outcome(steered)
        if not noted:  # a place without a form that wants one
            return await self._shared(message.shared or Shared.LOCATION, known, desk, now)
        words = noted if "114" in noted else f"{noted} {phrases.IF_BURNING}"  # a picture without words may be of a fire
        turn = _with_buttons(said(Kind.SMALLTALK, words), offered)
        return _Outcome(self._steering.reminded(turn, memory.form), memory)

    async def _typed(
        self, typed: str, assessment: Assessment, known: Recalled, desk: Desk | None, now: datetime
    ) -> _Outcome:
        """Answer a typed message; what may be an emergency is answered under the line that names 114."""
        whole = clean(typed[:_CLEANED])
        text = whole[:UNDERSTANDING_LIMIT]
        understanding = await self._understood(text)
        assessment = raised(assessment, _is_surely_emergency(understanding))
        if self._steering.chooses(text, known.memory) or command_in(text) is Command.STOP:
            assessment = Assessment(Level.NONE)  # words of the quiz, not of the resident
        if assessment.level is Level.EMERGENCY:
            return self._urgent(assessment, text, known.memory, now)
        possible = assessment.level is Level.POSSIBLE
        message = Message(whole, text, understanding, possible=possible)
        if (steered := await self._steering.steered(message, known, desk, now)) is not None:
            outcome = _outcome(steered)
        elif (alarm := known.memory.fresh_alarm(now)) is not None:
            outcome = self._during(alarm, message, known, now)
        else:
            outcome = await self._answered(message, known, desk, now)
        if possible and outcome.turn.replies and outcome.turn.kind is not Kind.EMERGENCY:
            outcome = replace(outcome, turn=with_warning(outcome.turn), unfinished=False)
        return outcome

    def _may_be_option(self, text: str) -> bool:
        return len(text) <= _LONGEST_OPTION and self._steering.may_be_option(text)

    async def _shared(self, what: Shared, known: Recalled, desk: Desk | None, now: datetime) -> _Outcome:
        """Reply to what cannot be looked at; in an emergency with what to do now, in a form with its question."""
        memory = known.memory
        if (alarm := memory.fresh_alarm(now)) is not None:
            return _Outcome(self._assistant.again(alarm.situation), memory)
        if desk is not None and (steered := await self._steering.went_on(phrases.SHARED[what], known, desk, now)):
            return _outcome(steered)
        turn = said(Kind.SMALLTALK, phrases.SHARED[what])
        return _Outcome(self._steering.reminded(turn, memory.form), memory)

    async def _understood(self, text: str) -> Understanding | None:
        return await self._nlu.parse(text) if self._nlu and text else None

    async def _answered(self, message: Message, known: Recalled, desk: Desk | None, now: datetime) -> _Outcome:
        """Answer a question, alone or as the last line of those sent within seconds."""
        home = self._home(known, now)
        answered = self._answers.answer(message.text, message.understanding, known.memory, home, now)
        if lines := known.memory.recent_fragments(now):
            whole = ", ".join([*(one.text for one in lines), message.whole])
            text = whole[-UNDERSTANDING_LIMIT:]
            if (together := assess(text)).level is Level.EMERGENCY:
                return self._urgent(together, text, known.memory, now)
            understanding = await self._understood(text)
            as_one = self._answers.answer(text, understanding, replace(known.memory, subject=None), home, now)
            steers = answered.command is not None or answered.start is not None
            better = answered.turn.kind not in _ANSWERED and as_one.turn.kind is not Kind.SMALLTALK and not steers
            if better or as_one.turn.kind in _ANSWERED:
                answered, message = as_one, replace(message, whole=whole, text=text)
        return await self._carried_out(answered, message, known, desk, now)

    def _home(self, known: Recalled, now: datetime) -> str | None:
        """Where the resident said to be a while ago, else where they live."""
        place = known.profile.place if known.profile else None
        return known.memory.fresh_place(now) or (unit_name(self._assistant.base.places, place) if place else None)

    def _urgent(self, assessment: Assessment, text: str, memory: Memory, now: datetime) -> _Outcome:
        alarm = _alarm(assessment, text, now)
        return _Outcome(self._assistant.urgent(assessment, text), self._steering.alarmed(memory, alarm))

    def _during(self, alarm: Alarm, message: Message, known: Recalled, now: datetime) -> _Outcome:
        """Reply while an emergency goes on: what surely answers, else the nearest card to a question, else the actions.

        Whoever cries for help and then names the address must not be told that their question was noted. That it is
        over is believed only of words that say so, or of an intent that is sure of it.
        """
        memory = replace(known.memory, offered=())
        screened = screen(message.text) if message.text else None
        answered = self._answers.answer(message.text, message.understanding, memory, self._home(known, now), now)
        if screened is Screen.NEGATED_EMERGENCY or _is_surely_over(message):
            turn, memory = self._assistant.fixed(Screen.NEGATED_EMERGENCY), replace(memory, alarm=None)
        elif screened is Screen.THANKS or (answered.turn.kind is Kind.ANSWER and answered.sure):
            turn = with_warning(answered.turn)
        else:
            beside = (
                self._assistant.beside(joined(alarm.text[:_LONGEST_ALARM], message.text))
                if is_question(message.text)
                else None
            )
            turn = with_warning(beside) if beside else self._assistant.again(alarm.situation)
        return _Outcome(self._steering.reminded(turn, memory.form), memory)

    async def _carried_out(
        self, answered: Answered, message: Message, known: Recalled, desk: Desk | None, now: datetime
    ) -> _Outcome:
        """Do what the answer brings with it, and remember what the next message may refer to."""
        turn, memory = answered.turn, replace(known.memory, subject=answered.subject or known.memory.subject)
        if answered.command is not None:
            return _outcome(await self._steering.command(answered.command, replace(known, memory=memory), desk, now))
        if answered.place is not None:
            memory = replace(memory, place=(_named(answered.place), now))
        if answered.start is not None and desk is not None:
            start = replace(answered.start, values={**answered.start.values, "text": message.whole})
            steered = await self._steering.start(start, turn, memory, desk, now)
            turn, memory = steered.turn, steered.memory
        if answered.start is not None and desk is None:
            turn = _told_alone(turn)
        turn = self._steering.reminded(turn, memory.form)
        goes_on = unfinished(message.whole, turn)
        memory = replace(memory, offered=_offered(turn), fragments=known.memory.recent_fragments(now))
        if goes_on and turn.kind is not Kind.SMALLTALK:
            memory = memory.with_fragment(message.whole, now)
        elif turn.kind in _ANSWERED:
            memory = replace(memory, fragments=())
        return _Outcome(turn, memory, answered.unanswered, message.text, unfinished=goes_on)

    async def _finished(self, message: Incoming, outcome: _Outcome) -> Turn:
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
        alarm = _alarm(assessment, message.text, now)

        def alarmed(memory: Memory) -> Memory:
            return self._steering.alarmed(self._steering.as_of(memory, now)[0], alarm)

        self._remembering.change_soon(message.conversation, message.channel, alarmed)


async def _note_answer(message: Incoming, desk: Desk) -> None:
    """Note that the resident said something, after what it led to: a stop and a complaint are no answer."""
    button = gone(message.payload)
    if button is not None and button.kind is Going.WRONG:
        return
    with suppress(DeskError):
        await desk.answered(button.message if button else None)


def _assessed(text: str) -> Assessment:
    """Assess a message; the words that end news are no cry for help, whatever they sound like."""
    assessment = assess(text)
    stops = assessment.level is Level.EMERGENCY and command_in(text[:_LONGEST_OPTION]) is Command.STOP
    return Assessment(Level.NONE) if stops and len(text) <= _LONGEST_OPTION else assessment


def _outcome(steered: Steered) -> _Outcome:
    text, unanswered = steered.unanswered or ("", None)
    return _Outcome(steered.turn, replace(steered.memory, offered=_offered(steered.turn)), unanswered, text)


def _named(unit: Unit) -> str:
    """A unit as a question names it: "Phường Gò Vấp (Thành phố Hồ Chí Minh)"."""
    return unit.name if unit.is_province else f"{unit.name} ({unit.province})"


def _alarm(assessment: Assessment, text: str, now: datetime) -> Alarm:
    situation = assessment.situation or Situation.CRY_FOR_HELP
    return Alarm(situation.value, clean(text[: 2 * ALARM_KEPT])[:ALARM_KEPT], now)


def _told_alone(turn: Turn) -> Turn:
    """The turn of a report that cannot be passed on now."""
    *others, last = turn.replies
    return replace(turn, replies=(*others, replace(last, text=phrases.REPORT_ALONE)))


def _offered(turn: Turn) -> tuple[str, ...]:
    """Payloads of the last reply that offers a choice of answers. A command is never chosen by a number or a yes."""
    buttons = next((one.buttons for one in reversed(turn.replies) if one.buttons), ())
    return tuple(one.payload for one in buttons if one.payload and one.payload.startswith(_CHOOSABLE))


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


def _is_surely_over(message: Message) -> bool:
    """Whether the intent alone is sure that an alarm is taken back, and nothing speaks against it."""
    ranking = message.understanding.ranking if message.understanding else ()
    over = bool(ranking) and ranking[0][0] is Intent.FALSE_ALARM and ranking[0][1] >= _SURELY_OVER
    return over and not message.possible and not is_question(message.text)


def _is_surely_emergency(understanding: Understanding | None) -> bool:
    if understanding is None or not understanding.ranking:
        return False
    intent, share = understanding.ranking[0]
    return intent is Intent.EMERGENCY and share >= _SURELY_EMERGENCY
