"""A started console for each test that asks for one, and who works there with what."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.console.permissions import Role
from bot.store.database import Database
from tests.integration.monitored import Reporting

from .visiting import Console, Visitor, started


@pytest.fixture
async def console(database: Database) -> AsyncIterator[Console]:
    """The console with all its pages."""
    one = await started(database)
    yield one
    await one.close()


@pytest.fixture
async def reporting(console: Console) -> Reporting:
    """Residents who report: thirteen reports are there."""
    one = Reporting(console.parts.database)
    await one.add("hazard.wiring", 12)
    await one.add("commendation.person", 1)
    return one


@pytest.fixture
async def officer(console: Console) -> Visitor:
    """An officer of all places, signed in."""
    return await console.signed_in(Role.OFFICER)
