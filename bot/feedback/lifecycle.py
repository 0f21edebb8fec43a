"""The life of a report: its states, who may do what with it, and the one table of what follows.

MTTQ receives, forwards, asks and follows; the responsible agency handles; the resident confirms.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from bot.feedback.kinds import ReportKind


class State(StrEnum):
    """Where a report stands."""

    RECEIVED = "received"
    VERIFIED = "verified"  # an officer has read it and finds that it is one
    FORWARDED = "forwarded"  # to the agency responsible
    HANDLING = "handling"  # the agency has taken it up
    ANSWERED = "answered"  # the resident is asked whether it is done
    CONFIRMED = "confirmed"  # the resident says that it is done
    REOPENED = "reopened"  # the resident says that it is not
    CLOSED = "closed"  # by an officer, with evidence, since the resident has not replied
    REJECTED = "rejected"  # with a reason that the resident reads
    DUPLICATE = "duplicate"  # another report stands for it
    WITHDRAWN = "withdrawn"  # by the resident; its words are deleted


class Act(StrEnum):
    """What can be done with a report."""

    VERIFY = "verify"
    FORWARD = "forward"
    TAKE_UP = "take_up"
    ANSWER = "answer"  # by the agency, or an officer who notes the agency's letter
    REPLY = "reply"  # by MTTQ itself, to what is for it to answer
    CONFIRM = "confirm"
    REOPEN = "reopen"
    CLOSE = "close"
    REJECT = "reject"
    RESTORE = "restore"
    MERGE = "merge"
    PART = "part"  # undo a merge
    WITHDRAW = "withdraw"


class Hat(StrEnum):
    """On whose behalf somebody acts, or whose turn it is."""

    MTTQ = "mttq"
    AGENCY = "agency"
    RESIDENT = "resident"
    SYSTEM = "system"


TRANSITIONS: Final[Mapping[tuple[State, Act], State]] = {
    (State.RECEIVED, Act.VERIFY): State.VERIFIED,
    (State.RECEIVED, Act.REPLY): State.ANSWERED,
    (State.RECEIVED, Act.REJECT): State.REJECTED,
    (State.RECEIVED, Act.MERGE): State.DUPLICATE,
    (State.VERIFIED, Act.FORWARD): State.FORWARDED,
    (State.VERIFIED, Act.REPLY): State.ANSWERED,
    (State.VERIFIED, Act.REJECT): State.REJECTED,
    (State.VERIFIED, Act.MERGE): State.DUPLICATE,
    (State.FORWARDED, Act.FORWARD): State.FORWARDED,
    (State.FORWARDED, Act.TAKE_UP): State.HANDLING,
    (State.FORWARDED, Act.ANSWER): State.ANSWERED,
    (State.FORWARDED, Act.REPLY): State.ANSWERED,  # the agency says that it is not theirs to answer
    (State.HANDLING, Act.FORWARD): State.FORWARDED,
    (State.HANDLING, Act.ANSWER): State.ANSWERED,
    (State.ANSWERED, Act.CONFIRM): State.CONFIRMED,
    (State.ANSWERED, Act.REOPEN): State.REOPENED,
    (State.ANSWERED, Act.CLOSE): State.CLOSED,
    (State.REOPENED, Act.FORWARD): State.FORWARDED,
    (State.REOPENED, Act.REPLY): State.ANSWERED,
    (State.REOPENED, Act.MERGE): State.DUPLICATE,
    (State.CONFIRMED, Act.REOPEN): State.REOPENED,
    (State.CLOSED, Act.REOPEN): State.REOPENED,
    (State.REJECTED, Act.RESTORE): State.RECEIVED,
    (State.DUPLICATE, Act.PART): State.RECEIVED,
    (State.RECEIVED, Act.WITHDRAW): State.WITHDRAWN,
    (State.VERIFIED, Act.WITHDRAW): State.WITHDRAWN,
    (State.FORWARDED, Act.WITHDRAW): State.WITHDRAWN,
    (State.HANDLING, Act.WITHDRAW): State.WITHDRAWN,
    (State.ANSWERED, Act.WITHDRAW): State.WITHDRAWN,
    (State.REOPENED, Act.WITHDRAW): State.WITHDRAWN,
    (State.REJECTED, Act.WITHDRAW): State.WITHDRAWN,
    (State.DUPLICATE, Act.WITHDRAW): State.WITHDRAWN,
    (State.CONFIRMED, Act.WITHDRAW): State.CONFIRMED,  # its words are deleted; that it was done stays counted
    (State.CLOSED, Act.WITHDRAW): State.CLOSED,
}
ACTORS: Final[Mapping[Act, frozenset[Hat]]] = {
    Act.VERIFY: frozenset({Hat.MTTQ}),
    Act.FORWARD: frozenset({Hat.MTTQ}),
    Act.TAKE_UP: frozenset({Hat.AGENCY, Hat.MTTQ}),
    Act.ANSWER: frozenset({Hat.AGENCY, Hat.MTTQ}),
    Act.REPLY: frozenset({Hat.MTTQ}),
    Act.CONFIRM: frozenset({Hat.RESIDENT}),
    Act.REOPEN: frozenset({Hat.RESIDENT, Hat.MTTQ}),
    Act.CLOSE: frozenset({Hat.MTTQ}),
    Act.REJECT: frozenset({Hat.MTTQ}),
    Act.RESTORE: frozenset({Hat.RESIDENT, Hat.MTTQ}),
    Act.MERGE: frozenset({Hat.MTTQ}),
    Act.PART: frozenset({Hat.MTTQ}),
    Act.WITHDRAW: frozenset({Hat.RESIDENT}),
}
"""Who may do it. An officer who takes up or answers notes what the agency told on paper."""
FOR_MTTQ: Final = frozenset({ReportKind.QUESTION, ReportKind.OPINION, ReportKind.MODEL, ReportKind.COMMENDATION})
"""Kinds that MTTQ may reply to by itself; all others are for the agency responsible to handle."""
OPEN: Final = frozenset(
    {State.RECEIVED, State.VERIFIED, State.FORWARDED, State.HANDLING, State.ANSWERED, State.REOPENED}
)
"""States in which somebody still has something to do."""
STATES: Final[Mapping[State, str]] = {
    State.RECEIVED: "Mới nhận",
    State.VERIFIED: "Đã xác minh",
    State.FORWARDED: "Đã chuyển cơ quan",
    State.HANDLING: "Cơ quan đang xử lý",
    State.ANSWERED: "Đã trả lời, chờ người dân",
    State.CONFIRMED: "Người dân xác nhận xong",
    State.REOPENED: "Người dân báo chưa xong",
    State.CLOSED: "Đã đóng",
    State.REJECTED: "Không tiếp nhận",
    State.DUPLICATE: "Gộp vào phản ánh khác",
    State.WITHDRAWN: "Người dân đã rút",
}


class TransitionError(ValueError):
    """Something that cannot be done with a report in its state, or not by this hat, or not with this kind."""


def after(state: State, act: Act, by: Hat, kind: ReportKind) -> State:
    """Return the state that follows. Raises `TransitionError`.

    >>> after(State.ANSWERED, Act.CONFIRM, Hat.RESIDENT, ReportKind.HAZARD).value
    'confirmed'
    """
    following = TRANSITIONS.get((state, act))
    if following is None:
        raise TransitionError(f"a report that is {state.value} cannot be the object of {act.value}")
    if by not in ACTORS[act]:
        raise TransitionError(f"{act.value} is not for {by.value}")
    if act is Act.REPLY and kind not in FOR_MTTQ:
        raise TransitionError(f"a report of kind {kind.value} is answered by the agency responsible")
    return following


def possible(state: State, by: Hat, kind: ReportKind) -> tuple[Act, ...]:
    """Return what `by` can do with a report, in the order of the table."""
    return tuple(
        act
        for (one, act) in TRANSITIONS
        if one is state and by in ACTORS[act] and (act is not Act.REPLY or kind in FOR_MTTQ)
    )


def diagram() -> str:
    """Return the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> received: sent"]
    lines += [f"    {state.value} --> {to.value}: {act.value}" for (state, act), to in TRANSITIONS.items()]
    ends = (State.CONFIRMED, State.CLOSED, State.WITHDRAWN)
    return "\n".join([*lines, *(f"    {state.value} --> [*]" for state in ends)])
