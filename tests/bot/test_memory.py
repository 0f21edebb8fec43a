"""What is remembered: stored and read back, and for how long it counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bot.conversation.flows.forms import Form
from bot.conversation.flows.lifecycle import State
from bot.conversation.memory import (
    ALARM_STAYS,
    FRAGMENTS_STAY,
    PHOTOS_STAY,
    PLACE_STAYS,
    SUBJECT_STAYS,
    Alarm,
    Fragment,
    Memory,
    Subject,
)

NOW = datetime(2026, 11, 21, 8, 30, 15, 250, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
FORM = Form(
    flow="report",
    step="text",
    token="0a1b2c",
    touched=NOW,
    values={"kind": "hazard", "where": ""},
    path=("kind", "where"),
    tries=2,
    state=State.PAUSED,
)
FULL = Memory(
    subject=Subject("bình hết hạn thì sao?", ("a", "b"), NOW, "f00d"),
    form=FORM,
    offered=("card:a", "none"),
    offered_at=NOW,
    fragments=(Fragment("alo", NOW), Fragment("ad ơi", NOW)),
    alarm=Alarm("burning", "cháy nhà rồi", NOW),
    place=("Phường Gò Vấp (Thành phố Hồ Chí Minh)", NOW),
    photos=(UUID(int=1), UUID(int=2)),
    photos_at=NOW,
    caption="cửa thoát nạn bị khóa",
)


@pytest.mark.parametrize("memory", [Memory(), FULL, Memory(form=FORM), Memory(subject=Subject("a", (), NOW))])
def test_what_is_stored_is_what_was_remembered(memory: Memory) -> None:
    assert Memory.from_json(json.loads(json.dumps(memory.as_json()))) == memory


@pytest.mark.parametrize("part", sorted(Memory().as_json().keys() - {"photos", "caption"}))
def test_a_memory_that_lacks_a_part_is_none(part: str) -> None:
    stored = FULL.as_json()
    del stored[part]
    with pytest.raises((KeyError, TypeError, ValueError)):
        Memory.from_json(stored)


@pytest.mark.parametrize(
    "broken",
    [
        {"subject": ["only a question"]},
        {"subject": ["a", ["b"], "yesterday", ""]},
        {"form": {"flow": "report"}},
        {"form": {**FORM.as_json(), "state": "asleep"}},
        {"fragments": [["no time"]]},
        {"place": ["Huế", 5]},
        {"offered": 7},
        {"offered_at": "noon"},
    ],
)
def test_a_broken_memory_is_refused_by_documented_errors(broken: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Memory.from_json({**FULL.as_json(), **broken})


def test_what_was_said_counts_for_its_time() -> None:
    assert FULL.fresh_subject(NOW + SUBJECT_STAYS) == FULL.subject
    assert FULL.fresh_subject(NOW + SUBJECT_STAYS + MOMENT) is None
    assert FULL.fresh_alarm(NOW + ALARM_STAYS) == FULL.alarm
    assert FULL.fresh_alarm(NOW + ALARM_STAYS + MOMENT) is None
    assert FULL.fresh_offer(NOW + SUBJECT_STAYS) == ("card:a", "none")
    assert FULL.fresh_offer(NOW + SUBJECT_STAYS + MOMENT) == ()
    assert FULL.fresh_place(NOW + PLACE_STAYS) == "Phường Gò Vấp (Thành phố Hồ Chí Minh)"
    assert FULL.fresh_place(NOW + PLACE_STAYS + MOMENT) is None


def test_nothing_is_fresh_where_nothing_was_said() -> None:
    assert Memory().fresh_subject(NOW) is None
    assert Memory().fresh_alarm(NOW) is None
    assert Memory().fresh_place(NOW) is None
    assert Memory().fresh_offer(NOW) == ()
    assert Memory().recent_fragments(NOW) == ()


def test_fragments_of_the_last_seconds() -> None:
    memory = Memory().with_fragment("alo", NOW)
    assert memory.recent_fragments(NOW + FRAGMENTS_STAY) == (Fragment("alo", NOW),)
    assert memory.recent_fragments(NOW + FRAGMENTS_STAY + MOMENT) == ()
    assert memory.recent_fragments(NOW - MOMENT) == ()  # a clock that was set back


def test_a_fragment_replaces_those_that_are_past() -> None:
    later = NOW + FRAGMENTS_STAY + MOMENT
    assert Memory().with_fragment("alo", NOW).with_fragment("ad", later).fragments == (Fragment("ad", later),)


def test_fragments_are_few_and_short() -> None:
    memory = Memory()
    for number in range(40):
        memory = memory.with_fragment(f"{number} " + "x" * 5_000, NOW)
    assert len(memory.fragments) <= 10
    assert memory.fragments[-1].text.startswith("39 ")
    assert max(len(one.text) for one in memory.fragments) <= 300


def test_a_memory_from_before_there_were_photos_is_read() -> None:
    stored = FULL.as_json()
    del stored["photos"], stored["caption"]
    assert Memory.from_json(stored) == FULL.without_photos()


def test_photos_wait_for_a_form_for_an_hour() -> None:
    assert FULL.fresh_photos(NOW + PHOTOS_STAY) == FULL.photos
    assert FULL.fresh_photos(NOW + PHOTOS_STAY + MOMENT) == ()
