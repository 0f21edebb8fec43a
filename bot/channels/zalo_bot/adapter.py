"""The Zalo Bot as a channel: one class sends, and how events come makes two of it.

Which of the two methods of getting events is used is a setting (`Mode`), since the platform excludes one while the
other is used.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import logging
import random as randomness
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import aiohttp

from bot.channels.contract import (
    Account,
    Diagnosis,
    Event,
    EventKind,
    Outcome,
    Pace,
    Part,
    Permanent,
    Recipient,
    RefusedError,
    Rendered,
    Retryable,
    Take,
    Unknown,
)
from bot.channels.fetching import Downloads
from bot.channels.zalo_bot.client import CallError, Client, NotReachedError, new_session
from bot.channels.zalo_bot.diagnosing import diagnoses
from bot.channels.zalo_bot.parsing import events_of
from bot.channels.zalo_bot.polling import Polling
from bot.channels.zalo_bot.rendering import rendered
from bot.channels.zalo_bot.sending import outcome
from bot.channels.zalo_bot.settings import CHANNEL, Mode, ZaloBotSettings
from bot.conversation.messages import Reply

PATH: Final = "/webhooks/zalo-bot"
_HEADER: Final = "x-bot-api-secret-token"
_METHODS: Final = frozenset({"sendMessage", "sendPhoto"})
_TYPING_SECONDS: Final = 3.0
_RETRY_SECONDS: Final = (2.0, 10.0, 60.0)  # the last one again and again
_LOG: Final = logging.getLogger(__name__)


class ZaloBot:
    """Sends for one bot. Its subclasses get events."""

    def __init__(
        self,
        settings: ZaloBotSettings,
        *,
        picture_url: Callable[[str], str | None] = lambda _name: None,
        new_session: Callable[[], aiohttp.ClientSession] = new_session,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = randomness.random,
    ) -> None:
        """`picture_url` gives the public address of a picture by its name, None if it has none.

        `clock` counts seconds, `sleep` waits them, `random` gives numbers from 0 to 1 that spread retries.
        """
        self._settings = settings
        self._picture_url = picture_url
        self._client = Client(settings, new_session)
        self._downloads = Downloads(CHANNEL, settings.media_hosts)
        self._clock = clock
        self._sleep = sleep
        self._random = random

    @property
    def account(self) -> Account:
        """Which bot this is."""
        return self._settings.account

    @property
    def pace(self) -> Pace:
        """How fast it may send: as set, since the platform names no limit."""
        return Pace(messages=self._settings.per_second)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Hold an HTTP session."""
        async with self._client.connected():
            yield

    def render(self, reply: Reply) -> Rendered:
        """Return the reply as texts and pictures."""
        return rendered(reply, self._picture_url)

    async def send(self, recipient: Recipient, part: Part) -> Outcome:
        """Send one part, once."""
        fields = dict(part.body)
        method = fields.pop("method", None)
        if method not in _METHODS:
            return Permanent("the part names no method that sends")
        try:
            return outcome(await self._client.call(method, {**fields, "chat_id": recipient.user}))
        except NotReachedError as error:
            return Retryable(f"not reached: {error}")
        except CallError as error:
            return Unknown(f"no answer: {error}")

    async def received(self, event: Event) -> None:
        """Show that an answer is being written, where the setting `typing` asks for it."""
        if event.kind is not EventKind.TEXT or event.user is None or not self._settings.typing:
            return
        fields = {"chat_id": event.user, "action": "typing"}
        try:
            await self._client.call("sendChatAction", fields, seconds=_TYPING_SECONDS)
        except CallError as error:
            _LOG.debug("zalo_bot: sendChatAction: %s", error)

    async def fetch(self, reference: str, largest: int) -> bytes:
        """Return the picture at an address of Zalo's. Raises `FetchError`."""
        return await self._downloads.fetch(reference, largest)

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        """Look at the token, the webhook and the limits of the tier, connected or not."""
        async with self._client.at_hand():
            return await diagnoses(self._client, self._settings)


class ZaloBotPolled(ZaloBot):
    """A bot that is asked for events."""

    async def poll(self, take: Take) -> None:
        """Ask for events for ever. They cannot be confirmed: see `bot.channels.zalo_bot.polling`."""
        polling = Polling(
            self._client,
            seconds=self._settings.poll_seconds,
            clock=self._clock,
            sleep=self._sleep,
            random=self._random,
        )
        await polling.run(take)


class ZaloBotWebhook(ZaloBot):
    """A bot that is told of events. While it is connected it sees to it that its webhook is set."""

    @property
    def path(self) -> str:
        """Where Zalo posts to."""
        return PATH

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Hold an HTTP session, and set the webhook in the background: a server that is away delays nobody."""
        async with super().connected():
            setting = asyncio.create_task(self._set_webhook())
            try:
                yield
            finally:
                setting.cancel()
                await asyncio.wait({setting})

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> None:
        """Compare the secret of the header. The platform signs neither the body nor a time."""
        told = next((value for name, value in headers.items() if name.lower() == _HEADER), None)
        if told is None:
            raise RefusedError(403, "the secret is missing")
        expected = (self._settings.secret or "").encode()
        if not expected or not hmac.compare_digest(told.encode("utf-8", "backslashreplace"), expected):
            raise RefusedError(403, "the secret is wrong")

    def parse(self, raw: bytes) -> tuple[Event, ...]:
        """Return the event of a body."""
        return events_of(raw)

    async def _set_webhook(self) -> None:
        """Set it at every start: the platform never tells which secret it holds, so a new one cannot be seen."""
        fields: dict[str, Any] = {"url": self._settings.webhook_url, "secret_token": self._settings.secret}
        told = ""
        for pause in itertools.chain(_RETRY_SECONDS, itertools.repeat(_RETRY_SECONDS[-1])):
            why = await self._why_not("setWebhook", fields)
            if why is None:
                return
            if why != told:
                _LOG.error("zalo_bot: the webhook is not set: %s", why)
            told = why
            await self._sleep(pause * (0.5 + self._random() / 2))

    async def _why_not(self, method: str, fields: Mapping[str, Any]) -> str | None:
        """Call a method; None when it was done, else why it was not."""
        try:
            answer = await self._client.call(method, fields)
        except CallError as error:
            return str(error)
        return None if answer.ok else f"{answer.code} {answer.description}".strip()


def zalo_bot(
    settings: ZaloBotSettings,
    *,
    picture_url: Callable[[str], str | None] = lambda _name: None,
    new_session: Callable[[], aiohttp.ClientSession] = new_session,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    random: Callable[[], float] = randomness.random,
) -> ZaloBotPolled | ZaloBotWebhook:
    """Return the bot that gets events as its settings say."""
    kind = ZaloBotPolled if settings.mode is Mode.POLLING else ZaloBotWebhook
    return kind(settings, picture_url=picture_url, new_session=new_session, clock=clock, sleep=sleep, random=random)
