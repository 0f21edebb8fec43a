"""Messages that are sent again: answered again, and not done twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from bot.channels.web_repeats import Repeats
from bot.conversation.dialogue import Dialogue
from bot.conversation.messages import Incoming, Turn
from bot.settings import Settings
from tests.integration.web_client import (  # noqa: F401 - fixtures among them
    Client,
    Start,
    client_fixture,
    send,
    start_fixture,
)

UNKNOWN = "doi bong nao vo dich the gioi nam 1998"


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The messages for which a turn was taken."""
    taken: list[str] = []
    respond = Dialogue.respond

    async def counted(self: Dialogue, message: Incoming) -> Turn:
        taken.append(message.text)
        return await respond(self, message)

    monkeypatch.setattr(Dialogue, "respond", counted)
    return taken


async def test_a_repeated_message_is_answered_the_same_and_done_once(
    client: Client, database_url: str, turns: list[str]
) -> None:
    # Given a report to officials of which only the resident's yes is missing
    talk: dict[str, Any] = {"conversation": str(uuid4())}
    for text in ("gửi cán bộ", "đội dân phòng phường em tập luyện vào ngày nào", "1", "bỏ qua", "bỏ qua", "2"):
        shown = await send(client, **talk, text=text)
    assert "Cán bộ sẽ thấy đúng như sau" in shown["replies"][0]["text"]

    # When the yes is sent three times under one id, twice of them at once
    yes = {**talk, "message": str(uuid4()), "text": "gửi"}
    answers = list(await asyncio.gather(send(client, **yes), send(client, **yes)))
    answers.append(await send(client, **yes))

    # Then there is one answer, and one report
    assert "Đã gửi" in answers[0]["replies"][0]["text"]
    assert answers[1] == answers[2] == answers[0]
    assert turns.count("gửi") == 1
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT count(*) FROM report").fetchone()
    assert rows == (1,)


async def test_the_same_id_repeats_nothing_else(client: Client, turns: list[str]) -> None:
    talk = {"conversation": str(uuid4()), "message": str(uuid4())}
    first = await send(client, **talk, text=UNKNOWN)
    # Of other words
    cry = await send(client, **talk, text="cứu với nhà em đang cháy")
    assert cry["replies"][0]["kind"] == "emergency"
    # In another conversation
    other = await send(client, conversation=str(uuid4()), message=talk["message"], text=UNKNOWN)
    assert other["replies"][0]["id"] != first["replies"][0]["id"]
    assert len(turns) == 3


@pytest.mark.parametrize("message", [None, 7, "", "x", {}])
async def test_an_unusable_id_is_no_id(client: Client, turns: list[str], message: object) -> None:
    talk = {"conversation": str(uuid4()), "message": message}
    for _ in range(2):
        await send(client, **talk, text=UNKNOWN)
    assert len(turns) == 2


async def test_without_its_conversation_an_id_means_nothing(client: Client, turns: list[str]) -> None:
    message = str(uuid4())
    answers = [await send(client, message=message, text=UNKNOWN) for _ in range(2)]
    assert answers[0]["conversation"] != answers[1]["conversation"]
    assert len(turns) == 2


async def test_repeats_count_as_messages_of_the_visitor(start: Start, database_url: str) -> None:
    client = await start(replace(Settings(), messages_per_minute=1), database_url)
    body = {"conversation": str(uuid4()), "message": str(uuid4()), "text": "xin chào"}
    statuses = [(await client.post("/api/v1/messages", json=body)).status for _ in range(40)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


class Turns:
    """Turns that end when told to, and a clock."""

    def __init__(self) -> None:
        self.begun = 0
        self.now = 0.0
        self.end = asyncio.Event()
        self.fails = False

    async def __call__(self) -> str:
        self.begun += 1
        mine = str(self.begun)
        await self.end.wait()
        if self.fails:
            raise OSError("no database")
        return mine


@pytest.fixture
async def slow() -> Turns:
    return Turns()


async def test_who_repeats_meanwhile_waits_for_the_first_and_who_leaves_ends_nothing(slow: Turns) -> None:
    repeats = Repeats(lambda: slow.now)
    first = asyncio.create_task(repeats.once(("a",), slow))
    second = asyncio.create_task(repeats.once(("a",), slow))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    slow.end.set()
    assert await second == "1"
    assert await repeats.once(("a",), slow) == "1"
    await repeats.settled()


async def test_what_fails_is_tried_again(slow: Turns) -> None:
    repeats = Repeats(lambda: slow.now)
    slow.end.set()
    slow.fails = True
    with pytest.raises(OSError, match="no database"):
        await repeats.once(("a",), slow)
    slow.fails = False
    assert await repeats.once(("a",), slow) == "2"


async def test_answers_are_forgotten_after_a_while_and_when_there_are_too_many(slow: Turns) -> None:
    repeats = Repeats(lambda: slow.now, most=2, stays=60)
    slow.end.set()
    assert await repeats.once(("a",), slow) == "1"
    slow.now = 59
    assert await repeats.once(("a",), slow) == "1"
    slow.now = 60
    assert await repeats.once(("a",), slow) == "2"
    assert await repeats.once(("b",), slow) == "3"
    assert await repeats.once(("c",), slow) == "4"
    assert await repeats.once(("b",), slow) == "3"
    assert await repeats.once(("a",), slow) == "5"
    assert len(repeats._taken) == 2


async def test_a_turn_under_way_is_not_forgotten(slow: Turns) -> None:
    repeats = Repeats(lambda: slow.now, most=1, stays=60)
    first = asyncio.create_task(repeats.once(("a",), slow))
    await asyncio.sleep(0)
    slow.now = 1_000
    other = asyncio.create_task(repeats.once(("b",), slow))
    again = asyncio.create_task(repeats.once(("a",), slow))
    await asyncio.sleep(0)
    slow.end.set()
    assert [await first, await other, await again] == ["1", "2", "1"]
