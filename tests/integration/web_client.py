"""The started application and a client of it, for the tests of the web; import the fixtures along."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from aiohttp.test_utils import TestClient, TestServer

from bot.app import build_application
from bot.settings import Settings
from bot.understanding import Understanding

OPENAPI = yaml.safe_load((Path(__file__).parents[2] / "bot/channels/openapi.yml").read_text(encoding="utf-8"))
Client = TestClient[Any, Any]
Start = Callable[[Settings, str], Awaitable[Client]]


@pytest.fixture(name="start")
async def start_fixture(understanding: Understanding) -> AsyncIterator[Start]:
    """Starts the application with given settings on a given database."""
    clients: list[Client] = []

    async def begin(settings: Settings, url: str) -> Client:
        client: Client = TestClient(TestServer(await build_application(settings, understanding, url)))
        await client.start_server()
        clients.append(client)
        return client

    yield begin
    for client in clients:
        await client.close()


@pytest.fixture(name="client")
async def client_fixture(start: Start, database_url: str) -> Client:
    """The application as an operator starts it, without a limit on messages."""
    return await start(replace(Settings(), messages_per_minute=100_000), database_url)


def check(body: Any, schema: str) -> None:
    """Hold a body against a schema of the OpenAPI description."""
    jsonschema.validate(body, {"$ref": f"#/components/schemas/{schema}", "components": OPENAPI["components"]})


async def send(client: Client, **body: Any) -> dict[str, Any]:
    """Send a message that must be answered."""
    response = await client.post("/api/v1/messages", json=body)
    answer: dict[str, Any] = await response.json()
    assert response.status == 200, answer
    check(answer, "Turn")
    return answer


async def status(client: Client, text: str, address: str = "198.51.100.9") -> int:
    """Send a message as from an address and return the status."""
    response = await client.post("/api/v1/messages", json={"text": text}, headers={"X-Forwarded-For": address})
    await response.read()
    return response.status
