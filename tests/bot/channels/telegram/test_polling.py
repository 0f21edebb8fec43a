"""Polling: nothing is confirmed that is not stored, and no trouble ends it."""

import asyncio
import time
from typing import Any

import pytest

from bot.channels.contract import Polled
from bot.channels.telegram.application import Asking, NotSentError, asking, bot_of
from bot.channels.telegram.polling import ALLOWED_UPDATES, Pauses, Poller
from tests.bot.channels.telegram.setting import SHORT, Sleeping, Taking, adapter_on, polling, settings
from tests.fakes.telegram import FakeTelegram, page, refusal, reset, silence


async def test_updates_are_handed_over_in_order_and_then_confirmed() -> None:
    async with FakeTelegram() as fake:
        numbers = [fake.user_writes(7, f"câu {number}") for number in range(250)]
        take = Taking()
        async with polling(adapter_on(fake), take):
            await fake.until(lambda: len(fake.updates.confirmed) == 250)
            numbers.append(fake.user_blocks(7))
            await fake.until(lambda: len(fake.updates.confirmed) == 251)
        assert take.keys == [f"update:{number}" for number in numbers]
        assert fake.updates.confirmed == numbers
        assert fake.updates.allowed == list(ALLOWED_UPDATES)


async def test_what_is_not_stored_is_asked_for_again() -> None:
    # Given a database that is away twice
    take, sleep = Taking(failures=2), Sleeping()
    async with FakeTelegram() as fake:
        number = fake.user_writes(7, "cháy rồi")
        # When we poll
        async with polling(adapter_on(fake, sleep), take):
            await fake.until(lambda: fake.updates.confirmed)
        # Then the update came three times and was confirmed after the third
        assert take.asked == 3
        assert take.keys == [f"update:{number}"]
        # And the pauses grew
        assert sleep.slept[:2] == [1.0, 2.0]


async def test_nothing_is_lost_or_confirmed_when_polling_is_ended_before_it_is_stored() -> None:
    async with FakeTelegram() as fake:
        number = fake.user_writes(7, "cháy rồi")
        never, take = Taking(failures=10**9), Taking()
        async with polling(adapter_on(fake), never):
            await fake.until(lambda: never.asked > 2)
        assert fake.updates.confirmed == []
        async with polling(adapter_on(fake), take):
            await fake.until(lambda: fake.updates.confirmed)
        assert take.keys == [f"update:{number}"]


async def test_a_webhook_that_is_set_is_removed_and_keeps_what_waits() -> None:
    async with FakeTelegram() as fake:
        fake.updates.webhook.url = "https://old.example.vn/x"
        fake.user_writes(7, "cháy rồi")
        take = Taking()
        async with polling(adapter_on(fake), take):
            await fake.until(lambda: take.taken)
        [removal] = fake.calls("deleteWebhook")
        assert removal.fields.get("drop_pending_updates", "false").lower() == "false"


