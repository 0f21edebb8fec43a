"""Webhooks over HTTP: what is refused, how, and that a 200 comes only when events are safe."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.contract import LARGEST_EVENT, Event, EventKind
from bot.conversing import now
from bot.delivery import webhooks
from bot.delivery.telling import Telling
from bot.delivery.webhooks import Reception
from tests.bot.delivery.rig import event
from tests.fakes.channel import SECRET, SECRET_HEADER, FakeChannel, body_of

HEADERS = {SECRET_HEADER: SECRET}
Client = TestClient[Any, Any]


class Taking:
    """Takes events, when it is let."""

    def __init__(self) -> None:
        self.stored: list[Event] = []
        self.wrong: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()
        self._handed_over = asyncio.Semaphore(0)

    async def begun(self, number: int) -> None:
        """Wait until so many have been handed over."""
        for _ in range(number):
            await self._handed_over.acquire()

    async def __call__(self, events: Sequence[Event]) -> None:
        self._handed_over.release()
        await self.open.wait()
        if self.wrong is not None:
            raise self.wrong
        self.stored += events


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def taking() -> Taking:
    return Taking()


@pytest.fixture
async def client(channel: FakeChannel, taking: Taking) -> AsyncIterator[Client]:
    app = web.Application()
    telling = Telling(channel, taking)
    reception = Reception(channel, telling.take, now)
    app.router.add_post(channel.path, reception.handle)
    client: Client = TestClient(TestServer(app))
    await client.start_server()
    yield client
    await telling.settled()
    await client.close()


async def post(client: Client, body: Any, headers: dict[str, str] = HEADERS) -> int:
    async with client.post("/webhooks/fake", data=body, headers=headers) as response:
        return response.status


async def test_a_delivery_is_taken_and_the_channel_is_told(
    client: Client, channel: FakeChannel, taking: Taking
) -> None:
    events = (event("a", "xin chào"), event("b", "card:x", EventKind.BUTTON))
    assert await post(client, body_of(*events)) == 200
    assert tuple(taking.stored) == events
    await asyncio.sleep(0)
    assert channel.told == [one.key for one in events]


async def test_the_200_waits_until_the_events_are_safe(client: Client, channel: FakeChannel, taking: Taking) -> None:
    taking.open.clear()
    answer = asyncio.create_task(post(client, body_of(event("a"))))
    for _ in range(50):
        await asyncio.sleep(0.001)
    assert not answer.done()
    assert channel.told == []
    taking.open.set()
    assert await answer == 200


@pytest.mark.parametrize("headers", [{}, {SECRET_HEADER: "guess"}])
async def test_a_forged_delivery_is_refused(
    headers: dict[str, str], client: Client, taking: Taking, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert await post(client, body_of(event("a", "bí mật")), headers) == 403
    assert taking.stored == []
    assert "guess" not in caplog.text
    assert "bí mật" not in caplog.text


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff\xfe", b'{"other": []}'])
async def test_what_is_no_json_of_the_channel_is_refused(body: bytes, client: Client, taking: Taking) -> None:
    assert await post(client, body) == 400
    assert taking.stored == []


async def test_a_delivery_that_is_too_large_is_refused_before_it_is_looked_at(client: Client, taking: Taking) -> None:
    large = body_of(event("a", "x" * LARGEST_EVENT))

    async def chunks() -> AsyncIterator[bytes]:
        for begin in range(0, len(large), 4096):
            yield large[begin : begin + 4096]

    assert await post(client, large) == 413
    assert await post(client, chunks(), {}) == 413  # without a length, and before its secret is asked for
    assert taking.stored == []
    assert await post(client, body_of(event("a", "x" * (LARGEST_EVENT - 200)))) == 200


async def test_a_body_that_does_not_come_is_not_waited_for(
    client: Client, taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "BODY_SECONDS", 0.05)
    never = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"events": '
        await never.wait()

    assert await post(client, slow()) == 408
    never.set()
    assert taking.stored == []


@pytest.mark.parametrize("wrong", [ConnectionError("not ready"), RuntimeError("no room")])
async def test_what_cannot_be_stored_must_come_again(
    wrong: Exception, client: Client, channel: FakeChannel, taking: Taking
) -> None:
    taking.wrong = wrong
    async with client.post("/webhooks/fake", data=body_of(event("a")), headers=HEADERS) as response:
        assert response.status == 503
        assert int(response.headers["Retry-After"]) > 0
    assert channel.told == []


async def test_a_store_that_hangs_is_not_waited_for_longer_than_the_channel_waits(
    client: Client, taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_STORE_SECONDS", 0.05)
    taking.open.clear()
    assert await post(client, body_of(event("a"))) == 503


async def test_an_unknown_event_is_taken_as_other(client: Client, taking: Taking) -> None:
    assert await post(client, b'{"events": [{"key": "k", "kind": "oa_dances", "name": "x", "user": "a"}]}') == 200
    [one] = taking.stored
    assert (one.kind, one.name) == (EventKind.OTHER, "oa_dances")


async def test_more_deliveries_than_can_be_stored_in_time_are_to_come_again(
    client: Client, taking: Taking, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given as many deliveries as may be under way, while the store hangs
    monkeypatch.setattr(webhooks, "_MOST_UNDER_WAY", 3)
    taking.open.clear()
    waiting = [asyncio.create_task(post(client, body_of(event("a", str(n))))) for n in range(3)]
    async with asyncio.timeout(10):
        await taking.begun(3)
    # Then others are turned away, before they are even verified
    assert [await post(client, b"not signed", {}) for _ in range(2)] == [503, 503]
    assert sum("more deliveries" in line for line in caplog.messages) == 1
    # And those under way are taken
    taking.open.set()
    assert await asyncio.gather(*waiting) == [200, 200, 200]
    assert await post(client, body_of(event("c", "sau"))) == 200
