"""The lunar calendar of Viet Nam against dates that are known, and against its own rules."""

from datetime import date, timedelta
from itertools import pairwise

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.campaigns.lunar import FIRST_YEAR, LAST_YEAR, LunarDay, lunar, months_of, solar

YEARS = range(1975, 2101)


@pytest.mark.parametrize(
    ("year", "day"),
    [
        # The North's calendar of 1968 had Tết on 29/01, the South's and China's on 30/01: the year UTC+7 began.
        (1968, date(1968, 1, 29)),
        # Three years in which Viet Nam and China differ, as in Hồ Ngọc Đức's "Thuật toán tính âm lịch":
        (1985, date(1985, 1, 21)),  # China 20/02
        (2007, date(2007, 2, 17)),  # China 18/02
        (2030, date(2030, 2, 2)),  # China 03/02
        # Public holidays as the Government set them
        (2023, date(2023, 1, 22)),
        (2024, date(2024, 2, 10)),
        (2025, date(2025, 1, 29)),
        (2026, date(2026, 2, 17)),
        # Reckoned ahead, the same in the table of the package `holidays` (below)
        (2027, date(2027, 2, 6)),
        (2028, date(2028, 1, 26)),
        (2029, date(2029, 2, 13)),
    ],
)
def test_tet_falls_on_the_day_that_viet_nam_keeps(year: int, day: date) -> None:
    assert solar(LunarDay(day=1, month=1, year=year)) == day
    assert lunar(day) == LunarDay(day=1, month=1, year=year)


def test_tet_of_every_year_is_that_of_an_independent_table() -> None:
    table = holidays.country_holidays("VN", years=YEARS, language="vi")
    tet = {day for day, name in table.items() if "Tết Nguyên Đán" in name.split("; ")}
    assert {solar(LunarDay(day=1, month=1, year=year)) for year in YEARS} == tet


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # Giỗ Tổ Hùng Vương (10/3 âm lịch), public holidays as the Government set them
        (date(2020, 4, 2), LunarDay(day=10, month=3, year=2020)),
        (date(2023, 4, 29), LunarDay(day=10, month=3, year=2023)),
        (date(2024, 4, 18), LunarDay(day=10, month=3, year=2024)),
        (date(2025, 4, 7), LunarDay(day=10, month=3, year=2025)),
        (date(2026, 4, 26), LunarDay(day=10, month=3, year=2026)),
        # Trung thu, after a leap month and without one
        (date(2025, 10, 6), LunarDay(day=15, month=8, year=2025)),
        (date(2026, 9, 25), LunarDay(day=15, month=8, year=2026)),
    ],
)
def test_days_within_a_year(day: date, expected: LunarDay) -> None:
    assert lunar(day) == expected
    assert solar(expected) == day


@pytest.mark.parametrize(
    ("year", "month"),
    # 1985: Viet Nam repeated the second month, China the tenth of 1984 (Hồ Ngọc Đức). The others are common knowledge.
    [(1985, 2), (2020, 4), (2023, 2), (2025, 6), (2028, 5), (2033, 11), (2026, None), (2027, None)],
)
def test_leap_months(year: int, month: int | None) -> None:
    leap = [one.month for one in months_of(year) if one.leap]
    assert leap == ([] if month is None else [month])


def test_a_leap_month_has_days_of_its_own() -> None:
    ordinary, leap = (LunarDay(day=15, month=6, leap=leap, year=2025) for leap in (False, True))
    assert solar(leap) - solar(ordinary) in {timedelta(days=29), timedelta(days=30)}
    assert str(leap) == "15/06 nhuận/2025 âm lịch"


def test_months_follow_each_other_without_a_gap_and_years_have_12_or_13() -> None:
    following = None
    for year in YEARS:
        months = months_of(year)
        assert [one.month for one in months if not one.leap] == list(range(1, 13))
        assert len(months) == 12 + sum(one.leap for one in months)
        assert sum(one.leap for one in months) <= 1
        for before, one in pairwise(months):
            assert one.month == (before.month if one.leap else before.month + 1)
        for one in months:
            assert one.days in {29, 30}
            assert following in {None, one.first}
            following = one.first + timedelta(days=one.days)


@given(st.dates(min_value=date(1975, 1, 1), max_value=date(2100, 12, 31)))
def test_there_and_back(day: date) -> None:
    found = lunar(day)
    assert solar(found) == day
    assert 1 <= found.day <= 30


def test_the_last_day_of_a_month_is_followed_by_a_first() -> None:
    for one in months_of(2026):
        last = one.first + timedelta(days=one.days - 1)
        assert lunar(last).day == one.days
        assert lunar(last + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    "missing",
    [
        LunarDay(day=15, month=7, leap=True, year=2026),  # no such leap month
        LunarDay(day=0, month=1, year=2026),
        LunarDay(day=31, month=1, year=2026),
        LunarDay(day=1, month=13, year=2026),
    ],
)
def test_a_day_that_there_is_not_is_refused(missing: LunarDay) -> None:
    with pytest.raises(ValueError, match="there is no"):
        solar(missing)


def test_a_short_month_has_no_30th() -> None:
    short = next(one for one in months_of(2026) if one.days == 29)
    with pytest.raises(ValueError, match="there is no 30/"):
        solar(LunarDay(day=30, month=short.month, year=2026))


def test_the_ends_of_what_is_reckoned() -> None:
    first = months_of(FIRST_YEAR)[0].first
    end = months_of(LAST_YEAR)[-1]
    last = end.first + timedelta(days=end.days - 1)
    assert lunar(first) == LunarDay(day=1, month=1, year=FIRST_YEAR)
    assert lunar(last).year == LAST_YEAR
    for outside in (first - timedelta(days=1), last + timedelta(days=1), date(1900, 1, 1), date(2300, 1, 1)):
        with pytest.raises(ValueError, match="reckoned for the years"):
            lunar(outside)
    with pytest.raises(ValueError, match="not 2200"):
        months_of(2200)
