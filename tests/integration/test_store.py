"""The store on a real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import alembic.autogenerate
import alembic.migration
from sqlalchemy import Connection, text

from bot.store.database import Database
from bot.store.records import Records, ReplyRecord
from bot.store.tables import Base


async def count(database: Database, table: str) -> int:
    async with database.sessions() as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608


def reply() -> ReplyRecord:
    return ReplyRecord(uuid4(), "answer", ("bao-chay-gia",), 0.9)


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


async def test_an_unanswered_question_outlives_its_conversation(database: Database) -> None:
    records, conversation = Records(database), uuid4()
    await records.keep_unanswered(conversation, "web", "câu hỏi lạ", [{"card": "a", "score": 0.2}])
    gone = await records.forget_before(datetime.now(UTC) + timedelta(minutes=1))
    assert gone == 1
    async with database.sessions() as session:
        row = (await session.execute(text("SELECT text, candidates, conversation_id FROM unanswered"))).one()
    assert row == ("câu hỏi lạ", [{"card": "a", "score": 0.2}], None)


async def test_forgetting_takes_replies_and_thumbs_along(database: Database) -> None:
    records, conversation, given = Records(database), uuid4(), reply()
    await records.keep_replies(conversation, "web", [given])
    await records.keep_thumb(conversation, given.id, "up")
    assert await records.forget_before(datetime.now(UTC) - timedelta(days=1)) == 0
    assert await records.forget_before(datetime.now(UTC) + timedelta(minutes=1)) == 1
    assert [await count(database, table) for table in ("conversation", "reply", "thumb")] == [0, 0, 0]
