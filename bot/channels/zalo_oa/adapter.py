"""The adapter of a Zalo Official Account."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiohttp

from bot.channels.contract import (
    Account,
    Diagnosis,
    Event,
    EventKind,
    Mark,
    Outcome,
    Pace,
    Part,
    Recipient,
    Rendered,
    Retryable,
)
from bot.channels.fetching import Downloads
from bot.channels.zalo_oa.broadcasting import Broadcasting, target_of
from bot.channels.zalo_oa.capabilities import Capabilities
from bot.channels.zalo_oa.client import ZaloClient, new_session
from bot.channels.zalo_oa.diagnosing import Doctor
from bot.channels.zalo_oa.granted_ways import GrantedWays
from bot.channels.zalo_oa.parsing import KNOWN_EVENTS, Parser
from bot.channels.zalo_oa.quota import QuotaNotes
from bot.channels.zalo_oa.rendering import render
from bot.channels.zalo_oa.sending import Sending
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.channels.zalo_oa.signature import Signature
from bot.channels.zalo_oa.templates import Templates
from bot.channels.zalo_oa.tokens import TokenError, Tokens
from bot.channels.zalo_oa.uploads import Media
from bot.conversation.messages import Reply
from bot.store.accounts import Accounts
from bot.store.channel_tokens import ChannelTokens
from bot.store.quotas import Quotas
from bot.store.uploads import Uploads

CHANNEL: Final = "zalo_oa"
PATH: Final = "/webhooks/zalo-oa"
_LOOK_SECONDS: Final = 300.0
_NO_ACCOUNT: Final = 0
"""The number under which nothing is kept."""
_LOG: Final = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Stores:
    """What the adapter keeps in the database."""

    accounts: Accounts
    tokens: ChannelTokens
    uploads: Uploads
    quotas: Quotas


@dataclass(frozen=True)
class _Line:
    """What there is while the adapter is connected."""

    tokens: Tokens
    sending: Sending
    templates: Templates
    broadcasting: Broadcasting
    media: Media
    capabilities: Capabilities
    doctor: Doctor


class ZaloOaAdapter:
    """Verifies, parses, renders and sends for one OA. `picture` finds the file of a picture's name.

    Somebody has to run `keep_fresh` beside it in at least one process, lest the grant ends unused after 3 months.
    """

    def __init__(
        self,
        settings: ZaloOaSettings,
        stores: Stores,
        *,
        picture: Callable[[str], Path],
        now: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        session: Callable[[ZaloOaSettings], aiohttp.ClientSession] = new_session,
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._picture = picture
        self._now = now
        self._sleep = sleep
        self._session = session
        self._signature = Signature(settings)
        self._parser = Parser(settings)
        self._downloads = Downloads(CHANNEL, settings.media_hosts)
        self._line: _Line | None = None

    @property
    def account(self) -> Account:
        """The OA."""
        return Account(CHANNEL, self._settings.oa_id)

    @property
    def pace(self) -> Pace:
        """Requests a minute by the OA's package; none is set for one resident."""
        return Pace(messages=self._settings.per_minute, seconds=60.0, between=0.0)

    @property
    def path(self) -> str:
        """Where Zalo posts events to."""
        return PATH

    @property
    def verifier_path(self) -> str | None:
        """Where the file lies by which Zalo verifies the domain; None when no code is set."""
        return self._settings.verifier_path

    @property
    def verifier_body(self) -> str:
        """That file, as HTML."""
        return self._settings.verifier_body

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Be able to send. Brings the settings' token pair in. Needs the database, but asks nothing of Zalo."""
        number = await self._stores.accounts.number(CHANNEL, self._settings.oa_id)
        async with self._opened(number) as line:
            self._line = line
            try:
                await line.tokens.seed()
            except TokenError as error:  # tried again with the first message
                _LOG.warning("zalo_oa: the settings' token pair was not brought in yet: %s", error)
            await line.capabilities.refresh()
            refreshing = asyncio.create_task(self._keep_up(line.capabilities))
            try:
                yield
            finally:
                self._line = None
                refreshing.cancel()
                await asyncio.gather(refreshing, return_exceptions=True)
                await line.media.close()
                await line.tokens.close()

    async def _keep_up(self, capabilities: Capabilities) -> None:
        """Learn of what the process that sends has noted: replies are rendered in others too."""
        while True:
            await self._sleep(_LOOK_SECONDS)
            await capabilities.refresh()

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> None:
        """Check the signature, the app and the age. Raises `RefusedError` with 403."""
        self._signature.check(headers, raw, now)

    def parse(self, raw: bytes) -> tuple[Event, ...]:
        """Return the body's one event. Raises `RefusedError` with 400 when it is no JSON object."""
        return self._parser.events(raw)

    def render(self, reply: Reply) -> Rendered:
        """Return the reply as text with buttons, then its picture; without buttons that this OA is refused."""
        return render(reply, self._line.capabilities.known_barred) if self._line else render(reply)

    async def send(self, recipient: Recipient, part: Part) -> Outcome:
        """Send one part, once. Raises nothing."""
        if self._line is None:
            return Retryable("Kênh Zalo OA chưa được mở.")
        if "template" in part.body:
            return await self._line.templates.send(recipient, part.body["template"])
        return await self._line.sending.send(recipient, part)

    def target(self, places: Sequence[str]) -> Mapping[str, str]:
        """Return Zalo's target for provinces. Raises `UntargetableError` for wards and unknown provinces."""
        return target_of(places, self._settings.cities)

    async def broadcast(self, article: str, target: Mapping[str, str]) -> Outcome:
        """Ask Zalo to show an article of the OA to followers. Raises nothing."""
        if self._line is None:
            return Retryable("Kênh Zalo OA chưa được mở.")
        return await self._line.broadcasting.ask(article, target)

    async def received(self, event: Event) -> None:
        """Note the name of an event that nobody knows. Zalo OA shows no spinner and nobody typing."""
        odd = event.kind in {EventKind.OTHER, EventKind.UNREADABLE} and event.name not in KNOWN_EVENTS
        if odd and self._line is not None and "group" not in event.name:
            await self._line.capabilities.note_event(event.name)

    async def fetch(self, reference: str, largest: int) -> bytes:
        """Return the picture at an address of Zalo's. Raises `FetchError`."""
        return await self._downloads.fetch(reference, largest)

    async def keep_fresh(self) -> None:
        """Exchange the token pair about every 12 hours while connected. Ends when cancelled."""
        if self._line is None:
            raise TokenError("Kênh Zalo OA chưa được mở.")
        await self._line.tokens.keep_fresh()

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        """Look at settings, tokens, OA, ways of sending and quotas. Raises nothing."""
        try:
            if self._line is not None:
                return await self._line.doctor.look()
            number = await self._stores.accounts.find(CHANNEL, self._settings.oa_id)
            async with self._opened(_NO_ACCOUNT if number is None else number) as line:
                return await line.doctor.look()
        except Exception as error:
            return (
                Diagnosis(
                    Mark.BAD,
                    f"Không xem được kênh Zalo OA ({type(error).__name__}).",
                    "Kiểm tra cơ sở dữ liệu (DATABASE_URL) rồi chạy lại.",
                ),
            )

    @asynccontextmanager
    async def _opened(self, number: int) -> AsyncIterator[_Line]:
        settings, stores, now = self._settings, self._stores, self._now
        async with self._session(settings) as session:
            client = ZaloClient(settings, session)
            capabilities = Capabilities(stores.accounts, number, now)
            tokens = Tokens(
                settings, client, stores.tokens, number, now=now, sleep=self._sleep, capabilities=capabilities
            )
            media = Media(
                client,
                tokens,
                stores.uploads,
                stores.quotas,
                number,
                capabilities=capabilities,
                picture=self._picture,
                now=now,
                throttle_seconds=settings.throttle_seconds,
            )
            sending = Sending(
                client,
                tokens,
                capabilities,
                media,
                QuotaNotes(stores.quotas, number, now),
                now=now,
                throttle_seconds=settings.throttle_seconds,
                ready_seconds=settings.ready_seconds,
            )
            granted = GrantedWays(
                client,
                tokens,
                capabilities,
                now=now,
                throttle_seconds=settings.throttle_seconds,
                ready_seconds=settings.ready_seconds,
            )
            doctor = Doctor(
                settings,
                client,
                number,
                tokens=stores.tokens,
                capabilities=capabilities,
                quotas=stores.quotas,
                now=now,
            )
            yield _Line(tokens, sending, Templates(granted), Broadcasting(granted), media, capabilities, doctor)
