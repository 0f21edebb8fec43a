"""The reports of a filter as a sheet or as CSV, in which nothing that somebody typed is ever a formula."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from aiohttp import web

from bot.console.parts import Parts
from bot.console.permissions import Permission
from bot.console.report_places import ReportPlaces
from bot.console.report_rows import COLUMNS, Value, notes_of, values_of
from bot.console.table_files import MARK, csv_line
from bot.console.visits import Page, RefusedError, Visit
from bot.feedback.filters import ReportFilter
from bot.store import audit
from bot.store.report_search import ReportLine, ReportSearch, Total

MOST: Final = 30_000
"""Reports of one file; more of them would keep the server and an old computer busy for too long."""
_LONGEST_CELL: Final = 32_000  # of 32,767 letters that a cell of a sheet may have
_CHUNK: Final = 256 * 1024
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Exports:
    """Files of reports."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._search = ReportSearch(parts.database, parts.now)
        self._places = ReportPlaces(lambda: parts.knowledge().places)
        self._one_at_a_time = asyncio.Semaphore(1)

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", "/reports.xlsx", self.sheet, Permission.SEE_REPORTS),
            Page("GET", "/reports.csv", self.csv, Permission.SEE_REPORTS),
        )

    async def sheet(self, visit: Visit) -> web.StreamResponse:
        """Give the reports of the address's filter as .xlsx. Raises `RefusedError` for a wrong filter or too many."""
        wanted, _ = await self._wanted(visit)
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="export-"))
        try:
            async with self._one_at_a_time:
                number = await self._write(folder, wanted, visit.member.places)
            await self._note(visit, wanted, number, "xlsx")
            return await _sent(visit.request, folder / _FILE, f"{self._name}.xlsx")
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def csv(self, visit: Visit) -> web.StreamResponse:
        """Give the same as CSV, sent while it is read; one that breaks off lacks the notes at its end.

        Raises as `sheet` does.
        """
        wanted, total = await self._wanted(visit)
        await self._note(visit, wanted, total.number, "csv")
        response = _attached(f"{self._name}.csv", "text/csv; charset=utf-8")
        await response.prepare(visit.request)
        await response.write((MARK + csv_line(heading for heading, _ in COLUMNS)).encode())
        number = 0
        async for lines in self._search.every(wanted, visit.member.places, MOST, _LONGEST_CELL):
            number += len(lines)
            await response.write("".join(csv_line(values_of(one, self._places)) for one in lines).encode())
        notes = (csv_line([note]) for note in notes_of(wanted, number, self._parts.now()))
        await response.write((csv_line([]) + "".join(notes)).encode())
        await response.write_eof()
        return response

    @property
    def _name(self) -> str:
        return f"phan-anh-{self._parts.today()}"

    async def _wanted(self, visit: Visit) -> tuple[ReportFilter, Total]:
        """Return the filter of the address and how many reports it lets through."""
        wanted = ReportFilter.from_query(visit.request.query)
        if wanted.faults:
            raise RefusedError("Chưa tạo tệp vì bộ lọc có chỗ không đúng: " + " ".join(wanted.faults))
        total = await self._search.count(wanted, visit.member.places, MOST)
        if total.more:
            raise RefusedError(
                f"Bộ lọc này có {total} phản ánh, nhiều hơn mức một tệp chứa được, nên chưa tạo tệp nào. "
                "Hãy thu hẹp theo ngày, nơi hoặc loại rồi tải từng phần."
            )
        return wanted, total

    async def _write(self, folder: Path, wanted: ReportFilter, places: tuple[str, ...]) -> int:
        sheet = await asyncio.to_thread(_Sheet, folder, self._places)
        number = 0
        async for lines in self._search.every(wanted, places, MOST, _LONGEST_CELL):
            await asyncio.to_thread(sheet.add, lines)
            number += len(lines)
        await asyncio.to_thread(sheet.close, wanted, number, self._parts.now())
        return number

    async def _note(self, visit: Visit, wanted: ReportFilter, number: int, kind: str) -> None:
        query = replace(wanted, words="").as_query()  # what somebody looks for may be a name: it is not kept
        async with self._parts.database.sessions.begin() as session:
            await audit.note(
                session,
                staff_id=visit.member.id,
                who=visit.member.login,
                act="reports exported",
                details={"reports": number, "file": kind, "filter": query, "words": bool(wanted.words)},
            )


_FILE: Final = "reports.xlsx"


class _Sheet:
    """Writes rows as they come; all but the present one are on disk."""

    def __init__(self, folder: Path, places: ReportPlaces) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": str(folder),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._places = places
        self._book: Any = xlsxwriter.Workbook(str(folder / _FILE), options)
        self._bold = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._moment = self._book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self._about = self._book.add_worksheet("Ghi chú")
        self._sheet = self._book.add_worksheet("Phản ánh")
        for number, (label, width) in enumerate(COLUMNS):
            self._sheet.set_column(number, number, width)
            self._sheet.write_string(0, number, label, self._bold)
        self._sheet.freeze_panes(1, 1)
        self._row = 1

    def add(self, lines: Sequence[ReportLine]) -> None:
        """Write some reports."""
        for line in lines:
            for column, value in enumerate(values_of(line, self._places)):
                self._put(column, value)
            self._row += 1

    def close(self, wanted: ReportFilter, number: int, at: datetime) -> None:
        """Write what the file is, and finish it."""
        self._sheet.autofilter(0, 0, max(self._row - 1, 1), len(COLUMNS) - 1)
        self._about.set_column(0, 0, 110)
        self._sheet.activate()
        for row, note in enumerate(notes_of(wanted, number, at)):
            self._about.write_string(row, 0, note)
        self._book.close()

    def _put(self, column: int, value: Value) -> None:
        if isinstance(value, datetime):
            self._sheet.write_datetime(self._row, column, value, self._moment)
        elif isinstance(value, int):
            self._sheet.write_number(self._row, column, value)
        elif value:
            self._sheet.write_string(self._row, column, value)


async def _sent(request: web.Request, path: Path, name: str) -> web.StreamResponse:
    """Send a file piece by piece."""
    response = _attached(name, _TYPE)
    response.content_length = (await asyncio.to_thread(path.stat)).st_size
    await response.prepare(request)
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, _CHUNK):
            await response.write(piece)
    await response.write_eof()
    return response


def _attached(name: str, kind: str) -> web.StreamResponse:
    return web.StreamResponse(headers={"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": kind})
