"""Tables of figures: periods, shares, medians, and what stands where there is nothing to count."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feedback.figure_tables import (
    QUESTIONS_CAVEAT,
    Step,
    below,
    by_place,
    by_time,
    report_tables,
    sums,
    times,
    topics,
    turns,
    without_answer,
)
from bot.feedback.filters import ReportFilter
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import OPEN, Hat, State
from bot.feedback.tables import Cell, Column, Row, Table
from bot.store.question_statistics import Answered, Questions
from bot.store.report_statistics import Counts, Place, Sort, Tally

AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
NOTHING = Counts(at=AT, sorts={}, places={}, days={}, answer_hours={}, done_hours={})


def values(table: Table) -> list[list[object]]:
    return [[cell.value for cell in row.cells] for row in table.rows]


def test_without_reports_the_tables_are_empty() -> None:
    tables = report_tables(NOTHING, ReportFilter(), str)
    assert all(table.rows == () for table in tables.values())


def test_periods_without_a_report_have_a_row() -> None:
    counts = replace(NOTHING, days={date(2026, 10, 30): Tally(2), date(2026, 11, 2): Tally(1)})
    wanted = ReportFilter(first=date(2026, 10, 30), last=date(2026, 11, 3))
    table = by_time(counts, wanted)
    assert [row[:2] for row in values(table)] == [
        ["30/10/2026", 2],
        ["31/10/2026", 0],
        ["01/11/2026", 0],
        ["02/11/2026", 1],
        ["03/11/2026", 0],
    ]


def test_weeks_and_months_are_cut_at_the_ends_of_the_range() -> None:
    days = {date(2026, 10, 30): Tally(2), date(2026, 11, 2): Tally(1)}
    wanted = ReportFilter(first=date(2026, 10, 29), last=date(2026, 11, 3))
    weeks = by_time(replace(NOTHING, days=days), wanted, Step.WEEK)
    assert [row[:2] for row in values(weeks)] == [["Tuần từ 26/10/2026", 2], ["Tuần từ 02/11/2026", 1]]
    months = by_time(replace(NOTHING, days=days), wanted, Step.MONTH)
    assert [row[:2] for row in values(months)] == [["10/2026", 2], ["11/2026", 1]]
    filters = [row.cells[1].wanted for row in months.rows]
    assert [(one.first, one.last) for one in filters if one] == [
        (date(2026, 10, 29), date(2026, 10, 31)),
        (date(2026, 11, 1), date(2026, 11, 3)),
    ]


@given(
    st.dictionaries(st.dates(date(2025, 1, 1), date(2026, 12, 31)), st.integers(1, 50), min_size=1),
    st.sampled_from(Step),
)
def test_every_step_counts_each_report_once(days: dict[date, int], step: Step) -> None:
    counts = replace(NOTHING, days={day: Tally(number) for day, number in days.items()})
    assert sum(by_time(counts, ReportFilter(), step).column(1)) == sum(days.values())


def test_places_are_communes_only_where_they_were_asked_for() -> None:
    places: dict[Place, Tally] = {("01", None): Tally(5), ("79", None): Tally(7), (None, None): Tally(1)}
    table = by_place(replace(NOTHING, places=places), ReportFilter(), lambda code: f"Tỉnh {code}")
    assert [row[:2] for row in values(table)] == [["Tỉnh 79", 7], ["Tỉnh 01", 5], ["Chưa rõ nơi", 1]]
    within: dict[Place, Tally] = {("01", "00004"): Tally(5), ("01", None): Tally(2)}
    table = by_place(replace(NOTHING, places=within), ReportFilter(places=("01",)), lambda code: f"Nơi {code}")
    assert table.title == "Theo xã, phường: Nơi 01"
    assert [row[:2] for row in values(table)] == [["Nơi 00004", 5], ["Chưa rõ xã, phường", 2]]
    assert [row.cells[1].wanted for row in table.rows] == [
        ReportFilter(places=("00004",)),
        ReportFilter(places=("01-khong",)),
    ]


def test_shares_are_of_what_could_be_reopened() -> None:
    [_, number, *_, reopened, share, _] = sums_row(Tally(number=10, answered=8, reopened=2))
    assert (number.value, reopened.value, share.value) == (10, 2, 25.0)
    [*_, share, _] = sums_row(Tally(number=10))
    assert share.value is None
    assert share.shown == "–"


def sums_row(tally: Tally) -> tuple[Cell, ...]:
    counts = replace(NOTHING, sorts={Sort(Category.CAGE, State.CLOSED, "web", None): tally})
    return report_tables(counts, ReportFilter(), str)["loai"].rows[0].cells


def test_open_ones_are_listed_among_the_states_that_were_asked_for() -> None:
    tally = Tally(number=3, open=2)
    counts = replace(NOTHING, sorts={Sort(Category.CAGE, State.RECEIVED, "web", Hat.MTTQ): tally})
    for asked, expected in (
        ((), OPEN),
        ((State.RECEIVED, State.CLOSED), {State.RECEIVED}),
    ):
        listed = report_tables(counts, ReportFilter(states=asked), str)["muc"].rows[0].cells[2].wanted
        assert listed is not None
        assert set(listed.states) == expected
    closed = report_tables(counts, ReportFilter(states=(State.CLOSED,)), str)["muc"].rows[0].cells[2]
    assert closed.wanted is None


def test_medians_and_nine_of_ten() -> None:
    hours = {ReportKind.HAZARD: {1: 5, 10: 4, 100: 1}, ReportKind.QUESTION: {3: 1}}
    table = times(replace(NOTHING, answer_hours=hours, done_hours={ReportKind.HAZARD: {48: 2}}), ReportFilter())
    assert values(table) == [
        ["Nguy cơ cháy, lối thoát bị chặn", 10, 1, 10, 2, 48, 48],
        ["Câu hỏi về PCCC", 1, 3, 3, 0, None, None],
        ["Tất cả", 11, 3, 10, 2, 48, 48],
    ]


@given(st.dictionaries(st.integers(0, 500), st.integers(1, 20), min_size=1), st.floats(0.01, 1))
def test_that_share_lies_within_and_less_does_not(hours: dict[int, int], share: float) -> None:
    found = below(hours, share)
    assert found in hours
    total = sum(hours.values())
    assert sum(number for hour, number in hours.items() if found is not None and hour <= found) >= share * total
    assert sum(number for hour, number in hours.items() if found is not None and hour < found) < share * total


def test_whose_turn_it_is() -> None:
    sorts = {
        Sort(Category.CAGE, State.RECEIVED, "web", Hat.MTTQ): Tally(4, open=4, overdue=1),
        Sort(Category.WIRING, State.HANDLING, "web", Hat.AGENCY): Tally(2, open=2),
        Sort(Category.WIRING, State.CLOSED, "web", None): Tally(9),
    }
    table = turns(replace(NOTHING, sorts=sorts), ReportFilter())
    assert values(table) == [["Mặt trận", 4, 1, 25.0], ["Cơ quan xử lý", 2, 0, 0.0]]
    assert table.rows[0].cells[2].wanted == ReportFilter(turn=Hat.MTTQ, overdue=True)


def test_numbers_above_the_tables_lead_to_their_records() -> None:
    found = dict(sums(Tally(3, 2, 1, 0, 0, 0, 5), ReportFilter(words="cửa")))
    assert {label: cell.value for label, cell in found.items()} == {
        "phản ánh đã nhận": 3,
        "còn mở": 2,
        "đang quá hạn": 1,
        "từng trễ hạn": 0,
        "đã trả lời": 0,
        "bị mở lại": 0,
        "lượt cùng phản ánh": 5,
    }
    assert found["đang quá hạn"].wanted == ReportFilter(words="cửa", overdue=True)


def test_topics_of_questions() -> None:
    asked = Questions((Answered(("a", "b"), 3, 2, 1), Answered(("c",), 4, 0, 0), Answered(("gone",), 1, 0, 1)), 6, 5)
    topic_of = {"a": "dien", "b": "dien", "c": "gas"}.get
    table = topics(asked, topic_of, str.upper)
    assert values(table) == [["GAS", 4, 0, 0, None], ["DIEN", 3, 2, 1, 66.7]]
    assert table.caveat == QUESTIONS_CAVEAT
    assert [row[1] for row in values(without_answer(asked))] == [8, 2, 2, 6, 5]


def test_a_row_has_a_cell_for_each_column() -> None:
    with pytest.raises(ValueError, match="has not 2 cells"):
        Table(name="x", title="x", columns=(Column("a"), Column("b")), rows=(Row((Cell("a"),)),))


@pytest.mark.parametrize(
    ("value", "shown"), [(1234567, "1.234.567"), (12.5, "12,5"), (1234.5, "1.234,5"), (None, "–"), ("Hà Nội", "Hà Nội")]
)
def test_values_as_people_write_them(value: str | float | None, shown: str) -> None:
    assert Cell(value).shown == shown
