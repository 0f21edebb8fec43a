"""Deadlines: working days of Viet Nam, and a file that an office changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feedback.deadlines import DEFAULTS, MOST_DAYS, Calendar, Deadlines, DeadlinesError, Term
from bot.feedback.kinds import ReportKind
from bot.feedback.lifecycle import OPEN, Hat, State
from knowledge.clock import VIET_NAM

DEADLINES = Deadlines.load()
CALENDAR = Calendar()
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31)).map(  # noqa: DTZ001 - the zone comes next
    lambda moment: moment.replace(tzinfo=UTC)
)


def local(day: int, month: int, hour: int = 9, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=VIET_NAM)


@pytest.mark.parametrize(
    ("state", "hat", "days"),
    [
        (State.RECEIVED, Hat.MTTQ, 2),
        (State.VERIFIED, Hat.MTTQ, 2),
        (State.FORWARDED, Hat.AGENCY, 3),
        (State.HANDLING, Hat.AGENCY, 10),
        (State.ANSWERED, Hat.RESIDENT, 5),
        (State.REOPENED, Hat.MTTQ, 2),
    ],
)
def test_the_defaults_of_the_program(state: State, hat: Hat, days: int) -> None:
    monday = local(2, 11)  # no holiday in the two weeks that follow
    end = monday + timedelta(days=days + 2 * (days // 5))
    assert DEADLINES.due(state, ReportKind.HAZARD, monday) == (hat, end.replace(hour=17))


def test_what_has_ended_is_nobodys_turn() -> None:
    for state in set(State) - OPEN:
        assert DEADLINES.due(state, ReportKind.HAZARD, local(2, 11)) is None
    assert DEADLINES.closing(local(2, 11)) == (Hat.MTTQ, local(9, 11, 17))


@pytest.mark.parametrize(
    ("since", "days", "end"),
    [
        (local(13, 11), 2, local(17, 11, 17)),  # Friday: over the weekend
        (local(14, 11), 1, local(16, 11, 17)),  # Saturday: Monday is the first working day
        (local(13, 11, 23), 1, local(16, 11, 17)),  # late on Friday
        (local(13, 2), 1, local(23, 2, 17)),  # over Tết, which the moon sets
        (local(24, 4), 1, local(28, 4, 17)),  # Giỗ Tổ on a Sunday, Monday given for it
        (local(29, 4), 1, local(4, 5, 17)),  # 30/4 and 1/5
        (local(21, 8), 1, local(22, 8, 17)),  # a Saturday that is worked
        (local(28, 8), 1, local(3, 9, 17)),  # for the Monday that is off, before Quốc khánh
    ],
)
def test_holidays_of_viet_nam_are_no_working_days(since: datetime, days: int, end: datetime) -> None:
    assert DEADLINES.end(since, days) == end


def test_the_day_is_that_of_viet_nam() -> None:
    sunday_evening = datetime(2026, 11, 15, 18, tzinfo=UTC)  # one o'clock on Monday in Viet Nam
    assert DEADLINES.end(sunday_evening, 1) == local(17, 11, 17)


@given(MOMENTS, st.integers(0, 30))
def test_a_term_ends_on_a_working_day_after_so_many_of_them(since: datetime, days: int) -> None:
    end, day = DEADLINES.end(since, days), since.astimezone(VIET_NAM).date()
    assert (end.timetz().replace(tzinfo=None), end.tzinfo) == (time(17), VIET_NAM)
    assert CALENDAR.is_working(end.date())
    assert end.date() >= day
    assert DEADLINES.working_days(since, end) == (days or int(end.date() > day))


@given(MOMENTS, MOMENTS, st.integers(1, 30))
def test_who_begins_later_ends_no_earlier_and_a_day_more_is_later(one: datetime, other: datetime, days: int) -> None:
    first, second = sorted((one, other))
    assert DEADLINES.end(first, days) <= DEADLINES.end(second, days)
    assert DEADLINES.end(first, days) < DEADLINES.end(first, days + 1)


@given(MOMENTS, MOMENTS, MOMENTS)
def test_working_days_add_up(one: datetime, two: datetime, three: datetime) -> None:
    first, middle, last = sorted((one, two, three))
    parts = DEADLINES.working_days(first, middle) + DEADLINES.working_days(middle, last)
    assert parts == DEADLINES.working_days(first, last)
    assert DEADLINES.working_days(last, first) == 0


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = DEFAULTS.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / "deadlines.yml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_an_office_sets_its_own(tmp_path: Path) -> None:
    path = changed(tmp_path, "kinds: {}", "kinds:\n  hazard: {received: 1}")
    path.write_text(
        path.read_text(encoding="utf-8")
        .replace('end_of_day: "17:00"', 'end_of_day: "16:30"')
        .replace("days_off: []", "days_off: [2026-11-17]")
        .replace("working_days: []", 'working_days: ["2026-11-21"]'),
        encoding="utf-8",
    )
    own = Deadlines.load(path)
    assert own.due(State.RECEIVED, ReportKind.HAZARD, local(16, 11)) == (
        Hat.MTTQ,
        local(18, 11, 16).replace(minute=30),
    )
    assert own.due(State.RECEIVED, ReportKind.OPINION, local(19, 11)) == (
        Hat.MTTQ,
        local(21, 11, 16).replace(minute=30),
    )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("received: {hat: mttq, days: 2}", "received: {hat: police, days: 2}", "'police' is none of"),
        ("received: {hat: mttq, days: 2}", "received: {hat: system, days: 2}", "'system' is none of"),
        ("received: {hat: mttq, days: 2}", "received: {hat: mttq, days: 0}", "'0' is no number"),
        ("received: {hat: mttq, days: 2}", f"received: {{hat: mttq, days: {MOST_DAYS + 1}}}", "is no number"),
        ("received: {hat: mttq, days: 2}", "received: {hat: mttq, days: hai}", "'hai' is no number"),
        ("received: {hat: mttq, days: 2}", "received: {hat: mttq}", "a term is"),
        ("received: {hat: mttq, days: 2}", "received: 2", "names with values are meant"),
        ("received: {hat: mttq, days: 2}", "closed: {hat: mttq, days: 2}", "'closed' is none of"),
        ("  reopened: {hat: mttq, days: 2}", "  received: {hat: mttq, days: 2}", "'received' stands here twice"),
        ("  reopened: {hat: mttq, days: 2}", "", "no term for: reopened"),
        ("closing: {hat: mttq, days: 5}", "", "missing: closing"),
        ('end_of_day: "17:00"', 'end_of_day: "5 giờ"', "'5 giờ' is no time"),
        ("days_off: []", "days_off: [31/12/2026]", "'31/12/2026' is no day"),
        ("days_off: []", "days_off: 2026-12-31", "a list of days"),
        ("kinds: {}", "kinds: {fire: {received: 1}}", "'fire' is none of"),
        ("kinds: {}", "kinds: {hazard: {received: [1]}}", "a single value is meant"),
        ("kinds: {}", "kinds: {", "expected ',' or '}'"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(tmp_path: Path, old: str, new: str, fault: str) -> None:
    path = changed(tmp_path, old, new)
    with pytest.raises(DeadlinesError) as refused:
        Deadlines.load(path)
    assert fault in str(refused.value)
    _, line, _ = str(refused.value).removeprefix(str(path)).split(":", 2)
    written = path.read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert not new or new.strip() in written or fault == "expected ',' or '}'"


def test_an_empty_file_and_one_that_is_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "deadlines.yml"
    for content, fault in ((b"", ":1: the file is empty"), (b"\xff\xfe\xff", ":1: the file is not UTF-8 text")):
        path.write_bytes(content)
        with pytest.raises(DeadlinesError, match=fault):
            Deadlines.load(path)


def test_without_a_calendar_of_its_own_it_has_that_of_viet_nam() -> None:
    own = Deadlines({State.RECEIVED: Term(Hat.MTTQ, 1)}, Term(Hat.MTTQ, 1))
    assert own.due(State.RECEIVED, ReportKind.MODEL, local(13, 2)) == (Hat.MTTQ, local(23, 2, 17))
    assert own.due(State.VERIFIED, ReportKind.MODEL, local(13, 2)) is None
    assert own.calendar.after(date(2026, 11, 14), 0) == date(2026, 11, 16)
