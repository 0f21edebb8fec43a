"""Everything of a turn that is not a question: buttons, set commands, receipt codes, and the form that is open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.conversation import phrases
from bot.conversation.answers import Answered, Answers, Start
from bot.conversation.campaign_buttons import Going, Gone, gone
from bot.conversation.commands import Command, command_in, command_pressed, control_in, control_of
from bot.conversation.finding import Finding
from bot.conversation.flows import (
    courses,
    drill,
    following,
    home,
    link,
    my_news,
    news,
    pictures,
    privacy,
    quiz,
    report,
    report_acts,
    trial,
    wording,
    wrong,
)
from bot.conversation.flows.desk import Desk, DeskError, NotDone, NotLinked
from bot.conversation.flows.engine import Control, Engine, Outcome, Pressed
from bot.conversation.flows.forms import Attached, Form, Refused
from bot.conversation.flows.lifecycle import OPEN, Event, State
from bot.conversation.flows.place_reading import unit_name
from bot.conversation.flows.set_words import EXERCISES
from bot.conversation.flows.steps import is_no, is_yes
from bot.conversation.follow_up import continues
from bot.conversation.memory import ALARM_KEPT, Alarm, Memory, Recalled, Subject
from bot.conversation.messages import Button, Kind, Reply, Turn
from bot.conversation.routing import is_question
from bot.conversation.turn import Assistant, said
from bot.feedback.kinds import ReportKind
from bot.feedback.lifecycle import Act
from intents.intents import ASKS
from intents.screening import Screen, screen
from intents.understanding import Understanding
from knowledge.vietnamese import fold, syllables

_WITH_PHOTO: Final = "photo"
"""What a command to report is told by the button under photos: what was written with them is the report's text."""
_ASKS: Final = 0.6
_SURELY_ASKS: Final = 0.85
"""The same where the message could also be the answer to the form's question."""
_STEERS: Final = 0.8
_SHORT: Final = 8  # words up to which a message may be meant to steer a form
_REFUSALS: Final = frozenset({Screen.HARMFUL, Screen.DISHONEST, Screen.INJECTION})
_HELP: Final = (
    Button(label="Gửi phản ánh, hỏi cán bộ", payload="do:letter"),
    Button(label="Phản ánh của tôi", payload="do:track"),
    Button(label="Nơi tôi ở", payload="do:home"),
    Button(label="Đăng ký nhận tin", payload="do:news"),
    Button(label="Dữ liệu của tôi", payload="do:privacy"),
)


_ONLY_SHOW: Final = frozenset({Command.PRIVACY, Command.MY_NEWS, Command.TRACK, Command.TRIAL})
"""Commands beside which a form stays open."""
_ACTS: Final[Mapping[Command, tuple[str, Act | None]]] = {
    Command.ADD: (report_acts.ADDITION, None),
    Command.WITHDRAW: (report_acts.WITHDRAWAL, Act.WITHDRAW),
    Command.DONE: (report_acts.DONE, Act.CONFIRM),
    Command.UNDONE: (report_acts.UNDONE, Act.REOPEN),
    Command.RESTORE: (report_acts.OBJECTION, Act.RESTORE),
}
"""The flow in which something is done with a report, and the act that has to be possible for it."""


@dataclass(frozen=True)
class Steered:
    """The turn and the memory after it; `unanswered`: a question to be kept for officials, and what was found."""

    turn: Turn
    memory: Memory
    unanswered: tuple[str, Finding] | None = None


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


