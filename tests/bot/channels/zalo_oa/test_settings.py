"""What an operator may set for a Zalo OA, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.channel_settings import zalo_oa_settings
from bot.channels.zalo_oa.settings import WITHDRAWAL_EVENTS, SignedId, ZaloOaSettings
from bot.reading_settings import SettingError
from tests.bot.channels.zalo_oa.setting import settings_for

GIVEN = {"ZALO_OA_ID": "42", "ZALO_OA_APP_ID": "7", "ZALO_OA_APP_SECRET": "geheim"}


def read(**environment: str) -> ZaloOaSettings:
    settings = zalo_oa_settings({**GIVEN, **environment})
    assert settings is not None
    return settings


def test_what_sources_disagree_about_may_be_set() -> None:
    settings = read(
        ZALO_OA_SIGNED_IDS="OA, app,oa",
        ZALO_OA_TIMESTAMP_HEADER="X-ZEvent-Timestamp",
        ZALO_OA_WITHDRAWAL_EVENTS="user_gone, user.withdraws",
        ZALO_OA_OLDEST_EVENT_HOURS="48",
    )
    assert settings.signed_ids == (SignedId.OA, SignedId.APP)
    assert settings.timestamp_header == "X-ZEvent-Timestamp"
    assert settings.withdrawal_events == WITHDRAWAL_EVENTS | {"user_gone", "user.withdraws"}
    assert settings.oldest_event == timedelta(hours=48)


def test_without_them_the_defaults_hold() -> None:
    settings = read(ZALO_OA_SIGNED_IDS=" ", ZALO_OA_WITHDRAWAL_EVENTS="")
    defaults = ZaloOaSettings(app_id="7", app_secret="geheim", oa_id="42")
    assert settings == defaults
    assert (defaults.signed_ids, defaults.oldest_event) == ((SignedId.APP,), timedelta(hours=24))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZALO_OA_SIGNED_IDS", "user"),
        ("ZALO_OA_OLDEST_EVENT_HOURS", "0"),
        ("ZALO_OA_OLDEST_EVENT_HOURS", "169"),
        ("ZALO_OA_TIMESTAMP_HEADER", "X Y"),
        ("ZALO_OA_WITHDRAWAL_EVENTS", "a b"),
        ("ZALO_OA_ID", "zalo.me/42"),
        ("ZALO_OA_APP_ID", "app"),
        ("ZALO_OA_VERIFIER", "zalo_verifierX.html"),
        ("ZALO_OA_VERIFIER", '"><script>'),
        ("ZALO_OA_API", "http://openapi.zalo.me"),
        ("ZALO_OA_OAUTH", "oauth.zaloapp.com"),
        ("ZALO_OA_OAUTH", "http://[::1"),
    ],
)
def test_what_cannot_be_right_is_refused_without_a_secret(name: str, value: str) -> None:
    secrets = {"ZALO_OA_SECRETS": "geheim", "ZALO_OA_REFRESH_TOKEN": "geheim"}
    with pytest.raises(SettingError, match="ZALO_OA_") as refused:
        read(**{**secrets, name: value})
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("changes", [{"oa_id": "٤٢"}, {"app_id": ""}, {"signed_ids": ()}, {"api_url": "https://"}])
def test_settings_check_themselves(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"id|addresses"):
        settings_for("", **changes)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8082", "http://localhost:1", "http://[::1]:9", "https://a.example"])
def test_addresses_of_this_machine_need_no_encryption(url: str) -> None:
    assert settings_for("", api_url=url).api_url == url
