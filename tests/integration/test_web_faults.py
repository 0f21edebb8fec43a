"""The web while the database is locked, broken, or the program ends: messages are answered all the same."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import psycopg
import pytest

from bot.conversation import keeping
from bot.settings import Settings
from tests.integration.web_client import (  # noqa: F401 - fixtures among them
    Client,
    Start,
    client_fixture,
    send,
    start_fixture,
)


async def test_a_locked_table_holds_no_reply_up(
    client: Client, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEEPING_SECONDS", 0.05)
    # In a thread: the loop must go on meanwhile, in which transactions end that the lock has to wait for.
    connection = await asyncio.to_thread(lambda: psycopg.connect(database_url))
    try:
        await asyncio.to_thread(lambda: connection.execute("LOCK TABLE conversation, letter"))
        unknown = await send(client, text="doi bong nao vo dich the gioi nam 1998")
        assert "chưa ghi lại được" in unknown["replies"][0]["text"]
        known = await send(client, payload="card:goi-114-noi-gi")
        assert known["replies"][0]["rateable"] is False
        cry = await send(client, text="cuu voi nha em dang chay")
        assert cry["replies"][0]["kind"] == "emergency"
    finally:
        await asyncio.to_thread(connection.close)


async def test_without_a_database_messages_are_still_answered(start: Start, database_url: str) -> None:
    client = await start(replace(Settings(), messages_per_minute=100_000), database_url)
    await asyncio.to_thread(_drop_tables, database_url)
    answer = await send(client, text="chung cư cháy thì chạy lên hay chạy xuống")
    assert answer["replies"][0]["kind"] == "answer"
    assert answer["replies"][0]["rateable"] is False
    unknown = await send(client, text="doi bong nao vo dich the gioi nam 1998")
    assert "chưa ghi lại được" in unknown["replies"][0]["text"]


def _drop_tables(database_url: str) -> None:
    """Drop tables under a running program, whose own transactions may get in each other's way with that."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for _ in range(10):
            with suppress(psycopg.errors.DeadlockDetected):
                connection.execute("DROP TABLE IF EXISTS conversation, letter, reply, thumb CASCADE")
                return
    raise AssertionError("one deadlock after the other")


async def test_what_is_noted_meanwhile_is_noted_before_the_program_ends(start: Start, database_url: str) -> None:
    client = await start(Settings(), database_url)
    answer = await send(client, text="cứu với nhà em đang cháy")
    await client.close()
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT id::text FROM reply").fetchall()
    assert [row[0] for row in rows] == [reply["id"] for reply in answer["replies"]]
