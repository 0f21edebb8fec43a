"""Fixtures of the whole suite: one embedded PostgreSQL, a fresh database for each test that asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import hypothesis
import psycopg
import pytest
from sqlalchemy import make_url

from bot.store.database import Database
from bot.store.embedded import start_embedded_server
from bot.understanding import Understanding

hypothesis.settings.register_profile("without a clock", deadline=None)
hypothesis.settings.load_profile("without a clock")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a PostgreSQL server that lives as long as the test run."""
    return start_embedded_server(Path(tmp_path_factory.mktemp("postgres")))


@contextmanager
def new_database(postgres_url: str, copied_from: str = "template1") -> Iterator[str]:
    """Make a database, an empty one unless it is copied from another; yields its URL and drops it at the end."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {copied_from}".encode())
        yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def template(postgres_url: str) -> Iterator[str]:
    """Name of a migrated database without rows, to be copied: migrating takes several times as long."""

    async def migrate(url: str) -> None:
        one = Database(url)
        await one.migrate()
        await one.close()

    with new_database(postgres_url) as url:
        asyncio.run(migrate(url))
        yield str(make_url(url).database)


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """URL of a database without tables."""
    with new_database(postgres_url) as url:
        yield url


@pytest.fixture
def database_url(postgres_url: str, template: str) -> Iterator[str]:
    """URL of a migrated database without rows."""
    with new_database(postgres_url, template) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database."""
    one = Database(database_url)
    yield one
    await one.close()


@pytest.fixture(scope="session")
def understanding(tmp_path_factory: pytest.TempPathFactory) -> Understanding:
    """The project's own knowledge with its index, built once for the run."""
    return Understanding.open(Path(tmp_path_factory.mktemp("index")))
