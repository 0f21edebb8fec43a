"""The log: it cannot be changed, its rows hold together, and it is read with filters."""

from __future__ import annotations

import argparse
import asyncio
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.console.accounts import AccountError
from bot.console.act_names import ACTS
from bot.console.passwords import Passwords
from bot.console.permissions import Role
from bot.staff_commands import BrokenLogError, add_parsers, audit_command, staff_command
from bot.store.audit import Audit, LogFilter, note
from bot.store.database import Database
from knowledge.loading import KNOWLEDGE_FOLDER
from tests.integration.stored import SEALER, change, count, value

from .visiting import CHEAP, Clock, Console


async def write(database: Database, *acts: str, subject: str | None = None) -> None:
    for act in acts:
        async with database.sessions.begin() as session:
            await note(session, staff_id=None, who="test", act=act, subject=subject, details={"n": 1, "words": "Đã"})


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET who = 'x'", "DELETE FROM audit", "TRUNCATE audit", "TRUNCATE audit CASCADE"]
)
async def test_no_statement_changes_the_log(database: Database, statement: str) -> None:
    await write(database, "one")
    with pytest.raises(DBAPIError, match="cannot be changed"):
        await change(database, statement)
    assert await count(database, "audit") == 1


async def tamper(database: Database, statement: str) -> None:
    """As somebody could who owns the database."""
    async with database.sessions.begin() as session:
        for one in ("ALTER TABLE audit DISABLE TRIGGER ALL", statement, "ALTER TABLE audit ENABLE TRIGGER ALL"):
            await session.execute(text(one))


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET who = 'x' WHERE id = 3", 3),
        ("UPDATE audit SET act = 'x' WHERE id = 1", 1),
        ("UPDATE audit SET subject = NULL WHERE id = 2", 2),
        ("UPDATE audit SET at = at + interval '1 microsecond' WHERE id = 4", 4),
        ("""UPDATE audit SET details = '{"n": 2}' WHERE id = 5""", 5),
        ("DELETE FROM audit WHERE id = 2", 3),
        ("DELETE FROM audit WHERE id = 1", 2),
        (
            "INSERT INTO audit (id, at, who, act, digest) OVERRIDING SYSTEM VALUE "
            "SELECT 100, at, who, 'x', digest FROM audit WHERE id = 5",
            100,
        ),
    ],
)
async def test_the_first_row_that_does_not_fit_is_named(database: Database, statement: str, broken: int) -> None:
    await write(database, "one", "two", "three", "four", "five", subject="report:7K-2M9Q-XDAB")
    assert "khớp: 5 dòng" in await audit_command(database)
    await tamper(database, statement)
    assert (await Audit(database).check()).broken == broken
    with pytest.raises(BrokenLogError, match=f"dòng số {broken}"):
        await audit_command(database)


async def test_many_writers_at_once_make_one_chain(database: Database) -> None:
    await asyncio.gather(*(write(database, f"act-{number}", f"more-{number}") for number in range(20)))
    found = await Audit(database).check()
    assert (found.rows, found.broken) == (40, None)


async def test_a_note_is_undone_with_its_transaction(database: Database) -> None:
    await write(database, "one")
    async with database.sessions() as session:
        await note(session, staff_id=None, who="test", act="two")
        await session.rollback()
    await write(database, "three")
    found = await Audit(database).check()
    assert (found.rows, found.broken) == (2, None)


async def test_a_long_log_is_checked_in_pieces(database: Database) -> None:
    async with database.sessions.begin() as session:
        for number in range(1005):
            await note(session, staff_id=None, who="test", act="x", details={"number": number})
    assert (await Audit(database).check()).rows == 1005


async def test_what_the_database_cannot_keep_is_replaced(database: Database) -> None:
    async with database.sessions.begin() as session:
        odd = {"a\0": "b\ud800\0", "list": [True, None, (1, 2)], "role": Role.VIEWER}
        await note(session, staff_id=None, who="a\0", act="x", subject="\ud800", details=odd)
    assert (await Audit(database).check()).broken is None
    for unfit in (0.5, {1, 2}, b"x", date(2026, 1, 1)):
        async with database.sessions() as session:
            with pytest.raises(TypeError):
                await note(session, staff_id=None, who="test", act="x", details={"unfit": unfit})


