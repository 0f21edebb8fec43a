"""The webhook as Telegram uses it: again and again until it answers 2xx, twice, and out of order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.contract import EventKind, RefusedError, Take
from bot.channels.telegram import Mode, TelegramSettings, WebhookTelegram
from tests.bot.channels.telegram.setting import NOW, Taking, adapter_on
from tests.fakes.telegram import FakeTelegram

SECRET: Final = "s3cret_of-ours"


@asynccontextmanager
async def serving(fake: FakeTelegram, take: Take) -> AsyncIterator[WebhookTelegram]:
    """Serve the webhook as the core does, without its store."""

    async def handle(request: web.Request) -> web.Response:
        assert isinstance(adapter, WebhookTelegram)
        raw = await request.read()
        try:
            adapter.verify(request.headers, raw, NOW)
            events = adapter.parse(raw)
        except RefusedError as refused:
            return web.Response(status=refused.status)
        try:
            await take(events)
        except ConnectionError:
            return web.Response(status=503)
        return web.Response()

    app = web.Application()
    app.router.add_post("/webhooks/telegram", handle)
    async with TestServer(app) as server:
        url = str(server.make_url("/webhooks/telegram"))
        adapter = adapter_on(fake, mode=Mode.WEBHOOK, secret=SECRET, webhook_url=url)
        assert isinstance(adapter, WebhookTelegram)
        assert url.endswith(adapter.path)
        async with adapter.connected():
            yield adapter


async def test_updates_come_in_order() -> None:
    async with FakeTelegram() as fake:
        take = Taking()
        async with serving(fake, take):
            numbers = [fake.user_writes(7, "a"), fake.user_shares_location(7, 21.0, 105.8), fake.user_blocks(7)]
            numbers += [
                fake.user_returns(7),
                fake.user_sends_photo(7, "b"),
                fake.user_shares_contact(7, "+84901234567"),
            ]
            await fake.until(lambda: len(fake.updates.confirmed) == 6)
        assert take.keys == [f"update:{number}" for number in numbers]
        assert [event.kind for event in take.taken] == [
            EventKind.TEXT,
            EventKind.LOCATION,
            EventKind.UNFOLLOW,
            EventKind.FOLLOW,
            EventKind.PHOTO,
            EventKind.CONTACT,
        ]


async def test_what_is_not_stored_comes_again() -> None:
    async with FakeTelegram() as fake:
        take = Taking(failures=2)
        async with serving(fake, take):
            number = fake.user_writes(7, "cháy rồi")
            await fake.until(lambda: fake.updates.confirmed)
        assert fake.updates.attempts == [number] * 3
        assert take.keys == [f"update:{number}"]
        assert fake.updates.webhook.last_error == "Wrong response from the webhook: 503 Service Unavailable"


async def test_a_second_delivery_has_the_same_key_and_order_may_change() -> None:
    async with FakeTelegram(parallel=4) as fake:
        fake.updates.order = lambda updates: updates[::-1]
        take = Taking()
        numbers = [fake.user_writes(7, f"câu {number}") for number in range(4)]
        fake.deliver_again(fake.pending[0])
        async with serving(fake, take):
            await fake.until(lambda: len(fake.updates.confirmed) == 5)
        assert sorted(take.keys) == sorted(f"update:{number}" for number in [*numbers, numbers[0]])
        assert len(set(take.keys)) == 4


async def test_a_wrong_secret_is_refused() -> None:
    async with FakeTelegram() as fake:
        take = Taking()
        async with serving(fake, take):
            await fake.until(lambda: fake.updates.webhook.url)
            fake.updates.webhook.secret = "somebody-elses"
            fake.user_writes(7, "a")
            await fake.until(lambda: len(fake.updates.attempts) > 2)
        assert take.asked == 0
        assert "403" in fake.updates.webhook.last_error


def test_without_a_secret_nothing_is_accepted() -> None:
    unset = WebhookTelegram(TelegramSettings(token="123:x"), picture=Path, now=lambda: NOW)
    for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": ""}):
        with pytest.raises(RefusedError):
            unset.verify(headers, b"{}", NOW)
