"""Delivery as a whole: from a webhook to what the resident gets, and what officials answer later."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.contract import EventKind, Halted, Take
from bot.conversation.dialogue import Dialogue
from bot.conversing import Conversing, now
from bot.delivering import Delivering, Limits
from bot.keeper import StoredConversations
from bot.later import answered as official_message
from bot.store.accounts import Accounts
from bot.store.database import Database
from bot.store.letters import Letters
from bot.store.waiting import Waiting
from bot.understanding import Understanding
from tests.bot.delivery.rig import Echo, Rig, answered, delivered, emptied, event, migrated, until
from tests.fakes.channel import SECRET, SECRET_HEADER, FakeChannel, body_of
from tests.integration.stored import SEALER, change, count, kept_question, value

HEADERS = {SECRET_HEADER: SECRET}
Client = TestClient[Any, Any]


class PolledChannel(FakeChannel):
    """A channel that is asked for events as well; confirms them when they are safe."""

    def __init__(self) -> None:
        super().__init__(name="polled")
        self.waiting: asyncio.Queue[str] = asyncio.Queue()
        self.confirmed: list[str] = []
        self.polling = 0

    async def poll(self, take: Take) -> None:
        self.polling += 1
        try:
            while True:
                text = await self.waiting.get()
                await take([event("a", text)])
                self.confirmed.append(text)
        finally:
            self.polling -= 1


@pytest.fixture(scope="module")
def module_url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
def database_url(module_url: str) -> str:
    return module_url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with emptied(database_url) as one:
        yield one


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def dialogue(database: Database, understanding: Understanding) -> Dialogue:
    keeper, queue = StoredConversations(database, SEALER), Letters(database, SEALER)
    return Conversing(keeper=keeper, queue=queue)(understanding.assistant())


@pytest.fixture
async def rig(database: Database, database_url: str, channel: FakeChannel) -> Rig:
    return await Rig.of(database, database_url, channel)


def delivering(
    database: Database, url: str, *channels: FakeChannel, dialogue: Callable[[], Dialogue] | None = None
) -> Delivering:
    limits = Limits(
        at_once=4,
        messages_per_minute=10_000,
        burst=1_000,
        clerk_stays=timedelta(minutes=30),
        staff=((channels[0].account.channel, "truc-ban"),),
    )
    return Delivering(
        database=database,
        url=url,
        sealer=SEALER,
        adapters=channels,
        dialogue=dialogue or Echo(),
        limits=limits,
        wall_clock=now,
        clock=time.monotonic,
    )


@asynccontextmanager
async def served(one: Delivering) -> AsyncIterator[Client]:
    """The webhooks of what is running."""
    app = web.Application()
    app.add_routes(one.routes())
    client: Client = TestClient(TestServer(app))
    await client.start_server()
    try:
        yield client
    finally:
        await client.close()


async def post(client: Client, *events: Any, headers: dict[str, str] = HEADERS) -> int:
    async with client.post("/webhooks/fake", data=body_of(*events), headers=headers) as response:
        return response.status


async def got(channel: FakeChannel, user: str, messages: int) -> None:
    async def enough() -> bool:
        return len(channel.texts(user)) >= messages

    await until(enough)


async def conversation_of(rig: Rig, user: str) -> UUID:
    await rig.take(event(user, "xin chào"))
    await answered(rig.worker())
    await delivered(rig.sender(lambda: 0.0))
    found: UUID = await value(
        rig.database, "SELECT conversation_id FROM contact WHERE digest = :digest", digest=rig.digest(user)
    )
    return found


async def test_from_a_webhook_to_the_reply_once(
    database: Database, database_url: str, channel: FakeChannel, dialogue: Dialogue
) -> None:
    one = delivering(database, database_url, channel, dialogue=lambda: dialogue)
    async with one.running(), served(one) as client:
        question = event("a", "chung cu chay thi chay len hay chay xuong?")
        cry = event("b", "cuu voi nha em dang chay")
        assert await post(client, question) == 200
        assert await post(client, question, cry) == 200  # the channel repeats itself
        await got(channel, "a", 1)
        await got(channel, "b", 1)
        assert await post(client, event("b", "xóa dữ liệu của tôi")) == 200
        await got(channel, "b", 2)
        assert set(channel.told) >= {question.key, cry.key}
    assert "thang" in "".join(channel.texts("a"))
    assert "114" in channel.texts("b")[0].splitlines()[0]
    assert await value(database, "SELECT count(DISTINCT split_part(key, ':', 2)) FROM outbox") == 3
    assert await count(database, "inbox") == 3
    assert await value(database, "SELECT count(*) FROM outbox WHERE state <> 'sent'") == 0
    assert (channel.connections, await count(database, "worker")) == (0, 0)


async def test_what_is_refused_is_not_stored(database: Database, database_url: str, channel: FakeChannel) -> None:
    one = delivering(database, database_url, channel)
    async with one.running(answering=False), served(one) as client:
        assert await post(client, event("a", "giả"), headers={}) == 403
        assert await post(client, event("a", "x" * 300_000)) == 413
        assert await count(database, "inbox") == 0
        unknown = b'{"events": [{"key": "k", "kind": "oa_dances", "name": "x", "user": "a"}]}'
        async with client.post("/webhooks/fake", data=unknown, headers=HEADERS) as response:
            assert response.status == 200
        assert await value(database, "SELECT kind FROM inbox") == "other"
        assert await post(client, event("a", "\ud800 nửa ký tự \x00")) == 200  # what no text column would take


async def test_a_200_means_that_the_event_is_committed(
    database: Database, database_url: str, channel: FakeChannel
) -> None:
    one = delivering(database, database_url, channel)
    async with one.running(answering=False), served(one) as client:
        with psycopg.connect(database_url) as other:
            other.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
            assert await post(client, event("a", "xin chào")) == 503  # not safe in time: it must come again
        assert await post(client, event("a", "xin chào")) == 200
        with psycopg.connect(database_url) as other:
            row = other.execute("SELECT count(*) FROM inbox").fetchone()
        assert row is not None
        assert row[0] >= 1


async def test_before_and_without_a_database_the_channel_must_come_again(
    database: Database, database_url: str, channel: FakeChannel, caplog: pytest.LogCaptureFixture
) -> None:
    one = delivering(database, database_url, channel)
    async with served(one) as client:
        assert await post(client, event("a", "xin chào")) == 503
        async with one.running(answering=False):
            await change(database, "ALTER TABLE inbox RENAME TO away")
            try:
                with caplog.at_level(logging.ERROR):
                    assert await post(client, event("a", "lời của dân")) == 503
            finally:
                await change(database, "ALTER TABLE away RENAME TO inbox")
            assert await post(client, event("a", "xin chào")) == 200
    assert "lời của dân" not in caplog.text
    assert len(channel.told) == 1


async def test_two_processes_answer_each_event_once(
    database: Database, database_url: str, channel: FakeChannel
) -> None:
    other_database, echoes = Database(database_url), (Echo(), Echo())
    first = delivering(database, database_url, channel, dialogue=echoes[0])
    second = delivering(other_database, database_url, channel, dialogue=echoes[1])
    async with first.running(), second.running(), served(first) as client, served(second) as other:
        for number in range(10):
            line = [event(f"u{user}", f"{number}") for user in range(5)]
            assert await post(client, *line) == 200
            assert await post(other, *line) == 200
        for user in range(5):
            await got(channel, f"u{user}", 10)
    assert sum(len(one.heard) for one in echoes) == 50
    for user in range(5):
        assert channel.texts(f"u{user}") == [f"↩ {number}" for number in range(10)]
    await other_database.close()


async def test_a_polled_channel_confirms_what_is_safe_and_is_asked_by_one_process(
    database: Database, database_url: str
) -> None:
    channel, other_database = PolledChannel(), Database(database_url)
    channel.waiting.put_nowait("xin chào")
    first, second = delivering(database, database_url, channel), delivering(other_database, database_url, channel)
    async with first.running(), second.running():
        await got(channel, "a", 1)
        assert channel.polling == 1
        assert channel.confirmed == ["xin chào"]
    assert channel.polling == 0
    await other_database.close()


async def test_how_delivery_stands_is_told(database: Database, database_url: str, channel: FakeChannel) -> None:
    channel.script("a", Halted("token hết hạn"))
    one = delivering(database, database_url, channel)
    async with one.running(), served(one) as client:
        assert await post(client, event("a", "xin chào")) == 200
        await got(channel, "a", 1)

        async def noted() -> bool:
            return bool((await one.details())["outbox"]["waiting"] == 2)  # the reply, and the word to staff

        await until(noted)
        details = await one.details()
    assert details["channels"] == ["fake"]
    assert details["halted"] == ["fake:1"]
    assert details["inbox"] == {"waiting": 0, "set_aside": 0}


async def test_without_accounts_nothing_runs(database: Database, database_url: str) -> None:
    limits = Limits(at_once=1, messages_per_minute=1, burst=1, clerk_stays=timedelta())
    one = Delivering(
        database=database,
        url=database_url,
        sealer=SEALER,
        adapters=[],
        dialogue=Echo(),
        limits=limits,
        wall_clock=now,
        clock=time.monotonic,
    )
    async with one.running():
        assert one.routes() == []
        assert await count(database, "worker") == 0


async def test_an_officials_answer_reaches_the_resident_once_and_counts_as_told(rig: Rig, channel: FakeChannel) -> None:
    # Given a letter of a resident on the channel, and one of a page's
    letters, mine = Letters(rig.database, SEALER), await conversation_of(rig, "a")
    code = await kept_question(letters, mine, "fake", "Hẻm tôi xe vào được không?")
    page = UUID(int=7)
    of_page = await kept_question(letters, page, "web", "Ở trang chat")
    # When an official answers both
    for one in (code, of_page):
        await letters.answer(one, "Vào được.", "Đội PCCC số 3", official_message)
    notices = rig.notices()
    assert await notices.move() == 1
    assert await notices.move() == 0
    sender = rig.sender(lambda: 0.0)
    await delivered(sender)
    # Then it arrives once, with its code, and after that the letter counts as told
    [_, told] = channel.texts("a")
    assert code in told
    assert "Đội PCCC số 3" in told
    found = await letters.by_code(code)
    assert found is not None
    assert found.told_at is None
    await notices.move()
    await delivered(sender)
    found = await letters.by_code(code)
    assert found is not None
    assert found.told_at is not None
    assert len(channel.texts("a")) == 2
    # And the page's still waits for its page
    assert len(await Waiting(rig.database, SEALER).after(page, 0)) == 1
    assert await value(rig.database, "SELECT count(*) FROM waiting_message WHERE posted_at IS NULL") == 1


async def test_processes_that_move_notices_at_once_move_each_once(
    rig: Rig, database_url: str, channel: FakeChannel
) -> None:
    letters, mine = Letters(rig.database, SEALER), await conversation_of(rig, "a")
    for number in range(6):
        code = await kept_question(letters, mine, "fake", f"Câu {number}")
        await letters.answer(code, f"Lời {number}", "Đội", official_message)
    other = Database(database_url)
    beside = await Rig.of(other, database_url, channel)
    moved = await asyncio.gather(*(one.notices().move() for one in (rig, beside, rig, beside)))
    assert sum(moved) == 6
    await delivered(rig.sender(lambda: 0.0))
    assert [f"Lời {number}" in text for number, text in enumerate(channel.texts("a")[1:])] == [True] * 6
    await other.close()


async def test_who_has_left_gets_no_notice_until_they_come_back(rig: Rig, channel: FakeChannel) -> None:
    letters, mine = Letters(rig.database, SEALER), await conversation_of(rig, "a")
    code = await kept_question(letters, mine, "fake", "Câu")
    await rig.take(event("a", "", EventKind.UNFOLLOW))
    await answered(rig.worker())
    await letters.answer(code, "Lời", "Đội", official_message)
    assert await rig.notices().move() == 0
    await delivered(rig.sender(lambda: 0.0))
    assert len(channel.texts("a")) == 1
    await rig.take(event("a", "", EventKind.FOLLOW))
    await answered(rig.worker())
    assert await rig.notices().move() == 1
    await delivered(rig.sender(lambda: 0.0))
    assert "Lời" in channel.texts("a")[-1]


async def test_a_notice_goes_to_a_channel_that_is_on_although_the_resident_was_last_on_another(
    rig: Rig, channel: FakeChannel
) -> None:
    letters, mine = Letters(rig.database, SEALER), await conversation_of(rig, "a")
    off = await Accounts(rig.database).number("turned-off", "1")
    met = await rig.contacts.met(off, b"there", "a2")
    await change(
        rig.database,
        "UPDATE contact SET conversation_id = :mine, last_seen_at = now() + interval '1 hour' WHERE id = :id",
        mine=mine,
        id=met.id,
    )
    code = await kept_question(letters, mine, "fake", "Câu")
    await letters.answer(code, "Lời", "Đội", official_message)
    assert await rig.notices().move() == 1
    await delivered(rig.sender(lambda: 0.0))
    assert "Lời" in channel.texts("a")[-1]


async def test_a_notice_that_cannot_be_read_holds_up_no_other(rig: Rig, channel: FakeChannel) -> None:
    waiting, mine = Waiting(rig.database, SEALER), await conversation_of(rig, "a")
    messages: list[dict[str, Any]] = [{"lines": []}, {"text": "hỏng"}, {"text": "tiếp"}]
    for message in messages:
        await waiting.put(mine, message)
    await change(rig.database, "UPDATE waiting_message SET sealed = 'x' WHERE id = 2")
    assert await rig.notices().move() == 3
    await delivered(rig.sender(lambda: 0.0))
    assert channel.texts("a")[1:] == ["tiếp"]


async def test_an_answer_that_is_put_by_wakes_delivery(
    database: Database, database_url: str, channel: FakeChannel
) -> None:
    one = delivering(database, database_url, channel)
    async with one.running(), served(one) as client:
        assert await post(client, event("a", "xin chào")) == 200
        await got(channel, "a", 1)
        mine = await value(database, "SELECT conversation_id FROM contact")
        letters = Letters(database, SEALER)
        code = await kept_question(letters, mine, "fake", "Câu")
        await letters.answer(code, "Lời", "Đội", official_message)
        await got(channel, "a", 2)
    assert "Lời" in channel.texts("a")[1]
