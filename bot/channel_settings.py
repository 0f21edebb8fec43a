"""Settings of the channels. A channel without its token is off."""

from __future__ import annotations

from datetime import timedelta

from bot.channels.fetching import media_host
from bot.channels.telegram.settings import Mode as TelegramMode
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.web_page import embed_origin
from bot.channels.zalo_bot.settings import Mode as ZaloBotMode
from bot.channels.zalo_bot.settings import ZaloBotSettings
from bot.channels.zalo_oa.settings import WITHDRAWAL_EVENTS, SignedId, ZaloOaSettings
from bot.reading_settings import Environment, SettingError, listed, one_of, whole_number, words


def telegram_settings(environment: Environment) -> TelegramSettings | None:
    """Read TELEGRAM_…; None without TELEGRAM_TOKEN. Raises `SettingError`."""
    token = words(environment, "TELEGRAM_TOKEN")
    if token is None:
        return None
    try:
        return TelegramSettings(
            token=token,
            mode=one_of(environment, "TELEGRAM_MODE", TelegramMode.POLLING),
            secret=words(environment, "TELEGRAM_SECRET") or "",
            webhook_url=words(environment, "TELEGRAM_WEBHOOK_URL") or "",
            proxy=words(environment, "TELEGRAM_PROXY"),
            api=words(environment, "TELEGRAM_API") or TelegramSettings.api,
            per_second=whole_number(environment, "TELEGRAM_PER_SECOND", TelegramSettings.per_second, 1, 1000),
        )
    except ValueError as error:
        raise SettingError(f"TELEGRAM_…: {error}") from None


def zalo_oa_settings(environment: Environment) -> ZaloOaSettings | None:
    """Read ZALO_OA_…; None without ZALO_OA_ID. Raises `SettingError`."""
    oa_id = words(environment, "ZALO_OA_ID")
    if oa_id is None:
        return None
    app_id, app_secret = words(environment, "ZALO_OA_APP_ID"), words(environment, "ZALO_OA_APP_SECRET")
    if app_id is None or app_secret is None:
        raise SettingError("ZALO_OA_ID is set: ZALO_OA_APP_ID and ZALO_OA_APP_SECRET are needed too")
    try:
        return ZaloOaSettings(
            app_id=app_id,
            app_secret=app_secret,
            oa_id=oa_id,
            webhook_secrets=listed(environment, "ZALO_OA_SECRETS"),
            access_token=words(environment, "ZALO_OA_ACCESS_TOKEN"),
            refresh_token=words(environment, "ZALO_OA_REFRESH_TOKEN"),
            api_url=words(environment, "ZALO_OA_API") or ZaloOaSettings.api_url,
            oauth_url=words(environment, "ZALO_OA_OAUTH") or ZaloOaSettings.oauth_url,
            per_minute=whole_number(environment, "ZALO_OA_PER_MINUTE", ZaloOaSettings.per_minute, 1, 1_000_000),
            verifier=words(environment, "ZALO_OA_VERIFIER"),
            oldest_event=timedelta(hours=whole_number(environment, "ZALO_OA_OLDEST_EVENT_HOURS", 24, 1, 168)),
            signed_ids=_signed_ids(listed(environment, "ZALO_OA_SIGNED_IDS")),
            timestamp_header=words(environment, "ZALO_OA_TIMESTAMP_HEADER"),
            withdrawal_events=WITHDRAWAL_EVENTS | set(listed(environment, "ZALO_OA_WITHDRAWAL_EVENTS")),
            media_hosts=_media_hosts(listed(environment, "ZALO_OA_MEDIA_HOSTS"), ZaloOaSettings.media_hosts),
            cities=_cities(listed(environment, "ZALO_OA_CITIES")),
        )
    except ValueError as error:
        raise SettingError(f"ZALO_OA_…: {error}") from None


def _signed_ids(names: tuple[str, ...]) -> tuple[SignedId, ...]:
    """Read which ids may stand in front of what is signed: "app", "oa" or both; the app's when none is named."""
    try:
        return tuple(dict.fromkeys(SignedId(one.lower()) for one in names)) or (SignedId.APP,)
    except ValueError:
        raise SettingError(f"ZALO_OA_SIGNED_IDS={','.join(names)!r}: expected app, oa or both") from None


def _cities(pairs: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Read Zalo's numbers of provinces by our code, such as "01:4,79:1+57". Raises `SettingError`."""
    found = {}
    for one in pairs:
        code, colon, cities = (part.strip() for part in one.partition(":"))
        if not colon or code in found:
            raise SettingError(f"ZALO_OA_CITIES={one!r}: expected a province once with Zalo's numbers, such as 79:1+57")
        found[code] = tuple(city.strip() for city in cities.split("+"))
    return found


def _media_hosts(more: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """Add the domains that an operator names to those that are known. Raises ValueError."""
    return tuple(dict.fromkeys((*known, *map(media_host, more))))


def zalo_bot_settings(environment: Environment) -> ZaloBotSettings | None:
    """Read ZALO_BOT_…; None without ZALO_BOT_TOKEN. Raises `SettingError`."""
    token = words(environment, "ZALO_BOT_TOKEN")
    if token is None:
        return None
    try:
        return ZaloBotSettings(
            token=token,
            mode=one_of(environment, "ZALO_BOT_MODE", ZaloBotMode.POLLING),
            webhook_url=words(environment, "ZALO_BOT_WEBHOOK_URL"),
            secret=words(environment, "ZALO_BOT_SECRET"),
            api=words(environment, "ZALO_BOT_API") or ZaloBotSettings.api,
            per_second=whole_number(environment, "ZALO_BOT_PER_SECOND", ZaloBotSettings.per_second, 1, 1000),
            media_hosts=_media_hosts(listed(environment, "ZALO_BOT_MEDIA_HOSTS"), ZaloBotSettings.media_hosts),
        )
    except ValueError as error:
        raise SettingError(f"ZALO_BOT_…: {error}") from None


def embed_origins(environment: Environment) -> tuple[str, ...]:
    """Read EMBED_ORIGINS: the sites that may show the chat in their pages. Raises `SettingError`."""
    try:
        return tuple(embed_origin(one) for one in listed(environment, "EMBED_ORIGINS"))
    except ValueError as error:
        raise SettingError(f"EMBED_ORIGINS: {error}") from None


def staff_alerts(environment: Environment) -> tuple[tuple[str, str], ...]:
    """Read STAFF_ALERTS, such as "zalo_bot:abc123,telegram:456": channel and id of those who are told of trouble."""
    told = []
    for one in listed(environment, "STAFF_ALERTS"):
        channel, colon, user = one.partition(":")
        if not colon or not user or channel not in {"telegram", "zalo_bot", "zalo_oa"}:
            raise SettingError(f"STAFF_ALERTS={one!r}: expected a channel and an id, such as zalo_bot:abc123")
        told.append((channel, user))
    return tuple(told)
