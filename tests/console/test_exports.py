"""Sheets of reports: what is in them, what never is, and when there is none."""

import csv
import io
import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.console import exports
from bot.console.permissions import Role
from bot.console.table_files import as_csv, harmless
from bot.feedback.tables import Cell, Column, Row, Table
from tests.integration.stored import value
from tests.integration.stored_reports import NOW, code_of, put, put_agency

from .visiting import Answer, Console

FORMULAS = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://a.example","x")',
    " =1",
    "http://a.example",
]


def rows_of(answer: Answer) -> list[list[Any]]:
    assert answer.status == 200
    book = load_workbook(io.BytesIO(answer.body))
    assert book.sheetnames == ["Ghi chú", "Phản ánh"]
    sheet = book["Phản ánh"]
    assert not any(cell.data_type == "f" or cell.hyperlink for row in sheet.iter_rows() for cell in row)
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


async def test_a_sheet_holds_what_the_filter_lets_through(console: Console) -> None:
    agency = await put_agency(console.parts.database, "Công an phường Ba Đình")
    await put(
        console.parts.database,
        code_of(0),
        where_text="Ngõ 12",
        agency_id=agency,
        due_at=NOW - timedelta(days=1),
        due_hat="agency",
        contact=b"sealed contact",
        supporters=2,
    )
    await put(console.parts.database, code_of(1), category="question.any")
    officer = await console.signed_in(Role.OFFICER)
    answer = await officer.get("/console/reports.xlsx?loai=hazard")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="phan-anh-2026-11-22.xlsx"'
    head, row = rows_of(answer)
    found = dict(zip(head, row, strict=True))
    assert found == {
        "Mã phản ánh": code_of(0),
        "Gửi lúc": datetime(2026, 11, 20, 10),  # noqa: DTZ001 - a sheet knows no zones
        "Loại": "Nguy cơ cháy, lối thoát bị chặn",
        "Nội dung chính": "Cửa thoát nạn bị khóa",
        "Trạng thái": "Mới nhận",
        "Tỉnh, thành phố": "Thành phố Hà Nội",
        "Xã, phường": "Phường Ba Đình",
        "Chỗ xảy ra": "Ngõ 12",
        "Nội dung": "Cửa thoát nạn bị khóa",
        "Kênh": "Trang chat",
        "Đang chờ": "Cơ quan xử lý",
        "Hạn": datetime(2026, 11, 19, 10),  # noqa: DTZ001
        "Đang quá hạn": "có",
        "Từng trễ hạn": "không",
        "Cơ quan xử lý": "Công an phường Ba Đình",
        "Người nhận xử lý": None,
        "Lượt cùng phản ánh": 2,
        "Số lần mở lại": 0,
        "Số ảnh": 0,
    }
    assert b"sealed contact" not in answer.body


@pytest.mark.parametrize("text", FORMULAS)
async def test_words_of_residents_are_never_a_formula_or_a_link(text: str, console: Console) -> None:
    await put(console.parts.database, code_of(0), text=text, where_text=text)
    officer = await console.signed_in(Role.OFFICER)
    _, row = rows_of(await officer.get("/console/reports.xlsx"))
    assert row[7:9] == [text.replace("\r", "_x000D_")] * 2 or row[7:9] == [text] * 2


@pytest.mark.parametrize("text", FORMULAS[:-1])
def test_words_in_csv_do_not_begin_a_formula(text: str) -> None:
    table = Table(name="x", title="x", columns=(Column("a"), Column("b")), rows=(Row((Cell(text), Cell(-5))),))
    assert harmless(text) == f"'{text}"
    line = as_csv(table).decode("utf-8-sig").split("\r\n", 1)[1]
    assert line.startswith(("'", "\"'"))
    assert line.rstrip().endswith(",-5")  # numbers stay numbers


@pytest.mark.parametrize("text", ["a;=1+1", "a\n=1+1", "a;  -1", "＝1+1", "a\n\n@b"])
def test_no_formula_begins_within_words_either(text: str) -> None:
    """A spreadsheet that parts cells at semicolons sees them begin there, and some take wide signs for narrow ones."""
    assert not re.search(r"(^|[;\n])\s*[=+\-@＝]", harmless(text))
    assert harmless(text).replace("'", "") == text


