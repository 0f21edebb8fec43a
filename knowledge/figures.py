"""Figures in Vietnamese text: which stand there, and which need a source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_PROVISION: Final = r"(?:[Đđ]iều|[Kk]hoản|[Đđ]iểm|[Mm]ục|[Cc]hương|[Mm]ẫu|[Pp]hụ lục)"
_NAMED: Final = r"(?:Quyết định|Chỉ thị|Kết luận|Kế hoạch|Công điện|Nghị quyết|Nghị định|Thông tư|Luật)"
_EXEMPT: Final = (
    re.compile(r"\b11[1-5]\b"),
    re.compile(r"\b0?4/10\b(?!/\d)"),
    re.compile(r"\b4 tại chỗ\b"),
    re.compile(rf"\b{_PROVISION}\s+[0-9IVXLC]+[a-zđ]?\b(?:\s*(?:,|và)\s*\d+[a-zđ]?\b)*"),
    re.compile(rf"\b{_NAMED}(?:\s+số)?\s+\d[\w./-]*"),
    re.compile(r"\b(?:QCVN|TCVN)\s+[\d:.-]+(?:/[A-Z]+)?"),
)
_DATE: Final = re.compile(r"\b0?(\d{1,2})/0?(\d{1,2})(?:/(\d{4}))?\b")
_THOUSANDS: Final = re.compile(r"(?<=\d)\.(?=\d{3}\b)")
_FIGURE: Final = re.compile(r"\d+(?:,\d+)?")


def figures(text: str) -> set[str]:
    """Return the figures of a text in one spelling: "3.000" as 3000, "01/7/2025" as 1/7/2025.

    >>> sorted(figures("từ 3.000 m² hoặc 0,45 ngày, chậm nhất 01/7/2027"))
    ['0,45', '1/7/2027', '3000']
    """
    dates = {_date(match) for match in _DATE.finditer(text)}
    rest = _THOUSANDS.sub("", _DATE.sub(" ", text))
    return dates | {_number(found) for found in _FIGURE.findall(rest)}


def figures_needing_source(text: str, registered_numbers: Iterable[str] = ()) -> set[str]:
    """Return the figures of a text that are claims: not emergency numbers, references or document numbers."""
    for number in registered_numbers:
        text = text.replace(number, " ")
    for pattern in _EXEMPT:
        text = pattern.sub(" ", text)
    return figures(text)


def figures_supported(text: str) -> set[str]:
    """Return the figures that a text can be a source for: its own, and the years of its dates."""
    found = figures(text)
    return found | {figure.rpartition("/")[2] for figure in found if figure.count("/") == 2}


def _date(match: re.Match[str]) -> str:
    return "/".join(part for part in match.groups() if part)


def _number(found: str) -> str:
    whole, comma, part = found.partition(",")
    return f"{int(whole)}{comma}{part}"
