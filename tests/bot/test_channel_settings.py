"""Settings of the channels: one without its token is off, a wrong one is refused by name, and no secret is shown."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.channels.telegram.settings import Mode as TelegramMode
from bot.channels.zalo_bot.settings import Mode as ZaloBotMode
from bot.reading_settings import SettingError
from bot.settings import Settings

TELEGRAM = {"TELEGRAM_TOKEN": "123456789:AAF-geheim_geheim_geheim_geheim_geh"}
ZALO_BOT = {"ZALO_BOT_TOKEN": "4711:geheim"}
ZALO_OA = {"ZALO_OA_ID": "42", "ZALO_OA_APP_ID": "7", "ZALO_OA_APP_SECRET": "geheim-app"}


def read(*environments: Mapping[str, str]) -> Settings:
    return Settings.from_environment({name: text for one in environments for name, text in one.items()})


def test_no_channel_is_on_by_itself() -> None:
    settings = read({})
    assert (settings.telegram, settings.zalo_oa, settings.zalo_bot, settings.staff_alerts) == (None, None, None, ())
    blank = read(dict.fromkeys(["TELEGRAM_TOKEN", "ZALO_BOT_TOKEN", "ZALO_OA_ID", "STAFF_ALERTS"], "  "))
    assert blank == settings


def test_a_channel_is_on_with_its_token_alone() -> None:
    settings = read(TELEGRAM, ZALO_BOT, ZALO_OA)
    assert settings.telegram is not None
    assert settings.zalo_bot is not None
    assert settings.zalo_oa is not None
    assert settings.telegram.mode is TelegramMode.POLLING
    assert settings.zalo_bot.mode is ZaloBotMode.POLLING
    assert (settings.zalo_oa.oa_id, settings.zalo_oa.app_id) == ("42", "7")


def test_what_is_set_is_read() -> None:
    settings = read(
        TELEGRAM,
        {"TELEGRAM_PER_SECOND": "25", "TELEGRAM_API": "http://127.0.0.1:8081", "TELEGRAM_PROXY": "http://proxy:3128"},
        {"TELEGRAM_MODE": "Webhook", "TELEGRAM_SECRET": "abc_1", "TELEGRAM_WEBHOOK_URL": "https://a.vn/w"},
        ZALO_OA,
        {"ZALO_OA_SECRETS": "new, old", "ZALO_OA_PER_MINUTE": "90", "ZALO_OA_REFRESH_TOKEN": "geheim-r"},
    )
    telegram, zalo_oa = settings.telegram, settings.zalo_oa
    assert telegram is not None
    assert zalo_oa is not None
    assert (telegram.mode, telegram.per_second, telegram.secret) == (TelegramMode.WEBHOOK, 25, "abc_1")
    assert (telegram.api, telegram.proxy) == ("http://127.0.0.1:8081", "http://proxy:3128")
    assert (zalo_oa.webhook_secrets, zalo_oa.per_minute, zalo_oa.refresh_token) == (("new", "old"), 90, "geheim-r")


def test_pictures_may_come_from_the_known_domain_and_from_those_that_are_named() -> None:
    hosts = {"ZALO_OA_MEDIA_HOSTS": "ZADN.vn, zdn.vn", "ZALO_BOT_MEDIA_HOSTS": "cdn.example.vn"}
    settings = read(ZALO_OA, ZALO_BOT, hosts)
    assert settings.zalo_oa is not None
    assert settings.zalo_bot is not None
    assert settings.zalo_oa.media_hosts == ("zdn.vn", "zadn.vn")
    assert settings.zalo_bot.media_hosts == ("zdn.vn", "cdn.example.vn")


def test_the_numbers_of_provinces_are_read() -> None:
    settings = read(ZALO_OA, {"ZALO_OA_CITIES": "01:4, 79: 1+57"})
    assert settings.zalo_oa is not None
    assert settings.zalo_oa.cities == {"01": ("4",), "79": ("1", "57")}


@pytest.mark.parametrize("cities", ["01", "1:4", "01:", "01:x", "01:4,01:5", "01:4+", "00004:4"])
def test_what_is_no_number_of_a_province_is_refused(cities: str) -> None:
    with pytest.raises(SettingError, match=r"ZALO_OA_.*(such as 79:1|such as 01:4)"):
        read(ZALO_OA, {"ZALO_OA_CITIES": cities})


@pytest.mark.parametrize("host", ["*", "vn", "https://zdn.vn", "10.0.0.1", "zdn.vn/x"])
@pytest.mark.parametrize("channel", ["OA", "BOT"])
def test_what_is_no_domain_is_refused_by_name(channel: str, host: str) -> None:
    with pytest.raises(SettingError, match=f"ZALO_{channel}_.*no domain"):
        read(ZALO_OA, ZALO_BOT, {f"ZALO_{channel}_MEDIA_HOSTS": host})


def test_no_secret_is_shown() -> None:
    settings = read(
        TELEGRAM,
        {"TELEGRAM_MODE": "webhook", "TELEGRAM_SECRET": "geheim", "TELEGRAM_WEBHOOK_URL": "https://a.vn/w"},
        ZALO_BOT,
        ZALO_OA,
        {"ZALO_OA_SECRETS": "geheim", "ZALO_OA_ACCESS_TOKEN": "geheim", "ZALO_OA_REFRESH_TOKEN": "geheim"},
    )
    assert "geheim" not in repr(settings)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"TELEGRAM_TOKEN": "geheim"}, "TELEGRAM"),
        ({**TELEGRAM, "TELEGRAM_MODE": "smoke"}, "TELEGRAM_MODE"),
        ({**TELEGRAM, "TELEGRAM_MODE": "webhook"}, "TELEGRAM"),
        ({**TELEGRAM, "TELEGRAM_PER_SECOND": "0"}, "TELEGRAM_PER_SECOND"),
        ({**TELEGRAM, "TELEGRAM_API": "ftp://x"}, "TELEGRAM"),
        ({"ZALO_BOT_TOKEN": "a b"}, "ZALO_BOT"),
        ({**ZALO_BOT, "ZALO_BOT_MODE": "webhook"}, "ZALO_BOT"),
        ({"ZALO_OA_ID": "42"}, "ZALO_OA_APP_ID"),
        ({"ZALO_OA_ID": "42", "ZALO_OA_APP_ID": "7"}, "ZALO_OA_APP_SECRET"),
        ({**ZALO_OA, "ZALO_OA_PER_MINUTE": "many"}, "ZALO_OA_PER_MINUTE"),
        ({"STAFF_ALERTS": "zalo_bot"}, "STAFF_ALERTS"),
        ({"STAFF_ALERTS": "zalo_bot:"}, "STAFF_ALERTS"),
        ({"STAFF_ALERTS": "telegram:1,email:a@b.vn"}, "STAFF_ALERTS"),
    ],
)
def test_a_wrong_one_is_refused_by_name_and_without_its_secret(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingError, match=named) as refused:
        read(environment)
    assert "geheim" not in str(refused.value)


def test_who_is_told_of_trouble_is_read() -> None:
    settings = read({"STAFF_ALERTS": "zalo_bot:abc:1, telegram:456"})
    assert settings.staff_alerts == (("zalo_bot", "abc:1"), ("telegram", "456"))
