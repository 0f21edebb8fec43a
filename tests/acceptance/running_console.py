"""A console that runs beside a browser, and the browser's window, for the tests that look at its pages."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext

from bot.store.database import Database
from tests.conftest import new_database
from tests.console.visiting import Console, started

from .conftest import Complaints

Given = TypeVar("Given")
PHONE, OFFICE = (360, 740), (1280, 800)
"""Width and height of screens, in dots."""


class Running:
    """A console in a thread of its own, since the browser has this one."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.database = self.run(_migrated(url))
        self.console: Console = self.run(started(self.database))

    def run(self, what: Coroutine[Any, Any, Given]) -> Given:
        """Run something in that thread and return what it gives."""
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(60)

    def stop(self) -> None:
        self.run(self.console.close())
        self.run(self.database.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


async def _migrated(url: str) -> Database:
    database = Database(url)
    await database.migrate()
    return database


@pytest.fixture(scope="module", name="running")
def running_fixture(postgres_url: str) -> Iterator[Running]:
    with new_database(postgres_url) as url:
        one = Running(url)
        yield one
        one.stop()


@pytest.fixture(name="context")
def context_fixture(browser: Browser, complaints: Complaints) -> Iterator[BrowserContext]:
    one = browser.new_context(locale="vi-VN", reduced_motion="reduce")
    one.set_default_timeout(5_000)
    one.on("page", complaints.listen)
    yield one
    one.close()
    assert complaints.unexpected() == []
