"""The inbox and its workers on a real PostgreSQL: each event answered once, in its resident's order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.channels.contract import EventKind
from bot.conversation.messages import Incoming, Turn
from bot.delivery import worker as working
from bot.delivery.turns import Arrived
from bot.store.accounts import Accounts
from bot.store.database import Database
from bot.store.inbox import Inbox, LostEventError, NewEvent, TakenEvent
from bot.store.workers import SILENCE, Workers
from tests.bot.delivery.rig import SORRY, STAFF, Echo, Rig, answered, delivered, emptied, event, migrated, said, until
from tests.fakes.channel import FakeChannel
from tests.integration.stored import SEALER, change, count, outcomes, value

NOBODY = "SELECT count(*) FROM inbox WHERE state = 'waiting'"


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
async def account(database: Database) -> int:
    return await Accounts(database).number("fake", "1")


@pytest.fixture
def inbox(database: Database) -> Inbox:
    return Inbox(database, SEALER)


@pytest.fixture
async def rig(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setattr(working, "_FIRST_WAIT", timedelta())
    monkeypatch.setattr(working, "_LOOK_SECONDS", 0.02)
    return await Rig.of(database, database_url, FakeChannel())


@pytest.fixture
async def beside(rig: Rig, database_url: str) -> AsyncIterator[Rig]:
    """A second process on the same database."""
    database = Database(database_url)
    yield await Rig.of(database, database_url, rig.channel)
    await database.close()


def new(account: int, key: str, resident: bytes | None = b"a", *, urgent: bool = False) -> NewEvent:
    return NewEvent(account, key, "text", resident, urgent, {"text": key})


def keys(inbox: Inbox, taken: list[TakenEvent]) -> list[str]:
    return [inbox.opened(one)["text"] for one in taken]


async def no_event_waits(rig: Rig) -> bool:
    return bool(await value(rig.database, NOBODY) == 0)


def raising(dialogue: Echo, on: str, times: int, wrong: Exception | None = None) -> None:
    """Let the first turns with a text raise."""
    echo, left = dialogue.respond_with, [wrong or ValueError("một câu của người dân")] * times

    async def respond(message: Incoming) -> Turn:
        if message.text == on and left:
            raise left.pop()
        return await echo(message)

    dialogue.respond_with = respond


def echo_of(rig: Rig) -> Echo:
    assert isinstance(rig.dialogue, Echo)
    return rig.dialogue


async def test_an_event_is_stored_once_for_its_account(database: Database, inbox: Inbox, account: int) -> None:
    other = await Accounts(database).number("fake", "2")
    assert await inbox.put([new(account, "k"), new(account, "k"), new(other, "k", b"b")]) == 2
    assert await inbox.put([new(account, "k"), new(account, "l")]) == 1
    at_once = await outcomes(*(inbox.put([new(account, "m"), new(account, "n")]) for _ in range(8)))
    assert sum(at_once) == 2
    [first] = await inbox.take(uuid4(), [other], 10)
    assert first.account_id == other


async def test_a_repeated_delivery_is_answered_once(rig: Rig) -> None:
    one = event("a", "xin chào")
    await rig.take(one)
    await answered(rig.worker())
    await rig.take(one, one)
    await answered(rig.worker())
    assert len(echo_of(rig).heard) == 1
    assert await value(rig.database, "SELECT count(*) FROM outbox") == 1
    assert await value(rig.database, "SELECT sealed IS NULL FROM inbox")


async def test_only_the_first_in_line_of_each_resident_is_taken(inbox: Inbox, account: int) -> None:
    await inbox.put([new(account, key, key[:1].encode()) for key in ("a1", "a2", "b1", "a3", "b2")])
    await inbox.put([new(account, "n1", None), new(account, "n2", None)])
    mine, another = uuid4(), uuid4()
    taken = await inbox.take(mine, [account], 10)
    assert keys(inbox, taken) == ["a1", "b1", "n1", "n2"]  # what concerns nobody stands in no line
    assert await inbox.take(another, [account], 10) == []
    await inbox.finish(taken[0], mine)
    assert keys(inbox, await inbox.take(another, [account], 10)) == ["a2"]
    assert await inbox.take(mine, [account + 1], 10) == []


async def test_an_emergency_overtakes_the_queue_and_holds_nobody_up(inbox: Inbox, account: int) -> None:
    await inbox.put([new(account, f"o{n}", f"o{n}".encode()) for n in range(30)])
    await inbox.put([new(account, "a1"), new(account, "cháy", urgent=True), new(account, "a2")])
    worker = uuid4()
    assert keys(inbox, await inbox.take(worker, [account], 1)) == ["cháy"]
    rest = keys(inbox, await inbox.take(worker, [account], 100))
    assert rest[-1] == "a1"
    assert "a2" not in rest


async def test_workers_that_take_at_once_share_the_events(inbox: Inbox, account: int, beside: Rig) -> None:
    await inbox.put([new(account, f"{n}", f"r{n}".encode()) for n in range(60)])
    taken = await outcomes(*(box.take(uuid4(), [account], 10) for box in (inbox, beside.inbox) * 3))
    numbers = [one.id for some in taken for one in some]
    assert len(numbers) == len(set(numbers)) == 60


async def test_many_residents_are_answered_in_their_order_by_several_workers(rig: Rig, beside: Rig) -> None:
    # Given two workers that answer, and turns that take different times
    heard: list[tuple[str, int]] = []
    under_way: set[str] = set()

    async def respond(message: Incoming) -> Turn:
        user, number = message.text.split()
        assert user not in under_way, "two turns of one resident at once"
        under_way.add(user)
        for _ in range((int(number) * 7) % 5):
            await asyncio.sleep(0)
        heard.append((user, int(number)))
        under_way.discard(user)
        return said(message.text)

    workers = []
    for one in (rig, beside):
        echo_of(one).respond_with = respond
        workers.append(one.worker(at_once=4))
    running = [asyncio.create_task(one.run()) for one in workers]
    # When 12 residents write 8 lines each
    for number in range(8):
        await rig.take(*(event(f"u{user}", f"u{user} {number}") for user in range(12)))
    await until(lambda: no_event_waits(rig))
    for worker in workers:
        worker.stop()
    await asyncio.gather(*running)
    # Then each line is answered once and in order
    assert len(heard) == 96
    for user in range(12):
        assert [number for who, number in heard if who == f"u{user}"] == list(range(8))
    assert await count(rig.database, "worker") == 0


async def test_residents_do_not_wait_for_each_other(rig: Rig) -> None:
    gate = asyncio.Event()
    echo = echo_of(rig).respond_with

    async def respond(message: Incoming) -> Turn:
        if message.text == "chậm":
            await gate.wait()
        return await echo(message)

    echo_of(rig).respond_with = respond
    worker = rig.worker(at_once=3)
    running = asyncio.create_task(worker.run())
    await rig.take(event("slow", "chậm"), event("slow", "sau"))
    await rig.take(*(event(f"u{n}", "nhanh") for n in range(10)))

    async def ten_done() -> bool:
        return bool(await value(rig.database, "SELECT count(*) FROM inbox WHERE state = 'done'") == 10)

    await until(ten_done)
    assert await value(rig.database, NOBODY) == 2
    worker.stop()
    gate.set()
    await running
    assert await value(rig.database, NOBODY) == 1  # what was begun is finished, and no more is begun


async def test_what_raises_three_times_is_set_aside_and_the_next_is_answered(rig: Rig) -> None:
    raising(echo_of(rig), "hỏng", 99)
    await rig.take(event("a", "hỏng"), event("a", "tiếp"), event("b", "khác"))
    await answered(rig.worker())
    assert await rig.inbox.counts() == {"waiting": 0, "set_aside": 1}
    assert [one.text for one in echo_of(rig).heard].count("hỏng") == 3
    [aside] = await rig.inbox.set_aside()
    assert (aside.content["text"], aside.error, aside.kind) == ("hỏng", "ValueError", "text")
    # The resident is told so before what they wrote next is answered, and staff are told
    await delivered(rig.sender(lambda: 0.0))
    assert rig.channel.texts("a") == [SORRY, "↩ tiếp"]
    assert rig.channel.texts("b") == ["↩ khác"]
    [alert] = rig.channel.texts(STAFF)
    assert f"số {aside.id}" in alert
    assert "người dân" not in alert


async def test_staff_are_told_of_what_is_set_aside_once_an_hour(rig: Rig) -> None:
    raising(echo_of(rig), "hỏng", 99)
    clock = rig.clock()
    rig.clock = lambda: clock
    rig.__post_init__()
    for hours in (0, 0, 1):
        clock += timedelta(hours=hours)
        await rig.take(event("a", "hỏng"), event("b", "hỏng"))
        await answered(rig.worker())
    assert await rig.inbox.counts() == {"waiting": 0, "set_aside": 6}
    assert await value(rig.database, "SELECT count(*) FROM outbox WHERE key LIKE 'alert:%'") == 2


async def test_what_was_set_aside_is_tried_again_or_dropped(rig: Rig) -> None:
    raising(echo_of(rig), "hỏng", 6)
    await rig.take(event("a", "hỏng"), event("b", "hỏng"))
    await answered(rig.worker())
    first, second = await rig.inbox.set_aside()
    assert await rig.inbox.try_again(first.id)
    assert await rig.inbox.drop(second.id)
    await answered(rig.worker())
    assert await rig.inbox.counts() == {"waiting": 0, "set_aside": 0}
    assert [one.text for one in echo_of(rig).heard].count("hỏng") == 7
    assert await value(rig.database, "SELECT count(sealed) FROM inbox") == 0
    for act in (rig.inbox.try_again, rig.inbox.drop):
        assert not await act(first.id)
        assert not await act(10_000)


async def test_what_cannot_be_read_is_set_aside_too(rig: Rig) -> None:
    await rig.take(event("a", "một"), event("a", "hai"))
    await change(rig.database, "UPDATE inbox SET sealed = 'x' WHERE id = (SELECT min(id) FROM inbox)")
    await answered(rig.worker())
    assert await rig.inbox.counts() == {"waiting": 0, "set_aside": 1}
    assert [one.text for one in echo_of(rig).heard] == ["hai"]


async def test_a_database_that_goes_away_is_not_the_events_fault(rig: Rig) -> None:
    """For longer than three tries, and in the middle of the turn, after which its memory could not be read."""
    echo, cuts = echo_of(rig).respond_with, iter(range(5))

    async def respond(message: Incoming) -> Turn:
        if next(cuts, None) is not None:
            connection = rig.database._joined.get()
            assert connection is not None
            with pytest.raises(OperationalError):  # as where memory is read: the turn goes on
                await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return await echo(message)

    echo_of(rig).respond_with = respond
    await rig.take(event("a", "xin chào"))
    await answered(rig.worker())
    assert await rig.inbox.counts() == {"waiting": 0, "set_aside": 0}
    assert await value(rig.database, "SELECT tries FROM inbox") == 1
    assert await count(rig.database, "outbox") == 1


async def test_an_event_that_cannot_be_given_back_at_once_is_given_back_later(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker lives, so nobody else frees it: with the database away for a while it would wait for ever."""
    raising(echo_of(rig), "xin chào", 1, ConnectionResetError())
    give_back, refusals = rig.inbox.give_back, iter(range(3))

    async def refusing(*args: object, **options: object) -> bool:
        if next(refusals, None) is not None:
            raise ConnectionRefusedError
        return await give_back(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(rig.inbox, "give_back", refusing)
    await rig.take(event("a", "xin chào"))
    await answered(rig.worker())
    assert await rig.inbox.counts() == {"waiting": 0, "set_aside": 0}
    assert await count(rig.database, "outbox") == 1


@pytest.mark.parametrize("late", [True, False])
async def test_a_turn_that_fails_leaves_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch, *, late: bool) -> None:
    turns = rig.turns()
    tables = ("outbox", "contact", "reply", "conversation")
    seen: list[int] = []

    async def failing(*_: object, **__: object) -> None:
        seen.extend([await count(rig.database, one) for one in tables])  # inside the turn they are there
        raise ValueError

    monkeypatch.setattr(turns._records if late else turns._posting, "keep_replies" if late else "post", failing)
    worker = rig.worker()
    monkeypatch.setattr(worker, "_turns", turns)
    await rig.take(event("a", "xin chào"))
    await worker._took_some()
    await asyncio.wait(worker._under_way)
    assert seen[:2] == [int(late), 1]
    assert [await count(rig.database, one) for one in tables] == [0, 0, 0, 0]
    assert await value(rig.database, NOBODY) == 1


