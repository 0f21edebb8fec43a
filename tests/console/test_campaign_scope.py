"""Whose places a campaign may go to: a ward neither writes to, nor approves for, people elsewhere by mistake."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.campaigns.content import Audience, Plan, Repeat, Variant
from bot.campaigns.lifecycle import State
from bot.console.campaign_scope import places_beyond
from bot.console.permissions import Role
from bot.console.visits import Member
from tests.integration.stored import change

from .campaigning import PATH, Bureau, bureau_of, plan, shown
from .filled_forms import form_with, press
from .visiting import Console, Visitor

WARD, OTHER_WARD, CITY, OTHER_CITY = "00364", "00070", "01", "79"
OF_THE_WARD = Audience(places=(WARD,))


@pytest.fixture
async def bureau(console: Console) -> Bureau:
    return await bureau_of(console)


@pytest.fixture
async def author(console: Console) -> Visitor:
    """An author who looks after one ward."""
    return await console.signed_in(Role.AUTHOR, places=[WARD], name="Trần Thị Phường")


@pytest.fixture
async def approver(console: Console) -> Visitor:
    return await console.signed_in(Role.APPROVER, places=[WARD], name="Lê Văn Phường")


def for_places(*codes: str) -> Plan:
    return replace(plan(), audience=Audience(places=codes))


def test_what_lies_beyond(console: Console) -> None:
    known = console.parts.knowledge().places

    def beyond(own: tuple[str, ...], *audience: str) -> str:
        member = Member(id=1, login="x", name="X", position="", roles=(Role.AUTHOR,), places=own)
        return places_beyond(member, Audience(places=audience), known)

    assert beyond(()) == ""  # nobody limited them
    assert beyond((), OTHER_CITY) == ""
    assert beyond((WARD,), WARD) == ""
    assert beyond((CITY,), WARD, CITY) == ""  # a ward of their city
    assert beyond((WARD,)) == "cả nước"
    assert beyond((WARD,), WARD, CITY) == "Thành phố Hà Nội"
    assert beyond((CITY,), OTHER_CITY) == "Thành phố Hồ Chí Minh"
    assert beyond((WARD,), "no-place") == "no-place"


@pytest.mark.parametrize("kit", ["", "ngay-04-10", "canh-bao-bao"])
async def test_a_new_campaign_is_for_the_places_of_its_author(bureau: Bureau, author: Visitor, kit: str) -> None:
    made = await author.post(f"{PATH}/new", {"kit": kit, "day": "2027-10-04", "title": "Của phường"})
    number = int(made.location.rsplit("/", 1)[1])
    assert (await bureau.got(number)).plan.audience.places == (WARD,)


async def test_an_audience_beyond_is_not_saved_and_nothing_typed_is_lost(bureau: Bureau, author: Visitor) -> None:
    number = await bureau.written(replace(plan(), audience=OF_THE_WARD))
    path = f"{PATH}/{number}/audience"
    page = await author.get(path)
    assert shown(page, "Bạn phụ trách Phường Khương Đình, Thành phố Hà Nội: chọn nơi của mình")
    assert "Không chọn nơi nào là cả nước" not in page.text
    for places in ([], [OTHER_CITY], [WARD, CITY]):
        typed = form_with(page, "Lưu và xem ước lượng").with_(places=places, homes=["flat"])
        refused = await press(author, page, path, "Lưu và xem ước lượng", typed)
        assert refused.status == 422
        assert "Bạn phụ trách Phường Khương Đình, Thành phố Hà Nội" in refused.text
        assert ("homes", "flat") in form_with(refused, "Lưu và xem ước lượng").fields
    assert (await bureau.got(number)).plan.audience == OF_THE_WARD


@pytest.mark.parametrize("name", ["places", "without_places"])
async def test_a_place_that_was_typed_and_not_ticked_is_not_all_of_the_country(bureau: Bureau, name: str) -> None:
    number = await bureau.written()
    before = await bureau.got(number)
    path = f"{PATH}/{number}/audience"
    page = await bureau.author.get(path)
    typed = form_with(page, "Lưu và xem ước lượng").with_(**{f"sought_{name}": "khuong dinh"})
    refused = await press(bureau.author, page, path, "Lưu và xem ước lượng", typed)
    assert (refused.status, "Đã gõ “khuong dinh” nhưng chưa chọn nơi nào" in refused.text) == (422, True)
    assert 'value="khuong dinh"' in refused.text
    assert await bureau.got(number) == before


async def test_a_campaign_beyond_is_not_handed_on(bureau: Bureau, author: Visitor) -> None:
    number = await bureau.written(for_places(CITY))
    page = await author.get(f"{PATH}/{number}")
    assert shown(page, "gửi tới Thành phố Hà Nội, ngoài địa bàn bạn phụ trách")
    assert "Gửi duyệt</button>" not in page.text
    version = (await bureau.got(number)).version
    refused = await author.post(f"{PATH}/{number}/submit", {"version": version})
    assert (refused.status, (await bureau.got(number)).state) == (409, State.DRAFT)


async def test_who_looks_after_a_ward_approves_for_it_only(bureau: Bureau, approver: Visitor) -> None:
    everywhere = await bureau.submitted(plan())
    page = await approver.get(f"{PATH}/{everywhere}/review")
    assert shown(page, "gửi tới cả nước, ngoài địa bàn bạn phụ trách")
    assert 'value="approve"' not in page.text
    campaign = await bureau.got(everywhere)
    refused = await approver.post(f"{PATH}/{everywhere}/review", {"version": campaign.version, "act": "approve"})
    assert (refused.status, (await bureau.got(everywhere)).state) == (409, State.IN_REVIEW)
    # What is for their ward they approve
    own = await bureau.submitted(for_places(WARD))
    review = await approver.get(f"{PATH}/{own}/review")
    done = await press(approver, review, f"{PATH}/{own}/review", "Duyệt")
    assert (done.status, (await bureau.got(own)).state) == (303, State.APPROVED)


async def test_who_looks_after_a_ward_does_not_end_a_series_of_the_country(bureau: Bureau, author: Visitor) -> None:
    number = await bureau.scheduled(plan(repeat=Repeat(rule="ngay-04-10")))
    page = await author.get(f"{PATH}/{number}")
    assert "Ngừng lặp lại</button>" not in page.text
    refused = await author.post(f"{PATH}/{number}/stop-repeating", {})
    assert (refused.status, "ngoài địa bàn của bạn" in refused.text) == (409, True)
    assert not (await bureau.got(number)).series_ended


async def test_whose_the_reasons_are_is_said(bureau: Bureau, approver: Visitor) -> None:
    number = await bureau.sending()
    skipped = "UPDATE campaign_recipient SET state = 'skipped', reason = 'left', commune_code = :ward"
    await change(bureau.console.parts.database, skipped, ward=WARD)
    page = await approver.get(f"{PATH}/{number}")
    assert shown(page, "Chỉ tính trong địa bàn của bạn (Phường Khương Đình, Thành phố Hà Nội)")
    assert "Chỉ tính trong địa bàn" not in (await bureau.approver.get(f"{PATH}/{number}")).text


async def test_a_campaign_beyond_may_be_paused_only(bureau: Bureau, approver: Visitor) -> None:
    number = await bureau.sending()
    page = await approver.get(f"{PATH}/{number}")
    assert f"{PATH}/{number}/acts/pause" in page.text
    assert f"{PATH}/{number}/acts/cancel" not in page.text
    version = (await bureau.got(number)).version
    refused = await approver.post(f"{PATH}/{number}/acts/cancel", {"version": version, "text": "nhầm"})
    assert (refused.status, "ngoài địa bàn bạn phụ trách" in refused.text) == (409, True)
    assert (await bureau.got(number)).state is State.SENDING
    paused = await approver.post(f"{PATH}/{number}/acts/pause", {"version": version, "text": "có lời báo sai"})
    assert (paused.status, (await bureau.got(number)).state) == (303, State.PAUSED)


async def test_the_decision_says_what_it_sets_going(bureau: Bureau) -> None:
    await bureau.subscribed(3)
    number = await bureau.submitted(plan())
    page = await bureau.approver.get(f"{PATH}/{number}/review")
    decision = page.text.split('id="decide"')[1]
    for words in ("1 tin", "3 người", "Cả nước, không giới hạn địa bàn", "08:10 ngày 04/10/2027", "chịu trách nhiệm"):
        assert words in decision, words
    question = "Duyệt gửi 1 tin tới khoảng 3 người, cả nước, bắt đầu 08:10 ngày 04/10/2027?"
    assert f'data-ask="{question}"' in decision


async def test_what_no_channel_takes_is_told_before_it_is_handed_on(bureau: Bureau) -> None:
    held = plan()
    long = replace(held.messages[0], texts={Variant.HOUSEHOLD: "Ra ngoài rồi gọi 114. " * 150})
    number = await bureau.written(replace(held, messages=(long,)))
    page = await bureau.author.get(f"{PATH}/{number}")
    assert "Gửi duyệt</button>" not in page.text
    assert shown(page, "Còn ", "điều phải sửa trước khi gửi duyệt")
