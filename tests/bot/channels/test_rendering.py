"""What the channels' renderings share."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import rendering
from bot.channels.contract import Outcome, Retryable, Throttled, Unknown
from bot.channels.foreign_answers import outcome_of_page
from bot.channels.rendering import calls, is_blank, pieces, sendable, units
from bot.conversation.messages import Button, Kind, Reply

CALL = Button(label="Gọi 114", url="tel:114")
RESCUE = Button(label="Cứu hộ", url="tel:115")


def test_examples_hold() -> None:
    result = doctest.testmod(rendering)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("á", 1), ("a\u0301", 2), ("🔥", 2), ("👨\u200d👩", 5), ("\ud83d", 1)]
)
def test_lengths_are_counted_in_utf16_units(text: str, length: int) -> None:
    assert units(text) == length


@given(st.text(st.characters(exclude_categories=())), st.integers(1, 60))
def test_whatever_is_cut_is_short_enough_can_be_encoded_and_is_seen(text: str, often: int) -> None:
    cut = pieces(text * often, 20)
    assert all(0 < units(one) <= 20 and not is_blank(one) for one in cut)
    "".join(cut).encode("utf-8")
    assert _seen("".join(cut)) == _seen(sendable(text * often))


def _seen(text: str) -> str:
    return "".join(sign for sign in text if not is_blank(sign))


def test_halves_of_characters_are_replaced_and_nul_goes() -> None:
    assert sendable("a\0b\ud83dc") == "ab\ufffdc"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Kind.ANSWER, "Chạy ra.", ("", "Gọi 114\nCứu hộ: 115")),
        (Kind.ANSWER, "x" * 300 + " gọi 114", ("", "Cứu hộ: 115")),
        (Kind.EMERGENCY, "Chạy ra.", ("Gọi 114\nCứu hộ: 115", "")),
        (Kind.EMERGENCY, "GỌI 114 NGAY.", ("Cứu hộ: 115", "")),
        (Kind.EMERGENCY, "x" * 300 + " gọi 114", ("Gọi 114\nCứu hộ: 115", "")),
    ],
)
def test_numbers_to_call_are_never_missing(kind: Kind, text: str, expected: tuple[str, str]) -> None:
    buttons = (CALL, Button(label="Có", payload="yes"), Button(label="Trang", url="https://a.vn"), RESCUE)
    assert calls(Reply(kind=kind, text=text, buttons=buttons)) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Unknown),
        (204, Unknown),
        (301, Retryable),
        (302, Retryable),
        (400, Retryable),
        (401, Retryable),
        (403, Retryable),
        (404, Retryable),
        (407, Retryable),
        (408, Unknown),
        (413, Retryable),
        (429, Throttled),
        (451, Retryable),
        (500, Unknown),
        (502, Unknown),
        (504, Unknown),
        (599, Unknown),
    ],
)
def test_what_a_page_means_in_place_of_an_answer(status: int, expected: type[Outcome]) -> None:
    assert type(outcome_of_page(status)) is expected
