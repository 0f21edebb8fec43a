"""What each outcome of a sending means: for the message, its resident and its account."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.campaigns.lifecycle import Why
from bot.channels.contract import (
    Halted,
    Outcome,
    Permanent,
    QuotaSpent,
    Retryable,
    Sent,
    Stopped,
    Throttled,
    Unknown,
    WindowClosed,
)
from bot.store.outbox import Claimed, OutboxState, Settled

MOST_TRIES: Final = 8
HALTED_FOR: Final = timedelta(minutes=1)
"""An account that is refused is tried again after so long: an administrator may have acted."""
_LONGEST_WAIT: Final = 300.0  # seconds
_MOST_SECONDS: Final = 7 * 86_400.0
_LONGEST_REASON: Final = 300  # characters


@dataclass(frozen=True)
class Reaction:
    """What becomes of the message, and beyond it.

    `hold`: seconds in which nothing goes to this resident. `pause`: seconds in which nothing goes to anybody. `stop`:
    nothing more goes to this resident. `halted`: why an administrator must act. `spent`: nothing more of a campaign
    goes to anybody for a while.
    """

    settled: Settled
    hold: float = 0.0
    pause: float = 0.0
    stop: bool = False
    halted: str | None = None
    spent: bool = False


def reaction(  # noqa: PLR0911
    message: Claimed, outcome: Outcome, now: datetime, jitter: float
) -> Reaction:
    """Return what an outcome leads to. `jitter` (0 to 1) spreads tries that would come at the same moment."""
    match outcome:
        case Sent(message=number):
            return Reaction(Settled(message.id, OutboxState.SENT, None, _storable(number) if number else None))
        case Throttled(seconds=seconds, whole_account=whole):
            again = _again(message, seconds, "throttled")
            return Reaction(again, pause=_usable(seconds)) if whole else Reaction(again, hold=_usable(seconds))
        case Retryable(reason=reason) if message.tries < MOST_TRIES:
            return Reaction(_again(message, _backoff(message.tries, jitter), reason, counts=True))
        case Retryable(reason=reason) | Permanent(reason=reason):
            return Reaction(_over(message, OutboxState.FAILED, reason))
        case Stopped(reason=reason):
            return Reaction(_over(message, OutboxState.FAILED, reason), stop=True)
        case WindowClosed(reason=reason, reopens=datetime() as reopens):
            return Reaction(_again(message, max(0.0, (reopens - now).total_seconds()), reason))
        case WindowClosed(reason=reason):
            return Reaction(_over(message, OutboxState.FAILED, reason))
        case QuotaSpent(whole_account=True) if message.recipient is not None:  # the others would all fail like it
            return Reaction(_again(message, 0.0, Why.QUOTA.value), spent=True)
        case QuotaSpent(reason=reason):
            return Reaction(_over(message, OutboxState.FAILED, reason))
        case Halted(reason=reason):
            seconds = HALTED_FOR.total_seconds()
            return Reaction(_again(message, seconds, reason), pause=seconds, halted=_storable(reason))
        case Unknown(reason=reason):
            return Reaction(_over(message, OutboxState.UNKNOWN, reason))


def _again(message: Claimed, seconds: float, reason: str, *, counts: bool = False) -> Settled:
    wait = timedelta(seconds=_usable(seconds))
    return Settled(message.id, OutboxState.WAITING, _storable(reason), wait=wait, counts=counts)


def _over(message: Claimed, state: OutboxState, reason: str) -> Settled:
    return Settled(message.id, state, _storable(reason))


def _usable(seconds: float) -> float:
    """Seconds that a channel told, within reason: what is no number, or too much, is a week."""
    return max(0.0, min(seconds, _MOST_SECONDS)) if math.isfinite(seconds) else _MOST_SECONDS


def _storable(reason: str) -> str:
    """What a channel told, as the database can hold it."""
    return "".join(sign if sign.isprintable() else "?" for sign in reason[:_LONGEST_REASON])


def _backoff(tries: int, jitter: float) -> float:
    return min(2.0**tries, _LONGEST_WAIT) * (0.5 + jitter / 2)
