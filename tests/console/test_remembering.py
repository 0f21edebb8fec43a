"""What takes long is made once, remembered for a while, and shown somewhat old rather than waited for."""

import asyncio
from datetime import timedelta

import pytest

from bot.console.remembering import Remembered

from .visiting import Clock

MINUTE = timedelta(minutes=1)
AT_ONCE, FOR_EVER = 0.0, 60.0  # seconds of patience


class Maker:
    """Makes 1, 2, 3 …, each when it is let go."""

    def __init__(self, *, waits: bool = False) -> None:
        self.begun = 0
        self.free = asyncio.Event()
        self.fails = False
        if not waits:
            self.free.set()

    async def make(self) -> int:
        self.begun += 1
        number = self.begun
        await self.free.wait()
        if self.fails:
            raise OSError("gone")
        return number


def remembered(clock: Clock, patience: float, most: int = 4) -> Remembered[int]:
    return Remembered(most, clock.now, MINUTE, 5 * MINUTE, patience)


async def test_a_result_is_given_again_for_a_while() -> None:
    clock, maker = Clock(), Maker()
    kept = remembered(clock, FOR_EVER)
    assert await kept.get("a", maker.make) == 1
    clock.pass_by(seconds=59)
    assert await kept.get("a", maker.make) == 1
    clock.pass_by(seconds=1)
    assert await kept.get("a", maker.make) == 2


async def test_what_is_asked_for_twice_at_once_is_made_once() -> None:
    clock, maker = Clock(), Maker(waits=True)
    kept = remembered(clock, FOR_EVER)
    both = [asyncio.create_task(kept.get("a", maker.make)) for _ in range(2)]
    await asyncio.sleep(0)
    both[0].cancel()  # who leaves does not take it from the other
    maker.free.set()
    assert await both[1] == 1
    assert maker.begun == 1


async def test_an_older_result_is_shown_while_the_next_is_being_made() -> None:
    # Given a result that is past its time, and that takes long to make anew
    clock, maker = Clock(), Maker()
    kept = remembered(clock, AT_ONCE)
    await kept.get("a", maker.make)
    clock.pass_by(seconds=61)
    maker.free.clear()
    # When it is asked for, then the older one is there at once, each time, and one other is being made
    assert [await kept.get("a", maker.make) for _ in range(3)] == [1, 1, 1]
    assert maker.begun == 2
    # And the newer one as soon as it is made
    maker.free.set()
    await asyncio.sleep(0)
    assert await kept.get("a", maker.make) == 2


async def test_what_is_too_old_is_waited_for() -> None:
    clock, maker = Clock(), Maker()
    kept = remembered(clock, AT_ONCE)
    await kept.get("a", maker.make)
    clock.pass_by(minutes=5)
    assert await kept.get("a", maker.make) == 2


async def test_one_that_ages_while_it_is_shown_is_waited_for_in_the_end() -> None:
    clock, maker = Clock(), Maker()
    kept = remembered(clock, AT_ONCE)
    await kept.get("a", maker.make)
    maker.free.clear()
    for _ in range(4):  # none that is begun is done
        clock.pass_by(seconds=61)
        assert await kept.get("a", maker.make) == 1
    clock.pass_by(seconds=61)
    waiting = asyncio.create_task(kept.get("a", maker.make))
    await asyncio.sleep(0)
    assert not waiting.done()
    maker.free.set()
    assert await waiting == 6


async def test_a_failure_is_raised_and_not_remembered() -> None:
    clock, maker = Clock(), Maker()
    kept = remembered(clock, FOR_EVER)
    await kept.get("a", maker.make)
    clock.pass_by(seconds=61)
    maker.fails = True
    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            await kept.get("a", maker.make)
    maker.fails = False
    assert await kept.get("a", maker.make) == 4


async def test_the_oldest_is_forgotten() -> None:
    clock, maker = Clock(), Maker()
    kept = remembered(clock, FOR_EVER, most=2)
    for key in ("a", "b", "c", "a"):
        await kept.get(key, maker.make)
    assert maker.begun == 4
    assert await kept.get("c", maker.make) == 3
