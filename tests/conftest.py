"""Fixtures of the whole suite: one embedded PostgreSQL, a fresh database for each test that asks for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from bot.store.database import Database
from bot.store.embedded import start_embedded_server
from bot.understanding import Understanding


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a PostgreSQL server that lives as long as the test run."""
    return start_embedded_server(Path(tmp_path_factory.mktemp("postgres")))


@contextmanager
def new_database(postgres_url: str) -> Iterator[str]:
    """Make an empty database; yields its URL and drops it at the end."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """URL of an empty database."""
    with new_database(postgres_url) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database."""
    one = Database(database_url)
    await one.migrate()
    yield one
    await one.close()


@pytest.fixture(scope="session")
def understanding(tmp_path_factory: pytest.TempPathFactory) -> Understanding:
    """The project's own knowledge with its index, built once for the run."""
    return Understanding.open(Path(tmp_path_factory.mktemp("index")))
