"""The fake Zalo posts events as Zalo does."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from pytest_aiohttp import AiohttpServer

from bot.channels.contract import Event
from bot.channels.zalo_oa.parsing import Parser
from bot.channels.zalo_oa.signature import Signature
from tests.bot.channels.zalo_oa.setting import NOW, Clock, settings_for
from tests.fakes.zalo_oa import RETRIES, USER, FakeZaloOa


@dataclass
class Webhook:
    """A webhook of ours that answers as a test wishes, and takes an event only when it says 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    retries: list[str | None] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        Signature(settings_for("")).check(request.headers, raw, NOW)
        self.retries.append(request.headers.get("num_retry"))
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.events += Parser(settings_for("")).events(raw)
        return web.Response(status=status)


@pytest.fixture
async def webhook(aiohttp_server: AiohttpServer) -> Webhook:
    one = Webhook()
    app = web.Application()
    app.router.add_post("/", one.take)
    server = await aiohttp_server(app)
    one.url = str(server.make_url("/"))
    return one


async def test_an_event_is_repeated_until_it_is_taken(webhook: Webhook) -> None:
    fake, pauses = FakeZaloOa(now=Clock()), []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    webhook.statuses = [500, 503]
    assert await fake.deliver(webhook.url, fake.user_writes(USER, "cháy"), sleep=sleep) == [500, 503, 200]
    assert pauses == [30.0, 300.0]
    assert webhook.retries == [None, "1", "2"]
    assert [one.text for one in webhook.events] == ["cháy"]
    webhook.statuses = [403] * 6
    assert await fake.deliver(webhook.url, fake.user_writes(USER, "x"), sleep=sleep) == [403] * 6
    assert pauses[2:] == list(RETRIES)
    assert fake.webhook_disabled
    assert await fake.deliver(webhook.url, fake.user_writes(USER, "y"), sleep=sleep) == []


async def test_many_events_come_twice_and_in_any_order(webhook: Webhook) -> None:
    fake = FakeZaloOa(now=Clock())
    bodies = [fake.user_writes(USER, str(number)) for number in range(60)]
    any_order = random.Random(1)  # noqa: S311
    await fake.deliver_many(webhook.url, bodies, shuffled=any_order, duplicates=0.5)
    times = Counter(one.key for one in webhook.events)
    assert set(times.values()) == {1, 2}
    assert len(times) == 60
    assert [one.text for one in webhook.events] != sorted((one.text for one in webhook.events), key=int)


async def test_nobody_at_home_is_no_answer() -> None:
    fake = FakeZaloOa(now=Clock())
    assert await fake.deliver("http://127.0.0.1:9/", fake.user_writes(USER, "x"), retries=()) == [0]
