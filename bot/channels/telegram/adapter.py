"""The Telegram adapter: what the contract asks for, put together."""

from __future__ import annotations

import asyncio
import hmac
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Self, cast

from telegram import Bot
from telegram.constants import ChatAction
from telegram.ext import ApplicationBuilder

from bot.channels.contract import (
    Account,
    Diagnosis,
    Event,
    EventKind,
    Outcome,
    Pace,
    Part,
    Recipient,
    RefusedError,
    Rendered,
    Take,
)
from bot.channels.telegram import diagnosing, parsing, rendering
from bot.channels.telegram.application import asking, bot_of, build_application, keep_secrets_out_of_logs
from bot.channels.telegram.fetching import Fetcher
from bot.channels.telegram.polling import LONG_POLL_SECONDS, Poller, Sleep
from bot.channels.telegram.preparing import prepare
from bot.channels.telegram.sending import Sender
from bot.channels.telegram.settings import Mode, TelegramSettings
from bot.conversation.messages import Reply

CHANNEL: Final = "telegram"
_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
_CONNECTIONS: Final = 64
_RECEIPT_SECONDS: Final = 3.0
_LOG: Final = logging.getLogger(__name__)


class TelegramAdapter:
    """A `PolledTelegram` or `WebhookTelegram`, whichever its settings ask for. It answers in private chats only.

    `picture` finds the PNG of a reply's picture by name. `now` tells the time for diagnoses, `clock` counts seconds,
    `sleep` waits and `chance` gives a number from 0 to 1: together they pace retries of polling and of setting up,
    never what is sent, which is the core's to pace. `poll_seconds` is how long Telegram holds an empty answer.
    """

    def __new__(cls, settings: TelegramSettings, **_arguments: object) -> Self:
        """Make the kind of bot that the settings ask for, so that none both polls and has a webhook."""
        kind = PolledTelegram if settings.mode is Mode.POLLING else WebhookTelegram
        return cast("Self", super().__new__(kind if cls is TelegramAdapter else cls))

    def __init__(
        self,
        settings: TelegramSettings,
        *,
        picture: Callable[[str], Path],
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        poll_seconds: float = LONG_POLL_SECONDS,
    ) -> None:
        keep_secrets_out_of_logs()
        self._settings = settings
        self._now = now
        self._sleep = sleep
        self._chance = chance
        self._asking = asking(settings, connections=_CONNECTIONS)
        self._polling = asking(settings, connections=1)
        builder = ApplicationBuilder().bot(bot_of(settings, self._asking, self._polling))
        self._bot: Bot = build_application(builder, _nothing).bot
        self._sender = Sender(self._bot, picture, settings.timeouts)
        self._fetcher = Fetcher(self._bot, settings)
        self._poller = Poller(self._bot, self._polling, clock=clock, sleep=sleep, chance=chance, seconds=poll_seconds)

    @property
    def account(self) -> Account:
        """The bot."""
        return Account(CHANNEL, self._settings.bot_id)

    @property
    def pace(self) -> Pace:
        """About 30 a second overall and one a second to one chat (Bots FAQ); the exact rules are unpublished."""
        return Pace(messages=self._settings.per_second, seconds=1.0, between=1.0)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Open connections, and tell Telegram of the webhook and the menu as soon as it can be reached."""
        await asyncio.gather(self._asking.initialize(), self._polling.initialize())
        preparing = asyncio.create_task(prepare(self._bot, self._settings, self._sleep, self._chance))
        try:
            yield
        finally:
            preparing.cancel()
            with suppress(asyncio.CancelledError):
                await preparing
            await asyncio.gather(self._asking.shutdown(), self._polling.shutdown())

    def render(self, reply: Reply) -> Rendered:
        """Return the reply as messages of Telegram."""
        return rendering.render(reply)

    async def send(self, recipient: Recipient, part: Part) -> Outcome:
        """Send one part once. Raises nothing."""
        return await self._sender.send(recipient, part)

    async def received(self, event: Event) -> None:
        """Stop a button's spinner, or show that the assistant is typing; at most three seconds. Raises nothing."""
        try:
            async with asyncio.timeout(_RECEIPT_SECONDS):
                if event.kind is EventKind.BUTTON and event.answer_to:
                    await self._bot.answer_callback_query(event.answer_to)
                elif event.kind is EventKind.TEXT and event.user:
                    await self._bot.send_chat_action(event.user, ChatAction.TYPING)
        except Exception as error:
            _LOG.debug("telegram: no receipt for a %s (%s)", event.kind.value, type(error).__name__)

    async def fetch(self, reference: str, largest: int) -> bytes:
        """Return the file of a picture. Raises `FetchError`."""
        return await self._fetcher.fetch(reference, largest)

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        """Look at the bot over connections of its own: it also works while the assistant is not connected."""
        own = asking(self._settings, connections=2)
        try:
            return await diagnosing.diagnose(bot_of(self._settings, own, own), self._settings, self._now())
        finally:
            await own.shutdown()


class PolledTelegram(TelegramAdapter):
    """A bot that asks for its updates."""

    async def poll(self, take: Take) -> None:
        """Ask for updates for ever; ends when cancelled."""
        await self._poller.poll(take)


class WebhookTelegram(TelegramAdapter):
    """A bot to whose public address Telegram posts its updates."""

    @property
    def path(self) -> str:
        """Where Telegram posts to."""
        return "/webhooks/telegram"

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> None:
        """Check the secret that Telegram was given with the webhook. Raises `RefusedError` with 403."""
        given = next((value for name, value in headers.items() if name.lower() == _HEADER.lower()), "")
        secret = self._settings.secret
        if not secret or not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode()):
            raise RefusedError(403, "no or wrong secret")

    def parse(self, raw: bytes) -> tuple[Event, ...]:
        """Return the event of an update. Raises `RefusedError` with 400 when the body is none."""
        return parsing.updates_in(raw)


async def _nothing(_events: Sequence[Event]) -> None:
    """Updates do not come through the application here: they are stored by the core, from `parse` or `poll`."""
