"""What the tests of the Telegram channel share: a clock that only sleeping moves, and adapters on the fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot.channels.contract import Event, Take
from bot.channels.telegram import PolledTelegram, TelegramAdapter, TelegramSettings, Timeouts
from tests.fakes.telegram import TOKEN, FakeTelegram

NOW: Final = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
SHORT: Final = Timeouts(connect=10, read=0.5, write=10, total=20)
"""For a channel that never answers; otherwise no test depends on how fast the machine is."""


class Sleeping:
    """Sleeps at once and remembers for how long."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


class Taking:
    """Keeps events, or fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.taken: list[Event] = []
        self.asked = 0
        self.failures = failures

    async def __call__(self, events: Sequence[Event]) -> None:
        self.asked += 1
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the database is away")
        self.taken += events

    @property
    def keys(self) -> list[str]:
        return [event.key for event in self.taken]


def settings(fake: FakeTelegram, **more: Any) -> TelegramSettings:
    return TelegramSettings(**{"token": TOKEN, "api": fake.url, **more})


def adapter_on(
    fake: FakeTelegram, sleep: Sleeping | None = None, poll_seconds: float = 1, **more: Any
) -> TelegramAdapter:
    return TelegramAdapter(
        settings(fake, **more),
        picture=lambda name: Path("/nowhere") / name,
        now=lambda: NOW,
        sleep=sleep or Sleeping(),
        chance=lambda: 0.0,
        poll_seconds=poll_seconds,
    )


@asynccontextmanager
async def polling(adapter: TelegramAdapter, take: Take) -> AsyncIterator[asyncio.Task[None]]:
    """Connect, and poll while the block runs."""
    assert isinstance(adapter, PolledTelegram)
    async with adapter.connected():
        task = asyncio.create_task(adapter.poll(take))
        try:
            yield task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
