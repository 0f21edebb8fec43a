"""Telegram's updates as events."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from bot.channels.contract import Event, EventKind
from bot.channels.telegram.parsing import event_of

CHAT: Final = {"id": 7, "type": "private", "first_name": "Lan"}
LAN: Final = {"id": 7, "is_bot": False, "first_name": "Lan"}
AT: Final = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def message(chat: object = None, sender: object = None, **content: Any) -> Event:
    fields = {"message_id": 5, "date": int(AT.timestamp()), "chat": chat or CHAT, "from": sender or LAN, **content}
    return event_of({"update_id": 9, "message": fields})


def file(**more: Any) -> dict[str, Any]:
    return {"file_id": "F", "file_unique_id": "U", **more}


def test_a_text() -> None:
    assert message(text="cháy rồi") == Event(
        key="update:9", kind=EventKind.TEXT, name="message.text", user="7", at=AT, text="cháy rồi"
    )


@pytest.mark.parametrize(
    ("written", "kind", "text", "start"),
    [
        ("/start", EventKind.FOLLOW, "", None),
        ("/start@TroLyBot", EventKind.FOLLOW, "", None),
        ("/start poster_kim-ma", EventKind.FOLLOW, "", "poster_kim-ma"),
        ("/start@TroLyBot x1", EventKind.FOLLOW, "", "x1"),
        ("/start cháy rồi", EventKind.TEXT, "cháy rồi", None),
        ("/start " + "a" * 65, EventKind.TEXT, "a" * 65, None),
        ("/startx", EventKind.TEXT, "/startx", None),
        ("/stop", EventKind.TEXT, "/stop", None),
        ("/stop@TroLyBot", EventKind.TEXT, "/stop", None),
        ("/help@TroLyBot cháy", EventKind.TEXT, "/help cháy", None),
        ("hỏi /help@TroLyBot", EventKind.TEXT, "hỏi /help@TroLyBot", None),
        ("a@b.vn", EventKind.TEXT, "a@b.vn", None),
    ],
)
def test_commands(written: str, kind: EventKind, text: str, start: str | None) -> None:
    event = message(text=written)
    assert (event.kind, event.text, event.start) == (kind, text, start)


def test_a_photo_is_taken_in_its_largest_size() -> None:
    sizes = [file(file_id="S", width=90, height=60), file(file_id="L", width=1280, height=960), file(file_id="?")]
    event = message(photo=sizes, caption="lối thoát bị khóa")
    assert (event.kind, event.media, event.text) == (EventKind.PHOTO, ("L",), "lối thoát bị khóa")


@pytest.mark.parametrize(
    ("sizes", "taken"),
    [
        ([(90, 60), (1280, 960), (2560, 1920)], 1280),
        ([(90, 60), (1600, 1200)], 1600),
        ([(2560, 1920), (1920, 2560)], 2560),
        ([(4000, 3000), (1700, 1200)], 1700),
    ],
)
def test_of_the_sizes_of_a_photo_none_is_taken_that_is_larger_than_is_kept(
    sizes: list[tuple[int, int]], taken: int
) -> None:
    photo = [{"file_id": str(width), "width": width, "height": height} for width, height in sizes]
    assert message(photo=photo).media == (str(taken),)


def test_a_picture_sent_as_a_file_is_a_photo() -> None:
    event = message(document=file(mime_type="image/png"))
    assert (event.kind, event.media) == (EventKind.PHOTO, ("F",))


@pytest.mark.parametrize(
    "sort", ["voice", "video", "video_note", "audio", "animation", "document", "sticker", "story", "poll", "dice"]
)
def test_what_cannot_be_read_keeps_its_caption(sort: str) -> None:
    event = message(**{sort: file()}, caption="nghe giúp")
    assert (event.kind, event.name, event.text) == (EventKind.UNREADABLE, f"message.{sort}", "nghe giúp")


def test_a_place() -> None:
    event = message(location={"latitude": 21.03, "longitude": 105.8, "live_period": 60})
    assert (event.kind, event.location, event.text) == (EventKind.LOCATION, (21.03, 105.8), "")


def test_a_venue_is_a_place_with_a_name() -> None:
    place = {"latitude": 21.03, "longitude": 105.8}
    event = message(venue={"location": place, "title": "Chợ Kim Mã", "address": "Ba Đình"}, location=place)
    assert (event.location, event.text) == ((21.03, 105.8), "Chợ Kim Mã, Ba Đình")


@pytest.mark.parametrize(("of", "own"), [(7, True), (8, False), (None, False), ("7", False)])
def test_a_phone_number_is_vouched_for_only_if_it_is_the_senders(of: object, own: bool) -> None:
    event = message(contact={"phone_number": "+84901234567", "first_name": "Lan", "user_id": of})
    assert (event.kind, event.phone, event.own) == (EventKind.CONTACT, "+84901234567", own)


def test_a_button() -> None:
    query = {"id": "q1", "from": LAN, "message": {"message_id": 3, "date": 0, "chat": CHAT}, "data": "card:gas"}
    event = event_of({"update_id": 9, "callback_query": query})
    assert event == Event(
        key="update:9", kind=EventKind.BUTTON, name="callback_query", user="7", text="card:gas", answer_to="q1"
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("kicked", EventKind.UNFOLLOW),
        ("left", EventKind.UNFOLLOW),
        ("member", EventKind.FOLLOW),
        ("restricted", EventKind.OTHER),
    ],
)
def test_who_blocks_the_bot_and_comes_back(status: str, kind: EventKind) -> None:
    change = {"chat": CHAT, "from": LAN, "date": int(AT.timestamp()), "new_chat_member": {"status": status}}
    event = event_of({"update_id": 9, "my_chat_member": change})
    assert (event.kind, event.user, event.at) == (kind, "7", AT)


@pytest.mark.parametrize("sort", ["group", "supergroup", "channel"])
def test_groups_and_channels_are_left_alone(sort: str) -> None:
    assert message(chat={"id": -100, "type": sort}, text="bí mật") == Event(
        key="update:9", kind=EventKind.OTHER, name="message.group"
    )


def test_other_updates_are_kept_by_name() -> None:
    for name in ("edited_message", "channel_post", "message_reaction", "something_new"):
        event = event_of({"update_id": 9, name: {"text": "x", "chat": CHAT, "from": LAN}})
        assert (event.kind, event.name, event.user) == (EventKind.OTHER, name, None)
    assert event_of({"update_id": 9}).name == "unknown"
    assert event_of({"update_id": 9, "<b>\x00": {}}).name == "unknown"


def test_what_bots_write_is_left_alone() -> None:
    assert message(sender={**LAN, "is_bot": True}, text="x").kind is EventKind.OTHER


@pytest.mark.parametrize(
    "content",
    [
        {"text": 7},
        {"text": ""},
        {"text": "x", "chat": {"id": 8, "type": "private"}},
        {"photo": []},
        {"photo": [7]},
        {"photo": [{"width": 1}]},
        {"location": {"latitude": float("nan"), "longitude": 1}},
        {"location": {"latitude": 91, "longitude": 1}},
        {"location": {"latitude": "21", "longitude": "105"}},
        {"contact": {"phone_number": 7}},
        {"document": "x"},
    ],
)
def test_odd_fields_are_other_and_raise_nothing(content: dict[str, Any]) -> None:
    event = event_of({"update_id": 9, "message": {"date": 1, "chat": CHAT, "from": LAN, **content}})
    assert (event.kind, event.name) == (EventKind.OTHER, "message.odd")


@pytest.mark.parametrize("date", [None, "x", -1, 1_795_282_441_595, 10**30, True])
def test_an_odd_time_costs_no_message(date: object) -> None:
    event = event_of({"update_id": 9, "message": {"date": date, "chat": CHAT, "from": LAN, "text": "cháy"}})
    assert (event.kind, event.at) == (EventKind.TEXT, None)


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert message(text="cháy \ud83d").text == "cháy ?"
