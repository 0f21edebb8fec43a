"""Replies as Zalo's messages."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.contract import Part
from bot.channels.zalo_oa.buttons import buttons_of, in_lines, in_words
from bot.channels.zalo_oa.capabilities import Capability
from bot.channels.zalo_oa.rendering import clean, render
from bot.conversation.messages import Button, Citation, Image, Kind, Reply
from tests.fakes.zalo_oa_rules import check_buttons, check_text

CALL = Button(label="Gọi 114", url="tel:114")
PAGE = Button(label="Xem trang", url="https://example.vn/a")


def choices(count: int) -> tuple[Button, ...]:
    return tuple(Button(label=f"Việc {n}", payload=f"card:{n}") for n in range(1, count + 1))


def buttons(part: Part) -> list[dict[str, Any]]:
    return list(part.body["message"].get("attachment", {}).get("payload", {}).get("buttons", []))


def test_three_kinds_of_buttons_in_their_order() -> None:
    [part] = render(Reply(kind=Kind.ANSWER, text="Chọn", buttons=(CALL, *choices(1), PAGE))).parts
    assert buttons(part) == [
        {"title": "Gọi 114", "type": "oa.open.phone", "payload": {"phone_code": "114"}},
        {"title": "Việc 1", "type": "oa.query.hide", "payload": "#~card:1"},
        {"title": "Xem trang", "type": "oa.open.url", "payload": {"url": "https://example.vn/a"}},
    ]


def test_beyond_five_all_choices_are_numbered_and_links_stay() -> None:
    rendered = render(Reply(kind=Kind.SUGGEST, text="Ý bạn là?", buttons=(CALL, *choices(5))))
    [part] = rendered.parts
    assert [one["title"] for one in buttons(part)] == ["Gọi 114"]
    assert rendered.options == tuple(f"card:{n}" for n in range(1, 6))
    assert part.body["message"]["text"].endswith("5. Việc 5\n(Gõ số để chọn.)")


def test_links_beyond_five_and_odd_ones_are_words() -> None:
    many = tuple(Button(label=f"Trang {n}", url=f"https://example.vn/{n}") for n in range(7))
    mail = Button(label="Thư", url="mailto:a@example.vn")
    rendered = render(Reply(kind=Kind.ANSWER, text="Xem", buttons=(*many, mail)))
    [part] = rendered.parts
    assert len(buttons(part)) == 5
    for line in ("Trang 5: https://example.vn/5", "Trang 6: https://example.vn/6", "Thư: mailto:a@example.vn"):
        assert line in part.body["message"]["text"]
    assert rendered.options == ()


def test_a_long_emergency_calls_from_its_first_part_and_asks_at_its_last() -> None:
    reply = Reply(kind=Kind.EMERGENCY, text="GỌI 114. " + "Thoát ra ngay. " * 300, buttons=(*choices(2), CALL))
    parts = render(reply).parts
    assert len(parts) > 2
    assert [one["title"] for one in buttons(parts[0])] == ["Gọi 114"]
    assert [one["title"] for one in buttons(parts[-1])] == ["Việc 1", "Việc 2"]
    assert not any(map(buttons, parts[1:-1]))


def test_a_short_emergency_has_all_its_buttons() -> None:
    [part] = render(Reply(kind=Kind.EMERGENCY, text="GỌI 114.", buttons=(CALL, *choices(2)))).parts
    assert [one["title"] for one in buttons(part)] == ["Gọi 114", "Việc 1", "Việc 2"]


def test_the_text_comes_before_the_picture() -> None:
    citation = Citation(
        marker=1,
        document="Luật 55",
        title="",
        locator="Điều 5",
        status="còn hiệu lực",
        trust=None,
        url=None,
        passage="",
    )
    for kind in (Kind.EMERGENCY, Kind.ANSWER):
        reply = Reply(
            kind=kind,
            text="Làm thế này [1].",
            citations=(citation,),
            buttons=(CALL,),
            image=Image(name="pass.png", alt="Rút chốt."),
        )
        text, picture = render(reply).parts
        assert text.body["message"]["text"] == "Làm thế này [1].\n\nNguồn:\n[1] Luật 55, Điều 5 (còn hiệu lực)"
        assert len(buttons(text)) == 1
        assert picture.body == {"message": {"text": "Rút chốt."}, "upload": {"kind": "image", "name": "pass.png"}}


def test_text_is_composed_and_has_no_broken_characters() -> None:
    assert clean("Ch\u0061\u0301y\r\n\ud83d\x00!") == "Cháy\n\N{REPLACEMENT CHARACTER} !"


def test_a_part_has_room_for_the_lines_of_its_buttons() -> None:
    for length in range(1_800, 2_001):
        reply = Reply(kind=Kind.ANSWER, text=("Đi. " * 500)[:length], buttons=(CALL, *choices(3), PAGE))
        for part in render(reply).parts:
            message = part.body["message"]
            check_text(in_words(message, buttons_of(message)).get("text"))
            known = in_words(message, [one for one in buttons_of(message) if one["type"] == "oa.open.phone"])
            check_text(in_words(known, buttons_of(known)).get("text"))


def test_buttons_as_lines() -> None:
    [part] = render(Reply(kind=Kind.ANSWER, text="Chọn", buttons=(*choices(2), CALL, PAGE))).parts
    assert in_lines(buttons(part)).splitlines() == [
        "Gọi 114",
        "Xem trang: https://example.vn/a",
        "1. Việc 1",
        "2. Việc 2",
        "(Gõ lại lời bạn chọn.)",
    ]
    kept = in_words(part.body["message"], [buttons(part)[2]])
    assert kept["text"] == "Chọn\n\nGọi 114"
    assert len(buttons_of(kept)) == 3


def test_addresses_that_are_long_in_lines_are_words_at_once() -> None:
    long = tuple(Button(label=f"Trang {n}", url=f"https://example.vn/{n}{'x' * 300}") for n in range(3))
    [part] = render(Reply(kind=Kind.ANSWER, text="Xem", buttons=(*long, *choices(2)))).parts
    assert buttons(part) == []
    assert all(str(one.url) in part.body["message"]["text"] for one in long)


def test_buttons_that_the_oa_is_refused_are_words_and_numbers() -> None:
    reply = Reply(kind=Kind.EMERGENCY, text="GỌI 114.", buttons=(CALL, *choices(2), PAGE))
    rendered = render(reply, lambda kind: kind is Capability.SHORT_CALLS)
    assert [one["title"] for one in buttons(rendered.parts[0])] == ["Việc 1", "Việc 2", "Xem trang"]
    assert rendered.parts[0].body["message"]["text"] == "GỌI 114.\n\nGọi 114"
    assert rendered.options == ()
    rendered = render(reply, lambda _kind: True)
    assert "attachment" not in rendered.parts[0].body["message"]
    assert rendered.options == ("card:1", "card:2")
    assert "2. Việc 2\n(Gõ số để chọn.)" in rendered.parts[0].body["message"]["text"]


_TEXT = st.text(max_size=300) | st.text(max_size=40).map(lambda text: text * 150)
_BUTTON = st.builds(
    Button,
    label=st.text(max_size=150),
    payload=st.none() | st.text(max_size=80),
    url=st.none() | st.sampled_from(["tel:114", "tel:", "https://example.vn", "https://a b", "x:y", "/trong-trang"]),
)


@settings(max_examples=150)
@given(_TEXT, st.lists(_BUTTON, max_size=9), st.sampled_from(Kind), st.booleans())
def test_whatever_the_reply_zalo_takes_it(text: str, pressed: list[Button], kind: Kind, image: bool) -> None:
    picture = Image(name="a.png", alt=text) if image else None
    rendered = render(Reply(kind=kind, text=text, buttons=tuple(pressed), image=picture))
    for part in rendered.parts:
        message = part.body["message"]
        if "text" in message:
            check_text(message["text"])
        if "attachment" in message:
            check_buttons(message["attachment"]["payload"]["buttons"])
            check_text(in_words(message, buttons(part))["text"])
    payloads = [one.payload for one in pressed if one.payload is not None]
    shown = [one["payload"][2:] for part in rendered.parts for one in buttons(part) if one["type"] == "oa.query.hide"]
    assert payloads in ([*rendered.options], shown)
