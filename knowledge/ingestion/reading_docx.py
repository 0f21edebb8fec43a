"""Reads a Word file (.docx): paragraphs, lists as Word numbers them, tables. Macros and links are never touched."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import docx
from docx.document import Document as WordDocument
from docx.styles.style import BaseStyle
from lxml.etree import _Element

from knowledge.ingestion.blocks import Block, Paragraph, Reading, Table, letters_by_font, one_line, table_or_lines
from knowledge.ingestion.docx_numbering import Numbering, W
from knowledge.ingestion.errors import NeedsConversionError
from knowledge.ingestion.kinds import broken, check_word_package

_HEADING_STYLE: Final = re.compile(r"^heading ?([1-6])$", re.IGNORECASE)
_INSIDE: Final = {f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")}
_LEFT_OUT: Final = {f"{W}{name}" for name in ("del", "moveFrom", "txbxContent", "pPr", "rPr")}
_BREAKS: Final = {f"{W}br": "\n", f"{W}cr": "\n", f"{W}tab": " ", f"{W}noBreakHyphen": "-", f"{W}sym": "\ufffd"}
_HARDLY_ANY: Final = 30


def read_docx(path: Path, data: bytes) -> Reading:
    """Return the contents of a Word file.

    Raises `UnusableFileError` when it is broken, locked or a zip bomb, `NeedsConversionError` when it holds only
    pictures.
    """
    check_word_package(path, data)
    try:
        document = docx.Document(io.BytesIO(data))
        reader = _Reader(document)
        blocks = tuple(reader.blocks(document.element.body))
    except Exception:
        raise broken(path) from None
    reading = Reading(blocks=blocks, warnings=tuple(reader.warnings()), fonts=letters_by_font(reader.fonts))
    if sum(map(len, reading.texts)) < _HARDLY_ANY and next(document.element.body.iter(f"{W}drawing"), None) is not None:
        reason = "Tệp Word chỉ có ảnh, không có chữ để đọc."
        raise NeedsConversionError(path, reason, "Hãy xin bản gõ chữ; đừng nhập bản nhận dạng chưa đối chiếu.")
    return reading


class _Reader:
    """Walks the XML itself, because python-docx passes over text inside revisions and content controls."""

    def __init__(self, document: WordDocument) -> None:
        self.fonts: list[tuple[str, str]] = []
        self._root = document.element
        self._parts = {str(part.partname) for part in document.part.package.iter_parts()}
        self._styles = {style.style_id: style for style in document.styles}
        numbering = next((rel for rel in document.part.rels.values() if rel.reltype.endswith("/numbering")), None)
        self._numbering = Numbering(numbering.target_part.element if numbering is not None else None)
        self._nested = 0

    def blocks(self, parent: _Element) -> Iterator[Block]:
        for element in parent.iterchildren():
            if element.tag == f"{W}p":
                yield from self._paragraphs(element)
            elif element.tag == f"{W}tbl":
                yield from table_or_lines(self._rows(element))
            elif element.tag in _INSIDE:
                yield from self.blocks(element)

    def warnings(self) -> Iterator[str]:
        """Yield what a reviewer has to look at in the file itself."""
        if any(next(self._root.iter(f"{W}{name}"), None) is not None for name in ("ins", "del", "moveFrom")):
            yield "Tệp còn dấu vết sửa đổi (Track Changes): bản nháp lấy chữ đã thêm, bỏ chữ đã xóa."
        if any(_text(one).strip() for one in self._root.iter(f"{W}txbxContent")):
            yield "Có chữ trong khung (Text Box) không được đọc: hãy chép vào bản nháp nếu cần."
        if any(name.endswith("/footnotes.xml") for name in self._parts):
            yield "Chú thích cuối trang không được đọc: hãy xem trong tệp gốc."
        if next(self._root.iter(f"{W}altChunk"), None) is not None:
            yield "Có phần nhúng từ tệp khác không được đọc."
        if next(self._root.iter(f"{W}sym"), None) is not None:
            yield "Có ký hiệu chèn từ phông biểu tượng, trong bản nháp là �: hãy thay bằng ký hiệu đúng."
        if self._nested:
            yield f"{self._nested} bảng nằm trong ô của bảng khác: chữ được giữ, hàng cột thì không."
        for form in sorted(self._numbering.unknown):
            yield f"Kiểu đánh số tự động “{form}” không đọc được, đã thay bằng số thường."

    def _paragraphs(self, element: _Element) -> Iterator[Block]:
        self._note_fonts(element)
        label = self._label(element)
        lines = [line for line in map(one_line, _text(element).split("\n")) if line]
        bold = self._is_bold(element)
        for number, line in enumerate(lines):
            yield Paragraph(text=f"{label}{line}" if number == 0 else line, heading=self._heading(element), bold=bold)

    def _rows(self, table: _Element) -> list[list[str]]:
        """Return the cell texts; a cell merged downwards is repeated in each row, so that no row loses its meaning."""
        rows: list[list[str]] = []
        for row in _children(table, f"{W}tr"):
            cells: list[str] = []
            for cell in _children(row, f"{W}tc"):
                merged = cell.find(f"{W}tcPr/{W}vMerge")
                above = rows[-1][len(cells)] if rows and len(cells) < len(rows[-1]) else ""
                goes_on = merged is not None and merged.get(f"{W}val", "continue") == "continue"
                cells.append(above if goes_on else self._cell(cell))
                span = cell.find(f"{W}tcPr/{W}gridSpan")
                cells += [""] * (int(span.get(f"{W}val", "1")) - 1 if span is not None else 0)
            rows.append(cells)
        return rows

    def _cell(self, cell: _Element) -> str:
        lines: list[str] = []
        for block in self.blocks(cell):
            if isinstance(block, Table):
                self._nested += 1
                lines += [" ".join(row) for row in block.rows]
            else:
                lines.append(block.text)
        return "\n".join(lines)

    def _label(self, element: _Element) -> str:
        properties = element.find(f"{W}pPr/{W}numPr")
        style = self._style(element)
        while properties is None and style is not None:
            properties = style.element.find(f"{W}pPr/{W}numPr")
            style = style.base_style if hasattr(style, "base_style") else None
        if properties is None:
            return ""
        number, depth = properties.find(f"{W}numId"), properties.find(f"{W}ilvl")
        if number is None:
            return ""
        at = int(depth.get(f"{W}val", "0")) if depth is not None else 0
        return self._numbering.label(number.get(f"{W}val", ""), at)

    def _heading(self, element: _Element) -> int | None:
        style = self._style(element)
        match = _HEADING_STYLE.match(style.name or "") if style is not None else None
        return int(match.group(1)) if match else None

    def _style(self, element: _Element) -> BaseStyle | None:
        style = element.find(f"{W}pPr/{W}pStyle")
        return self._styles.get(style.get(f"{W}val")) if style is not None else None

    def _is_bold(self, element: _Element) -> bool:
        runs = [run for run in element.iter(f"{W}r") if _text(run).strip()]
        marks = [run.find(f"{W}rPr/{W}b") for run in runs]
        return bool(runs) and all(mark is not None and mark.get(f"{W}val") not in {"0", "false"} for mark in marks)

    def _note_fonts(self, element: _Element) -> None:
        for run in element.iter(f"{W}r"):
            fonts = run.find(f"{W}rPr/{W}rFonts")
            name = fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") if fonts is not None else None
            if name:
                self.fonts.append((str(name), _text(run)))


def _children(parent: _Element, tag: str) -> Iterator[_Element]:
    """Yield the children of that tag, also those inside revisions and content controls."""
    for child in parent.iterchildren():
        if child.tag == tag:
            yield child
        elif child.tag in _INSIDE:
            yield from _children(child, tag)


def _text(element: _Element) -> str:
    """Return the text of a paragraph or run as it stands when all revisions are accepted."""
    parts: list[str] = []
    for child in element.iterchildren():
        if child.tag == f"{W}t":
            parts.append(child.text or "")
        elif child.tag in _BREAKS:
            parts.append(_BREAKS[child.tag])
        elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
            parts.append(_text(child))
    return "".join(parts)
