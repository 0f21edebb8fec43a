"""What the Zalo Bot platform tells, as events. Webhook bodies and answers of getUpdates have the same shape."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bot.channels.contract import LONGEST_KEY, Event, EventKind, RefusedError

_NAMELESS: Final = "unnamed"
_MILLISECONDS_FROM: Final = 100_000_000_000  # dates are milliseconds; a smaller number can only be seconds
_UNREADABLE: Final = frozenset(
    {"message.sticker.received", "message.voice.received", "message.unsupported.received"}
)  # the last one also stands for people whose words the platform protects


def events_of(raw: bytes) -> tuple[Event, ...]:
    """Return the events of a webhook's body. Raises `RefusedError` (400) when it is no JSON or holds no event."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise RefusedError(400, "the body is not JSON") from None
    events = events_in(body)
    if not events:
        raise RefusedError(400, "the body holds no event")
    return events


def events_in(body: object) -> tuple[Event, ...]:
    """Return the events of decoded JSON: `{"ok": true, "result": event}`, or the event itself; none for anything else.

    A list is read too, although the documentation says that there is only ever one.
    """
    if isinstance(body, dict) and "event_name" not in body and "message" not in body:
        body = body.get("result")
    found = body if isinstance(body, list) else [body]
    return tuple(_event(one) for one in found if isinstance(one, dict) and ("event_name" in one or "message" in one))


def _event(told: Mapping[str, Any]) -> Event:
    name = _text(told.get("event_name"))[:LONGEST_KEY] or _NAMELESS
    message = _object(told.get("message"))
    key, at = _key(name, message, told), _time(message.get("date"))
    user = _private_chat(message)
    if user is None:
        return Event(key=key, kind=EventKind.OTHER, name=name, at=at)
    text, caption, photo = (_text(message.get(field)) for field in ("text", "caption", "photo"))
    if name == "message.text.received":
        return Event(key=key, kind=EventKind.TEXT, name=name, user=user, at=at, text=text)
    if name == "message.image.received":
        media = (photo,) if photo else ()
        return Event(key=key, kind=EventKind.PHOTO, name=name, user=user, at=at, text=caption, media=media)
    if name in _UNREADABLE:
        return Event(key=key, kind=EventKind.UNREADABLE, name=name, user=user, at=at, text=caption or text)
    return Event(key=key, kind=EventKind.OTHER, name=name, user=user, at=at)


def _private_chat(message: Mapping[str, Any]) -> str | None:
    """The chat, which is the address for replies, of a message from a person to the bot alone."""
    sender, chat = _object(message.get("from")), _object(message.get("chat"))
    user, kind = _text(chat.get("id")), _text(chat.get("chat_type")).upper()
    private = kind == "PRIVATE" or (not kind and user == _text(sender.get("id")))
    return user if user and private and sender.get("is_bot") is not True else None


def _key(name: str, message: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """The message's id under the event's name; a digest of all that was told where there is none, or no short one."""
    number = _text(message.get("message_id"))
    key = f"{name}:{number}"
    if number and len(key) <= LONGEST_KEY:
        return key
    whole = json.dumps(told, sort_keys=True).encode()
    return f"digest:{hashlib.sha256(whole).hexdigest()}"


def _time(date: object) -> datetime | None:
    """A date in milliseconds, or in seconds; None for what is no time."""
    if isinstance(date, bool) or not isinstance(date, int | float):
        return None
    try:
        return datetime.fromtimestamp(date / 1000 if date >= _MILLISECONDS_FROM else date, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """A string, or a number that should have been one, without what cannot be stored; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()
