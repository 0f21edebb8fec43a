"""An emergency waits for nobody: not for a turn of the same resident, not for other residents, not for an official."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from bot.channels.contract import EventKind, Permanent
from bot.conversation.messages import Incoming, Turn
from bot.store.outbox import OutboxState
from bot.store.workers import SILENCE
from tests.bot.delivery.rig import STAFF, Echo, Rig, answered, delivered, emptied, event, migrated, said
from tests.fakes.channel import FakeChannel
from tests.integration.stored import change, value


@pytest.fixture(scope="module")
def module_url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
async def rig(module_url: str) -> AsyncIterator[Rig]:
    async with emptied(module_url) as database:
        yield await Rig.of(database, module_url, FakeChannel())


def echo_of(rig: Rig) -> Echo:
    assert isinstance(rig.dialogue, Echo)
    return rig.dialogue


async def tell(rig: Rig, user: str, text: str = "", kind: EventKind = EventKind.TEXT, **fields: Any) -> list[str]:
    before = len(rig.channel.texts(user))
    await rig.take(event(user, text, kind, **fields))
    await answered(rig.worker())
    await delivered(rig.sender(lambda: 0.0))
    return rig.channel.texts(user)[before:]


async def test_an_emergency_does_not_wait_for_a_turn_of_the_same_resident(rig: Rig, module_url: str) -> None:
    # Given a turn that hangs, with the row of its contact locked
    hanging, begun = asyncio.Event(), asyncio.Event()

    async def hangs(_message: Incoming) -> Turn:
        begun.set()
        await hanging.wait()
        return said("xong")

    echo_of(rig).respond_with = hangs
    await rig.take(event("a", "câu dài"))
    worker = rig.worker()
    assert await worker._took_some()
    async with asyncio.timeout(10):
        await begun.wait()
        # When the same resident cries for help, then the reply is posted while the turn still hangs
        await rig.take(event("a", "cháy nhà"))
        assert await worker._took_some()
        while not await rig.outbox.emergency_waits(rig.number, rig.digest("a")):
            await asyncio.wait({asyncio.ensure_future(asyncio.sleep(0.005))})
    hanging.set()
    await answered(worker)
    await delivered(rig.sender(lambda: 0.0))
    assert rig.channel.texts("a")[0] == "Gọi 114 ngay"
    assert rig.channel.texts("a")[1:] == ["xong"]


async def test_an_emergency_is_answered_though_it_cannot_be_remembered(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_message: Incoming) -> None:
        raise RuntimeError("bộ nhớ hỏng")

    monkeypatch.setattr(echo_of(rig), "remember_emergency", fails)
    assert await tell(rig, "a", "cháy nhà") == ["Gọi 114 ngay"]
    assert await rig.inbox.counts() == {"waiting": 0, "set_aside": 0}


async def test_a_flood_of_emergencies_of_one_resident_holds_up_nobody_else(rig: Rig) -> None:
    await rig.take(*(event("a", f"cháy {n}") for n in range(30)), event("b", "cháy nhà"))
    taken = await rig.inbox.take(rig.worker_id, [rig.number], 8)
    assert [one.resident for one in taken] == [rig.digest("a"), rig.digest("b")]


async def test_while_the_reply_waits_a_second_cry_gets_no_second_one(rig: Rig) -> None:
    await rig.take(event("a", "cháy"), event("a", "cháy nhà"), event("a", "cháy cháy"))
    await answered(rig.worker())
    await delivered(rig.sender(lambda: 0.0))
    assert rig.channel.texts("a") == ["Gọi 114 ngay"]
    assert await tell(rig, "a", "vẫn cháy") == ["Gọi 114 ngay"]


async def test_processes_that_die_do_not_swallow_an_emergency(rig: Rig) -> None:
    await rig.take(event("a", "cháy nhà"))
    for _ in range(7):
        assert len(await rig.inbox.take(rig.worker_id, [rig.number], 1)) == 1
        assert await rig.inbox.release_dead(SILENCE) == 1
    await answered(rig.worker())
    await delivered(rig.sender(lambda: 0.0))
    assert rig.channel.texts("a") == ["Gọi 114 ngay"]


async def test_staff_are_told_of_an_emergency_reply_that_was_not_sent(rig: Rig) -> None:
    rig.channel.script("a", Permanent("bị chặn"))
    await tell(rig, "a", "cháy nhà")
    await delivered(rig.sender(lambda: 0.0))
    assert "khẩn cấp" in rig.channel.texts(STAFF)[0]


async def test_a_reply_that_comes_hours_late_is_not_sent(rig: Rig) -> None:
    await rig.take(event("a", "cháy nhà"))
    await answered(rig.worker())
    await change(rig.database, "UPDATE outbox SET created_at = now() - interval '2 hours'")
    await delivered(rig.sender(lambda: 0.0))
    assert rig.channel.texts("a") == []
    assert await value(rig.database, "SELECT state FROM outbox LIMIT 1") == OutboxState.SKIPPED


@pytest.mark.parametrize("word", ["dừng", "xóa dữ liệu của tôi", "hủy liên kết", "dữ liệu của tôi"])
async def test_an_official_who_talks_keeps_nobody_from_withdrawing_consent(rig: Rig, word: str) -> None:
    await tell(rig, "a", "xin chào")
    await tell(rig, "a", kind=EventKind.CLERK)
    assert await tell(rig, "a", word) == [f"↩ {word}"]


@pytest.mark.parametrize("start", ["unlink", "stop", "erase", "forget-home", "link", "không-có"])
async def test_a_link_takes_no_effect_by_itself(rig: Rig, start: str) -> None:
    assert await tell(rig, "a", kind=EventKind.FOLLOW, start=start) == ["Chào bạn"]


async def test_a_link_leads_to_a_form(rig: Rig) -> None:
    assert await tell(rig, "a", kind=EventKind.FOLLOW, start="letter") == ["↩ do:letter"]


async def test_no_key_of_a_channel_stands_in_the_database(rig: Rig) -> None:
    await rig.take(event("user-7", "xin chào", key="follow:123:user-7"))
    assert "user-7" not in await value(rig.database, "SELECT string_agg(key, ' ') FROM inbox")
