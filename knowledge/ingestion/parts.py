"""The parts that a document is split into, and a table as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.ingestion.blocks import Block, Paragraph, Table


@dataclass(frozen=True)
class Ordinal:
    """The number of a part among its like: `kind` in Vietnamese, `scope` is the anchor of what holds them."""

    kind: str
    scope: str
    value: int
    shown: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """A section of the draft. `level`: 2–4. `frame`: the heading is ours and has no number ("Phần mở đầu")."""

    anchor: str
    heading: str
    locator: str
    level: int
    paragraphs: tuple[str, ...] = ()
    frame: bool = False
    ordinal: Ordinal | None = None


def walk_paragraphs(parts: Sequence[Part]) -> Iterator[str]:
    """Yield all paragraphs of all parts."""
    for part in parts:
        yield from part.paragraphs


def texts_of(block: Block) -> tuple[str, ...]:
    """Return the text of a paragraph, or the rows of a table."""
    return (block.text,) if isinstance(block, Paragraph) else table_rows(block)


def table_rows(table: Table) -> tuple[str, ...]:
    """Return a table as one line for each row; under a plain head row, each cell is named by its column."""
    head, rows = table.rows[0], table.rows[1:]
    if not _is_head(head, rows):
        return tuple(" | ".join(cell for cell in row if cell) for row in table.rows)
    named = (" | ".join(f"{name}: {cell}" for name, cell in zip(head, row, strict=True) if cell) for row in rows)
    return (" | ".join(head), *named)


def _is_head(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    same_length = all(len(row) == len(head) for row in rows)
    plain = all(cell and len(cell) <= 80 and any(map(str.isalpha, cell)) for cell in head)
    return bool(rows) and len(head) >= 2 and same_length and plain and len(set(head)) == len(head)
