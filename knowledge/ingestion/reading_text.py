"""Reads plain text and Markdown: one paragraph to a line, or lines wrapped at a width and parted by empty lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

from knowledge.ingestion.blocks import Block, Paragraph, Reading, Table, is_capitals, one_line
from knowledge.ingestion.decoding import decoded
from knowledge.ingestion.joining import glued, goes_on, is_marker, is_terminal
from knowledge.ingestion.portal import without_surroundings

_FRONT_MATTER: Final = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_HEADING: Final = re.compile(r"^(#{1,6})\s+(.*?)\s*(?:\{#[^}]*\})?\s*#*$")
_ATTRIBUTES: Final = re.compile(r"^\{[^{}]*\}$")
_PAGE: Final = re.compile(r"^\W*(?:trang|page)\s+\d+(?:\s*/\s*\d+)?\W*$", re.IGNORECASE | re.MULTILINE)
_RECOGNISED: Final = re.compile(r"\btesseract\b|\[OCR\]|nhận dạng chữ tự động", re.IGNORECASE)
_BOLD: Final = re.compile(r"\*\*|__")
_LINKED: Final = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_RULE: Final = re.compile(r"^[\s|:+=*_-]{3,}$")
_WIDEST_WRAP: Final = 130
_NARROWEST_WRAP: Final = 45


def read_text(path: Path, data: bytes, *, markdown: bool) -> Reading:
    """Return the contents of a text file. Raises `NeedsConversionError`, `UnusableFileError` (see `decoded`)."""
    text = decoded(path, data)
    warnings: list[str] = []
    if markdown and _FRONT_MATTER.match(text):
        text = _FRONT_MATTER.sub("", text)
        warnings.append("Phần khai báo YAML ở đầu tệp không được đọc.")
    if _RECOGNISED.search(text):
        warnings.append("Văn bản lấy từ bản nhận dạng chữ (OCR): đối chiếu từng chữ, nhất là con số.")
    text, pages = _PAGE.subn("", _BOLD.sub("", text))
    if pages:
        warnings.append(f"Đã bỏ {pages} dòng đánh dấu trang.")
    lines, dropped = without_surroundings(text.split("\n"))
    return Reading(blocks=tuple(_blocks(lines, markdown=markdown)), warnings=tuple(warnings), dropped=tuple(dropped))


def _blocks(lines: list[str], *, markdown: bool) -> Iterator[Block]:
    collector = _Collector(_wrap_width(lines))
    for raw in lines:
        line = one_line(_LINKED.sub(r"\1", raw) if markdown else raw)
        cells = _cells(raw)
        heading = _HEADING.match(line) if markdown else None
        if _RULE.match(raw) or (markdown and _ATTRIBUTES.match(line)):
            collector.gap()
        elif cells:
            collector.row(cells)
        elif heading:
            collector.heading(heading.group(2), len(heading.group(1)))
        elif line:
            collector.line(line)
        else:
            collector.gap()
    collector.close()
    return iter(collector.blocks)


class _Collector:
    """Gathers lines to paragraphs and rows to tables. `width`: where lines were wrapped, or None."""

    def __init__(self, width: int | None) -> None:
        self.blocks: list[Block] = []
        self._width = width
        self._paragraph = ""
        self._last = ""  # the line added last
        self._apart = False  # an empty line stands after it
        self._rows: list[tuple[str, ...]] = []

    def line(self, text: str) -> None:
        self._close_table()
        if self._paragraph and self._belongs(text):
            self._paragraph = glued(self._paragraph, text)
        else:
            self.close()
            self._paragraph = text
        self._last, self._apart = text, False

    def gap(self) -> None:
        self._apart = True

    def row(self, cells: tuple[str, ...]) -> None:
        self._close_paragraph()
        self._rows.append(cells)

    def heading(self, text: str, level: int) -> None:
        self.close()
        self.blocks.append(Paragraph(text=text, heading=level))

    def close(self) -> None:
        self._close_paragraph()
        self._close_table()

    def _belongs(self, text: str) -> bool:
        """Whether `text` continues the paragraph; a page break may have put an empty line between."""
        if goes_on(self._paragraph, text):
            return True
        if self._width is None or self._apart or is_capitals(self._last) or is_marker(text) or _is_title(text):
            return False
        return len(self._last) >= 0.8 * self._width

    def _close_paragraph(self) -> None:
        if self._paragraph:
            self.blocks.append(Paragraph(text=self._paragraph))
        self._paragraph = ""

    def _close_table(self) -> None:
        if self._rows:
            self.blocks.append(Table(rows=tuple(self._rows)))
        self._rows = []


def _is_title(text: str) -> bool:
    """Whether a line in capitals is more than an abbreviation at a line's end."""
    return is_capitals(text) and len(text.split()) > 1


def _cells(line: str) -> tuple[str, ...]:
    """Return the cells of a row of a Markdown table, or nothing."""
    bare = line.strip()
    if not (bare.startswith("|") and bare.endswith("|") and bare.count("|") >= 3):
        return ()
    return tuple(one_line(cell) for cell in bare[1:-1].split("|"))


def _wrap_width(lines: list[str]) -> int | None:
    """Return the width at which the lines were wrapped, or None when a line is a paragraph."""
    runs = [(one_line(left), one_line(right)) for left, right in pairwise(lines)]
    followed = [left for left, right in runs if len(left) >= _NARROWEST_WRAP and right]
    wide = sum(len(one_line(line)) > _WIDEST_WRAP for line in lines)
    if len(followed) < 3 or wide * 20 > len(followed):
        return None
    open_ended = sum(not is_terminal(left) for left in followed)
    return int(median(map(len, followed))) if open_ended * 2 > len(followed) else None