async def test_a_worker_that_died_loses_its_events_after_a_while(rig: Rig, beside: Rig) -> None:
    # Given a worker that took an event and died
    dead = uuid4()
    await Workers(rig.database).beat(dead)
    await rig.take(event("a", "xin chào"))
    [taken] = await rig.inbox.take(dead, [rig.number], 10)
    # When it is not yet silent for long, nobody else has the event
    await answered(beside.worker())
    assert await beside.inbox.release_dead(SILENCE) == 0
    # Then it is freed and answered once
    await change(
        rig.database, "UPDATE worker SET seen_at = seen_at - :silence WHERE id = :id", silence=SILENCE, id=dead
    )
    await beside.worker()._beat()
    await answered(beside.worker())
    assert [one.text for one in echo_of(beside).heard] == ["xin chào"]
    assert await count(rig.database, "outbox") == 1
    with pytest.raises(LostEventError):
        await rig.inbox.finish(taken, dead)


async def test_who_frees_events_does_not_wait_for_a_turn_that_hangs(rig: Rig, beside: Rig) -> None:
    """A process that was stopped in the middle of a turn must not stop the others from saying that they live."""
    gate = asyncio.Event()

    async def respond(_message: Incoming) -> Turn:
        await gate.wait()
        return said("muộn")

    echo_of(rig).respond_with = respond
    await rig.take(event("a", "xin chào"))
    worker = rig.worker()
    await worker._took_some()  # which has not said that it lives
    turn = asyncio.gather(*worker._under_way)

    async def is_locked() -> bool:
        free = "SELECT count(*) FROM (SELECT id FROM inbox FOR UPDATE SKIP LOCKED) AS free"
        return bool(await value(beside.database, free) == 0)

    await until(is_locked)
    async with asyncio.timeout(5):
        assert await beside.inbox.release_dead(SILENCE) == 0
    gate.set()
    await turn
    assert await no_event_waits(rig)


