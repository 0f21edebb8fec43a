"""The list of campaigns and the calendar of the year."""

from __future__ import annotations

import re
from datetime import date

import pytest

from bot.campaigns.content import Plan
from bot.campaigns.lifecycle import Act
from bot.console.campaign_calendar import lunar_in_words
from bot.console.campaign_list import AT_ONCE
from bot.console.permissions import Role

from .campaigning import PATH, Bureau, bureau_of, plan, shown, titles
from .visiting import Console


@pytest.fixture
async def bureau(console: Console) -> Bureau:
    return await bureau_of(console)


async def test_views_words_and_authors_narrow_the_list(bureau: Bureau) -> None:
    # Given a draft, one that waits for approval, one that was cancelled, and one of somebody else's
    await bureau.written(plan(title="Nhắc hóa vàng rằm tháng Giêng"))
    await bureau.submitted(plan(title="Mùa nắng nóng"))
    gone = await bureau.written(plan(title="Bỏ giữa chừng"))
    await bureau.office.campaigns.act(gone, Act.CANCEL, bureau.by(bureau.author))
    await bureau.office.campaigns.create(plan(title="Của người khác"), bureau.by(bureau.other))
    every = ["Nhắc hóa vàng rằm tháng Giêng", "Mùa nắng nóng", "Bỏ giữa chừng", "Của người khác"]
    # Then each address shows what it asks for
    for query, expected in {
        "": every,
        "?tt=soan": ["Nhắc hóa vàng rằm tháng Giêng", "Của người khác"],
        "?tt=duyet": ["Mùa nắng nóng"],
        "?tt=huy": ["Bỏ giữa chừng"],
        "?tt=xong": [],
        "?chu=hoa+vang": ["Nhắc hóa vàng rằm tháng Giêng"],
        "?chu=hoa+vang&tt=duyet": [],
        "?cua=toi": every[:3],
        "?tt=nonsense": every,
    }.items():
        page = await bureau.author.get(PATH + query)
        assert (page.status, titles(page, every)) == (200, expected), query


async def test_what_is_chosen_stays_in_the_address(bureau: Bureau) -> None:
    page = await bureau.author.get(f"{PATH}?chu=n%E1%BA%AFng&cua=toi")
    assert 'href="/console/campaigns?tt=duyet&amp;chu=n%E1%BA%AFng&amp;cua=toi"' in page.text
    assert 'value="nắng"' in page.text


async def test_a_long_list_has_pages_and_none_is_lost(bureau: Bureau) -> None:
    names = [f"Đợt thứ {number:03}" for number in range(AT_ONCE + 2)]
    for name in names:
        await bureau.written(plan(title=name))
    first = await bureau.author.get(f"{PATH}?chu=dot")
    following = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = await bureau.author.get(following)
    assert len(titles(first, names)) == AT_ONCE
    assert titles(second, names) == names[:2]
    assert 'rel="next"' not in second.text


async def test_the_year_has_its_occasions_with_their_lunar_days(bureau: Bureau) -> None:
    # Given a campaign for 04/10, and one on a day of its own
    await bureau.written(plan(title="Tuần lễ 04/10"))
    await bureau.written(Plan(title="Ra quân ở phường", day=date(2027, 3, 9)))
    # Then the year shows them where they belong, and from where to begin others
    page = await bureau.author.get(f"{PATH}/calendar?nam=2027")
    assert shown(page, "mùng 1 tháng Giêng âm lịch", "Tuần lễ 04/10", "Ra quân ở phường")
    october = page.text.split('id="thang-10"')[1].split('id="thang-12"')[0]
    assert "Tuần lễ 04/10" in october
    assert "/console/campaigns/new?bo=ngay-04-10&amp;dip=ngay-04-10&amp;ngay=2027-10-04" in october
    assert "Ra quân ở phường" not in october
    assert "Tuần lễ 04/10" not in (await bureau.author.get(f"{PATH}/calendar?nam=2028")).text
    # And whoever may not write is not offered to begin one
    assert "/console/campaigns/new" not in (await bureau.approver.get(f"{PATH}/calendar?nam=2027")).text


async def test_what_comes_next_stands_first(bureau: Bureau) -> None:
    page = await bureau.author.get(f"{PATH}/calendar")  # it is November 2026
    coming, gone = page.text.split('<details class="gone">')
    assert re.findall(r'id="thang-(\d+)"', coming) == ["9", "12"]  # the dry months go on
    assert "Tết Nguyên đán" in gone
    assert "Tết Nguyên đán" not in coming
    assert 'class="card over"' not in coming
    # Of a year that is over all is looked at
    assert "<details" not in (await bureau.author.get(f"{PATH}/calendar?nam=2025")).text


@pytest.mark.parametrize("year", ["2020", "2100", "1900", "99999", "x", "٢٠٢٧", ""])
async def test_any_year_that_is_asked_for(bureau: Bureau, year: str) -> None:
    page = await bureau.author.get(f"{PATH}/calendar?nam={year}")
    assert shown(page, "Tết Nguyên đán", year if year in {"2020", "2100"} else "2026")


def test_lunar_days_as_people_say_them() -> None:
    assert lunar_in_words(date(2027, 2, 20)) == "rằm tháng Giêng âm lịch"
    assert lunar_in_words(date(2027, 1, 30)) == "23 tháng Chạp âm lịch"
    assert lunar_in_words(date(2025, 8, 1)) == "mùng 8 tháng 6 nhuận âm lịch"


async def test_the_first_page_tells_what_waits(bureau: Bureau) -> None:
    # Given one campaign that waits for approval, and one that is paused
    held_up = await bureau.scheduled(plan(title="Đang dừng"))
    await bureau.submitted()
    await bureau.office.campaigns.act(held_up, Act.PAUSE, bureau.by(bureau.approver), text="Xem lại")

    async def counted(login: str) -> dict[str, str]:
        visitor = {"author": bureau.author, "approver": bureau.approver, "other": bureau.other}[login]
        text = (await visitor.get("/console/")).text
        return {
            what: text.split(f">{what}<")[0].rsplit('class="figure">', 1)[1].split("<")[0]
            for what in ("Chiến dịch chờ bạn duyệt", "Chiến dịch tạm dừng hoặc trục trặc", "Chiến dịch bạn đang soạn")
            if f">{what}<" in text
        }

    # Then the approver sees both, the author what is theirs
    assert await counted("approver") == {"Chiến dịch chờ bạn duyệt": "1", "Chiến dịch tạm dừng hoặc trục trặc": "1"}
    assert await counted("author") == {"Chiến dịch tạm dừng hoặc trục trặc": "1", "Chiến dịch bạn đang soạn": "0"}
    # And who has saved in it has nothing to approve
    number = await bureau.written()
    campaign = await bureau.got(number)
    saved = await bureau.office.campaigns.save(number, campaign.plan, campaign.version, bureau.by(bureau.other))
    await bureau.office.campaigns.act(number, Act.SUBMIT, bureau.by(bureau.author), version=saved.version)
    assert (await counted("other"))["Chiến dịch chờ bạn duyệt"] == "1"
    assert (await counted("approver"))["Chiến dịch chờ bạn duyệt"] == "2"


async def test_who_sees_campaigns(bureau: Bureau) -> None:
    officer = await bureau.console.signed_in(Role.OFFICER)
    viewer = await bureau.console.signed_in(Role.VIEWER)
    assert 'href="/console/campaigns"' in (await officer.get("/console/")).text
    assert "Lập chiến dịch" not in (await officer.get(PATH)).text
    assert 'href="/console/campaigns"' not in (await viewer.get("/console/")).text
