"""Puts everything together: knowledge, index, database, conversation, delivery, pages."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from aiohttp import web

from bot.agency.application import MOUNTED_AT as AGENCIES_AT
from bot.campaigning import Campaigning, campaigning_of, caps_of, tasks_of
from bot.channels.rate_limit import RateLimiter
from bot.channels.web import Readiness, WebChannel
from bot.channels.web_events import LocalArrivals
from bot.console import charts
from bot.console.application import console
from bot.console.card_fields import TOPICS
from bot.console.parts import Parts, parts_of
from bot.console.rendering import MOUNTED, Renderer
from bot.conversing import Conversing, now
from bot.delivering import Delivering, Limits
from bot.delivery.notices import WAITING
from bot.dispatching import agency_pages, mail_sent
from bot.editing.catching_up import CatchingUp
from bot.editing.publishing import Publisher
from bot.feedback.photos import Cleaning
from bot.garbage import spare_what_lasts
from bot.gateway import adapters_of
from bot.intent_reading import IntentReader, intent_reader, understanding_intents
from bot.jobs import EVERY_TEN_MINUTES, Jobs, Task
from bot.keeper import StoredConversations
from bot.linking import Linking
from bot.monitoring.preparing import preparing_of
from bot.monitoring.schedule import MonitoringSchedule
from bot.reloading import Reloader
from bot.settings import Settings
from bot.store.card_drafts import Drafts
from bot.store.database import Database
from bot.store.embedded import start_embedded_server
from bot.store.key_check import check_key
from bot.store.letters import Letters
from bot.store.monitoring_schedules import MonitoringSchedules
from bot.store.photos import STAGED_STAYS, Photos
from bot.store.records import Records
from bot.store.reports import Reports
from bot.store.retention import CONTACTS_STAY, EVENTS_STAY, Terms, forget_expired
from bot.store.sealing import Sealer, sealer_for
from bot.store.waiting import Waiting
from bot.understanding import Living, Understanding
from bot.workshop import Workshop
from intents.service import NO_SERVICE, NluService
from knowledge.clock import today
from knowledge.places import Unit

_BURST: Final = 20
_OTHER_CONNECTIONS: Final = 10
"""Beside one for each turn: for what comes in, what goes out, pages and heartbeats."""
_CLEANING_AFTER: Final = timedelta(minutes=5)
"""Not at once: a start has people waiting who wrote meanwhile."""
_CLEANING_EVERY: Final = timedelta(minutes=30)
"""Some terms are an hour, and a cleaning that finds nothing costs little."""
_READYING_AFTER: Final = timedelta(seconds=1)
_LOG: Final = logging.getLogger(__name__)


def database_url(settings: Settings) -> str:
    """The operator's database, or the embedded server's."""
    return settings.database_url or start_embedded_server(settings.data_dir)


@dataclass(frozen=True)
class Assembly:
    """What answers, wherever messages come from."""

    settings: Settings
    database: Database
    sealer: Sealer
    client: IntentReader
    living: Living
    reloader: Reloader
    delivering: Delivering
    cleaning: Cleaning
    campaigning: Campaigning
    url: str = field(repr=False)  # of the database; may hold a password

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Bring the tables up to date and work until the end. Raises `DataKeyError` for a key of another database."""
        await self.database.migrate()
        await check_key(self.database, self.sealer)
        tasks = {asyncio.create_task(_clean_for_ever(self)), asyncio.create_task(self.reloader.run())}
        try:
            async with (
                self.client.connected(),
                self.delivering.running(),
                self._mail_sent(),
                self._jobs().running(),
            ):
                yield
            await self.living.dialogue.settled()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self.database.close()

    @property
    def reports(self) -> Reports:
        """Residents' reports."""
        return Reports(self.database, self.sealer, self.settings.deadlines, clock=now)

    def coded(self, code: str) -> Unit | None:
        """The present unit with an official code."""
        return self.living.understanding.base.places.coded(code)

    def _jobs(self) -> Jobs:
        """What waits in the queue: the schedule of monitoring reports, and campaigns."""
        monitoring = Task(name="monitoring.schedule", run=self._monitoring().run, cron=EVERY_TEN_MINUTES)
        work = self.campaigning.work(lambda: self.delivering.account_numbers, self.delivering.alert)
        return Jobs(self.url, [monitoring, *tasks_of(work)])

    def _monitoring(self) -> MonitoringSchedule:
        return MonitoringSchedule(
            schedules=MonitoringSchedules(self.database),
            preparing=preparing_of(
                self.database,
                lambda: self.living.understanding.base,
                lambda topic: TOPICS.get(topic, topic),
                now,
            ),
            tell=self.delivering.alert,
            today=today,
        )

    def _mail_sent(self) -> AbstractAsyncContextManager[None]:
        return mail_sent(
            self.database,
            self.sealer,
            self.settings,
            self.reports,
            coded=self.coded,
            alert=self.delivering.alert,
        )


