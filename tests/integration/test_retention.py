"""Cleaning in batches: how much goes, what is left alone, and who waits for it."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from bot import app
from bot.settings import Settings
from bot.store import retention
from bot.store.accounts import Accounts
from bot.store.contacts import Contacts
from bot.store.database import Database
from bot.store.inbox import Inbox, NewEvent
from bot.store.links import Links
from bot.store.outbox import Lane, NewMessage, Outbox
from bot.store.photos import Photos
from bot.store.records import Records
from bot.store.retention import Forgotten, Terms, forget_expired
from tests.integration.stored import SEALER, change, count, reply, value

WORKER = uuid4()


def terms() -> Terms:
    now = datetime.now(UTC)
    return Terms(
        conversations_before=now - timedelta(days=180),
        letters_before=now - timedelta(days=730),
        messages_before=now - timedelta(days=30),
        events_before=now - timedelta(days=3),
        contacts_before=now - timedelta(days=90),
    )


async def cleaned(database: Database) -> Forgotten:
    return await forget_expired(database, terms())


@pytest.fixture
def batch_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 10)


@pytest.fixture
async def account(database: Database) -> int:
    return await Accounts(database).number("telegram", "1")


async def old_contact(database: Database, account: int, user: str) -> tuple[UUID, int]:
    """A contact with a conversation, neither seen for 200 days."""
    met = await Contacts(database, SEALER).met(account, user.encode(), user)
    await Records(database).keep_replies(met.conversation, "telegram", [reply()])
    await change(
        database,
        "UPDATE conversation SET last_seen_at = now() - interval '200 days' WHERE id = :id",
        id=met.conversation,
    )
    await change(database, "UPDATE contact SET last_seen_at = now() - interval '200 days' WHERE id = :id", id=met.id)
    return met.conversation, met.id


async def event(database: Database, account: int, key: str, days: int) -> None:
    """An event that waits since so many days."""
    new = NewEvent(account, key, "text", b"u", False, {"text": "lời của người dân"})
    await Inbox(database, SEALER).put([new])
    await change(
        database,
        "UPDATE inbox SET received_at = now() - CAST(:ago AS interval) WHERE key = :key",
        ago=f"{days} days",
        key=key,
    )


async def message(database: Database, account: int, key: str, days: int) -> None:
    """A message that waits since so many days."""
    new = NewMessage(account, key, Lane.REPLY, key.encode(), None, {"user": "u", "part": {"text": "lời đáp"}})
    await Outbox(database, SEALER).put([new])
    await change(
        database,
        "UPDATE outbox SET created_at = now() - CAST(:ago AS interval) WHERE key = :key",
        ago=f"{days} days",
        key=key,
    )


async def states(database: Database, table: str) -> list[tuple[str, str, bool]]:
    """Key and state of each row, and whether its words are still there."""
    async with database.sessions() as session:
        rows = await session.execute(text(f"SELECT key, state, sealed IS NOT NULL FROM {table} ORDER BY key"))  # noqa: S608
        return [(str(key), str(state), bool(words)) for key, state, words in rows]


def test_a_batch_is_of_a_thousand() -> None:
    assert retention.BATCH == 1_000


@pytest.mark.usefixtures("batch_of_ten")
@pytest.mark.parametrize("rows", [9, 10, 11, 35])
async def test_all_goes_whatever_the_number_of_batches(database: Database, account: int, rows: int) -> None:
    await change(
        database,
        "INSERT INTO conversation (id, channel, last_seen_at)"
        " SELECT gen_random_uuid(), 'web', now() - interval '200 days' FROM generate_series(1, :rows)",
        rows=rows,
    )
    for table, column, state in (("inbox", "received_at", "done"), ("outbox", "created_at", "sent")):
        lanes, lane = (", lane, resident", ", 1, 'u'") if table == "outbox" else (", kind", ", 'text'")
        await change(
            database,
            f"INSERT INTO {table} (account_id, key, state, {column}{lanes})"  # noqa: S608
            f" SELECT :account, n, '{state}', now() - interval '40 days'{lane} FROM generate_series(1, :rows) AS n",
            account=account,
            rows=rows,
        )
    found = await cleaned(database)
    assert (found.conversations, found.events, found.messages) == (rows, rows, rows)
    assert [await count(database, table) for table in ("conversation", "inbox", "outbox")] == [0, 0, 0]


async def test_uploads_and_codes_that_expired_go(database: Database, account: int) -> None:
    for which, expires in ((b"old", "-1 second"), (b"new", "1 hour")):
        await change(
            database,
            "INSERT INTO upload (account_id, digest, reference, expires_at)"
            " VALUES (:account, :which, 'x', now() + CAST(:expires AS interval))",
            account=account,
            which=which,
            expires=expires,
        )
        await Links(database).give(uuid4(), "web")
    await change(
        database,
        "UPDATE link_code SET expires_at = now() WHERE digest = (SELECT min(digest) FROM link_code)",
    )
    await cleaned(database)
    assert bytes(await value(database, "SELECT digest FROM upload")) == b"new"
    assert await count(database, "link_code") == 1


@pytest.mark.usefixtures("batch_of_ten")
async def test_who_is_held_by_a_turn_is_left_and_the_others_go(database: Database, account: int) -> None:
    # Given many who were away for long, and one of them who is just now writing
    back, number = await old_contact(database, account, "back")
    for user in range(25):
        await old_contact(database, account, str(user))
    outside = contextvars.copy_context()
    async with database.one_transaction():
        await Contacts(database, SEALER).met(account, b"back", "back")
        # When it is cleaned meanwhile
        found = await asyncio.create_task(cleaned(database), context=outside)
        assert (found.conversations, found.contacts) == (25, 25)
        await Records(database).keep_replies(back, "telegram", [reply()])
    # Then all that was theirs is there still, and stays
    assert await value(database, "SELECT id FROM conversation") == back
    assert await count(database, "reply") == 2
    assert (await cleaned(database)).conversations == 0
    assert await value(database, "SELECT id FROM contact") == number


async def test_a_conversation_that_is_held_is_left(database: Database, account: int) -> None:
    conversation, _ = await old_contact(database, account, "u")
    outside = contextvars.copy_context()
    async with database.one_transaction() as connection:
        await connection.execute(
            text("SELECT id FROM conversation WHERE id = :id FOR NO KEY UPDATE"), {"id": conversation}
        )
        assert (await asyncio.create_task(cleaned(database), context=outside)).conversations == 0
    assert (await cleaned(database)).conversations == 1


async def test_only_one_process_cleans_at_a_time(database: Database, account: int) -> None:
    await old_contact(database, account, "u")
    outside = contextvars.copy_context()
    async with database.one_transaction() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(115)"))
        found = await asyncio.create_task(cleaned(database), context=outside)
        assert found == Forgotten(conversations=0, memories=0, replies=0, waiting=0, letters=0)
    assert (await cleaned(database)).conversations == 1


@pytest.mark.usefixtures("batch_of_ten")
async def test_cleanings_and_turns_at_once_neither_deadlock_nor_lose_who_came_back(
    database: Database, account: int
) -> None:
    for user in range(40):
        await old_contact(database, account, str(user))

    async def returns(user: int) -> None:
        async with database.one_transaction():
            met = await Contacts(database, SEALER).met(account, str(user).encode(), str(user))
            await Records(database).keep_replies(met.conversation, "telegram", [reply()])

    results = await asyncio.gather(
        cleaned(database), cleaned(database), *(returns(user) for user in range(0, 40, 8)), return_exceptions=True
    )
    assert not [one for one in results if isinstance(one, BaseException)]
    await cleaned(database)
    assert await left(database) == sorted(str(user).encode() for user in range(0, 40, 8))  # as they were, or anew
    assert await count(database, "conversation") == 5


async def left(database: Database) -> Sequence[bytes]:
    async with database.sessions() as session:
        return (await session.scalars(text("SELECT digest FROM contact ORDER BY digest"))).all()


async def test_events_of_an_account_that_is_switched_off_are_emptied_after_their_term(
    database: Database, account: int
) -> None:
    # Given old and new events on an account that is served and on one that is switched off
    off = await Accounts(database).number("zalo_bot", "2")
    for key, of, days in (("on old", account, 31), ("off old", off, 31), ("off new", off, 29), ("off taken", off, 31)):
        await event(database, of, key, days)
    await change(database, "UPDATE inbox SET worker = :worker WHERE key = 'off taken'", worker=WORKER)
    await change(database, "UPDATE account SET lease_until = now() + interval '3 seconds' WHERE id = :id", id=account)
    # When it is cleaned, then only the words of the one that nobody will take are gone, and it is done
    assert (await cleaned(database)).given_up == 1
    assert await states(database, "inbox") == [
        ("off new", "waiting", True),
        ("off old", "done", False),
        ("off taken", "waiting", True),
        ("on old", "waiting", True),
    ]
    assert await value(database, "SELECT error FROM inbox WHERE state = 'done'") == "stale"
    # And the next cleaning deletes it
    assert (await cleaned(database)).events == 1


async def test_messages_that_nobody_could_send_are_skipped_after_their_term(database: Database, account: int) -> None:
    for key, days in (("old", 31), ("new", 29), ("under way", 31)):
        await message(database, account, key, days)
    await change(
        database, "UPDATE outbox SET state = 'sending', worker = :worker WHERE key = 'under way'", worker=WORKER
    )
    assert (await cleaned(database)).given_up == 1
    assert await states(database, "outbox") == [
        ("new", "waiting", True),
        ("old", "skipped", False),
        ("under way", "sending", True),
    ]
    assert (
        await value(database, "SELECT reason FROM outbox WHERE state = 'skipped' AND settled_at IS NOT NULL") == "stale"
    )
    assert (await cleaned(database)).messages == 1


async def test_what_was_perhaps_sent_keeps_its_words_for_an_hour(database: Database, account: int) -> None:
    for ago in ("59 minutes", "61 minutes"):
        await message(database, account, ago, 0)
        await change(
            database,
            "UPDATE outbox SET state = 'unknown', settled_at = now() - CAST(:ago AS interval) WHERE key = :key",
            ago=ago,
            key=ago,
        )
    assert (await cleaned(database)).emptied == 1
    assert await states(database, "outbox") == [("59 minutes", "unknown", True), ("61 minutes", "unknown", False)]
    assert (await cleaned(database)).emptied == 0


async def test_the_first_cleaning_comes_some_minutes_after_the_start_and_a_failed_one_is_no_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    did: list[str] = []

    async def sleep(seconds: float) -> None:
        did.append(f"waited {seconds / 60:.0f} minutes")
        if len(did) == 9:
            raise asyncio.CancelledError

    async def forget(*_: object) -> Forgotten:
        did.append("cleaned")
        if len(did) == 2:
            raise OSError
        return Forgotten(conversations=0, memories=0, replies=0, waiting=0, letters=0)

    monkeypatch.setattr(app, "asyncio", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(app, "forget_expired", forget)

    async def no_photos(*_: object) -> int:
        did.append("photos")
        return 0

    async def deadlines() -> None:
        did.append("deadlines")

    monkeypatch.setattr(Photos, "forget_staged", no_photos)
    reports = SimpleNamespace(note_overdue=deadlines)
    parts = SimpleNamespace(database=None, sealer=None, settings=Settings(), reports=reports)
    with pytest.raises(asyncio.CancelledError):
        await app._clean_for_ever(cast("app.Assembly", parts))
    round_of_work = ["cleaned", "photos", "deadlines", "waited 30 minutes"]
    assert did == ["waited 5 minutes", *round_of_work, *round_of_work]
