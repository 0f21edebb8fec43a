"""Counting reports and questions in the database, and that every number leads to the records it counts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from bot.feedback.figure_tables import report_tables
from bot.feedback.filters import ReportFilter
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import OPEN, Hat, State
from bot.feedback.tables import Cell, Table
from bot.store.database import Database
from bot.store.letters import Letters
from bot.store.question_statistics import Answered, QuestionStatistics
from bot.store.records import Records, ReplyRecord
from bot.store.report_search import ReportSearch
from bot.store.report_statistics import DONE, ReportStatistics, Sort, Tally
from tests.integration.stored import SEALER, change
from tests.integration.stored_reports import NOW, code_of, put

HOUR = timedelta(hours=1)


@pytest.fixture
def statistics(database: Database) -> ReportStatistics:
    return ReportStatistics(database, lambda: NOW)


async def fill(database: Database) -> None:
    """Store reports of every state, kind and channel, in several places and months."""
    places = [("01", "00004"), ("01", "00008"), ("01", None), ("79", "26734"), (None, None)]
    states, categories, hats = list(State), list(Category), [Hat.MTTQ, Hat.AGENCY, Hat.RESIDENT]
    for number in range(44):
        state = states[number % len(states)]
        answered = NOW + number * HOUR if state in {*DONE, State.ANSWERED, State.REOPENED} else None
        await put(
            database,
            code_of(number),
            state=state.value,
            category=categories[number % len(categories)].value,
            channel=("web", "telegram", "zalo_oa")[number % 3],
            province_code=places[number % 5][0],
            commune_code=places[number % 5][1],
            created_at=NOW - number * 3 * timedelta(days=1),
            due_hat=hats[number % 3].value,
            due_at=NOW + (number - 20) * HOUR,
            late=number % 7 == 0,
            reopened=int(number % 6 == 0),
            supporters=number % 4,
            first_answered_at=answered,
            closed_at=NOW + 2 * number * HOUR if state in DONE else None,
        )


async def test_what_is_counted(database: Database, statistics: ReportStatistics) -> None:
    await put(database, code_of(0), due_at=NOW - HOUR, due_hat="mttq", supporters=2, late=True)
    await put(database, code_of(1), due_at=NOW + HOUR, due_hat="mttq")
    await put(
        database,
        code_of(2),
        state="confirmed",
        province_code="79",
        commune_code="26734",
        channel="telegram",
        created_at=NOW - timedelta(days=1),
        due_at=NOW - HOUR,  # what is over cannot be overdue
        first_answered_at=NOW + timedelta(minutes=90),
        closed_at=NOW + timedelta(hours=30, minutes=59),
        reopened=2,
    )
    counts = await statistics.counts(ReportFilter())
    assert counts.total == Tally(number=3, open=2, overdue=1, late=1, answered=1, reopened=1, supporters=2)
    waiting = Sort(Category.LOCKED_EXIT, State.RECEIVED, "web", Hat.MTTQ)
    assert counts.sorts[waiting] == Tally(number=2, open=2, overdue=1, late=1, supporters=2)
    assert {place: tally.number for place, tally in counts.places.items()} == {("01", None): 2, ("79", None): 1}
    assert {day: tally.number for day, tally in counts.days.items()} == {date(2026, 11, 19): 1, date(2026, 11, 20): 2}
    assert counts.answer_hours == {ReportKind.HAZARD: {25: 1}}
    assert counts.done_hours == {ReportKind.HAZARD: {54: 1}}
    assert counts.at == NOW


async def test_days_are_those_of_viet_nam(database: Database, statistics: ReportStatistics) -> None:
    await put(database, code_of(0), created_at=datetime(2026, 10, 31, 16, 59, 59, tzinfo=UTC))
    await put(database, code_of(1), created_at=datetime(2026, 10, 31, 17, tzinfo=UTC))
    counts = await statistics.counts(ReportFilter())
    assert list(counts.days) == [date(2026, 10, 31), date(2026, 11, 1)]


async def test_hours_are_full_ones_and_never_less_than_none(database: Database, statistics: ReportStatistics) -> None:
    # Given answers shortly before and at a full hour, within the first one, and two noted before the report itself
    ends = (2 * HOUR - timedelta(microseconds=1), 2 * HOUR, 59 * timedelta(minutes=1), -HOUR, -3 * HOUR)
    for number, end in enumerate(ends):
        await put(database, code_of(number), created_at=NOW, first_answered_at=NOW + end)
    # And reports that ended after weeks, one of them without having been settled
    for number, state in ((10, "closed"), (11, "rejected")):
        await put(
            database, code_of(number), created_at=NOW, state=state, closed_at=NOW + timedelta(days=50, minutes=59)
        )
    # When they are counted
    counts = await statistics.counts(ReportFilter())
    # Then by the hours that were full, those noted too early together with those of the first hour
    assert counts.answer_hours == {ReportKind.HAZARD: {0: 3, 1: 1, 2: 1}}
    assert counts.done_hours == {ReportKind.HAZARD: {1200: 1}}


async def test_every_state_is_open_or_not(database: Database, statistics: ReportStatistics) -> None:
    for number, state in enumerate(State):
        await put(database, code_of(number), state=state.value)
    counts = await statistics.counts(ReportFilter())
    assert {sort.state for sort, tally in counts.sorts.items() if tally.open} == OPEN
    assert counts.total.open == len(OPEN)


async def test_only_what_is_wanted_and_theirs_is_counted(database: Database, statistics: ReportStatistics) -> None:
    await fill(database)
    assert (await statistics.counts(ReportFilter())).total.number == 44
    assert (await statistics.counts(ReportFilter(), ("79",))).total.number == 8 + 9  # and those without a place
    assert (await statistics.counts(ReportFilter(places=("01",)), ("79",))).total.number == 0
    in_communes = await statistics.counts(ReportFilter(places=("01",)))
    assert set(in_communes.places) == {("01", "00004"), ("01", "00008"), ("01", None)}
    nothing = await statistics.counts(ReportFilter(words="không có từ này"))
    assert nothing.total == Tally()


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        (ReportFilter(), ()),
        (ReportFilter(first=date(2026, 9, 1), last=date(2026, 11, 20)), ()),
        (ReportFilter(places=("01",)), ("01",)),
        (ReportFilter(kinds=(ReportKind.HAZARD,), states=(State.RECEIVED, State.CLOSED)), ()),
        (ReportFilter(channels=("web",), words="cửa"), ("79",)),
    ],
)
async def test_every_number_leads_to_as_many_records(
    wanted: ReportFilter, places: tuple[str, ...], database: Database, statistics: ReportStatistics
) -> None:
    # Given figures of reports of all sorts
    await fill(database)
    search = ReportSearch(database, lambda: NOW)
    tables = report_tables(await statistics.counts(wanted, places), wanted, lambda code: code)
    # When each number's filter goes through an address and back
    followed = 0
    for table in tables.values():
        for cell in _numbers(table):
            assert cell.wanted is not None
            again = ReportFilter.from_query(cell.wanted.as_query())
            assert again.faults == ()
            # Then it lists as many reports as the number says
            assert (await search.count(again, places)).number == cell.value, (table.name, again)
            followed += 1
    assert followed > 30


def _numbers(table: Table) -> list[Cell]:
    """Return the cells that count reports: those with a filter, but for the sum of people who said "me too"."""
    last = len(table.columns) - 1
    return [
        cell
        for row in table.rows
        for number, cell in enumerate(row.cells)
        if cell.wanted is not None and table.columns[number].label != "Lượt cùng phản ánh" and number <= last
    ]


async def test_questions_by_cards_with_thumbs(database: Database) -> None:
    records, statistics = Records(database), QuestionStatistics(database)
    conversation = uuid4()
    replies = [ReplyRecord(uuid4(), "answer", cards, 0.9) for cards in (("a",), ("a",), ("a", "b"), ())]
    replies += [ReplyRecord(uuid4(), "suggest", ("a",), 0.4)]  # names a card, but answers nothing
    await records.keep_replies(conversation, "web", replies)
    await records.keep_thumb(conversation, replies[0].id, "up")
    await records.keep_thumb(conversation, replies[2].id, "down")
    letters = Letters(database, SEALER)
    for text in ("câu một", "câu hai"):
        await letters.keep_unanswered(conversation, "web", text, [])
    await change(database, "UPDATE letter SET state = 'dismissed' WHERE text = 'câu hai'")
    found = await statistics.questions(None, None)
    assert set(found.answered) == {Answered(("a",), 2, 1, 0), Answered(("a", "b"), 1, 0, 1)}
    assert (found.unanswered, found.waiting) == (2, 1)


async def test_questions_of_other_days_are_not_counted(database: Database) -> None:
    records, statistics = Records(database), QuestionStatistics(database)
    await records.keep_replies(uuid4(), "web", [ReplyRecord(uuid4(), "answer", ("a",), 0.9)])
    await Letters(database, SEALER).keep_unanswered(None, "web", "câu", [])
    await change(database, "UPDATE reply SET created_at = '2026-10-31 17:00+00'")
    await change(database, "UPDATE letter SET at = '2026-10-31 16:59+00'")
    november = await statistics.questions(date(2026, 11, 1), date(2026, 11, 30))
    assert (len(november.answered), november.unanswered) == (1, 0)
    october = await statistics.questions(date(2026, 10, 1), date(2026, 10, 31))
    assert (len(october.answered), october.unanswered) == (0, 1)


async def test_all_figures_are_of_one_moment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a report, and another that is stored after counting has begun and before hours are read
    await put(database, code_of(0), first_answered_at=NOW + 50 * HOUR)
    statistics = ReportStatistics(database, lambda: NOW)
    read_at = statistics._rows_at

    async def late(moment: str, asked: Any) -> Any:
        await put(database, code_of(1), first_answered_at=NOW + 50 * HOUR)
        return await read_at(moment, asked)

    monkeypatch.setattr(statistics, "_rows_at", late)
    # When figures are counted
    counts = await statistics.counts(ReportFilter())
    # Then no table has it, and the next time all have
    assert (counts.total.answered, sum(counts.answer_hours[ReportKind.HAZARD].values())) == (1, 1)
    monkeypatch.setattr(statistics, "_rows_at", read_at)
    counts = await statistics.counts(ReportFilter())
    assert (counts.total.answered, sum(counts.answer_hours[ReportKind.HAZARD].values())) == (2, 2)
