"""Whatever Rasa does, the client answers soon: with an understanding or with None."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from pytest_aiohttp import AiohttpServer

from intents.client import MOST_IN_FLIGHT, REMEMBERED, NluClient, asked_text
from intents.intents import Intent
from intents.service import Address, FixedService, State
from intents.supervision import a_free_port
from tests.intents.fake_rasa import answer

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Rasa:
    """A Rasa whose answers a test chooses. It notes what it was asked."""

    reply: Reply
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def parse(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((await request.json())["text"])
        self.tokens.append(request.query.get("token", ""))
        return await self.reply(request)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Setting:
    rasa: Rasa
    service: FixedService
    clock: Clock
    session: aiohttp.ClientSession
    client: NluClient

    def state(self) -> State:
        return self.client.state

    def serve(self, address: Address) -> None:
        self.service = FixedService(address, State.READY)
        self.client._service = self.service


def says(body: object, status: int = 200) -> Reply:
    async def reply(_request: web.Request) -> web.Response:
        return web.Response(text=body if isinstance(body, str) else json.dumps(body), status=status)

    return reply


@pytest.fixture
async def setting(aiohttp_server: AiohttpServer) -> AsyncIterator[Setting]:
    rasa = Rasa(says(answer()))
    app = web.Application()
    app.router.add_post("/model/parse", rasa.parse)
    server = await aiohttp_server(app)
    service = FixedService(Address(str(server.make_url("/")).rstrip("/"), "a token", "first"), State.READY)
    clock = Clock()
    async with aiohttp.ClientSession() as session:
        yield Setting(rasa, service, clock, session, NluClient(service, session, clock, timeout_seconds=0.3))


async def test_an_answer_is_understood(setting: Setting) -> None:
    found = await setting.client.parse("chào ad")

    assert found is not None
    assert (found.intent, found.confidence) == (Intent.GREET, 0.9)
    assert found.ranking == ((Intent.GREET, 0.9), (Intent.DENY, 0.05))
    assert [(one.kind, one.value, one.start, one.end) for one in found.entities] == [
        ("commune", "Phường Gò Vấp", 3, 16)
    ]
    assert setting.rasa.tokens == ["a token"]


async def test_the_fallback_is_named_but_not_ranked(setting: Setting) -> None:
    one = answer()
    fallback = {"name": "nlu_fallback", "confidence": 0.4}
    setting.rasa.reply = says({**one, "intent": fallback, "intent_ranking": [fallback, *one["intent_ranking"]]})  # type: ignore[misc]

    found = await setting.client.parse("ừm")

    assert found is not None
    assert found.intent is Intent.NLU_FALLBACK
    assert [intent for intent, _ in found.ranking] == [Intent.GREET, Intent.DENY]


@pytest.mark.parametrize("text", ["", "   ", "/", " / / ", "\u200b\u200b", "\x00"])
async def test_nothing_is_asked_for_an_empty_message(setting: Setting, text: str) -> None:
    assert await setting.client.parse(text) is None
    assert setting.rasa.asked == []


def test_what_is_asked_is_clean_short_and_no_order() -> None:
    assert asked_text("/emergency") == "emergency"
    assert asked_text("//  /restart now") == "restart now"
    assert asked_text("cha\u0301y\u200b nha\u0300") == "cháy nhà"
    assert len(asked_text("cháy " * 1000)) <= 500


async def test_a_repeated_message_is_asked_once(setting: Setting) -> None:
    first = await setting.client.parse("chào ad")
    assert await setting.client.parse(" chào  ad ") == first
    assert setting.rasa.asked == ["chào ad"]


async def test_another_model_is_asked_again(setting: Setting) -> None:
    await setting.client.parse("chào ad")
    assert setting.service.address is not None
    setting.serve(Address(setting.service.address.url, "a token", "second"))

    await setting.client.parse("chào ad")

    assert setting.rasa.asked == ["chào ad"] * 2


async def test_only_so_many_answers_are_remembered(setting: Setting) -> None:
    for number in range(REMEMBERED + 1):
        await setting.client.parse(f"chào {number}")
    await setting.client.parse(f"chào {REMEMBERED}")
    await setting.client.parse("chào 0")

    assert len(setting.rasa.asked) == REMEMBERED + 2


def with_intent(name: object, confidence: object) -> dict[str, object]:
    return {**answer(), "intent": {"name": name, "confidence": confidence}}


GARBAGE = {
    "no JSON": "<html>",
    "nothing": "",
    "deep": "[" * 100_000,
    "a list": [],
    "a number": 7,
    "null": None,
    "an empty object": {},
    "no ranking": {**answer(), "intent_ranking": []},
    "a ranking that is none": {**answer(), "intent_ranking": {"greet": 1}},
    "a ranking with one twice": {**answer(), "intent_ranking": [{"name": "deny", "confidence": 0.5}] * 2},
    "an unknown intent": with_intent("order_pizza", 0.9),
    "an intent that is a list": with_intent(["greet"], 0.9),
    "not a number": '{"intent": {"name": "greet", "confidence": NaN}, "intent_ranking": [], "entities": []}',
    "more than certain": with_intent("greet", 7),
    "less than nothing": with_intent("greet", -0.5),
    "a confidence in words": with_intent("greet", "0.9"),
    "a confidence that is true": with_intent("greet", True),
    "an enormous number": with_intent("greet", 10**400),
    "entities that are none": {**answer(), "entities": [{"entity": 5}]},
    "a megabyte": json.dumps({**answer(), "filler": "x" * 1_000_000}),
}


@pytest.mark.parametrize("kind", GARBAGE)
async def test_garbage_is_no_understanding(setting: Setting, kind: str) -> None:
    setting.rasa.reply = says(GARBAGE[kind])
    assert await setting.client.parse("chào ad") is None


@pytest.mark.parametrize("status", [204, 302, 401, 404, 409, 500, 503])
async def test_an_error_is_no_understanding(setting: Setting, status: int) -> None:
    setting.rasa.reply = says(answer(), status)
    assert await setting.client.parse("chào ad") is None


async def test_nobody_waits_for_a_rasa_that_hangs(setting: Setting) -> None:
    never = asyncio.Event()

    async def hang(_request: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    setting.rasa.reply = hang
    assert await setting.client.parse("chào ad") is None
    never.set()


async def test_one_that_is_gone_is_no_understanding(setting: Setting) -> None:
    setting.serve(Address(f"http://127.0.0.1:{a_free_port()}", "", "gone"))
    assert await setting.client.parse("chào ad") is None


async def test_after_three_failures_nothing_is_asked_for_fifteen_seconds_then_one(setting: Setting) -> None:
    setting.rasa.reply = says("broken", 500)
    for number in range(5):
        assert await setting.client.parse(f"câu {number}") is None
    assert len(setting.rasa.asked) == 3
    assert setting.state() is State.BROKEN

    setting.clock.now += 14.9
    await setting.client.parse("câu a")
    assert len(setting.rasa.asked) == 3

    setting.clock.now += 0.2
    await asyncio.gather(*(setting.client.parse(f"câu b{number}") for number in range(4)))
    assert len(setting.rasa.asked) == 4

    # And the probe failed, so it is left alone again; the next one succeeds
    setting.rasa.reply = says(answer())
    assert await setting.client.parse("câu c") is None
    setting.clock.now += 15.1
    assert await setting.client.parse("câu d") is not None
    assert setting.state() is State.READY
    assert await setting.client.parse("câu e") is not None


async def test_only_failures_in_a_row_count(setting: Setting) -> None:
    for number in range(6):
        setting.rasa.reply = says("broken", 500) if number % 3 else says(answer())
        await setting.client.parse(f"câu {number}")
    assert setting.state() is State.READY


async def test_at_most_eight_are_asked_at_once(setting: Setting) -> None:
    waiting, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def hold(_request: web.Request) -> web.Response:
        waiting.release()
        await go_on.wait()
        return web.json_response(answer())

    setting.rasa.reply = hold
    asking = [asyncio.create_task(setting.client.parse(f"câu {number}")) for number in range(MOST_IN_FLIGHT)]
    for _ in range(MOST_IN_FLIGHT):
        await waiting.acquire()

    assert await setting.client.parse("câu thừa") is None
    assert len(setting.rasa.asked) == MOST_IN_FLIGHT

    go_on.set()
    assert all(await asyncio.gather(*asking))
    assert await setting.client.parse("câu sau") is not None


async def test_a_resident_who_leaves_counts_neither_way(setting: Setting) -> None:
    asked, never = asyncio.Event(), asyncio.Event()

    async def hang(_request: web.Request) -> web.Response:
        asked.set()
        await never.wait()
        return web.Response()

    setting.rasa.reply = hang
    for number in range(MOST_IN_FLIGHT + 1):
        asked.clear()
        leaving = asyncio.create_task(setting.client.parse(f"câu {number}"))
        await asked.wait()
        leaving.cancel()
        await asyncio.wait({leaving})
    never.set()

    setting.rasa.reply = says(answer())
    assert setting.state() is State.READY
    assert await setting.client.parse("chào ad") is not None


@pytest.mark.parametrize("state", [State.OFF, State.STARTING, State.BROKEN])
async def test_while_there_is_none_nothing_is_asked(setting: Setting, state: State) -> None:
    setting.client._service = FixedService(None, state)
    assert await setting.client.parse("chào ad") is None
    assert setting.client.state is state
    assert setting.rasa.asked == []


async def test_no_word_of_a_resident_is_logged(setting: Setting, caplog: pytest.LogCaptureFixture) -> None:
    setting.rasa.reply = says("nhà tôi ở Gò Vấp", 500)
    await setting.client.parse("nhà tôi ở Gò Vấp")
    assert "Gò Vấp" not in caplog.text
    assert "a token" not in caplog.text
    assert "no answer" in caplog.text
