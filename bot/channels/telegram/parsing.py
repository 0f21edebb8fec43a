"""Telegram's updates as events. Fields are read one by one from plain JSON, so that no odd field costs an update."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from bot.channels.contract import Event, EventKind, RefusedError

Json: TypeAlias = Mapping[str, Any]

_LARGEST_ID: Final = 2**63 - 1
_LONGEST_SIDE: Final = 1600  # pixels; larger sizes of a photo are not asked for, since photos are kept no larger
_COMMAND: Final = re.compile(r"(/[A-Za-z0-9_]{1,32})@[A-Za-z0-9_]{1,64}")
_START: Final = re.compile(r"/start(?:\s+(.*))?", re.DOTALL)
_DEEP_LINK: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAME: Final = re.compile(r"[a-z_]{1,40}")
_UNREADABLE: Final = (
    *("voice", "video", "video_note", "audio", "animation", "document", "sticker", "story", "poll", "dice"),
    *("checklist", "game", "paid_media"),
)


class _OddError(Exception):
    """A field is not what the Bot API says."""


def updates_in(raw: bytes) -> tuple[Event, ...]:
    """Return the event of a webhook's body, one update. Raises `RefusedError` with 400 when it is none."""
    try:
        update = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "not JSON") from error
    if not isinstance(update, dict) or update_id(update) is None:
        raise RefusedError(400, "not an update")
    return (event_of(update),)


def update_id(update: object) -> int | None:
    """Return an update's number; None when it has none."""
    number = update.get("update_id") if isinstance(update, Mapping) else None
    usable = isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= _LARGEST_ID
    return number if usable else None


def event_of(update: Json) -> Event:
    """Return what an update with a number tells. What nobody expected is `OTHER`; nothing is raised for it."""
    key = f"update:{update_id(update)}"
    name = next((field for field in update if field != "update_id" and _NAME.fullmatch(str(field))), "unknown")
    content = update.get(name)
    try:
        if name == "message" and isinstance(content, Mapping):
            return _message(key, content)
        if name == "callback_query" and isinstance(content, Mapping):
            return _pressed(key, content)
        if name == "my_chat_member" and isinstance(content, Mapping):
            return _membership(key, content)
    except _OddError:
        name = f"{name}.odd"
    # edited messages, posts of channels, reactions, …: the assistant answers none of them
    return Event(key=key, kind=EventKind.OTHER, name=name)


def _message(key: str, message: Json) -> Event:
    user = _private(message)
    if user is None:
        return Event(key=key, kind=EventKind.OTHER, name="message.group")
    at = _time(message.get("date"))
    if "text" in message:
        return _written(key, user, at, _text(message, "text"))
    if "location" in message or "venue" in message:
        return _location(key, user, at, message)
    if "contact" in message:
        return _contact(key, user, at, _object(message, "contact"))
    return _shown(key, user, at, message)


def _shown(key: str, user: str, at: datetime | None, message: Json) -> Event:
    """A picture, or what cannot be read, with its caption; or what Telegram itself notes in a chat."""
    caption = _text(message, "caption") if "caption" in message else ""
    media = _picture(message)
    sort = "photo" if media else next((one for one in _UNREADABLE if one in message), "service")
    kind = EventKind.PHOTO if media else EventKind.UNREADABLE if sort != "service" or caption else EventKind.OTHER
    return Event(
        key=key,
        kind=kind,
        name=f"message.{sort}",
        user=user,
        at=at,
        text=caption,
        media=(media,) if media else (),
    )


def _written(key: str, user: str, at: datetime | None, text: str) -> Event:
    text = _COMMAND.sub(r"\1", text, count=1) if _COMMAND.match(text) else text
    name = "message.text"
    start = _START.fullmatch(text.strip())
    if start is None:
        return Event(key=key, kind=EventKind.TEXT, name=name, user=user, at=at, text=text)
    payload = (start[1] or "").strip()
    if payload and not _DEEP_LINK.fullmatch(payload):
        # No link carries this, so somebody wrote it, and it may be "/start cháy rồi".
        return Event(key=key, kind=EventKind.TEXT, name=name, user=user, at=at, text=payload)
    return Event(key=key, kind=EventKind.FOLLOW, name="message.start", user=user, at=at, start=payload or None)


