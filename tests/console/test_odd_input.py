"""What no page of ours sends: odd letters, days and numbers in addresses, forms and headers. Never an error of ours."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import MultiDict

from bot.console.application import PAGES
from bot.console.forms import Fields
from bot.console.permissions import Role
from bot.console.signing_in import to_sign_in
from bot.settings import Settings
from bot.store.database import Database
from knowledge.loading import KNOWLEDGE_FOLDER
from tests.integration.stored import value

from .reporting import Office, hidden, office
from .visiting import Console, started

ODD: Final = (
    "%00",
    "%FF%FE",
    "%ED%A0%80",  # half of a surrogate pair
    "%E2%80%AE%E2%80%8B",  # right to left, zero width
    "9" * 40,
    "-1",
    "%D9%A3",  # a digit of another script
    "a" * 3000,
    "%0d%0aX-Injected:1",
    "0001-01-01",
    "9999-12-31",
    "1/1/99999999999999999999",
    "..%2f..",
)
NAMES: Final = [
    "chu",
    "loai",
    "muc",
    "tt",
    "noi",
    "kenh",
    "cq",
    "nguoi",
    "luot",
    "tu",
    "den",
    "xep",
    "sau",
    "so",
    "chon",
    "tinh",
    "xa",
    "tinh-truoc",
    "loc",
    "qua-han",
    "buoc",
    "who",
    "act",
    "subject",
    "first",
    "last",
    "before",
    "question",
    "province",
    "place",
    "kind",
    "day",
    "skip_draft",
    "skip_issued",
    "name",
    "email",
    "commune",
    "chosen",
    "nam",
    "cua",
    "nhom",
    "bo",
    "dip",
    "ngay",
]
"""Every parameter that a page reads from its address."""


@pytest.fixture
async def desk(console: Console) -> Office:
    return await office(console)


def fixed(console: Console) -> list[str]:
    """The addresses of pages to be read that name nothing."""
    return [page.path for page in console.app[PAGES].values() if page.method == "GET" and "{" not in page.path]


@pytest.mark.parametrize("typed", ODD)
async def test_odd_words_in_an_address(console: Console, typed: str) -> None:
    visitor = await console.signed_in(*Role)
    query = "&".join(f"{name}={typed}" for name in NAMES)
    for path in fixed(console):
        if path != "/questions":  # asks the index, and reads nothing from its address
            answer = await visitor.get(f"/console{path}?{query if len(typed) < 100 else f'chu={typed}'}")
            assert answer.status < 500, path
            assert "X-Injected" not in answer.headers


@pytest.mark.parametrize("typed", ["0001-01-01", "9999-12-31", "1/1/99999999999999999999", "31/2/2026", "1/2", "a/b/c"])
def test_a_day_that_nobody_means_is_a_fault(typed: str) -> None:
    fields = Fields(MultiDict({"day": typed}))
    assert fields.day("day") is None
    assert "Cần một ngày" in fields.faults["day"]


@pytest.mark.parametrize("path", ["/console/log?first=0001-01-01", "/console/log?last=01/01/0001"])
async def test_a_day_before_the_calendar_in_the_log(console: Console, path: str) -> None:
    visitor = await console.signed_in(Role.ADMINISTRATOR)
    answer = await visitor.get(path)
    assert answer.status == 200
    assert "Cần một ngày" in answer.text


async def test_a_nul_in_the_code_of_a_question(console: Console) -> None:
    visitor = await console.signed_in(Role.EDITOR)
    assert (await visitor.get("/console/knowledge/new?question=%00&question=A%00B")).status == 200


@pytest.mark.parametrize("origin", ["http://[", "null", "http://", "\u00e9"])
async def test_an_origin_that_is_no_address(console: Console, origin: str) -> None:
    visitor = await console.signed_in(Role.OFFICER)
    visitor.headers = {"Origin": origin}
    assert (await visitor.post("/console/agencies/new", {"name": "x"})).status == 403
    assert (await visitor.post("/console/sign-out")).status == 403


async def test_a_referer_that_is_no_address(console: Console) -> None:
    visitor = console.visitor()
    answer = await visitor.request("POST", "/console/agencies/new", headers={"Referer": "http://["})
    assert (answer.status, answer.location) == (303, "/console/sign-in")


def test_a_form_that_comes_too_late_leads_back_to_its_page() -> None:
    referer = "http://a.example:8080/console/reports/KY-1?x=1&y=%22#part"
    late = make_mocked_request("POST", "/console/x", headers={"Host": "a.example:8080", "Referer": referer})
    assert to_sign_in(late).headers["Location"] == "/console/sign-in?next=/console/reports/KY-1%3Fx%3D1%26y%3D%2522"
    foreign = make_mocked_request("POST", "/console/x", headers={"Host": "b.example", "Referer": referer})
    assert to_sign_in(foreign).headers["Location"] == "/console/sign-in"


@pytest.mark.parametrize("version", ["9" * 5000, "-1", "1.5", "\u0663", ""])
async def test_a_version_of_a_chosen_report_that_is_none(desk: Office, version: str) -> None:
    report = await desk.sent()
    answer = await desk.officer.post("/console/reports/bulk", {"act": "verify", "chosen": f"{report.code}.{version}"})
    assert answer.status == 200
    assert "Có người vừa thay đổi phản ánh này" in answer.text
    assert await desk.kinds(report) == ["sent"]


@pytest.mark.parametrize("words", ["a\0b", "\u202e\u200bx", "=1+1", "x" * 100_000])
async def test_odd_words_in_the_forms_of_a_report(desk: Office, words: str) -> None:
    report = await desk.sent(contact="0912 345 678")
    page = (await desk.officer.get(f"/console/reports/{report.code}")).text
    for form in re.findall(r'id="act-([a-z_]+)"', page):
        fields = hidden(page, form)
        for name in (*fields, "text", "target", "number", "day", "reason", "staged", "hidden", "wording", "template"):
            answer = await desk.officer.post(
                f"/console/reports/{report.code}/acts/{form}", {**fields, "text": "Lời", name: words}
            )
            assert answer.status < 500, (form, name)


async def test_the_file_of_a_document_keeps_the_blanks_before_its_lines(database: Database, tmp_path: Path) -> None:
    """In its head they say what belongs to what."""
    path = "documents/kh-2021-mttq-sam-son.md"
    (tmp_path / "documents").mkdir()
    shutil.copy(KNOWLEDGE_FOLDER / path, tmp_path / path)
    console = await started(database, settings=replace(Settings(), knowledge_dir=tmp_path))
    editor = await console.signed_in(Role.EDITOR)
    draft = (await editor.post("/console/knowledge/start", {"path": path})).location
    content = (tmp_path / path).read_text(encoding="utf-8")
    assert "\n  và Quyết định" in content
    typed = content.replace("\n", "\r\n") + "\u200b\0"  # as a browser sends lines, and what nobody sees
    saved = await editor.post(draft, {"version": "1", "raw": "1", "content": typed})
    await console.close()
    assert saved.status == 303
    stored = await value(database, "SELECT content FROM card_draft ORDER BY id DESC LIMIT 1")
    assert stored.rstrip() == content.rstrip()
