"""Steers forms: asks, reads answers, goes back, skips, cancels, pauses and resumes. Pure but for `finish`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final

from bot.conversation.flows import wording
from bot.conversation.flows.desk import Desk, DeskError
from bot.conversation.flows.forms import (
    PAYLOAD_LIMIT,
    TRIES,
    Accepted,
    Attached,
    Choice,
    Flow,
    Form,
    Prompt,
    Refused,
    Reopened,
    Step,
    Values,
)
from bot.conversation.flows.joining import joined
from bot.conversation.flows.lifecycle import Event, State
from bot.conversation.messages import Button, Kind, Reply
from knowledge.vietnamese import fold, syllables

_MOST_TRIES: Final = 2
_PRESSED: Final = re.compile(r"form:([0-9a-f]{6}):([a-z]{1,12}):(\S{1,40})")


class Control(Enum):
    """How a resident steers a form."""

    SKIP = "/skip"
    BACK = "/back"
    CANCEL = "/cancel"
    RESUME = "/resume"


@dataclass(frozen=True)
class Pressed:
    """A button of a form: which form, which step, and the value or control it stands for."""

    token: str
    step: str
    value: str

    @classmethod
    def read(cls, payload: str) -> Pressed | None:
        """Return the button that sends `payload`, or None if it is none of a form's."""
        match = _PRESSED.fullmatch(payload)
        return cls(*match.groups()) if match else None


@dataclass(frozen=True)
class Outcome:
    """The form after an event, None when it is closed, and the replies."""

    form: Form | None
    replies: tuple[Reply, ...]


