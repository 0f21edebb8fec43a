"""Intake: events are stored in batches, and nobody is told that they are safe before they are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest

from bot.channels.contract import LONGEST_KEY, Account, EventKind
from bot.delivery.doorbell import INBOX, Doorbell
from bot.delivery.intake import Intake
from bot.store.identities import Identities
from bot.store.inbox import Inbox, NewEvent
from tests.bot.delivery.rig import event

ACCOUNT = Account("fake", "1")


class Store:
    """An inbox that notes its batches, waits where a test wants it to, and cannot store the word "hỏng"."""

    def __init__(self) -> None:
        self.batches: list[list[NewEvent]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def put(self, events: Sequence[NewEvent]) -> int:
        await self.open.wait()
        if any("hỏng" in str(one.content) for one in events):
            raise ValueError("hỏng")
        self.batches.append(list(events))
        return len(events)


class Bell:
    """Counts rings."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def ring_here(self, topic: str) -> None:
        self.rung.append(topic)

    async def ring(self, topic: str) -> None:
        self.rung.append(topic)
        raise ConnectionError("nobody listens")


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def intake(store: Store, bell: Bell) -> Intake:
    parts: Any = (store, Identities(b"k" * 32), bell)
    return Intake(cast("Inbox", parts[0]), parts[1], cast("Doorbell", parts[2]), lambda text: "cháy" in text)


async def test_what_comes_meanwhile_is_stored_by_one_statement(store: Store, intake: Intake, bell: Bell) -> None:
    # Given a first event that is just being stored
    store.open.clear()
    first = asyncio.create_task(intake.take(ACCOUNT, 1, [event("a")]))
    await asyncio.sleep(0)
    # When 50 more come
    others = [asyncio.create_task(intake.take(ACCOUNT, 1, [event("r", f"{n}"), event("r", f"{n}")])) for n in range(50)]
    await asyncio.sleep(0)
    assert not any(one.done() for one in (first, *others))
    # Then they are one batch, in order
    store.open.set()
    await asyncio.gather(first, *others)
    assert [len(batch) for batch in store.batches] == [1, 100]
    told = [one.content["text"] for one in store.batches[1]]
    assert told == [f"{n}" for n in range(50) for _ in range(2)]
    assert INBOX in bell.rung


async def test_one_that_cannot_be_stored_refuses_nobody_else(store: Store, intake: Intake) -> None:
    store.open.clear()
    texts = ["a", "b", "hỏng", "c"]
    taking = [asyncio.create_task(intake.take(ACCOUNT, 1, [event("r", text)])) for text in texts]
    await asyncio.sleep(0)
    store.open.set()
    ended = await asyncio.gather(*taking, return_exceptions=True)
    assert [type(one).__name__ for one in ended] == ["NoneType", "NoneType", "ValueError", "NoneType"]
    stored = [one.content["text"] for batch in store.batches for one in batch]
    assert sorted(stored) == ["a", "b", "c"]
    await intake.take(ACCOUNT, 1, [event("r", "d")])  # it goes on


async def test_a_sender_that_does_not_wait_any_more_disturbs_nobody(store: Store, intake: Intake) -> None:
    store.open.clear()
    gone = asyncio.create_task(intake.take(ACCOUNT, 1, [event("a", "đi")]))
    stays = asyncio.create_task(intake.take(ACCOUNT, 1, [event("b", "ở")]))
    await asyncio.sleep(0)
    gone.cancel()
    store.open.set()
    await stays
    assert "ở" in [one.content["text"] for batch in store.batches for one in batch]


async def test_only_words_are_an_emergency_and_not_the_payload_of_a_button(store: Store, intake: Intake) -> None:
    told = [
        event("a", "nhà cháy"),
        event("a", "nhà cháy", EventKind.PHOTO),
        event("a", "card:chao-dau-cháy", EventKind.BUTTON),
        event("a", "xin chào"),
    ]
    await intake.take(ACCOUNT, 1, told)
    assert [one.urgent for batch in store.batches for one in batch] == [True, True, False, False]


@pytest.mark.parametrize("key", ["k" * (LONGEST_KEY + 1), "a\x00b", "\ud800", "dòng\nhai", ""])
async def test_an_odd_key_is_made_usable_and_stays_unique(store: Store, intake: Intake, key: str) -> None:
    await intake.take(ACCOUNT, 1, [event("a", key=key), event("a", key=key), event("a", key=f"{key}2")])
    first, again, other = [one.key for one in store.batches[0]]
    assert first == again != other
    assert len(first) <= LONGEST_KEY
    assert first.isprintable()


async def test_nobody_and_nothing_are_no_resident(store: Store, intake: Intake) -> None:
    await intake.take(ACCOUNT, 1, [])
    assert store.batches == []
    await intake.take(ACCOUNT, 1, [event(None), event("a"), event("a")])
    nobody, one, same = store.batches[0]
    assert nobody.resident is None
    assert one.resident == same.resident is not None
    await intake.take(Account("other", "1"), 2, [event("a")])
    assert store.batches[1][0].resident != one.resident
