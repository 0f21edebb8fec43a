"""Periods of a monitoring report, by Vietnamese days: a month, a quarter, half a year, a year, any range."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from knowledge.clock import VIET_NAM

_DAY: Final = timedelta(days=1)
LONGEST_RANGE: Final = timedelta(days=366 * 5)
"""Of a range that somebody types: figures of more years are several reports."""


class PeriodKind(StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    RANGE = "range"


PERIOD_KINDS: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.MONTH: "Tháng",
    PeriodKind.QUARTER: "Quý",
    PeriodKind.HALF: "6 tháng",
    PeriodKind.YEAR: "Năm",
    PeriodKind.RANGE: "Khoảng ngày",
}
_MONTHS: Final[Mapping[PeriodKind, int]] = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.HALF: 6,
    PeriodKind.YEAR: 12,
}
_ROMAN: Final = ("I", "II", "III", "IV")


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included."""

    kind: PeriodKind
    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse a period that ends before it begins: `ValueError`."""
        if self.last < self.first:
            raise ValueError("a period ends before it begins")

    @property
    def start(self) -> datetime:
        """The first moment, in Viet Nam."""
        return datetime.combine(self.first, time.min, VIET_NAM)

    @property
    def end(self) -> datetime:
        """The first moment that no longer belongs to it."""
        return datetime.combine(self.last + _DAY, time.min, VIET_NAM)

    @property
    def before(self) -> Period:
        """The period before: of the same kind, or as many days."""
        if self.kind is not PeriodKind.RANGE:
            return period_of(self.kind, self.first - _DAY)
        days = self.last - self.first + _DAY
        return Period(self.kind, self.first - days, self.first - _DAY)

    @property
    def name(self) -> str:
        """What officials call it.

        >>> period_of(PeriodKind.HALF, date(2026, 7, 1)).name
        '6 tháng cuối năm 2026'
        """
        year, month = self.first.year, self.first.month
        match self.kind:
            case PeriodKind.MONTH:
                return f"tháng {month} năm {year}"
            case PeriodKind.QUARTER:
                return f"quý {_ROMAN[month // 3]} năm {year}"
            case PeriodKind.HALF:
                return f"6 tháng {'đầu' if month == 1 else 'cuối'} năm {year}"
            case PeriodKind.YEAR:
                return f"năm {year}"
            case PeriodKind.RANGE:
                return f"từ ngày {on(self.first)} đến ngày {on(self.last)}"


def on(day: date) -> str:
    """Return a day as it is written: 09/02/2026."""
    return f"{day:%d/%m/%Y}"


def period_of(kind: PeriodKind, day: date) -> Period:
    """Return the period of a kind in which a day lies. Raises `ValueError` for a range, which has two days.

    >>> period_of(PeriodKind.QUARTER, date(2024, 2, 29)).last
    datetime.date(2024, 3, 31)
    """
    if kind is PeriodKind.RANGE:
        raise ValueError("a range is not found by one day")
    months = _MONTHS[kind]
    month = (day.month - 1) // months * months + 1
    last = month + months - 1
    return Period(kind, date(day.year, month, 1), date(day.year, last, monthrange(day.year, last)[1]))


def ended(kind: PeriodKind, upto: date | None, today: date) -> tuple[Period, ...]:
    """Return the periods that have ended before `today` and after the day `upto`, oldest first.

    Without `upto` it is the one that ended last.
    """
    latest = period_of(kind, today).before
    found = [latest]
    while upto is not None and found[0].before.last > upto:
        found.insert(0, found[0].before)
    return tuple(one for one in found if upto is None or one.last > upto)