async def test_a_webhook_that_is_set_meanwhile_is_removed_again(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeTelegram() as fake:
        take = Taking()
        async with polling(adapter_on(fake), take):
            await fake.until(lambda: fake.calls("getUpdates"))
            fake.updates.webhook.url = "http://127.0.0.1:9/x"
            fake.user_writes(7, "a")
            await fake.until(lambda: len(fake.calls("deleteWebhook")) > 1)
            fake.user_writes(7, "b")
            await fake.until(lambda: len(take.taken) >= 2)
        assert caplog.text.count("somebody else polls") == 1


async def test_another_that_polls_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeTelegram() as fake:
        conflict = refusal(409, "Conflict: terminated by other getUpdates request")
        fake.fail(conflict, method="getUpdates", times=6)
        sleep = Sleeping()
        fake.user_writes(7, "a")
        async with polling(adapter_on(fake, sleep), Taking()):
            await fake.until(lambda: fake.updates.confirmed)
        assert sleep.slept[:6] == [1, 2, 4, 8, 16, 32]
        assert caplog.text.count("somebody else polls") == 1


async def test_troubles_pass() -> None:
    async with FakeTelegram() as fake:
        for fault in (page(502), page(200), reset(), refusal(500, "x"), refusal(401, "Unauthorized"), page(200, "[]")):
            fake.fail(fault, method="getUpdates")
        fake.fail(page(200, '{"ok":true,"result":{"a":1}}'), method="getUpdates")
        fake.fail(page(200, '{"ok":true,"result":[7,{},{"update_id":"x"}]}'), method="getUpdates")
        fake.fail(silence(), method="deleteWebhook")
        fake.user_writes(7, "a")
        take = Taking()
        async with polling(adapter_on(fake, timeouts=SHORT), take):
            await fake.until(lambda: fake.updates.confirmed)
        assert len(take.taken) == 1


async def test_flood_control_is_obeyed() -> None:
    async with FakeTelegram() as fake:
        fake.fail(refusal(429, "Too Many Requests", retry_after=17), method="getUpdates")
        sleep = Sleeping()
        async with polling(adapter_on(fake, sleep), Taking()):
            await fake.until(lambda: len(fake.calls("getUpdates")) > 1)
        assert sleep.slept[0] == 17


async def test_a_server_that_does_not_hold_the_request_is_not_asked_without_end() -> None:
    async with FakeTelegram() as fake:
        sleep = Sleeping()
        async with polling(adapter_on(fake, sleep, poll_seconds=0), Taking()):
            await fake.until(lambda: len(fake.calls("getUpdates")) > 3)
        assert set(sleep.slept) == {1.0}


async def test_an_odd_update_holds_up_no_other() -> None:
    async with FakeTelegram() as fake:
        fake.push(message={"text": 7, "chat": None})
        fake.push(message=None)
        fake.user_writes(7, "cháy rồi")
        take = Taking()
        async with polling(adapter_on(fake), take):
            await fake.until(lambda: len(fake.updates.confirmed) == 3)
        assert [event.kind.value for event in take.taken] == ["other", "other", "text"]


async def test_pauses_double_up_to_a_minute_and_are_shortened_by_chance() -> None:
    sleep = Sleeping()
    pauses = Pauses(sleep, lambda: 0.5)
    for _ in range(9):
        await pauses.pause()
    assert sleep.slept == [0.75, 1.5, 3.0, 6.0, 12.0, 24.0, 45.0, 45.0, 45.0]
    await pauses.pause(least=100)
    assert sleep.slept[-1] == 100


async def test_pauses_go_on_through_an_outage_of_days() -> None:
    sleep = Sleeping()
    pauses = Pauses(sleep, lambda: 0.0)
    for _ in range(5_000):
        await pauses.pause()
    assert sleep.slept[-1] == 60


async def test_the_token_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with FakeTelegram() as fake:
        fake.fail(refusal(401, "Unauthorized"), method="getUpdates")
        fake.user_writes(7, "số nhà tôi")
        async with polling(adapter_on(fake), Taking()):
            await fake.until(lambda: fake.updates.confirmed)
    assert fake.token not in caplog.text
    assert "số nhà tôi" not in caplog.text


class Stuck(Asking):
    """A pool whose only connection is lost: nobody gets one before it is opened for the third time."""

    opened = 0

    async def initialize(self) -> None:
        self.opened += 1
        await super().initialize()

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        if self.opened < 3:
            raise NotSentError("PoolTimeout")
        return await super().do_request(*args, **kwargs)


async def test_a_connection_that_is_lost_in_the_pool_is_opened_anew() -> None:
    async with FakeTelegram() as fake:
        one, stuck, sleep, take = settings(fake), Stuck(), Sleeping(), Taking()
        sending = asking(one, connections=1)
        bot = bot_of(one, sending, stuck)
        async with sending, stuck:
            poller = Poller(bot, stuck, clock=time.monotonic, sleep=sleep, chance=lambda: 0.0, seconds=1)
            number = fake.user_writes(7, "cháy rồi")
            polls = asyncio.create_task(poller.poll(take))
            await fake.until(lambda: fake.updates.confirmed)
            polls.cancel()
            await asyncio.gather(polls, return_exceptions=True)
        assert take.keys == [f"update:{number}"]
        assert sleep.slept[:2] == [1.0, 2.0]


async def test_polling_that_was_ended_at_any_step_begins_again() -> None:
    """The account goes to another process and comes back: what was being asked is cancelled wherever it stands."""
    async with FakeTelegram() as fake:
        adapter, take = adapter_on(fake), Taking()
        assert isinstance(adapter, Polled)
        async with adapter.connected():
            for steps in range(60):
                asking = asyncio.create_task(adapter.poll(take))
                for _ in range(steps):
                    await asyncio.sleep(0)
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            number = fake.user_writes(7, "cháy rồi")
            asking = asyncio.create_task(adapter.poll(take))
            await fake.until(lambda: fake.updates.confirmed)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        assert f"update:{number}" in take.keys
