"""Makes the document of a draft or an issued report: the same for the .docx and the PDF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from typing import Final

from bot.feedback.figure_tables import CHANNELS, TURNS
from bot.feedback.filters import NO_PLACE
from bot.feedback.kinds import CATEGORIES, KINDS
from bot.feedback.lifecycle import STATES
from bot.monitoring.document import Block, Chart, Document, Heading, Item, Paragraph, Table
from bot.monitoring.drafting import Writer
from bot.monitoring.figures import Figure
from bot.monitoring.layout import Layout
from bot.monitoring.marked_text import Mismatch, mismatches, printed, used
from bot.monitoring.periods import on
from bot.monitoring.records import STANDING, STILL_OPEN, Selection
from bot.monitoring.scopes import Scope, scope_name
from bot.monitoring.sections import Content, Section
from bot.monitoring.tables import MOST_ROWS, blocks_of
from bot.monitoring.wording import number
from knowledge.clock import VIET_NAM

_ROMAN: Final = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
DRAFT: Final = "DỰ THẢO"
APPENDIX: Final = "NGUỒN SỐ LIỆU"
_HEAD: Final = ("TT", "Số liệu và cách tính", "Kỳ này", "Kỳ trước", "Điều kiện lọc")
_WIDTHS: Final = (0.07, 0.45, 0.11, 0.11, 0.26)
_FLAGS: Final = {
    "late": "Đã từng quá hạn",
    "overdue": "Đang quá hạn",
    "reopened": "Đã mở lại",
    "supported": "Có người cùng phản ánh",
    "answered": "Đã trả lời",
}


@dataclass(frozen=True)
class Composer:
    """Composes with one layout."""

    layout: Layout

    def document(self, content: Content, writer: Writer, *, issued: bool) -> Document:
        """Return the document. An issued one has a number and a day; a draft leaves room for both."""
        office = content.office
        return Document(
            superior=office.superior,
            issuer=office.issuer,
            number=f"Số: {number_of(content) if issued else '…'}/{office.symbol}",
            place_and_day=_place_and_day(office.place_name, content.day if issued else ""),
            kind=self.layout.words.kind,
            summary=content.summary,
            body=tuple(_numbered(_body(content, writer))),
            recipients=office.recipients,
            signature=tuple(one for one in (office.authority, office.position) if one),
            signer=office.signer,
            appendix_title=APPENDIX,
            appendix_of=self._belongs_to(content, issued=issued),
            appendix=tuple(self._appendix(content, writer)),
            draft="" if issued else DRAFT,
        )

    def _belongs_to(self, content: Content, *, issued: bool) -> str:
        """Say to which document the appendix belongs."""
        office = content.office
        issuer = f" của {office.issuer}" if office.issuer else ""
        if not issued:
            return f"(Kèm theo dự thảo báo cáo{issuer})"
        day = written_day(date.fromisoformat(content.day))
        kind = self.layout.words.kind.capitalize()
        return f"(Kèm theo {kind} số {number_of(content)}/{office.symbol} {day}{issuer})"

    def _appendix(self, content: Content, writer: Writer) -> Iterator[Block]:
        taken = writer.figures.taken_at.astimezone(VIET_NAM)
        period = writer.period
        yield Paragraph(
            f"Số liệu lấy lúc {taken:%H:%M} ngày {taken:%d/%m/%Y} (giờ Việt Nam). Danh sách phản ánh được đếm và địa "
            "chỉ lọc của từng số có trong tệp dữ liệu .xlsx kèm theo. Muốn xem lại trong phần mềm, mở danh sách phản "
            f"ánh, lọc theo địa bàn của báo cáo, gửi từ ngày {on(period.first)} đến ngày {on(period.last)} và điều "
            "kiện ở cột cuối; danh sách khi mở có thể đã thay đổi so với lúc lấy số liệu. Số không có trong phụ lục "
            "này do cán bộ nhập."
        )
        quoted = frozenset[str]().union(*(used(one.text) for one in content.sections))
        quoted |= {one.id for one in writer.figures.under("pa.noi.")[:MOST_ROWS]}
        rows: list[tuple[str, ...]] = []
        for one in writer.figures.all:
            nothing = not one.value and not one.before
            if one.id not in quoted and (nothing or one.id.startswith("pa.noi.")):
                continue
            told = f"{one.name} ({one.unit}). {one.definition}"
            rows.append((str(len(rows) + 1), told, number(one.value), _before(one), _condition(one, writer)))
        if rows:
            yield Table("Các số liệu trong báo cáo", _HEAD, tuple(rows), _WIDTHS, (0, 2, 3))
        else:
            yield Paragraph("Không có số liệu nào khác 0.")
        stale = [one for section in content.sections for one in mismatches(section.text, writer.figures)]
        if stale:
            listed = "; ".join(_kept(one, writer) for one in stale)
            yield Paragraph(f"Số trong bài khác với số liệu đã lấy, do cán bộ giữ lại: {listed}.")


def _kept(one: Mismatch, writer: Writer) -> str:
    figure = writer.figures.by_id.get(one.mark.partition(":")[0])
    name = one.mark if figure is None else f"{figure.name} (mã {one.mark})"
    now = "không còn số liệu này" if one.now is None else f"số liệu là {one.now}"
    return f"“{name}” ghi {one.written or 'trống'}, {now}"


def _before(figure: Figure) -> str:
    return "" if figure.before is None else number(figure.before)


def _condition(figure: Figure, writer: Writer) -> str:
    """What must be chosen in the console's list, besides place and days, to see the reports that a figure counts."""
    if figure.campaign is not None:
        return f"Kết quả chiến dịch số {figure.campaign}"
    if figure.selection is None:
        return "Không phải phản ánh"
    return "; ".join(_chosen(figure.selection, writer)) or "Tất cả"


def _chosen(wanted: Selection, writer: Writer) -> Iterator[str]:
    """What is chosen, each with the name that its field has in the console."""
    if wanted.kinds:
        yield f"Loại: {', '.join(KINDS[one] for one in wanted.kinds)}"
    if wanted.categories:
        yield f"Nội dung: {', '.join(CATEGORIES[one] for one in wanted.categories)}"
    if wanted.states == STANDING:
        yield "Trạng thái: trừ không tiếp nhận, gộp, rút lại"
    elif wanted.states == STILL_OPEN.states:
        yield "Trạng thái: chưa kết thúc"
    elif wanted.states:
        yield f"Trạng thái: {', '.join(STATES[one] for one in wanted.states)}"
    if wanted.places:
        unknown = any(code.endswith(NO_PLACE) for code in wanted.places)
        yield "Địa bàn: " + ("chưa rõ" if unknown else scope_name(Scope(wanted.places), writer.places))
    if wanted.channel:
        yield f"Kênh: {CHANNELS.get(wanted.channel, wanted.channel)}"
    if wanted.agency is not None:
        yield "Cơ quan: như ở cột số liệu"
    if wanted.turn is not None:
        yield f"Đang chờ: {TURNS[wanted.turn]}"
    yield from (words for name, words in _FLAGS.items() if getattr(wanted, name))


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


def number_of(content: Content) -> str:
    """Return the number as a document writes it: below 10 with a zero."""
    return content.number.zfill(2)


def _numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    """Number tables and charts, each kind by itself, as they follow one another."""
    tables, charts = count(1), count(1)
    for block in blocks:
        match block:
            case Table():
                yield replace(block, caption=f"Bảng {next(tables)}. {block.caption}")
            case Chart():
                yield replace(block, caption=f"Biểu đồ {next(charts)}. {block.caption}")
            case _:
                yield block


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
