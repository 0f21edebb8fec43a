"""The console as part of the whole application."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import BytesIO

import aiohttp
import pytest
from PIL import Image

from bot.console.permissions import Role
from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import Category
from bot.feedback.photos import LARGEST
from bot.feedback.reports import NewReport, Where
from bot.store.database import Database
from bot.store.reports import Reports
from bot.store.staff import Author, Staff
from bot.store.staff_sessions import StaffSessions
from tests.integration.stored import SEALER
from tests.integration.web_client import Client, client_fixture, start_fixture

from .reporting import hidden, with_photo

__all__ = ["client_fixture", "start_fixture"]


async def test_the_console_stands_beside_the_chat_with_rules_of_its_own(client: Client) -> None:
    """Its headers are stricter than the chat's, its errors pages and not JSON, its limits of size its own."""
    home = await client.get("/console", allow_redirects=False)
    assert (home.status, home.headers["Location"]) == (303, "/console/")
    inside = await client.get("/console/", allow_redirects=False)
    assert (inside.status, inside.headers["Location"]) == (303, "/console/sign-in")
    page = await client.get("/console/sign-in")
    assert "worker-src" not in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    missing = await client.get("/console/nowhere")
    assert (missing.status, missing.content_type) == (404, "text/html")
    large = await client.post("/console/sign-in", data={"login": "a" * 30_000, "password": "x"})
    assert (large.status, large.content_type) == (413, "text/html")
    wrong = await client.post("/console/sign-in", data={"login": "nobody", "password": "x"})
    assert wrong.status == 401
    assert "không đúng" in await wrong.text()
    chat = await client.get("/")
    assert "worker-src" in chat.headers["Content-Security-Policy"]
    assert chat.headers["Referrer-Policy"] == "no-referrer"
    assert (await client.get("/nowhere")).content_type == "application/json"


@pytest.fixture
async def stored(client: Client, database_url: str) -> AsyncIterator[Database]:
    """The database of the started application."""
    assert client.server.started
    database = Database(database_url)
    yield database
    await database.close()


async def signed_in(database: Database) -> str:
    """The cookie of an officer."""
    now, by = datetime.now(UTC), Author(None, "test")
    staff = Staff(database, SEALER)
    number = await staff.add(
        login="can-bo",
        name="Lê Thị Hai",
        position="",
        roles=[Role.OFFICER.value],
        places=[],
        password="x",
        by=by,
        at=now,
    )
    await staff.choose_password(number, "x", by=by, at=now)
    return f"console={await StaffSessions(database, lambda: datetime.now(UTC)).begin(number, confirmed=True)}"


async def test_photos_come_through_although_the_chat_takes_only_small_messages(
    client: Client, stored: Database
) -> None:
    where = Where(None, None, "ngõ 45", None)
    new = NewReport(category=Category.BLOCKED_EXIT, text="Lối thoát bị chặn.", where=where, channel="web")
    code = await Reports(stored, SEALER, Deadlines.load()).send(new)
    cookie = {"Cookie": await signed_in(stored)}

    async def sent(content: bytes) -> int:
        page = await (await client.get(f"/console/reports/{code}", headers=cookie)).text()
        form: aiohttp.FormData = with_photo({**hidden(page, "note"), "text": "Ảnh tại chỗ."}, content)
        form.add_field("csrf", page.partition('name="csrf" value="')[2].partition('"')[0])
        path = f"/console/reports/{code}/acts/note"
        async with client.post(path, data=form, headers=cookie, allow_redirects=False) as answer:
            assert "Traceback" not in await answer.text()
            return answer.status

    drawn = BytesIO()
    Image.frombytes("RGB", (1000, 700), random.Random(1).randbytes(2_100_000)).save(drawn, "JPEG", quality=95)  # noqa: S311
    assert len(drawn.getvalue()) > 500_000
    assert await sent(drawn.getvalue()) == 303
    assert await sent(drawn.getvalue() + bytes(LARGEST)) == 422  # more than a photo may have
    assert await sent(bytes(4 * LARGEST)) == 413  # more than the form takes
    report = await Reports(stored, SEALER, Deadlines.load()).by_code(code)
    assert report is not None
    happened = await Reports(stored, SEALER, Deadlines.load()).happenings(report.id, public_only=False)
    assert [(one.kind, len(one.photos)) for one in happened] == [("sent", 0), ("noted", 1)]
