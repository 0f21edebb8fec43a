"""The Telegram channel: Bot API through python-telegram-bot, by polling or by webhook."""

from bot.channels.telegram.adapter import PolledTelegram, TelegramAdapter, WebhookTelegram
from bot.channels.telegram.application import build_application
from bot.channels.telegram.settings import Mode, TelegramSettings, Timeouts

__all__ = [
    "Mode",
    "PolledTelegram",
    "TelegramAdapter",
    "TelegramSettings",
    "Timeouts",
    "WebhookTelegram",
    "build_application",
]
