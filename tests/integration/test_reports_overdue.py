"""Deadlines that pass: officials are late then, and a resident who does not reply leaves the closing to MTTQ."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from bot.feedback.lifecycle import Act, Hat, State
from bot.feedback.reports import Report
from bot.store import report_overdue
from bot.store.database import Database
from bot.store.report_overdue import Overdue
from tests.integration.reporting import Office
from tests.integration.stored import value


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.of(database)


def passed(office: Office, report: Report) -> None:
    assert report.due_at is not None
    office.now = report.due_at + timedelta(seconds=1)


async def test_officials_are_late_once_and_their_turn_stays(office: Office) -> None:
    report = await office.sent(uuid4())
    assert await office.reports.note_overdue() == Overdue(0, 0)
    passed(office, report)
    assert await office.reports.note_overdue() == Overdue(1, 0)
    assert await office.reports.note_overdue() == Overdue(0, 0)
    late = await office.found(report.code)
    assert (late.late, late.due_hat, late.due_at, late.version) == (True, Hat.MTTQ, report.due_at, report.version)
    assert await office.story(report) == ["sent", "late"]
    assert await office.story(report, public=True) == ["sent"]


async def test_a_resident_who_does_not_reply_leaves_the_closing_to_mttq(office: Office) -> None:
    conversation = uuid4()
    report = await office.answered(conversation)
    passed(office, report)
    assert await office.reports.note_overdue() == Overdue(0, 1)
    waiting = await office.found(report.code)
    assert (waiting.state, waiting.due_hat, waiting.late) == (State.ANSWERED, Hat.MTTQ, False)
    assert waiting.due_at is not None
    assert waiting.due_at > office.now
    # And the resident may still say that it is done, or not
    assert (await office.through(waiting, Act.REOPEN)).state is State.REOPENED
    # And when MTTQ does not close another one in time, MTTQ is late with it
    other = await office.answered()
    passed(office, other)
    await office.reports.note_overdue()
    passed(office, await office.found(other.code))
    assert await office.reports.note_overdue() == Overdue(1, 0)
    assert (await office.through(other, Act.CLOSE)).late


async def test_what_has_ended_is_never_overdue_and_what_somebody_holds_is_left(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_overdue, "BATCH", 2)
    await office.through(await office.sent(), Act.REJECT)
    reports = [await office.sent() for _ in range(5)]
    passed(office, reports[0])
    async with office.database.sessions.begin() as session:
        await session.execute(text("SELECT id FROM report WHERE id = :id FOR UPDATE"), {"id": reports[0].id})
        assert await office.reports.note_overdue() == Overdue(4, 0)
    assert await office.reports.note_overdue() == Overdue(1, 0)
    assert await value(office.database, "SELECT count(*) FROM report WHERE late") == 5
