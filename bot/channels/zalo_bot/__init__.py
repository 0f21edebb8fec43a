"""Zalo Bot: the Telegram-like platform of Zalo with a static token; text and pictures only, no buttons."""

from bot.channels.zalo_bot.adapter import ZaloBot, ZaloBotPolled, ZaloBotWebhook, zalo_bot
from bot.channels.zalo_bot.settings import Mode, ZaloBotSettings

__all__ = ["Mode", "ZaloBot", "ZaloBotPolled", "ZaloBotSettings", "ZaloBotWebhook", "zalo_bot"]
