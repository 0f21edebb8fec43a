"""Reads a PDF that has text: words by their positions, tables by their rules. Nothing in the file is executed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.page import Page
from pdfplumber.utils.exceptions import PdfminerException

from knowledge.ingestion.blocks import Block, Reading, Table, letters_by_font, one_line, table_or_lines
from knowledge.ingestion.errors import NeedsConversionError, RefusalError, UnusableFileError
from knowledge.ingestion.kinds import broken, check_pdf_streams
from knowledge.ingestion.pdf_lines import Line, Word, in_reading_order, lines_on, without_running_heads
from knowledge.ingestion.pdf_paragraphs import Margins, paragraphs_of

MOST_PAGES: Final = 1_000
_HARDLY_ANY: Final = 30  # letters on a page
_LARGE: Final = 0.5  # share of the page that a picture covers
_LOST: Final = re.compile(r"\(cid:\d+\)|\ufffd|[\ue000-\uf8ff]")
_MOST_LOST: Final = 0.02  # share of letters
_BULLETS: Final = {"\uf0b7": "•", "\uf0a7": "▪", "\uf0fc": "✓", "\uf02d": "-", "\uf0d8": "➢"}  # Symbol, Wingdings


@dataclass(frozen=True, kw_only=True)
class _Table:
    """A table with the height it begins at."""

    rows: tuple[tuple[str, ...], ...]
    top: float


@dataclass(frozen=True, kw_only=True)
class _Page:
    """What one page holds. `letters`: how many it has, `turned` of them set across; `lost`: signs without Unicode;

    `is_picture`: a picture covers most of it.
    """

    number: int
    width: float
    lines: list[Line]
    tables: list[_Table]
    unread_tables: int
    fonts: list[tuple[str, str]]
    letters: int
    turned: int
    lost: int
    is_picture: bool


def read_pdf(path: Path, data: bytes) -> Reading:
    """Return the contents of a PDF.

    Raises `UnusableFileError` when it is broken, locked or too long, `NeedsConversionError` when it is a scan
    or its letters cannot be told.
    """
    check_pdf_streams(path, data)
    try:
        pages = _pages(path, data)
    except RefusalError:
        raise
    except PdfminerException as error:
        if any(isinstance(one, PDFPasswordIncorrect) for one in (*error.args, error.__cause__, error.__context__)):
            raise UnusableFileError(path, "Tệp PDF có mật khẩu.", "Hãy bỏ mật khẩu rồi lưu lại.") from None
        raise broken(path) from None
    except Exception:
        raise broken(path) from None
    _refuse_scans(path, pages)
    return _reading(pages)


def _pages(path: Path, data: bytes) -> list[_Page]:
    with pdfplumber.open(io.BytesIO(data)) as document:
        if len(document.pages) > MOST_PAGES:
            raise UnusableFileError(path, f"Tệp có hơn {MOST_PAGES} trang.", "Hãy tách thành nhiều tệp.")
        if not document.pages:
            raise broken(path)
        return [_page(page) for page in document.pages]


def _page(page: Page) -> _Page:
    tables, unread, boxes = _tables(page)
    upright = page.filter(lambda one: bool(one.get("upright", True)))
    words = [word for word in _words(upright) if not any(_inside(word, box) for box in boxes)]
    fonts = [(str(char["fontname"]), str(char["text"])) for char in page.chars]
    area = float(page.width * page.height)
    covered = max((float(one["width"]) * float(one["height"]) for one in page.images), default=0.0)
    found = _Page(
        number=page.page_number,
        width=float(page.width),
        lines=lines_on(words, page.page_number),
        tables=tables,
        unread_tables=unread,
        fonts=_runs(fonts),
        letters=sum(not text.isspace() for _, text in fonts),
        turned=sum(not char.get("upright", True) for char in page.chars),
        lost=sum(1 for _, text in fonts if text not in _BULLETS and _LOST.search(text)),
        is_picture=covered >= _LARGE * area,
    )
    page.close()
    return found


def _words(page: Page) -> Iterator[Word]:
    for word in page.extract_words(return_chars=True):
        text = one_line(_LOST.sub("\ufffd", "".join(_BULLETS.get(char, char) for char in str(word["text"]))))
        chars: list[dict[str, Any]] = word["chars"]
        if text:
            yield Word(
                text=text,
                x0=float(word["x0"]),
                x1=float(word["x1"]),
                top=float(word["top"]),
                bottom=float(word["bottom"]),
                size=float(chars[0]["size"]),
                bold="bold" in str(chars[0]["fontname"]).lower(),
            )


def _runs(chars: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Join neighbouring letters of the same font."""
    runs: list[tuple[str, str]] = []
    for font, text in chars:
        if runs and runs[-1][0] == font:
            runs[-1] = (font, runs[-1][1] + text)
        else:
            runs.append((font, text))
    return runs


