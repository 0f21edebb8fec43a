"""The lunar calendar of Viet Nam, reckoned from the new moons and the Sun's longitude at UTC+7.

Rules of the calendar: a month begins on the day of a new moon; the eleventh month holds the winter solstice; between
two eleventh months stand twelve months or thirteen, and of thirteen the first without a principal term (a multiple of
30° of the Sun's longitude) repeats the number of the one before it. China reckons by the same rules at UTC+8, so that
some days differ by one, and now and then a whole month does.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import astronomy

FIRST_YEAR: Final = 1968
"""Lunar years from here: since then the calendar goes by UTC+7 (Decision 121/CP of 1967)."""
LAST_YEAR: Final = 2199

_AHEAD_OF_UTC: Final = 7 / 24  # of a day
_EPOCH: Final = date(2000, 1, 1)  # the astronomical day count begins at its noon, UTC
_SOLSTICE: Final = 270  # degrees of the Sun's longitude
_LONGEST_MONTH: Final = 30  # days


@dataclass(frozen=True, kw_only=True)
class LunarDay:
    """A day of the lunar calendar. `year` is named by the Gregorian year in which it begins."""

    day: int
    month: int
    leap: bool = False
    year: int

    def __str__(self) -> str:
        return f"{self.day:02}/{self.month:02}{' nhuận' if self.leap else ''}/{self.year} âm lịch"


@dataclass(frozen=True, kw_only=True)
class LunarMonth:
    """A month of the lunar calendar: on which day it begins, and how many days it has."""

    first: date
    days: int
    month: int
    leap: bool
    year: int


def lunar(day: date) -> LunarDay:
    """Return the lunar date of `day`. Raises ValueError outside the lunar years 1968–2199.

    >>> lunar(date(2026, 2, 17))
    LunarDay(day=1, month=1, leap=False, year=2026)
    """
    years = (one for one in (day.year - 1, day.year) if FIRST_YEAR <= one <= LAST_YEAR)
    months = [month for year in years for month in months_of(year)]
    index = bisect_right(months, day, key=lambda one: one.first) - 1
    if index < 0 or day >= months[index].first + timedelta(days=months[index].days):
        raise ValueError(f"the lunar calendar is reckoned for the years {FIRST_YEAR} to {LAST_YEAR}, not for {day}")
    found = months[index]
    return LunarDay(day=(day - found.first).days + 1, month=found.month, leap=found.leap, year=found.year)


def solar(day: LunarDay) -> date:
    """Return the day of a lunar date. Raises ValueError when there is none (no 30th, no such leap month).

    >>> solar(LunarDay(day=15, month=7, year=2026))
    datetime.date(2026, 8, 27)
    """
    for one in months_of(day.year):
        if (one.month, one.leap) == (day.month, day.leap) and 1 <= day.day <= one.days:
            return one.first + timedelta(days=day.day - 1)
    raise ValueError(f"there is no {day}")


@lru_cache(maxsize=256)
def months_of(year: int) -> tuple[LunarMonth, ...]:
    """Return the 12 or 13 months of a lunar year, in order. Raises ValueError outside 1968–2199."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"lunar years go from {FIRST_YEAR} to {LAST_YEAR}, not {year}")
    return tuple(one for one in _between_solstices(year) + _between_solstices(year + 1) if one.year == year)


@lru_cache(maxsize=256)
def _between_solstices(year: int) -> tuple[LunarMonth, ...]:
    """Return the months from the eleventh of the lunar year `year` - 1 up to, without it, the eleventh of `year`."""
    before, after = _solstice(year - 1), _solstice(year)
    moons = _new_moons(before - timedelta(days=_LONGEST_MONTH + 1), after + timedelta(days=_LONGEST_MONTH + 1))
    firsts = moons[bisect_right(moons, before) - 1 : bisect_right(moons, after)]
    months = len(firsts) - 1
    leap = _first_without_term(firsts) if months == 13 else None
    found = []
    for index in range(months):
        number = 11 + index - (leap is not None and index >= leap)
        found.append(
            LunarMonth(
                first=firsts[index],
                days=(firsts[index + 1] - firsts[index]).days,
                month=(number - 1) % 12 + 1,
                leap=index == leap,
                year=year - (number <= 12),
            )
        )
    return tuple(found)


def _first_without_term(firsts: list[date]) -> int:
    terms = [_term(day) for day in firsts]
    return next(index for index in range(1, len(firsts) - 1) if terms[index] == terms[index + 1])


def _term(day: date) -> int:
    """Return in which twelfth of its way the Sun stands as `day` begins in Viet Nam."""
    midnight = astronomy.Time((day - _EPOCH).days - 0.5 - _AHEAD_OF_UTC)
    return int(astronomy.SunPosition(midnight).elon // 30)


def _solstice(year: int) -> date:
    found = astronomy.SearchSunLongitude(_SOLSTICE, astronomy.Time.Make(year, 12, 15, 0, 0, 0.0), 15)
    if found is None:
        raise ValueError(f"no winter solstice was found in {year}")
    return _day_of(found)


def _new_moons(start: date, end: date) -> list[date]:
    """Return the days of all new moons in Viet Nam from `start` to `end`."""
    found: list[date] = []
    at = astronomy.Time.Make(start.year, start.month, start.day, 0, 0, 0.0)
    while True:
        moon = astronomy.SearchMoonPhase(0, at, 40)
        if moon is None or _day_of(moon) > end:
            return found
        found.append(_day_of(moon))
        at = moon.AddDays(1)


def _day_of(moment: astronomy.Time) -> date:
    return _EPOCH + timedelta(days=math.floor(moment.ut + 0.5 + _AHEAD_OF_UTC))
