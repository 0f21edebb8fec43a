"""What Telegram is told when the assistant starts."""

import json
from typing import Any

import pytest

from bot.channels.telegram import Mode
from bot.channels.telegram.commands import MENU
from bot.conversation.flows.set_words import COMMANDS, CONTROLS
from tests.bot.channels.telegram.setting import Sleeping, adapter_on
from tests.fakes.telegram import FakeTelegram, page, refusal

SECRET = "the-secret_of-the-webhook"


def test_every_command_of_the_menu_is_understood() -> None:
    for name, description in MENU:
        assert COMMANDS.named(f"/{name}") or CONTROLS.named(f"/{name}"), name
        assert 1 <= len(description) <= 256


async def test_the_menu_is_set() -> None:
    async with FakeTelegram() as fake:
        async with adapter_on(fake).connected():
            await fake.until(lambda: fake.commands)
        assert [(one["command"], one["description"]) for one in fake.commands] == list(MENU)
        assert fake.calls("setWebhook") == []


async def test_the_webhook_is_set_with_its_secret_and_keeps_what_waits(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with FakeTelegram() as fake:
        url = "https://pccc.example.vn/webhooks/telegram"
        adapter = adapter_on(fake, mode=Mode.WEBHOOK, secret=SECRET, webhook_url=url)
        async with adapter.connected():
            await fake.until(lambda: fake.commands)
        [call] = fake.calls("setWebhook")
        assert (call.fields["url"], call.fields["secret_token"]) == (url, SECRET)
        assert "my_chat_member" in json.loads(call.fields["allowed_updates"])
        assert call.fields.get("drop_pending_updates", "false").lower() == "false"
    assert SECRET not in caplog.text


async def test_telegram_that_cannot_be_reached_is_told_later() -> None:
    async with FakeTelegram() as fake:
        sleep = Sleeping()
        fake.fail(page(502), method="setWebhook", times=3)
        fake.fail(refusal(429, "x", retry_after=1), method="setMyCommands")
        hook: dict[str, Any] = {"mode": Mode.WEBHOOK, "secret": SECRET, "webhook_url": "https://pccc.example.vn/x"}
        async with adapter_on(fake, sleep, **hook).connected():
            await fake.until(lambda: fake.commands)
        assert fake.updates.webhook.url == "https://pccc.example.vn/x"
        assert sleep.slept == [1.0, 2.0, 4.0, 1.0]


async def test_what_is_refused_is_logged_and_left(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeTelegram() as fake:
        fake.fail(refusal(400, "Bad Request: bad webhook: IP address is reserved"), method="setWebhook")
        hook: dict[str, Any] = {"mode": Mode.WEBHOOK, "secret": SECRET, "webhook_url": "https://pccc.example.vn/x"}
        async with adapter_on(fake, **hook).connected():
            await fake.until(lambda: fake.commands)
        assert len(fake.calls("setWebhook")) == 1
    assert "the webhook is refused (BadRequest)" in caplog.text


async def test_the_end_does_not_wait_for_telegram() -> None:
    async with FakeTelegram() as fake:
        fake.fail(page(502), method="setMyCommands", times=10**9)
        async with adapter_on(fake).connected():
            await fake.until(lambda: len(fake.calls("setMyCommands")) > 2)
