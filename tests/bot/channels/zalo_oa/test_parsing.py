"""What Zalo's events become."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.contract import Event, EventKind
from bot.channels.zalo_oa.parsing import Parser
from tests.bot.channels.zalo_oa.setting import NOW, Clock, settings_for
from tests.fakes.zalo_oa import OA_ID, USER, FakeZaloOa
from tests.fakes.zalo_oa_events import SentMessage

FAKE = FakeZaloOa(now=Clock())
SENT = [SentMessage(f"m{n}", USER, {}, "cs", 0.0) for n in (1, 2)]


def read(body: dict[str, Any]) -> Event:
    [event] = Parser(settings_for("")).events(json.dumps(body, ensure_ascii=False).encode())
    return event


def attached(kind: str, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"attachments": [{"type": kind, "payload": payload}], **more}


def test_text() -> None:
    body = FAKE.user_writes(USER, "Nhà tôi cháy")
    event = read(body)
    assert event == Event(
        key=f"user_send_text:{body['message']['msg_id']}",
        kind=EventKind.TEXT,
        name="user_send_text",
        user=USER,
        at=event.at,
        text="Nhà tôi cháy",
    )
    assert event.at is not None
    assert abs((event.at - NOW).total_seconds()) < 1


@pytest.mark.parametrize("text", ["#~card:bao-chay", " #~none\n", "#~", "#~form:3f:2:skip"])
def test_a_pressed_button_comes_back_as_text(text: str) -> None:
    event = read(FAKE.user_writes(USER, text))
    assert (event.kind, event.text) == (EventKind.BUTTON, text.strip()[2:])


@pytest.mark.parametrize(
    "text",
    [
        *("#chay", "#cuu", "#sos", "#cuuvoi", "#CHAY!", "#114", "#", "##"),
        *("#cháy", "#114 cháy nhà tôi", "x #~card:1", "#~cháy nhà", "#~" + "x" * 1_000, "＃~card:1", "~#card:1"),
        "#card:1",
    ],
)
def test_words_with_a_sign_in_front_are_words(text: str) -> None:
    event = read(FAKE.user_writes(USER, text))
    assert (event.kind, event.text) == (EventKind.TEXT, text)


def test_a_picture_of_zalos_own_hosts() -> None:
    payload = {"url": "https://f20-zpc.zdn.vn/1.jpg", "thumbnail": "https://f20-zpc.zdn.vn/t.jpg"}
    event = read(FAKE.event("user_send_image", message=attached("image", payload, text="cháy ở đây")))
    assert (event.kind, event.text, event.media) == (EventKind.PHOTO, "cháy ở đây", ("https://f20-zpc.zdn.vn/1.jpg",))


@pytest.mark.parametrize(
    "url",
    [
        "http://f20-zpc.zdn.vn/1.jpg",
        "https://zdn.vn.evil.example/1.jpg",
        "https://evilzdn.vn/1.jpg",
        "https://user@127.0.0.1/zdn.vn",
        "https://[::1/1.jpg",
        "file:///etc/passwd",
    ],
)
def test_a_picture_from_elsewhere_is_seen_but_not_fetched(url: str) -> None:
    event = read(FAKE.event("user_send_image", message=attached("image", {"url": url})))
    assert (event.kind, event.media) == (EventKind.PHOTO, ())


def test_a_place() -> None:
    where = {"coordinates": {"latitude": "10.7626", "longitude": "106.6602"}}
    event = read(FAKE.event("user_send_location", message=attached("location", where)))
    assert (event.kind, event.location) == (EventKind.LOCATION, (10.7626, 106.6602))


@pytest.mark.parametrize(("latitude", "longitude"), [("x", "1"), ("91", "0"), ("0", "181"), ("nan", "0"), (None, "1")])
def test_a_place_that_is_none_is_unreadable(latitude: Any, longitude: Any) -> None:
    where = {"coordinates": {"latitude": latitude, "longitude": longitude}}
    event = read(FAKE.event("user_send_location", message=attached("location", where)))
    assert (event.kind, event.location) == (EventKind.UNREADABLE, None)


@pytest.mark.parametrize("kind", ["audio", "video", "sticker", "file", "gif", "something_new"])
def test_what_cannot_be_read_keeps_its_caption(kind: str) -> None:
    event = read(FAKE.event(f"user_send_{kind}", message={"text": "nghe đi"}))
    assert (event.kind, event.text, event.user) == (EventKind.UNREADABLE, "nghe đi", USER)


def test_a_link_with_words_is_words() -> None:
    link = attached("link", {"url": "https://example.vn"})
    assert read(FAKE.event("user_send_link", message={**link, "text": "đúng không?"})).kind is EventKind.TEXT
    assert read(FAKE.event("user_send_link", message=link)).kind is EventKind.UNREADABLE


def test_contacts() -> None:
    card = attached("link", {"description": json.dumps({"phone": "0901 234 567"})})
    event = read(FAKE.event("user_send_business_card", message=card))
    assert (event.kind, event.phone, event.own) == (EventKind.CONTACT, "0901234567", False)
    info = {"name": "Nguyễn A", "phone": "84901234567", "full_address": {"user_ward": "Phường 1"}}
    event = read(FAKE.event("user_submit_info", info=info))
    assert (event.kind, event.phone, event.own) == (EventKind.CONTACT, "84901234567", True)
    assert "Nguyễn" not in str(event.as_json())
    assert read(FAKE.event("user_submit_info", info={"phone": "không cho"})).kind is EventKind.OTHER


def test_comings_and_goings() -> None:
    assert read(FAKE.user_follows(USER)).kind is EventKind.FOLLOW
    assert read(FAKE.event("user_click_chatnow")).kind is EventKind.FOLLOW
    gone = read(FAKE.user_follows(USER, name="unfollow"))
    assert (gone.kind, gone.user) == (EventKind.UNFOLLOW, USER)
    assert read(FAKE.event("user_withdraw_consent")).kind is EventKind.ERASE


def test_receipts_know_their_resident_at_whichever_end() -> None:
    seen = read(FAKE.receipt(SENT, seen=True))
    assert (seen.kind, seen.messages, seen.user) == (EventKind.READ, ("m1", "m2"), USER)
    ends = {"sender": {"id": OA_ID}, "recipient": {"id": USER}}
    there = read({**FAKE.receipt(SENT, seen=False), **ends})
    assert (there.kind, there.messages, there.user) == (EventKind.DELIVERED, ("m1",), USER)
    assert read(FAKE.event("user_seen_message", message={"msg_ids": []})).kind is EventKind.OTHER


def test_an_official_is_told_from_our_own_echo() -> None:
    clerk = read(FAKE.clerk_writes(USER, "Tôi là cán bộ, để tôi trả lời."))
    assert (clerk.kind, clerk.user, clerk.text) == (EventKind.CLERK, USER, "Tôi là cán bộ, để tôi trả lời.")
    echo = read(FAKE.clerk_writes(USER, "Trợ lý", admin=None))
    assert (echo.kind, echo.user) == (EventKind.OTHER, USER)
    assert len(echo.messages) == 1


def test_who_is_not_logged_in_is_nobody() -> None:
    event = read(FAKE.event("anonymous_send_text", message={"text": "chào", "msg_id": "a1"}))
    assert (event.kind, event.user) == (EventKind.OTHER, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": {"id": "78"}},
        {"recipient": {"id": "78"}, "oa_id": OA_ID},
        {"oa_id": "78"},
        {"group_id": "5"},
        {"event_name": "user_send_group_text"},
        {"timestamp": "hôm qua"},
        {"timestamp": None},
        {"recipient": None, "sender": {"id": USER}},
    ],
)
@pytest.mark.parametrize("name", ["user_send_text", "user_send_image", "user_withdraw_consent", "unfollow"])
def test_what_is_of_another_oa_a_group_or_without_a_time_asks_for_nothing(name: str, changes: dict[str, Any]) -> None:
    event = read({**FAKE.event(name, message={"text": "cháy"}), **changes})
    assert (event.kind, event.text) == (EventKind.OTHER, "")


def test_an_official_who_writes_to_a_group_or_for_another_oa_silences_nobody() -> None:
    echo = FAKE.clerk_writes(USER, "chào cả nhóm")
    for changes in ({"event_name": "oa_send_group_text"}, {"sender": {"id": "78", "admin_id": "7"}}):
        event = read({**echo, **changes})
        assert (event.kind, event.user) == (EventKind.OTHER, None)


@pytest.mark.parametrize("ends", [{"oa_id": OA_ID, "sender": None}, {"oa_id": OA_ID, "recipient": None}])
def test_an_event_with_one_end_is_ours_if_it_names_us(ends: dict[str, Any]) -> None:
    assert read({**FAKE.event("user_click_chatnow"), "user_id": USER, **ends}).kind is EventKind.FOLLOW


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"event_name": None},
        {"event_name": "user_send_text"},
        {"event_name": "add_user_to_tag", "sender": {"id": USER}},
        {"event_name": "user_reacted_message", "sender": {"id": USER}, "message": {"msg_id": "m1"}},
        {"event_name": "change_template_status", "oa_id": OA_ID, "template_id": 7},
        {"event_name": "user_send_group_text", "sender": {"id": USER}, "message": {"text": "cả nhóm"}},
    ],
)
def test_the_rest_asks_for_nothing(body: dict[str, Any]) -> None:
    assert read(body).kind is EventKind.OTHER


def test_keys_tell_events_apart_and_repetitions_not() -> None:
    written = FAKE.user_writes(USER, "a")
    number = written["message"]["msg_id"]
    bodies = [
        written,
        FAKE.user_writes(USER, "a"),
        FAKE.event("user_seen_message", message={"msg_ids": [number]}),
        FAKE.event("user_seen_message", message={"msg_ids": [number, "other"]}),
        FAKE.event("user_received_message", message={"msg_id": number}),
        FAKE.event("user_reacted_message", message={"msg_id": number, "react_icon": "/-heart"}),
        FAKE.event("user_reacted_message", message={"msg_id": number, "react_icon": "/-strong"}),
        FAKE.event("oa_send_text", sender={"id": OA_ID}, recipient={"id": USER}, message={"msg_id": number}),
        FAKE.user_follows(USER),
        FAKE.user_follows("77"),
        FAKE.user_follows(USER),
        {"event_name": "x", "a": 1},
        {"event_name": "x", "a": 2},
    ]
    keys = [read(body).key for body in bodies]
    assert len(set(keys)) == len(keys)
    assert keys == [read(body).key for body in bodies]


def test_two_receipts_of_one_millisecond_are_two() -> None:
    seen = FAKE.receipt(SENT, seen=True)
    assert read(seen).key != read({**seen, "message": {"msg_ids": ["m9"]}}).key


def test_numbers_in_place_of_text_are_read() -> None:
    body = {**FAKE.user_writes(USER, "a"), "sender": {"id": int(USER)}, "timestamp": 1_795_323_600_000}
    event = read(body)
    assert (event.user, event.at is not None) == (USER, True)
