"""Zalo's webhook events as events of the contract. Strange ones become `OTHER`; nothing raises."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from bot.channels.contract import LONGEST_KEY, Event, EventKind, RefusedError
from bot.channels.fetching import may_fetch, tell_refused
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.channels.zalo_oa.signature import moment

PREFIX: Final = "#~"
"""In front of a button's payload, since Zalo sends a pressed button as text. Nobody types it; "#cuu" is a word."""
PRESSED: Final = re.compile(r"#~[!-~]{0,998}")
"""A payload has no blanks and no Vietnamese letters."""
_KNOWN_SENDINGS: Final = ("text", "image", "gif", "list", "link", "audio", "video", "sticker", "location", "file")
KNOWN_EVENTS: Final = frozenset(
    {
        *(f"{who}_send_{what}" for who in ("user", "oa", "anonymous") for what in _KNOWN_SENDINGS),
        "user_send_business_card",
        "follow",
        "unfollow",
        "user_submit_info",
        "user_received_message",
        "user_seen_message",
        "user_reacted_message",
        "oa_reacted_message",
        "user_click_chatnow",
        "add_user_to_tag",
        "remove_user_from_tag",
        "update_user_info",
        "change_template_status",
        "change_template_quality",
        "change_oa_daily_quota",
        "user_feedback",
    }
)
"""Names that Zalo's documentation has; others are told to the operator, since the withdrawal's is not confirmed."""
_UNKEPT: Final = re.compile(r"[\x00\ud800-\udfff]")
_LONGEST_NAME: Final = 100

_Body: TypeAlias = Mapping[str, Any]


class Parser:
    """Reads the events of one account."""

    def __init__(self, settings: ZaloOaSettings) -> None:
        self._settings = settings

    def events(self, raw: bytes) -> tuple[Event, ...]:
        """Return the event of a webhook's body. Raises `RefusedError` with 400 when it is no JSON object."""
        try:
            body: object = json.loads(raw)
        except (ValueError, RecursionError):
            raise RefusedError(400, "the body is not JSON") from None
        if not isinstance(body, dict):
            raise RefusedError(400, "the body is no JSON object")
        return (self._event(body, raw),)

    def _event(self, body: _Body, raw: bytes) -> Event:
        name = _text(body.get("event_name"))[:_LONGEST_NAME] or "unknown"
        user = self._user(name, body) if self._is_ours(name, body) else None
        bare = Event(
            key=_key(name, user, body, raw),
            kind=EventKind.OTHER,
            name=name,
            user=user,
            at=moment(body.get("timestamp")),
        )
        if user is None or bare.at is None:  # without a time it may be an old one that is played back
            return bare
        if name in self._settings.withdrawal_events:
            return replace(bare, kind=EventKind.ERASE)
        if name.startswith("oa_send_"):
            return _echo(bare, body)
        read = _READERS.get(name)
        event = read(bare, body) if read else None
        if event is None and name.startswith("user_send_"):
            # The resident did send something: they are told that it cannot be read, not left without an answer.
            event = replace(bare, kind=EventKind.UNREADABLE, text=_text(_message(body).get("text")))
        if event is None:
            return bare
        return replace(event, media=tuple(url for url in event.media if self._may_fetch(url)))

    def _is_ours(self, name: str, body: _Body) -> bool:
        """Whether the event is of a resident and our OA: not of another OA of the app, and not of a group."""
        if "group" in name or body.get("group_id") is not None:
            return False
        ours = self._settings.oa_id
        named = _identity(body.get("oa_id"))
        ends = [_identity(body[end].get("id")) for end in ("sender", "recipient") if isinstance(body.get(end), dict)]
        if named is not None and named != ours:
            return False
        # An end that stands alone is the resident's, if the event names our OA beside it.
        return ours in ends or not ends or (named is not None and len(ends) == 1)

    def _user(self, name: str, body: _Body) -> str | None:
        """Return who it is about: whichever end is not our OA, since sources disagree about receipts.

        Those who are not logged in to Zalo (`anonymous_send_*`) are nobody: they can only be answered by another call
        with the id of their conversation, they have no window and no consent, and nobody knows them again.
        """
        if name.startswith(("anonymous_", "oa_send_anonymous")):
            return None
        for end in ("follower", "sender", "recipient"):
            who = _identity(_mapping(body.get(end)).get("id"))
            if who and who != self._settings.oa_id:
                return who
        return _identity(body.get("user_id"))

    def _may_fetch(self, url: str) -> bool:
        allowed = may_fetch(url, self._settings.media_hosts)
        if not allowed:
            tell_refused("zalo_oa", url)
        return allowed


def _echo(bare: Event, body: _Body) -> Event:
    """What the OA itself sent: by an official in OA Manager, whom `admin_id` names, or by us through the API."""
    message = _message(body)
    sent = tuple(filter(None, [_text(message.get("msg_id"))]))
    by_hand = _identity(_mapping(body.get("sender")).get("admin_id")) is not None
    kind = EventKind.CLERK if by_hand else EventKind.OTHER
    return replace(bare, kind=kind, text=_text(message.get("text")), messages=sent)


def _written(bare: Event, body: _Body) -> Event | None:
    text = _message(body).get("text")
    if not isinstance(text, str):
        return None
    if PRESSED.fullmatch(text.strip()):
        return replace(bare, kind=EventKind.BUTTON, text=text.strip().removeprefix(PREFIX))
    return replace(bare, kind=EventKind.TEXT, text=_text(text))


