"""Polling a platform that forgets what it has told: nothing is lost while the process lives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from bot.channels.contract import Event
from bot.channels.zalo_bot import ZaloBotPolled, ZaloBotSettings
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot, Fault


class Taking:
    """Takes events, or fails first; says when it has so many."""

    def __init__(self, failures: int = 0) -> None:
        self.taken: list[str] = []
        self.asked = 0
        self._failures = failures
        self._more = asyncio.Condition()

    async def __call__(self, events: Sequence[Event]) -> None:
        self.asked += 1
        if self._failures:
            self._failures -= 1
            raise OSError("the database is gone")
        async with self._more:
            self.taken += [one.text for one in events]
            self._more.notify_all()

    async def until(self, count: int) -> list[str]:
        async with asyncio.timeout(20), self._more:
            await self._more.wait_for(lambda: len(self.taken) >= count)
        return self.taken


class Naps:
    """Sleeps that last no time and are written down."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.third = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if len(self.seconds) >= 3:
            self.third.set()
        await asyncio.sleep(0)


@pytest.fixture
async def fake() -> AsyncIterator[FakeZaloBot]:
    async with FakeZaloBot().running() as one:
        yield one


@pytest.fixture
def naps() -> Naps:
    return Naps()


def bot_at(fake: FakeZaloBot, naps: Naps) -> ZaloBotPolled:
    settings = ZaloBotSettings(token=TOKEN, api=fake.url, answer_seconds=60, poll_seconds=1)
    return ZaloBotPolled(settings, clock=lambda: 0.0, sleep=naps, random=lambda: 1.0)


async def polled(bot: ZaloBotPolled, taking: Taking, count: int) -> list[str]:
    async with bot.connected():
        polling = asyncio.create_task(bot.poll(taking))
        try:
            return list(await taking.until(count))
        finally:
            polling.cancel()
            await asyncio.wait({polling})


async def test_events_come_one_by_one_in_order(fake: FakeZaloBot, naps: Naps) -> None:
    for text in ("một", "hai", "ba"):
        await fake.user_writes("u", text)
    assert await polled(bot_at(fake, naps), Taking(), 3) == ["một", "hai", "ba"]


async def test_what_was_not_taken_is_handed_over_again_before_more_is_asked(fake: FakeZaloBot, naps: Naps) -> None:
    # Given two messages and a store that fails twice
    for text in ("một", "hai"):
        await fake.user_writes("u", text)
    taking = Taking(failures=2)
    # When the bot is polled, then none is lost, and the second was asked for only after the first was taken
    assert await polled(bot_at(fake, naps), taking, 2) == ["một", "hai"]
    assert taking.asked == 4
    assert naps.seconds[:2] == [1.0, 2.0]


async def test_a_webhook_that_is_set_is_removed_first(fake: FakeZaloBot, naps: Naps) -> None:
    fake.webhook = ("https://another.example/w", "12345678")
    bot, taking = bot_at(fake, naps), Taking()
    async with bot.connected():
        polling = asyncio.create_task(bot.poll(taking))
        await fake.webhook_was_removed.wait()
        await fake.user_writes("u", "chào")
        assert await taking.until(1) == ["chào"]
        polling.cancel()
        await asyncio.wait({polling})
    assert len(fake.called("deleteWebhook")) == 1


async def test_a_webhook_that_somebody_sets_later_is_removed_too(fake: FakeZaloBot, naps: Naps) -> None:
    fake.fails("getUpdates", Fault.refusal(400, "Bad Request: webhook is active"))
    await fake.user_writes("u", "chào")
    assert await polled(bot_at(fake, naps), Taking(), 1) == ["chào"]
    assert len(fake.called("getWebhookInfo")) == 2


async def test_trouble_is_waited_out_longer_and_longer_and_said_once(
    fake: FakeZaloBot, naps: Naps, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    trouble = [Fault.page(502)] * 9 + [Fault.reset(done=False)]
    fake.fails("getUpdates", *trouble)
    await fake.user_writes("u", "chào")
    assert await polled(bot_at(fake, naps), Taking(), 1) == ["chào"]
    assert naps.seconds[:10] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0, 60.0]
    assert caplog.text.count("getUpdates: 502") == 1
    assert TOKEN not in caplog.text


async def test_silence_is_no_trouble_and_empty_answers_do_not_make_it_spin(fake: FakeZaloBot, naps: Naps) -> None:
    fake.fails("getUpdates", Fault(200, {"ok": True, "result": None}), Fault.refusal(408, "Request timeout"))
    await fake.user_writes("u", "chào")
    assert await polled(bot_at(fake, naps), Taking(), 1) == ["chào"]
    assert naps.seconds[:2] == [1.0, 1.0]


async def test_a_bot_that_is_not_connected_waits(fake: FakeZaloBot, naps: Naps) -> None:
    bot = bot_at(fake, naps)
    polling = asyncio.create_task(bot.poll(Taking()))
    await naps.third.wait()
    polling.cancel()
    await asyncio.wait({polling})
    assert fake.calls == []