class Engine:
    """Moves forms through their flows. `token` makes six hexadecimal digits that tie buttons to a form."""

    def __init__(self, flows: Iterable[Flow], token: Callable[[], str]) -> None:
        self._flows = {flow.name: flow for flow in flows}
        self._token = token

    @property
    def flows(self) -> Mapping[str, Flow]:
        """The flows by name."""
        return self._flows

    async def open(self, name: str, desk: Desk, now: datetime, values: Values | None = None) -> Outcome:
        """Open a form, some values known already, and ask its first question."""
        form = Form(flow=name, step="", token=self._token(), touched=now, values=dict(values or {}))
        return await self._go_on(form, desk, now)

    def as_of(self, form: Form, now: datetime) -> Form:
        """Return the form as it stands now: paused or expired by time, expired if what it is about is no more."""
        flow = self._flows.get(form.flow)
        if flow is None or flow.step(form.step) is None or not flow.stands(form.step, form.values):
            return form.on(Event.EXPIRED)
        if now - form.touched > flow.expires_after:
            return form.on(Event.EXPIRED)
        if form.state is State.ASKING and now - form.touched > flow.pauses_after:
            return form.on(Event.LEFT)
        return form

    def takes_questions(self, form: Form) -> bool:
        """Whether a question is an answer at the form's step."""
        return self._step(form).takes_questions

    def offers(self, form: Form, text: str) -> bool:
        """Whether typed text chooses one of the answers that the form's step offers."""
        return _chosen(text, self._step(form).ask(_seen(form)).choices) is not None

    def accepts(self, form: Form, text: str) -> bool:
        """Whether typed text is an answer to the form's step: it can be used, or part of it was understood."""
        reading = self._step(form).read(text, _seen(form))
        return not isinstance(reading, Refused) or any(reading.values.values())

    def kept(self, form: Form, attached: Attached, now: datetime) -> tuple[Form, str] | None:
        """Return the form with photos or a pin and what is said of them; None where its flow has no use for them."""
        if (attach := self._flow(form).attach) is None:
            return None
        taken = attach(form.step, form.values, attached)
        return replace(form, values={**form.values, **taken.values}, touched=now), taken.said

    async def went_on(self, form: Form, said: str, desk: Desk, now: datetime) -> Outcome:
        """Say something, then ask the form's step, or the next if what was attached has answered it."""
        if form.step not in form.values:
            return Outcome(form, (self.question(form, said),))
        outcome = await self._go_on(replace(form, path=(*form.path, form.step)), desk, now)
        first, *others = outcome.replies
        return replace(outcome, replies=(replace(first, text=f"{said}\n{first.text}"), *others))

    async def typed(self, form: Form, text: str, desk: Desk, now: datetime) -> Outcome:
        """Take typed text as the answer: the value of the choice it names, or free text."""
        step = self._step(form)
        chosen = _chosen(text, step.ask(_seen(form)).choices)
        return await self._answer(form, chosen.value if chosen else text, desk, now)

    async def pressed(self, form: Form | None, button: Pressed, desk: Desk, now: datetime) -> Outcome:
        """Take a button. One of another form, or of a step that is past, changes nothing."""
        if form is None:
            return Outcome(None, (_said(wording.OLD_BUTTON),))
        if button.token != form.token or button.step != form.step:
            return Outcome(form, (_said(wording.OLD_BUTTON), self.question(form)))
        if button.value in {control.value for control in Control}:
            return await self.control(form, Control(button.value), desk, now)
        return await self._answer(replace(form, state=State.ASKING), button.value, desk, now)

    async def control(self, form: Form, control: Control, desk: Desk, now: datetime) -> Outcome:
        """Skip, go back, cancel or resume."""
        match control:
            case Control.CANCEL:
                form.on(Event.CANCELLED)
                return Outcome(None, (_said(await self._dropped(form, desk)),))
            case Control.RESUME:
                resumed = form.on(Event.RESUMED, touched=now) if form.state is State.PAUSED else form
                return Outcome(resumed, (self.question(resumed),))
            case Control.BACK:
                return await self._back(replace(form, state=State.ASKING), desk, now)
            case Control.SKIP:
                return await self._skip(replace(form, state=State.ASKING), desk, now)

    def question(self, form: Form, before: str = "") -> Reply:
        """Ask the form's question, after `before`."""
        flow, step = self._flow(form), self._step(form)
        prompt = step.ask(_seen(form))
        place = [one.name for one in flow.steps if one.applies(form.values) or one.name in form.path].index(step.name)
        count = sum(one.applies(form.values) for one in flow.steps)
        head = wording.STEP.format(title=flow.title, number=place + 1, count=max(count, place + 1))
        titled = prompt.head or (head if count > 1 else f"{flow.title}")
        lines = [*([before] if before else []), titled, prompt.text]
        buttons = self._buttons(form, step, prompt)
        return Reply(kind=Kind.FLOW, text="\n".join(lines), buttons=buttons, citations=prompt.citations)

    def reminder(self, form: Form) -> Button:
        """A button that resumes a paused form."""
        label = wording.RESUME.format(title=self._flow(form).title)
        return Button(label=label, payload=_payload(form, Control.RESUME.value))

    def title(self, form: Form) -> str:
        """The title of the form's flow; of one that is no more, a general word."""
        flow = self._flows.get(form.flow)
        return flow.title if flow else wording.SOME_FORM

    def _buttons(self, form: Form, step: Step, prompt: Prompt) -> tuple[Button, ...]:
        offered = [Button(label=one.label, payload=_payload(form, one.value)) for one in prompt.choices]
        if step.may_be_skipped(_seen(form)):
            offered.append(Button(label=wording.SKIP, payload=_payload(form, Control.SKIP.value)))
        if self._before(form) is not None:
            offered.append(Button(label=wording.BACK, payload=_payload(form, Control.BACK.value)))
        return (*offered, Button(label=wording.CANCEL, payload=_payload(form, Control.CANCEL.value)))

    async def _answer(self, form: Form, answer: str, desk: Desk, now: datetime) -> Outcome:
        step = self._step(form)
        reading = step.read(answer, _seen(form))
        if isinstance(reading, Refused):
            return Outcome(*self._again(form, step, reading, now))
        if isinstance(reading, Reopened):
            values = self._flow(form).without(form.values, reading.steps)
            path = tuple(one for one in form.path if one not in reading.steps)
            return await self._go_on(replace(form, values=values, path=path, touched=now), desk, now)
        values = {**form.values, **reading.values}
        values.setdefault(step.name, "")
        answered = replace(form, values=values, path=(*form.path, step.name), touched=now)
        return await self._accepted(answered, reading, desk, now)

    async def _accepted(self, form: Form, reading: Accepted, desk: Desk, now: datetime) -> Outcome:
        """Go on after an answer: keep what is to outlive the form, and say first what there is to say of it."""
        outcome = await self._go_on(form, desk, now)
        keep = self._flow(form).keep
        if outcome.form is not None and keep is not None:
            with suppress(DeskError):  # the form has it too
                await keep(outcome.form.values, desk)
        if not reading.said:
            return outcome
        first, *others = outcome.replies
        return replace(outcome, replies=(joined(reading.said, reading.citations, first), *others))

    async def _dropped(self, form: Form, desk: Desk) -> str:
        """Give up a form, and return what is said of it."""
        flow = self._flow(form)
        usual = wording.CANCELLED.format(title=flow.title)
        try:
            if flow.drop is not None:
                await flow.drop(form.values, desk)
        except DeskError:  # what stays is deleted after a day
            return usual
        return flow.cancelled or usual

    def _again(self, form: Form, step: Step, refused: Refused, now: datetime) -> tuple[Form, tuple[Reply, ...]]:
        values = {**form.values, **refused.values}
        form = form.on(Event.REFUSED, values=values, tries=form.tries + 1, touched=now)
        way_out = wording.STUCK_OPTIONAL if step.may_be_skipped(_seen(form)) else wording.STUCK
        before = f"{refused.why}\n{way_out}" if form.tries >= _MOST_TRIES else refused.why
        return form, (self.question(form, before),)

    async def _skip(self, form: Form, desk: Desk, now: datetime) -> Outcome:
        step = self._step(form)
        if not step.may_be_skipped(_seen(form)):
            asking = replace(form, touched=now, tries=form.tries + 1)
            return Outcome(asking, (self.question(asking, wording.CANNOT_SKIP),))
        values = {**form.values, step.name: ""}
        form = form.on(Event.SKIPPED, values=values, path=(*form.path, step.name), touched=now)
        return await self._go_on(form, desk, now)

    async def _back(self, form: Form, desk: Desk, now: datetime) -> Outcome:
        flow, last = self._flow(form), self._before(form)
        if last is None:
            asking = replace(form, touched=now)
            return Outcome(asking, (self.question(asking, flow.final or wording.NOTHING_BEFORE),))
        _, values = await flow.following(flow.without(form.values, {last}, last), desk)
        path = tuple(one for one in form.path if one != last)
        form = form.on(Event.WENT_BACK, step=last, path=path, values=values, tries=0, touched=now)
        return Outcome(form, (self.question(form),))

    def _before(self, form: Form) -> str | None:
        """The step answered before the form's, or known from the start; None at the first, and of a final flow."""
        if self._flow(form).final is not None:
            return None
        steps = self._flow(form).steps
        before = steps[: [step.name for step in steps].index(form.step)]
        earlier = [one.name for one in before if one.name in form.values and one.applies(form.values)]
        return earlier[-1] if earlier else None

    async def _go_on(self, form: Form, desk: Desk, now: datetime) -> Outcome:
        """Ask what is still open, or finish."""
        flow = self._flow(form)
        step, values = await flow.following(form.values, desk)
        form = replace(form, values=values)
        if step is not None:
            form = form.on(Event.ANSWERED, step=step.name, tries=0, touched=now)
            return Outcome(form, (self.question(form),))
        try:
            finished = await flow.finish(form.values, desk)
        except DeskError:
            finished = None
        if finished is not None and finished.done:
            form.on(Event.COMPLETED)
            return Outcome(None, (finished.reply,))
        return await self._unfinished(form, finished.reply.text if finished else wording.NOT_STORED, desk)

    async def _unfinished(self, form: Form, why: str, desk: Desk) -> Outcome:
        """Ask the last question again: what was filled in stays."""
        if not form.path:
            return Outcome(None, (_said(why),))
        flow = self._flow(form)
        form = form.on(Event.FAILED, step=form.path[-1], path=form.path[:-1])
        _, values = await flow.following(flow.without(form.values, {form.step}, form.step), desk)
        form = replace(form, values=values)
        return Outcome(form, (self.question(form, why),))

    def _flow(self, form: Form) -> Flow:
        return self._flows[form.flow]

    def _step(self, form: Form) -> Step:
        step = self._flow(form).step(form.step)
        assert step is not None, form.step  # `as_of` has expired forms whose step is no more
        return step


def _seen(form: Form) -> Values:
    """What the form's step is given: the values, and how often its question was asked in vain."""
    return {**form.values, TRIES: str(form.tries)} if form.tries else form.values


def _chosen(text: str, choices: tuple[Choice, ...]) -> Choice | None:
    """The choice that typed text names by its number or its label."""
    typed = " ".join(syllables(text))
    if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(choices):
        return choices[int(typed) - 1]
    return next((one for one in choices if typed and typed in _written(one.label)), None)


def _written(label: str) -> frozenset[str]:
    """A label as it is typed with its diacritics, and without: "bít" without is read as "biết" written short."""
    return frozenset({" ".join(syllables(label)), " ".join(syllables(fold(label)))})


def _payload(form: Form, value: str) -> str:
    payload = f"form:{form.token}:{form.step}:{value}"
    assert len(payload.encode()) <= PAYLOAD_LIMIT and _PRESSED.fullmatch(payload), payload  # noqa: PT018
    return payload


def _said(text: str) -> Reply:
    return Reply(kind=Kind.FLOW, text=text)
