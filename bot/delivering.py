"""Puts delivery together: what takes events in, answers them and sends, for all accounts that are configured."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import uuid4

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.contract import Account, Adapter, Broadcasting, Event, Fetching, Polled, Proven, Take, Tended, Webhook
from bot.channels.rate_limit import RateLimiter
from bot.conversation import phrases
from bot.conversation.dialogue import Dialogue
from bot.conversation.memory import has_open_form
from bot.conversation.messages import Kind, Reply, Turn
from bot.delivery.alerts import Alerts, StaffMember
from bot.delivery.broadcasting import Broadcasts
from bot.delivery.campaign_gate import CampaignGate
from bot.delivery.doorbell import OUTBOX, Doorbell
from bot.delivery.feeder import Feeder, WebFeeder
from bot.delivery.intake import Intake
from bot.delivery.notices import TOPIC, WAITING, Notices
from bot.delivery.pictures import Pictures
from bot.delivery.posting import Addressee, Posting
from bot.delivery.sender import Sender
from bot.delivery.telling import Telling
from bot.delivery.turns import Turns
from bot.delivery.webhooks import Reception
from bot.delivery.worker import Worker
from bot.feedback.photos import Cleaned, Cleaning
from bot.store.accounts import Accounts
from bot.store.campaign_gate import Caps
from bot.store.campaign_ledger import Ledger
from bot.store.contacts import Contacts
from bot.store.database import Database
from bot.store.identities import Identities, identities_of
from bot.store.inbox import Inbox
from bot.store.leases import Leases
from bot.store.outbox import Lane, Outbox
from bot.store.photos import Photos
from bot.store.records import Records
from bot.store.residents import Residents
from bot.store.sealing import Sealer
from bot.store.workers import Workers
from intents.triage import Level, assess

_LOOK_SECONDS: Final = 0.5
_STOP_SECONDS: Final = 20.0
_DRAIN_SECONDS: Final = 3.0
_DRAIN_LOOK_SECONDS: Final = 0.05
_ANEW_SECONDS: Final = 2.0
_SORRY: Final = Turn(kind=Kind.SMALLTALK, replies=(Reply(kind=Kind.SMALLTALK, text=phrases.UNAVAILABLE),))
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How much is done at once, and for whom. `staff`: accounts and ids of those who are told of trouble.

    `caps`: how many messages of campaigns one person is sent.
    """

    at_once: int
    messages_per_minute: int
    burst: int
    clerk_stays: timedelta
    staff: tuple[tuple[str, str], ...] = ()
    caps: Caps = field(default_factory=Caps)


