"""Migrations with data in the tables, up and down."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import alembic.command
import alembic.config
from sqlalchemy import Connection, text

import bot.store.database
from bot.feedback.deadlines import Deadlines
from bot.feedback.lifecycle import Act, State
from bot.feedback.reports import RESIDENT
from bot.store.database import Database
from bot.store.letters import Letters, LetterState
from bot.store.reports import Reports
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


async def test_questions_of_the_first_version_become_letters(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    await with_questions_of_the_first_version(database, 50)
    await database.migrate()
    letters = Letters(database, SEALER)
    found = await letters.of(_CONVERSATION)
    assert [one.text for one in found] == [f"câu {number}" for number in range(50, 0, -1)]
    assert len({one.code for one in found}) == 50
    assert all(re.fullmatch(r"[2-9A-HJKMNP-Z]{2}-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", one.code) for one in found)
    assert {one.state for one in found} == {LetterState.RECEIVED}
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


async def test_going_back_keeps_the_questions(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    await with_questions_of_the_first_version(database, 3)
    await database.migrate()
    letters = Letters(database, SEALER)
    await letters.dismiss((await letters.waiting())[0].code, "không phải câu hỏi", who="lan")
    await migrate(database, "0001", down=True)
    async with database.sessions() as session:
        rows = await session.execute(text("SELECT text, candidates FROM unanswered ORDER BY id"))
        assert [tuple(row) for row in rows] == [(f"câu {number}", [{"card": "a"}]) for number in (1, 2, 3)]
    await database.migrate()
    assert len(await letters.waiting()) == 3
    await migrate(database, "base", down=True)
    assert await outcomes(count(database, "conversation")) != [0]
    await database.close()


_CHANNEL_TABLES = (
    "account", "channel_token", "contact", "identity_key", "inbox", "link_code", "outbox", "quota", "upload", "worker",
)  # fmt: skip


async def tables(database: Database) -> set[str]:
    listed = await value(database, "SELECT array_agg(tablename::text) FROM pg_tables WHERE schemaname = 'public'")
    return set(listed)


async def with_a_letter_of_the_second_version(database: Database) -> None:
    """A letter with an answer that waits, as the version before channels stored it."""
    await migrate(database, "0002")
    await change(database, "INSERT INTO conversation (id, channel) VALUES (:id, 'web')", id=_CONVERSATION)
    await change(
        database,
        "INSERT INTO letter (conversation_id, text, candidates, code, kind, state, answer, answered_by, answered_at)"
        " VALUES (:id, 'câu', '[]', 'CH-7K2M-9QXD', 'question', 'answered', 'lời', 'Đội', now())",
        id=_CONVERSATION,
    )
    await change(
        database,
        "INSERT INTO waiting_message (conversation_id, letter_id, sealed) SELECT :id, id, 'x' FROM letter",
        id=_CONVERSATION,
    )


async def test_channels_come_to_a_database_with_letters_and_go_again(empty_database_url: str) -> None:
    # Given a database of the version before, when channels come, then what waits still waits
    database = Database(empty_database_url)
    await with_a_letter_of_the_second_version(database)
    before = await tables(database)
    await migrate(database, "0003")
    assert await tables(database) - before == set(_CHANNEL_TABLES)
    assert await value(database, "SELECT count(*) FROM waiting_message WHERE posted_at IS NULL") == 1
    # And when there is something in every one of their tables, then going back leaves what was there before
    for statement in (
        "INSERT INTO account (channel, name) VALUES ('fake', '1')",
        "INSERT INTO identity_key (id, sealed) VALUES (1, 'x')",
        "INSERT INTO worker (id) VALUES (gen_random_uuid())",
        "INSERT INTO channel_token (account_id, sealed, version, expires_at) SELECT id, 'x', 1, now() FROM account",
        "INSERT INTO contact (account_id, digest, sealed, conversation_id)"
        " SELECT account.id, 'd', 'x', conversation.id FROM account, conversation",
        "INSERT INTO inbox (account_id, key, kind, resident, sealed) SELECT id, 'k', 'text', 'd', 'x' FROM account",
        "INSERT INTO outbox (account_id, key, lane, resident, sealed) SELECT id, 'k', 1, 'd', 'x' FROM account",
        "INSERT INTO link_code (digest, conversation_id, channel, expires_at)"
        " SELECT 'd', id, 'web', now() FROM conversation",
        "INSERT INTO quota (account_id, kind) SELECT id, 'month' FROM account",
        "INSERT INTO upload (account_id, digest, reference, expires_at) SELECT id, 'd', 'r', now() FROM account",
        "UPDATE waiting_message SET posted_at = now(), outbox_id = 7",
    ):
        await change(database, statement)
    assert [await count(database, table) for table in _CHANNEL_TABLES] == [1] * len(_CHANNEL_TABLES)
    await migrate(database, "0002", down=True)
    assert await tables(database) == before
    assert await value(database, "SELECT count(*) FROM pg_proc WHERE proname = 'tell_of_waiting_message'") == 0
    assert [await count(database, table) for table in ("letter", "waiting_message", "conversation")] == [1, 1, 1]
    await change(database, "INSERT INTO waiting_message (conversation_id, sealed) VALUES (:id, 'y')", id=_CONVERSATION)
    # And they may come once more
    await migrate(database, "0003")
    assert await value(database, "SELECT count(*) FROM waiting_message WHERE posted_at IS NULL") == 2
    await database.close()


async def test_each_account_has_its_own_keys_and_unknown_states_are_refused(database: Database) -> None:
    await change(database, "INSERT INTO account (channel, name) VALUES ('fake', '1'), ('fake', '2')")
    for filled in (
        "INSERT INTO inbox (account_id, key, kind, state) VALUES (:account, :key, 'text', :state)",
        "INSERT INTO outbox (account_id, key, lane, resident, state) VALUES (:account, :key, 1, 'd', :state)",
    ):
        await change(database, filled, account=1, key="k", state="waiting")
        await change(database, filled, account=2, key="k", state="waiting")
        twice, unknown = await outcomes(
            change(database, filled, account=1, key="k", state="waiting"),
            change(database, filled, account=1, key="l", state="lost"),
        )
        assert type(twice).__name__ == type(unknown).__name__ == "IntegrityError"
    [again] = await outcomes(change(database, "INSERT INTO account (channel, name) VALUES ('fake', '1')"))
    assert type(again).__name__ == "IntegrityError"


async def with_letters_that_residents_sent(database: Database) -> None:
    """Letters of every kind and state, as the version before reports stored them."""
    await migrate(database, "0004")
    await change(database, "INSERT INTO conversation (id, channel) VALUES (:id, 'telegram')", id=_CONVERSATION)
    filled = (
        "INSERT INTO letter (conversation_id, at, text, candidates, code, kind, place, state, answer, answered_by,"
        " answered_at)"
        " VALUES (:of, '2026-11-02 10:00+07', :text, '[]', :code, :kind, :place, :state, :answer, :by, :at)"
    )
    for code, kind, state, answer in (
        ("AA-AAAA-AAAA", "hazard", "received", None),
        ("BB-BBBB-BBBB", "hazard", "answered", "đã mở cửa"),
        ("CC-CCCC-CCCC", "question", "answered", "mỗi năm một lần"),
        ("DD-DDDD-DDDD", "opinion", "withdrawn", None),
        ("EE-EEEE-EEEE", "unanswered", "received", None),
        ("FF-FFFF-FFFF", "conduct", "received", None),
        ("GG-GGGG-GGGG", "procedure", "received", None),
        ("HH-HHHH-HHHH", "model", "received", None),
        ("JJ-JJJJ-JJJJ", "commendation", "received", None),
        ("KK-KKKK-KKKK", "unanswered", "withdrawn", None),
    ):
        await change(
            database,
            filled,
            of=_CONVERSATION,
            text="" if state == "withdrawn" else f"Cửa bị khóa {kind}",
            code=code,
            kind=kind,
            place="chợ Hôm" if kind == "hazard" else None,
            state=state,
            answer=answer,
            by="Công an phường" if answer else None,
            at=datetime(2026, 11, 4, 3, tzinfo=UTC) if answer else None,
        )
    await change(
        database,
        "INSERT INTO waiting_message (conversation_id, letter_id, sealed)"
        " SELECT :id, id, 'x' FROM letter WHERE state = 'answered'",
        id=_CONVERSATION,
    )


async def test_what_residents_sent_becomes_reports_and_goes_back(empty_database_url: str) -> None:
    # Given letters of the version before
    database = Database(empty_database_url)
    await with_letters_that_residents_sent(database)
    # When reports come
    await database.migrate()
    # Then each is a report with its code, state and answer, and can be gone on with
    reports = Reports(database, SEALER, Deadlines.load())
    found = {one.code[:2]: one for one in await reports.of(_CONVERSATION)}
    assert {code: (one.category.value, one.state.value) for code, one in found.items()} == {
        "AA": ("hazard.other", "received"),
        "BB": ("hazard.other", "answered"),
        "CC": ("question.any", "answered"),
        "DD": ("opinion.other", "withdrawn"),
        "FF": ("conduct.officials", "received"),
        "GG": ("procedure.slow", "received"),
        "HH": ("model.practice", "received"),
        "JJ": ("commendation.person", "received"),
    }
    hazard, answered = found["AA"], found["BB"]
    assert (hazard.text, hazard.where.words, hazard.channel, hazard.told) == (
        "Cửa bị khóa hazard",
        "chợ Hôm",
        "telegram",
        True,
    )
    assert hazard.due_at is not None
    assert hazard.due_at > datetime.now(UTC)
    story = [(one.kind, one.text, one.who) for one in await reports.happenings(answered.id, public_only=True)]
    assert story == [("sent", "", ""), ("answer", "đã mở cửa", "Công an phường")]
    assert [one.kind for one in await reports.happenings(found["CC"].id, public_only=True)] == ["sent", "reply"]
    assert found["DD"].erased
    assert (await reports.act(answered.id, Act.CONFIRM, RESIDENT)).state is State.CONFIRMED
    matching = "SELECT count(*) FROM report WHERE search @@ to_tsquery('simple', 'khoa & hom')"
    assert await value(database, matching) == 2
    # And only the question that nobody could answer is left of the letters
    assert [one.code for one in await Letters(database, SEALER).every()] == ["EE-EEEE-EEEE"]
    assert await value(database, "SELECT count(*) FROM waiting_message WHERE letter_id IS NULL") == 2
    # And going back makes letters of them again
    await migrate(database, "0004", down=True)
    async with database.sessions() as session:
        rows = await session.execute(
            text("SELECT left(code, 2), kind, state, answer, answered_by FROM letter ORDER BY 1")
        )
        back = [tuple(row) for row in rows]
    assert back == [
        ("AA", "hazard", "received", None, None),
        ("BB", "hazard", "answered", "đã mở cửa", "Công an phường"),
        ("CC", "question", "answered", "mỗi năm một lần", "Công an phường"),
        ("DD", "opinion", "withdrawn", None, None),
        ("EE", "unanswered", "received", None, None),
        ("FF", "conduct", "received", None, None),
        ("GG", "procedure", "received", None, None),
        ("HH", "model", "received", None, None),
        ("JJ", "commendation", "received", None, None),
    ]
    await database.migrate()
    assert len(await reports.of(_CONVERSATION)) == 8
    await database.close()


async def consents(database: Database) -> list[tuple[object, ...]]:
    async with database.sessions() as session:
        rows = await session.execute(
            text("SELECT at, act, topics, wording, channel, language, ends FROM consent ORDER BY at, id")
        )
        return [tuple(row) for row in rows]


async def test_what_present_subscriptions_tell_becomes_the_proof_of_consent(empty_database_url: str) -> None:
    # Given a subscription that goes on and one that was stopped, as the version before stored them
    database = Database(empty_database_url)
    await migrate(database, "0007")
    earlier, later, stop = (datetime(2020, 11, day, 2, tzinfo=UTC) for day in (1, 2, 3))
    filled = (
        "WITH one AS (INSERT INTO conversation (id, channel) VALUES (:id, 'web') RETURNING id)"
        " INSERT INTO subscription (conversation_id, topics, consent_version, consent_channel, since, stopped_at)"
        " SELECT id, ARRAY[CAST(:topic AS text)], '2026-11', CAST(:channel AS text), CAST(:since AS timestamptz),"
        " CAST(:stopped AS timestamptz) FROM one"
    )
    await change(database, filled, id=_CONVERSATION, topic="tips", channel="zalo_oa", since=earlier, stopped=stop)
    await change(database, filled, id=uuid4(), topic="local", channel=None, since=later, stopped=None)
    # When the history comes, then it begins with what these tell
    await migrate(database, "0008")
    known: list[tuple[object, ...]] = [
        (earlier, "agreed", ["tips"], "2026-11", "zalo_oa", "vi", None),
        (later, "agreed", ["local"], "2026-11", None, "vi", None),
        (stop, "stopped", ["tips"], "2026-11", "zalo_oa", "vi", earlier),
    ]
    assert await consents(database) == known
    # And goes on from there
    again = datetime(2020, 11, 4, 2, tzinfo=UTC)
    anew = "UPDATE subscription SET since = :at, stopped_at = NULL WHERE conversation_id = :id"
    await change(database, anew, id=_CONVERSATION, at=again)
    assert await consents(database) == [*known, (again, "agreed", ["tips"], "2026-11", "zalo_oa", "vi", None)]
    # And going back leaves nothing of it but the subscriptions, which still change
    await migrate(database, "0007", down=True)
    assert "consent" not in await tables(database)
    assert await value(database, "SELECT count(*) FROM pg_proc WHERE proname LIKE 'consent%'") == 0
    await change(database, "UPDATE subscription SET stopped_at = :at WHERE stopped_at IS NULL", at=again)
    assert await count(database, "subscription") == 2
    # And it may come once more
    await migrate(database, "0008")
    assert sorted(str(row[1]) for row in await consents(database)) == ["agreed", "agreed", "stopped", "stopped"]
    await database.close()
