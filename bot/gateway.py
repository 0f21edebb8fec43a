"""Opens the channels that are configured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.channels.contract import Adapter
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

    def picture_url(name: str) -> str | None:
        return f"{settings.public_url}{PICTURES}{name}" if settings.public_url else None

    adapters: list[Adapter] = []
    if settings.telegram is not None:
        adapters.append(TelegramAdapter(settings.telegram, picture=picture, now=wall_clock))
    if settings.zalo_oa is not None:
        adapters.append(ZaloOaAdapter(settings.zalo_oa, _stores(database, sealer), picture=picture, now=wall_clock))
    if settings.zalo_bot is not None:
        adapters.append(zalo_bot(settings.zalo_bot, picture_url=picture_url))
    return adapters


def _stores(database: Database, sealer: Sealer) -> Stores:
    return Stores(Accounts(database), ChannelTokens(database, sealer), Uploads(database), Quotas(database))
