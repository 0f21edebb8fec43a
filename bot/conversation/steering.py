"""Everything of a turn that is not a question: buttons, set commands, choices, codes, and the form that is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.conversation import phrases
from bot.conversation.campaign_buttons import Going, Gone, gone
from bot.conversation.commands import Command, command_pressed, control_in
from bot.conversation.filling import Filling
from bot.conversation.flows import following, link, wording, wrong
from bot.conversation.flows.desk import Desk, DeskError, NotLinked
from bot.conversation.flows.engine import Engine, Pressed
from bot.conversation.flows.lifecycle import State
from bot.conversation.flows.told_in_words import wants_person
from bot.conversation.memory import Memory, Recalled, Subject
from bot.conversation.messages import Kind
from bot.conversation.obeying import Obeying
from bot.conversation.open_forms import OpenForms
from bot.conversation.steered import Steered, done_or_told
from bot.conversation.turn import Assistant, said
from bot.conversation.typed import Message, begun_after, chosen, order_in, reply_to_bare_word


class Steering:
    """Takes buttons and typed words that steer. Raises nothing: a store that fails is said kindly."""

    def __init__(
        self, assistant: Assistant, engine: Engine, forms: OpenForms, obeying: Obeying, filling: Filling
    ) -> None:
        self._assistant = assistant
        self._engine = engine
        self._forms = forms
        self._obeying = obeying
        self._filling = filling

    async def pressed(self, payload: str, known: Recalled, desk: Desk | None, now: datetime) -> Steered:
        """Take a button."""
        memory = known.memory
        if (button := Pressed.read(payload)) is not None:
            return await self._of_form(button, memory, desk, now)
        if (given := command_pressed(payload)) is not None:
            return await self._obeying.command(given[0], known, desk, now, given[1])
        if (button_of := gone(payload)) is not None:
            return await self._of_campaign(button_of, known, desk, now)
        if payload == "none" and (subject := memory.fresh_subject(now)) is not None:
            return self._not_these(subject, memory)
        if payload == phrases.FALSE_ALARM.payload:
            return await self._false_alarm(memory, desk, now)
        return self._of_answer(payload, memory)

    async def steered(self, message: Message, known: Recalled, desk: Desk | None, now: datetime) -> Steered | None:
        """Take a typed message if it steers something or answers the open form; None if it is to be answered."""
        memory, form = known.memory, known.memory.form
        if form is not None and desk is not None and form.state is State.ASKING:
            return await self._filling.typed(message, form, known, desk, now)
        if form is not None and desk is not None and (control := control_in(message.text)) is not None:
            return Steered.formed(await self._engine.control(form, control, desk, now), memory)
        if (order := _begun(message, memory, now) or order_in(message.text)) is not None:
            return await self._obeying.command(order[0], known, desk, now, order[1])
        if (payload := chosen(message.text, memory.fresh_offer(now))) is not None:
            return await self.pressed(payload, known, desk, now)
        if desk is not None and (by_code := await self._by_code(message, known, desk, now)) is not None:
            return by_code
        return await self._calm(message, known, desk, now) if memory.fresh_alarm(now) is None else None

    async def _calm(self, message: Message, known: Recalled, desk: Desk | None, now: datetime) -> Steered | None:
        """Take what counts only outside of an emergency, where whoever wants somebody to talk to has to call 114."""
        if wants_person(message.text):
            return await self._obeying.command(Command.LETTER, known, desk, now)
        bare = reply_to_bare_word(message.text)
        return Steered(said(Kind.SMALLTALK, bare), known.memory) if bare else None

    async def _of_form(self, button: Pressed, memory: Memory, desk: Desk | None, now: datetime) -> Steered:
        if desk is None:
            return Steered.told(wording.CANNOT_NOW, memory)
        return Steered.formed(await self._engine.pressed(memory.form, button, desk, now), memory)

    async def _of_campaign(self, button: Gone, known: Recalled, desk: Desk | None, now: datetime) -> Steered:
        """Take a button that stood under a message of a campaign."""
        if button.kind is Going.WRONG:
            if desk is None:
                return Steered.told(wording.CANNOT_NOW, known.memory)
            return await done_or_told(self._wrong(button, desk, known.memory, now), known.memory)
        if button.kind is not Going.ASK:
            command = Command.QUIZ if button.kind is Going.QUIZ else Command.DRILL
            return await self._obeying.command(command, known, desk, now, f"{button.target}:{button.message}")
        return self._of_answer(f"card:{button.target}", known.memory)  # what is no card any more is said kindly

    def _of_answer(self, payload: str, memory: Memory) -> Steered:
        return Steered(self._forms.reminded(self._assistant.pressed(payload), memory.form), memory)

    async def _wrong(self, button: Gone, desk: Desk, memory: Memory, now: datetime) -> Steered:
        """Note that a message is not right, and ask what is wrong with it; not in the middle of a form."""
        message = await desk.complained(button.message)
        if message is None or memory.form is not None:
            text = wrong.NOT_SENT if message is None else wrong.BUSY.format(title=message.title)
            return Steered(self._forms.reminded(said(Kind.FLOW, text), memory.form), memory)
        return Steered.formed(await self._engine.open(wrong.NAME, desk, now, wrong.about(message)), memory)

    async def _false_alarm(self, memory: Memory, desk: Desk | None, now: datetime) -> Steered:
        """Take an alarm back, and go on with the form that has waited."""
        alarm, form = memory.fresh_alarm(now), memory.form
        memory = replace(memory, alarm=None)
        turn = self._assistant.pressed(phrases.FALSE_ALARM.payload or "")
        if form is None or form.state is not State.PAUSED or desk is None or alarm is None:
            return Steered(self._forms.reminded(turn, form), memory)
        resumed = await self._forms.resumed(form, alarm.text, memory, desk, now)
        return replace(resumed, turn=replace(turn, replies=(*turn.replies, *resumed.turn.replies)))

    def _not_these(self, subject: Subject, memory: Memory) -> Steered:
        """Keep the question whose suggestions were all wrong."""
        finding = self._assistant.find(subject.question)
        turn = self._assistant.not_known(replace(finding, cards=()), kept=False)
        return Steered(turn, replace(memory, subject=None), (subject.question, finding))

    async def _by_code(self, message: Message, known: Recalled, desk: Desk, now: datetime) -> Steered | None:
        """Take a receipt code, or a link code without words.

        None for what may be an emergency, and for what is no link code that was given: it may be a number plate. After
        too many wrong ones none is looked up, so that nothing is said of it either.
        """
        if (receipt := following.code_in(message.text)) is not None:
            return await self._obeying.command(Command.TRACK, known, desk, now, receipt)
        code = None if message.possible else link.bare_code(message.text)
        if code is None:
            return None
        try:
            linkable = await desk.linkable(code, meant=False)
        except DeskError:
            return None
        if linkable in {NotLinked.WRONG, NotLinked.TOO_MANY}:
            return None
        return await self._obeying.command(Command.LINK, known, desk, now, code)


def _begun(message: Message, memory: Memory, now: datetime) -> tuple[Command, str] | None:
    """The quiz or drill that was asked about just before, where a message says to begin."""
    subject = memory.fresh_subject(now)
    return begun_after(subject.question, message.text) if subject else None
