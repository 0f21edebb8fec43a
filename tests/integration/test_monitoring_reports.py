"""Stored monitoring reports: two at once, what stays when a resident is erased, and the queue's own tables."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from io import BytesIO
from uuid import uuid4

import docx
import openpyxl
import pdfplumber
import procrastinate
import pytest

from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import Category
from bot.feedback.reports import NewReport, Where
from bot.monitoring.records import unpacked
from bot.monitoring.scopes import Scope
from bot.store.database import Database
from bot.store.monitoring_reports import (
    MonitoringReports,
    NoDraftError,
    Stage,
    StaleMonitoringError,
    UnknownMonitoringError,
)
from bot.store.reports import Reports
from bot.store.residents import Residents
from tests.integration.monitored import BA_DINH, HANOI, NOON, NOW, OCTOBER, Reporting, officer, preparing
from tests.integration.stored import SEALER, count, outcomes, value

WORDS = ("Bí Mật", "ngõ Kín Đáo", "0912345678")


@pytest.fixture
def reports(database: Database) -> MonitoringReports:
    return MonitoringReports(database)


async def test_of_two_changes_at_once_one_is_told(database: Database, reports: MonitoringReports) -> None:
    by = await officer(database)
    number = await reports.create(await preparing(database).draft(OCTOBER, Scope()), by)

    def change(word: str) -> Awaitable[int]:
        return reports.change(number, lambda content: replace(content, summary=word), by, act="edited", version=1)

    found = await outcomes(*map(change, ("một", "hai", "ba")))
    assert sorted(type(one).__name__ for one in found) == ["StaleMonitoringError", "StaleMonitoringError", "int"]
    report = await reports.by_id(number)
    assert report is not None
    assert report.version == 2


async def test_issuing_and_editing_at_once_never_both_happen(database: Database, reports: MonitoringReports) -> None:
    by = await officer(database)
    new = await preparing(database).draft(OCTOBER, Scope())
    number = await reports.create(new, by)
    found = await outcomes(
        reports.issue(number, replace(new.content, number="1"), {"pdf": b"1"}, by, version=1),
        reports.change(number, lambda content: replace(content, summary="sửa"), by, act="edited", version=1),
    )
    assert sum(isinstance(one, (StaleMonitoringError, NoDraftError)) for one in found) == 1
    report = await reports.by_id(number)
    assert report is not None
    assert (report.stage is Stage.ISSUED) == (report.content.summary != "sửa")


async def test_what_is_not_there_is_told(database: Database, reports: MonitoringReports) -> None:
    by = await officer(database)
    with pytest.raises(UnknownMonitoringError):
        await reports.discard(99, by, version=1)
    assert await reports.by_id(99) is None
    assert await reports.file(99, "pdf") is None


async def test_no_word_of_a_resident_is_in_a_report_and_counts_stay_after_erasing(
    database: Database, reports: MonitoringReports
) -> None:
    """Given a report of a resident, and a draft and an issued report that count it; when the resident is erased."""
    resident, by = uuid4(), await officer(database)
    sent = Reports(database, SEALER, Deadlines.load(), clock=lambda: NOON)
    code = await sent.send(
        NewReport(
            category=Category.PERSON,
            text=f"Khen anh {WORDS[0]}, gọi {WORDS[2]}",
            where=Where(HANOI, BA_DINH, WORDS[1]),
            channel="web",
            conversation=resident,
            contact=WORDS[2],
            consent="1",
        )
    )
    await Reporting(database).add(times=2)
    makes = preparing(database)
    drafted, issued = [await reports.create(await makes.draft(OCTOBER, Scope()), by) for _ in range(2)]
    report = await reports.by_id(issued)
    assert report is not None
    records = await reports.file(issued, "records")
    assert records is not None
    files = await makes.files(report.period, report.content, report.figures, records, issued=False)
    await reports.issue(issued, replace(report.content, number="1", day="2026-11-20"), files, by, version=1)

    await Residents(database, SEALER, lambda _memory: False, clock=lambda: NOW).erase(resident)

    everything = await value(database, "SELECT string_agg(row::text, '') FROM monitoring_report AS row")
    for number in (drafted, issued):
        kept = await reports.file(number, "records")
        assert kept is not None
        everything += "".join(map(str, unpacked(kept)))
    everything += text_of(files)
    assert code in everything  # the report is named by its code
    assert not [word for word in (*WORDS, str(resident)) if word in everything]
    opened = await reports.by_id(drafted)
    assert opened is not None
    assert opened.figures.value("pa.tong") == 3
    figures, _ = await makes.figures(OCTOBER, Scope())
    assert figures.value("pa.tong") == 3


def text_of(files: dict[str, bytes]) -> str:
    word = docx.Document(BytesIO(files["docx"]))
    with pdfplumber.open(BytesIO(files["pdf"])) as pdf:
        printed = "".join(page.extract_text() for page in pdf.pages)
    book = openpyxl.load_workbook(BytesIO(files["xlsx"]))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    return "".join((word.element.xml, printed, *cells))


async def test_the_queue_has_the_tables_of_the_library_that_is_locked(database: Database) -> None:
    """The migration takes the tables from the library: raising its version needs one more (see the docs)."""
    assert procrastinate.__version__.startswith("3.10.")
    tables = "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'jobs'"
    names = ("events", "jobs", "periodic_defers", "workers")
    assert await value(database, tables) == " ".join(f"procrastinate_{name}" for name in names)
    assert await count(database, "jobs.procrastinate_jobs") == 0
