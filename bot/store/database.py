"""The connection to PostgreSQL and its migrations."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import alembic.command
import alembic.config
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_POOL_SIZE: Final = 10
_WAIT_SECONDS: Final = 3


class Database:
    """Sessions on one PostgreSQL database, driven by psycopg 3."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        self.sessions = async_sessionmaker(self._engine, class_=AsyncSession, expire_on_commit=False)

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
        """Close all connections."""
        await self._engine.dispose()


def create_engine(url: str) -> AsyncEngine:
    """Return an engine for a `postgresql://` URL, whatever driver the URL names."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    return create_async_engine(
        parsed,
        pool_size=_POOL_SIZE,
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,  # a failing statement must not carry a resident's words into the log
        connect_args={"connect_timeout": _WAIT_SECONDS},
    )


def _upgrade(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(114)"))
    config = alembic.config.Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, "head")
