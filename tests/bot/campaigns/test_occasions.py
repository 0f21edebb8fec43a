"""When the occasions of the fire-safety year fall, and when campaigns come again."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.campaigns.lunar import lunar, months_of
from bot.campaigns.occasions import OCCASIONS, next_day, occasions
from knowledge.campaigns import read_kits
from knowledge.documents import read_documents
from knowledge.loading import KNOWLEDGE_FOLDER


def days(year: int) -> dict[str, date]:
    return {one.id: one.day for one in occasions(year)}


def test_the_year_2026() -> None:
    assert days(2026) == {
        "ong-cong-ong-tao": date(2026, 2, 10),
        "giao-thua": date(2026, 2, 16),
        "tet": date(2026, 2, 17),
        "nang-nong": date(2026, 3, 1),
        "ram-thang-gieng": date(2026, 3, 3),
        "thang-5": date(2026, 5, 1),
        "he": date(2026, 6, 1),
        "ram-thang-7": date(2026, 8, 27),
        "hanh-kho": date(2026, 9, 1),
        "trung-thu": date(2026, 9, 25),
        "ngay-04-10": date(2026, 10, 4),
        "cuoi-nam": date(2026, 12, 1),
    }


def test_they_stand_in_the_order_of_their_days() -> None:
    listed = occasions(2030)
    assert [one.day for one in listed] == sorted(one.day for one in listed)


@pytest.mark.parametrize("year", [1975, 1985, 2006, 2020, 2028, 2033, 2100])
def test_every_occasion_is_once_in_a_year_and_holds_its_day(year: int) -> None:
    listed = occasions(year)
    assert len({one.id for one in listed}) == len(OCCASIONS)
    for one in listed:
        assert one.first <= one.day <= one.last
        assert one.day.year == year


@pytest.mark.parametrize("year", [1985, 2006, 2020, 2025, 2026, 2028])
def test_new_years_eve_is_the_day_before_tet_however_long_the_month(year: int) -> None:
    found = days(year)
    assert found["tet"] - found["giao-thua"] == timedelta(days=1)
    assert lunar(found["ong-cong-ong-tao"]).day == 23
    assert lunar(found["ong-cong-ong-tao"]).month == 12
    assert lunar(found["giao-thua"]).day in {29, 30}


def test_the_full_moon_of_a_leap_seventh_month_does_not_count() -> None:
    # Given 2006, which had two seventh months
    assert [(one.month, one.leap) for one in months_of(2006) if one.month == 7] == [(7, False), (7, True)]
    # When the occasion is asked for, and then for the one after it
    first = next_day("ram-thang-7", date(2006, 1, 1))
    second = next_day("ram-thang-7", first)
    # Then it is the one of the ordinary month, and the next is in the next year
    assert not lunar(first).leap
    assert second.year == 2007


def test_a_rule_by_the_moon_comes_in_leap_months_too() -> None:
    first = next_day("lunar:15", date(2025, 7, 1))
    second = next_day("lunar:15", first)
    assert [(lunar(one).month, lunar(one).leap) for one in (first, second)] == [(6, False), (6, True)]


def test_the_30th_of_a_short_month_is_its_29th() -> None:
    day, found = date(2025, 12, 31), []
    for _ in range(24):
        day = next_day("lunar:30", day)
        found.append(lunar(day).day)
        assert lunar(day + timedelta(days=1)).day == 1
    assert set(found) == {29, 30}


@pytest.mark.parametrize(
    ("rule", "after", "expected"),
    [
        ("ngay-04-10", date(2026, 10, 3), date(2026, 10, 4)),
        ("ngay-04-10", date(2026, 10, 4), date(2027, 10, 4)),
        ("tet", date(2026, 2, 17), date(2027, 2, 6)),
        ("tet", date(2029, 12, 31), date(2030, 2, 2)),
        ("month:1", date(2028, 2, 29), date(2028, 3, 1)),
        ("month:28", date(2028, 2, 27), date(2028, 2, 28)),
        ("month:28", date(2028, 2, 28), date(2028, 3, 28)),
        ("month:28", date(2028, 2, 29), date(2028, 3, 28)),
        ("month:15", date(2026, 12, 31), date(2027, 1, 15)),
        ("month:15", date(2026, 1, 31), date(2026, 2, 15)),
        ("lunar:1", date(2026, 2, 16), date(2026, 2, 17)),
        ("lunar:15", date(2026, 8, 27), date(2026, 9, 25)),
    ],
)
def test_the_next_day_is_after_the_given_one(rule: str, after: date, expected: date) -> None:
    assert next_day(rule, after) == expected


@pytest.mark.parametrize(
    "rule",
    ["", "noel", "month", "month:", "month:0", "month:29", "month:05", "month:²", "lunar:0", "lunar:31", "week:1"],
)
def test_a_rule_that_there_is_not_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="no rule"):
        next_day(rule, date(2026, 1, 1))


def test_an_occasion_names_the_kits_that_count_from_its_day_and_no_others() -> None:
    kits, _ = read_kits()
    named = [(kit, one.id) for one in OCCASIONS for kit in one.kits]
    assert sorted(named) == sorted((kit.id, kit.occasion) for kit in kits.values() if kit.occasion)


def test_what_an_occasion_rests_on_is_there() -> None:
    documents, _ = read_documents(Path(KNOWLEDGE_FOLDER) / "documents")
    for one in OCCASIONS:
        for source in one.sources:
            document, _, anchor = source.partition("#")
            assert documents[document].passage(anchor) is not None, source
