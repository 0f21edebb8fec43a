"""Periods by Vietnamese days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.monitoring.periods import Period, PeriodKind, ended, period_of

KINDS = [kind for kind in PeriodKind if kind is not PeriodKind.RANGE]
DAYS = some.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (PeriodKind.MONTH, "tháng 2 năm 2028"),
        (PeriodKind.QUARTER, "quý I năm 2028"),
        (PeriodKind.HALF, "6 tháng đầu năm 2028"),
        (PeriodKind.YEAR, "năm 2028"),
    ],
)
def test_periods_have_the_names_that_officials_use(kind: PeriodKind, name: str) -> None:
    assert period_of(kind, date(2028, 2, 29)).name == name


def test_each_quarter_has_its_number() -> None:
    names = [period_of(PeriodKind.QUARTER, date(2026, month, 1)).name for month in (1, 4, 7, 10)]
    assert names == [f"quý {number} năm 2026" for number in ("I", "II", "III", "IV")]


def test_a_range_has_as_many_days_before_it() -> None:
    period = Period(PeriodKind.RANGE, date(2026, 3, 1), date(2026, 3, 10))
    assert (period.before.first, period.before.last) == (date(2026, 2, 19), date(2026, 2, 28))
    assert period.name == "từ ngày 01/03/2026 đến ngày 10/03/2026"


def test_a_day_begins_at_midnight_in_viet_nam() -> None:
    period = period_of(PeriodKind.MONTH, date(2026, 10, 9))
    assert period.start == datetime(2026, 9, 30, 17, 0, tzinfo=UTC)
    assert period.end == datetime(2026, 10, 31, 17, 0, tzinfo=UTC)


def test_what_is_no_period_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Period(PeriodKind.RANGE, date(2026, 2, 2), date(2026, 2, 1))
    with pytest.raises(ValueError, match="range"):
        period_of(PeriodKind.RANGE, date(2026, 2, 2))


@given(some.sampled_from(KINDS), DAYS)
def test_periods_of_a_kind_leave_no_gap(kind: PeriodKind, day: date) -> None:
    period = period_of(kind, day)
    assert period.first <= day <= period.last
    assert period.before.last + timedelta(days=1) == period.first
    assert period.before.kind is kind
    assert period.before.end == period.start


@given(some.sampled_from(KINDS), DAYS, some.integers(1, 800))
def test_what_has_ended_follows_without_a_gap(kind: PeriodKind, today: date, ago: int) -> None:
    upto = period_of(kind, today - timedelta(days=ago)).before.last
    found = ended(kind, upto, today)
    assert all(one.last < today for one in found)
    days = [upto, *(one.last for one in found)]
    assert all(after.first == before + timedelta(days=1) for before, after in zip(days, found, strict=False))
    assert period_of(kind, today).before.last == days[-1]
