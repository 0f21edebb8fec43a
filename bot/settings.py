"""Settings, read once from the environment. docs/settings.md lists every one; a test holds it to that."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bot.channel_settings import embed_origins, staff_alerts, telegram_settings, zalo_bot_settings, zalo_oa_settings
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.zalo_bot.settings import ZaloBotSettings
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.feedback.deadlines import DEFAULTS, Deadlines, DeadlinesError
from bot.feedback.mail import MailSettings
from bot.mail_settings import mail_settings
from bot.reading_settings import Environment, SettingError, public_address, whole_number, yes_or_no
from knowledge.loading import KNOWLEDGE_FOLDER


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
    public_url: str | None = None
    embed_origins: tuple[str, ...] = ()
    telegram: TelegramSettings | None = None
    zalo_oa: ZaloOaSettings | None = None
    zalo_bot: ZaloBotSettings | None = None
    clerk_minutes: int = 30
    turns_at_once: int = 8
    message_retention_days: int = 30
    campaign_retention_days: int = 730
    campaign_cap_day: int = 1
    campaign_cap_week: int = 3
    staff_alerts: tuple[tuple[str, str], ...] = ()
    mail: MailSettings | None = None
    deadlines: Deadlines = field(default_factory=Deadlines.load, compare=False, repr=False)

    @classmethod
    def from_environment(cls, environment: Environment) -> Settings:
        """Read the settings. Raises `SettingError` naming the setting that is wrong."""
        return cls(
            host=environment.get("HOST") or cls.host,
            port=whole_number(environment, "PORT", cls.port, 0, 65_535),
            data_dir=Path(environment.get("DATA_DIR") or cls.data_dir),
            knowledge_dir=Path(environment.get("KNOWLEDGE_DIR") or cls.knowledge_dir),
            knowledge_seconds=whole_number(environment, "KNOWLEDGE_SECONDS", cls.knowledge_seconds, 1, 3600),
            database_url=environment.get("DATABASE_URL") or None,
            data_key=environment.get("DATA_KEY") or None,
            rasa=yes_or_no(environment, "RASA", default=cls.rasa),
            rasa_url=environment.get("RASA_URL") or None,
            rasa_token=environment.get("RASA_TOKEN") or None,
            trusted_proxies=whole_number(environment, "TRUSTED_PROXIES", cls.trusted_proxies, 0, 10),
            messages_per_minute=whole_number(environment, "MESSAGES_PER_MINUTE", cls.messages_per_minute, 1, 100_000),
            retention_days=whole_number(environment, "RETENTION_DAYS", cls.retention_days, 1, 3650),
            unanswered_retention_days=whole_number(
                environment, "UNANSWERED_RETENTION_DAYS", cls.unanswered_retention_days, 1, 3650
            ),
            log_level=_log_level(environment.get("LOG_LEVEL") or cls.log_level),
            public_url=public_address(environment, "PUBLIC_URL"),
            embed_origins=embed_origins(environment),
            telegram=telegram_settings(environment),
            zalo_oa=zalo_oa_settings(environment),
            zalo_bot=zalo_bot_settings(environment),
            clerk_minutes=whole_number(environment, "CLERK_MINUTES", cls.clerk_minutes, 0, 1440),
            turns_at_once=whole_number(environment, "TURNS_AT_ONCE", cls.turns_at_once, 1, 40),
            message_retention_days=whole_number(
                environment, "MESSAGE_RETENTION_DAYS", cls.message_retention_days, 1, 3650
            ),
            campaign_retention_days=whole_number(
                environment, "CAMPAIGN_RETENTION_DAYS", cls.campaign_retention_days, 1, 3650
            ),
            campaign_cap_day=whole_number(environment, "CAMPAIGN_CAP_DAY", cls.campaign_cap_day, 1, 100),
            campaign_cap_week=whole_number(environment, "CAMPAIGN_CAP_WEEK", cls.campaign_cap_week, 1, 700),
            staff_alerts=staff_alerts(environment),
            mail=mail_settings(environment),
            deadlines=_deadlines(Path(environment.get("DEADLINES_FILE") or DEFAULTS)),
        )


def _deadlines(path: Path) -> Deadlines:
    try:
        return Deadlines.load(path)
    except DeadlinesError as error:
        raise SettingError(f"DEADLINES_FILE: {error}") from None
    except OSError as error:
        raise SettingError(f"DEADLINES_FILE={str(path)!r} cannot be read: {error.strerror}") from None


def _log_level(text: str) -> str:
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise SettingError(f"LOG_LEVEL={text!r}: expected DEBUG, INFO, WARNING or ERROR")
    return text.upper()
