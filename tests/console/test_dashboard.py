"""The page of figures: what it counts, for whom it links, and what its plots and files are."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree  # of pictures that the program itself drew

import pytest

from bot.console.charts import PLOTS, described, drawn
from bot.console.permissions import Role
from bot.feedback.kinds import Category
from bot.feedback.lifecycle import Hat, State
from bot.feedback.tables import Cell, Column, Row, Table
from bot.store.records import Records, ReplyRecord
from tests.integration.stored import change
from tests.integration.stored_reports import NOW, code_of, put

from .visiting import Console

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "<script>alert(1)</script>\"'=1+1"


async def fill(console: Console) -> None:
    rows: list[dict[str, Any]] = [
        {
            "due_at": NOW - timedelta(days=1),
            "due_hat": Hat.MTTQ.value,
            "supporters": 3,
            "text": EVIL,
            "where_text": EVIL,
        },
        {"category": Category.CAGE.value, "commune_code": "00008", "channel": "telegram"},
        {
            "category": Category.QUESTION.value,
            "state": State.CONFIRMED.value,
            "province_code": "79",
            "commune_code": "26734",
            "first_answered_at": NOW + timedelta(hours=5),
            "closed_at": NOW + timedelta(hours=30),
            "reopened": 1,
            "late": True,
        },
        {"province_code": None, "commune_code": None, "created_at": NOW - timedelta(days=200)},
    ]
    for number, columns in enumerate(rows):
        await put(console.parts.database, code_of(number), **columns)


def numbers(page: str) -> dict[str, str]:
    """Return what the numbers above the tables say."""
    cards = re.findall(r'<li class="card"><span class="figure">(.*?)</span> (.*?)</li>', page, re.DOTALL)
    return {label: re.sub("<.*?>", "", value) for value, label in cards}


async def test_an_officer_sees_numbers_that_lead_to_their_records(console: Console) -> None:
    await fill(console)
    officer = await console.signed_in(Role.OFFICER)
    page = await officer.get("/console/figures")
    assert page.status == 200
    assert numbers(page.text) == {
        "phản ánh đã nhận": "3",  # the fourth was sent before the usual range
        "còn mở": "2",
        "đang quá hạn": "1",
        "từng trễ hạn": "1",
        "đã trả lời": "1",
        "bị mở lại": "1",
        "lượt cùng phản ánh": "3",
    }
    links = {unescape(one) for one in re.findall(r'href="(/console/reports\?[^"]*)"', page.text)}
    days = "tu=2026-08-25&den=2026-11-22"
    assert f"/console/reports?{days}" in links
    assert f"/console/reports?loai=question&{days}" in links
    assert f"/console/reports?tt=mo&noi=01&{days}" in links
    assert f"/console/reports?{days}&qua-han=1" in links


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICER])
async def test_who_may_not_read_reports_sees_numbers_without_links_or_words(role: Role, console: Console) -> None:
    await fill(console)
    visitor = await console.signed_in(role)
    page = await visitor.get("/console/figures")
    assert numbers(page.text)["phản ánh đã nhận"] == "3"
    assert "/console/reports" not in page.text
    assert "alert(1)" not in page.text
    assert (await visitor.get("/console/reports.xlsx")).status == 403


async def test_who_may_not_read_reports_does_not_find_out_by_counting_what_residents_wrote(console: Console) -> None:
    await fill(console)
    viewer, officer = await console.signed_in(Role.VIEWER), await console.signed_in(Role.OFFICER)
    for words, found in (("cua thoat", "2"), ("khong ai viet the", "0")):
        page = (await viewer.get(f"/console/figures?chu={words}")).text
        assert numbers(page)["phản ánh đã nhận"] == "3"
        assert "Chỉ người được đọc phản ánh mới lọc số liệu theo chữ." in page
        theirs = (await officer.get(f"/console/figures?chu={words}")).text
        assert numbers(theirs)["phản ánh đã nhận"] == found


async def test_nobody_has_places_counted_that_are_not_theirs(console: Console) -> None:
    await fill(console)
    officer = await console.signed_in(Role.OFFICER, places=("79",))
    page = (await officer.get("/console/figures?tu=2026-01-01")).text
    assert numbers(page)["phản ánh đã nhận"] == "2"  # theirs, and the one without a place
    assert "Tỉnh, thành phố" in page
    assert "Hà Nội" not in page
    table = (await officer.get("/console/figures/tables/noi.csv?tu=2026-01-01&noi=01")).text
    assert len(table.splitlines()) == 3  # headings, an empty line and the caveat
    mine = (await officer.get("/console/figures/plots/noi.svg?tu=2026-01-01")).text
    assert "Hà Nội" not in mine


async def test_range_and_place_stay_in_the_address(console: Console) -> None:
    await fill(console)
    viewer = await console.signed_in(Role.VIEWER)
    page = (
        await viewer.get("/console/figures?tu=2026-11-01&den=2026-11-30&noi=01&xa=00008&loai=hazard&buoc=tuan")
    ).text
    assert numbers(page)["phản ánh đã nhận"] == "1"
    address = "?loai=hazard&amp;noi=00008&amp;tu=2026-11-01&amp;den=2026-11-30&amp;buoc=tuan"
    assert f'src="/console/figures/plots/thoi-gian.svg{address}"' in page
    assert '<option value="00008" selected>' in page
    assert '<option value="01" selected>' in page
    # a commune of another province than the one just chosen is left out
    page = (await viewer.get("/console/figures?noi=79&xa=00008")).text
    assert numbers(page)["phản ánh đã nhận"] == "1"
    assert '<option value="79" selected>' in page


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("tu=1", "Ngày không đúng"),
        ("noi=%3Cscript%3E", "Mã nơi chốn không đúng"),
        ("tu=2026-11-02&den=2026-11-01", "Ngày bắt đầu phải trước"),
        ("buoc=x", "Không có cách chia thời gian này."),
        ("tu=2010-01-01", "Khoảng ngày dài quá ba năm"),
        ("tu=2025-01-01&buoc=ngay", "thì không chia theo ngày"),
    ],
)
async def test_a_wrong_address_is_told_and_shown_as_far_as_it_goes(query: str, fault: str, console: Console) -> None:
    viewer = await console.signed_in(Role.VIEWER)
    page = await viewer.get(f"/console/figures?{query}")
    assert page.status == 200
    assert fault in page.text
    assert "<script>" not in page.text


@pytest.mark.parametrize("name", PLOTS)
async def test_every_plot_is_a_picture_of_its_table(name: str, console: Console) -> None:
    await fill(console)
    answered = ReplyRecord(uuid4(), "answer", (next(iter(console.parts.knowledge().cards)),), 0.9)
    records, conversation = Records(console.parts.database), uuid4()
    await records.keep_replies(conversation, "web", [answered])
    await records.keep_thumb(conversation, answered.id, "up")
    # replies are stamped by the database, whose clock is another one
    await change(console.parts.database, "UPDATE reply SET created_at = :at", at=NOW)
    viewer = await console.signed_in(Role.VIEWER)
    answer = await viewer.get(f"/console/figures/plots/{name}.svg?den=2026-11-30")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    root = ElementTree.fromstring(answer.body)  # noqa: S314
    words = [text.text or "" for text in root.iter(f"{SVG}text")]
    table = (await viewer.get(f"/console/figures/tables/{PLOTS[name].table}.csv?den=2026-11-30")).text
    shown = [row[0].removeprefix("Tuần từ ")[:5] for row in list(csv.reader(io.StringIO(table)))[1:] if row]
    assert shown[0] in " ".join(words)
    assert not list(root.iter(f"{SVG}script"))
    again = await viewer.get(f"/console/figures/plots/{name}.svg?den=2026-11-30")
    assert again.body == answer.body


async def test_a_plot_without_figures_says_so(console: Console) -> None:
    viewer = await console.signed_in(Role.VIEWER)
    answer = await viewer.get("/console/figures/plots/loai.svg")
    assert "Không có số liệu trong khoảng đã chọn" in answer.text


def test_a_plot_without_figures_leaves_no_room_for_bars_and_speaks_of_no_other_rows() -> None:
    rows = tuple(Row((Cell(f"Chủ đề {number}"), Cell(9), Cell(0), Cell(0))) for number in range(29))
    table = Table(name="chu-de", title="", columns=tuple(Column(str(number)) for number in range(4)), rows=rows)
    plot = PLOTS["danh-gia"]
    picture = drawn(plot, table).decode()
    height = re.search(r'height="([0-9.]+)pt"', picture)
    assert height is not None
    assert float(height[1]) < 120
    assert "dòng khác" not in picture + described(plot, table)
    assert "Không có số liệu trong khoảng đã chọn" in picture


async def test_a_table_that_two_plots_show_stands_on_the_page_once(console: Console) -> None:
    await fill(console)
    page = (await (await console.signed_in(Role.VIEWER)).get("/console/figures")).text
    titles = re.findall(r"<caption[^>]*>(.*?)</caption>", page)
    assert len(titles) == len(set(titles))
    assert 'Số liệu ở bảng của phần <a href="#h-loai">Phản ánh theo loại</a>' in page
    assert 'Số liệu ở bảng của phần <a href="#h-chu-de">Câu hỏi theo chủ đề</a>' in page


@pytest.mark.parametrize("path", ["plots/x.svg", "tables/x.csv", "plots/hoi-dap.svg"])
async def test_what_is_no_plot_or_table_is_not_found(path: str, console: Console) -> None:
    viewer = await console.signed_in(Role.VIEWER)
    assert (await viewer.get(f"/console/figures/{path}")).status == 404


async def test_a_table_as_csv_opens_in_a_spreadsheet(console: Console) -> None:
    await fill(console)
    viewer = await console.signed_in(Role.VIEWER)
    answer = await viewer.get("/console/figures/tables/loai.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="loai-2026-08-25-2026-11-22.csv"'
    assert answer.body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Loại", "Tổng số", "Còn mở"]
    assert rows[1] == ["Nguy cơ cháy, lối thoát bị chặn", "2", "2", "1", "0", "0", "0", "", "3"]
    assert rows[2] == ["Câu hỏi về PCCC", "1", "0", "0", "1", "1", "1", "100.0", "0"]
    assert rows[3] == []
    assert rows[4][0].startswith("Số lượng khác nhau giữa các kênh và địa bàn")


async def test_figures_are_kept_for_a_minute_and_say_when_they_were_counted(console: Console) -> None:
    await fill(console)
    viewer = await console.signed_in(Role.VIEWER)
    first = (await viewer.get("/console/figures")).text
    await put(console.parts.database, code_of(9))
    console.clock.pass_by(seconds=59)
    assert numbers((await viewer.get("/console/figures")).text) == numbers(first)
    console.clock.pass_by(seconds=1)
    later = (await viewer.get("/console/figures")).text
    assert numbers(later)["phản ánh đã nhận"] == "4"
    assert "Số liệu lúc 08:01 ngày 22/11/2026" in later
