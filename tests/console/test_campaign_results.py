"""The page of a campaign's results: what it counts, for whom, and what its plots and files are."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree  # of pictures that the program itself drew

import pytest

from bot.console.campaign_result_tables import MOST_REASONS, PLOTS, TOO_FEW
from bot.console.permissions import Role
from bot.store.campaign_figures import LEAST_PAIRS
from tests.integration.recorded_campaigns import Recorded, after
from tests.integration.stored import change, value

from .visiting import Console, knowledge

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "<script>alert(1)</script>\"'=1+1"
HERE: dict[str, Any] = {"province_code": "01", "commune_code": "00004"}
BEFORE_QUIZ, AFTER_QUIZ = "ngay-toan-dan-0410-truoc", "ngay-toan-dan-0410"


async def held(console: Console, *, pairs: int = 0) -> int:
    """A campaign of which something came: sent in two provinces, refused, skipped, answered, learnt by `pairs`."""
    recorded = Recorded(console.parts.database)
    campaign = await recorded.campaign(f"Tuần lễ {EVIL}")
    message = await recorded.message(campaign, title=f"=SUM(A1) {EVIL}")

    async def row(state: str, there: dict[str, Any], **more: Any) -> int:
        return await recorded.row(message, await recorded.member(campaign, uuid4(), **there), state, **more)

    rows = [await row("sent", HERE, answered_at=after(hours=1)) for _ in range(max(2, pairs))]
    await row("read", {"channel": "zalo_oa", "province_code": "79", "commune_code": "26734"}, read_at=after(hours=2))
    await row("skipped", HERE, reason="no consent")
    await row("failed", HERE, reason=f"=HYPERLINK() {EVIL}")
    await row("pending", {})
    for number in range(pairs):
        question = {"recipient_id": rows[number], "answers": {_question(): number % 2 == 0}}
        await recorded.quiz(BEFORE_QUIZ, "before", 0, 5, **question, finished_at=after(hours=2))
        question["answers"] = {_question(): True}
        await recorded.quiz(AFTER_QUIZ, "after", 4, 5, **question, finished_at=after(days=1))
    await recorded.drill("dien-tap-tai-nha", 3, 4, recipient_id=rows[0])
    return campaign


def _question() -> str:
    """A question that both quizzes ask."""
    quizzes = knowledge().quizzes
    both = {one.key for one in quizzes[BEFORE_QUIZ].questions} & {one.key for one in quizzes[AFTER_QUIZ].questions}
    return min(both)


def numbers(page: str) -> dict[str, str]:
    """Return what the numbers above the tables say."""
    return {
        label: one for one, label in re.findall(r'<li class="card"><span class="figure">(.*?)</span> (.*?)</li>', page)
    }


def rows_of(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


async def test_an_officer_sees_what_came_of_a_campaign(console: Console) -> None:
    visitor = await console.signed_in(Role.OFFICER)
    page = await visitor.get(f"/console/campaigns/{await held(console)}/results")
    assert page.status == 200
    assert numbers(page.text) == {
        "lượt gửi dự kiến": "6",
        "lượt đã gửi": "3",
        "người nhận ít nhất một tin": "3",
        "người có trả lời": "2",
        "người ngừng nhận sau tin": "0",
        "lượt báo tin sai": "0",
        "lượt không gửi": "1",
        "lượt gửi không được": "1",
        "lượt không rõ đã tới chưa": "0",
        "lượt còn chờ": "1",
    }
    assert "“Đã gửi” không phải “đã đọc”" in page.text
    assert "còn thay đổi" in page.text
    assert EVIL not in page.text
    assert EVIL in unescape(page.text)


async def test_every_plot_is_drawn_and_has_its_table_and_its_file(console: Console) -> None:
    visitor = await console.signed_in(Role.OFFICER)
    address = f"/console/campaigns/{await held(console, pairs=LEAST_PAIRS)}/results"
    page = (await visitor.get(address)).text
    assert sorted(re.findall(rf'src="{address}/plots/(.*?).svg"', page)) == sorted(PLOTS)
    for name in PLOTS:
        plot = await visitor.get(f"{address}/plots/{name}.svg")
        assert plot.status == 200
        assert ElementTree.fromstring(plot.body).tag == f"{SVG}svg"  # noqa: S314 (drawn by the program itself)
    tables = re.findall(rf'href="{address}/tables/(.*?).csv"', page)
    assert set(tables) == {
        *("tin", "kenh", "thoi-gian", "noi", "xa", "ly-do", "hieu-qua", "cau-hoi", "cau-do", "dien-tap"),
    }
    for name in tables:
        assert len(rows_of((await visitor.get(f"{address}/tables/{name}.csv")).body)) >= 4


async def test_files_hold_no_formula_and_taking_one_is_noted(console: Console) -> None:
    visitor = await console.signed_in(Role.OFFICER)
    campaign = await held(console)
    file = await visitor.get(f"/console/campaigns/{campaign}/results/tables/tin.csv")
    assert file.headers["Content-Disposition"] == f'attachment; filename="chien-dich-{campaign}-tin-2026-11-22.csv"'
    head, first, *rest = rows_of(file.body)
    assert head[:3] == ["Tin", "Dự kiến", "Đã gửi"]
    assert first[0].startswith("'=SUM(A1)")
    assert first[1:3] == ["6", "3"]
    assert "không phải người dân đã đọc" in rest[-1][0]
    channels = rows_of((await visitor.get(f"/console/campaigns/{campaign}/results/tables/kenh.csv")).body)
    assert [row[2:5] for row in channels[1:3]] == [["2", "", ""], ["1", "1", "1"]]  # Telegram tells neither
    reasons = rows_of((await visitor.get(f"/console/campaigns/{campaign}/results/tables/ly-do.csv")).body)
    assert sorted(row[0] for row in reasons[1:3]) == [
        f"Gửi không được: =HYPERLINK() {EVIL}",
        "Không gửi: Không còn đăng ký nhận tin này",
    ]
    noted = "SELECT count(*) FROM audit WHERE act = 'campaign results exported' AND details->>'campaign' = :campaign"
    assert await value(console.parts.database, noted, campaign=str(campaign)) == 3


async def test_of_a_few_people_nothing_is_said_of_what_they_learnt(console: Console) -> None:
    visitor = await console.signed_in(Role.OFFICER)
    path = "/console/campaigns/{}/results/tables/hieu-qua.csv"
    few = rows_of((await visitor.get(path.format(await held(console, pairs=LEAST_PAIRS - 1)))).body)
    enough = rows_of((await visitor.get(path.format(await held(console, pairs=LEAST_PAIRS)))).body)
    assert few[1][1:] == [str(LEAST_PAIRS - 1), TOO_FEW, TOO_FEW, TOO_FEW]
    assert enough[1][1:] == [str(LEAST_PAIRS), "50.0", "100.0", "50.0"]


async def test_an_officer_sees_the_places_they_look_after(console: Console) -> None:
    campaign = await held(console)
    theirs = await console.signed_in(Role.OFFICER, places=["79"])
    page = await theirs.get(f"/console/campaigns/{campaign}/results")
    assert numbers(page.text)["lượt đã gửi"] == "1"
    assert "tính cho Thành phố Hồ Chí Minh và người chưa cho biết nơi ở" in page.text
    places = rows_of((await theirs.get(f"/console/campaigns/{campaign}/results/tables/xa.csv")).body)
    assert len([row for row in places if row]) == 3  # heading, one commune, what must be known
    everybody = await console.signed_in(Role.APPROVER)
    assert numbers((await everybody.get(f"/console/campaigns/{campaign}/results")).text)["lượt đã gửi"] == "3"


async def test_figures_stand_for_a_moment_and_tell_when_they_were_counted(console: Console) -> None:
    visitor = await console.signed_in(Role.OFFICER)
    campaign = await held(console)
    address = f"/console/campaigns/{campaign}/results"
    await visitor.get(address)
    await change(console.parts.database, "UPDATE campaign_recipient SET state = 'sent' WHERE state = 'pending'")
    console.clock.pass_by(seconds=10)
    again = (await visitor.get(address)).text
    assert numbers(again)["lượt đã gửi"] == "3"
    assert "Số liệu lúc 08:00 ngày 22/11/2026" in again
    console.clock.pass_by(minutes=6)
    assert numbers((await visitor.get(address)).text)["lượt đã gửi"] == "4"


async def test_many_reasons_of_a_channel_become_one_line(console: Console) -> None:
    recorded = Recorded(console.parts.database)
    campaign = await recorded.campaign()
    message = await recorded.message(campaign)
    for number in range(MOST_REASONS + 5):
        await recorded.row(message, await recorded.member(campaign, uuid4()), "failed", reason=f"lỗi {number:03d}")
    visitor = await console.signed_in(Role.OFFICER)
    body = (await visitor.get(f"/console/campaigns/{campaign}/results/tables/ly-do.csv")).body
    rows = rows_of(body)[1 : MOST_REASONS + 2]
    assert rows[-1][:2] == ["5 lý do khác", "5"]
    assert sum(int(row[1]) for row in rows) == MOST_REASONS + 5


async def test_what_was_never_approved_has_no_results(console: Console) -> None:
    visitor = await console.signed_in(Role.AUTHOR)
    campaign = await Recorded(console.parts.database).campaign(state="draft", frozen_at=None)
    page = await visitor.get(f"/console/campaigns/{campaign}/results")
    assert page.status == 409
    assert "chưa có kết quả" in page.text


@pytest.mark.parametrize("path", ["999/results", "1/results/plots/khac.svg", "1/results/tables/khac.csv"])
async def test_what_is_not_there_is_not_found(console: Console, path: str) -> None:
    await held(console)
    visitor = await console.signed_in(Role.OFFICER)
    assert (await visitor.get(f"/console/campaigns/{path}")).status == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.ADMINISTRATOR])
async def test_only_who_may_see_campaigns_sees_results(console: Console, role: Role) -> None:
    campaign = await held(console)
    visitor = await console.signed_in(role)
    assert (await visitor.get(f"/console/campaigns/{campaign}/results")).status == 403


async def test_hours_in_which_nothing_happened_are_told_too(console: Console) -> None:
    recorded = Recorded(console.parts.database)
    campaign = await recorded.campaign()
    message = await recorded.message(campaign)
    for hours in (0, 3):
        await recorded.row(message, await recorded.member(campaign, uuid4()), "sent", sent_at=after(hours=hours))
    visitor = await console.signed_in(Role.OFFICER)
    body = (await visitor.get(f"/console/campaigns/{campaign}/results/tables/thoi-gian.csv")).body
    assert [row[:2] for row in rows_of(body)[1:5]] == [
        ["08 giờ 04/10", "1"],
        ["09 giờ 04/10", "0"],
        ["10 giờ 04/10", "0"],
        ["11 giờ 04/10", "1"],
    ]