def _tables(page: Page) -> tuple[list[_Table], int, list[tuple[float, float, float, float]]]:
    """Return the tables, how many grids held no text, and the boxes whose words belong to the tables."""
    found: list[_Table] = []
    boxes: list[tuple[float, float, float, float]] = []
    unread = 0
    if len(page.lines) + len(page.rects) + len(page.curves) < 3:
        return found, unread, boxes
    for table in page.find_tables():
        rows = [tuple(cell or "" for cell in row) for row in table.extract() or []]
        filled = [row for row in rows if any(cell.strip() for cell in row)]
        if len(rows) >= 2 and len(rows[0]) >= 2 and not filled:
            unread += 1
        elif len(filled) >= 2 and max(len(row) for row in filled) >= 2:
            found.append(_Table(rows=tuple(filled), top=float(table.bbox[1])))
            boxes.append(table.bbox)
    return found, unread, boxes


def _inside(word: Word, box: tuple[float, float, float, float]) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _refuse_scans(path: Path, pages: Sequence[_Page]) -> None:
    bare = [page for page in pages if page.letters < _HARDLY_ANY]
    if len(bare) * 2 > len(pages) and (any(page.is_picture for page in bare) or len(bare) == len(pages)):
        reason = "Tệp PDF là ảnh chụp hoặc bản quét, không có chữ để đọc."
        raise NeedsConversionError(
            path, reason, "Hãy xin bản Word hoặc PDF có chữ; đừng nhập bản nhận dạng chưa đối chiếu."
        )
    letters, lost = sum(page.letters for page in pages), sum(page.lost for page in pages)
    if lost > _MOST_LOST * letters:
        reason = "Phông chữ trong PDF không cho biết là chữ gì, lấy ra sẽ sai."
        raise NeedsConversionError(path, reason, "Hãy xin bản Word, hoặc in lại ra PDF bằng phông Unicode.")


def _reading(pages: Sequence[_Page]) -> Reading:
    kept, dropped = without_running_heads([page.lines for page in pages])
    lines = [in_reading_order(found, page.width) for found, page in zip(kept, pages, strict=True)]
    margins = Margins([line for found in lines for line in found])
    blocks = _blocks(lines, pages, margins)
    return Reading(
        blocks=tuple(_merged_tables(blocks)),
        warnings=tuple(_warnings(pages)),
        dropped=tuple(dropped),
        fonts=letters_by_font(run for page in pages for run in page.fonts),
    )


def _blocks(lines: Sequence[Sequence[Line]], pages: Sequence[_Page], margins: Margins) -> list[Block]:
    """Return paragraphs and tables by height; a paragraph may go on over a page's end, not over a table."""
    blocks: list[Block] = []
    open_lines: list[Line] = []
    for found, page in zip(lines, pages, strict=True):
        start = 0
        for table in sorted(page.tables, key=lambda one: one.top):
            end = next((n for n in range(start, len(found)) if found[n].top > table.top), len(found))
            blocks += paragraphs_of([*open_lines, *found[start:end]], margins)
            blocks += table_or_lines(table.rows, page.number)
            open_lines, start = [], end
        open_lines += found[start:]
    return [*blocks, *paragraphs_of(open_lines, margins)]


def _merged_tables(blocks: Sequence[Block]) -> Iterator[Block]:
    """Join a table that goes on at the top of the next page, and leave its repeated head out."""
    before: Block | None = None
    for block in blocks:
        if isinstance(before, Table) and isinstance(block, Table) and _goes_on(before, block):
            rows = block.rows[1:] if block.rows[0] == before.rows[0] else block.rows
            before = Table(rows=before.rows + rows, page=block.page)
            continue
        if before is not None:
            yield before
        before = block
    if before is not None:
        yield before


def _goes_on(before: Table, after: Table) -> bool:
    following = (before.page or 0) + 1 == after.page
    return following and len(before.rows[0]) == len(after.rows[0])


def _warnings(pages: Sequence[_Page]) -> Iterator[str]:
    unreadable = [str(page.number) for page in pages if page.is_picture and page.letters < _HARDLY_ANY]
    if unreadable:
        yield f"Trang {', '.join(unreadable)} là ảnh, không đọc được chữ: bản nháp thiếu các trang này."
    behind = [str(page.number) for page in pages if page.is_picture and page.letters >= _HARDLY_ANY]
    if behind:
        yield f"Trang {', '.join(behind)} là ảnh có lớp chữ nhận dạng: đối chiếu từng chữ, nhất là con số."
    for page in pages:
        if page.unread_tables:
            yield f"Trang {page.number}: có khung bảng nhưng không đọc được ô nào."
        if page.turned >= _HARDLY_ANY:
            yield f"Trang {page.number}: có chữ xoay ngang không được đọc (bảng nằm ngang hoặc chữ chìm)."
        if page.lost:
            yield f"Trang {page.number}: mất {page.lost} ký hiệu không có mã Unicode (có thể là số mũ, dấu ≥, ô chọn)."
