"""Puts work into the queue of the program in the transaction of whoever asks for it: both happen, or neither."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.types import JSONValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

SCHEMA: Final = "jobs"
"""Schema of the queue's tables, which belong to a library."""
_APP: Final = procrastinate.App(connector=procrastinate.PsycopgConnector())  # never opened: it only writes statements
_THERE: Final = text("SELECT set_config('search_path', :path, true)")
_NOW: Final = text("SELECT clock_timestamp()")
_HERE: Final = text("SELECT current_setting('search_path')")


async def defer(
    session: AsyncSession,
    task: str,
    *,
    at: datetime | None = None,
    wait: timedelta | None = None,
    lock: str | None = None,
    **args: JSONValue,
) -> bool:
    """Put a task into the queue; `args` are plain JSON. Whether it was put there.

    `at`: not before then; `wait`: not before so long from now; both by the clock of the database. Of those with the
    same `lock` one waits at a time, so whoever asks twice gets one. Raises `ValueError` for a time without a zone.
    """
    connection = (await (await session.connection()).get_raw_connection()).driver_connection
    try:
        async with session.begin_nested():  # undone, it has put the path back too
            path = await session.scalar(_HERE)
            if wait is not None:
                at = (await session.execute(_NOW)).scalar_one() + wait
            await session.execute(_THERE, {"path": SCHEMA})
            job = _APP.configure_task(task, schedule_at=at, queueing_lock=lock, connection=connection)
            await job.defer_async(**args)
            await session.execute(_THERE, {"path": path})
    except AlreadyEnqueued:
        return False
    return True
