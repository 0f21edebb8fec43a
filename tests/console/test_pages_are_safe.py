"""Headers of every answer, pages for errors, and what people typed never becomes part of a page's code."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from html.parser import HTMLParser

import aiohttp
import pytest
from aiohttp import web

from bot.console.application import GROUPS
from bot.console.parts import Parts
from bot.console.permissions import Permission, Role
from bot.console.rendering import STATIC, Assets
from bot.console.visits import NotFoundError, Page, RefusedError, Visit
from bot.store.database import Database
from bot.store.staff import Author

from .visiting import Console, started

SCRIPT = "<script>alert('1')</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


class _Trouble:
    """Pages on which things go wrong."""

    def __init__(self, parts: Parts) -> None:
        self._renderer = parts.renderer

    def pages(self) -> Sequence[Page]:
        return (
            Page("GET", "/crash", self.crash, Permission.HOME),
            Page("GET", "/gone", self.gone, Permission.HOME),
            Page("GET", "/refused", self.refused, Permission.HOME),
            Page("GET", "/slow", self.slow, Permission.HOME),
            Page("POST", "/small", self.small, Permission.SEE_LOG, largest=2000),
            Page("POST", "/large", self.small, Permission.SEE_LOG, largest=600_000),
            Page("POST", "/said", self.said, Permission.SEE_LOG),
        )

    async def crash(self, _visit: Visit) -> web.StreamResponse:
        raise ZeroDivisionError("the secret of a traceback")

    async def gone(self, _visit: Visit) -> web.StreamResponse:
        raise NotFoundError

    async def refused(self, _visit: Visit) -> web.StreamResponse:
        raise RefusedError(f"Không làm được {SCRIPT}")

    async def slow(self, _visit: Visit) -> web.StreamResponse:
        raise TimeoutError

    async def small(self, visit: Visit) -> web.StreamResponse:
        posted = await visit.request.post()
        return web.Response(text=str(sorted(posted)))

    async def said(self, visit: Visit) -> web.StreamResponse:
        return await self._renderer.done(visit, "/console/", f"Đã làm {SCRIPT}")


@pytest.fixture
async def troubled(database: Database) -> AsyncIterator[Console]:
    one = await started(database, groups=(*GROUPS, _Trouble))
    yield one
    await one.close()


async def test_every_answer_has_the_headers(troubled: Console, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    visitor = await troubled.signed_in(Role.ADMINISTRATOR)
    style = Assets().path("console.css")
    seen = {}
    for method, path in (
        *(("GET", f"/console{one}") for one in ("", "/", "/log", "/nowhere", "/crash", "/gone", "/refused", "/slow")),
        *(("GET", f"/console{one}") for one in ("/sign-in", "/sign-in/code", "/reports", "/small", "/staff/77")),
        ("GET", style),
        ("GET", "/console/static/0000/console.css"),
        ("DELETE", "/console/log"),
        ("POST", "/console/small"),
        ("POST", "/console/sign-in"),
    ):
        answer = await visitor.request(method, path)
        seen[path] = answer.status
        assert answer.headers["Content-Security-Policy"] == POLICY, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in answer.headers  # without https it would lock people out
        kept = "public, max-age=31536000, immutable" if path == style else "no-store"
        assert answer.headers["Cache-Control"] == kept, path
    assert (seen["/console/nowhere"], seen["/console/crash"], seen["/console/refused"]) == (404, 500, 409)
    assert (seen["/console/slow"], seen["/console/gone"], seen[style]) == (408, 404, 200)
    assert (seen["/console/log"], seen["/console/small"], seen["/console/sign-in"]) == (405, 403, 401)


async def test_errors_are_pages_in_vietnamese_without_a_traceback(
    troubled: Console, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = await troubled.signed_in(Role.ADMINISTRATOR)
    crashed = await visitor.get("/console/crash")
    assert "Hệ thống gặp lỗi" in crashed.text
    assert "ZeroDivision" not in crashed.text + str(crashed.headers)
    assert "secret" not in crashed.text
    assert "ZeroDivisionError" in caplog.text  # but the operator can find it
    assert "Không có trang này" in (await visitor.get("/console/nowhere")).text
    wrong = await visitor.request("PUT", "/console/log")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET")
    assert wrong.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Không làm được &lt;script&gt;" in (await visitor.get("/console/refused")).text


async def test_a_body_is_as_large_as_its_page_allows(troubled: Console) -> None:
    visitor = await troubled.signed_in(Role.ADMINISTRATOR)
    assert (await visitor.post("/console/small", {"text": "a" * 1500})).status == 200
    assert (await visitor.post("/console/small", {"text": "a" * 5000})).status == 413
    # More than the chat takes, where the page says so.
    assert (await visitor.post("/console/large", {"text": "a" * 300_000})).status == 200
    chunked = await visitor.request("POST", "/console/small", data=_pieces(), headers=_FORM)
    assert chunked.status == 413
    assert (await visitor.post("/console/sign-in", {"login": "a" * 20_000, "password": "x"})).status == 413


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def _pieces() -> AsyncIterator[bytes]:
    """A body whose length is not told before."""
    for _ in range(10):
        yield b"a" * 1000
        await asyncio.sleep(0)


async def test_a_body_that_does_not_come_is_not_waited_for(troubled: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.console.doorway._PATIENCE", 0)
    monkeypatch.setattr("bot.console.doorway._SLOWEST_BYTES", 10**9)
    given_up = asyncio.Event()

    async def never() -> AsyncIterator[bytes]:
        yield b"csrf="
        await given_up.wait()

    visitor = await troubled.signed_in(Role.ADMINISTRATOR)
    assert (await visitor.request("POST", "/console/small", data=never(), headers=_FORM)).status == 408
    given_up.set()


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        ("application/json", b'{"login": "lan"}'),
        ("multipart/form-data; boundary=x", b"no part"),
        ("multipart/form-data", b"--x\r\n"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"login=lan"),
        ("application/x-www-form-urlencoded", b"login=%ff%fe&password=%00"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"),
    ],
)
async def test_what_is_no_form_is_refused(console: Console, type_: str, body: bytes) -> None:
    answer = await console.visitor().request("POST", "/console/sign-in", data=body, headers={"Content-Type": type_})
    assert answer.status in {400, 401}
    assert "text/html" in answer.headers["Content-Type"]


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.sources: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        if tag == "script":
            self.sources.append(dict(attrs).get("src"))


def check_markup(html: str) -> None:
    """Nothing that a page of ours has not: no script of its own text, no handler, no style in an attribute."""
    elements = _Elements()
    elements.feed(html)
    assert elements.found == []
    assert elements.sources == [Assets().path("console.js")]
    assert "<style" not in html


async def test_what_people_typed_is_shown_as_text(troubled: Console) -> None:
    administrator = await troubled.signed_in(Role.ADMINISTRATOR, name=SCRIPT[:100], login="quan-tri")
    staff = troubled.accounts.staff
    made = await staff.add(
        login="<script>x",
        name=SCRIPT,
        position=SCRIPT,
        roles=["viewer", "<b>"],
        places=["01", "<i>"],
        password="x",
        by=Author(None, SCRIPT),
        at=troubled.clock.now(),
    )
    await administrator.post("/console/said")
    notice = await administrator.get("/console/")
    assert "Đã làm &lt;script&gt;" in notice.text
    assert "49" not in notice.text  # a template within a text is not worked out
    assert "Đã làm" not in (await administrator.get("/console/")).text
    search = "/console/log?who=%22%3E%3Cscript%3E&subject=%3Cimg%20src=x%20onerror=1%3E&first=%22onfocus=1"
    for path in ("/console/", "/console/profile", "/console/staff", f"/console/staff/{made}", "/console/log", search):
        answer = await administrator.get(path)
        assert answer.status == 200
        check_markup(answer.text)
    shown = await administrator.post("/console/staff/new", {"name": SCRIPT, "login": SCRIPT, "sought": SCRIPT})
    assert shown.status == 422
    check_markup(shown.text)
    failed = await troubled.visitor().post("/console/sign-in", {"login": SCRIPT, "password": "x", "next": SCRIPT})
    check_markup(failed.text)


async def test_a_notice_is_not_lost_on_a_picture(troubled: Console) -> None:
    visitor = await troubled.signed_in(Role.ADMINISTRATOR)
    await visitor.post("/console/said")
    await visitor.get("/console/profile", Accept="image/avif,image/webp,*/*;q=0.8")
    assert "Đã làm" in (await visitor.get("/console/profile", Accept="text/html,*/*;q=0.8")).text


async def test_files_are_small_and_named_by_what_is_in_them(console: Console) -> None:
    sizes = {path.name: path.stat().st_size for path in STATIC.iterdir()}
    assert sizes["console.css"] < 30_000
    assert sizes["console.js"] < 10_000
    visitor = console.visitor()
    page = (await visitor.get("/console/sign-in")).text
    assert len(page) < 10_000
    path = Assets().path("console.css")
    assert path in page
    answer = await visitor.get(path)
    again = await visitor.get(path, **{"If-None-Match": answer.headers["ETag"]})
    assert (answer.status, again.status) == (200, 304)
    for outside in ("../application.py", "..%2fapplication.py", "console.css.bak"):
        assert (await visitor.get(path.replace("console.css", outside))).status == 404


async def test_the_head_links_to_what_the_member_may_see(console: Console) -> None:
    viewer = await console.signed_in(Role.VIEWER)
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    assert 'href="/console/staff"' not in (await viewer.get("/console/")).text
    assert 'href="/console/staff"' in (await administrator.get("/console/")).text


async def test_a_file_field_is_read_whole(troubled: Console) -> None:
    visitor = await troubled.signed_in(Role.ADMINISTRATOR)
    form = aiohttp.FormData()
    form.add_field("photo", b"x" * 100_000, filename="a.jpg", content_type="image/jpeg")
    assert (await visitor.post("/console/large", form)).text == "['csrf', 'photo']"
    form = aiohttp.FormData()
    form.add_field("photo", b"x" * 700_000, filename="a.jpg", content_type="image/jpeg")
    assert (await visitor.post("/console/large", form)).status == 413
