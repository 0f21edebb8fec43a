"""What Telegram is told when the assistant starts: where to post updates to, and the menu of commands."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from telegram import Bot
from telegram.error import BadRequest, InvalidToken

from bot.channels.telegram.commands import MENU
from bot.channels.telegram.polling import ALLOWED_UPDATES, Pauses, Sleep
from bot.channels.telegram.settings import Mode, TelegramSettings

MOST_CONNECTIONS: Final = 20
"""At once from Telegram to our webhook: 1 to 100."""
_HOPELESS: Final = (BadRequest, InvalidToken)
_LOG: Final = logging.getLogger(__name__)


async def prepare(bot: Bot, settings: TelegramSettings, sleep: Sleep, chance: Callable[[], float]) -> None:
    """Tell Telegram, trying again while it cannot be reached. Raises nothing: what is refused is logged."""
    if settings.mode is Mode.WEBHOOK:
        await _until_done("webhook", lambda: _set_webhook(bot, settings), Pauses(sleep, chance))
    await _until_done("menu", lambda: _set_menu(bot), Pauses(sleep, chance))


async def _until_done(what: str, tell: Callable[[], Awaitable[None]], pauses: Pauses) -> None:
    while True:
        try:
            await tell()
        except _HOPELESS as error:
            _LOG.error("telegram: the %s is refused (%s)", what, type(error).__name__)
            return
        except Exception as error:
            if pauses.failures == 0:
                _LOG.warning("telegram: the %s is not set yet (%s)", what, type(error).__name__)
            await pauses.pause()
        else:
            return


async def _set_webhook(bot: Bot, settings: TelegramSettings) -> None:
    """Set the webhook at every start: getWebhookInfo does not tell whether the secret is still ours."""
    await bot.set_webhook(
        settings.webhook_url,
        secret_token=settings.secret,
        allowed_updates=ALLOWED_UPDATES,
        max_connections=MOST_CONNECTIONS,
        drop_pending_updates=False,
    )


async def _set_menu(bot: Bot) -> None:
    await bot.set_my_commands(MENU)