class Steering:
    """Carries out what residents tell the assistant to do. Raises nothing: a store that fails is said kindly."""

    def __init__(self, assistant: Assistant, engine: Engine, answers: Answers) -> None:
        self._assistant = assistant
        self._engine = engine
        self._answers = answers
        self._places = assistant.base.places
        self._option_words = quiz.option_words(assistant.base.quizzes.values())
        self._commands: Mapping[Command, Callable[[Desk, Memory, str, datetime], Awaitable[Steered]]] = {
            Command.STOP: self._stop,
            Command.NEWS: self._news,
            Command.MY_NEWS: self._my_news,
            Command.HOURS: self._hours,
            Command.PRIVACY: self._privacy,
            Command.ERASE: self._erase,
            Command.FORGET_HOME: self._forget_home,
            Command.HOME: self._home,
            Command.LETTER: self._letter,
            Command.TRACK: self._track,
            **{command: self._acting(command) for command in _ACTS},
            Command.LINK: self._link,
            Command.UNLINK: self._unlink,
            Command.TRIAL: self._trial,
            Command.QUIZ: self._exercise(quiz.NAME, assistant.base.quizzes),
            Command.DRILL: self._exercise(drill.NAME, assistant.base.drills),
        }

    def as_of(self, memory: Memory, now: datetime) -> tuple[Memory, str | None]:
        """Return the memory with its form as it stands now, and what to say if that has expired."""
        if memory.form is None:
            return memory, None
        form = self._engine.as_of(memory.form, now)
        if form.state in OPEN:
            return replace(memory, form=form), None
        return replace(memory, form=None), wording.EXPIRED.format(title=self._engine.title(form))

    async def pressed(  # noqa: PLR0911 - one for each kind of button
        self, payload: str, known: Recalled, desk: Desk | None, now: datetime
    ) -> Steered:
        """Take a button."""
        if (button := Pressed.read(payload)) is not None:
            if desk is None:
                return Steered(said(Kind.FLOW, wording.CANNOT_NOW), known.memory)
            return _formed(await self._engine.pressed(known.memory.form, button, desk, now), known.memory)
        if (given := command_pressed(payload)) is not None:
            return await self.command(given[0], known, desk, now, given[1])
        if (button_of := gone(payload)) is not None:
            return await self._gone(button_of, known, desk, now)
        if payload == "none" and (subject := known.memory.fresh_subject(now)) is not None:
            return self._not_these(subject, known.memory)
        if payload == phrases.FALSE_ALARM.payload:
            return await self._false_alarm(known.memory, desk, now)
        return Steered(self.reminded(self._assistant.pressed(payload), known.memory.form), known.memory)

    async def _gone(self, button: Gone, known: Recalled, desk: Desk | None, now: datetime) -> Steered:
        """Take a button that stood under a message of a campaign."""
        if button.kind is Going.WRONG:
            if desk is None:
                return Steered(said(Kind.FLOW, wording.CANNOT_NOW), known.memory)
            return await self._safely(self._wrong(button, desk, known.memory, now), known.memory)
        if button.kind is not Going.ASK:
            command = Command.QUIZ if button.kind is Going.QUIZ else Command.DRILL
            return await self.command(command, known, desk, now, f"{button.target}:{button.message}")
        payload = f"card:{button.target}"  # what is no card any more is said kindly
        return Steered(self.reminded(self._assistant.pressed(payload), known.memory.form), known.memory)

    async def _wrong(self, button: Gone, desk: Desk, memory: Memory, now: datetime) -> Steered:
        """Note that a message is not right, and ask what is wrong with it; not in the middle of a form."""
        message = await desk.complained(button.message)
        if message is None or memory.form is not None:
            text = wrong.NOT_SENT if message is None else wrong.BUSY.format(title=message.title)
            return Steered(self.reminded(said(Kind.FLOW, text), memory.form), memory)
        return _formed(await self._engine.open(wrong.NAME, desk, now, wrong.about(message)), memory)

    async def _false_alarm(self, memory: Memory, desk: Desk | None, now: datetime) -> Steered:
        """Take an alarm back, and go on with the form that has waited.

        What raised the alarm is then the answer to its question ("khen chú Tám đã dập lửa giúp nhà tôi"), since the
        same words would raise it again; but only where all of them were kept.
        """
        alarm, form = memory.fresh_alarm(now), memory.form
        memory = replace(memory, alarm=None)
        turn = self._assistant.pressed(phrases.FALSE_ALARM.payload or "")
        if form is None or form.state is not State.PAUSED or desk is None or alarm is None:
            return Steered(self.reminded(turn, form), memory)
        resumed = form.on(Event.RESUMED, touched=now)
        if self._would_take(resumed, alarm.text):
            steered = _formed(await self._engine.typed(resumed, alarm.text, desk, now), memory)
            steered = replace(steered, turn=_after(phrases.TAKEN_AS_TEXT.format(text=alarm.text), steered.turn))
        else:
            steered = _replied(self._engine.question(resumed), replace(memory, form=resumed))
        return replace(steered, turn=replace(turn, replies=(*turn.replies, *steered.turn.replies)))

    def _would_take(self, form: Form, text: str) -> bool:
        """Whether a form asks for a text, which what raised an alarm may be if all of it was kept."""
        return len(text) < ALARM_KEPT and self._engine.takes_questions(form) and self._engine.accepts(form, text)

    def _not_these(self, subject: Subject, memory: Memory) -> Steered:
        """Keep the question whose suggestions were all wrong."""
        finding = self._assistant.find(subject.question)
        turn = self._assistant.not_known(replace(finding, cards=()), kept=False)
        return Steered(turn, replace(memory, subject=None), (subject.question, finding))

    def may_be_option(self, text: str) -> bool:
        """Whether a text is, word for word, an answer in some quiz ("Cố chạy xuống qua khói") or ticks off a step."""
        return quiz.as_typed(text) in self._option_words or drill.ticks(text)

    def chooses(self, text: str, memory: Memory) -> bool:
        """Whether a text is, word for word, an answer to what the resident's quiz or drill asks now."""
        form = memory.form
        if form is None or form.state is not State.ASKING or form.flow not in {quiz.NAME, drill.NAME}:
            return False
        return self._engine.offers(form, text) or (form.flow == drill.NAME and drill.ticks(text))

    async def steered(self, message: Message, known: Recalled, desk: Desk | None, now: datetime) -> Steered | None:
        """Take a typed message if it steers something or answers the open form; None if it is to be answered."""
        memory, form = known.memory, known.memory.form
        if form is not None and desk is not None and form.state is State.ASKING:
            return await self._in_form(message, form, known, desk, now)
        if form is not None and desk is not None and (control := control_in(message.text)) is not None:
            return _formed(await self._engine.control(form, control, desk, now), memory)
        if (order := _order(message.text)) is not None:
            return await self.command(order[0], known, desk, now, order[1])
        if (payload := _chosen(message.text, memory.fresh_offer(now))) is not None:
            return await self.pressed(payload, known, desk, now)
        if desk is not None and (by_code := await self._by_code(message, known, desk, now)) is not None:
            return by_code
        bare = _bare_word(message.text) if memory.fresh_alarm(now) is None else None
        return Steered(said(Kind.SMALLTALK, bare), memory) if bare else None

    async def command(
        self, command: Command, known: Recalled, desk: Desk | None, now: datetime, argument: str = ""
    ) -> Steered:
        """Carry out a command. A form that is open is closed, and that is said."""
        if command is Command.HELP:
            return Steered(_said(Kind.SMALLTALK, phrases.HELP, _HELP), known.memory)
        if desk is None:
            return Steered(said(Kind.FLOW, wording.CANNOT_NOW), known.memory)
        form = known.memory.form
        keeps_form = command in _ONLY_SHOW or (command is Command.LINK and not argument)
        memory = known.memory if keeps_form else replace(known.memory, form=None)
        steered = await self._safely(self._commands[command](desk, memory, argument, now), known.memory)
        if form is None or steered.memory.form is form:
            return steered
        if steered.memory.form is not None and steered.memory.form.flow == form.flow:
            return steered
        return replace(steered, turn=_after(phrases.FORM_CLOSED.format(title=self._engine.title(form)), steered.turn))

    async def start(self, start: Start, turn: Turn, memory: Memory, desk: Desk, now: datetime) -> Steered:
        """Open a flow after the replies of a turn; its first question joins the last of them.

        A text that the flow cannot take (too long) is left out, so that it is asked for.
        """
        values, why = dict(start.values), ""
        if start.flow == report.NAME:
            values |= _photos(memory, now)
            if isinstance(reading := report.read_text(values["text"], {}), Refused):
                why = f"{reading.why}\n"
                del values["text"]
        if memory.form is not None:
            why = f"{phrases.FORM_CLOSED.format(title=self._engine.title(memory.form))}\n{why}"
        outcome = await self._engine.open(start.flow, desk, now, values)
        *others, last = turn.replies
        question = outcome.replies[0]
        last = replace(last, text=f"{last.text}\n\n{why}{question.text}", buttons=(*question.buttons, *last.buttons))
        replies = (*others, last, *outcome.replies[1:])
        return Steered(replace(turn, replies=replies), replace(memory, form=outcome.form).without_photos())

    def attached(self, attached: Attached, memory: Memory, now: datetime) -> tuple[Memory, str]:
        """Keep photos and a pin for the form that is open, else photos for the one that may follow; say so."""
        form = memory.form
        if form is not None and (kept := self._engine.kept(form, attached, now)) is not None:
            kept_form, what = kept
            later = f" {phrases.FOR_LATER}" if form.state is State.PAUSED and (attached.photos or attached.pin) else ""
            return replace(memory, form=kept_form), f"{what}{later}"
        if not attached.photos:
            return memory, attached.refused or ""
        every = (*memory.fresh_photos(now), *attached.photos)[: pictures.MOST]
        refused = f"{attached.refused} " if attached.refused else ""
        return replace(memory, photos=every, photos_at=now), f"{refused}{phrases.PHOTO_KEPT}"

    async def went_on(self, said_before: str, known: Recalled, desk: Desk, now: datetime) -> Steered | None:
        """Go on with the form that asks, after what came without words; None where no form asks."""
        form = known.memory.form
        if form is None or form.state is not State.ASKING:
            return None
        return _formed(await self._engine.went_on(form, said_before, desk, now), known.memory)

    def reminded(self, turn: Turn, form: Form | None) -> Turn:
        """Return the turn with a button that resumes the form, if one is paused."""
        if form is None or form.state is not State.PAUSED or not turn.replies:
            return turn
        *others, last = turn.replies
        last = replace(last, buttons=(*last.buttons, self._engine.reminder(form)))
        return replace(turn, replies=(*others, last))

    def alarmed(self, memory: Memory, alarm: Alarm) -> Memory:
        """Return the memory after an emergency: a form waits, so that nothing said now is taken for its answer."""
        form = memory.form.on(Event.ALARMED) if memory.form else None
        return replace(memory, form=form, fragments=(), offered=(), alarm=alarm)

    async def _in_form(self, message: Message, form: Form, known: Recalled, desk: Desk, now: datetime) -> Steered:
        memory, engine = known.memory, self._engine
        if engine.offers(form, message.text) or (_is_bare_yes(message.text) and engine.accepts(form, message.text)):
            return _formed(await engine.typed(form, message.whole, desk, now), memory)
        if (order := _order(message.text)) is not None:
            return await self.command(order[0], known, desk, now, order[1])
        if (control := self._control(message, form)) is not None:
            return _formed(await engine.control(form, control, desk, now), memory)
        if not engine.takes_questions(form) and (other := self._interruption(message, form, known, now)) is not None:
            asked = engine.question(form.on(Event.INTERRUPTED), phrases.STILL_OPEN)
            turn = replace(other.turn, replies=(*other.turn.replies, asked))
            unanswered = (message.text, other.unanswered) if other.unanswered else None
            return Steered(turn, replace(memory, subject=other.subject or memory.subject), unanswered)
        return _formed(await engine.typed(form, message.whole, desk, now), memory)

    def _control(self, message: Message, form: Form) -> Control | None:
        if (control := control_in(message.text)) is not None:
            return None if self._means_form(control, message.text, form) else control
        ranking = message.understanding.ranking if message.understanding else ()
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
        ranking = message.understanding.ranking if message.understanding else ()
        asked = sum(share for intent, share in ranking if intent in ASKS)
        fits = self._engine.accepts(form, message.text)
        in_form = is_question(message.text)
        questioning = (asked >= _SURELY_ASKS and in_form) if fits else (asked >= _ASKS or in_form)
        if not questioning and "?" not in message.text and not message.possible:
            return None
        place = known.profile.place if known.profile else None
        living = known.memory.fresh_place(now) or (unit_name(self._places, place) if place else None)
        goes_on = known.memory.fresh_subject(now) is not None and continues(message.text)
        if not goes_on and (sure := self._answers.sure_answer(message.text, living)) is not None:
            return sure
        answered = self._answers.answer(message.text, message.understanding, known.memory, living, now)
        return None if answered.start or answered.command or not answered.turn.replies else answered

    async def _stop(self, desk: Desk, memory: Memory, _argument: str, _now: datetime) -> Steered:
        stopped = await desk.unsubscribe()
        return Steered(said(Kind.FLOW, news.STOPPED if stopped else news.NOT_SUBSCRIBED), memory)

    async def _news(self, desk: Desk, memory: Memory, _argument: str, now: datetime) -> Steered:
        return _formed(await self._engine.open(news.NAME, desk, now), memory)

    async def _my_news(self, desk: Desk, memory: Memory, _argument: str, _now: datetime) -> Steered:
        return _replied(my_news.news_reply(await desk.news(), await desk.profile(), self._places), memory)

    async def _hours(self, desk: Desk, memory: Memory, _argument: str, now: datetime) -> Steered:
        """Ask only for the times anew; whoever is not subscribed is asked for all."""
        subscribed = await desk.news()
        if subscribed is None or not subscribed.active:
            steered = await self._news(desk, memory, "", now)
            return replace(steered, turn=_after(news.NOT_YET, steered.turn))
        known = news.for_hours(subscribed, await desk.profile())
        return _formed(await self._engine.open(news.NAME, desk, now, known), memory)

    async def _erase(self, desk: Desk, memory: Memory, _argument: str, now: datetime) -> Steered:
        return _formed(await self._engine.open(privacy.NAME, desk, now), memory)

    async def _home(self, desk: Desk, memory: Memory, argument: str, now: datetime) -> Steered:
        known = {"place": argument} if self._places.coded(argument) else {}
        return _formed(await self._engine.open(home.NAME, desk, now, known), memory)

    async def _letter(self, desk: Desk, memory: Memory, argument: str, now: datetime) -> Steered:
        """Open a report, with the photos that were sent just before. With a kind, what was asked last is its text."""
        known = _photos(memory, now)
        if argument in {kind.value for kind in ReportKind}:
            known["told"] = argument
            if (subject := memory.fresh_subject(now)) and _tells(subject.question):
                known["text"] = subject.question
        captioned = argument == _WITH_PHOTO and pictures.KEY in known and _tells(memory.caption)
        if captioned:
            known["text"] = memory.caption
        opened = _formed(await self._engine.open(report.NAME, desk, now, known), memory.without_photos())
        if not captioned:
            return opened
        return replace(opened, turn=_after(phrases.TAKEN_AS_TEXT.format(text=memory.caption), opened.turn))

    def _acting(self, command: Command) -> Callable[[Desk, Memory, str, datetime], Awaitable[Steered]]:
        """Open the form of something that is done with a report, if that can be done now."""
        flow, act = _ACTS[command]

        async def doing(desk: Desk, memory: Memory, argument: str, now: datetime) -> Steered:
            code = following.code_in(argument)
            if code is None:
                return await self._track(desk, memory, "", now)
            found = await desk.report(code)
            if isinstance(found, NotDone):
                return _replied(following.not_done_reply(found, code), memory)
            if not (following.may_add(found) if act is None else following.may(found, act)):
                shown = following.report_reply(found, now)
                why = following.not_done_reply(NotDone.NO_LONGER, code).text
                return _replied(replace(shown, text=f"{why}\n\n{shown.text}"), memory)
            known = {"code": code, "kind": found.report.kind.value, **_photos(memory, now)}
            return _formed(await self._engine.open(flow, desk, now, known), memory.without_photos())

        return doing

    async def _privacy(self, desk: Desk, memory: Memory, _argument: str, _now: datetime) -> Steered:
        half_filled = self._engine.title(memory.form) if memory.form else None
        reply = privacy.stored_reply(await desk.stored(), self._places, half_filled=half_filled)
        return Steered(Turn(kind=Kind.FLOW, replies=(reply,)), memory)

    async def _forget_home(self, desk: Desk, memory: Memory, _argument: str, _now: datetime) -> Steered:
        await desk.forget_profile()
        return Steered(said(Kind.FLOW, phrases.HOME_FORGOTTEN), memory)

    async def _track(self, desk: Desk, memory: Memory, argument: str, now: datetime) -> Steered:
        if (code := following.code_in(argument)) is not None:
            return await self._one_report(desk, memory, code, now)
        reports = (await desk.stored()).reports
        if len(reports) == 1:
            return await self._one_report(desk, memory, reports[0].code, now)
        return (
            _replied(following.list_reply(reports), memory)
            if reports
            else Steered(said(Kind.FLOW, following.NONE_SENT), memory)
        )

    async def _one_report(self, desk: Desk, memory: Memory, code: str, now: datetime) -> Steered:
        found = await desk.report(code)
        if isinstance(found, NotDone):
            return _replied(following.not_done_reply(found, code), memory)
        return _replied(following.report_reply(found, now), memory)

    async def _link(self, desk: Desk, memory: Memory, argument: str, now: datetime) -> Steered:
        """Give a code or, with one, ask whether to link with whoever gave it."""
        if not argument:
            return _replied(link.code_reply(await desk.link_code()), memory)
        linkable = await desk.linkable(argument)
        if isinstance(linkable, NotLinked):
            return _replied(link.refused_reply(linkable), memory)
        return _formed(await self._engine.open(link.NAME, desk, now, {"code": argument, "from": linkable}), memory)

    async def _by_code(self, message: Message, known: Recalled, desk: Desk, now: datetime) -> Steered | None:
        """Take a receipt code, or a link code without words.

        None for what may be an emergency, and for what is no link code that was given: it may be a number plate. After
        too many wrong ones none is looked up, so that nothing is said of it either.
        """
        if (receipt := following.code_in(message.text)) is not None:
            return await self._safely(self._one_report(desk, known.memory, receipt, now), known.memory)
        code = None if message.possible else link.bare_code(message.text)
        if code is None:
            return None
        try:
            linkable = await desk.linkable(code, meant=False)
        except DeskError:
            return None
        if linkable in {NotLinked.WRONG, NotLinked.TOO_MANY}:
            return None
        return await self.command(Command.LINK, known, desk, now, code)

    def _exercise(
        self, flow: str, there: Container[str]
    ) -> Callable[[Desk, Memory, str, datetime], Awaitable[Steered]]:
        """Open a quiz or a drill, by its id and the number of a campaign's message; without an id, from a list."""

        async def opening(desk: Desk, memory: Memory, argument: str, now: datetime) -> Steered:
            if flow not in self._engine.flows:
                return _replied(Reply(kind=Kind.FLOW, text=phrases.NO_EXERCISES), memory)
            known = courses.opening(argument)
            gone_by_now = courses.PICK in known and known[courses.PICK] not in there
            opened = await self._engine.open(flow, desk, now, {} if gone_by_now else known)
            steered = _formed(opened, memory)
            return replace(steered, turn=_after(phrases.EXERCISE_GONE, steered.turn)) if gone_by_now else steered

        return opening

    async def _unlink(self, desk: Desk, memory: Memory, _argument: str, _now: datetime) -> Steered:
        return _replied(link.unlinked_reply(await desk.unlink()), memory)

    async def _trial(self, desk: Desk, memory: Memory, argument: str, _now: datetime) -> Steered:
        """Let trial messages come here; without a code, which only a made-up button has, it is a wrong one."""
        return _replied(trial.reply_to(await desk.take_trials(argument)), memory)

    async def _safely(self, doing: Awaitable[Steered], memory: Memory) -> Steered:
        try:
            return await doing
        except DeskError:
            return Steered(said(Kind.FLOW, wording.CANNOT_NOW), memory)


