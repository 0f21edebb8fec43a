"""How many turns a worker takes at once."""

from typing import Any, cast
from uuid import uuid4

import pytest

from bot.delivery.worker import Worker
from tests.bot.delivery.rig import said


class Counter:
    stored = 0


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def worker(counter: Counter, clock: Clock) -> Worker:
    nothing = cast("Any", None)
    return Worker(
        worker=uuid4(),
        database=nothing,
        inbox=cast("Any", counter),
        workers=nothing,
        turns=nothing,
        accounts={},
        bell=nothing,
        sorry=said("xin lỗi"),
        alerts=nothing,
        at_once=8,
        posted=lambda _account: None,
        clock=clock,
    )


@pytest.mark.parametrize(("events", "most"), [(0, 8), (5, 8), (6, 1), (100, 1)])
def test_while_events_pour_in_turns_are_taken_one_by_one(
    worker: Worker, counter: Counter, clock: Clock, events: int, most: int
) -> None:
    counter.stored += events
    clock.seconds += 0.2
    assert worker._most_now() == most


def test_when_it_is_quiet_again_several_turns_are_taken(worker: Worker, counter: Counter, clock: Clock) -> None:
    counter.stored += 100
    clock.seconds += 0.2
    assert worker._most_now() == 1
    clock.seconds += 0.2
    assert worker._most_now() == 8
