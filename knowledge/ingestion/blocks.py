"""What every reader hands on: paragraphs and tables in reading order, whatever the file was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from knowledge.vietnamese import clean, fold

RULE: Final = re.compile(r"^[-_=*–—.…\s]+$")
"""A line drawn with characters, as under the name of an authority."""

_NATION: Final = re.compile(r"cong hoa xa hoi chu nghia viet nam|dang cong san viet nam")
_HEADER_CELL: Final = re.compile(r"(?:^|\s)so ?:? ?[\d.…]*[/-]|ngay .{0,12}thang .{0,8}nam")
_SIGNATURE_CELL: Final = re.compile(r"^noi nhan\b")


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """One paragraph without line breaks. `heading`: level 1–6 where the file marks it as a heading.

    `page` counts from 1; None where the file has no pages.
    """

    text: str
    heading: int | None = None
    bold: bool = False
    page: int | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cell texts; cells have no line breaks. Rows may differ in length."""

    rows: tuple[tuple[str, ...], ...]
    page: int | None = None


Block = Paragraph | Table


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The contents of a file.

    `dropped`: texts left out on purpose (menus, page numbers), shown to the clerk.
    `fonts`: letters by font name, for the detection of old encodings; empty where there are no fonts.
    """

    blocks: tuple[Block, ...]
    title: str | None = None
    warnings: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    fonts: Mapping[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> Iterator[str]:
        """Every paragraph and every row of cells."""
        for block in self.blocks:
            if isinstance(block, Paragraph):
                yield block.text
            else:
                yield from (" ".join(row) for row in block.rows)


def one_line(text: str) -> str:
    """Return `text` in NFC on one line, without invisible characters."""
    return " ".join(clean(text.replace("\u00ad", "")).split())


def table_or_lines(rows: Sequence[Sequence[str]], page: int | None = None) -> Iterator[Block]:
    """Yield a table; or the lines of one that only lays out the head or the signature, column by column.

    Cell texts may have line breaks. A table of a single column is lines too.
    """
    filled = [tuple(row) for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        return
    if max(len(row) for row in filled) == 1 or is_layout(filled):
        for line in _column_lines(filled):
            yield Paragraph(text=line, page=page)
        return
    yield Table(rows=tuple(tuple(one_line(cell) for cell in row) for row in filled), page=page)


def is_layout(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the table is the two-column head of an official document, or its signature block."""
    cells = [fold(one_line(cell)) for row in rows for cell in row]
    head = any(_NATION.search(cell) for cell in cells) and len(rows) <= 6
    head = head or (len(rows) <= 2 and sum(bool(_HEADER_CELL.search(cell)) for cell in cells) >= 2)
    return head or (len(rows) <= 6 and any(_SIGNATURE_CELL.match(cell) for cell in cells))


def _column_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for column in range(max(len(row) for row in rows)):
        cells = [row[column] for row in rows if column < len(row)]
        yield from lines_of("\n".join(cells))


def lines_of(text: str) -> Iterator[str]:
    """Yield the non-empty lines of `text`, each cleaned."""
    for line in clean(text.replace("\u00ad", "")).split("\n"):
        if kept := one_line(line):
            yield kept


def is_capitals(text: str) -> bool:
    """Whether all letters of `text` are capitals; False when it has none."""
    return text.upper() == text and text.lower() != text


def letters_by_font(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Join the texts of each font name, blank-separated."""
    found: dict[str, list[str]] = {}
    for font, text in pairs:
        found.setdefault(font, []).append(text)
    return {font: " ".join(texts) for font, texts in found.items()}
