"""The data of a report as .xlsx: its figures, and the reports that they were counted from. No words, no people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bot.feedback.figure_tables import CHANNELS, TURNS
from bot.feedback.kinds import CATEGORIES, KINDS, Category, ReportKind
from bot.feedback.lifecycle import STATES, Hat, State
from bot.feedback.reports import reference
from bot.monitoring.drafting import Writer
from bot.monitoring.periods import on
from bot.monitoring.reach_figures import OF_CAMPAIGN, by_campaign
from bot.monitoring.records import Record
from bot.monitoring.scopes import place_name, scope_name
from knowledge.clock import VIET_NAM

FIGURES: Final = "Số liệu"
RECORDS: Final = "Phản ánh"
CAMPAIGNS: Final = "Chiến dịch"
_FIGURE_HEAD: Final = ("Mã số liệu", "Số liệu", "Kỳ này", "Kỳ trước", "Đơn vị", "Cách tính", "Lọc lại trong phần mềm")
_FIGURE_WIDTHS: Final = (26, 40, 10, 10, 12, 80, 60)
_RECORD_HEAD: Final = (
    "Số phản ánh",
    "Ngày nhận",
    "Loại",
    "Mục",
    "Tỉnh, thành phố",
    "Xã, phường",
    "Kênh",
    "Trạng thái",
    "Đang chờ",
    "Cơ quan được giao",
    "Từng trễ hạn",
    "Đang quá hạn",
    "Số lần mở lại",
    "Lượt cùng phản ánh",
    "Ngày đến trả lời đầu",
    "Ngày đến khi xong",
)
_RECORD_WIDTHS: Final = (15, 12, 26, 30, 24, 26, 12, 24, 16, 34, 12, 12, 12, 14, 14, 14)


def as_xlsx(writer: Writer, records: Sequence[Record], console: str) -> bytes:
    """Return the file. Every text is written as text, so that no sign at its beginning makes a formula of it."""
    stream = BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    with xlsxwriter.Workbook(stream, options) as book:
        text, head = book.add_format({"quote_prefix": True}), book.add_format({"bold": True, "text_wrap": True})
        figures = book.add_worksheet(FIGURES)
        _begin(figures, _FIGURE_WIDTHS, 3)
        taken = writer.figures.taken_at.astimezone(VIET_NAM)
        scope = scope_name(writer.scope, writer.places)
        told = f"Kỳ: {writer.period.name}. Địa bàn: {scope}. Số liệu lấy lúc {taken:%H:%M %d/%m/%Y}."
        figures.write_string(0, 0, told, text)
        figures.write_string(1, 0, "Số lượng khác nhau giữa các kênh, các nơi còn do mức độ người dân dùng kênh.", text)
        _head(figures, 3, _FIGURE_HEAD, head)
        _rows(figures, 4, (_figure_row(writer, one.id, console) for one in writer.figures.all), text)
        _campaigns(book, writer, head, text)
        listed = book.add_worksheet(RECORDS)
        _begin(listed, _RECORD_WIDTHS, 0)
        _head(listed, 0, _RECORD_HEAD, head)
        _rows(listed, 1, map(_record_row(writer), records), text)
        listed.autofilter(0, 0, len(records), len(_RECORD_HEAD) - 1)
    return stream.getvalue()


def results_of(campaign: int) -> str:
    """Return where the console shows what came of a campaign."""
    return f"/console/campaigns/{campaign}/results"


def _campaigns(book: xlsxwriter.Workbook, writer: Writer, head: Format, text: Format) -> None:
    """The campaigns of the period, each in a row with its figures; no sheet where there is none."""
    found = by_campaign(writer.figures)
    if not found:
        return
    sheet = book.add_worksheet(CAMPAIGNS)
    names = [name[0].upper() + name[1:] for _, name, _ in OF_CAMPAIGN.values()]
    _begin(sheet, (10, 50, *(12 for _ in names), 40), 0)
    _head(sheet, 0, ("Số", "Chiến dịch", *names, "Xem lại trong phần mềm"), head)
    rows: Iterable[Sequence[str | float | None]] = (
        (one.number, one.title, *one.values, results_of(one.number)) for one in found
    )
    _rows(sheet, 1, rows, text)


def _begin(sheet: Worksheet, widths: Sequence[float], row: int) -> None:
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(row + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(row)


def _head(sheet: Worksheet, row: int, head: Sequence[str], form: Format) -> None:
    for column, one in enumerate(head):
        sheet.write_string(row, column, one, form)


def _rows(sheet: Worksheet, first: int, rows: Iterable[Sequence[str | float | None]], form: Format) -> None:
    for number, row in enumerate(rows, first):
        for column, value in enumerate(row):
            if isinstance(value, str):
                if value:
                    sheet.write_string(number, column, value, form)
            elif value is not None:
                sheet.write_number(number, column, value)


def _figure_row(writer: Writer, figure: str, console: str) -> tuple[str | float | None, ...]:
    one = writer.figures.by_id[figure]
    where = "" if one.campaign is None else results_of(one.campaign)
    if one.selection is not None:
        where = f"{console}?{one.selection.wanted(writer.period, writer.scope).as_address()}"
    return (one.id, one.name, one.value, one.before, one.unit, one.definition, where)


def _record_row(writer: Writer) -> Callable[[Record], tuple[str | float | None, ...]]:
    names: dict[str, str] = {}

    def name(code: str | None) -> str:
        if code is None:
            return ""
        if code not in names:
            names[code] = place_name(code, writer.places)
        return names[code]

    def row(one: Record) -> tuple[str | float | None, ...]:
        return (
            reference(one.code),
            on(one.day),
            KINDS[ReportKind(one.kind)],
            CATEGORIES[Category(one.category)],
            name(one.province),
            name(one.commune),
            CHANNELS.get(one.channel, one.channel),
            STATES[State(one.state)],
            TURNS[Hat(one.turn)] if one.turn else "",
            one.agency_name or "",
            "có" if one.late else "",
            "có" if one.overdue else "",
            one.reopened,
            one.supporters,
            None if one.answer_days is None else round(one.answer_days, 2),
            None if one.close_days is None else round(one.close_days, 2),
        )

    return row
