"""What lasts is spared by the garbage collector, until it is exchanged."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from bot.garbage import spare_what_lasts


class Knowledge:
    """Refers to itself, so that only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _nothing_is_left_aside() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_is_there_is_not_gone_through_again() -> None:
    knowledge = Knowledge()
    spare_what_lasts()
    assert gc.get_freeze_count() > 0
    assert all(one is not knowledge for one in gc.get_objects())


def test_what_was_exchanged_goes_with_the_next_time() -> None:
    # Given knowledge that was spared, and is not needed any more
    knowledge = Knowledge()
    gone = weakref.ref(knowledge)
    spare_what_lasts()
    del knowledge
    gc.collect()
    assert gone() is not None
    # When the newer one is spared
    spare_what_lasts()
    # Then the older one is no longer there
    assert gone() is None
