"""Puts everything together: knowledge, index, database, turn, web channel."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from bot.channels.rate_limit import RateLimiter
from bot.channels.web import Readiness, WebChannel
from bot.conversing import Conversing
from bot.desk import StoredConversations
from bot.intent_reading import IntentReader, intent_reader, understanding_intents
from bot.reloading import Reloader
from bot.settings import Settings
from bot.store.database import Database
from bot.store.embedded import start_embedded_server
from bot.store.key_check import check_key
from bot.store.letters import Letters
from bot.store.records import Records
from bot.store.retention import forget_expired
from bot.store.sealing import Sealer, sealer_for
from bot.store.waiting import Waiting
from bot.understanding import Living, Understanding
from intents.service import NO_SERVICE, NluService
from knowledge.clock import VIET_NAM, today

_BURST: Final = 20
_CLEANING_EVERY: Final = timedelta(hours=6)
_LOG: Final = logging.getLogger(__name__)


def database_url(settings: Settings) -> str:
    """The operator's database, or the embedded server's."""
    return settings.database_url or start_embedded_server(settings.data_dir)


async def build_application(
    settings: Settings, understanding: Understanding, url: str, nlu: NluService | None = None
) -> web.Application:
    """Return the web application on the database at `url`, its tables brought up to date at start.

    Raises `DataKeyError` when the key that seals residents' data cannot be used.
    """
    database = Database(url)
    sealer = sealer_for(settings.data_key, settings.data_dir)
    records, letters = Records(database), Letters(database, sealer)
    client = intent_reader(settings, nlu or NO_SERVICE)
    conversing = Conversing(nlu=client, keeper=StoredConversations(database, sealer), queue=letters)
    living = Living(understanding, conversing)
    reloader = Reloader(
        living,
        knowledge_dir=settings.knowledge_dir,
        data_dir=settings.data_dir,
        every=settings.knowledge_seconds,
        today=today,
    )
    channel = WebChannel(
        living=living,
        records=records,
        waiting=Waiting(database, sealer),
        limiter=RateLimiter(settings.messages_per_minute, _BURST, time.monotonic),
        readiness=_readiness(living, reloader, database, client),
        today=today,
        trusted_proxies=settings.trusted_proxies,
    )
    app = channel.application()
    app.cleanup_ctx.append(_lifetime(database, sealer, reloader, client, settings))
    app.cleanup_ctx.append(_settling(living))  # ends before the database is closed
    return app


def _readiness(
    living: Living, reloader: Reloader, database: Database, client: IntentReader
) -> Callable[[], Awaitable[Readiness]]:
    async def check() -> Readiness:
        understanding = living.understanding
        parts = {"database": await database.reachable(), "knowledge": bool(understanding.base.cards)}
        details = {
            "cards": len(understanding.base.cards),
            "documents": len(understanding.base.documents),
            "dense": understanding.built.index.dense_state,
            "intents": client.state,
            "knowledge_refused": reloader.refused is not None,
        }
        return Readiness(parts, details)

    return check


def _lifetime(
    database: Database, sealer: Sealer, reloader: Reloader, client: IntentReader, settings: Settings
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def run(_app: web.Application) -> AsyncIterator[None]:
        await database.migrate()
        await check_key(database, sealer)
        tasks = {asyncio.create_task(_clean_for_ever(database, settings)), asyncio.create_task(reloader.run())}
        async with client.connected():
            yield
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await database.close()

    return run


def _settling(living: Living) -> Callable[[web.Application], AsyncIterator[None]]:
    async def run(_app: web.Application) -> AsyncIterator[None]:
        yield
        await living.dialogue.settled()

    return run


async def _clean_for_ever(database: Database, settings: Settings) -> None:
    while True:
        try:
            now = datetime.now(VIET_NAM)
            gone = await forget_expired(
                database,
                conversations_before=now - timedelta(days=settings.retention_days),
                letters_before=now - timedelta(days=settings.unanswered_retention_days),
            )
            _LOG.info("past retention deleted: %s", gone)
        except Exception:
            _LOG.exception("deleting old conversations failed")
        await asyncio.sleep(_CLEANING_EVERY.total_seconds())


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