def _order(text: str) -> tuple[Command, str] | None:
    """The command that a message is, with its argument: set words, or these with a code."""
    if (command := command_in(text)) is not None:
        return command, _exercise_in(text) if command in {Command.QUIZ, Command.DRILL} else ""
    if (code := trial.code_after_words(text)) is not None:
        return Command.TRIAL, code
    code = link.code_after_words(text)
    return (Command.LINK, code) if code else None


def _exercise_in(text: str) -> str:
    """The quiz or drill that somebody names who asks for one; "" where none is: "ở nhà trọ" comes after "ở nhà"."""
    return next(reversed(EXERCISES.inside(text)), "")


def _tells(text: str) -> bool:
    """Whether a text can be that of a report."""
    return not isinstance(report.read_text(text, {}), Refused)


def _photos(memory: Memory, now: datetime) -> dict[str, str]:
    """The photos that were sent just before, as a form holds them."""
    photos = memory.fresh_photos(now)
    return {pictures.KEY: pictures.as_value(photos)} if photos else {}


def _formed(outcome: Outcome, memory: Memory) -> Steered:
    return Steered(Turn(kind=Kind.FLOW, replies=outcome.replies), replace(memory, form=outcome.form, fragments=()))


def _replied(reply: Reply, memory: Memory) -> Steered:
    return Steered(Turn(kind=Kind.FLOW, replies=(reply,)), memory)