class Delivering:
    """Takes events in, answers and sends. Without accounts it does nothing."""

    def __init__(
        self,
        *,
        database: Database,
        url: str,
        sealer: Sealer,
        adapters: Sequence[Adapter],
        dialogue: Callable[[], Dialogue],
        limits: Limits,
        wall_clock: Callable[[], datetime],
        clock: Callable[[], float],
        clean: Callable[[bytes], Awaitable[Cleaned]] | None = None,
    ) -> None:
        """`clean` makes of what residents sent photos as they are kept; None for one of its own."""
        self._database = database
        self._sealer = sealer
        self._adapters = adapters
        self._dialogue = dialogue
        self._limits = limits
        self._wall_clock = wall_clock
        self._clock = clock
        self._clean = clean or Cleaning()
        self.bell = Doorbell(database, url)
        self._inbox = Inbox(database, sealer)
        self._outbox = Outbox(database, sealer)
        self._leases = Leases(database)
        self._contacts = Contacts(database, sealer, wall_clock)
        self._ledger = Ledger(database, sealer, limits.caps)
        self._worker = uuid4()
        self._ids: dict[Account, int] = {}
        self._intake: Intake | None = None
        self._posting: Posting | None = None
        self._alerts: Alerts | None = None
        self._stopping = False
        self._failing: dict[str, str] = {}
        self._takings = {one.account: Telling(one, self._taker(one.account)) for one in adapters}

    @property
    def account_numbers(self) -> list[int]:
        """The numbers of the accounts that are sent for, once it works."""
        return list(self._ids.values())

    def routes(self) -> list[web.RouteDef]:
        """Return the routes on which channels tell of events."""
        receptions = [
            Reception(one, self._takings[one.account].take, self._wall_clock)
            for one in self._adapters
            if isinstance(one, Webhook)
        ]
        proven = [one for one in self._adapters if isinstance(one, Proven) and one.verifier_path]
        return [
            *(web.post(one.path, one.handle) for one in receptions),
            *(web.get(one.verifier_path or "", _page(one.verifier_body)) for one in proven),
        ]

    async def tell(self, contacts: Sequence[int], reply: Reply, key: str) -> None:
        """Send a reply to contacts on the accounts that we send for; once under one key."""
        if self._posting is None:
            return
        for where in await self._contacts.of_numbers(contacts, list(self._ids.values())):
            to = Addressee(where.account_id, where.digest, where.user, None, where.last_seen_at)
            await self._posting.post(to, [reply], f"{key}:{where.contact}", lane=Lane.NOTICE)
            self._posted(where.account_id)

    async def alert(self, matter: str, text: str) -> None:
        """Tell staff at once of a matter, on the accounts that we send for; without any, nobody is told."""
        if self._alerts is not None:
            await self._alerts.tell(matter, text)
            self.bell.ring_here(OUTBOX)

    async def details(self) -> dict[str, Any]:
        """Return what the ready page tells of delivery: counts by state, and accounts that are refused."""
        return {
            "channels": [one.account.channel for one in self._adapters],
            "inbox": await self._inbox.counts(),
            "outbox": await self._outbox.open_counts(),
            "halted": sorted(await self._leases.halted()),  # why is for `doctor`: this page may be public
            "failing": dict(self._failing),
        }

    @asynccontextmanager
    async def running(self, *, answering: bool = True) -> AsyncIterator[None]:
        """Work until the end; what is under way then is finished. Without `answering` events are only stored."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.bell.listening())
            accounts = Accounts(self._database)
            for adapter in self._adapters:
                account = adapter.account
                self._ids[account] = await accounts.number(account.channel, account.id)
                await stack.enter_async_context(adapter.connected())
            identities = await identities_of(self._database, self._sealer)
            self._intake = Intake(self._inbox, identities, self.bell, _is_urgent)
            stack.push_async_callback(self._intake.settled)
            if answering:
                await stack.enter_async_context(self._feeding_the_page())
            if answering and self._adapters:
                await stack.enter_async_context(self._at_work(identities))
            yield
            for taking in self._takings.values():
                await taking.settled()

    @asynccontextmanager
    async def _feeding_the_page(self) -> AsyncIterator[None]:
        """Put messages of campaigns by for the page until the end."""
        page = WebFeeder(self._ledger, self._wall_clock)
        feeding = asyncio.create_task(self._kept_going(page.run, "campaigns on the page"))
        try:
            yield
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)

    @asynccontextmanager
    async def _at_work(self, identities: Identities) -> AsyncIterator[None]:
        """Answer and send until the end."""
        posting = self._posting = Posting({self._ids[one.account]: one for one in self._adapters}, self._outbox)
        alerts = self._alerts = Alerts(self._staff(identities), posting, self._wall_clock)
        senders = [self._sender(one, alerts) for one in self._adapters]
        worker = self._worker_of(identities, posting, alerts)
        notices = self._notices(posting)
        self.bell.on_ring(lambda topic: self.bell.ring_here(TOPIC) if topic.startswith(WAITING) else None)
        answering = asyncio.create_task(self._kept_going(worker.run, "answering"))
        sending = [
            asyncio.create_task(self._kept_going(one.run, f"sending for {adapter.account}"))
            for adapter, one in zip(self._adapters, senders, strict=True)
        ]
        beside = [asyncio.create_task(self._kept_going(notices.run, "notices"))]
        for adapter, sender in zip(self._adapters, senders, strict=True):
            feeding = self._feeder(adapter).run
            beside.append(asyncio.create_task(_while_holding(sender, feeding, f"{adapter.account}: campaigns")))
            if isinstance(adapter, Polled):
                polling = partial(adapter.poll, self._takings[adapter.account].take)
                beside.append(asyncio.create_task(_while_holding(sender, polling, f"{adapter.account}: polling")))
            if isinstance(adapter, Broadcasting):
                broadcasts = Broadcasts(self._database, {self._ids[adapter.account]: adapter})
                asking = partial(broadcasts.keep_asking, self._wall_clock)
                beside.append(asyncio.create_task(_while_holding(sender, asking, f"{adapter.account}: broadcasts")))
            if isinstance(adapter, Tended):
                renewing = f"{adapter.account}: renewing its access"
                beside.append(asyncio.create_task(_while_holding(sender, adapter.keep_fresh, renewing)))
        try:
            yield
        finally:
            self._stopping = True
            for one in beside:
                one.cancel()
            worker.stop()
            await asyncio.wait({answering}, timeout=_STOP_SECONDS)
            await self._drained()
            for sender in senders:
                sender.stop()
            await asyncio.wait({*sending, *beside}, timeout=_STOP_SECONDS)
            for one in (answering, *sending):
                one.cancel()
            await asyncio.gather(answering, *sending, *beside, return_exceptions=True)

    async def _drained(self) -> None:
        """Wait a little until what was just answered is sent."""
        with suppress(TimeoutError, SQLAlchemyError, OSError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                while await self._outbox.due(list(self._ids.values())):
                    await asyncio.wait({asyncio.create_task(asyncio.sleep(_DRAIN_LOOK_SECONDS))})

    async def _kept_going(self, run: Callable[[], Coroutine[Any, Any, None]], what: str) -> None:
        """Run until told to stop; what fails is begun anew and shows on the ready page meanwhile."""
        while not self._stopping:
            try:
                await run()
            except Exception as error:
                _LOG.exception("%s failed and begins anew", what)
                self._failing[what] = type(error).__name__
                await asyncio.sleep(_ANEW_SECONDS)
            else:
                self._failing.pop(what, None)

    def _worker_of(self, identities: Identities, posting: Posting, alerts: Alerts) -> Worker:
        database, limits = self._database, self._limits
        turns = Turns(
            dialogue=self._dialogue,
            contacts=self._contacts,
            residents=Residents(database, self._sealer, has_open_form),
            records=Records(database),
            outbox=self._outbox,
            posting=posting,
            identities=identities,
            limiter=RateLimiter(limits.messages_per_minute, limits.burst, self._clock),
            clock=self._wall_clock,
            clerk_stays=limits.clerk_stays,
            pictures=Pictures(self._fetching(), self._clean),
            photos=Photos(database, self._sealer),
        )
        return Worker(
            worker=self._worker,
            database=database,
            inbox=self._inbox,
            workers=Workers(database),
            turns=turns,
            accounts={number: account for account, number in self._ids.items()},
            bell=self.bell,
            sorry=_SORRY,
            alerts=alerts,
            at_once=limits.at_once,
            posted=self._posted,
        )

    def _fetching(self) -> dict[int, Fetching]:
        return {self._ids[one.account]: one for one in self._adapters if isinstance(one, Fetching)}

    def _sender(self, adapter: Adapter, alerts: Alerts) -> Sender:
        return Sender(
            worker=self._worker,
            account=self._ids[adapter.account],
            adapter=adapter,
            outbox=self._outbox,
            leases=self._leases,
            contacts=self._contacts,
            bell=self.bell,
            alerts=alerts,
            wall_clock=self._wall_clock,
            clock=self._clock,
            gate=CampaignGate(self._database, self._ledger, self._wall_clock),
        )

    def _feeder(self, adapter: Adapter) -> Feeder:
        account = self._ids[adapter.account]
        return Feeder(
            ledger=self._ledger,
            account=account,
            pace=adapter.pace,
            fed=partial(self._posted, account),
            clock=self._wall_clock,
        )

    def _notices(self, posting: Posting) -> Notices:
        return Notices(
            database=self._database,
            sealer=self._sealer,
            contacts=self._contacts,
            posting=posting,
            accounts=list(self._ids.values()),
            bell=self.bell,
            posted=self._posted,
        )

    def _staff(self, identities: Identities) -> list[StaffMember]:
        known = {account.channel: account for account in self._ids}
        told = [(known[channel], user) for channel, user in self._limits.staff if channel in known]
        return [StaffMember(self._ids[account], user, identities.digest(str(account), user)) for account, user in told]

    def _posted(self, _account: int) -> None:
        self.bell.ring_here(OUTBOX)

    def _taker(self, account: Account) -> Take:
        async def take(events: Sequence[Event]) -> None:
            if self._intake is None:
                raise ConnectionError("not ready to store events")
            await self._intake.take(account, self._ids[account], events)

        return take


async def _while_holding(sender: Sender, doing: Callable[[], Coroutine[Any, Any, None]], what: str) -> None:
    """Do something while this worker holds the account, and only then: two that poll would take events twice."""
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if not sender.holds:
            continue
        task = asyncio.create_task(doing())
        try:
            while sender.holds and not task.done():
                await asyncio.wait({task}, timeout=_LOOK_SECONDS)
        finally:
            task.cancel()
            await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("%s failed: %s", what, type(error).__name__, exc_info=error)


def _page(body: str) -> Callable[[web.Request], Coroutine[Any, Any, web.Response]]:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=body, content_type="text/html")

    return page


def _is_urgent(text: str) -> bool:
    return bool(text) and assess(text).level is Level.EMERGENCY