async def test_an_empty_log_holds_together(database: Database) -> None:
    assert "chưa có dòng nào" in await audit_command(database)


async def test_filters(database: Database) -> None:
    await write(database, "one", subject="report:A")
    await write(database, "two", subject="staff:lan")
    audit = Audit(database)
    assert [one.act for one in await audit.page(LogFilter())] == ["two", "one"]
    assert [one.act for one in await audit.page(LogFilter(subject="report:"))] == ["one"]
    assert [one.act for one in await audit.page(LogFilter(subject="staff:lan", who="test"))] == ["two"]
    assert await audit.page(LogFilter(who="tes")) == []
    assert await audit.page(LogFilter(last=date(2020, 1, 1))) == []
    assert len(await audit.page(LogFilter(first=date(2020, 1, 1)))) == 2
    assert [one.id for one in await audit.page(LogFilter(), before=2)] == [1]


async def test_the_page_leads_through_the_whole_log(console: Console) -> None:
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    await write(console.parts.database, *(f"act-{number}" for number in range(60)))
    first = await administrator.get("/console/log?who=test")
    assert "act-59" in first.text
    assert 'test</td>\n    <td data-label="Việc">act-5<' not in first.text
    link = first.text.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert link == "/console/log?who=test&before=13"
    second = await administrator.get(link)
    assert 'test</td>\n    <td data-label="Việc">act-5<' in second.text
    assert "Cần một ngày" in (await administrator.get("/console/log?first=nonsense")).text
    assert (await administrator.get("/console/log?before=x&act=none")).status == 200


async def test_the_page_names_places_pages_and_numbers(console: Console) -> None:
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    rows: list[tuple[str, str | None, dict[str, object]]] = [
        ("staff.entitle", "staff:lan", {"roles": ["officer"], "places": []}),
        ("staff.entitle", "staff:minh", {"roles": ["officer"], "places": ["00004", "01"]}),
        ("schedule added", "schedule:7", {"period": "month", "place": None, "due_days": 10}),
        ("campaign approve", "campaign:3", {"day": "2026-10-04"}),
        ("office changed", "office:00004", {}),
        ("refused", "staff:lan", {"page": "GET /reports"}),
        ("refused", "staff:lan", {"page": "POST /campaigns/{id}/approve"}),
        ("monitoring report issued", "monitoring:1", {"number": "15"}),
        ("of another time", "thing", {"odd": None}),
    ]
    async with console.parts.database.sessions.begin() as session:
        for act, subject, details in rows:
            await note(session, staff_id=None, who="test", act=act, subject=subject, details=details)
    page = unescape((await administrator.get("/console/log?who=test")).text)
    for words in (
        "vai trò: Cán bộ Mặt trận; địa bàn: cả nước<",
        "địa bàn: Phường Ba Đình, Thành phố Hà Nội, Thành phố Hà Nội<",
        "địa bàn: cả nước; kỳ: Tháng; hạn (ngày): 10<",
        ">chiến dịch số 3</a>",
        "ngày: 04/10/2026<",
        ">cơ quan ban hành: Phường Ba Đình, Thành phố Hà Nội</a>",
        "trang: Phản ánh (mở)<",
        "trang: Chiến dịch (gửi /campaigns/{id}/approve)<",
        '<td data-label="Việc">Phát hành báo cáo</td>',
        ">thing</a>",
        "odd: không có<",
    ):
        assert words in page, words
    # And a row is found by the name that it is shown under
    for sought in ("chiến dịch số 3", "campaign:3"):
        found = (await administrator.get(f"/console/log?who=test&subject={quote(sought)}")).text
        assert ">chiến dịch số 3</a>" in found
        assert "lịch báo cáo số 7" not in found


