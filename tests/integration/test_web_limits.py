"""How much one visitor may ask for, and who is taken for one visitor."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from bot.settings import Settings
from tests.integration.web_client import (  # noqa: F401 - fixtures among them
    Client,
    Start,
    check,
    client_fixture,
    send,
    start_fixture,
    status,
)


async def test_a_flood_is_slowed_but_its_emergencies_are_answered(start: Start, database_url: str) -> None:
    client = await start(Settings(), database_url)
    statuses = await asyncio.gather(*(status(client, "xin chào") for _ in range(200)))
    assert set(statuses) == {200, 429}
    assert statuses.count(200) <= 25
    answer = await send(client, text="cứu với nhà em đang cháy")
    assert answer["replies"][0]["kind"] == "emergency"


async def test_visitors_behind_a_trusted_proxy_are_told_apart(start: Start, database_url: str) -> None:
    client = await start(replace(Settings(), messages_per_minute=1, trusted_proxies=1), database_url)
    flood = [await status(client, "xin chào", "203.0.113.1") for _ in range(40)]
    assert 429 in flood
    assert await status(client, "xin chào", "203.0.113.2") == 200


@pytest.mark.parametrize(
    ("flooding", "same", "other"),
    [
        ("198.51.100.7, 203.0.113.1", "192.0.2.9, 203.0.113.1", "203.0.113.2"),
        ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"),
    ],
)
async def test_an_invented_address_or_a_neighbouring_one_is_no_new_allowance(
    start: Start, database_url: str, flooding: str, same: str, other: str
) -> None:
    client = await start(replace(Settings(), messages_per_minute=1, trusted_proxies=1), database_url)
    assert 429 in [await status(client, "xin chào", flooding) for _ in range(40)]
    assert await status(client, "xin chào", same) == 429
    assert await status(client, "xin chào", other) == 200


async def test_an_address_on_a_line_of_its_own_counts_as_the_last(start: Start, database_url: str) -> None:
    client = await start(replace(Settings(), messages_per_minute=1, trusted_proxies=1), database_url)
    statuses = []
    for number in range(40):
        headers = [("X-Forwarded-For", f"198.51.100.{number}"), ("X-Forwarded-For", "203.0.113.1")]
        response = await client.post("/api/v1/messages", json={"text": "xin chào"}, headers=headers)
        statuses.append(response.status)
    assert 429 in statuses


async def test_the_ready_page_is_metered_apart_from_messages(start: Start, database_url: str) -> None:
    client = await start(replace(Settings(), messages_per_minute=1), database_url)
    assert 429 in [await status(client, "xin chào") for _ in range(40)]
    statuses = [(await client.get("/readyz")).status for _ in range(40)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


async def test_a_fifth_stream_of_one_visitor_is_refused_with_a_word(client: Client) -> None:
    opened = [await client.get(f"/api/v1/conversations/{uuid4()}/events") for _ in range(4)]
    assert {response.status for response in opened} == {200}
    refused = await client.get(f"/api/v1/conversations/{uuid4()}/events")
    assert refused.status == 429
    check(await refused.json(), "Error")
    for response in opened:
        response.close()
