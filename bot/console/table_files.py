"""Tables as files for a spreadsheet, in which nothing that somebody typed can become a formula."""

from __future__ import annotations

import csv
import io
from typing import Final

from bot.feedback.tables import Cell, Table

_BEGINNINGS: Final = ("=", "+", "-", "@", "\t", "\r")
_MARK: Final = "\ufeff"  # by which Excel knows that a CSV file is UTF-8


def as_csv(table: Table) -> bytes:
    """Return a table as CSV: headings, rows, then an empty line and what must be known about the numbers."""
    stream = io.StringIO(newline="")
    stream.write(_MARK)
    writer = csv.writer(stream)
    writer.writerow([harmless(column.heading) for column in table.columns])
    writer.writerows([_cell(cell) for cell in row.cells] for row in table.rows)
    if table.caveat:
        writer.writerows([[], [harmless(table.caveat)]])
    return stream.getvalue().encode("utf-8")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: with an apostrophe before what begins one.

    >>> harmless("=1+1"), harmless("Cửa thoát"), harmless(" @a")
    ("'=1+1", 'Cửa thoát', "' @a")
    """
    return f"'{text}" if text.lstrip(" \n\u00a0").startswith(_BEGINNINGS) else text


def _cell(cell: Cell) -> str | int | float:
    if cell.value is None:
        return ""
    return harmless(cell.value) if isinstance(cell.value, str) else cell.value
