"""The connection to PostgreSQL and its migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

import alembic.command
import alembic.config
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import QueuePool

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
POOL_SIZE: Final = 10
KEEPALIVES: Final = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}
"""Seconds and tries after which a connection over a network counts as dead."""
_LIMITS: Final = "-c lock_timeout=30s -c idle_in_transaction_session_timeout=60s -c statement_timeout=120s"
"""A process that freezes in the middle of a transaction must not hold its rows for ever."""
_WAIT_SECONDS: Final = 3
_LOOK_SECONDS: Final = 0.01


class Database:
    """Sessions on one PostgreSQL database, driven by psycopg 3."""

    def __init__(self, url: str, connections: int = POOL_SIZE) -> None:
        self._engine = create_engine(url, connections)
        self._sessions = async_sessionmaker(self._engine, class_=AsyncSession, expire_on_commit=False)
        self._joined: ContextVar[AsyncConnection | None] = ContextVar("joined", default=None)

    @property
    def sessions(self) -> async_sessionmaker[AsyncSession]:
        """Makes sessions; inside `one_transaction` they are part of it."""
        connection = self._joined.get()
        if connection is None:
            return self._sessions
        return async_sessionmaker(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)

    @asynccontextmanager
    async def one_transaction(self) -> AsyncIterator[AsyncConnection]:
        """Make all that is written inside, through whatever part of the store, happen at the end or not at all.

        Tasks that are begun inside belong to it and must have ended before it ends; one statement runs at a time.
        """
        async with self._engine.begin() as connection:
            token = self._joined.set(connection)
            try:
                yield connection
            finally:
                self._joined.reset(token)

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Make all that is written inside happen or not at all; inside `one_transaction` that is part of it anyway."""
        if self._joined.get() is not None:
            yield
            return
        async with self.one_transaction():
            yield

    async def migrate(self) -> None:
        """Bring the tables to the newest version. Safe to call from several processes at once."""
        async with self._engine.begin() as connection:
            await connection.run_sync(_upgrade)

    async def reachable(self) -> bool:
        """Whether the database answers."""
        try:
            async with asyncio.timeout(_WAIT_SECONDS), self._engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError):  # a time-out is an OSError
            return False
        return True

    async def close(self) -> None:
        """Close all connections; one that is still in use is waited for a few seconds, so that its work is not lost."""
        pool = self._engine.pool
        for _ in range(int(_WAIT_SECONDS / _LOOK_SECONDS)):
            if not isinstance(pool, QueuePool) or pool.checkedout() == 0:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        await self._engine.dispose()


def create_engine(url: str, connections: int = POOL_SIZE) -> AsyncEngine:
    """Return an engine for a `postgresql://` URL, whatever driver the URL names."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    return create_async_engine(
        parsed,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,  # a failing statement must not carry a resident's words into the log
        connect_args={"connect_timeout": _WAIT_SECONDS, "options": _LIMITS, **KEEPALIVES},
    )


def _upgrade(connection: Connection) -> None:
    connection.execute(text("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(114)"))
    config = alembic.config.Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, "head")
