"""Reading the forms of campaigns, apart from their pages."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from multidict import MultiDict

from bot.campaigns.content import First, Moment, Repeat, Source
from bot.console.campaign_message_form import address_of, new_message, read_hour, read_message, source_at, typed_of
from bot.console.campaign_pieces import digest_of, free_key, message_piece, with_message, without_message
from bot.console.campaign_rules_form import typed_rules
from bot.console.campaign_words import first_in_words, repeat_in_words, when_in_words
from bot.console.forms import Fields
from knowledge.places import Places

from .campaigning import message, plan


@pytest.mark.parametrize(
    ("typed", "hour"),
    [
        ("08:00", time(8)),
        ("8h", time(8)),
        ("19h30", time(19, 30)),
        ("7.15", time(7, 15)),
        (" 0:05 ", time(0, 5)),
        ("24:00", None),
        ("8:60", None),
        ("tối", None),
        ("", None),
        ("٨", None),
    ],
)
def test_hours_as_people_type_them(typed: str, hour: time | None) -> None:
    fields = Fields(MultiDict({"hour": typed}))
    assert (read_hour(fields, "hour"), fields.fine) == (hour, hour is not None)


@pytest.mark.parametrize("source", [Source(document="a", locator="dieu-1"), Source(document="a")])
def test_a_source_as_one_word(source: Source) -> None:
    assert source_at(address_of(source)) == source


@pytest.mark.parametrize(
    ("length", "amount", "unit"),
    [
        (timedelta(minutes=90), "90", "minutes"),
        (timedelta(hours=36), "36", "hours"),
        (timedelta(days=2), "2", "days"),
    ],
)
def test_how_long_it_may_go_in_its_largest_unit(length: timedelta, amount: str, unit: str) -> None:
    typed = typed_of(message(send_for=length))
    assert (typed["send_for"], typed["unit"]) == (amount, unit)


def test_an_empty_form_is_no_message() -> None:
    fields = Fields(MultiDict())
    assert read_message(fields, new_message("tin-1")) is None
    assert {"title", "when", "send_for", "unit", "text-household"} <= set(fields.faults)


def test_messages_stand_in_the_order_of_their_times() -> None:
    late = message("muon", when=Moment(at=datetime.fromisoformat("2027-01-01T08:00")))
    held = plan(message("sau", days=2), late)
    assert [one.key for one in with_message(held, message("truoc", days=-1)).messages] == ["truoc", "sau", "muon"]
    again = with_message(held, message("sau", days=-5))
    assert [one.key for one in again.messages] == ["sau", "muon"]


def test_what_hangs_on_a_message_goes_with_it() -> None:
    held = plan(message("mot"), message("hai", days=1, unless=("answered", "mot")))
    [left] = without_message(held, "mot").messages
    assert (left.key, left.unless) == ("hai", None)


def test_a_key_that_is_free() -> None:
    assert free_key(plan(message("tin-1"), message("tin-3"))) == "tin-2"


def test_a_piece_has_another_digest_when_it_changes_and_only_then() -> None:
    held = plan(message("mot"), message("hai"))
    other = with_message(held, message("hai", title="Khác"))
    assert digest_of(held, message_piece("mot")) == digest_of(other, message_piece("mot"))
    assert digest_of(held, message_piece("hai")) != digest_of(other, message_piece("hai"))
    assert digest_of(held, message_piece("ba")) == ""


@pytest.mark.parametrize(
    ("rule", "kind"), [("ngay-04-10", "occasion"), ("month:4", "month"), ("lunar:15", "lunar")], ids=str
)
def test_repetition_in_its_form_and_in_words(rule: str, kind: str) -> None:
    repeat = Repeat(rule=rule, ahead=30)
    assert typed_rules(plan(repeat=repeat))["repeat"] == kind
    words = {"occasion": "Hằng năm, dịp X;", "month": "Ngày 4 dương lịch hằng tháng;", "lunar": "Rằm hằng tháng;"}
    assert repeat_in_words(repeat, {"ngay-04-10": "X"}).startswith(words[kind])


def test_the_first_few_in_words() -> None:
    assert first_in_words(None, Places()).startswith("Gửi cho tất cả")
    by_hand = First(percent=0.5, watch=timedelta(hours=2), alone=False)
    assert first_in_words(by_hand, Places()) == "Gửi trước cho 0,5 %, theo dõi 2 giờ, rồi chờ người bấm “Gửi tiếp”."


def test_moments_in_words() -> None:
    assert when_in_words(Moment(days=0, hour=time(7))) == "07:00, đúng ngày chính"
    assert when_in_words(Moment(days=2, hour=time(19, 30))) == "19:30, 2 ngày sau ngày chính"
