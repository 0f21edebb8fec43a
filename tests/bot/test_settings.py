"""Settings are read from the environment, refused with a clear message, and documented."""

from dataclasses import fields
from pathlib import Path

import pytest

from bot.settings import SettingError, Settings

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
    [("PORT", "http"), ("PORT", "70000"), ("PORT", "-1"), ("MESSAGES_PER_MINUTE", "0"), ("LOG_LEVEL", "loud")],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        Settings.from_environment({name: value})


def test_every_setting_is_documented() -> None:
    page = SETTINGS_PAGE.read_text(encoding="utf-8")
    for setting in fields(Settings):
        assert f"`{setting.name.upper()}`" in page, setting.name
