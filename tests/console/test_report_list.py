"""The inbox: views, filters that stay in the address, search, pages, and what is stuck."""

from __future__ import annotations

import re

import pytest

from bot.console.permissions import Role
from bot.feedback.kinds import Category
from bot.feedback.reports import Where

from .reporting import ELSEWHERE, HERE, Office, office
from .visiting import Console


@pytest.fixture
async def desk(console: Console) -> Office:
    return await office(console)


def codes(page: str) -> list[str]:
    """The reports of a list, in its order."""
    return re.findall(r'class="what"><a href="/console/reports/([A-Z0-9-]+)"', page)


async def test_an_officer_sees_the_reports_of_their_place_and_of_none(desk: Office, console: Console) -> None:
    here, there, nowhere = await desk.sent(), await desk.sent(where=ELSEWHERE), await desk.sent(where=Where())
    page = await desk.officer.get("/console/reports")
    assert set(codes(page.text)) == {here.code, nowhere.code}
    assert there.code not in page.text
    everywhere = await console.signed_in(Role.OFFICER)
    assert set(codes((await everywhere.get("/console/reports")).text)) == {here.code, there.code, nowhere.code}


async def test_each_view_is_a_link_with_its_count(desk: Office) -> None:
    # Given reports in several states, one of them mine
    await desk.sent()
    mine = await desk.sent()
    await desk.send_form(mine, "claim")
    verified = await desk.verified(await desk.sent())
    await desk.forwarded(await desk.sent(), await desk.agency())
    # When the inbox is opened
    page = (await desk.officer.get("/console/reports")).text
    # Then each view says how many there are, and leads to them
    views = dict(re.findall(r'<a href="([^"]+)"[^>]*>[^<]+<span class="count">([^<]+)</span>', page))
    assert views["/console/reports?tt=received"] == "2"
    assert views["/console/reports?tt=verified"] == "1"
    assert views[f"/console/reports?tt=mo&amp;nguoi={desk.officer.staff_id}"] == "1"
    assert views["/console/reports?tt=mo&amp;nguoi=0"] == "3"
    assert views["/console/reports?tt=forwarded%2Chandling"] == "1"
    assert views["/console/reports"] == "4"
    assert codes((await desk.officer.get("/console/reports?tt=verified")).text) == [verified.code]
    assert codes((await desk.officer.get(f"/console/reports?tt=mo&nguoi={desk.officer.staff_id}")).text) == [mine.code]


async def test_the_form_leads_to_a_short_address(desk: Office) -> None:
    typed = (
        "loc=1&chu=loi+thoat&tt=received&muc=hazard.cage&tinh-truoc=01&tinh=01&xa=00364&xep=han&nguoi=&cq=&luot=&kenh="
        "&tu=&den=&loai=&anh=1"
    )
    answer = await desk.officer.get(f"/console/reports?{typed}")
    assert answer.status == 303
    assert answer.location == ("/console/reports?muc=hazard.cage&tt=received&noi=00364&chu=loi+thoat&anh=1&xep=han")
    page = await desk.officer.get(answer.location)
    assert page.status == 200
    for chosen in (
        'value="loi thoat"',
        'value="hazard.cage" selected',
        'value="00364" selected',
        'value="han" selected',
    ):
        assert chosen in page.text


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("tinh-truoc=01&tinh=79&xa=00364", "noi=79"),  # another province: the old list's commune is not meant
        ("tinh-truoc=01&tinh=01&xa=01-khong", "noi=01-khong"),
        ("tinh-truoc=&tinh=khong&xa=", "noi=khong"),
        ("tinh-truoc=01&tinh=&xa=", ""),
        ("tinh-truoc=01&xa=00364", "noi=00364"),
    ],
)
async def test_province_and_commune_become_one_place(desk: Office, typed: str, place: str) -> None:
    answer = await desk.officer.get(f"/console/reports?loc=1&{typed}")
    assert answer.location == ("/console/reports?" + place).rstrip("?")


async def test_what_the_form_cannot_mean_is_told_and_not_lost(desk: Office) -> None:
    report = await desk.sent()
    answer = await desk.officer.get("/console/reports?loc=1&tu=2026-13-40&chu=loi+thoat")
    assert answer.status == 200
    assert "Ngày không đúng" in answer.text
    assert 'value="loi thoat"' in answer.text
    assert codes(answer.text) == [report.code]


@pytest.mark.parametrize("words", ["lối thoát", "loi thoat", "LOI  THOAT", "tang 2"])
async def test_search_with_and_without_diacritics(desk: Office, words: str) -> None:
    report = await desk.sent()
    await desk.sent("Ổ điện chập chờn.", category=Category.WIRING)
    page = await desk.officer.get(f"/console/reports?chu={words.replace(' ', '+')}")
    assert codes(page.text) == [report.code]
    assert "1 phản ánh" in page.text


