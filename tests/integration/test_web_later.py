"""What comes to a conversation later, asked for and as a stream of events, with the database behind it."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from bot.channels.web import SECURITY_HEADERS
from bot.later import answered
from bot.settings import Settings
from bot.store.conversations import note_seen
from bot.store.database import Database
from bot.store.letters import Letters
from bot.store.sealing import sealer_for
from bot.store.tables import WaitingMessageRow
from bot.store.waiting import Waiting
from tests.integration.stored import another_sealer
from tests.integration.web_client import (  # noqa: F401 - fixtures among them
    Client,
    check,
    client_fixture,
    send,
    start_fixture,
)

NOBODY = "2e8632fd-d606-4d0e-ada8-88da2cbffaf3"


async def test_events_come_as_a_stream_and_count_as_delivered_when_asked_beyond(
    client: Client, database_url: str
) -> None:
    # Given a conversation with an official's answer
    asked = await send(client, text="doi bong nao vo dich the gioi nam 1998")
    database = Database(database_url)
    letters = Letters(database, sealer_for(None, Settings().data_dir))
    [letter] = await letters.waiting()
    await letters.answer(letter.code, "Đã xem.", "Công an phường", answered)

    # When the page listens
    address = f"/api/v1/conversations/{asked['conversation']}"
    async with client.get(f"{address}/events") as response:
        assert response.content_type == "text/event-stream"
        for name, value in SECURITY_HEADERS.items():
            assert response.headers[name] == value
        lines = [(await response.content.readline()).decode() for _ in range(5)]
        entry = json.loads(lines[4].removeprefix("data: "))
        check({"messages": [entry]}, "Waiting")
        assert "Đã xem." in entry["reply"]["text"]
    assert (await letters.waiting()) == []
    assert (await letters.by_code(letter.code) or letter).told_at is None

    # Then the answer counts as told only when it asks for what comes after
    seen = await client.get(f"{address}/waiting?after={entry['number']}")
    assert (await seen.json()) == {"messages": []}
    assert (await letters.by_code(letter.code) or letter).told_at is not None

    # And a reader who was cut off goes on where it stopped
    headers = {"Last-Event-ID": str(entry["number"])}
    async with client.get(f"{address}/events?after=0", headers=headers) as response:
        assert [await response.content.readline() for _ in range(4)] == [b"retry: 5000\n", b"\n", b":\n", b"\n"]
    await database.close()


@pytest.mark.parametrize("path", ["x/events", f"{NOBODY}/events?after=-1", f"{NOBODY}/events?after=" + "9" * 19])
async def test_odd_streams_are_refused(client: Client, path: str) -> None:
    response = await client.get(f"/api/v1/conversations/{path}")
    assert response.status == 400
    check(await response.json(), "Error")


async def test_what_cannot_be_opened_or_shown_keeps_nothing_else_back(
    client: Client, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a conversation to which came, between two good messages, one sealed with another key and two odd ones
    conversation = uuid4()
    database = Database(database_url)
    async with database.sessions.begin() as session:
        await note_seen(session, conversation, "web")
    sealer = sealer_for(None, Settings().data_dir)
    ours, theirs = Waiting(database, sealer), Waiting(database, another_sealer())
    first = await ours.put(conversation, {"id": str(uuid4()), "text": "một"})
    assert first is not None
    await theirs.put(conversation, {"id": str(uuid4()), "text": "không mở được"})
    for odd in ({"text": "không có mã"}, {"id": str(uuid4()), "text": None}):
        await ours.put(conversation, odd)
    last = await ours.put(conversation, {"id": str(uuid4()), "text": "hai", "buttons": 7, "kind": [], "image": "x"})

    # When the page asks, and when it listens
    address = f"/api/v1/conversations/{conversation}"
    asked = await (await client.get(f"{address}/waiting")).json()
    async with client.get(f"{address}/events") as response:
        lines = [(await response.content.readline()).decode().strip() for _ in range(14)]

    # Then it gets the good ones, and goes on after the others
    check(asked, "Waiting")
    assert [(one["number"], one["reply"]["text"]) for one in asked["messages"]] == [(first, "một"), (last, "hai")]
    assert [line for line in lines if line.startswith("id: ")] == [f"id: {first + n}" for n in (0, 2, 3, 4)]
    assert [json.loads(line[6:])["number"] for line in lines if line.startswith("data: ")] == [first, last]
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert f"1 waiting messages cannot be opened, the first is number {first + 1}" in told
    assert f"waiting message {first + 2} is none that can be shown" in told
    await database.close()


async def test_of_very_many_a_hundred_come_at_once_and_all_in_the_end(client: Client, database_url: str) -> None:
    # Given 250 messages of which the second hundred cannot be opened
    conversation = uuid4()
    database = Database(database_url)
    async with database.sessions.begin() as session:
        await note_seen(session, conversation, "web")
    ours = sealer_for(None, Settings().data_dir)
    async with database.sessions.begin() as session:
        for number in range(250):
            sealer = another_sealer() if 100 <= number < 200 else ours
            sealed = sealer.seal_json({"id": str(uuid4()), "text": str(number)})
            session.add(WaitingMessageRow(conversation_id=conversation, sealed=sealed))
    readable = [str(number) for number in (*range(100), *range(200, 250))]

    # When the page asks on after the last it got
    address = f"/api/v1/conversations/{conversation}"
    got: list[dict[str, Any]] = []
    sizes = []
    while True:
        after = got[-1]["number"] if got else 0
        messages = (await (await client.get(f"{address}/waiting?after={after}")).json())["messages"]
        if not messages:
            break
        got += messages
        sizes.append(len(messages))

    # Then all come
    assert sizes == [100, 50]
    assert [one["reply"]["text"] for one in got] == readable

    # And by the stream without a pause in between
    texts: list[str] = []
    async with asyncio.timeout(10), client.get(f"{address}/events") as response:
        while len(texts) < len(readable):
            line = (await response.content.readline()).decode()
            if line.startswith("data: "):
                texts.append(json.loads(line[6:])["reply"]["text"])
    assert texts == readable
    await database.close()
