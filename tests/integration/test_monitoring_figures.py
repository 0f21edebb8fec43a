"""Figures of monitoring reports against data made by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from bot.monitoring.reach import Reach
from bot.monitoring.records import unpacked
from bot.monitoring.scopes import Scope
from bot.store.database import Database
from bot.store.question_statistics import QuestionStatistics
from bot.store.report_search import ReportSearch
from tests.console.visiting import knowledge
from tests.integration.monitored import (
    BA_DINH,
    HANOI,
    HOAN_KIEM,
    NOON,
    NOW,
    OCTOBER,
    Reporting,
    days_after,
    preparing,
)
from tests.integration.stored import change

EVERYWHERE = Scope()


@pytest.fixture
async def told(database: Database) -> Reporting:
    """Ten reports of October, four of September, and one on each side."""
    reporting = Reporting(database)
    police = await reporting.agency("Công an phường Thử")
    sent = {"agency_id": police, "due_at": days_after(5), "late": True}
    await reporting.add("hazard.wiring", 2, state="forwarded", due_hat="agency", **sent)
    await reporting.add("hazard.wiring", 1, state="reopened", due_hat="mttq", **sent)
    await reporting.add("hazard.cage", 1, state="confirmed", closed_at=days_after(4), first_answered_at=days_after(1))
    await reporting.add("hazard.cage", 1, state="closed", closed_at=days_after(10), first_answered_at=days_after(3))
    await reporting.add("procedure.slow", 1, commune_code=HOAN_KIEM, channel="telegram", reopened=2)
    await reporting.add("commendation.person", 1, supporters=4)
    await reporting.add("model.practice", 1, province_code="79", commune_code=None)
    await reporting.add("opinion.law", 1, province_code=None, commune_code=None)
    await reporting.add("hazard.storage", 1, state="withdrawn", closed_at=days_after(1))
    await reporting.add("hazard.wiring", 4, created_at=datetime(2026, 9, 20, 1, 0, tzinfo=UTC))
    await reporting.add("hazard.wiring", 1, created_at=datetime(2026, 8, 31, 16, 59, tzinfo=UTC))
    await reporting.add("hazard.wiring", 1, created_at=datetime(2026, 10, 31, 17, 0, tzinfo=UTC))
    return reporting


@pytest.mark.usefixtures("told")
async def test_figures_count_what_is_there(database: Database) -> None:
    figures, records = await preparing(database).figures(OCTOBER, EVERYWHERE)
    expected = {
        "pa.tong": (10, 4),
        "pa.loai.hazard": (6, 4),
        "pa.muc.hazard.wiring": (3, 4),
        "pa.muc.hazard.cage": (2, 0),
        "pa.loai.procedure": (1, 0),
        "pa.ket-qua.forwarded": (2, None),
        "pa.ket-qua.withdrawn": (1, None),
        "pa.xong": (2, None),
        "pa.dang-mo": (7, None),
        "pa.qua-han.co-quan": (2, None),
        "pa.qua-han.mat-tran": (1, None),
        "pa.tre-han": (3, None),
        "pa.mo-lai": (1, None),
        "pa.ung-ho": (4, 0),
        "pa.kenh.telegram": (1, 0),
        "pa.noi.01": (8, 4),
        "pa.noi.79": (1, 0),
        "pa.chua-ro-noi": (1, 0),
        "cq.1.giao": (3, None),
        "cq.1.qua-han": (2, None),
        "tg.da-tra-loi": (2, None),
        "tg.tra-loi": (2.0, None),
        "tg.ket-thuc": (7.0, None),
    }
    found = {key: (figures.by_id[key].value, figures.by_id[key].before) for key in expected}
    assert found == expected
    assert len(unpacked(records)) == 10


@pytest.mark.usefixtures("told")
async def test_a_period_begins_and_ends_at_midnight_in_viet_nam(database: Database) -> None:
    reporting = Reporting(database)
    reporting._made = 500
    await reporting.add(created_at=datetime(2026, 9, 30, 17, 0, tzinfo=UTC))  # 1 October, 0:00
    await reporting.add(created_at=datetime(2026, 9, 30, 16, 59, 59, tzinfo=UTC))
    await reporting.add(created_at=datetime(2026, 10, 31, 16, 59, 59, tzinfo=UTC))
    figures, _ = await preparing(database).figures(OCTOBER, EVERYWHERE)
    assert (figures.by_id["pa.tong"].value, figures.by_id["pa.tong"].before) == (12, 5)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(("place", "total"), [(HANOI, 8), (BA_DINH, 7), (HOAN_KIEM, 1), ("79", 1), ("48", 0)])
async def test_figures_of_a_place(database: Database, place: str, total: int) -> None:
    figures, _ = await preparing(database).figures(OCTOBER, Scope((place,)))
    assert figures.value("pa.tong") == total
    assert "pa.noi.79" not in figures.by_id or place == "79"


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("scope", [EVERYWHERE, Scope((HANOI,)), Scope((BA_DINH, "79"))])
async def test_the_console_lists_as_many_as_each_figure_says(database: Database, scope: Scope) -> None:
    figures, records = await preparing(database).figures(OCTOBER, scope)
    search = ReportSearch(database, lambda: NOW)
    looked_at = 0
    for one in figures.all:
        if one.selection is None or one.unit != "phản ánh":
            continue
        page = await search.page(one.selection.wanted(OCTOBER, scope), (), size=100)
        assert len(page.lines) == one.value, one.id
        assert {line.code for line in page.lines} == {record.code for record in one.selection.of(unpacked(records))}
        looked_at += 1
    assert looked_at > 20


async def test_numbers_beside_reports(database: Database) -> None:
    mine, other = uuid4(), uuid4()
    for conversation, place in ((mine, BA_DINH), (other, HOAN_KIEM)):
        await change(database, "INSERT INTO conversation (id, channel) VALUES (:id, 'web')", id=conversation)
        await change(
            database,
            "INSERT INTO profile (conversation_id, province_code, commune_code, consent_version)"
            " VALUES (:id, '01', :place, '1')",
            id=conversation,
            place=place,
        )
        await change(
            database,
            "INSERT INTO subscription (conversation_id, topics, consent_version, since) VALUES (:id, '{}', '1', :at)",
            id=conversation,
            at=NOON,
        )
    replies = [uuid4() for _ in range(5)]
    card = next(iter(knowledge().cards))
    for reply, kind, cards in zip(
        replies,
        ("answer", "answer", "abstain", "suggest", "answer"),
        ([card], ["khong-con"], [], [card], []),
        strict=True,
    ):
        await change(
            database,
            "INSERT INTO reply (id, conversation_id, created_at, kind, cards, confidence)"
            " VALUES (:id, :conversation, :at, :kind, :cards, 0.9)",
            id=reply,
            conversation=mine,
            at=NOON,
            kind=kind,
            cards=cards,
        )
    for judged in (0, 3):
        await change(database, "INSERT INTO thumb VALUES (:id, 'up', :at)", id=replies[judged], at=NOON)
    await change(
        database,
        "INSERT INTO letter (at, text, candidates, code) VALUES (:at, 'câu hỏi', '[]', 'AB-2345-CDEF')",
        at=NOON,
    )
    await change(database, "INSERT INTO erasure (at, channel, counts) VALUES (:at, 'web', '{}')", at=NOON)
    figures, _ = await preparing(database).figures(OCTOBER, EVERYWHERE)
    wanted = ("hd.tra-loi", "hd.chua-tra-loi", "hd.huu-ich", "hd.chua-huu-ich", "dk.moi", "dk.dang-nhan", "xoa.yeu-cau")
    assert [figures.value(one) for one in wanted] == [2, 1, 1, 0, 2, 2, 1]
    assert sum(one.value or 0 for one in figures.under("hd.chu-de.")) == 1  # the other card is gone
    # And the page of figures counts the same answers and thumbs
    asked = (await QuestionStatistics(database).questions(OCTOBER.first, OCTOBER.last)).answered
    assert [sum(one.replies for one in asked), sum(one.up for one in asked)] == [2, 1]
    here, _ = await preparing(database).figures(OCTOBER, Scope((BA_DINH,)))
    assert [here.value("dk.moi"), here.value("dk.dang-nhan")] == [1, 1]


async def test_campaigns_are_told_when_there_are_any(database: Database) -> None:
    class Two:
        async def of(self, period: object, _scope: object) -> Reach:
            return Reach(campaigns=2, sent=30, people=25) if period == OCTOBER else Reach()

    none = await preparing(database).draft(OCTOBER, EVERYWHERE)
    some = await replace(preparing(database), reach=Two()).draft(OCTOBER, EVERYWHERE)
    told = [one.content.section("tuyen-truyen") for one in (none, some)]
    assert told[0] is not None
    assert "Chưa có chiến dịch nào được ghi nhận trong kỳ." in told[0].text
    assert told[1] is not None
    assert "2{td.campaigns} chiến dịch" in told[1].text
