"""What a flow is made of: steps that ask, readings of answers, and the form that is being filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.conversation.flows.desk import Desk
from bot.conversation.flows.lifecycle import Event, State, after
from bot.conversation.messages import Reply

Values = Mapping[str, str]
PAYLOAD_LIMIT: Final = 64
"""Bytes of a button's payload: the least that any channel allows."""


@dataclass(frozen=True)
class Choice:
    """An answer to choose: what the button says and the value it stands for."""

    label: str
    value: str


@dataclass(frozen=True)
class Prompt:
    """What a step asks, with the answers to choose from, if there are any."""

    text: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Accepted:
    """An answer that can be used: the values it sets."""

    values: Values


@dataclass(frozen=True)
class Refused:
    """An answer that cannot be used: why, kindly, and values for asking again (such as what may be meant)."""

    why: str
    values: Values = field(default_factory=dict)


Reading = Accepted | Refused


@dataclass(frozen=True, kw_only=True)
class Step:
    """One question of a flow.

    `read` gets typed text, or the value of a choice that `ask` offered. `takes_questions`: a question is an answer
    here, not an interruption. A step whose `applies` is false for the values so far is left out.
    """

    name: str
    ask: Callable[[Values], Prompt]
    read: Callable[[str, Values], Reading]
    optional: bool = False
    takes_questions: bool = False
    applies: Callable[[Values], bool] = lambda _values: True


@dataclass(frozen=True)
class Finished:
    """What came of a form: the reply, and whether it was done; if not, the form stays as it was."""

    reply: Reply
    done: bool = True


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Steps in order, and what is done with the values. `name` and step names appear in payloads: short, a-z."""

    name: str
    title: str
    steps: tuple[Step, ...]
    finish: Callable[[Values, Desk], Awaitable[Finished]]
    pauses_after: timedelta = timedelta(hours=2)
    expires_after: timedelta = timedelta(days=7)

    def following(self, values: Values, since: str | None = None) -> Step | None:
        """Return the first step after `since` that applies and has no value yet; None at the end."""
        names = [step.name for step in self.steps]
        start = names.index(since) + 1 if since in names else 0
        return next((one for one in self.steps[start:] if one.applies(values) and one.name not in values), None)

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
