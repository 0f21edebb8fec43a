"""What campaigns reached, from the ledger to the sentence, the table and the sheet of the monitoring report."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest

from bot.campaigns.reach import StoredReach
from bot.monitoring.as_xlsx import CAMPAIGNS, FIGURES, as_xlsx
from bot.monitoring.document import Table
from bot.monitoring.drafting import Writer
from bot.monitoring.figures import Figures
from bot.monitoring.marked_text import mismatches
from bot.monitoring.preparing import CONSOLE_LIST
from bot.monitoring.reach import CampaignReach, DoneReach, Reach
from bot.monitoring.records import unpacked
from bot.monitoring.scopes import Scope
from bot.monitoring.tables import blocks_of
from bot.store.database import Database
from tests.console.visiting import knowledge
from tests.integration.monitored import BA_DINH, HANOI, OCTOBER, preparing
from tests.integration.recorded_campaigns import Recorded, after
from tests.integration.stored import change

EVERYWHERE = Scope()
SEPTEMBER = OCTOBER.before


def _writer(figures: Figures) -> Writer:
    return Writer(figures, OCTOBER, EVERYWHERE, knowledge().places)


@pytest.fixture
def reach(database: Database) -> StoredReach:
    return StoredReach(database, knowledge)


@pytest.fixture
async def held(database: Database) -> tuple[int, int, UUID]:
    """Two campaigns of October, the later one going on into November, and somebody who got messages of both."""
    recorded, who = Recorded(database), uuid4()
    first, second = await recorded.campaign("Ngày toàn dân PCCC"), await recorded.campaign("=1+1 mùa hanh khô")
    message = await recorded.message(first)
    later = await recorded.message(second, due_at=after(days=26), begun_at=after(days=26), send_until=after(days=30))
    there: dict[str, Any] = {"province_code": "01", "commune_code": "00004"}
    here = await recorded.member(first, who, **there)
    row = await recorded.row(message, here, "read", answered_at=after(hours=1))
    await recorded.row(message, await recorded.member(first, uuid4(), **there), "sent", complained_at=after(hours=1))
    await recorded.row(
        message, await recorded.member(first, uuid4()), "skipped", reason="late", settled_at=after(hours=6)
    )
    await recorded.row(later, await recorded.member(second, who, **there), "sent", sent_at=after(days=26))
    november = {"sent_at": after(days=27, hours=16), "settled_at": after(days=27, hours=16)}  # 1 November, 0:00
    await recorded.row(later, await recorded.member(second, uuid4(), **there), "sent", **november)
    await recorded.quiz("bep-gas", conversation_id=who, recipient_id=row, **there)
    await recorded.quiz("bep-gas", conversation_id=who, **there)
    await recorded.quiz("thoat-nan", finished_at=None)
    await recorded.drill("dien-tap-tai-nha", conversation_id=uuid4(), finished_at=after(days=28))
    return first, second, who


async def test_the_ledger_is_counted_by_period_and_place(reach: StoredReach, held: tuple[int, int, UUID]) -> None:
    first, second, _ = held
    october = await reach.of(OCTOBER, EVERYWHERE)
    assert october == Reach(
        campaigns=2,
        sent=3,
        people=2,
        quizzes=1,
        quiz_people=1,
        of_campaigns=(
            CampaignReach(
                id=first,
                title="Ngày toàn dân PCCC",
                sent=2,
                people=2,
                delivered=1,
                read=1,
                answered=1,
                complained=1,
                skipped=1,
            ),
            CampaignReach(id=second, title="=1+1 mùa hanh khô", sent=1, people=1),
        ),
        of_quizzes=(DoneReach(id="bep-gas", title=knowledge().quizzes["bep-gas"].title, finished=2, people=1),),
    )
    assert await reach.of(SEPTEMBER, EVERYWHERE) == Reach()
    here = await reach.of(OCTOBER, Scope((BA_DINH,)))
    assert (here.sent, here.of_campaigns[0].skipped) == (3, 0)  # who was skipped lives nowhere that is known
    assert await reach.of(OCTOBER, Scope(("79",))) == Reach()
    assert (await reach.of(OCTOBER, Scope((HANOI, "79")))).sent == 3


@pytest.mark.usefixtures("held")
async def test_who_is_erased_is_still_counted(reach: StoredReach, database: Database) -> None:
    before = await reach.of(OCTOBER, EVERYWHERE)
    for table in ("campaign_recipient", "campaign_member", "quiz_attempt"):
        await change(database, f"UPDATE {table} SET conversation_id = NULL")  # noqa: S608
    after_it = await reach.of(OCTOBER, EVERYWHERE)
    assert after_it.of_campaigns == before.of_campaigns
    assert (after_it.sent, after_it.quizzes) == (before.sent, before.quizzes)
    assert after_it.people == before.people + 1  # once in each campaign


async def test_the_report_tells_each_campaign_with_figures_that_can_be_traced(
    database: Database, held: tuple[int, int, UUID]
) -> None:
    first, second, _ = held
    made = await preparing(database).draft(OCTOBER, EVERYWHERE)
    told = made.content.section("tuyen-truyen")
    assert told is not None
    assert "2{td.campaigns} chiến dịch" in told.text
    assert "3{td.sent} lượt tin đã gửi tới 2{td.people} người" in told.text
    assert mismatches(told.text, made.figures) == []
    # Each number of a campaign is a figure of its own, with its definition and where its results are
    of_first = {key: one for key, one in made.figures.by_id.items() if one.campaign == first}
    assert of_first[f"td.cd.{first}.da-gui"].value == 2
    assert of_first[f"td.cd.{first}.bao-sai"].value == 1
    assert type(made.figures).from_json(made.figures.as_json()) == made.figures
    # And the table and the sheet are made of these figures
    report = preparing(database)
    figures, records = await report.figures(OCTOBER, EVERYWHERE)
    writer = _writer(figures)
    (table,) = blocks_of("tuyen-truyen", writer)
    assert isinstance(table, Table)
    assert table.rows == (
        ("Ngày toàn dân PCCC", "2", "2", "1", "0", "1", "0"),
        ("=1+1 mùa hanh khô", "1", "1", "0", "0", "0", "0"),
    )
    practice = [one for one in blocks_of("thuc-hanh", writer) if isinstance(one, Table)]
    assert [one.rows for one in practice] == [((knowledge().quizzes["bep-gas"].title, "2", "1"),)]
    book = openpyxl.load_workbook(BytesIO(as_xlsx(writer, unpacked(records), CONSOLE_LIST)))
    sheet = [[cell.value for cell in row] for row in book[CAMPAIGNS].iter_rows()]
    assert [row[:4] for row in sheet[1:]] == [
        [first, "Ngày toàn dân PCCC", 2, 2],
        [second, "=1+1 mùa hanh khô", 1, 1],
    ]
    assert sheet[1][-1] == f"/console/campaigns/{first}/results"
    assert all(cell.data_type != "f" for row in book[CAMPAIGNS].iter_rows() for cell in row)
    links = {row[0].value: row[6].value for row in book[FIGURES].iter_rows(min_row=5)}
    assert links[f"td.cd.{second}.da-gui"] == f"/console/campaigns/{second}/results"


async def test_without_campaigns_there_is_neither_table_nor_sheet(database: Database) -> None:
    figures, records = await preparing(database).figures(OCTOBER, EVERYWHERE)
    assert blocks_of("tuyen-truyen", _writer(figures)) == ()
    book = openpyxl.load_workbook(BytesIO(as_xlsx(_writer(figures), unpacked(records), CONSOLE_LIST)))
    assert CAMPAIGNS not in book.sheetnames
