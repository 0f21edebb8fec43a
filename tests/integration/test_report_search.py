"""Finding reports by filter and words, page by page, and only those of somebody's places."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.feedback.filters import NOBODY, Order, ReportFilter
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import Hat, State
from bot.feedback.reports import Where
from bot.store.database import Database
from bot.store.report_neighbours import Neighbours
from bot.store.report_search import Cursor, ReportLine, ReportSearch
from bot.store.report_tables import ReportRow
from tests.integration.stored_reports import NOW, TEXT, code_of, put, put_agency, put_staff

HOUR = timedelta(hours=1)


@pytest.fixture
def search(database: Database) -> ReportSearch:
    return ReportSearch(database, lambda: NOW)


async def codes(search: ReportSearch, wanted: ReportFilter, *places: str) -> str:
    """Return which reports are found, as the last signs of their codes."""
    page = await search.page(wanted, places)
    assert page.total is not None
    assert page.total.number == len(page.lines) == (await search.count(wanted, places)).number
    return " ".join(sorted(line.code[-1] for line in page.lines))


async def found(search: ReportSearch, typed: str) -> str:
    return await codes(search, ReportFilter.from_query({"chu": typed}))


async def put_texts(database: Database, *texts: str) -> None:
    for number, text in enumerate(texts):
        await put(database, code_of(number), text=text)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("cửa thoát", "A C"),  # C has no diacritics: it may mean the same
        ("cua thoat", "A B C"),
        ("cua thoát", "A B C"),
        ("CỬA, thoát!", "A C"),
        ("của", "B C"),
        ("cửa tho", "A C"),
        ("cửa thoá", "A C"),
        ("tho cửa", ""),  # only the last word may be unfinished
        ("hoà", "D"),  # wherever the mark stands
        ("hòa", "D"),
        ("không được", "C"),  # "ko dc" is what people type for it
        ("dc", "C"),
        ("CH-2222-AAAB", "B"),
        ("ch2222aaab", "B"),
        ("aaab", "B"),
        ("' | & ! :* \\", ""),
        ("cửa & !thoát", "A C"),
        ("xyz", ""),
    ],
)
async def test_words_are_found_with_and_without_diacritics(
    typed: str, expected: str, database: Database, search: ReportSearch
) -> None:
    await put_texts(
        database,
        "Cửa thoát nạn bị khóa",
        "Của chung cư, ai cũng thoát được",
        "cua thoat nan ko mo dc",
        "Hòa giải ở tổ 5",
    )
    assert await found(search, typed) == expected


async def test_words_of_the_place_are_found_too(database: Database, search: ReportSearch) -> None:
    await put(database, code_of(0), where_text="Ngõ 12 Trần Cung")
    assert await found(search, "ngõ 12 trần") == "A"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "A B C D"),
        ({"loai": "hazard"}, "A B"),
        ({"loai": "hazard,question"}, "A B C"),
        ({"muc": "hazard.cage"}, "B"),
        ({"tt": "received"}, "A"),
        ({"tt": "mo"}, "A B"),
        ({"noi": "01"}, "A B"),
        ({"noi": "00008"}, "B"),
        ({"noi": "79,00008"}, "B C"),
        ({"noi": "khong"}, "D"),
        ({"noi": "79-khong"}, "C"),
        ({"kenh": "telegram"}, "B"),
        ({"luot": "mttq"}, "A"),
        ({"qua-han": "1"}, "A"),
        ({"ket": "1"}, "A B"),
        ({"tre": "1"}, "C"),
        ({"mo-lai": "1"}, "C"),
        ({"anh": "1"}, "B"),
        ({"dong-tinh": "1"}, "A"),
        ({"da-tra-loi": "1"}, "C"),
        ({"da-xong": "1"}, "D"),
        ({"tu": "2026-11-20"}, "A B"),
        ({"den": "2026-11-19"}, "C D"),
        ({"tu": "2026-11-19", "den": "2026-11-19"}, "C"),
        ({"chu": "cửa", "loai": "hazard", "kenh": "web"}, "A"),
    ],
)
async def test_filters(query: dict[str, str], expected: str, database: Database, search: ReportSearch) -> None:
    midnight = datetime(2026, 11, 19, 17, tzinfo=UTC)  # of the 20th in Viet Nam
    rows: list[dict[str, Any]] = [
        {"due_at": NOW - HOUR, "due_hat": Hat.MTTQ.value, "supporters": 2},
        {
            "category": Category.CAGE.value,
            "state": State.FORWARDED.value,
            "commune_code": "00008",
            "channel": "telegram",
            "due_at": NOW + HOUR,
            "due_hat": Hat.AGENCY.value,
            "photos": 1,
            "created_at": midnight,
            "changed_at": NOW - timedelta(days=15),
        },
        {
            "category": Category.QUESTION.value,
            "state": State.CLOSED.value,
            "province_code": "79",
            "commune_code": None,
            "late": True,
            "reopened": 1,
            "first_answered_at": NOW,
            "created_at": midnight - HOUR,
            "due_at": NOW - HOUR,
        },
        {
            "category": Category.MODEL.value,
            "state": State.CONFIRMED.value,
            "province_code": None,
            "commune_code": None,
            "closed_at": NOW,
            "created_at": midnight - 40 * HOUR,
        },
    ]
    for number, columns in enumerate(rows):
        await put(database, code_of(number), **columns)
    assert await codes(search, ReportFilter.from_query(query)) == expected


async def test_claimed_agencies_and_nobody(database: Database, search: ReportSearch) -> None:
    officer, agency = await put_staff(database, "lan"), await put_agency(database, "Công an phường")
    await put(database, code_of(0), claimed_by=officer, agency_id=agency)
    await put(database, code_of(1))
    assert await codes(search, ReportFilter(claimed_by=officer)) == "A"
    assert await codes(search, ReportFilter(claimed_by=NOBODY)) == "B"
    assert await codes(search, ReportFilter(agency=agency)) == "A"
    [line] = (await search.page(ReportFilter(agency=agency))).lines
    assert (line.claimed_name, line.agency_name) == ("Cán bộ lan", "Công an phường")


async def test_nobody_sees_places_that_are_not_theirs(database: Database, search: ReportSearch) -> None:
    await put(database, code_of(0), province_code="01", commune_code="00004")
    await put(database, code_of(1), province_code="01", commune_code="00008")
    await put(database, code_of(2), province_code="79", commune_code="26734")
    await put(database, code_of(3), province_code=None, commune_code=None)
    await put(database, code_of(4), province_code="01", commune_code=None)
    assert await codes(search, ReportFilter()) == "A B C D E"
    assert await codes(search, ReportFilter(), "01") == "A B D E"
    assert await codes(search, ReportFilter(), "00008") == "B D"
    assert await codes(search, ReportFilter(), "00008", "79") == "B C D"
    assert await codes(search, ReportFilter(places=("01",)), "79") == ""
    assert await codes(search, ReportFilter(words="cửa"), "26734") == "C D"


@pytest.mark.parametrize("order", Order)
async def test_pages_follow_one_another_without_gap_or_repetition(
    order: Order, database: Database, search: ReportSearch
) -> None:
    # Given reports of which many have the same time, and the same deadline or none
    for number in range(23):
        due = None if number % 3 == 0 else NOW + timedelta(days=number % 4)
        await put(database, code_of(number), created_at=NOW - timedelta(seconds=number // 5), due_at=due)
    # When they are read page by page
    wanted, after = ReportFilter(order=order), None
    seen: list[ReportLine] = []
    totals = []
    while True:
        page = await search.page(wanted, (), after, size=5)
        seen += page.lines
        totals.append(page.total)
        if page.next is None:
            break
        after = Cursor.read(str(page.next))
        assert after == page.next
    # Then each comes once, sorted, and only the first page counts
    assert len({line.id for line in seen}) == len(seen) == 23
    keys = {
        Order.NEWEST: [(-line.created_at.timestamp(), -line.id) for line in seen],
        Order.DUE: [(line.due_at.timestamp() if line.due_at else float("inf"), line.id) for line in seen],
    }
    assert keys[order] == sorted(keys[order])
    assert [None if total is None else str(total) for total in totals] == ["23", None, None, None, None]
    # And an export reads the same
    batches = [batch async for batch in search.every(wanted, (), most=12)]
    assert [line.id for batch in batches for line in batch] == [line.id for line in seen[:12]]


async def test_reports_that_come_meanwhile_do_not_move_the_pages(database: Database, search: ReportSearch) -> None:
    for number in range(4):
        await put(database, code_of(number), created_at=NOW - number * HOUR)
    first = await search.page(ReportFilter(), size=2)
    await put(database, code_of(9), created_at=NOW + HOUR)
    second = await search.page(ReportFilter(), (), first.next, size=2)
    assert [line.code[-1] for line in (*first.lines, *second.lines)] == ["A", "B", "C", "D"]


async def test_what_is_counted_ends_somewhere(database: Database, search: ReportSearch) -> None:
    for number in range(4):
        await put(database, code_of(number))
    assert str(await search.count(ReportFilter(), most=3)) == "hơn 3"
    assert str(await search.count(ReportFilter(), most=4)) == "4"


async def test_a_line_says_what_a_list_needs(database: Database, search: ReportSearch) -> None:
    await put(database, code_of(0), text="ữ" * 300, due_at=NOW - HOUR, contact=b"sealed")
    [line] = (await search.page(ReportFilter())).lines
    assert (line.excerpt, line.cut, line.overdue) == ("ữ" * 280, True, True)
    assert (line.kind, line.category, line.state) == (ReportKind.HAZARD, Category.LOCKED_EXIT, State.RECEIVED)
    assert not hasattr(line, "contact")
    [[whole]] = [batch async for batch in search.every(ReportFilter(), excerpt=1_000)]
    assert (whole.excerpt, whole.cut) == ("ữ" * 300, False)


@pytest.mark.parametrize("typed", ["", "x", "1", "1.2.3", "-1.2", "9" * 30 + ".1", "1." + "9" * 30, "１.2"])
def test_what_is_no_cursor_means_the_first_page(typed: str) -> None:
    assert Cursor.read(typed) is None


@pytest.mark.parametrize("typed", ["99999999999999999.1", "0.0", "-.999999999999999999"])
async def test_a_far_cursor_breaks_nothing(typed: str, database: Database, search: ReportSearch) -> None:
    await put(database, code_of(0))
    for order in Order:
        await search.page(ReportFilter(order=order), (), Cursor.read(typed))


async def test_neighbours_of_a_draft_are_open_and_few(database: Database) -> None:
    neighbours = Neighbours(database)
    pin = {"latitude": 21.0285, "longitude": 105.8542}
    for number in range(5):
        await put(database, code_of(number), **pin, created_at=NOW - number * HOUR)
    await put(database, code_of(5), **pin, state=State.CLOSED.value)
    await put(database, code_of(6), **pin, category=Category.SLOW.value)
    await put(database, code_of(7), commune_code="00008")
    await put(database, code_of(8), **pin, created_at=NOW - timedelta(days=31))
    where = Where("01", "00004", None, (21.0286, 105.8542))
    offered = await neighbours.of_draft(Category.LOCKED_EXIT, where, TEXT, NOW)
    assert [each.code for each in offered] == [code_of(number) for number in range(3)]
    assert offered[0].why.startswith("cùng phường/xã, cách 10 m, cùng loại")
    assert await neighbours.of_draft(Category.LOCKED_EXIT, Where(), TEXT, NOW) == []


async def test_a_pin_finds_across_the_border_of_a_commune(database: Database) -> None:
    await put(database, code_of(0), latitude=21.0285, longitude=105.8542, commune_code="00008")
    [one] = await Neighbours(database).of_draft(
        Category.LOCKED_EXIT, Where("01", "00004", None, (21.0290, 105.8545)), TEXT, NOW
    )
    assert one.code == code_of(0)


async def test_neighbours_of_a_report_leave_out_what_is_merged_and_what_is_not_theirs(database: Database) -> None:
    neighbours = Neighbours(database)
    first, closed, merged, strange = [await put(database, code_of(number)) for number in range(4)]
    async with database.sessions.begin() as session:
        for number, columns in (
            (closed, {"state": State.CLOSED.value}),
            (merged, {"state": State.DUPLICATE.value, "duplicate_of": first}),
        ):
            await session.execute(update(ReportRow).where(ReportRow.id == number).values(**columns))
    assert {each.report_id for each in await neighbours.of_report(first)} == {closed, strange}
    assert await neighbours.of_report(first, ("79",)) == []
    assert await neighbours.of_report(10**6) == []


async def test_days_are_those_of_viet_nam(database: Database, search: ReportSearch) -> None:
    await put(database, code_of(0), created_at=datetime(2026, 10, 31, 16, 59, 59, tzinfo=UTC))
    await put(database, code_of(1), created_at=datetime(2026, 10, 31, 17, tzinfo=UTC))
    assert await codes(search, ReportFilter(first=date(2026, 11, 1), last=date(2026, 11, 1))) == "B"
    assert await codes(search, ReportFilter(first=date(2026, 10, 31), last=date(2026, 10, 31))) == "A"
