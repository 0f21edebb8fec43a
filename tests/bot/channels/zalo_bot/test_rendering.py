"""Replies without buttons: what is numbered, what is written out, and in which order."""

from bot.channels.rendering import units
from bot.channels.zalo_bot.rendering import LONGEST_TEXT, rendered
from bot.conversation.messages import Button, Image, Kind, Reply

CALL = Button(label="Gọi 114", url="tel:114")
PICTURE = Image(name="binh", alt="Rút chốt, bóp cò")


def texts(reply: Reply, url: str | None = None) -> list[str]:
    return [str(one.body.get("text", one.body.get("photo"))) for one in rendered(reply, lambda _name: url).parts]


def test_choices_are_numbered_and_addresses_written_out() -> None:
    buttons = (
        Button(label="Có", payload="yes"),
        Button(label="Văn bản", url="https://vbpl.vn/1"),
        CALL,
        Button(label="Cứu hộ", url="tel:115"),
        Button(label="Không", payload="no"),
    )
    reply = Reply(kind=Kind.FLOW, text="Bạn đồng ý không?", buttons=buttons)
    assert texts(reply) == [
        "Bạn đồng ý không?\n\nGọi 114\nCứu hộ: 115\n\nVăn bản: https://vbpl.vn/1\n\n1. Có\n2. Không\n(Gõ số để chọn.)"
    ]
    assert rendered(reply, lambda _name: None).options == ("yes", "no")


def test_a_picture_stands_before_its_text_or_is_told_in_words() -> None:
    reply = Reply(kind=Kind.ANSWER, text="Làm như hình.", image=PICTURE)
    assert texts(reply, "https://pccc.example/b.png") == ["https://pccc.example/b.png", "Làm như hình."]
    assert rendered(reply, lambda name: f"https://e/{name}").parts[0].body == {
        "method": "sendPhoto",
        "photo": "https://e/binh",
        "caption": PICTURE.alt,
    }
    assert texts(reply) == ["Làm như hình.\n\n(Hình: Rút chốt, bóp cò)"]


def test_in_an_emergency_the_actions_come_before_the_picture() -> None:
    reply = Reply(kind=Kind.EMERGENCY, text="Gọi 114 ngay!\nChạy ra.", image=PICTURE, buttons=(CALL,))
    assert texts(reply, "https://e/b") == ["Gọi 114 ngay!\nChạy ra.", "https://e/b"]


def test_an_emergency_that_does_not_open_with_the_number_is_given_it() -> None:
    reply = Reply(kind=Kind.EMERGENCY, text="Chạy ra ngay.", buttons=(CALL,))
    assert texts(reply) == ["Gọi 114\n\nChạy ra ngay."]


def test_nothing_is_nothing() -> None:
    assert rendered(Reply(kind=Kind.ANSWER, text=""), lambda _name: None).parts == ()
    unseen = Reply(kind=Kind.ANSWER, text="\u200b\ufeff\n", image=Image(name="a", alt="\u200b"))
    assert rendered(unseen, lambda _name: None).parts == ()
    [picture] = rendered(unseen, lambda _name: "https://e/a").parts
    assert picture.body == {"method": "sendPhoto", "photo": "https://e/a"}


def test_long_texts_are_cut_by_what_the_platform_may_count() -> None:
    assert [units(one) for one in texts(Reply(kind=Kind.ANSWER, text="🔥" * 1_500))] == [2_000, 1_000]
    assert texts(Reply(kind=Kind.ANSWER, text="á" * LONGEST_TEXT)) == ["á" * LONGEST_TEXT]
    long_alt = Reply(kind=Kind.ANSWER, text="", image=Image(name="a", alt="Câu. " * 500))
    assert [one.body["method"] for one in rendered(long_alt, lambda _name: "https://e/a").parts] == [
        "sendPhoto",
        "sendMessage",
    ]
