"""What a browser gets: the page with its files and headers, what it keeps without a network, pictures."""

from __future__ import annotations

import json
import re

import pytest

from bot.channels.web import SECURITY_HEADERS
from bot.channels.web_offline import CARDS
from bot.understanding import Understanding
from knowledge.clock import today
from tests.integration.web_client import (  # noqa: F401 - fixtures among them
    Client,
    check,
    client_fixture,
    send,
    start_fixture,
)


async def test_what_is_kept_for_the_time_without_a_network_is_the_knowledge_word_for_word(
    client: Client, understanding: Understanding
) -> None:
    response = await client.get("/api/v1/offline.json")
    body = await response.json()
    check(body, "Offline")
    entries = {entry["id"]: entry for entry in body["entries"]}

    # Every emergency reply is in it, what to do in any fire first; and the cards are those that would be given.
    assert set(understanding.base.emergencies) <= set(entries)
    assert set(CARDS) <= set(entries)
    assert body["entries"][0]["id"] == "active_fire"
    for name, known in understanding.base.emergencies.items():
        lines = entries[name]["text"].splitlines()
        assert lines[0] == known.first_line
        for action, line in zip(known.actions, lines[1:], strict=False):
            assert action.text in line
        assert entries[name]["call"] == list(known.call)
    turn = await send(client, payload="card:mac-ket-trong-phong")
    assert turn["replies"][0]["text"].endswith(entries["mac-ket-trong-phong"]["text"])
    assert all(entry["sources"] for entry in body["entries"])

    # It is read later: it says of which day it is, and nothing of what is in force.
    assert body["on"] == today().isoformat()
    assert "hiệu lực" not in json.dumps([entry["sources"] for entry in body["entries"]], ensure_ascii=False)

    # A browser that has it already is not sent it again.
    again = await client.get("/api/v1/offline.json", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status == 304


async def test_the_files_of_the_page_have_one_version_and_no_other_is_served(client: Client) -> None:
    page = await (await client.get("/")).text()
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert len({address.split("/")[2] for address in addresses}) == 1
    for address in addresses:
        response = await client.get(address)
        assert response.status == 200
        assert "immutable" in response.headers["Cache-Control"]
        assert (await client.get(address.replace(address.split("/")[2], "0" * 12))).status == 404
    assert (await client.get(f"{address.rpartition('/')[0]}/index.html")).status == 404

    # The page itself is asked for each time, and sent only when it has changed.
    first = await client.get("/")
    assert first.headers["Cache-Control"] == "no-cache"
    assert (await client.get("/", headers={"If-None-Match": first.headers["ETag"]})).status == 304

    worker = await client.get("/sw.js")
    assert worker.headers["Service-Worker-Allowed"] == "/"
    assert worker.headers["Cache-Control"] == "no-cache"
    kept = set(re.findall(r'FILES = "([^"]+)"', await worker.text())[0].split())
    assert {address for address in addresses if not address.endswith(".png")} <= kept
    for address in kept:
        assert (await client.get(address)).status == 200


async def test_nobody_may_embed_the_chat_unless_told(client: Client) -> None:
    assert (await client.get("/embed.js")).status == 404
    page = await client.get("/?embed=1")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sw.js",
        "/manifest.webmanifest",
        "/embed.js",
        "/api/v1/suggestions",
        "/api/v1/offline.json",
        "/healthz",
        "/x",
    ],
)
async def test_security_headers_on_every_page(client: Client, path: str) -> None:
    response = await client.get(path)
    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value


async def test_a_picture_comes_with_its_words_and_may_be_cached_for_ever(client: Client) -> None:
    reply = (await send(client, payload="card:cach-dung-binh-chua-chay"))["replies"][0]
    assert "Rút chốt" in reply["text"]
    assert reply["image"]["alt"]
    response = await client.get(reply["image"]["url"])
    assert response.status == 200
    assert response.content_type == "image/png"
    assert "immutable" in response.headers["Cache-Control"]
    assert len(await response.read()) <= 200 * 1024


@pytest.mark.parametrize("name", ["pass-0000000000.png", "../index", ".", "%2e%2e%2fmain.css"])
async def test_no_other_file_is_served_as_a_picture(client: Client, name: str) -> None:
    response = await client.get(f"/pictures/{name}")
    assert response.status in {403, 404}
    assert "immutable" not in response.headers.get("Cache-Control", "")
