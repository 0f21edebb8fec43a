"""The store on a real PostgreSQL: tables, replies and thumbs."""

import asyncio
from uuid import uuid4

import alembic.autogenerate
import alembic.migration
from sqlalchemy import Connection, text

from bot.store.all_tables import Base
from bot.store.database import Database
from bot.store.records import Records
from tests.integration.stored import count, outcomes, reply


async def test_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = alembic.migration.MigrationContext.configure(connection)
        return list(alembic.autogenerate.compare_metadata(context, Base.metadata))

    async with database.sessions() as session:
        connection = await session.connection()
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await database.migrate()
    assert await database.reachable()


async def test_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    databases = [Database(empty_database_url) for _ in range(3)]
    assert await outcomes(*(one.migrate() for one in databases)) == [None, None, None]
    for one in databases:
        await one.close()


async def test_work_that_is_under_way_is_done_before_the_connections_are_closed(database_url: str) -> None:
    database, begun = Database(database_url), asyncio.Event()

    async def works() -> None:
        async with database.sessions.begin() as session:
            await session.execute(text("CREATE TABLE work (done boolean)"))
            begun.set()
            await session.execute(text("SELECT pg_sleep(0.2)"))

    working = asyncio.create_task(works())
    await begun.wait()
    await database.close()
    await working  # it was not cut off
    other = Database(database_url)
    assert await count(other, "work") == 0
    await other.close()


async def test_an_unreachable_database_is_seen() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    assert not await database.reachable()
    await database.close()


async def test_replies_are_kept_and_can_be_rated_by_their_conversation_only(database: Database) -> None:
    records, conversation, given = Records(database), uuid4(), reply()
    await records.keep_replies(conversation, "web", [given])
    assert await records.keep_thumb(conversation, given.id, "up")
    assert await records.keep_thumb(conversation, given.id, "down")
    assert not await records.keep_thumb(uuid4(), given.id, "up")
    assert not await records.keep_thumb(conversation, uuid4(), "up")
    assert await count(database, "thumb") == 1
