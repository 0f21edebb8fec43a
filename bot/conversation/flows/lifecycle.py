"""The life of a form that a resident fills in: its states, what happens to it, and the one table of what follows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final


class State(Enum):
    """Where a form stands."""

    ASKING = "asking"  # the next message is its answer, unless it is a question or a command
    PAUSED = "paused"  # kept, but messages are not taken for answers until the resident resumes it
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # left for too long; what was filled in is deleted


class Event(Enum):
    """What can happen to a form."""

    ANSWERED = "answered"  # a step was answered and another follows
    REFUSED = "refused"  # an answer could not be used: asked again, with the reason
    SKIPPED = "skipped"
    WENT_BACK = "went back"
    INTERRUPTED = "interrupted"  # a question came and was answered; the step is asked again
    FAILED = "failed"  # what it was filled in for could not be done; nothing is lost
    ALARMED = "alarmed"  # an emergency was answered
    LEFT = "left"  # silence for longer than the form waits
    RESUMED = "resumed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = {
    (State.ASKING, Event.ANSWERED): State.ASKING,
    (State.ASKING, Event.REFUSED): State.ASKING,
    (State.ASKING, Event.SKIPPED): State.ASKING,
    (State.ASKING, Event.WENT_BACK): State.ASKING,
    (State.ASKING, Event.INTERRUPTED): State.ASKING,
    (State.ASKING, Event.FAILED): State.ASKING,
    (State.ASKING, Event.ALARMED): State.PAUSED,
    (State.ASKING, Event.LEFT): State.PAUSED,
    (State.ASKING, Event.COMPLETED): State.DONE,
    (State.ASKING, Event.CANCELLED): State.CANCELLED,
    (State.ASKING, Event.EXPIRED): State.EXPIRED,
    (State.PAUSED, Event.ALARMED): State.PAUSED,
    (State.PAUSED, Event.RESUMED): State.ASKING,
    (State.PAUSED, Event.CANCELLED): State.CANCELLED,
    (State.PAUSED, Event.EXPIRED): State.EXPIRED,
}
OPEN: Final = frozenset({State.ASKING, State.PAUSED})


class TransitionError(ValueError):
    """An event that cannot happen to a form in its state."""


def after(state: State, event: Event) -> State:
    """Return the state that follows. Raises `TransitionError`.

    >>> after(State.ASKING, Event.ALARMED).value
    'paused'
    """
    following = TRANSITIONS.get((state, event))
    if following is None:
        raise TransitionError(f"a form that is {state.value} cannot be {event.value}")
    return following


def diagram() -> str:
    """Return the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> asking: opened"]
    lines += [f"    {state.value} --> {to.value}: {event.value}" for (state, event), to in TRANSITIONS.items()]
    lines += [f"    {state.value} --> [*]" for state in State if state not in OPEN]
    return "\n".join(lines)