def _link(bare: Event, body: _Body) -> Event | None:
    """A link with words is read as words; without any, it cannot be read."""
    text = _text(_message(body).get("text"))
    return replace(bare, kind=EventKind.TEXT, text=text) if text.strip() else None


def _picture(bare: Event, body: _Body) -> Event | None:
    urls = tuple(filter(None, (_text(one.get("url")) for one in _payloads(body))))
    if not urls:
        return None
    return replace(bare, kind=EventKind.PHOTO, text=_text(_message(body).get("text")), media=urls)


def _place(bare: Event, body: _Body) -> Event | None:
    for payload in _payloads(body):
        where = _mapping(payload.get("coordinates"))
        try:
            latitude, longitude = float(where["latitude"]), float(where["longitude"])
        except (KeyError, TypeError, ValueError):
            continue
        if abs(latitude) <= 90 and abs(longitude) <= 180:  # also refuses what is not a number
            text = _text(_message(body).get("text"))
            return replace(bare, kind=EventKind.LOCATION, location=(latitude, longitude), text=text)
    return None


def _card(bare: Event, body: _Body) -> Event | None:
    """A card of somebody in the sender's address book: not vouched for as their own."""
    for payload in _payloads(body):
        phone = _phone(payload.get("phone")) or _phone(_described(payload.get("description")).get("phone"))
        if phone:
            return replace(bare, kind=EventKind.CONTACT, phone=phone)
    return None


def _submitted(bare: Event, body: _Body) -> Event | None:
    """What a resident gave when asked. Only the phone is taken; the name and the address are not needed."""
    phone = _phone(_mapping(body.get("info")).get("phone"))
    return replace(bare, kind=EventKind.CONTACT, phone=phone, own=True) if phone else None


def _receipt(kind: EventKind) -> Callable[[Event, _Body], Event | None]:
    def read(bare: Event, body: _Body) -> Event | None:
        ids = _message_ids(body)
        return replace(bare, kind=kind, messages=ids) if ids else None

    return read


def _simply(kind: EventKind) -> Callable[[Event, _Body], Event | None]:
    return lambda bare, _body: replace(bare, kind=kind)


_READERS: Final[Mapping[str, Callable[[Event, _Body], Event | None]]] = {
    "user_send_text": _written,
    "user_send_link": _link,
    "user_send_image": _picture,
    "user_send_location": _place,
    "user_send_business_card": _card,
    "user_submit_info": _submitted,
    "user_received_message": _receipt(EventKind.DELIVERED),
    "user_seen_message": _receipt(EventKind.READ),
    "user_click_chatnow": _simply(EventKind.FOLLOW),
    "follow": _simply(EventKind.FOLLOW),
    "unfollow": _simply(EventKind.UNFOLLOW),
}


def _key(name: str, user: str | None, body: _Body, raw: bytes) -> str:
    """Return what a repetition has in common: the message's id, else the name, the time and the resident.

    The name stands in front, since a receipt carries the id of the message that it is about. A receipt for several
    messages has a digest of their ids at its end: two of them may come in the same millisecond.
    """
    message = _message(body)
    number = _text(message.get("msg_id"))
    if number and (name.startswith(("user_send_", "oa_send_", "anonymous_send_")) or name == "user_received_message"):
        key = f"{name}:{number}"
    else:
        # Events about nobody are told apart by all that they say; a repetition says the same.
        key = f"{name}:{_text(body.get('timestamp'))}:{user or hashlib.sha256(raw).hexdigest()[:16]}"
        several = _message_ids(body)
        if several:
            key += f":{_digest(' '.join(several))[:16]}"
    return key if len(key) <= LONGEST_KEY else f"{name[:60]}:{_digest(key)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _message(body: _Body) -> _Body:
    return _mapping(body.get("message"))


def _message_ids(body: _Body) -> tuple[str, ...]:
    message = _message(body)
    several = message.get("msg_ids")
    ids = several if isinstance(several, list) else [message.get("msg_id")]
    return tuple(filter(None, map(_text, ids)))


def _payloads(body: _Body) -> list[_Body]:
    attachments = _message(body).get("attachments")
    listed = attachments if isinstance(attachments, list) else []
    return [_mapping(_mapping(one).get("payload")) for one in listed]


def _described(description: object) -> _Body:
    """A business card's description is JSON in a string."""
    try:
        return _mapping(json.loads(description)) if isinstance(description, str) else _mapping(description)
    except (ValueError, RecursionError):
        return {}


def _phone(value: object) -> str | None:
    digits = re.sub(r"[\s.()-]", "", _text(value))
    return digits if re.fullmatch(r"\+?[0-9]{6,15}", digits) else None


def _identity(value: object) -> str | None:
    """Return an id as text. Zalo's ids are 64-bit numbers in strings; some events have them as numbers."""
    return _text(value).strip()[:LONGEST_KEY] or None


def _text(value: object) -> str:
    """Return text, or a whole number as text, such that a database can keep it."""
    if isinstance(value, str):
        return _UNKEPT.sub("\N{REPLACEMENT CHARACTER}", value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _mapping(value: object) -> _Body:
    return value if isinstance(value, dict) else {}
