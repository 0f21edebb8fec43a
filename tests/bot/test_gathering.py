"""Turns of a conversation stay in order, and an unfinished line waits for the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from uuid import uuid4

import pytest

from bot.conversation.gathering import Gatherer, unfinished
from bot.conversation.messages import Kind, Reply, Turn

HERE, ELSEWHERE = uuid4(), uuid4()


async def a_moment(coming: Awaitable[object]) -> bool:
    """Wait until everything else has run, instead of by the clock."""
    waiting = asyncio.ensure_future(coming)
    await settled()
    if waiting.done():
        return True
    waiting.cancel()
    return False


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def gatherer() -> Gatherer:
    return Gatherer(a_moment)


def turn(kind: Kind) -> Turn:
    return Turn(kind=kind, replies=(Reply(kind=kind, text=""),))


@pytest.mark.parametrize(
    ("text", "kind", "more"),
    [
        ("alo ad ơi", Kind.SMALLTALK, True),
        ("nhà em ba tầng", Kind.ABSTAIN, True),
        ("nhà em ba tầng", Kind.SUGGEST, True),
        ("nhà em ba tầng", Kind.ANSWER, False),
        ("nhà em ba tầng", Kind.FLOW, False),
        ("cháy rồi", Kind.EMERGENCY, False),
        ("nhà em ba tầng?", Kind.ABSTAIN, False),
        ("một hai ba bốn năm sáu bảy", Kind.ABSTAIN, True),
        ("một hai ba bốn năm sáu bảy tám", Kind.ABSTAIN, False),
        ("...", Kind.SMALLTALK, False),
    ],
)
def test_a_line_of_which_more_may_be_on_the_way(text: str, kind: Kind, more: bool) -> None:
    assert unfinished(text, turn(kind)) is more


def test_lines_are_numbered_while_any_is_under_way(gatherer: Gatherer) -> None:
    with gatherer.present(HERE) as first, gatherer.present(HERE) as second:
        with gatherer.present(ELSEWHERE) as elsewhere:
            assert (first, second, elsewhere) == (1, 2, 1)
        with gatherer.present(HERE) as third:
            assert third == 3
    with gatherer.present(HERE) as again:
        assert again == 1


async def test_nothing_follows(gatherer: Gatherer) -> None:
    with gatherer.present(HERE) as since:
        assert not await gatherer.followed(HERE, since)


async def test_a_line_that_came_while_this_one_was_read(gatherer: Gatherer) -> None:
    with gatherer.present(HERE) as since:
        with gatherer.present(HERE):
            pass
        assert await gatherer.followed(HERE, since)


async def test_a_line_that_comes_within_the_moment(gatherer: Gatherer) -> None:
    with gatherer.present(HERE) as since:
        waiting = asyncio.create_task(gatherer.followed(HERE, since))
        await asyncio.sleep(0)
        with gatherer.present(HERE) as later:
            assert await waiting
            assert not await gatherer.followed(HERE, later)


async def test_lines_of_another_conversation_do_not_follow(gatherer: Gatherer) -> None:
    with gatherer.present(HERE) as since:
        waiting = asyncio.create_task(gatherer.followed(HERE, since))
        await asyncio.sleep(0)
        with gatherer.present(ELSEWHERE):
            assert not await waiting


async def test_of_three_lines_only_the_last_has_nothing_after_it(gatherer: Gatherer) -> None:
    async def line() -> bool:
        with gatherer.present(HERE) as since:
            async with gatherer.in_order(HERE):
                await asyncio.sleep(0)
            return await gatherer.followed(HERE, since)

    assert [*await asyncio.gather(line(), line(), line())] == [True, True, False]


async def test_turns_are_taken_one_at_a_time_in_the_order_in_which_they_came(gatherer: Gatherer) -> None:
    seen: list[str] = []

    async def one(name: str) -> None:
        async with gatherer.in_order(HERE):
            seen.append(f"{name} begins")
            await settled()
            seen.append(f"{name} ends")

    await asyncio.gather(one("a"), one("b"), one("c"))

    assert seen == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]


async def test_another_conversation_does_not_wait(gatherer: Gatherer) -> None:
    async with gatherer.in_order(HERE), asyncio.timeout(5), gatherer.in_order(ELSEWHERE):
        pass


async def test_a_turn_that_fails_or_is_given_up_holds_nobody_up(gatherer: Gatherer) -> None:
    async def failing() -> None:
        async with gatherer.in_order(HERE):
            raise ValueError

    async def endless() -> None:
        with gatherer.present(HERE):
            async with gatherer.in_order(HERE):
                await asyncio.Event().wait()

    with pytest.raises(ValueError, match=r"^$"):
        await failing()
    hanging, queued = asyncio.create_task(endless()), asyncio.create_task(endless())
    await settled()
    queued.cancel()
    hanging.cancel()
    await asyncio.gather(hanging, queued, return_exceptions=True)

    async with asyncio.timeout(5), gatherer.in_order(HERE):
        pass
    with gatherer.present(HERE) as number:
        assert number == 1