def _location(key: str, user: str, at: datetime | None, message: Json) -> Event:
    """A place; a venue is one that has a name and an address."""
    named = _object(message, "venue") if "venue" in message else {}
    place = _object(message, "location") if "location" in message else _object(named, "location")
    where = (_degrees(place, "latitude", 90), _degrees(place, "longitude", 180))
    text = ", ".join(_text(named, field) for field in ("title", "address") if named.get(field))
    return Event(key=key, kind=EventKind.LOCATION, name="message.location", user=user, at=at, text=text, location=where)


def _contact(key: str, user: str, at: datetime | None, contact: Json) -> Event:
    """A phone number. Telegram vouches for it only if it is of the account that sends it."""
    phone = _text(contact, "phone_number")
    own = _id(contact.get("user_id")) == user
    return Event(key=key, kind=EventKind.CONTACT, name="message.contact", user=user, at=at, phone=phone[:40], own=own)


def _pressed(key: str, query: Json) -> Event:
    name = "callback_query"
    user = _private(_object(query, "message"), _object(query, "from"))
    if user is None:
        return Event(key=key, kind=EventKind.OTHER, name=name)
    # The message's own date is that of our message, not of the press.
    payload, answer_to = _text(query, "data"), _text(query, "id")
    return Event(key=key, kind=EventKind.BUTTON, name=name, user=user, text=payload, answer_to=answer_to)


def _membership(key: str, change: Json) -> Event:
    name = "my_chat_member"
    user = _private(change)
    status = _text(_object(change, "new_chat_member"), "status")
    kinds = {"kicked": EventKind.UNFOLLOW, "left": EventKind.UNFOLLOW, "member": EventKind.FOLLOW}
    kind = kinds.get(status, EventKind.OTHER) if user else EventKind.OTHER
    return Event(key=key, kind=kind, name=name, user=user, at=_time(change.get("date")))


def _private(about: Json, sender: Json | None = None) -> str | None:
    """The resident of a private chat; None for a group or a channel, and for what bots write."""
    chat = _object(about, "chat")
    sender = _object(about, "from") if sender is None else sender
    if _text(chat, "type") != "private" or sender.get("is_bot") is True:
        return None
    user = _id(chat.get("id"))
    if user is None or _id(sender.get("id")) != user:
        raise _OddError
    return user


def _picture(message: Json) -> str | None:
    """The file id of a photo in its largest size that is of use, or of a picture that was sent as a file."""
    if "photo" in message:
        sizes = message["photo"]
        if not isinstance(sizes, list) or not sizes or not all(isinstance(one, Mapping) for one in sizes):
            raise _OddError
        of_use = [one for one in sizes if _longest(one) <= _LONGEST_SIDE]
        return _text(max(of_use, key=_area) if of_use else min(sizes, key=_area), "file_id")
    if "document" in message:
        document = _object(message, "document")
        mime = document.get("mime_type")
        if isinstance(mime, str) and mime.startswith("image/"):
            return _text(document, "file_id")
    return None


def _area(size: Json) -> float:
    width, height = size.get("width"), size.get("height")
    return (
        float(width * height) if isinstance(width, int) and isinstance(height, int) and 0 < width * height < 1e12 else 0
    )


def _longest(size: Json) -> float:
    """The longer side of a size in pixels; a size that does not tell is taken as it is."""
    sides = [side for side in (size.get("width"), size.get("height")) if isinstance(side, int)]
    return max(sides, default=0)


def _object(owner: Json, field: str) -> Json:
    value = owner.get(field)
    if not isinstance(value, Mapping):
        raise _OddError
    return value


def _text(owner: Json, field: str) -> str:
    """A text of at least one character; halves of surrogate pairs, which nothing can store, are replaced."""
    value = owner.get(field)
    if not isinstance(value, str) or not value:
        raise _OddError
    return value.encode("utf-8", "replace").decode("utf-8")


def _id(value: object) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_ID else None


def _degrees(place: Json, field: str, most: int) -> float:
    value = place.get(field)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value) or abs(value) > most:
        raise _OddError
    return float(value)


def _time(value: object) -> datetime | None:
    """Seconds since 1970 as a time; None when they make none."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 34:
        return None
    return datetime.fromtimestamp(value, UTC)
