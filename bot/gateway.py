"""Opens the channels that are configured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from bot.channels.contract import Adapter, Pace
from bot.channels.showing import (
    Rendering,
    telegram_rendering,
    web_rendering,
    zalo_bot_rendering,
    zalo_oa_rendering,
)
from bot.channels.telegram import TelegramAdapter
from bot.channels.web_format import PICTURES
from bot.channels.zalo_bot import zalo_bot
from bot.channels.zalo_oa.adapter import Stores, ZaloOaAdapter
from bot.settings import Settings
from bot.store.accounts import Accounts
from bot.store.channel_tokens import ChannelTokens
from bot.store.database import Database
from bot.store.quotas import Quotas
from bot.store.sealing import Sealer
from bot.store.uploads import Uploads


def adapters_of(
    settings: Settings,
    *,
    database: Database,
    sealer: Sealer,
    pictures: Callable[[], Path],
    wall_clock: Callable[[], datetime],
) -> list[Adapter]:
    """Return an adapter for each channel beside the web that has a token. `pictures` is the folder of the PNGs."""

    def picture(name: str) -> Path:
        return pictures() / name

    adapters: list[Adapter] = []
    if settings.telegram is not None:
        adapters.append(TelegramAdapter(settings.telegram, picture=picture, now=wall_clock))
    if settings.zalo_oa is not None:
        adapters.append(ZaloOaAdapter(settings.zalo_oa, _stores(database, sealer), picture=picture, now=wall_clock))
    if settings.zalo_bot is not None:
        adapters.append(zalo_bot(settings.zalo_bot, picture_url=_picture_url(settings)))
    return adapters


def renderings_of(settings: Settings) -> Mapping[str, Rendering]:
    """Return how each channel shows a reply, whether it is configured or not: what is planned may go there later."""
    return {
        "web": web_rendering(),
        "zalo_oa": zalo_oa_rendering(),
        "zalo_bot": zalo_bot_rendering(_picture_url(settings)),
        "telegram": telegram_rendering(),
    }


def paces_of(settings: Settings) -> Mapping[str, Pace]:
    """Return how fast the accounts that are configured may send, and the page."""
    paces = {"web": Pace(messages=None)}
    if settings.telegram is not None:
        paces["telegram"] = Pace(messages=settings.telegram.per_second, seconds=1.0)
    if settings.zalo_oa is not None:
        paces["zalo_oa"] = Pace(messages=settings.zalo_oa.per_minute, seconds=60.0)
    if settings.zalo_bot is not None:
        paces["zalo_bot"] = Pace(messages=settings.zalo_bot.per_second)
    return paces


def _picture_url(settings: Settings) -> Callable[[str], str | None]:
    def picture_url(name: str) -> str | None:
        return f"{settings.public_url}{PICTURES}{name}" if settings.public_url else None

    return picture_url


def _stores(database: Database, sealer: Sealer) -> Stores:
    return Stores(Accounts(database), ChannelTokens(database, sealer), Uploads(database), Quotas(database))
