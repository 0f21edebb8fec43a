"""What conversations remember, and the key that it is sealed with."""

import asyncio
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from bot.store.database import Database
from bot.store.key_check import check_key
from bot.store.memories import MEMORY_BYTES, Memories, MemoryTooLargeError
from bot.store.resealing import reseal
from bot.store.residents import Residents
from bot.store.sealing import DataKeyError, SealedDataError, Sealer
from bot.store.waiting import Waiting
from tests.integration.stored import SEALER, another_sealer, blocked, count, outcomes, value

WORDS = {"form": {"name": "hoi-dap", "text": "bếp gas ở ngõ 12 Kim Mã"}, "stack": ["a", "b"]}


@pytest.fixture
def memories(database: Database) -> Memories:
    return Memories(database, SEALER)


async def test_a_memory_is_loaded_as_it_was_saved(memories: Memories) -> None:
    conversation = uuid4()
    assert await memories.load(conversation) is None
    assert await memories.save(conversation, "web", WORDS, 0)
    assert await memories.load(conversation) == (WORDS, 1)
    assert await memories.save(conversation, "web", {}, 1)
    assert await memories.load(conversation) == ({}, 2)
    assert await memories.load(uuid4()) is None


async def test_nothing_of_a_memory_or_a_waiting_message_can_be_read_in_the_database(
    database: Database, memories: Memories
) -> None:
    conversation = uuid4()
    await memories.save(conversation, "web", WORDS, 0)
    await Waiting(database, SEALER).put(conversation, WORDS)
    async with database.sessions() as session:
        for table in ("memory", "waiting_message"):
            rows = (await session.execute(text(f"SELECT to_jsonb(t)::text, sealed FROM {table} AS t"))).all()  # noqa: S608
            assert len(rows) == 1
            for word in ("Kim Mã", "ngõ", "hoi-dap", "form", "stack"):
                assert word not in rows[0][0]
                assert word.encode() not in rows[0][1]
                assert word.encode().hex() not in rows[0][0]


async def test_a_version_that_is_no_longer_current_saves_nothing(database: Database, memories: Memories) -> None:
    conversation = uuid4()
    await memories.save(conversation, "web", {"turn": 1}, 0)
    await memories.save(conversation, "web", {"turn": 2}, 1)
    assert not await memories.save(conversation, "web", {"turn": "late"}, 1)
    assert not await memories.save(conversation, "web", {"turn": "first?"}, 0)
    assert not await memories.save(conversation, "web", {"turn": "ahead"}, 3)
    assert await memories.load(conversation) == ({"turn": 2}, 2)
    unknown = uuid4()
    assert not await memories.save(unknown, "web", {"turn": 2}, 1)
    assert await value(database, "SELECT count(*) FROM conversation WHERE id = :id", id=unknown) == 0


async def test_of_turns_that_save_at_once_exactly_one_succeeds(memories: Memories) -> None:
    for version in (0, 1):
        conversation = uuid4()
        if version:
            await memories.save(conversation, "web", {}, 0)
        saved = await outcomes(*(memories.save(conversation, "web", {"turn": n}, version) for n in range(8)))
        assert sorted(saved) == [False] * 7 + [True]
        assert await memories.load(conversation) == ({"turn": saved.index(True)}, version + 1)


async def test_a_turn_that_ends_after_the_erasing_brings_nothing_back(database: Database, memories: Memories) -> None:
    conversation = uuid4()
    await memories.save(conversation, "web", WORDS, 0)
    loaded = await memories.load(conversation)
    assert loaded is not None
    await Residents(database, SEALER, bool).erase(conversation)
    assert not await memories.save(conversation, "web", {**loaded[0], "turn": 2}, loaded[1])
    assert [await count(database, table) for table in ("memory", "conversation")] == [0, 0]


async def test_a_memory_that_is_too_large_is_refused_and_the_earlier_one_stays(memories: Memories) -> None:
    conversation = uuid4()
    frame = len(b'{"t":""}')
    assert await memories.save(conversation, "web", {"t": "a" * (MEMORY_BYTES - frame)}, 0)
    with pytest.raises(MemoryTooLargeError):
        await memories.save(conversation, "web", {"t": "a" * (MEMORY_BYTES - frame + 1)}, 1)
    with pytest.raises(MemoryTooLargeError):
        await memories.save(conversation, "web", {"t": "ữ" * (MEMORY_BYTES // 3)}, 1)
    loaded = await memories.load(conversation)
    assert loaded is not None
    assert loaded[1] == 1


async def test_another_key_cannot_load_and_destroys_nothing(database: Database, memories: Memories) -> None:
    conversation = uuid4()
    await memories.save(conversation, "web", WORDS, 0)
    stranger = Memories(database, another_sealer())
    with pytest.raises(SealedDataError):
        await stranger.load(conversation)
    assert not await stranger.save(conversation, "web", {}, 0)
    assert await memories.load(conversation) == (WORDS, 1)


async def test_a_start_with_another_key_is_refused(database: Database) -> None:
    await check_key(database, SEALER)
    await check_key(database, SEALER)
    with pytest.raises(DataKeyError, match="DATA_KEY"):
        await check_key(database, another_sealer())
    await check_key(database, SEALER)


async def test_of_first_starts_at_once_with_different_keys_one_is_refused(database: Database) -> None:
    checks = await outcomes(check_key(database, SEALER), check_key(database, another_sealer()))
    assert sorted(type(one).__name__ for one in checks) == ["DataKeyError", "NoneType"]


async def test_a_key_can_be_exchanged_and_then_left_out(database: Database) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    conversations = [uuid4() for _ in range(3)]
    await check_key(database, Sealer([old]))
    for one in conversations:
        await Memories(database, Sealer([old])).save(one, "web", WORDS, 0)
        await Waiting(database, Sealer([old])).put(one, WORDS)
    both = Sealer([new, old])
    await check_key(database, both)
    assert await Memories(database, both).load(conversations[0]) == (WORDS, 1)
    assert await reseal(database, both) == 6
    await check_key(database, Sealer([new]))
    for one in conversations:
        assert await Memories(database, Sealer([new])).load(one) == (WORDS, 1)
        assert [message for _, message in await Waiting(database, Sealer([new])).after(one, 0)] == [WORDS]


async def test_sealing_anew_stops_at_what_no_key_opens(database: Database, memories: Memories) -> None:
    await memories.save(uuid4(), "web", WORDS, 0)
    before = await value(database, "SELECT sealed FROM memory")
    with pytest.raises(SealedDataError):
        await reseal(database, another_sealer())
    assert await value(database, "SELECT sealed FROM memory") == before


async def test_sealing_anew_does_not_undo_a_turn_that_saves_meanwhile(database: Database, memories: Memories) -> None:
    conversation = uuid4()
    await memories.save(conversation, "web", {"turn": 1}, 0)
    async with database.sessions.begin() as session:  # a turn in the middle of saving
        newer = SEALER.seal_json({"turn": 2})
        await session.execute(text("UPDATE memory SET sealed = :newer, version = 2"), {"newer": newer})
        sealing = asyncio.create_task(reseal(database, SEALER))
        await blocked(database, 1)
    await sealing
    assert await memories.load(conversation) == ({"turn": 2}, 2)
