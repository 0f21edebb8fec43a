"""Settings, read once from the environment. docs/settings.md lists every one; a test holds it to that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.loading import KNOWLEDGE_FOLDER


class SettingError(Exception):
    """A setting in the environment cannot be used."""


@dataclass(frozen=True)
class Settings:
    """Everything that an operator may set. Secrets come only from the environment and are never logged."""

    host: str = "127.0.0.1"
    port: int = 8080
    data_dir: Path = Path("var")
    knowledge_dir: Path = KNOWLEDGE_FOLDER
    knowledge_seconds: int = 10
    database_url: str | None = field(default=None, repr=False)  # may hold a password
    data_key: str | None = field(default=None, repr=False)
    rasa: bool = True
    rasa_url: str | None = None
    rasa_token: str | None = field(default=None, repr=False)
    trusted_proxies: int = 0
    messages_per_minute: int = 60
    retention_days: int = 180
    unanswered_retention_days: int = 730
    log_level: str = "INFO"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings. Raises `SettingError` naming the setting that is wrong."""
        return cls(
            host=environment.get("HOST") or cls.host,
            port=_whole_number(environment, "PORT", cls.port, 0, 65_535),
            data_dir=Path(environment.get("DATA_DIR") or cls.data_dir),
            knowledge_dir=Path(environment.get("KNOWLEDGE_DIR") or cls.knowledge_dir),
            knowledge_seconds=_whole_number(environment, "KNOWLEDGE_SECONDS", cls.knowledge_seconds, 1, 3600),
            database_url=environment.get("DATABASE_URL") or None,
            data_key=environment.get("DATA_KEY") or None,
            rasa=_yes_or_no(environment, "RASA", default=cls.rasa),
            rasa_url=environment.get("RASA_URL") or None,
            rasa_token=environment.get("RASA_TOKEN") or None,
            trusted_proxies=_whole_number(environment, "TRUSTED_PROXIES", cls.trusted_proxies, 0, 10),
            messages_per_minute=_whole_number(environment, "MESSAGES_PER_MINUTE", cls.messages_per_minute, 1, 100_000),
            retention_days=_whole_number(environment, "RETENTION_DAYS", cls.retention_days, 1, 3650),
            unanswered_retention_days=_whole_number(
                environment, "UNANSWERED_RETENTION_DAYS", cls.unanswered_retention_days, 1, 3650
            ),
            log_level=_log_level(environment.get("LOG_LEVEL") or cls.log_level),
        )


def _whole_number(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise SettingError(f"{name}={text!r}: expected a whole number from {least} to {most}")
    return int(text)


def _yes_or_no(environment: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environment.get(name, "").strip().lower()
    if text not in {"", "on", "off"}:
        raise SettingError(f"{name}={text!r}: expected on or off")
    return text == "on" if text else default


def _log_level(text: str) -> str:
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise SettingError(f"LOG_LEVEL={text!r}: expected DEBUG, INFO, WARNING or ERROR")
    return text.upper()
