"""A loop over python-telegram-bot with its own rate limiter: what campaigns are measured beside."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from telegram.error import TelegramError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from tests.fakes.telegram import TOKEN

_AT_ONCE: Final = 128
"""As many as our sender has under way."""


async def send_to_all(url: str, chats: Sequence[int], text: str, per_second: int | None) -> int:
    """Send a text to chats as the library's own means allow, without a database; return how many failed.

    `per_second` None: without its limiter.
    """
    limiter = None if per_second is None else AIORateLimiter(overall_max_rate=per_second, overall_time_period=1)
    request = HTTPXRequest(connection_pool_size=_AT_ONCE, pool_timeout=60)
    failed, room = 0, asyncio.Semaphore(_AT_ONCE)
    async with ExtBot(TOKEN, f"{url}/bot", request=request, rate_limiter=limiter) as bot:

        async def send(chat: int) -> None:
            nonlocal failed
            async with room:
                try:
                    await bot.send_message(chat, text)
                except TelegramError:
                    failed += 1

        await asyncio.gather(*(send(one) for one in chats))
    return failed
