"""Wrong codes are counted, each conversation's by itself, for an hour."""

from __future__ import annotations

from uuid import uuid4

from bot.wrong_codes import MOST_WRONG, WRONG_SECONDS, WrongCodes


def test_wrong_codes_are_counted_for_an_hour_and_one_conversation() -> None:
    seconds = [0.0]
    wrong, one, other = WrongCodes(lambda: seconds[0]), uuid4(), uuid4()
    for number in range(MOST_WRONG):
        assert not wrong.too_many(one)
        seconds[0] = number
        wrong.note(one)
    assert wrong.too_many(one)
    assert not wrong.too_many(other)
    seconds[0] = WRONG_SECONDS
    assert not wrong.too_many(one)  # the first one is an hour old
    wrong.note(one)
    assert wrong.too_many(one)


def test_wrong_codes_of_many_take_no_more_memory() -> None:
    wrong, first = WrongCodes(lambda: 0.0), uuid4()
    for _ in range(MOST_WRONG):
        wrong.note(first)
    for _ in range(10_000):
        wrong.note(uuid4())
    assert not wrong.too_many(first)