def _after(text: str, turn: Turn) -> Turn:
    first, *others = turn.replies
    return replace(turn, replies=(replace(first, text=f"{text}\n{first.text}"), *others))


def _said(kind: Kind, text: str, buttons: tuple[Button, ...]) -> Turn:
    return Turn(kind=kind, replies=(Reply(kind=kind, text=text, buttons=buttons),))


def _is_bare_yes(text: str) -> bool:
    """Whether "dung" without diacritics is a yes ("đúng"): in a form that asks for one it is no "dừng"."""
    return fold(text).strip(" .!") == "dung" and not text.isupper() and text.strip(" .!").isascii()


def _bare_word(text: str) -> str | None:
    """The reply to a word that would steer a form or answer a question, where there is neither."""
    if control_in(text):
        return phrases.NOTHING_OPEN
    return phrases.ACKNOWLEDGED if is_yes(text) or is_no(text) else None


def _chosen(text: str, offered: tuple[str, ...]) -> str | None:
    """The payload that a typed number, a yes to the only choice, or a no chooses among those offered last."""
    if not offered:
        return None
    said_digits = text.strip(" .)")
    if said_digits.isascii() and said_digits.isdigit() and 1 <= int(said_digits) <= len(offered):
        return offered[int(said_digits) - 1]
    real = [one for one in offered if one != "none"]
    if is_yes(text) and len(real) == 1:
        return real[0]
    return "none" if is_no(text) and "none" in offered else None
