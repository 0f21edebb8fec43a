"""Processes that take turns or send: each says every second that it lives."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, text

from bot.store.database import Database
from bot.store.tables import WorkerRow

SILENCE: Final = timedelta(seconds=5)
"""A worker that was not seen for so long is taken for dead."""
_BEAT: Final = text("""
    INSERT INTO worker (id) VALUES (:id) ON CONFLICT (id) DO UPDATE SET seen_at = now()
""")
_CLEAN: Final = text("DELETE FROM worker WHERE seen_at < now() - interval '1 day'")


class Workers:
    """Heartbeats of workers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, worker: UUID) -> None:
        """Note that a worker lives."""
        async with self._database.sessions.begin() as session:
            await session.execute(_BEAT, {"id": worker})
            await session.execute(_CLEAN)

    async def leave(self, worker: UUID) -> None:
        """Note that a worker has ended, so that what it held is free at once."""
        async with self._database.sessions.begin() as session:
            await session.execute(delete(WorkerRow).where(WorkerRow.id == worker))
