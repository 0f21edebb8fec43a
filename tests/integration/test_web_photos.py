"""Photos and places over the JSON interface: what is taken, what is refused, and what a message may name."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from PIL import Image

from bot.channels.web import LARGEST_BODY
from bot.conversation.messages import Incoming, Shared, Turn
from bot.feedback.photos import HEIF, LARGEST, NOT_A_PHOTO, TOO_LARGE
from bot.settings import Settings
from bot.store.database import Database
from bot.store.photos import MOST_STAGED, Photos
from tests.bot.delivery.rig import said
from tests.integration.stored import SEALER, change, count
from tests.integration.web_client import (  # noqa: F401 - fixtures among them
    Client,
    Start,
    check,
    client_fixture,
    send,
    start_fixture,
)


def jpeg(width: int = 64, height: int = 48) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), (200, 40, 40)).save(written, "JPEG")
    return written.getvalue()


PHOTO = jpeg()


@pytest.fixture
async def database(database_url: str, client: Client) -> AsyncIterator[Database]:
    """The database of the started application."""
    one = Database(database_url)
    yield one
    await one.close()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Incoming]:
    """What reaches the dialogue, which answers each with a word."""
    messages: list[Incoming] = []

    async def respond(_dialogue: object, message: Incoming) -> Turn:
        messages.append(message)
        return said("nhận rồi")

    monkeypatch.setattr("bot.conversation.dialogue.Dialogue.respond", respond)
    return messages


async def upload(
    client: Client, conversation: UUID, raw: bytes = PHOTO, kind: str = "image/jpeg"
) -> tuple[int, dict[str, str]]:
    """Upload a file; return the status, and the id or the error."""
    path = f"/api/v1/photos?conversation={conversation}"
    async with client.post(path, data=io.BytesIO(raw), headers={"Content-Type": kind}) as response:
        body = await response.json()
        check(body, "Uploaded" if response.status == 201 else "Error")
        return response.status, body if response.status == 201 else body["error"]


async def uploaded(client: Client, conversation: UUID) -> str:
    status, body = await upload(client, conversation)
    assert status == 201
    return body["photo"]


async def test_a_photo_is_uploaded_and_named_by_the_message_that_follows(
    client: Client, database: Database, heard: list[Incoming]
) -> None:
    conversation = uuid4()
    photo = await uploaded(client, conversation)
    await send(client, conversation=str(conversation), text="Lối thoát hiểm bị khóa", photos=[photo])
    [message] = heard
    assert (message.text, message.shared, message.photo_refused) == ("Lối thoát hiểm bị khóa", Shared.PHOTO, None)
    assert message.photos == (UUID(photo),) == await Photos(database, SEALER).staged(conversation)


async def test_a_photo_of_somebody_else_is_not_taken(client: Client, heard: list[Incoming]) -> None:
    mine, theirs = uuid4(), uuid4()
    own, foreign = await uploaded(client, mine), await uploaded(client, theirs)
    await send(client, conversation=str(mine), text="", photos=[own, foreign, str(uuid4())])
    await send(client, text="", photos=[foreign])
    first, second = heard
    assert (first.photos, second.photos) == ((UUID(own),), ())
    assert first.photo_refused == second.photo_refused != None  # noqa: E711


async def test_nobody_can_read_a_photo_here(client: Client) -> None:
    photo = await uploaded(client, uuid4())
    for path in (f"/api/v1/photos/{photo}", f"/api/v1/photos?photo={photo}", f"/photos/{photo}"):
        async with client.get(path) as response:
            assert response.status in {404, 405}


@pytest.mark.parametrize(
    ("raw", "kind", "status", "words"),
    [
        (b"", "image/jpeg", 400, ""),
        (b"PK\x03\x04", "image/jpeg", 400, NOT_A_PHOTO),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 400, NOT_A_PHOTO),
        (b"\x00\x00\x00\x18ftypheic", "image/heic", 400, HEIF),
        (PHOTO, "text/html", 415, NOT_A_PHOTO),
        (PHOTO, "multipart/form-data; boundary=x", 415, NOT_A_PHOTO),
        (PHOTO + b"\x00" * LARGEST, "image/jpeg", 413, TOO_LARGE),
    ],
)
async def test_what_is_no_photo_gets_a_sentence(
    client: Client, database: Database, raw: bytes, kind: str, status: int, words: str
) -> None:
    found, error = await upload(client, uuid4(), raw, kind)
    assert found == status
    assert words in error["message"]
    assert await count(database, "report_photo") == 0


async def test_a_body_whose_length_is_not_told_ends_at_the_limit(client: Client, database: Database) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // 65_536 + 2):
            yield b"\xff" * 65_536

    path = f"/api/v1/photos?conversation={uuid4()}"
    async with client.post(path, data=endless(), headers={"Content-Type": "image/jpeg"}) as response:
        assert response.status == 413
    assert await count(database, "report_photo") == 0


async def test_any_picture_type_is_judged_by_its_content(client: Client) -> None:
    for kind in ("image/png", "image/heic", "application/octet-stream"):
        assert (await upload(client, uuid4(), PHOTO, kind))[0] == 201


async def test_a_photo_far_beyond_the_limit_of_other_requests_is_taken(client: Client, database: Database) -> None:
    conversation, written = uuid4(), io.BytesIO()
    Image.effect_noise((2400, 1800), 80).convert("RGB").save(written, "JPEG", quality=90)
    assert len(written.getvalue()) > 20 * LARGEST_BODY
    photo = await upload(client, conversation, written.getvalue())
    assert photo[0] == 201
    kept = await Photos(database, SEALER).owner(UUID(photo[1]["photo"]))
    assert kept is not None
    assert (kept.width, kept.height) == (1600, 1200)


async def test_an_upload_that_is_cut_off_is_no_fault_of_ours(
    client: Client, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = uuid4()
    head = (
        f"POST /api/v1/photos?conversation={conversation} HTTP/1.1\r\nHost: x\r\n"
        f"Content-Type: image/jpeg\r\nContent-Length: {len(PHOTO) * 2}\r\n\r\n"
    )
    for _ in range(10):  # more than may be under way at once: each place is free again
        _, writer = await asyncio.open_connection(client.host, client.port)
        writer.write(head.encode() + PHOTO)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    assert (await upload(client, conversation))[0] == 201
    assert "Traceback" not in caplog.text
    assert await count(database, "report_photo") == 1


@pytest.mark.parametrize("query", ["", "?conversation=", "?conversation=x", "?conversation=%00"])
async def test_without_a_conversation_nothing_is_taken(client: Client, query: str) -> None:
    async with client.post(f"/api/v1/photos{query}", data=PHOTO, headers={"Content-Type": "image/jpeg"}) as response:
        assert response.status == 400
        check(await response.json(), "Error")


async def test_one_more_than_six_is_refused(client: Client) -> None:
    conversation = uuid4()
    done = [(await upload(client, conversation))[0] for _ in range(MOST_STAGED + 1)]
    assert done == [201] * MOST_STAGED + [409]


async def test_a_flood_of_photos_is_slowed_and_messages_are_not(client: Client) -> None:
    done = await asyncio.gather(*(upload(client, uuid4(), b"x") for _ in range(40)))
    assert 429 in {status for status, _ in done}
    assert (await upload(client, uuid4()))[0] == 429
    await send(client, text="xin chào")


async def test_without_the_store_a_message_is_answered_without_its_photo(
    client: Client, database: Database, heard: list[Incoming]
) -> None:
    conversation = uuid4()
    photo = await uploaded(client, conversation)
    await change(database, "ALTER TABLE report_photo RENAME TO away")
    try:
        await send(client, conversation=str(conversation), text="lời của dân", photos=[photo])
        assert (await upload(client, conversation))[0] == 503
    finally:
        await change(database, "ALTER TABLE away RENAME TO report_photo")
    [message] = heard
    assert (message.text, message.photos) == ("lời của dân", ())
    assert message.photo_refused


async def test_an_emergency_beside_a_photo_waits_for_no_store(client: Client, database: Database) -> None:
    conversation = uuid4()
    photo = await uploaded(client, conversation)
    await change(database, "ALTER TABLE report_photo RENAME TO away")
    try:
        answer = await send(client, conversation=str(conversation), text="cứu với nhà em đang cháy", photos=[photo])
    finally:
        await change(database, "ALTER TABLE away RENAME TO report_photo")
    assert answer["replies"][0]["kind"] == "emergency"


async def test_a_repeated_message_with_a_photo_is_taken_once(client: Client, heard: list[Incoming]) -> None:
    conversation = uuid4()
    first, second = await uploaded(client, conversation), await uploaded(client, conversation)
    body = {"conversation": str(conversation), "message": str(uuid4()), "text": ""}
    once = await send(client, **body, photos=[first])
    assert await send(client, **body, photos=[first]) == once
    await send(client, **body, photos=[second])
    assert [one.photos for one in heard] == [(UUID(first),), (UUID(second),)]


async def test_a_place_reaches_the_dialogue(client: Client, heard: list[Incoming]) -> None:
    await send(client, text="", pin={"latitude": 10.7769, "longitude": 106.7})
    [message] = heard
    assert (message.pin, message.shared, message.text) == ((10.7769, 106.7), Shared.LOCATION, "")


@pytest.mark.parametrize(
    "more",
    [
        {"photos": "x"},
        {"photos": ["x"]},
        {"photos": [7]},
        {"photos": [None]},
        {"photos": {}},
        {"photos": [str(uuid4()) for _ in range(MOST_STAGED + 1)]},
        {"pin": [10, 106]},
        {"pin": {"latitude": 91, "longitude": 0}},
        {"pin": {"latitude": 0, "longitude": -181}},
        {"pin": {"latitude": "10", "longitude": 0}},
        {"pin": {"latitude": True, "longitude": 0}},
        {"pin": {"latitude": 10}},
        {"pin": {"latitude": float("nan"), "longitude": 0}},
        {"pin": "x"},
    ],
)
async def test_odd_photos_and_places_get_a_clear_error(client: Client, more: dict[str, object]) -> None:
    async with client.post("/api/v1/messages", json={"text": "x", "conversation": str(uuid4()), **more}) as response:
        assert response.status == 400
        check(await response.json(), "Error")


async def test_a_button_carries_no_photo(client: Client) -> None:
    conversation = uuid4()
    body = {"payload": "help", "conversation": str(conversation), "photos": [await uploaded(client, conversation)]}
    async with client.post("/api/v1/messages", json=body) as response:
        assert response.status == 400


async def test_other_requests_keep_their_small_limit(start: Start, database_url: str) -> None:
    client = await start(Settings(), database_url)
    async with client.post("/api/v1/messages", json={"text": "a" * 100_000}) as response:
        assert response.status == 413
