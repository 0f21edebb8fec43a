"""Tables as files for a spreadsheet, in which nothing that somebody typed can become a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from bot.feedback.tables import Table

Value = str | int | float | datetime | None
MARK: Final = "\ufeff"
"""By which Excel knows that a CSV file is UTF-8."""
_BEGINNING: Final = re.compile(r"(^|;|\n)(?=[ \u00a0\n]*[=+\-@＝＋－＠\t\r])")
"""Where a formula may begin: also after what a spreadsheet that takes semicolons for commas takes for a new cell."""


def as_csv(table: Table) -> bytes:
    """Return a table as CSV: headings, rows, then an empty line and what must be known about the numbers."""
    lines = [csv_line(column.heading for column in table.columns)]
    lines += [csv_line(cell.value for cell in row.cells) for row in table.rows]
    if table.caveat:
        lines += [csv_line([]), csv_line([table.caveat])]
    return (MARK + "".join(lines)).encode("utf-8")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: with an apostrophe before what begins one.

    >>> harmless("=1+1"), harmless("Cửa thoát"), harmless(" @a"), harmless("a;=1")
    ("'=1+1", 'Cửa thoát', "' @a", "a;'=1")
    """
    return _BEGINNING.sub(r"\1'", text)


def csv_line(values: Iterable[Value]) -> str:
    """Return a line of CSV with its end; moments as spreadsheets of any language read them.

    >>> csv_line(["=1", 2, None, datetime(2026, 11, 22, 8, 5)])
    "'=1,2,,2026-11-22 08:05\\r\\n"
    """
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow([_written(value) for value in values])
    return stream.getvalue()


def _written(value: Value) -> str | int | float:
    match value:
        case None:
            return ""
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case str():
            return harmless(value)
    return value
