"""Replies as Telegram's messages."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.contract import Rendered
from bot.channels.rendering import units
from bot.channels.telegram.rendering import LONGEST_TEXT, render, web_address
from bot.conversation.messages import Button, Citation, Image, Kind, Reply
from tests.fakes.telegram_rules import check_keyboard, read_text

CALL = Button(label="Gọi 114", url="tel:114")


def reply(text: str = "Chào bạn.", *buttons: Button, kind: Kind = Kind.ANSWER, **more: Any) -> Reply:
    return Reply(kind=kind, text=text, buttons=buttons, **more)


def citation(marker: int, url: str | None) -> Citation:
    return Citation(
        marker=marker,
        document="Nghị định 105/2025/NĐ-CP",
        title="t",
        locator="Điều 27",
        status="còn hiệu lực",
        trust=None,
        url=url,
        passage="p",
    )


def rows(rendered: Rendered) -> list[dict[str, str]]:
    return [row for [row] in rendered.parts[-1].body["reply_markup"]["inline_keyboard"]]


def test_a_short_answer_is_one_message() -> None:
    [part] = render(reply("1 < 2 & “3”")).parts
    assert part.body == {"method": "sendMessage", "html": "1 &lt; 2 &amp; “3”", "plain": "1 < 2 & “3”"}


def test_sources_lead_to_where_they_are() -> None:
    [part] = render(reply("Phạt [1].", citations=(citation(1, "https://vbpl.vn/a?b=1&c=2"), citation(2, None)))).parts
    assert part.body["html"] == (
        "Phạt [1].\n\nNguồn:\n"
        '<a href="https://vbpl.vn/a?b=1&amp;c=2">[1] Nghị định 105/2025/NĐ-CP, Điều 27 (còn hiệu lực)</a>\n'
        "[2] Nghị định 105/2025/NĐ-CP, Điều 27 (còn hiệu lực)"
    )
    assert "vbpl" not in part.body["plain"]


def test_buttons_are_one_below_the_other_under_the_last_text() -> None:
    rendered = render(reply("Câu. " * 1000, Button(label="Có", payload="yes"), Button(label="Không", payload="no")))
    assert len(rendered.parts) == 2
    assert "reply_markup" not in rendered.parts[0].body
    assert rows(rendered) == [{"text": "Có", "callback_data": "yes"}, {"text": "Không", "callback_data": "no"}]
    assert rendered.options == ()


def test_more_than_eight_choices_are_numbered() -> None:
    rendered = render(reply("Chọn.", *(Button(label=f"L{number}", payload=f"p{number}") for number in range(1, 10))))
    [part] = rendered.parts
    assert "reply_markup" not in part.body
    assert part.body["plain"].endswith("9. L9\n(Gõ số để chọn.)")
    assert rendered.options == tuple(f"p{number}" for number in range(1, 10))


def test_a_payload_of_more_than_64_bytes_has_all_choices_numbered() -> None:
    fits, too_long = "ư" * 32, "ư" * 32 + "a"
    assert rows(render(reply("Chọn.", Button(label="a", payload=fits))))
    rendered = render(reply("Chọn.", Button(label="a", payload=too_long), Button(label="b", payload="b")))
    assert rendered.options == (too_long, "b")
    assert "reply_markup" not in rendered.parts[0].body


def test_labels_that_a_phone_would_cut_stand_in_the_text_too() -> None:
    question = "Nhà ống có một lối ra thì cần chuẩn bị lối thoát nạn thứ hai thế nào?"
    rendered = render(
        reply("Ý bạn là?", Button(label=question, payload="card:a"), Button(label="Khác", payload="none"))
    )
    assert f"1. {question}\n2. Khác" in rendered.parts[0].body["plain"]
    assert [row["text"] for row in rows(rendered)] == ["1. Nhà ống có một lối ra thì cần ch…", "2. Khác"]
    assert rendered.options == ("card:a", "none")


def test_numbers_to_call_are_text_since_telegram_refuses_them_on_buttons() -> None:
    [part] = render(reply("Đóng van gas.", CALL)).parts
    assert part.body["plain"] == "Đóng van gas.\n\nGọi 114"
    [named] = render(reply("Cháy thì gọi 114 ngay.", CALL)).parts
    assert named.body["plain"] == "Cháy thì gọi 114 ngay."


def test_an_emergency_begins_with_whom_to_call() -> None:
    [first, *_] = render(reply("Thoát ra. " * 900 + "gọi 114", CALL, kind=Kind.EMERGENCY)).parts
    assert first.body["plain"].startswith("Gọi 114\n\nThoát ra.")
    image = Image(name="x.png", alt="Bò thấp.")
    parts = render(reply("GỌI 114 NGAY.", CALL, kind=Kind.EMERGENCY, image=image)).parts
    assert [part.body["method"] for part in parts] == ["sendMessage", "sendPhoto"]
    assert parts[0].body["plain"] == "GỌI 114 NGAY."


def test_a_picture_comes_before_the_text() -> None:
    parts = render(reply("Làm như hình.", image=Image(name="x.png", alt="Rút chốt."))).parts
    assert parts[0].body == {"method": "sendPhoto", "picture": "x.png", "caption": "Rút chốt."}
    assert parts[1].body["plain"] == "Làm như hình."


def test_words_too_long_for_a_caption_are_text() -> None:
    photo, text = render(reply("Làm.", image=Image(name="x.png", alt="Rút. " * 300))).parts
    assert photo.body["caption"] == ""
    assert text.body["plain"].startswith("Làm.\n\nRút. Rút.")


def test_web_addresses_are_buttons_and_others_are_lines() -> None:
    rendered = render(
        reply("Xem.", Button(label="Cổng", url="https://a.gov.vn/x y"), Button(label="Trang", url="https://b.vn"))
    )
    assert rows(rendered) == [{"text": "Trang", "url": "https://b.vn"}]
    assert rendered.parts[0].body["plain"] == "Xem.\n\nCổng: https://a.gov.vn/x y"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://vbpl.vn/a?b=1#c", "https://vbpl.vn/a?b=1#c"),
        ("https://vbpl.vn/điều<1>", "https://vbpl.vn/%C4%91i%E1%BB%81u%3C1%3E"),
        ("http://localhost:8080/x", None),
        ("http://a.vn:99999/", None),
        ("tel:114", None),
        ("javascript:alert(1)", None),
        ("//vbpl.vn", None),
        ("https://[::1", None),
        ("", None),
    ],
)
def test_which_addresses_telegram_takes(address: str, expected: str | None) -> None:
    assert web_address(address) == expected


def test_lengths_are_counted_as_telegram_counts_them() -> None:
    assert (units("á"), units("🔥"), units("\ud83d")) == (1, 2, 1)
    assert all(units(part.body["plain"]) <= LONGEST_TEXT for part in render(reply("🔥" * 5000)).parts)


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "\ufeff \u2060\n\u200d", "\0"])
def test_a_reply_of_nothing_is_nothing(text: str) -> None:
    assert render(reply(text)).parts == ()


def test_buttons_without_words_that_are_seen_are_asked_for() -> None:
    rendered = render(reply("\u200b", Button(label="\u200b", payload="a")))
    assert rendered.parts[0].body["plain"] == "Mời bạn chọn:"
    assert rows(rendered) == [{"text": "Chọn", "callback_data": "a"}]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(max_size=40),
    st.integers(1, 400),
    st.lists(st.builds(Button, label=st.text(max_size=40), payload=st.text(max_size=30)), max_size=3),
    st.integers(1, 4),
)
def test_whatever_is_said_telegram_would_take(text: str, often: int, buttons: list[Button], times: int) -> None:
    for part in render(reply(text * often, *buttons * times)).parts:
        assert read_text(part.body["html"], "HTML", LONGEST_TEXT) == part.body["plain"]
        if "reply_markup" in part.body:
            check_keyboard(part.body["reply_markup"])
