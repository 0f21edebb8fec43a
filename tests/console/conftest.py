"""A started console for each test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.store.database import Database

from .visiting import Console, started


@pytest.fixture
async def console(database: Database) -> AsyncIterator[Console]:
    """The console with all its pages."""
    one = await started(database)
    yield one
    await one.close()
