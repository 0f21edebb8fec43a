"""Asks Telegram for updates and confirms them only when they are stored."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlencode

from telegram import Bot
from telegram.error import Conflict, InvalidToken
from telegram.request import BaseRequest

from bot.channels.contract import Take
from bot.channels.telegram.application import FloodError, NotSentError
from bot.channels.telegram.parsing import event_of, update_id

ALLOWED_UPDATES: Final = ("message", "edited_message", "callback_query", "my_chat_member")
"""Named, since Telegram remembers the last list that it was given."""
LONG_POLL_SECONDS: Final = 25
_MOST: Final = 100  # updates of one answer
_AT_ONCE_SECONDS: Final = 0.5
_LONGEST_PAUSE: Final = 60.0
_DOUBLINGS: Final = 6  # after them the longest pause is reached
_LOG: Final = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]


class Pauses:
    """Pauses that double with each failure in a row, up to a minute, each shortened by chance by up to a half."""

    def __init__(self, sleep: Sleep, chance: Callable[[], float]) -> None:
        self._sleep = sleep
        self._chance = chance
        self.failures = 0

    async def pause(self, least: float = 0.0) -> None:
        """Wait after one more failure, for at least `least` seconds."""
        self.failures += 1
        most = min(2.0 ** min(self.failures - 1, _DOUBLINGS), _LONGEST_PAUSE)
        await self._sleep(max(least, most * (1 - self._chance() / 2)))


class Poller:
    """The loop of a bot that has no webhook. `request` asks, so that it never waits behind what is sent.

    Updates are read as plain JSON: python-telegram-bot's own reading fails for a whole batch when one update is odd,
    and the batch then comes again and again.
    """

    def __init__(
        self,
        bot: Bot,
        request: BaseRequest,
        *,
        clock: Callable[[], float],
        sleep: Sleep,
        chance: Callable[[], float],
        seconds: float = LONG_POLL_SECONDS,
    ) -> None:
        self._bot = bot
        self._request = request
        self._clock = clock
        self._sleep = sleep
        self._seconds = seconds
        self._pauses = Pauses(sleep, chance)
        self._offset: int | None = None
        self._webhook_deleted = False
        self._troubles: set[str] = set()

    async def poll(self, take: Take) -> None:
        """Ask for ever. What `take` has not stored is asked for again; Telegram keeps it for 24 hours."""
        await self._connect_anew()  # an earlier asking may have been cancelled
        while True:
            try:
                await self._once(take)
            except Exception as error:
                await self._troubled(error)
            else:
                self._pauses.failures = 0
                self._troubles.clear()

    async def _connect_anew(self) -> None:
        """Open connections anew: one whose asking was cancelled may be held for ever by the library's pool."""
        with suppress(Exception):
            await self._request.shutdown()
        with suppress(Exception):
            await self._request.initialize()

    async def _once(self, take: Take) -> None:
        if not self._webhook_deleted:
            await self._bot.delete_webhook(drop_pending_updates=False)
            self._webhook_deleted = True
        began = self._clock()
        updates = [one for one in await self._asked() if update_id(one) is not None]
        if updates:
            await take([event_of(one) for one in updates])
            # Telegram forgets what lies below the offset, so it is raised only now.
            self._offset = max(update_id(one) or 0 for one in updates) + 1
        elif self._clock() - began < _AT_ONCE_SECONDS:
            await self._sleep(1.0)  # a server that does not hold the request would be asked without end

    async def _asked(self) -> list[Mapping[str, Any]]:
        """The answer to getUpdates. Raises what python-telegram-bot raises, and ValueError for no list."""
        query: dict[str, Any] = {
            "timeout": int(self._seconds),
            "limit": _MOST,
            "allowed_updates": json.dumps(ALLOWED_UPDATES),
        }
        if self._offset is not None:
            query["offset"] = self._offset
        async with asyncio.timeout(self._seconds + 20):
            answer: object = await self._request.post(
                f"{self._bot.base_url}/getUpdates?{urlencode(query)}", read_timeout=self._seconds + 10
            )
        if not isinstance(answer, list):
            raise ValueError
        return [one for one in answer if isinstance(one, Mapping)]

    async def _troubled(self, error: Exception) -> None:
        """Log a trouble the first time it comes, and wait."""
        kind = type(error).__name__
        if kind not in self._troubles:
            self._troubles.add(kind)
            # never the error's own text: it may quote the token
            _LOG.warning("telegram: no updates for now (%s)%s", kind, _hint(error))
        if isinstance(error, Conflict):
            self._webhook_deleted = False
        if isinstance(error, NotSentError) and self._pauses.failures:
            await self._connect_anew()
        await self._pauses.pause(error.seconds if isinstance(error, FloodError) else 0.0)


def _hint(error: Exception) -> str:
    if isinstance(error, Conflict):
        return ": somebody else polls with the same token, or has set a webhook"
    return ": the token is refused" if isinstance(error, InvalidToken) else ""
