"""The pieces of a plan that are edited on a page of their own, so that two authors can work beside each other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.campaigns.content import Message, Plan
from bot.campaigns.content_json import plan_as_json

BASICS: Final = "basics"
AUDIENCE: Final = "audience"
RULES: Final = "rules"
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    BASICS: ("title", "goal", "occasion", "day"),
    AUDIENCE: ("audience",),
    RULES: ("first", "stop_rules", "repeat", "urgent"),
}
_SIGNS: Final = 16
Change = Callable[[Plan], Plan]


def message_piece(key: str) -> str:
    """Return the name of the piece that one message is."""
    return f"message:{key}"


def digest_of(plan: Plan, piece: str) -> str:
    """Return what tells whether a piece has changed; that of a message which is not there is ""."""
    data = plan_as_json(plan)
    if piece in _FIELDS:
        held: Any = [data[name] for name in _FIELDS[piece]]
    else:
        key = piece.partition(":")[2]
        held = next((one for one in data["messages"] if one["key"] == key), None)
        if held is None:
            return ""
    written = json.dumps(held, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:_SIGNS]


def message_of(plan: Plan, key: str) -> Message | None:
    """Return the message of a plan by its key."""
    return next((one for one in plan.messages if one.key == key), None)


def with_message(plan: Plan, message: Message) -> Plan:
    """Return the plan with a message in the place of the one with its key, or added, in the order of their times."""
    others = tuple(one for one in plan.messages if one.key != message.key)
    messages = (*others, message) if len(others) == len(plan.messages) else _put(plan.messages, message)
    return replace(plan, messages=tuple(sorted(messages, key=_order)))


def without_message(plan: Plan, key: str) -> Plan:
    """Return the plan without a message, and without what hangs on it in others."""
    kept = (one for one in plan.messages if one.key != key)
    return replace(
        plan,
        messages=tuple(replace(one, unless=None) if one.unless == ("answered", key) else one for one in kept),
    )


def free_key(plan: Plan) -> str:
    """Return a key that no message of the plan has."""
    taken = {one.key for one in plan.messages}
    return next(key for number in range(1, len(taken) + 2) if (key := f"tin-{number}") not in taken)


def _put(messages: tuple[Message, ...], message: Message) -> tuple[Message, ...]:
    return tuple(message if one.key == message.key else one for one in messages)


def _order(message: Message) -> tuple[int, timedelta]:
    """Those with a day of their own come after those that hang on the campaign's: only the freezing knows all days."""
    when = message.when
    if when.at is not None:
        return 1, when.at - datetime.min  # noqa: DTZ901 (local time, compared with local time)
    at_that_hour = timedelta(hours=when.hour.hour, minutes=when.hour.minute)
    return 0, timedelta(days=when.days) + at_that_hour
