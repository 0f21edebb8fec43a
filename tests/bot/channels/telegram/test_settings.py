"""What can be set, and what is refused without quoting a secret."""

from typing import Any

import pytest

from bot.channels.contract import Pace, Polled, Webhook
from bot.channels.telegram import Mode, TelegramAdapter, TelegramSettings
from tests.bot.channels.telegram.setting import NOW

TOKEN = "123456789:AAH-very_secret"
WEBHOOK: dict[str, Any] = {
    "mode": Mode.WEBHOOK,
    "secret": "s3cret_-",
    "webhook_url": "https://pccc.example.vn/webhooks/telegram",
}


def a_path(_name: str) -> Any:
    raise LookupError


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": ""},
        {"token": "AAH-very_secret"},
        {"token": f"{TOKEN} "},
        {"api": "api.telegram.org"},
        {"api": "https://"},
        {"proxy": "socks5://u:very_secret@proxy:1080"},
        {"proxy": "http://u:very_secret@proxy:port"},
        {"per_second": 0},
        {**WEBHOOK, "secret": ""},
        {**WEBHOOK, "secret": "very_secret!"},
        {**WEBHOOK, "webhook_url": ""},
        {**WEBHOOK, "webhook_url": "http://pccc.example.vn/x"},
    ],
)
def test_what_cannot_be_used_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"token|address|secret|second|proxy") as refusal:
        TelegramSettings(**{"token": TOKEN, **wrong})
    assert "very_secret" not in str(refusal.value)


def test_no_secret_is_in_a_repr() -> None:
    settings = TelegramSettings(token=TOKEN, proxy="http://u:pass_word@proxy:3128", **WEBHOOK)
    for secret in (TOKEN, "very_secret", "pass_word", "s3cret_-"):
        assert secret not in repr(settings)


def test_the_account_is_the_bot_and_the_pace_telegrams() -> None:
    adapter = TelegramAdapter(TelegramSettings(token=TOKEN, per_second=20), picture=a_path, now=lambda: NOW)
    assert str(adapter.account) == "telegram:123456789"
    assert adapter.pace == Pace(messages=20, seconds=1.0, between=1.0)


def test_a_bot_either_polls_or_has_a_webhook() -> None:
    polled = TelegramAdapter(TelegramSettings(token=TOKEN), picture=a_path, now=lambda: NOW)
    told = TelegramAdapter(TelegramSettings(token=TOKEN, **WEBHOOK), picture=a_path, now=lambda: NOW)
    assert (isinstance(polled, Polled), isinstance(polled, Webhook)) == (True, False)
    assert (isinstance(told, Polled), isinstance(told, Webhook)) == (False, True)
