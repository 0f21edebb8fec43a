"""Wakes those who wait for work: in this process at once, in others through PostgreSQL's LISTEN and NOTIFY.

A ring that is missed costs a moment, never work: whoever waits looks again after a while by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

import psycopg
from sqlalchemy import make_url, text

from bot.delivery.outage import Outage
from bot.store.database import KEEPALIVES, Database

INBOX: Final = "inbox"
OUTBOX: Final = "outbox"
_CHANNEL: Final = "tro_ly_pccc"
_AGAIN_SECONDS: Final = 2.0
_NOTIFY: Final = text("SELECT pg_notify(:channel, :topic)")


class Doorbell:
    """Rings for topics such as "inbox"."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        parsed = make_url(url).set(drivername="postgresql")
        parsed = parsed.update_query_dict({name: str(value) for name, value in KEEPALIVES.items()})
        self._url = parsed.render_as_string(hide_password=False)
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._heard: list[Callable[[str], None]] = []
        self._outage = Outage("rings of other processes")

    def ring_here(self, topic: str) -> None:
        """Wake those of this process who wait for the topic."""
        for event in self._waiting.get(topic, ()):
            event.set()
        for listener in self._heard:
            listener(topic)

    async def ring(self, topic: str) -> None:
        """Wake those of all processes. Inside a transaction the others wake when it has been committed."""
        async with self._database.sessions.begin() as session:
            await session.execute(_NOTIFY, {"channel": _CHANNEL, "topic": topic})

    def on_ring(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the topic of every ring, of this process and of others."""
        self._heard.append(listener)

    @contextmanager
    def awaited(self, *topics: str) -> Iterator[Ring]:
        """Yield what waits for rings of any of the topics; those between two waits are not lost."""
        event = asyncio.Event()
        for topic in topics:
            self._waiting.setdefault(topic, set()).add(event)
        try:
            yield Ring(event)
        finally:
            for topic in topics:
                self._waiting[topic].discard(event)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear the rings of other processes until the end."""
        task = asyncio.create_task(self._listen_for_ever())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                self._outage.met(error)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, connect_timeout=5)
        async with connection:
            await connection.execute(f"LISTEN {_CHANNEL}".encode("ascii"))
            self._outage.over()
            for topic in tuple(self._waiting):
                self.ring_here(topic)  # what was rung while nobody listened
            async for notice in connection.notifies():
                self.ring_here(notice.payload)


class Ring:
    """Waits for rings."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    async def wait(self, seconds: float) -> bool:
        """Return at a ring, at once if there was one since the last wait, and after so many seconds at the latest.

        True: there was a ring.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)
        rung = self._event.is_set()
        self._event.clear()
        return rung
