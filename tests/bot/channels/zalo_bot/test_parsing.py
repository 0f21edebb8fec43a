"""Events of the platform, as they are documented and as they are not."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.contract import Event, EventKind, RefusedError
from bot.channels.zalo_bot.parsing import events_in, events_of

USER = "6ede9afa66b88fe6d6a9"


def told(name: str, **fields: Any) -> dict[str, Any]:
    message = {
        "from": {"id": USER, "display_name": "Ted", "is_bot": False},
        "chat": {"id": USER, "chat_type": "PRIVATE"},
        "message_id": "2d75",
        "date": 1_750_316_131_602,
        **fields,
    }
    return {"message": message, "event_name": name}


def only(body: object) -> Event:
    [event] = events_in(body)
    return event


def test_a_text() -> None:
    assert only({"ok": True, "result": told("message.text.received", text="Xin chào")}) == Event(
        key="message.text.received:2d75",
        kind=EventKind.TEXT,
        name="message.text.received",
        user=USER,
        at=datetime(2025, 6, 19, 6, 55, 31, 602_000, UTC),
        text="Xin chào",
    )


def test_a_picture_with_its_caption() -> None:
    event = only(told("message.image.received", photo="https://zalo.example/a.jpg", caption="cháy ở đây"))
    assert (event.kind, event.media, event.text) == (
        EventKind.PHOTO,
        ("https://zalo.example/a.jpg",),
        "cháy ở đây",
    )
    assert only(told("message.image.received", photo=[{"no": "url"}])).media == ()


@pytest.mark.parametrize("name", ["sticker", "voice", "unsupported"])
def test_what_nobody_here_can_read(name: str) -> None:
    assert only(told(f"message.{name}.received")).kind is EventKind.UNREADABLE


@pytest.mark.parametrize(
    "fields",
    [
        {"chat": {"id": "g", "chat_type": "GROUP"}},
        {"chat": {"id": "g", "chat_type": "CHANNEL"}},
        {"chat": {"id": "another"}},
        {"chat": None},
        {"from": {"id": USER, "is_bot": True}},
    ],
)
def test_groups_and_other_bots_are_nobody(fields: dict[str, Any]) -> None:
    event = only(told("message.text.received", text="a", **fields))
    assert (event.kind, event.user, event.text) == (EventKind.OTHER, None, "")


def test_an_event_that_is_new_asks_for_nothing() -> None:
    event = only(told("message.reaction.received"))
    assert (event.kind, event.user) == (EventKind.OTHER, USER)


def test_a_chat_without_its_type_is_private_if_it_is_the_senders() -> None:
    assert only(told("message.text.received", text="a", chat={"id": USER})).user == USER


def test_the_result_may_come_bare_or_in_a_list() -> None:
    event = told("message.text.received", text="a")
    assert events_in(event) == events_in([event]) == events_in({"ok": True, "result": [event]})


@pytest.mark.parametrize("body", [None, {}, [], 7, "x", {"ok": True}, {"ok": True, "result": None}, {"result": {}}])
def test_where_there_is_no_event(body: object) -> None:
    assert events_in(body) == ()
    with pytest.raises(RefusedError) as refusal:
        events_of(json.dumps(body).encode())
    assert refusal.value.status == 400


@pytest.mark.parametrize("number", [None, "", "9" * 200])
def test_without_a_short_id_the_whole_event_is_its_key(number: str | None) -> None:
    one, same, other = (only(told("message.text.received", text=text, message_id=number)) for text in ("a", "a", "b"))
    assert one.key == same.key != other.key
    assert one.key.startswith("digest:")


@pytest.mark.parametrize(
    ("date", "at"),
    [
        (1_750_316_131, datetime(2025, 6, 19, 6, 55, 31, tzinfo=UTC)),
        (10**30, None),
        (True, None),
        ("1750316131602", None),
        (float("nan"), None),
    ],
)
def test_dates(date: object, at: datetime | None) -> None:
    assert only(told("message.text.received", text="a", date=date)).at == at


def test_numbers_are_taken_for_ids_and_broken_signs_are_replaced() -> None:
    chat = {"id": 17, "chat_type": "private"}
    event = only(told("message.text.received", text="a\ud800\0b", chat=chat))
    assert (event.user, event.text) == ("17", "a?b")
