"""Acts on several reports at once."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from bot.console.permissions import Role
from bot.feedback.lifecycle import State
from bot.feedback.reports import Report

from .reporting import ELSEWHERE, Office, office
from .visiting import Answer, Console


@pytest.fixture
async def desk(console: Console) -> Office:
    return await office(console)


async def confirmed(desk: Office, act: str, chosen: Sequence[Report]) -> Answer:
    """The page that asks before it is done."""
    picked = "".join(f"&chosen={one.code}" for one in chosen)
    return await desk.officer.get(f"/console/reports/bulk?act={act}{picked}")


async def done(desk: Office, act: str, chosen: Sequence[Report], **fields: str | int) -> Answer:
    """What comes of sending that page's form."""
    page = await confirmed(desk, act, chosen)
    hidden = re.findall(r'name="(act|chosen)" value="([^"]+)"', page.text)
    return await desk.officer.post("/console/reports/bulk", [*hidden, *fields.items()])


async def test_says_what_will_not_be_possible_and_why(desk: Office, console: Console) -> None:
    fresh, taken = await desk.sent(), await desk.verified(await desk.sent())
    other = await console.signed_in(Role.OFFICER, places=["00364"], name="Lê Thị Hai")
    await desk.send_form(taken, "claim", by=other)
    page = await confirmed(desk, "verify", [fresh, taken])
    assert "Xác minh: 1 phản ánh" in page.text
    assert "Đang ở trạng thái “Đã xác minh”, không làm được việc này." in page.text
    assert "Lê Thị Hai đang xử lý." in (await confirmed(desk, "claim", [fresh, taken])).text
    assert await desk.kinds(fresh) == ["sent"]


async def test_verifying_and_claiming_several(desk: Office) -> None:
    chosen = [await desk.sent() for _ in range(3)]
    assert "Xác minh: xong 3 trên 3" in (await done(desk, "verify", chosen)).text
    assert "Nhận xử lý: xong 3 trên 3" in (await done(desk, "claim", chosen)).text
    for one in chosen:
        now = await desk.now(one)
        assert (now.state, now.claimed_by) == (State.VERIFIED, desk.officer.staff_id)
        assert await desk.log(one) == ["report verify", "report claimed"]


async def test_forwarding_several_to_one_agency(desk: Office) -> None:
    agency = await desk.agency()
    chosen = [await desk.verified(await desk.sent()) for _ in range(2)]
    missing = await done(desk, "forward", chosen, text="Nhờ xem giúp.", agency="", way="export")
    assert missing.status == 422
    assert "Nhờ xem giúp." in missing.text
    result = await done(desk, "forward", chosen, agency=agency.id, way="export", text="Nhờ xem giúp.")
    assert "xong 2 trên 2" in result.text
    assert {(await desk.now(one)).agency_id for one in chosen} == {agency.id}


async def test_an_agency_of_another_place_takes_none(desk: Office) -> None:
    far = await desk.agency("Công an phường Bến Thành", "26743")
    chosen = [await desk.verified(await desk.sent())]
    result = await done(desk, "forward", chosen, agency=far.id, way="export")
    assert "Cơ quan này không phụ trách nơi xảy ra" in result.text
    assert (await desk.now(chosen[0])).state is State.VERIFIED


async def test_rejecting_spam_with_one_reason(desk: Office) -> None:
    chosen = [await desk.sent("mua ngay kẻo lỡ") for _ in range(2)]
    assert 'value="spam" selected' in (await confirmed(desk, "reject", chosen)).text
    result = await done(desk, "reject", chosen, reason="spam", text="Tin quảng cáo.")
    assert "xong 2 trên 2" in result.text
    assert {(await desk.now(one)).state for one in chosen} == {State.REJECTED}
    assert [await desk.told(one) for one in chosen] == [1, 1]


async def test_merging_several_into_one(desk: Office) -> None:
    head, one, two = [await desk.sent() for _ in range(3)]
    result = await done(desk, "merge", [head, one, two], target=head.code, text="Cùng một ngõ.")
    assert "xong 2 trên 2" in result.text
    assert (await desk.now(head)).state is State.RECEIVED
    assert (await desk.now(head)).duplicates == (one.code, two.code)
    stranger = await desk.sent(where=ELSEWHERE)
    refused = await done(desk, "merge", [head, await desk.sent()], target=stranger.code, text="x")
    assert refused.status == 422
    assert "Không có phản ánh mang mã này trong địa bàn của bạn." in refused.text


async def test_each_is_done_for_itself(desk: Office, console: Console) -> None:
    # Given a confirmation page of two reports, one of which somebody changes meanwhile
    fine, moved = await desk.sent(), await desk.sent()
    page = await confirmed(desk, "verify", [fine, moved])
    hidden = re.findall(r'name="(act|chosen)" value="([^"]+)"', page.text)
    other = await console.signed_in(Role.OFFICER, places=["00364"])
    await desk.send_form(moved, "claim", by=other)
    # When it is sent
    result = await desk.officer.post("/console/reports/bulk", hidden)
    # Then one is done, the other is left as it is, and the page says which and why
    assert "Xác minh: xong 1 trên 2" in result.text
    assert f"{moved.code}</a>: Có người vừa thay đổi phản ánh này" in result.text
    assert (await desk.now(fine)).state is State.VERIFIED
    assert (await desk.now(moved)).state is State.RECEIVED
    # And sent once more nothing is done twice
    again = await desk.officer.post("/console/reports/bulk", hidden)
    assert "xong 0 trên 2" in again.text
    assert (await desk.kinds(fine)).count("verify") == 1


async def test_reports_of_another_place_are_not_among_them(desk: Office) -> None:
    mine, theirs = await desk.sent(), await desk.sent(where=ELSEWHERE)
    page = await confirmed(desk, "verify", [mine, theirs])
    assert theirs.code not in page.text
    pairs = [
        ("act", "verify"),
        ("chosen", f"{mine.code}.{mine.version}"),
        ("chosen", f"{theirs.code}.{theirs.version}"),
    ]
    result = await desk.officer.post("/console/reports/bulk", pairs)
    assert "xong 1 trên 1" in result.text
    assert (await desk.now(theirs)).state is State.RECEIVED


async def test_none_or_too_many_is_said(desk: Office) -> None:
    assert "chưa chọn phản ánh nào" in (await desk.officer.get("/console/reports/bulk?act=verify")).text
    report = await desk.sent()
    assert "chưa chọn việc cần làm" in (await desk.officer.get(f"/console/reports/bulk?chosen={report.code}")).text
    assert (await desk.officer.get(f"/console/reports/bulk?act=close&chosen={report.code}")).status == 404
    many = [("act", "verify"), *(("chosen", f"ZZ-ZZZZ-{number:04}.1") for number in range(201))]
    answer = await desk.officer.post("/console/reports/bulk", many)
    assert answer.status == 409
    assert "nhiều nhất 200 phản ánh; bạn đã chọn 201" in answer.text
