"""Does the work of the whole program that waits in a queue in PostgreSQL; of many processes one does each piece.

A piece of work is a hint that something is to be done, no more: it may be lost with its process, or come twice. So
each looks first whether it is still to be done, and what comes again and again finds what was lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.types import JSONValue
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import make_url

from bot.store.queueing import SCHEMA, defer

EVERY_TEN_MINUTES: Final = "*/10 * * * *"
EVERY_MINUTE: Final = "* * * * *"
_RESCUE: Final = "jobs.rescue"
_TRY: Final = "_try"
_TRIES: Final = 6
_AT_ONCE: Final = 4
_LOOK_SECONDS: Final = 1.0
_FIRST_WAIT: Final = timedelta(seconds=5)
_DEAD_SECONDS: Final = 60
_ANEW_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 20.0
_AGAIN_SECONDS: Final = 1.0
_CONNECT_SECONDS: Final = 5
_CONNECTIONS: Final = 3
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Task:
    """A kind of work. `run` takes what was put into the queue with it, by name.

    `cron`: done by that clock, and once at each start, so that what was missed is made up for; it takes nothing then.
    What fails is tried again after 5, 10, 20, 40 and 80 seconds, unless its clock brings it anyway.
    """

    name: str
    run: Callable[..., Awaitable[None]]
    cron: str | None = None


class Jobs:
    """Does what waits in the queue."""

    def __init__(self, url: str, tasks: Sequence[Task]) -> None:
        self._url = url
        self._tasks = tuple(tasks)

    defer = staticmethod(defer)
    """Puts work into the queue, in the transaction of whoever asks."""

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
        """Put into the queue what comes again and again, and do all that waits there and may be done now."""
        app = self._app()
        async with self._pool() as pool, app.open_async(pool):
            await self._ask(app)
            await app.run_worker_async(wait=False, install_signal_handlers=False, delete_jobs="always")

    async def rescue(self) -> None:
        """Put back what a process had taken up that is no more."""
        app = self._app()
        async with self._pool() as pool, app.open_async(pool):
            await _rescue(app)

    async def _kept_going(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                app = self._app()
                async with self._pool() as pool, app.open_async(pool):
                    await self._work_until(app, stopping)
            except Exception:
                _LOG.exception("the queue of work failed and begins anew")
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), _ANEW_SECONDS)

    async def _work_until(self, app: procrastinate.App, stopping: asyncio.Event) -> None:
        """Do what the queue brings, until told to stop; a database that is away holds up no end."""
        worker = asyncio.create_task(self._work(app))
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({worker, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        while not worker.done():  # the library takes one cancelling for the order to end its loop
            worker.cancel()
            await asyncio.wait({worker}, timeout=_AGAIN_SECONDS)
        if not worker.cancelled() and (error := worker.exception()) is not None:
            raise error

    async def _work(self, app: procrastinate.App) -> None:
        await self._ask(app)
        await app.run_worker_async(
            concurrency=_AT_ONCE,
            install_signal_handlers=False,
            delete_jobs="always",
            listen_notify=False,
            fetch_job_polling_interval=_LOOK_SECONDS,
            shutdown_graceful_timeout=_STOP_SECONDS,
        )

    def _pool(self) -> AsyncConnectionPool:
        """A pool that connects when somebody asks, not when it is opened: an end must not wait for a connection."""
        plain = make_url(self._url).set(drivername="postgresql").render_as_string(hide_password=False)
        settings = {"options": f"-c search_path={SCHEMA}", "connect_timeout": _CONNECT_SECONDS}
        check = AsyncConnectionPool.check_connection
        return AsyncConnectionPool(plain, kwargs=settings, min_size=0, max_size=_CONNECTIONS, open=False, check=check)

    def _app(self) -> procrastinate.App:
        app = procrastinate.App(connector=procrastinate.PsycopgConnector())

        async def rescue() -> None:
            await _rescue(app)

        for task in (*self._tasks, Task(name=_RESCUE, run=rescue, cron=EVERY_MINUTE)):
            if task.cron is None:
                app.task(name=task.name)(_tried(app, task))
            else:
                scheduled = app.task(name=task.name, queueing_lock=task.name)(_scheduled(task))
                app.periodic(cron=task.cron, periodic_id=task.name)(scheduled)
        return app

    async def _ask(self, app: procrastinate.App) -> None:
        for task in self._tasks:
            if task.cron is not None:
                with suppress(AlreadyEnqueued):
                    await app.tasks[task.name].defer_async(timestamp=0)


def _scheduled(task: Task) -> Callable[..., Awaitable[None]]:
    async def run(timestamp: int = 0) -> None:  # the library gives the time of the tick
        await task.run()

    return run


def _tried(app: procrastinate.App, task: Task) -> Callable[..., Awaitable[None]]:
    """Put work that fails into the queue again: the library would give up where the same waits there by then."""

    async def run(**args: JSONValue) -> None:
        tried = _whole(args.pop(_TRY, 0)) + 1
        try:
            await task.run(**args)
        except Exception:
            if tried >= _TRIES:
                raise
            _LOG.exception("%s%s failed and is tried again", task.name, args)
            at = datetime.now(UTC) + _FIRST_WAIT * 2 ** (tried - 1)
            again = app.tasks[task.name].configure(schedule_at=at)
            await again.defer_async(**args, **{_TRY: tried})

    return run


def _whole(value: JSONValue) -> int:
    return value if isinstance(value, int) else 0


async def _rescue(app: procrastinate.App) -> None:
    """Put back what a process had taken up that is no more."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_SECONDS):
        try:
            await app.job_manager.retry_job(job)
        except ConnectorException:  # the same waits in the queue already
            await app.job_manager.finish_job(job, procrastinate.jobs.Status.FAILED, delete_job=True)