def assemble(settings: Settings, understanding: Understanding, url: str, nlu: NluService | None = None) -> Assembly:
    """Put together what answers, on the database at `url`.

    Raises `DataKeyError` when the key that seals residents' data cannot be used.
    """
    database = Database(url, connections=settings.turns_at_once + _OTHER_CONNECTIONS)
    sealer = sealer_for(settings.data_key, settings.data_dir)
    client = intent_reader(settings, nlu or NO_SERVICE)
    linking = Linking(Waiting(database, sealer))
    keeper = StoredConversations(database, sealer, on_linked=linking.tell, deadlines=settings.deadlines, now=now)
    living = Living(understanding, Conversing(nlu=client, keeper=keeper, queue=Letters(database, sealer)))
    reloader = Reloader(
        living,
        knowledge_dir=settings.knowledge_dir,
        data_dir=settings.data_dir,
        every=settings.knowledge_seconds,
        today=today,
        catch_up=CatchingUp(Drafts(database), Publisher(settings.knowledge_dir)),
    )
    adapters = adapters_of(
        settings,
        database=database,
        sealer=sealer,
        pictures=lambda: living.understanding.pictures,
        wall_clock=now,
    )
    cleaning = Cleaning()
    delivering = Delivering(
        database=database,
        url=url,
        sealer=sealer,
        adapters=adapters,
        dialogue=lambda: living.dialogue,
        limits=_limits(settings),
        wall_clock=now,
        clock=time.monotonic,
        clean=cleaning,
    )
    linking.tell_contacts = delivering.tell
    campaigning = campaigning_of(database, sealer, settings, lambda: living.understanding.base, now)
    return Assembly(settings, database, sealer, client, living, reloader, delivering, cleaning, campaigning, url)


def _limits(settings: Settings) -> Limits:
    return Limits(
        at_once=settings.turns_at_once,
        messages_per_minute=settings.messages_per_minute,
        burst=_BURST,
        clerk_stays=timedelta(minutes=settings.clerk_minutes),
        staff=settings.staff_alerts,
        caps=caps_of(settings),
    )


async def build_application(
    settings: Settings, understanding: Understanding, url: str, nlu: NluService | None = None
) -> web.Application:
    """Return the web application on the database at `url`, its tables brought up to date at start.

    Raises `DataKeyError` when the key that seals residents' data cannot be used.
    """
    parts = assemble(settings, understanding, url, nlu)
    arrivals = LocalArrivals()
    parts.delivering.bell.on_ring(lambda topic: _arrived(arrivals, topic))
    channel = WebChannel(
        living=parts.living,
        records=Records(parts.database),
        waiting=Waiting(parts.database, parts.sealer),
        photos=Photos(parts.database, parts.sealer),
        clean=parts.cleaning,
        limiter=RateLimiter(settings.messages_per_minute, _BURST, time.monotonic),
        readiness=_readiness(parts),
        today=today,
        trusted_proxies=settings.trusted_proxies,
        arrivals=arrivals,
        embed_origins=settings.embed_origins,
    )
    app = channel.application()
    app.add_routes(parts.delivering.routes())
    workshop = Workshop()
    console_parts = _console_parts(parts, workshop)
    app.add_subapp(MOUNTED, console(console_parts, clock=time.monotonic))
    app.add_subapp(AGENCIES_AT, _agencies(parts))

    async def run(_app: web.Application) -> AsyncIterator[None]:
        async with parts.running():
            readying = asyncio.create_task(_made_ready(console_parts.renderer, workshop))
            yield
            readying.cancel()
            await asyncio.wait({readying})
            await workshop.close()

    app.cleanup_ctx.append(run)
    return app


def _console_parts(parts: Assembly, workshop: Workshop) -> Parts:
    """What the pages of the staff stand on."""
    return parts_of(
        database=parts.database,
        sealer=parts.sealer,
        settings=parts.settings,
        understanding=lambda: parts.living.understanding,
        now=now,
        today=today,
        knowledge_refused=lambda: parts.reloader.refused,
        heavy=workshop.do,
        clean=parts.cleaning,
        tell=parts.delivering.tell,
    )


