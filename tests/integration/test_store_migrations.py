"""Migrations with data in the tables, up and down."""

import re
from pathlib import Path
from uuid import uuid4

import alembic.command
import alembic.config
from sqlalchemy import Connection, text

import bot.store.database
from bot.store.database import Database
from bot.store.letters import LetterKind, Letters, LetterState
from tests.integration.stored import SEALER, change, count, outcomes, value

_MIGRATIONS = Path(bot.store.database.__file__).parent / "migrations"
_CONVERSATION = uuid4()


async def migrate(database: Database, revision: str, *, down: bool = False) -> None:
    def run(connection: Connection) -> None:
        config = alembic.config.Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        (alembic.command.downgrade if down else alembic.command.upgrade)(config, revision)

    async with database.sessions.begin() as session:
        await (await session.connection()).run_sync(run)


async def with_questions_of_the_first_version(database: Database, questions: int) -> None:
    await migrate(database, "0001")
    await change(database, "INSERT INTO conversation (id, channel) VALUES (:id, 'web')", id=_CONVERSATION)
    await change(
        database,
        "INSERT INTO unanswered (conversation_id, at, text, candidates)"
        " SELECT :id, '2026-01-01 00:00+07'::timestamptz + n * interval '1 day', 'câu ' || n, '[{\"card\": \"a\"}]'"
        " FROM generate_series(1, :questions) AS n",
        id=_CONVERSATION,
        questions=questions,
    )


async def test_questions_of_the_first_version_become_letters(database_url: str) -> None:
    database = Database(database_url)
    await with_questions_of_the_first_version(database, 50)
    await database.migrate()
    letters = Letters(database, SEALER)
    found = await letters.of(_CONVERSATION)
    assert [one.text for one in found] == [f"câu {number}" for number in range(50, 0, -1)]
    assert len({one.code for one in found}) == 50
    assert all(re.fullmatch(r"[2-9A-HJKMNP-Z]{2}-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", one.code) for one in found)
    assert {(one.kind, one.state) for one in found} == {(LetterKind.UNANSWERED, LetterState.RECEIVED)}
    assert found[0].candidates == ({"card": "a"},)
    by_code = await letters.by_code(found[7].code)
    assert by_code == found[7]
    await letters.keep_unanswered(_CONVERSATION, "web", "câu mới", [])  # numbers go on after the old ones
    assert await count(database, "letter") == 51
    await database.close()


async def test_nothing_keeps_the_name_of_the_old_table(database: Database) -> None:
    names = "SELECT count(*) FROM pg_class WHERE relname LIKE '%unanswered%'"
    constraints = "SELECT count(*) FROM pg_constraint WHERE conname LIKE 'unanswered%' AND contype <> 'n'"
    assert [await value(database, names), await value(database, constraints)] == [0, 0]


async def test_going_back_keeps_the_questions(database_url: str) -> None:
    database = Database(database_url)
    await with_questions_of_the_first_version(database, 3)
    await database.migrate()
    letters = Letters(database, SEALER)
    await letters.withdraw(await letters.send(_CONVERSATION, "web", LetterKind.OPINION, "rút lại", None))
    await migrate(database, "0001", down=True)
    async with database.sessions() as session:
        rows = await session.execute(text("SELECT text, candidates FROM unanswered ORDER BY id"))
        assert [tuple(row) for row in rows] == [(f"câu {number}", [{"card": "a"}]) for number in (1, 2, 3)]
    await database.migrate()
    assert len(await letters.waiting()) == 3
    await migrate(database, "base", down=True)
    assert await outcomes(count(database, "conversation")) != [0]
    await database.close()
