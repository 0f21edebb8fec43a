"""The form that is open in a conversation, beside what is typed into it: time, photos, alarms, what closes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.conversation import phrases
from bot.conversation.answers import Start
from bot.conversation.flows import pictures, report, wording
from bot.conversation.flows.desk import Desk
from bot.conversation.flows.engine import Engine
from bot.conversation.flows.forms import Attached, Form, Refused
from bot.conversation.flows.lifecycle import OPEN, Event, State
from bot.conversation.memory import ALARM_KEPT, Memory
from bot.conversation.messages import Turn
from bot.conversation.steered import Steered


class OpenForms:
    """Opens forms after replies, and lets them wait, go on and expire."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def as_of(self, memory: Memory, now: datetime) -> tuple[Memory, str | None]:
        """Return the memory with its form as it stands now, and what to say if that has expired."""
        if memory.form is None:
            return memory, None
        form = self._engine.as_of(memory.form, now)
        if form.state in OPEN:
            return replace(memory, form=form), None
        return replace(memory, form=None), wording.EXPIRED.format(title=self._engine.title(form))

    async def start(self, start: Start, turn: Turn, memory: Memory, desk: Desk, now: datetime) -> Steered:
        """Open a flow after the replies of a turn; its first question joins the last of them.

        A text that the flow cannot take (too long) is left out, so that it is asked for.
        """
        values, why = dict(start.values), ""
        if start.flow == report.NAME:
            values |= photos_of(memory, now)
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

    async def went_on(self, said_before: str, memory: Memory, desk: Desk, now: datetime) -> Steered | None:
        """Go on with the form that asks, after what came without words; None where no form asks."""
        form = memory.form
        if form is None or form.state is not State.ASKING:
            return None
        return Steered.formed(await self._engine.went_on(form, said_before, desk, now), memory)

    async def resumed(self, form: Form, alarm: str, memory: Memory, desk: Desk, now: datetime) -> Steered:
        """Go on with a form that has waited until an alarm was taken back; `alarm`: the words that had raised it.

        They are then the answer to its question ("khen chú Tám đã dập lửa giúp nhà tôi"), since the same words would
        raise it again; but only where all of them were kept.
        """
        asking = form.on(Event.RESUMED, touched=now)
        if not self._would_take(asking, alarm):
            return Steered.replied(self._engine.question(asking), replace(memory, form=asking))
        answered = Steered.formed(await self._engine.typed(asking, alarm, desk, now), memory)
        return answered.led_by(phrases.TAKEN_AS_TEXT.format(text=alarm))

    def _would_take(self, form: Form, text: str) -> bool:
        """Whether a form asks for a text, which what raised an alarm may be if all of it was kept."""
        return len(text) < ALARM_KEPT and self._engine.takes_questions(form) and self._engine.accepts(form, text)

    def reminded(self, turn: Turn, form: Form | None) -> Turn:
        """Return the turn with a button that resumes the form, if one is paused."""
        if form is None or form.state is not State.PAUSED or not turn.replies:
            return turn
        *others, last = turn.replies
        last = replace(last, buttons=(*last.buttons, self._engine.reminder(form)))
        return replace(turn, replies=(*others, last))


def photos_of(memory: Memory, now: datetime) -> dict[str, str]:
    """Return the photos that were sent just before, as a form holds them."""
    photos = memory.fresh_photos(now)
    return {pictures.KEY: pictures.as_value(photos)} if photos else {}
