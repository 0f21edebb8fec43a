"""Runs the schedule again and again: a queue in PostgreSQL lets one of many processes do it each time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import make_url

SCHEMA: Final = "jobs"
EVERY_TEN_MINUTES: Final = "*/10 * * * *"
_TASK: Final = "monitoring.schedule"
_ANEW_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 20.0
_AGAIN_SECONDS: Final = 1.0
_CONNECT_SECONDS: Final = 5
_LOG: Final = logging.getLogger(__name__)


class PeriodicWork:
    """Does `work` at the start, so that what was missed is made up for, and then by the clock of `cron`."""

    def __init__(self, url: str, work: Callable[[], Awaitable[None]], cron: str = EVERY_TEN_MINUTES) -> None:
        self._url = url
        self._work = work
        self._cron = cron

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work until the end; what is under way then is finished, within some seconds."""
        stopping = asyncio.Event()
        working = asyncio.create_task(self._kept_going(stopping))
        try:
            yield
        finally:
            stopping.set()
            await asyncio.wait({working})

    async def once(self) -> None:
        """Put the work into the queue and do all that waits there."""
        app = self._app()
        async with self._pool() as pool, app.open_async(pool):
            await _ask(app)
            await app.run_worker_async(wait=False, install_signal_handlers=False, delete_jobs="always")

    async def _kept_going(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                app = self._app()
                async with self._pool() as pool, app.open_async(pool):
                    await _work_until(app, stopping)
            except Exception:
                _LOG.exception("the queue of periodic work failed and begins anew")
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), _ANEW_SECONDS)

    def _pool(self) -> AsyncConnectionPool:
        """A pool that connects when somebody asks, not when it is opened: an end must not wait for a connection."""
        plain = make_url(self._url).set(drivername="postgresql").render_as_string(hide_password=False)
        settings = {"options": f"-c search_path={SCHEMA}", "connect_timeout": _CONNECT_SECONDS}
        check = AsyncConnectionPool.check_connection
        return AsyncConnectionPool(plain, kwargs=settings, min_size=0, max_size=3, open=False, check=check)

    def _app(self) -> procrastinate.App:
        connector = procrastinate.PsycopgConnector()
        app = procrastinate.App(connector=connector)

        @app.periodic(cron=self._cron, periodic_id=_TASK)
        @app.task(name=_TASK, queueing_lock=_TASK)
        async def scheduled(timestamp: int = 0) -> None:  # the library gives the time of the tick
            await self._work()

        return app


async def _work_until(app: procrastinate.App, stopping: asyncio.Event) -> None:
    """Ask for the work, and do what the queue brings, until told to stop; a database that is away holds up no end."""
    worker = asyncio.create_task(_work(app))
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({worker, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    while not worker.done():  # the library takes one cancelling for the order to end its loop
        worker.cancel()
        await asyncio.wait({worker}, timeout=_AGAIN_SECONDS)
    if not worker.cancelled() and (error := worker.exception()) is not None:
        raise error


async def _work(app: procrastinate.App) -> None:
    await _ask(app)
    await app.run_worker_async(
        install_signal_handlers=False,
        delete_jobs="always",
        listen_notify=False,
        shutdown_graceful_timeout=_STOP_SECONDS,
    )


async def _ask(app: procrastinate.App) -> None:
    with suppress(AlreadyEnqueued):
        await app.tasks[_TASK].defer_async(timestamp=0)
