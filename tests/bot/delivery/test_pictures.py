"""Pictures are brought in within a time, or a sentence says why not; nothing is raised."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.contract import EventKind, FetchError, Unfetched
from bot.delivery.pictures import GONE, MOST_OF_ONE, NOTHING, REFUSED, UNREACHABLE, Brought, Pictures
from bot.feedback.photos import NOT_A_PHOTO, TOO_LARGE, TOO_SLOW, Cleaned, NoPhotoError
from tests.bot.delivery.rig import event
from tests.fakes.channel import FakeChannel

HERE = 1


async def clean(raw: bytes) -> Cleaned:
    if raw == b"zip":
        raise NoPhotoError(NOT_A_PHOTO)
    if raw == b"broken":
        raise RuntimeError("the library fails")
    return Cleaned(raw, raw, 1, 1)


@pytest.fixture
def channel() -> FakeChannel:
    one = FakeChannel()
    one.files = {
        "a": b"a",
        "b": b"b",
        "zip": b"zip",
        "broken": b"broken",
        "large": FetchError(Unfetched.TOO_LARGE),
        "away": FetchError(Unfetched.UNREACHABLE),
        "elsewhere": FetchError(Unfetched.REFUSED),
        "hangs": asyncio.Event(),
    }
    return one


@pytest.fixture
def pictures(channel: FakeChannel) -> Pictures:
    return Pictures({HERE: channel}, clean)


def photo(*media: str) -> Brought:
    return Brought(tuple(Cleaned(one.encode(), one.encode(), 1, 1) for one in media))


@pytest.mark.parametrize(
    ("media", "refused"),
    [
        ("gone", GONE),
        ("large", TOO_LARGE),
        ("away", UNREACHABLE),
        ("elsewhere", REFUSED),
        ("zip", NOT_A_PHOTO),
        ("broken", TOO_SLOW),
    ],
)
async def test_what_cannot_be_brought_in_becomes_a_sentence(pictures: Pictures, media: str, refused: str) -> None:
    assert await pictures.brought(HERE, event("u", kind=EventKind.PHOTO, media=(media,))) == Brought((), refused)


async def test_of_several_those_that_can_be_are_brought_in(pictures: Pictures, channel: FakeChannel) -> None:
    found = await pictures.brought(HERE, event("u", kind=EventKind.PHOTO, media=("a", "zip", "b")))
    assert found == Brought(photo("a", "b").photos, NOT_A_PHOTO)
    channel.fetched.clear()
    many = await pictures.brought(HERE, event("u", kind=EventKind.PHOTO, media=("a",) * 20))
    assert len(many.photos) == len(channel.fetched) == MOST_OF_ONE


async def test_only_photos_of_residents_are_fetched(pictures: Pictures, channel: FakeChannel) -> None:
    for kind in EventKind:
        if kind is not EventKind.PHOTO:
            assert await pictures.brought(HERE, event("u", kind=kind, media=("a",))) == NOTHING
    assert await pictures.brought(HERE, event(None, kind=EventKind.PHOTO, media=("a",))) == NOTHING
    assert channel.fetched == []


async def test_a_picture_without_an_address_or_a_channel_is_refused(pictures: Pictures) -> None:
    assert await pictures.brought(HERE, event("u", kind=EventKind.PHOTO)) == Brought((), REFUSED)
    assert await pictures.brought(2, event("u", kind=EventKind.PHOTO, media=("a",))) == Brought((), REFUSED)


async def test_an_adapter_that_breaks_its_promise_costs_the_picture_only(channel: FakeChannel) -> None:
    class Broken(FakeChannel):
        async def fetch(self, reference: str, largest: int) -> bytes:
            raise RuntimeError("secret")

    found = await Pictures({HERE: Broken()}, clean).brought(HERE, event("u", kind=EventKind.PHOTO, media=("a",)))
    assert found == Brought((), UNREACHABLE)


async def test_what_takes_too_long_is_given_up_and_what_came_before_is_kept(channel: FakeChannel) -> None:
    pictures = Pictures({HERE: channel}, clean, seconds=0.05)
    found = await pictures.brought(HERE, event("u", kind=EventKind.PHOTO, media=("a", "hangs")))
    assert found == Brought(photo("a").photos, UNREACHABLE)


async def test_few_are_fetched_at_once(channel: FakeChannel) -> None:
    # Given room for two, both of whom hang
    pictures = Pictures({HERE: channel}, clean, seconds=20, at_once=2)
    hanging = [
        asyncio.create_task(pictures.brought(HERE, event("u", kind=EventKind.PHOTO, media=("hangs",)))) for _ in "ab"
    ]
    third = asyncio.create_task(pictures.brought(HERE, event("u", kind=EventKind.PHOTO, media=("a",))))
    for _ in range(10):
        await asyncio.sleep(0)
    # Then a third waits until one has ended
    assert channel.fetched == ["hangs", "hangs"]
    gate = channel.files["hangs"]
    assert isinstance(gate, asyncio.Event)
    gate.set()
    assert await third == photo("a")
    assert [one.refused for one in await asyncio.gather(*hanging)] == [UNREACHABLE] * 2
