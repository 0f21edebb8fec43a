"""The reports of a filter as a sheet: words without personal data, no contacts, and never a formula."""

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
from bot.console.visits import Page, RefusedError, Visit
from bot.feedback.figure_tables import CAVEAT, CHANNELS, TURNS
from bot.feedback.filters import ReportFilter
from bot.feedback.kinds import CATEGORIES, KINDS
from bot.feedback.lifecycle import STATES
from bot.store import audit
from bot.store.report_search import ReportLine, ReportSearch
from knowledge.clock import VIET_NAM

MOST: Final = 30_000
"""Reports of one file; more of them would keep the server and an old computer busy for too long."""
_LONGEST_CELL: Final = 32_000  # of 32,767 letters that a cell of a sheet may have
_CHUNK: Final = 256 * 1024
_COLUMNS: Final = (
    ("Mã phản ánh", 16),
    ("Gửi lúc", 17),
    ("Loại", 24),
    ("Nội dung chính", 26),
    ("Trạng thái", 22),
    ("Tỉnh, thành phố", 24),
    ("Xã, phường", 24),
    ("Chỗ xảy ra", 30),
    ("Nội dung", 70),
    ("Kênh", 12),
    ("Đang chờ", 14),
    ("Hạn", 17),
    ("Đang quá hạn", 13),
    ("Từng trễ hạn", 13),
    ("Cơ quan xử lý", 28),
    ("Người nhận xử lý", 24),
    ("Lượt cùng phản ánh", 12),
    ("Số lần mở lại", 12),
    ("Số ảnh", 8),
)
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
        return (Page("GET", "/reports.xlsx", self.reports, Permission.SEE_REPORTS),)

    async def reports(self, visit: Visit) -> web.StreamResponse:
        """Give the reports of the address's filter as .xlsx. Raises `RefusedError` for a wrong filter or too many."""
        wanted = ReportFilter.from_query(visit.request.query)
        if wanted.faults:
            raise RefusedError("Chưa tạo tệp vì bộ lọc có chỗ không đúng: " + " ".join(wanted.faults))
        total = await self._search.count(wanted, visit.member.places, MOST)
        if total.more:
            raise RefusedError(
                f"Bộ lọc này có {total} phản ánh, nhiều hơn mức một tệp chứa được, nên chưa tạo tệp nào. "
                "Hãy thu hẹp theo ngày, nơi hoặc loại rồi tải từng phần."
            )
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="export-"))
        try:
            async with self._one_at_a_time:
                number = await self._write(folder, wanted, visit.member.places)
            await self._note(visit, wanted, number)
            return await _sent(visit.request, folder / _FILE, f"phan-anh-{self._parts.today()}.xlsx")
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _write(self, folder: Path, wanted: ReportFilter, places: tuple[str, ...]) -> int:
        sheet = await asyncio.to_thread(_Sheet, folder, self._places)
        number = 0
        async for lines in self._search.every(wanted, places, MOST, _LONGEST_CELL):
            await asyncio.to_thread(sheet.add, lines)
            number += len(lines)
        await asyncio.to_thread(sheet.close, wanted, number, self._parts.now())
        return number

    async def _note(self, visit: Visit, wanted: ReportFilter, number: int) -> None:
        query = replace(wanted, words="").as_query()  # what somebody looks for may be a name: it is not kept
        async with self._parts.database.sessions.begin() as session:
            await audit.note(
                session,
                staff_id=visit.member.id,
                who=visit.member.login,
                act="reports exported",
                details={"reports": number, "filter": query, "words": bool(wanted.words)},
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
        for number, (label, width) in enumerate(_COLUMNS):
            self._sheet.set_column(number, number, width)
            self._sheet.write_string(0, number, label, self._bold)
        self._sheet.freeze_panes(1, 1)
        self._row = 1

    def add(self, lines: Sequence[ReportLine]) -> None:
        """Write some reports."""
        for line in lines:
            for column, value in enumerate(self._values(line)):
                self._put(column, value)
            self._row += 1

    def close(self, wanted: ReportFilter, number: int, at: datetime) -> None:
        """Write what the file is, and finish it."""
        self._sheet.autofilter(0, 0, max(self._row - 1, 1), len(_COLUMNS) - 1)
        self._about.set_column(0, 0, 110)
        self._sheet.activate()
        notes = (
            f"Phản ánh của người dân, lấy lúc {at.astimezone(VIET_NAM):%H:%M ngày %d/%m/%Y}: {number} phản ánh.",
            f"Bộ lọc: {wanted.as_address() or 'tất cả'}",
            CAVEAT,
            "Nội dung đã che thông tin cá nhân; liên hệ của người gửi không có trong tệp này.",
        )
        for row, note in enumerate(notes):
            self._about.write_string(row, 0, note)
        self._book.close()

    def _put(self, column: int, value: str | int | datetime | None) -> None:
        if isinstance(value, datetime):
            local = value.astimezone(VIET_NAM).replace(tzinfo=None)  # a sheet knows no zones
            self._sheet.write_datetime(self._row, column, local, self._moment)
        elif isinstance(value, int):
            self._sheet.write_number(self._row, column, value)
        elif value:
            self._sheet.write_string(self._row, column, value)

    def _values(self, line: ReportLine) -> tuple[str | int | datetime | None, ...]:
        return (
            line.code,
            line.created_at,
            KINDS[line.kind],
            CATEGORIES[line.category],
            STATES[line.state],
            self._places.name(line.province_code, None),
            self._places.name(None, line.commune_code),
            line.where_words,
            line.excerpt + (" … (còn nữa, xem trên hệ thống)" if line.cut else ""),
            CHANNELS.get(line.channel, line.channel),
            TURNS[line.due_hat] if line.due_hat else None,
            line.due_at,
            "có" if line.overdue else "không",
            "có" if line.late else "không",
            line.agency_name,
            line.claimed_name,
            line.supporters,
            line.reopened,
            line.photos,
        )


async def _sent(request: web.Request, path: Path, name: str) -> web.StreamResponse:
    """Send a file piece by piece."""
    response = web.StreamResponse(
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": _TYPE}
    )
    response.content_length = (await asyncio.to_thread(path.stat)).st_size
    await response.prepare(request)
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, _CHUNK):
            await response.write(piece)
    await response.write_eof()
    return response
