"""Settings are read from the environment, refused with a clear message, and documented."""

from dataclasses import fields
from pathlib import Path

import pytest

from bot.reading_settings import SettingError
from bot.settings import Settings

SETTINGS_PAGE = Path(__file__).parents[2] / "docs/settings.md"


def test_defaults_need_no_environment() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert settings.host == "127.0.0.1"


def test_an_empty_value_is_the_default_so_that_no_port_is_opened_to_the_world() -> None:
    names = ("HOST", "PORT", "DATA_DIR", "DATABASE_URL", "LOG_LEVEL", "RETENTION_DAYS")
    assert Settings.from_environment(dict.fromkeys(names, "")) == Settings()


def test_a_password_is_not_in_the_settings_as_text() -> None:
    assert "geheim" not in repr(Settings.from_environment({"DATABASE_URL": "postgresql://pccc:geheim@db/pccc"}))


def test_values_are_read() -> None:
    settings = Settings.from_environment({"PORT": "9000", "DATABASE_URL": "postgresql://x/y", "LOG_LEVEL": "debug"})
    assert (settings.port, settings.database_url, settings.log_level) == (9000, "postgresql://x/y", "DEBUG")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("PORT", "²"),
        ("MESSAGES_PER_MINUTE", "0"),
        ("LOG_LEVEL", "loud"),
        ("RASA", "yes"),
        ("TURNS_AT_ONCE", "0"),
        ("TURNS_AT_ONCE", "101"),
        ("CLERK_MINUTES", "1441"),
        ("MESSAGE_RETENTION_DAYS", "0"),
        ("PUBLIC_URL", "http://pccc.example.vn"),
        ("PUBLIC_URL", "https://pccc.example.vn/?a=1"),
        ("PUBLIC_URL", "pccc.example.vn"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        Settings.from_environment({name: value})


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("https://pccc.example.vn/", "https://pccc.example.vn"),
        ("https://example.vn/pccc", "https://example.vn/pccc"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("  ", None),
    ],
)
def test_the_public_address_is_https_save_on_this_machine(value: str, address: str | None) -> None:
    assert Settings.from_environment({"PUBLIC_URL": value}).public_url == address


def test_lists_are_read_without_blanks_and_empty_parts() -> None:
    settings = Settings.from_environment({"EMBED_ORIGINS": " https://a.vn, ,https://b.vn,"})
    assert settings.embed_origins == ("https://a.vn", "https://b.vn")


def test_every_setting_is_documented() -> None:
    page = SETTINGS_PAGE.read_text(encoding="utf-8")
    channels = {"telegram": "TELEGRAM_TOKEN", "zalo_oa": "ZALO_OA_ID", "zalo_bot": "ZALO_BOT_TOKEN", "mail": "SMTP_URL"}
    for setting in fields(Settings):
        name = channels.get(setting.name, setting.name.upper())
        assert f"`{name}`" in page, setting.name