def test_one_word_is_used_for_one_thing() -> None:
    assert not any("dự thảo" in words.casefold() or words.startswith("Ban hành") for words in ACTS.values())


async def run(database: Database, clock: Clock, *words: str) -> str:
    parser = argparse.ArgumentParser()
    add_parsers(parser.add_subparsers(dest="command"))
    arguments = parser.parse_args(["staff", *words])
    return await staff_command(
        database, SEALER, arguments, knowledge_dir=KNOWLEDGE_FOLDER, now=clock.now, passwords=Passwords(CHEAP)
    )


async def test_the_command_line_makes_and_changes_accounts(database: Database) -> None:
    clock = Clock()
    made = await run(
        database,
        clock,
        "add",
        "Lan",
        "--name",
        "Nguyễn Thị Lan",
        "--role",
        "officer",
        "--place",
        "01",
        "--position",
        "Chủ tịch",
    )
    password = made.split("một lần: ")[1].split("\n")[0]
    stored = await value(database, "SELECT password FROM staff WHERE login = 'lan'")
    assert CHEAP.verify(stored, password)
    await run(database, clock, "add", "quan-tri", "--name", "Quản trị", "--role", "administrator")
    assert "lan | Nguyễn Thị Lan | Chủ tịch | officer (Cán bộ Mặt trận) | 01" in await run(database, clock, "list")
    with pytest.raises(AccountError, match="đang phụ trách 01"):
        await run(database, clock, "roles", "lan", "--role", "viewer")
    wider = await run(database, clock, "roles", "lan", "--role", "viewer", "--everywhere")
    assert "viewer (Người xem) | cả nước" in wider
    assert "đã tắt" in await run(database, clock, "disable", "LAN")
    assert "đã tắt" not in await run(database, clock, "enable", "lan")
    for act in ("reset-password", "reset-totp"):
        again = (await run(database, clock, act, "lan")).split("một lần: ")[1].split("\n")[0]
        assert again != password
    assert "lan" in await run(database, clock, "unlock", "lan")
    noted = await value(database, "SELECT string_agg(act, ' ' ORDER BY id) FROM audit WHERE subject = 'staff:lan'")
    assert noted == (
        "staff.add staff.entitle staff.disable staff.enable staff.reset-password staff.reset-totp staff.unlock"
    )
    assert (await Audit(database).check()).broken is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["add", "lan", "--name", "Lan", "--role", "boss"], "Không có vai trò boss"),
        (["add", "lan", "--name", "Lan"], "Chưa chọn vai trò nào"),
        (["add", "lan", "--name", "Lan", "--role", "viewer", "--place", "1"], "mang mã 1 "),
        (["add", "lan", "--name", "Lan", "--role", "viewer", "--place", "99999"], "mang mã 99999 "),
        (["add", "lan", "--name", "Lan", "--role", "viewer", "--place", " "], "--place chưa có mã"),
        (["add", "lan", "--name", "Lan", "--role", "viewer", "--place", "01", "--everywhere"], "Chỉ dùng một"),
        (["add", "l", "--name", "Lan", "--role", "viewer"], "Tên đăng nhập gồm"),
        (["add", "lan", "--name", " ", "--role", "viewer"], "Họ tên: chưa nhập"),
        (["disable", "nobody"], "Không có tài khoản nobody"),
    ],
)
async def test_the_command_line_says_what_is_wrong(database: Database, words: list[str], message: str) -> None:
    with pytest.raises(AccountError, match=message):
        await run(database, Clock(), *words)
    assert await count(database, "staff") == 0


def test_every_act_of_the_accounts_has_a_name_for_people() -> None:
    sources = "".join(
        Path(path).read_text(encoding="utf-8") for path in ("bot/store/staff.py", "bot/console/signing_in.py")
    )
    acts = {one for one in sources.split('"') if one.startswith(("staff.", "sign-")) and not one.endswith(".html")}
    assert acts - set(ACTS) == set()
