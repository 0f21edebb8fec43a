"""What is asked of the knowledge before a campaign may be submitted, approved and sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from bot.campaigns.content import Message, Plan
from knowledge.clock import VIET_NAM


@dataclass(frozen=True, kw_only=True)
class CitedDocument:
    """A document that messages rest on, as of the day on which they go; `name`: as people know it.

    `document` is its id, which the approver ticks.
    """

    document: str
    name: str
    standing: str
    in_force: bool


class Judge(Protocol):
    """What the knowledge of this moment says of a plan."""

    def faults(self, plan: Plan) -> Sequence[str]:
        """Return what is wrong with it and must be put right, in Vietnamese."""

    def cited(self, plan: Plan, day: date) -> Sequence[CitedDocument]:
        """Return the documents that its messages rest on, each once, as they stand on `day`."""

    def texts_digest(self, plan: Plan) -> bytes:
        """Return a digest of all that its messages say on each channel, sources included. Its faults do not matter."""


def due_at(message: Message, plan: Plan) -> datetime:
    """Return when a message is due, with a time zone. Raises ValueError when it hangs on a day that there is not."""
    return message.when.on(plan.day).replace(tzinfo=VIET_NAM)


def cited_when_sent(judge: Judge, plan: Plan) -> list[CitedDocument]:
    """Return each cited document once, as it stands on the days of sending: not in force on one of them counts.

    Raises ValueError as `due_at` does.
    """
    return each_once(
        cited
        for message in plan.messages
        for cited in judge.cited(replace(plan, messages=(message,)), due_at(message, plan).date())
    )


def each_once(cited: Iterable[CitedDocument]) -> list[CitedDocument]:
    """Return each document once: the first that is not in force, else the first."""
    found: dict[str, CitedDocument] = {}
    for one in cited:
        seen = found.setdefault(one.document, one)
        if seen.in_force and not one.in_force:
            found[one.document] = one
    return list(found.values())


def lapsed(judge: Judge, plan: Plan, key: str, day: date) -> list[CitedDocument]:
    """Return the documents that the message with `key` rests on and that are not in force on `day`."""
    message = tuple(one for one in plan.messages if one.key == key)
    return [one for one in judge.cited(replace(plan, messages=message), day) if not one.in_force]
