"""Numbers and comparisons as officials write them, each with a mark that says which figure it is.

A mark follows its number in braces: "12{pa.tong}" is the figure itself, "2{pa.tong:tăng}" by how much it grew,
"2{pa.tong:giảm}" by how much it fell, "20{pa.tong:%}" the same in per cent, "10{pa.tong:kỳ trước}" the one before.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from bot.monitoring.figures import Figure

SMALLEST_BASE: Final = 10
"""Below it a percentage says nothing: from 1 to 3 is "200 %"."""


class Part(StrEnum):
    """What of a figure a number is."""

    VALUE = ""
    MORE = "tăng"
    LESS = "giảm"
    PERCENT = "%"
    BEFORE = "kỳ trước"


def number(value: float | None) -> str:
    """Return a number with Vietnamese signs.

    >>> number(1234), number(2.5), number(3.0)
    ('1.234', '2,5', '3')
    """
    if value is None:
        return "không có"
    whole, _, rest = f"{value:,.1f}".partition(".")
    return whole.replace(",", ".") + ("" if rest == "0" else f",{rest}")


def part_of(figure: Figure, part: Part) -> float | None:
    """Return a part of a figure; None where it has none, such as a growth of what fell."""
    value, before = figure.value, figure.before
    if part is Part.VALUE:
        return value
    if part is Part.BEFORE or value is None or before is None:
        return before if part is Part.BEFORE else None
    difference = round(value - before, 1)
    if part is Part.PERCENT:
        return round(abs(difference) / before * 100, 1) if before >= SMALLEST_BASE else None
    growth = difference if part is Part.MORE else -difference
    return growth if growth > 0 else None


def marked(figure: Figure, part: Part = Part.VALUE) -> str:
    """Return a part of a figure with its mark."""
    return f"{number(part_of(figure, part))}{{{figure.id}{':' if part else ''}{part}}}"


def compared(figure: Figure, unit: str | None = None) -> str:
    """Return how a figure compares with the period before, "" where there is nothing to compare.

    `unit`: what is counted, if a sentence calls it otherwise than the figure does.

    >>> reports = Figure(id="a", name="", definition="", unit="phản ánh", value=72, before=60)
    >>> compared(reports)
    'tăng 12{a:tăng} phản ánh (20{a:%}%) so với kỳ trước'
    """
    if figure.value is None or figure.before is None:
        return ""
    if not figure.before:
        return "kỳ trước không có" if figure.value else ""
    if figure.value == figure.before:
        return "bằng kỳ trước"
    part = Part.MORE if figure.value > figure.before else Part.LESS
    share = part_of(figure, Part.PERCENT)
    percent = "" if share is None else f" ({marked(figure, Part.PERCENT)}%)"
    base = "" if share is not None else f" (kỳ trước: {marked(figure, Part.BEFORE)})"
    return f"{part} {marked(figure, part)} {unit or figure.unit}{percent} so với kỳ trước{base}"
