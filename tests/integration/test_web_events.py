"""Streams of events over real connections; time stands still unless a test moves it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.web_events import LONGEST_SECONDS, LOOK_SECONDS, EventStreams, LocalArrivals, TooManyStreamsError
from bot.channels.web_format import later_as_json
from bot.store.waiting import Look

ONE = uuid4()
GIVE_UP_SECONDS = 20


@dataclass
class World:
    """What a stream sees: what is kept, what arrives, the time, and looks that fall due when a test says so."""

    kept: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict)
    arrivals: LocalArrivals = field(default_factory=LocalArrivals)
    now: float = 0.0
    looks: int = 0
    fails: bool = False
    due: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, text: str, *, wake: bool = True, conversation: UUID = ONE) -> None:
        self.kept.setdefault(conversation, []).append({"id": str(uuid4()), "text": text})
        if wake:
            self.arrivals.arrived(conversation)

    async def look(self, conversation: UUID, last_id: int) -> Look:
        self.looks += 1
        if self.fails:
            raise OSError("the database is gone")
        found = tuple(enumerate(self.kept.get(conversation, []), 1))[last_id:]
        return Look(found, found[-1][0] if found else last_id)

    async def pause(self, seconds: float) -> None:
        assert seconds == LOOK_SECONDS
        await self.due.wait()
        self.due.clear()


Open = Callable[..., Any]


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
async def streams(world: World) -> EventStreams:
    return EventStreams(world, world.arrivals, lambda: world.now, world.pause, most=3, most_per_visitor=2)


@pytest.fixture
async def client(streams: EventStreams) -> AsyncIterator[TestClient[Any, Any]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            return await streams.serve(request, ONE, int(request.query["after"]), request.query.get("who", "one"))
        except TooManyStreamsError as error:
            return web.Response(status=503 if error.whole else 429)

    application = web.Application()
    application.router.add_get("/", serve)
    application.on_shutdown.append(streams.close)
    async with TestClient(TestServer(application)) as one:
        yield one


@asynccontextmanager
async def opened(client: TestClient[Any, Any], who: str = "one", after: int = 0) -> AsyncIterator[ClientResponse]:
    """Open a stream on a connection of its own."""
    address = client.make_url(f"/?after={after}&who={who}")
    async with ClientSession() as session, session.get(address) as response:
        yield response


async def block(response: ClientResponse) -> dict[str, str]:
    """Read up to the next empty line."""
    fields: dict[str, str] = {}
    async with asyncio.timeout(GIVE_UP_SECONDS):
        while line := (await response.content.readline()).decode().rstrip("\n"):
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    return fields


async def test_what_is_kept_comes_first_then_what_comes(client: TestClient[Any, Any], world: World) -> None:
    # Given three messages of which the first was seen
    for text in ("một", "hai\nba", "bốn"):
        world.put(text)

    # When a stream is opened after the first
    async with opened(client, after=1) as response:
        assert response.content_type == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Accel-Buffering"] == "no"

        # Then the others come at once, each under its number, on one line
        assert await block(response) == {"retry": "5000"}
        second = await block(response)
        assert (second["id"], second["event"]) == ("2", "message")
        assert json.loads(second["data"]) == {"number": 2, "reply": later_as_json(world.kept[ONE][1])}
        assert (await block(response))["id"] == "3"

        # And what arrives comes as it arrives
        world.put("năm")
        assert (await block(response))["id"] == "4"


async def test_without_a_wake_up_it_still_looks_and_lets_its_heart_beat(
    client: TestClient[Any, Any], world: World
) -> None:
    async with opened(client) as response:
        assert await block(response) == {"retry": "5000"}
        assert await block(response) == {"": ""}
        world.due.set()
        assert await block(response) == {"": ""}
        world.put("một", wake=False)
        world.due.set()
        assert (await block(response))["id"] == "1"


async def test_a_wake_up_of_another_conversation_wakes_nobody(client: TestClient[Any, Any], world: World) -> None:
    async with opened(client) as response:
        await block(response)
        await block(response)
        looks = world.looks
        world.put("khác", conversation=uuid4())
        world.put("một")
        assert (await block(response))["id"] == "1"
        assert world.looks == looks + 1


async def test_it_ends_after_half_an_hour(client: TestClient[Any, Any], world: World) -> None:
    async with opened(client) as response:
        await block(response)
        await block(response)
        world.now = LONGEST_SECONDS
        world.due.set()
        assert await asyncio.wait_for(response.content.read(), GIVE_UP_SECONDS) == b""


async def test_it_ends_when_the_program_does(client: TestClient[Any, Any], streams: EventStreams, world: World) -> None:
    async with opened(client) as response:
        await block(response)
        await block(response)
        await streams.close()
        assert await asyncio.wait_for(response.content.read(), GIVE_UP_SECONDS) == b""


async def test_a_fault_of_the_database_ends_it_so_that_the_page_asks_again(
    client: TestClient[Any, Any], world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(client) as response:
        await block(response)
        await block(response)
        world.fails = True
        world.due.set()
        assert await asyncio.wait_for(response.content.read(), GIVE_UP_SECONDS) == b""
    assert [record.getMessage() for record in caplog.records] == ["a stream of events ended: OSError"]
    assert str(ONE) not in caplog.text


async def test_a_fault_before_the_first_byte_is_an_error_like_any_other(
    client: TestClient[Any, Any], world: World
) -> None:
    world.fails = True
    async with opened(client) as response:
        assert response.status == 500


async def test_one_visitor_holds_a_few_and_all_together_no_more_than_there_is_room_for(
    client: TestClient[Any, Any],
) -> None:
    async with opened(client, "a") as first, opened(client, "a") as second:
        assert {first.status, second.status} == {200}
        async with opened(client, "a") as third:
            assert third.status == 429
        async with opened(client, "b") as other:
            assert other.status == 200
            async with opened(client, "c") as last:
                assert last.status == 503


async def test_a_reader_who_left_is_not_counted(client: TestClient[Any, Any], world: World) -> None:
    # Given a visitor whose two streams were cut, which nothing has noticed yet
    for _ in range(2):
        async with opened(client, "a") as response:
            await block(response)

    # When they come back, as by loading the page again
    async with asyncio.timeout(GIVE_UP_SECONDS):
        while True:
            async with opened(client, "a") as response:
                if response.status == 200:
                    break

    # Then there was room. And when looks fall due, nothing complains of the readers who left.
    world.due.set()
    await asyncio.sleep(0)


async def test_listening_leaves_nothing_behind() -> None:
    arrivals = LocalArrivals()
    with arrivals.listen(ONE) as first, arrivals.listen(ONE) as second:
        arrivals.arrived(uuid4())
        assert not first.is_set()
        arrivals.arrived(ONE)
        assert first.is_set()
        assert second.is_set()
    arrivals.arrived(ONE)
    assert not arrivals._listening