async def test_a_worker_that_was_only_slow_writes_nothing(rig: Rig, beside: Rig) -> None:
    # Given a worker that took an event, and before its turn began another one has it
    await rig.take(event("a", "xin chào"))
    slow = rig.worker()
    [taken] = await rig.inbox.take(rig.worker_id, [rig.number], 1)
    assert await beside.inbox.release_dead(SILENCE) == 1
    [theirs] = await beside.inbox.take(beside.worker_id, [beside.number], 1)
    assert theirs.id == taken.id
    # When it goes on, then nothing of its turn is there
    await slow._finish(taken)
    assert echo_of(rig).heard == []
    assert await count(rig.database, "outbox") == 0
    assert await count(rig.database, "contact") == 0
    # And the other one answers
    await beside.worker()._finish(theirs)
    assert await count(rig.database, "outbox") == 1
    await slow._give_back(taken, ValueError(), blameless=False)
    assert await rig.inbox.counts() == {"waiting": 0, "set_aside": 0}


async def test_of_two_that_finish_one_event_at_once_the_second_has_lost_it(rig: Rig, beside: Rig) -> None:
    await rig.take(event("a", "xin chào"))
    [taken] = await rig.inbox.take(rig.worker_id, [rig.number], 1)

    async def finishing(one: Rig) -> None:
        async with one.database.one_transaction():
            await one.inbox.finish(taken, rig.worker_id)
            await one.post("a", "trả lời", key="beside")
            await one.turns().take(_arrived(one, taken))

    ended = await outcomes(finishing(rig), finishing(beside))
    assert sorted(type(one).__name__ for one in ended) == ["LostEventError", "NoneType"]
    assert await count(rig.database, "outbox") == 2  # of one turn


