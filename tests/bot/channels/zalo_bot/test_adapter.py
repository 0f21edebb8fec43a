"""The bot against a running platform: its webhook, its messages, what it says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from bot.channels.contract import Event, EventKind, Mark, Part, Permanent, Recipient, RefusedError, Sent
from bot.channels.zalo_bot import Mode, ZaloBotPolled, ZaloBotSettings, ZaloBotWebhook
from bot.conversation.messages import Image, Kind, Reply
from tests.fakes.zalo_bot import MONTHLY, MOST_USERS, TOKEN, FakeZaloBot, Fault

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECRET = "a-secret-of-the-webhook"
URL = "https://pccc.example/webhooks/zalo-bot"
PATIENT = {"answer_seconds": 60}  # no test depends on how fast the machine is


@pytest.fixture
async def fake() -> AsyncIterator[FakeZaloBot]:
    async with FakeZaloBot().running() as one:
        yield one


async def no_time(_seconds: float) -> None:
    await asyncio.sleep(0)


def hooked(fake: FakeZaloBot, url: str = URL, **more: Any) -> ZaloBotWebhook:
    settings = ZaloBotSettings(
        **{
            "token": TOKEN,
            "mode": Mode.WEBHOOK,
            "webhook_url": url,
            "secret": SECRET,
            "api": fake.url,
            **PATIENT,
            **more,
        }
    )
    return ZaloBotWebhook(settings, picture_url=lambda name: f"https://e/{name}.png", sleep=no_time)


def polled(fake: FakeZaloBot) -> ZaloBotPolled:
    return ZaloBotPolled(ZaloBotSettings(token=TOKEN, api=fake.url, answer_seconds=60))


async def test_a_resident_gets_the_picture_and_the_text(fake: FakeZaloBot) -> None:
    await fake.user_writes("u", "bình chữa cháy")
    bot = hooked(fake)
    reply = Reply(kind=Kind.ANSWER, text="Rút chốt.", image=Image(name="binh", alt="Bình bột"))
    async with bot.connected():
        outcomes = [await bot.send(Recipient("u", NOW), part) for part in bot.render(reply).parts]
    assert outcomes == [Sent("out-1"), Sent("out-2")]
    assert [(one.photo, one.text) for one in fake.sent("u")] == [
        ("https://e/binh.png", "Bình bột"),
        (None, "Rút chốt."),
    ]


async def test_the_webhook_is_set_although_the_platform_is_late(
    fake: FakeZaloBot, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fails("setWebhook", *[Fault.page(502)] * 3, Fault.silence(done=False))
    async with hooked(fake, answer_seconds=0.3).connected():
        await fake.webhook_was_set.wait()
    assert fake.webhook == (URL, SECRET)
    assert len([one for one in caplog.records if "the webhook is not set" in one.message]) == 2
    assert SECRET not in caplog.text


async def test_events_come_through_the_webhook(fake: FakeZaloBot) -> None:
    # Given an assistant that listens as the core does
    came: list[Event] = []

    async def listen(request: web.Request) -> web.Response:
        raw = await request.read()
        try:
            bot.verify(request.headers, raw, NOW)
            came.extend(bot.parse(raw))
        except RefusedError as refusal:
            return web.Response(status=refusal.status)
        return web.Response()

    app = web.Application()
    app.router.add_post("/webhooks/zalo-bot", listen)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot = hooked(fake, f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/zalo-bot")
    async with bot.connected():
        await fake.webhook_was_set.wait()
        # When somebody writes, one event is delivered twice, and a stranger posts with another secret
        event = await fake.user_writes("u", "chào")
        await fake.deliver(event)
        await fake.user_sends_sticker("u")
        assert fake.webhook is not None
        fake.webhook = (fake.webhook[0], "another-secret")
        await fake.user_writes("u", "giả")
    await runner.cleanup()
    # Then the events came, the repeated one under the same key, and the stranger's did not
    assert [one.status for one in fake.deliveries] == [200, 200, 200, 403]
    assert [one.kind for one in came] == [EventKind.TEXT, EventKind.TEXT, EventKind.UNREADABLE]
    assert came[0] == came[1]


@pytest.mark.parametrize(("typing", "actions"), [(True, 1), (False, 0)])
async def test_typing_is_shown_only_where_it_is_wanted(fake: FakeZaloBot, typing: bool, actions: int) -> None:
    await fake.user_writes("u", "chào")
    bot = hooked(fake, typing=typing)
    async with bot.connected():
        for kind in (EventKind.TEXT, EventKind.PHOTO, EventKind.OTHER):
            await bot.received(Event(key="k", kind=kind, name="n", user="u"))
    assert len(fake.called("sendChatAction")) == actions


async def test_the_fake_is_strict(fake: FakeZaloBot) -> None:
    await fake.user_writes("u", "chào")
    bot = polled(fake)
    async with bot.connected():
        for body in (
            {"method": "sendMessage", "text": ""},
            {"method": "sendMessage", "text": "\u200b"},
            {"method": "sendMessage", "text": "a" * 2_001},
            {"method": "sendMessage", "text": "a", "reply_markup": {}},
            {"method": "sendPhoto", "photo": "file.png"},
            {"method": "sendPhoto", "photo": "https://e/a.png", "caption": ""},
        ):
            assert isinstance(await bot.send(Recipient("u"), Part(body)), Permanent), body
        assert isinstance(
            await bot.send(Recipient("stranger"), Part({"method": "sendMessage", "text": "a"})), Permanent
        )
    assert fake.sent("u") == []
    assert (MONTHLY, MOST_USERS) == (3_000, 50)


async def test_a_diagnosis_tells_what_is_wrong_and_changes_nothing(fake: FakeZaloBot) -> None:
    bot = polled(fake)
    well = await bot.diagnose()  # also where nothing is sent: a doctor does not connect
    async with bot.connected():
        assert await bot.diagnose() == well
        fake.webhook = ("https://somebody:pass@another.example:8443/a-secret-path?key=1", "12345678")
        beside = await bot.diagnose()
        fake.token = "another"
        unknown = await bot.diagnose()
    assert [one.mark for one in well] == [Mark.GOOD, Mark.GOOD, Mark.CAUTION]
    assert "50 người" in well[-1].text
    assert [one.mark for one in beside] == [Mark.GOOD, Mark.CAUTION, Mark.CAUTION]
    assert "về another.example:8443 nên" in beside[1].text
    assert not any(word in repr(beside) for word in ("secret-path", "pass@", "key=1"))
    assert (unknown[0].mark, "ZALO_BOT_TOKEN" in unknown[0].text) == (Mark.BAD, True)
    assert {method for method, _ in fake.calls} == {"getMe", "getWebhookInfo"}


async def test_a_diagnosis_of_a_page_in_the_place_of_the_platform_blames_no_token(fake: FakeZaloBot) -> None:
    for status in (301, 403, 404, 502):
        fake.fails("getMe", Fault.page(status))
        found = (await polled(fake).diagnose())[0]
        assert (found.mark, "bị từ chối" in found.text) == (Mark.BAD, False)
        assert str(status) in found.text


@pytest.mark.parametrize("url", ["https://[::1/w", "https://a.example:99999/w", "w"])
async def test_a_diagnosis_of_a_strange_address_raises_nothing(fake: FakeZaloBot, url: str) -> None:
    fake.webhook = (url, "12345678")
    for bot in (polled(fake), hooked(fake)):
        assert "một địa chỉ lạ" in (await bot.diagnose())[1].text


async def test_every_message_has_a_connection_of_its_own(fake: FakeZaloBot) -> None:
    await fake.user_writes("u", "chào")
    bot = polled(fake)
    async with bot.connected():
        for _ in range(3):
            assert isinstance(await bot.send(Recipient("u"), Part({"method": "sendMessage", "text": "a"})), Sent)
    assert fake.connections == 3


async def test_a_diagnosis_alone_sets_no_webhook(fake: FakeZaloBot) -> None:
    found = await hooked(fake).diagnose()
    assert found[1].mark is Mark.BAD
    assert fake.webhook is None


async def test_a_diagnosis_names_a_webhook_that_is_not_ours(fake: FakeZaloBot) -> None:
    fake.fails("setWebhook", *[Fault.unauthorized()] * 50)
    fake.fails("getWebhookInfo", Fault(200, {"ok": True, "result": {"url": ""}}), Fault.page(500))
    bot = hooked(fake)
    async with bot.connected():
        found = [(await bot.diagnose())[1] for _ in range(2)]
        await fake.webhook_was_set.wait()
    assert [one.mark for one in found] == [Mark.BAD, Mark.CAUTION]
    assert "chưa đặt" in found[0].text
