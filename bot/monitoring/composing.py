"""Makes the document of a draft or an issued report: the same for the .docx and the PDF."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.monitoring.document import Block, Document, Heading, Item, Paragraph, Table
from bot.monitoring.drafting import Writer
from bot.monitoring.figures import Figure
from bot.monitoring.layout import Layout
from bot.monitoring.marked_text import mismatches, printed, used
from bot.monitoring.records import EVERYTHING
from bot.monitoring.sections import Content, Section
from bot.monitoring.tables import MOST_ROWS, blocks_of
from bot.monitoring.wording import number
from knowledge.clock import VIET_NAM

_ROMAN: Final = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
DRAFT: Final = "DỰ THẢO"
_HEAD: Final = ("Mã số liệu", "Số liệu và cách tính", "Kỳ này", "Kỳ trước", "Điều kiện lọc")


@dataclass(frozen=True)
class Composer:
    """Composes with one layout. `console`: the address of the list of reports, before the "?"."""

    layout: Layout
    console: str = "/console/reports"

    def document(self, content: Content, writer: Writer, *, issued: bool) -> Document:
        """Return the document. An issued one has a number and a day; a draft leaves room for both."""
        office = content.office
        return Document(
            superior=office.superior,
            issuer=office.issuer,
            number=f"Số: {content.number if issued else '…'}/{office.symbol}",
            place_and_day=_place_and_day(office.place_name, content.day if issued else ""),
            kind=self.layout.words.kind,
            summary=content.summary,
            body=tuple(_body(content, writer)),
            recipients=office.recipients,
            signature=tuple(one for one in (office.authority, office.position) if one),
            signer=office.signer,
            appendix_title="PHỤ LỤC: NGUỒN SỐ LIỆU",
            appendix=tuple(self._appendix(content, writer)),
            draft="" if issued else DRAFT,
        )

    def _appendix(self, content: Content, writer: Writer) -> Iterator[Block]:
        taken = writer.figures.taken_at.astimezone(VIET_NAM)
        common = EVERYTHING.wanted(writer.period, writer.scope)
        yield Paragraph(
            f"Số liệu lấy lúc {taken:%H:%M} ngày {taken:%d/%m/%Y} (giờ Việt Nam). Danh sách phản ánh sau mỗi số có "
            "trong tệp dữ liệu .xlsx kèm theo. Muốn lọc lại trong phần mềm, mở "
            f"{self.console}?{common.as_address()} và thêm điều kiện ở cột cuối; danh sách khi mở có thể đã thay đổi "
            "so với lúc lấy số liệu. Số không có trong phụ lục này do cán bộ nhập."
        )
        quoted = frozenset[str]().union(*(used(one.text) for one in content.sections))
        quoted |= {one.id for one in writer.figures.under("pa.noi.")[:MOST_ROWS]}
        rows = []
        for one in writer.figures.all:
            nothing = not one.value and not one.before
            if one.id not in quoted and (nothing or one.id.startswith("pa.noi.")):
                continue
            told = f"{one.name} ({one.unit}). {one.definition}"
            rows.append((one.id, told, number(one.value), _before(one), _condition(one, writer)))
        yield Table("Các số liệu trong báo cáo", _HEAD, tuple(rows), (0.23, 0.37, 0.1, 0.1, 0.2), (2, 3))
        stale = [one for section in content.sections for one in mismatches(section.text, writer.figures)]
        if stale:
            listed = "; ".join(f"{one.written or '(trống)'} ở “{one.mark}”" for one in stale)
            yield Paragraph(f"Số trong bài khác với số liệu đã lấy, do cán bộ giữ lại: {listed}.")


def _before(figure: Figure) -> str:
    return "" if figure.before is None else number(figure.before)


def _condition(figure: Figure, writer: Writer) -> str:
    """What must be added to the address of all reports to list those that a figure counts."""
    if figure.selection is None:
        return "không phải phản ánh"
    common = EVERYTHING.wanted(writer.period, writer.scope).as_query()
    query = figure.selection.wanted(writer.period, writer.scope).as_query()
    own = [f"{name}={value}" for name, value in query.items() if common.get(name) != value]
    return " ".join(own) or "tất cả"


def _place_and_day(place: str, day: str) -> str:
    if not day:
        return f"{place}, ngày … tháng … năm …" if place else "ngày … tháng … năm …"
    return f"{place}, {written_day(date.fromisoformat(day))}"


def written_day(day: date) -> str:
    """Return a day as a document writes it: days below 10 and the first two months have a zero.

    >>> written_day(date(2026, 2, 5)), written_day(date(2026, 3, 15))
    ('ngày 05 tháng 02 năm 2026', 'ngày 15 tháng 3 năm 2026')
    """
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def _body(content: Content, writer: Writer) -> Iterator[Block]:
    part = 0
    for section in content.sections:
        if section.title:
            part += 1
            yield Heading(1, f"{roman(part)}. {section.title.upper()}")
        yield from lines_of(section)
        if section.tables:
            yield from blocks_of(section.key, writer)


def lines_of(section: Section) -> Iterator[Block]:
    """Return the paragraphs and lists of a section; "- " and "+ " begin items, an empty section says that it is."""
    lines = [line.strip() for line in printed(section.text).splitlines()]
    found = [line for line in lines if line]
    if not found and section.title:
        yield Paragraph("Không có nội dung báo cáo trong kỳ.")
    for line in found:
        if line.startswith("- "):
            yield Item(line[2:].strip())
        elif line.startswith("+ "):
            yield Item(line[2:].strip(), 2)
        else:
            yield Paragraph(line)


def roman(value: int) -> str:
    """Return a Roman number.

    >>> roman(4), roman(19)
    ('IV', 'XIX')
    """
    text = ""
    for step, sign in _ROMAN:
        times, value = divmod(value, step)
        text += sign * times
    return text