async def test_an_event_that_processes_die_with_is_set_aside(rig: Rig) -> None:
    await rig.take(event("a", "độc"), event("a", "tiếp"))
    for _ in range(5):
        assert len(await rig.inbox.take(uuid4(), [rig.number], 1)) == 1
        assert await rig.inbox.release_dead(SILENCE) == 1
    await answered(rig.worker())
    assert await rig.inbox.counts() == {"waiting": 0, "set_aside": 1}
    assert [one.text for one in echo_of(rig).heard] == ["tiếp"]
    await delivered(rig.sender(lambda: 0.0))
    assert rig.channel.texts("a") == [SORRY, "↩ tiếp"]
    assert len(rig.channel.texts(STAFF)) == 1


async def test_events_that_ask_for_nothing_are_done(rig: Rig) -> None:
    await rig.take(event(None, "", EventKind.OTHER), event("a", "", EventKind.OTHER), event(None, "x"))
    await answered(rig.worker())
    assert await rig.inbox.counts() == {"waiting": 0, "set_aside": 0}
    assert await count(rig.database, "contact") == 0


async def test_an_event_that_comes_wakes_a_worker_of_another_process(
    rig: Rig, beside: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "_LOOK_SECONDS", 3600)
    async with beside.bell.listening():
        worker = beside.worker()
        running = asyncio.create_task(worker.run())
        listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"

        async def listens() -> bool:
            return bool(await value(rig.database, listening))

        await until(listens)
        await rig.take(event("a", "xin chào"))
        await until(lambda: no_event_waits(rig))
        worker.stop()
        await running


def _arrived(rig: Rig, taken: TakenEvent) -> Arrived:
    return rig.worker()._arrived(taken)