@pytest.mark.parametrize("text", FORMULAS[:-1])
async def test_the_csv_has_the_same_data_and_no_formula(text: str, console: Console) -> None:
    await put(console.parts.database, code_of(0), text=text, where_text=f"a;{text}", due_at=NOW, due_hat="agency")
    await put(console.parts.database, code_of(1), category="question.any", text='Có "nháy", phẩy\nvà dòng')
    officer = await console.signed_in(Role.OFFICER)
    head, *sheet = rows_of(await officer.get("/console/reports.xlsx"))
    answer = await officer.get("/console/reports.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="phan-anh-2026-11-22.csv"'
    assert answer.body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert rows[0] == head
    assert rows[3] == []
    assert rows[4][0].startswith("Phản ánh của người dân, lấy lúc ")
    for written, cells in zip(rows[1:3], sheet, strict=True):
        assert not any(re.match(r"\s*[=+@\t\r-]", cell) for cell in written)
        plain = [f"{one:%Y-%m-%d %H:%M}" if isinstance(one, datetime) else str(one or "") for one in cells]
        words = {7, 8}
        assert [one for place, one in enumerate(written) if place not in words] == [
            "0" if cells[place] == 0 else one for place, one in enumerate(plain) if place not in words
        ]
    by_code = {row[0]: row for row in rows[1:3]}
    assert by_code[code_of(0)][7:9] == [harmless(f"a;{text}"), harmless(text)]
    assert by_code[code_of(1)][8] == 'Có "nháy", phẩy\nvà dòng'


async def test_a_csv_of_several_batches_has_every_report_of_the_member_once(console: Console) -> None:
    for number in range(510):
        await put(console.parts.database, code_of(number), created_at=NOW - timedelta(minutes=number))
    await put(console.parts.database, code_of(600), province_code="79", commune_code="26734")
    officer = await console.signed_in(Role.OFFICER, places=["01"])
    rows = list(csv.reader(io.StringIO((await officer.get("/console/reports.csv")).text)))
    assert [row[0] for row in rows[1:511]] == [code_of(number) for number in range(510)]
    assert rows[511] == []


async def test_the_inbox_leads_to_both_files_of_its_filter(console: Console) -> None:
    officer = await console.signed_in(Role.OFFICER)
    page = (await officer.get("/console/reports?loai=hazard")).text
    assert 'href="/console/reports.xlsx?loai=hazard"' in page
    assert 'href="/console/reports.csv?loai=hazard"' in page


async def test_reports_of_other_places_are_not_in_it(console: Console) -> None:
    await put(console.parts.database, code_of(0))
    await put(console.parts.database, code_of(1), province_code="79", commune_code="26734")
    officer = await console.signed_in(Role.OFFICER, places=("79",))
    rows = rows_of(await officer.get("/console/reports.xlsx"))
    assert [row[0] for row in rows[1:]] == [code_of(1)]


async def test_too_many_reports_are_refused_and_not_cut(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST", 2)
    for number in range(3):
        await put(console.parts.database, code_of(number))
    officer = await console.signed_in(Role.OFFICER)
    for kind in ("xlsx", "csv"):
        answer = await officer.get(f"/console/reports.{kind}")
        assert answer.status == 409
        assert "Bộ lọc này có hơn 2 phản ánh" in answer.text
    assert len(rows_of(await officer.get("/console/reports.xlsx?chu=aaab"))) == 2


async def test_a_wrong_filter_gives_no_file(console: Console) -> None:
    officer = await console.signed_in(Role.OFFICER)
    for kind in ("xlsx", "csv"):
        answer = await officer.get(f"/console/reports.{kind}?tu=x")
        assert answer.status == 409
        assert "Ngày không đúng" in answer.text


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
async def test_an_export_is_noted_without_the_words_that_were_looked_for(console: Console, kind: str) -> None:
    await put(console.parts.database, code_of(0), text="Nhà ông Tư sạc xe")
    officer = await console.signed_in(Role.OFFICER)
    await officer.get(f"/console/reports.{kind}?chu=ong tu&noi=01")
    details = await value(
        console.parts.database,
        "SELECT details::text FROM audit WHERE act = 'reports exported' ORDER BY id DESC LIMIT 1",
    )
    assert json.loads(details) == {"reports": 1, "file": kind, "filter": {"noi": "01"}, "words": True}


async def test_a_sheet_in_several_batches_has_every_report_once(console: Console) -> None:
    for number in range(510):
        await put(console.parts.database, code_of(number), created_at=NOW - timedelta(minutes=number))
    officer = await console.signed_in(Role.OFFICER)
    rows = rows_of(await officer.get("/console/reports.xlsx"))
    assert [row[0] for row in rows[1:]] == [code_of(number) for number in range(510)]
