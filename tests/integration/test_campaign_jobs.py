"""The queue of the whole program: in the transaction of whoever asks, once, again after a failure, and to the end."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from bot.jobs import Jobs, Task
from bot.store.database import Database
from bot.store.queueing import defer
from tests.integration.stored import count, value

NEVER = "0 0 1 1 *"


class Recorder:
    """Work that remembers what it was given, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.done: list[dict[str, Any]] = []
        self.failures = failures

    async def __call__(self, **given: Any) -> None:
        self.done.append(given)
        if len(self.done) <= self.failures:
            raise OSError("the database went away")


async def put(database: Database, **how: Any) -> bool:
    async with database.sessions.begin() as session:
        return await defer(session, "test.work", **how)


async def test_work_is_put_into_the_queue_with_the_transaction_or_not_at_all(
    database: Database, database_url: str
) -> None:
    done = Recorder()
    jobs = Jobs(database_url, [Task(name="test.work", run=done)])
    async with database.sessions.begin() as session:
        await jobs.defer(session, "test.work", campaign=1)
        await session.rollback()
    assert await put(database, campaign=2)
    await jobs.once()
    assert done.done == [{"campaign": 2}]
    assert await count(database, "jobs.procrastinate_jobs") == 0


async def test_the_connection_finds_the_tables_of_the_program_afterwards(database: Database) -> None:
    async with database.sessions.begin() as session:
        before = await session.scalar(text("SHOW search_path"))
        assert await defer(session, "test.work", lock="one")
        assert await session.scalar(text("SHOW search_path")) == before
        assert not await defer(session, "test.work", lock="one")  # which ends in an error of the database
        assert await session.scalar(text("SHOW search_path")) == before
        await session.execute(text("INSERT INTO account (channel, name) VALUES ('telegram', '1')"))
    assert await count(database, "account") == 1


async def test_who_asks_twice_gets_it_once(database: Database, database_url: str) -> None:
    done = Recorder()
    assert [await put(database, lock="begin:7", message=7) for _ in range(3)] == [True, False, False]
    assert await put(database, lock="begin:8", message=8)
    await Jobs(database_url, [Task(name="test.work", run=done)]).once()
    assert done.done == [{"message": 7}, {"message": 8}]


async def test_of_two_workers_one_does_each_piece(database: Database, database_url: str) -> None:
    done = Recorder()
    for number in range(20):
        await put(database, number=number)
    workers = [Jobs(database_url, [Task(name="test.work", run=done)]) for _ in range(2)]
    await asyncio.gather(*(one.once() for one in workers))
    assert sorted(one["number"] for one in done.done) == list(range(20))


async def test_work_waits_for_its_time(database: Database, database_url: str) -> None:
    done = Recorder()
    jobs = Jobs(database_url, [Task(name="test.work", run=done)])
    await put(database, at=datetime.now(UTC) + timedelta(hours=1))
    await jobs.once()
    assert done.done == []
    await _made_due(database)
    await jobs.once()
    assert done.done == [{}]


async def test_what_fails_is_tried_again_later(database: Database, database_url: str) -> None:
    # Given work that fails twice
    done = Recorder(failures=2)
    jobs = Jobs(database_url, [Task(name="test.work", run=done)])
    await put(database, lock="freeze:1", campaign=1)
    waits = []
    for _ in range(3):
        await jobs.once()
        if await count(database, "jobs.procrastinate_jobs"):
            due = "SELECT EXTRACT(epoch FROM scheduled_at - now()) FROM jobs.procrastinate_jobs"
            waits.append(round(float(await value(database, due))))
            await _made_due(database)
    # Then it is tried after 5 and after 10 seconds, with the same words
    assert done.done == [{"campaign": 1}] * 3
    assert waits[0] in {4, 5}
    assert waits[1] in {9, 10}
    assert await count(database, "jobs.procrastinate_jobs") == 0


async def test_what_always_fails_is_given_up(database: Database, database_url: str) -> None:
    done = Recorder(failures=100)
    jobs = Jobs(database_url, [Task(name="test.work", run=done)])
    await put(database)
    for _ in range(10):
        await jobs.once()
        await _made_due(database)
    assert len(done.done) == 6
    assert await count(database, "jobs.procrastinate_jobs") == 0


async def test_work_of_a_process_that_is_no_more_is_done_by_another(database: Database, database_url: str) -> None:
    # Given a piece that a worker had taken up which was killed, and the same that was asked for again since
    done = Recorder()
    jobs = Jobs(database_url, [Task(name="test.work", run=done)])
    await put(database, lock="a", campaign=1)
    await put(database, lock="b", campaign=2)
    await _taken_up_by_the_dead(database)
    await put(database, lock="b", campaign=2)
    # When another looks after what was left
    await jobs.rescue()
    await jobs.once()
    # Then each is done once
    assert sorted(one["campaign"] for one in done.done) == [1, 2]
    assert await count(database, "jobs.procrastinate_jobs") == 0


async def test_the_queue_lets_one_of_several_workers_do_it(database: Database, database_url: str) -> None:
    done = Recorder()
    workers = [Jobs(database_url, [Task(name="test.work", run=done)]) for _ in range(3)]
    await put(database, campaign=1)
    await asyncio.gather(*(one.once() for one in workers))
    assert [one["campaign"] for one in done.done] == [1]
    assert await count(database, "jobs.procrastinate_jobs") == 0


async def test_a_worker_begins_by_itself_and_ends(database: Database, database_url: str) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()

    async with asyncio.timeout(30), Jobs(database_url, [Task(name="test.clock", run=work, cron=NEVER)]).running():
        await begun.wait()
    assert await value(database, "SELECT count(*) FROM jobs.procrastinate_jobs WHERE status = 'doing'") == 0


async def test_one_that_fails_by_the_clock_holds_up_no_other(database: Database, database_url: str) -> None:
    done = Recorder()
    failing = Recorder(failures=100)
    tasks = [Task(name="test.first", run=failing, cron=NEVER), Task(name="test.second", run=done, cron=NEVER)]
    await Jobs(database_url, tasks).once()
    assert (len(failing.done), len(done.done)) == (1, 1)
    assert await count(database, "jobs.procrastinate_jobs") == 0


async def test_an_end_that_comes_while_it_still_connects_leaves_nothing_behind(database_url: str) -> None:
    # Given programs that stop at once, such as one whose port is taken
    async def work() -> None:
        return None

    for _ in range(3):
        async with asyncio.timeout(30), Jobs(database_url, [Task(name="test.clock", run=work, cron=NEVER)]).running():
            pass
    # Then no task of the pool waits for ever, which would keep the process from ending
    assert [one.get_name() for one in asyncio.all_tasks() if "pool" in one.get_name()] == []


async def _made_due(database: Database) -> None:
    async with database.sessions.begin() as session:
        await session.execute(text("SET LOCAL search_path = jobs"))
        await session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"))


async def _taken_up_by_the_dead(database: Database) -> None:
    async with database.sessions.begin() as session:
        await session.execute(text("SET LOCAL search_path = jobs"))
        dead = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '5 minutes') RETURNING id"
        number = await session.scalar(text(dead))
        taking = text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = :worker")
        await session.execute(taking, {"worker": number})