async def test_a_code_finds_its_report(desk: Office) -> None:
    report = await desk.sent()
    await desk.sent()
    page = await desk.officer.get(f"/console/reports?chu={report.code.lower()}")
    assert codes(page.text) == [report.code]


async def test_nothing_found_says_what_to_try(desk: Office) -> None:
    assert "Chưa có phản ánh nào" in (await desk.officer.get("/console/reports")).text
    assert "Thử bớt điều kiện lọc" in (await desk.officer.get("/console/reports?chu=khongco")).text


async def test_a_line_says_whose_turn_it_is_and_what_marks_the_report(desk: Office, console: Console) -> None:
    # Given a report with photos that an officer has claimed
    report = await desk.sent(photos=2)
    await desk.send_form(report, "claim")
    await desk.write(report, "where_text", "sau chợ")
    line = (await desk.officer.get("/console/reports")).text
    assert re.search(r"còn \d+ ngày làm việc</span><br><span class=\"soft\">Mặt trận", line)
    assert "2 ảnh" in line
    assert "Trần Văn Cán" in line
    assert "sau chợ" in line
    # When its deadline passes
    console.clock.pass_by(days=8)
    desk.officer.cookies["console"] = await console.parts.sessions.begin(desk.officer.staff_id or 0, confirmed=True)
    # Then the line says for how long it is over
    late = (await desk.officer.get("/console/reports?qua-han=1")).text
    assert codes(late) == [report.code]
    assert re.search(r'<span class="tag bad">quá hạn \d+ ngày làm việc', late)


async def test_sorting_by_deadline(desk: Office, console: Console) -> None:
    # Given a report whose deadline is near, and a newer one that an agency has for longer
    near = await desk.sent()
    console.clock.pass_by(minutes=5)
    far = await desk.forwarded(await desk.sent(), await desk.agency())
    assert near.due_at
    assert far.due_at
    assert near.due_at < far.due_at
    assert codes((await desk.officer.get("/console/reports")).text) == [far.code, near.code]
    assert codes((await desk.officer.get("/console/reports?xep=han")).text) == [near.code, far.code]


async def test_pages_follow_one_another_without_gap_or_repetition(desk: Office, console: Console) -> None:
    # Given more reports than a page has
    sent = []
    for number in range(53):
        console.clock.pass_by(seconds=1)
        sent.append((await desk.sent(f"Bình số {number}", category=Category.EQUIPMENT)).code)
    # When the pages are followed by their links, while a new report comes in
    first = (await desk.officer.get("/console/reports?loai=hazard")).text
    console.clock.pass_by(seconds=1)
    await desk.sent()
    following = re.search(r'href="(/console/reports\?[^"]*sau=[^"]*)"', first)
    assert following
    second = (await desk.officer.get(following[1].replace("&amp;", "&"))).text
    # Then each report was shown once
    assert codes(first) + codes(second) == sent[::-1]
    assert "53 phản ánh" in first
    assert "loai=hazard" in following[1]
    # And the larger page holds them all
    assert len(codes((await desk.officer.get("/console/reports?so=200")).text)) == 54
    assert "checked" in (await desk.officer.get("/console/reports?chon=tat-ca")).text


async def test_a_cursor_that_somebody_made_up_is_the_first_page(desk: Office) -> None:
    report = await desk.sent()
    for made_up in ("x", "1", "99999999999999999.1", "-.999999999999999999"):
        page = await desk.officer.get(f"/console/reports?sau={made_up}")
        assert page.status == 200, made_up
    assert codes((await desk.officer.get("/console/reports?sau=%00")).text) == [report.code]


async def test_what_is_stuck_stands_by_whose_turn_it_is(desk: Office, console: Console) -> None:
    # Given a report that waits for MTTQ and one that waits for its agency, for long
    ours = await desk.sent()
    theirs = await desk.forwarded(await desk.sent(), await desk.agency())
    page = (await desk.officer.get("/console/reports/stuck")).text
    assert codes(page) == []
    console.clock.pass_by(days=16)
    desk.officer.cookies["console"] = await console.parts.sessions.begin(desk.officer.staff_id or 0, confirmed=True)
    fresh = await desk.sent()
    # When the list is opened
    page = (await desk.officer.get("/console/reports/stuck")).text
    # Then each stands under its side, with how long, and the fresh one is not there
    _, mttq, agency, resident = re.split(r'<h2 id="hat-\d">', page)
    assert codes(mttq) == [ours.code]
    assert codes(agency) == [theirs.code]
    assert "Không có phản ánh nào" in resident
    assert re.search(r"quá hạn \d+ ngày làm việc", mttq)
    assert fresh.code not in page


async def test_one_province_needs_no_choice(desk: Office, console: Console) -> None:
    await desk.sent(where=HERE)
    assert 'id="tinh"' not in (await desk.officer.get("/console/reports")).text
    everywhere = await console.signed_in(Role.OFFICER)
    page = (await everywhere.get("/console/reports?noi=00364")).text
    assert 'value="01" selected' in page
    assert 'value="00364" selected' in page
