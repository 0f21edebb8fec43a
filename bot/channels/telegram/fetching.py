"""Fetches pictures from Telegram: getFile names a path, and the file lies there for an hour."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Final

import httpx
from telegram import Bot
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.contract import FetchError, Unfetched
from bot.channels.telegram.settings import TelegramSettings

_SECONDS: Final = 8.0
_LOG: Final = logging.getLogger(__name__)


class Fetcher:
    """Fetches files of one bot. Its address holds the token, so no error of the library is ever shown."""

    def __init__(self, bot: Bot, settings: TelegramSettings, seconds: float = _SECONDS) -> None:
        self._bot = bot
        self._settings = settings
        self._seconds = seconds

    async def fetch(self, file_id: str, largest: int) -> bytes:
        """Return a file of at most `largest` bytes. Raises `FetchError`."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._fetched(file_id, largest)
        except BadRequest as error:  # "file is too big" from 20 MB on; all else means that there is none
            raise FetchError(Unfetched.TOO_LARGE if "too big" in error.message else Unfetched.GONE) from None
        except Forbidden:
            raise FetchError(Unfetched.GONE) from None
        except (TelegramError, httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # a time-out is an OSError
            _LOG.info("telegram: a picture was not fetched: %s", type(error).__name__)
            raise FetchError(Unfetched.UNREACHABLE) from None

    async def _fetched(self, file_id: str, largest: int) -> bytes:
        file = await self._bot.get_file(file_id)
        if (file.file_size or 0) > largest:
            raise FetchError(Unfetched.TOO_LARGE)
        base = f"{self._settings.api.rstrip('/')}/file/bot{self._settings.token}/"
        if not file.file_path or not file.file_path.startswith(base):
            raise FetchError(Unfetched.GONE)  # a Bot API server in local mode names a path on its own disk
        async with self._client() as client, client.stream("GET", file.file_path) as response:
            if response.status_code != httpx.codes.OK:
                gone = 300 <= response.status_code < 500 and response.status_code != httpx.codes.TOO_MANY_REQUESTS
                raise FetchError(Unfetched.GONE if gone else Unfetched.UNREACHABLE)
            parts: list[bytes] = []
            size = 0
            async for part in response.aiter_raw():
                size += len(part)
                if size > largest:
                    raise FetchError(Unfetched.TOO_LARGE)
                parts.append(part)
            return b"".join(parts)

    def _client(self) -> httpx.AsyncClient:
        """A client with the settings' proxy; nothing follows a redirect."""
        # As for other requests: the system's list of authorities, where an operator's own stands.
        verify = ssl.create_default_context() if self._settings.api.startswith("https:") else False
        return httpx.AsyncClient(
            proxy=self._settings.proxy,
            trust_env=False,
            verify=verify,
            timeout=httpx.Timeout(self._seconds, connect=self._settings.timeouts.connect),
            headers={"Accept-Encoding": "identity"},
        )
