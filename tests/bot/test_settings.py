"""Settings are read from the environment, refused with a clear message, and documented."""

from dataclasses import fields
from datetime import datetime
from pathlib import Path

import pytest

from bot.feedback.deadlines import DEFAULTS
from bot.feedback.kinds import ReportKind
from bot.feedback.lifecycle import Hat, State
from bot.reading_settings import SettingError
from bot.settings import Settings
from knowledge.clock import VIET_NAM

RECEIVED = "received: {hat: mttq, days: 4}"
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


def test_an_office_has_deadlines_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "han.yml"
    file.write_text(DEFAULTS.read_text(encoding="utf-8").replace("received: {hat: mttq, days: 2}", RECEIVED), "utf-8")
    read = Settings.from_environment({"DEADLINES_FILE": str(file)}).deadlines
    monday = datetime(2026, 11, 16, 9, tzinfo=VIET_NAM)
    assert read.due(State.RECEIVED, ReportKind.HAZARD, monday) == (
        Hat.MTTQ,
        datetime(2026, 11, 20, 17, tzinfo=VIET_NAM),
    )
    assert Settings().deadlines.due(State.RECEIVED, ReportKind.HAZARD, monday) == (
        Hat.MTTQ,
        datetime(2026, 11, 18, 17, tzinfo=VIET_NAM),
    )


def test_a_file_of_deadlines_that_cannot_be_used_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "han.yml"
    with pytest.raises(SettingError, match=r"DEADLINES_FILE=.*han\.yml.*cannot be read"):
        Settings.from_environment({"DEADLINES_FILE": str(file)})
    file.write_text("states:\n  received: {hat: mttq, days: none}\nclosing: {hat: mttq, days: 5}\n", "utf-8")
    with pytest.raises(SettingError, match=r"DEADLINES_FILE: .*han\.yml:2: "):
        Settings.from_environment({"DEADLINES_FILE": str(file)})


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
    names = {"telegram": "TELEGRAM_TOKEN", "zalo_oa": "ZALO_OA_ID", "zalo_bot": "ZALO_BOT_TOKEN", "mail": "SMTP_URL"}
    names["deadlines"] = "DEADLINES_FILE"
    for setting in fields(Settings):
        name = names.get(setting.name, setting.name.upper())
        assert f"`{name}`" in page, setting.name
