"""What an operator may set, and that nothing of it that is secret is shown."""

import re
from typing import Any

import pytest

from bot.channels.contract import Polled, Webhook
from bot.channels.zalo_bot import Mode, ZaloBotPolled, ZaloBotSettings, ZaloBotWebhook, zalo_bot

SECRET = "12345678"
HOOKED: dict[str, Any] = {"mode": Mode.WEBHOOK, "webhook_url": "https://pccc.example/w", "secret": SECRET}


@pytest.mark.parametrize(
    ("token", "name"),
    [("4711:xyz", r"4711"), ("4711:xyz:w", r"4711"), ("xyzxyz", r"[0-9a-f]{16}"), (":xyz", r"[0-9a-f]{16}")],
)
def test_the_account_is_named_without_the_secret_of_the_token(token: str, name: str) -> None:
    account = ZaloBotSettings(token=token).account
    assert account.channel == "zalo_bot"
    assert re.fullmatch(name, account.id)
    assert ZaloBotSettings(token=token).account == account


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": ""},
        {"token": "a b"},
        {"token": "a/b"},
        {"token": "a", "per_second": 0},
        {"token": "a", "poll_seconds": 0},
        {"token": "a", "answer_seconds": 0.0},
        {"token": "a", **HOOKED, "webhook_url": None},
        {"token": "a", **HOOKED, "secret": None},
        {"token": "a", **HOOKED, "secret": "1234567"},
        {"token": "a", **HOOKED, "secret": "x" * 257},
    ],
)
def test_what_the_platform_would_refuse_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"token|per_second|webhook") as refusal:
        ZaloBotSettings(**wrong)
    assert "1234567" not in str(refusal.value)


def test_secrets_are_not_shown() -> None:
    shown = repr(ZaloBotSettings(token="4711:abc", **HOOKED))
    assert "abc" not in shown
    assert SECRET not in shown


def test_how_events_come_is_one_of_two() -> None:
    polled, hooked = zalo_bot(ZaloBotSettings(token="a")), zalo_bot(ZaloBotSettings(token="a", **HOOKED))
    assert isinstance(polled, ZaloBotPolled)
    assert isinstance(hooked, ZaloBotWebhook)
    assert (isinstance(polled, Polled), isinstance(polled, Webhook)) == (True, False)
    assert (isinstance(hooked, Polled), isinstance(hooked, Webhook)) == (False, True)
    assert hooked.path == "/webhooks/zalo-bot"
    assert polled.pace.messages == 5