async def _made_ready(renderer: Renderer, workshop: Workshop) -> None:
    """Do what the first visitor of the console would wait for, once those who wrote meanwhile have their answers."""
    await asyncio.sleep(_READYING_AFTER.total_seconds())
    try:
        await asyncio.to_thread(renderer.make_ready)
        await workshop.do(charts.make_ready)
    except Exception:
        _LOG.exception("making the console ready failed: its first pages will be slow")
    spare_what_lasts()


def _agencies(parts: Assembly) -> web.Application:
    """The pages behind the links of agencies."""
    return agency_pages(
        parts.database,
        parts.sealer,
        parts.settings,
        parts.reports,
        clean=parts.cleaning,
        coded=parts.coded,
        today=today,
        wall_clock=now,
    )


def _arrived(arrivals: LocalArrivals, topic: str) -> None:
    """Wake the page that shows a conversation for which a message was put by."""
    if topic.startswith(WAITING):
        with suppress(ValueError):
            arrivals.arrived(UUID(topic.removeprefix(WAITING)))


def _readiness(parts: Assembly) -> Callable[[], Awaitable[Readiness]]:
    async def check() -> Readiness:
        understanding = parts.living.understanding
        reachable = await parts.database.reachable()
        details = {
            "cards": len(understanding.base.cards),
            "documents": len(understanding.base.documents),
            "dense": understanding.built.index.dense_state,
            "intents": parts.client.state,
            "knowledge_refused": parts.reloader.refused is not None,
        }
        delivery = await parts.delivering.details() if reachable else {}
        return Readiness({"database": reachable, "knowledge": bool(understanding.base.cards)}, details | delivery)

    return check


async def _clean_for_ever(parts: Assembly) -> None:
    await asyncio.sleep(_CLEANING_AFTER.total_seconds())
    while True:
        try:
            _LOG.info("past retention deleted: %s", await forget_expired(parts.database, _terms(parts.settings)))
        except Exception:
            _LOG.exception("deleting old conversations failed")
        try:
            gone = await Photos(parts.database, parts.sealer).forget_staged(now() - STAGED_STAYS)
            _LOG.info("staged photos that nobody sent deleted: %s", gone)
        except Exception:
            _LOG.exception("deleting staged photos failed")
        try:
            _LOG.info("deadlines of reports that passed: %s", await parts.reports.note_overdue())
        except Exception:
            _LOG.exception("noting deadlines of reports failed")
        await asyncio.sleep(_CLEANING_EVERY.total_seconds())


def _terms(settings: Settings) -> Terms:
    at = now()
    return Terms(
        conversations_before=at - timedelta(days=settings.retention_days),
        letters_before=at - timedelta(days=settings.unanswered_retention_days),
        messages_before=at - timedelta(days=settings.message_retention_days),
        events_before=at - EVENTS_STAY,
        contacts_before=at - CONTACTS_STAY,
        campaigns_before=at - timedelta(days=settings.campaign_retention_days),
    )


@asynccontextmanager
async def working(settings: Settings, understanding: Understanding) -> AsyncIterator[None]:
    """Answer and send for all channels until the end, without pages. Runs as many times as wanted beside others.

    It starts no Rasa of its own, but asks the one at RASA_URL.
    """
    async with AsyncExitStack() as stack:
        nlu = await stack.enter_async_context(understanding_intents(settings)) if settings.rasa_url else None
        await stack.enter_async_context(assemble(settings, understanding, database_url(settings), nlu).running())
        yield


@asynccontextmanager
async def serving(settings: Settings, understanding: Understanding) -> AsyncIterator[str]:
    """Serve until the context ends; yields the address of the chat."""
    async with understanding_intents(settings) as nlu:
        app = await build_application(settings, understanding, database_url(settings), nlu)
        async with _served(settings, app) as address:
            yield address


@asynccontextmanager
async def _served(settings: Settings, app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, handler_cancellation=False)
    try:
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.port).start()
        yield f"http://{'localhost' if settings.host in {'127.0.0.1', '0.0.0.0'} else settings.host}:{_port(runner)}"  # noqa: S104
    finally:
        await runner.cleanup()


def _port(runner: web.AppRunner) -> int:
    address = runner.addresses[0]
    return int(address[1])
