"""Every message of screening.yml gets the reply of its group; "answer" goes on to the search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.screening import Screen, screen
from tests.intents.messages import read_messages

MESSAGES = read_messages("screening.yml")


@pytest.mark.parametrize(("group", "message"), MESSAGES)
def test_screen(group: str, message: str) -> None:
    expected = None if group == "answer" else Screen(group)

    assert screen(message) is expected


def test_the_file_is_large_enough_and_covers_every_screen() -> None:
    assert len(MESSAGES) >= 120
    assert {group for group, _ in MESSAGES} == {kind.value for kind in Screen} | {"answer"}


@pytest.mark.parametrize("message", ["🔥", "🆘🆘"])
def test_alarm_signs_are_not_empty(message: str) -> None:
    assert screen(message) is None


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_any_text_is_screened_without_raising(text: str) -> None:
    assert screen(text) in {None, *Screen}
