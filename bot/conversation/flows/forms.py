"""What a flow is made of: steps that ask, readings of answers, and the form that is being filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bot.conversation.flows.desk import Desk, DeskError
from bot.conversation.flows.lifecycle import Event, State, after
from bot.conversation.messages import Citation, Reply

Values = Mapping[str, str]
TRIES: Final = ".tries"
"""Among the values that a step is given, and never stored: how often its question was asked in vain, if ever."""
PAYLOAD_LIMIT: Final = 64
"""Bytes of a button's payload: the least that any channel allows."""


@dataclass(frozen=True)
class Choice:
    """An answer to choose: what the button says and the value it stands for."""

    label: str
    value: str


@dataclass(frozen=True)
class Prompt:
    """What a step asks, with the answers to choose from, if there are any.

    `head` stands in the place of the flow's title and the number of the step. `citations` explain markers of the text.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    head: str | None = None
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Accepted:
    """An answer that can be used: the values it sets, and what is said of it before what follows."""

    values: Values
    said: str = ""
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Refused:
    """An answer that cannot be used: why, kindly, and values for asking again (such as what may be meant)."""

    why: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Reopened:
    """An answer that asks some steps anew: their values are dropped."""

    steps: tuple[str, ...]


Reading = Accepted | Refused | Reopened


@dataclass(frozen=True)
class Attached:
    """What came with a message beside its text: staged photos, why one was not taken, and a pin in degrees."""

    photos: tuple[UUID, ...] = ()
    refused: str | None = None
    pin: tuple[float, float] | None = None

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.photos or self.refused or self.pin)


@dataclass(frozen=True)
class Taken:
    """What a flow made of something attached: the values it sets, and what is said of it."""

    values: Values
    said: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One question of a flow.

    `read` gets typed text, or the value of a choice that `ask` offered. `takes_questions`: a question is an answer
    here, not an interruption. A step whose `applies` is false for the values so far is left out. `prepare` looks up
    what `ask` needs, as values named "<step>.…"; it is awaited before the step is asked, and a store that fails then
    costs only what would have been looked up.
    """

    name: str
    ask: Callable[[Values], Prompt]
    read: Callable[[str, Values], Reading]
    optional: bool | Callable[[Values], bool] = False
    takes_questions: bool = False
    applies: Callable[[Values], bool] = lambda _values: True
    prepare: Callable[[Values, Desk], Awaitable[Values]] | None = None

    def may_be_skipped(self, values: Values) -> bool:
        """Whether the resident may leave it unanswered."""
        return self.optional if isinstance(self.optional, bool) else self.optional(values)


@dataclass(frozen=True)
class Finished:
    """What came of a form: the reply, and whether it was done; if not, the form stays as it was."""

    reply: Reply
    done: bool = True


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Steps in order, and what is done with the values. `name` and step names appear in payloads: short, a-z.

    `attach` takes photos and pins, at whatever step they come (its name is given); None: the flow has no use for them.
    `drop` is awaited when a form is cancelled, for what is kept of it outside. `keep` is awaited after each answer but
    the last, for what is to outlive the form; a store that fails then costs nothing. `cancelled` is what is said in
    place of the usual words. `final` says why answers cannot be changed; None: they can. `stands` tells whether a form
    at a step, by its name, can go on: what it is about may be gone since it was asked.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    finish: Callable[[Values, Desk], Awaitable[Finished]]
    attach: Callable[[str, Values, Attached], Taken] | None = None
    drop: Callable[[Values, Desk], Awaitable[None]] | None = None
    keep: Callable[[Values, Desk], Awaitable[None]] | None = None
    cancelled: str | None = None
    final: str | None = None
    stands: Callable[[str, Values], bool] = lambda _step, _values: True
    pauses_after: timedelta = timedelta(hours=2)
    expires_after: timedelta = timedelta(days=7)

    async def following(self, values: Values, desk: Desk) -> tuple[Step | None, Values]:
        """Return the first step that applies and has no value yet, None at the end, and the values prepared for it."""
        for step in self.steps:
            if step.name in values:
                continue
            if step.prepare is not None:
                values = {**values, **await _looked_up(step.prepare(values, desk))}
            if step.applies(values):
                return step, values
        return None, values

    def without(self, values: Values, steps: Container[str], since: str | None = None) -> Values:
        """Return the values but those of `steps`, and but what was prepared for steps that come after `since`."""
        names = [step.name for step in self.steps]
        later = names[names.index(since) :] if since in names else ()

        def stays(key: str) -> bool:
            step, _, inner = key.partition(".")
            return step not in steps and not (inner and step in later)

        return {key: value for key, value in values.items() if stays(key)}

    def step(self, name: str) -> Step | None:
        """Return the step of that name, or None."""
        return next((one for one in self.steps if one.name == name), None)


@dataclass(frozen=True, kw_only=True)
class Form:
    """A flow that somebody is filling in. `token` ties buttons to it; `path` are the steps answered so far."""

    flow: str
    step: str
    token: str
    touched: datetime
    values: Values = field(default_factory=dict)
    path: tuple[str, ...] = ()
    tries: int = 0
    state: State = State.ASKING

    def on(self, event: Event, **changes: Any) -> Form:  # noqa: ANN401 - fields of the form, each of its type
        """Return the form after an event, with further changes. Raises `TransitionError`."""
        return replace(self, state=after(self.state, event), **changes)

    def as_json(self) -> dict[str, Any]:
        """Return what is stored of it."""
        return {
            "flow": self.flow,
            "step": self.step,
            "token": self.token,
            "touched": self.touched.isoformat(),
            "values": dict(self.values),
            "path": list(self.path),
            "tries": self.tries,
            "state": self.state.value,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Form:
        """Read what was stored. Raises KeyError, TypeError or ValueError when it is none."""
        return cls(
            flow=str(data["flow"]),
            step=str(data["step"]),
            token=str(data["token"]),
            touched=datetime.fromisoformat(data["touched"]),
            values={str(key): str(value) for key, value in data["values"].items()},
            path=tuple(str(one) for one in data["path"]),
            tries=int(data["tries"]),
            state=State(data["state"]),
        )


async def _looked_up(preparing: Awaitable[Values]) -> Values:
    try:
        return await preparing
    except DeskError:
        return {}
