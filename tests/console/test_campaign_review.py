"""Approval: another person looks, ticks each cited document, decides; once, and never who wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

import pytest

from bot.campaigns.content import Moment, Source, Variant
from bot.campaigns.lifecycle import Act, State
from bot.console.campaign_history import authors
from bot.console.permissions import Role
from knowledge.clock import VIET_NAM
from tests.integration.stored import change, value

from .campaigning import LAW, PATH, TEXT, Bureau, bureau_of, message, plan, shown
from .filled_forms import form_with, press
from .visiting import DAY, Answer, Console

CITING = replace(
    message(),
    texts={Variant.HOUSEHOLD: f"{TEXT} [1]", Variant.FLAT: "Ở chung cư: đi thang bộ, gọi 114."},
    sources=(LAW, Source(document="kn-bao-chay")),
)
DOCUMENTS = [LAW.document, "kn-bao-chay"]


@pytest.fixture
async def bureau(console: Console) -> Bureau:
    return await bureau_of(console)


async def reviewed(bureau: Bureau, number: int) -> Answer:
    return await bureau.approver.get(f"{PATH}/{number}/review")


async def test_an_author_hands_a_campaign_on(bureau: Bureau) -> None:
    number = await bureau.written(plan(CITING))
    page = await bureau.author.get(f"{PATH}/{number}")
    assert shown(page, "Không còn lỗi", "người chưa từng sửa")
    sent = await press(bureau.author, page, "", "Gửi duyệt")
    assert (sent.status, (await bureau.got(number)).state) == (303, State.IN_REVIEW)
    # A second click on the page that is still open does nothing and says so
    again = await press(bureau.author, page, "", "Gửi duyệt")
    assert (again.status, "nên không làm được" in again.text or "vừa thay đổi" in again.text) == (409, True)
    assert await bureau.acts(number) == ["create", "submit"]
    # And the author sees that somebody else has to look
    assert shown(await bureau.author.get(f"{PATH}/{number}"), "Chờ người khác duyệt")
    assert shown(await bureau.approver.get(f"{PATH}/{number}"), "chờ bạn xem và duyệt")


async def test_a_draft_with_faults_is_not_handed_on(bureau: Bureau) -> None:
    number = await bureau.written(plan(replace(CITING, texts={Variant.HOUSEHOLD: "Phạt 123.456 đồng."})))
    page = await bureau.author.get(f"{PATH}/{number}")
    assert "Gửi duyệt</button>" not in page.text
    assert 'class="wrong"' in page.text.split('class="messages"')[1]
    refused = await bureau.author.post(f"{PATH}/{number}/submit", {"version": "1"})
    assert (refused.status, "Chưa gửi duyệt được" in refused.text) == (409, True)
    assert (await bureau.got(number)).state is State.DRAFT


async def test_the_approver_sees_everything(bureau: Bureau) -> None:
    await bureau.subscribed(3)
    number = await bureau.submitted(plan(CITING, message("sau", days=2)))
    page = await reviewed(bureau, number)
    assert shown(
        page,
        "Ai cũng nhớ 114.",
        "Ở chung cư: đi thang bộ",  # each variant
        "Zalo OA",
        "trên 2.000 ký tự",
        "người thuộc đối tượng",
        "Gửi trước cho 2 %",
        "Luật Phòng cháy, chữa cháy",
        "còn hiệu lực",
        "Dừng nhận tin",
    )
    assert page.text.split("người thuộc đối tượng")[0].rsplit('class="figure">', 1)[1].startswith("3<")
    assert [value for name, value in form_with(page, "Duyệt").fields if name == "checked"] == []  # none ticked for them


async def test_each_document_must_be_ticked(bureau: Bureau) -> None:
    number = await bureau.submitted(plan(CITING))
    page = await reviewed(bureau, number)
    form = form_with(page, "Duyệt")
    # When one of two is ticked, with a word for the author
    half = await press(
        bureau.approver, page, f"{PATH}/{number}/review", "Duyệt", form.with_(checked=DOCUMENTS[:1], text="Tốt lắm")
    )
    # Then it is not approved, and what was ticked and typed is still there
    assert (half.status, "Chưa đánh dấu đã xem hết" in half.text) == (409, True)
    assert all(words in half.text for words in ("văn bản chưa đánh dấu", "Đến phần văn bản được dẫn"))
    kept = form_with(half, "Duyệt").fields
    assert ("checked", DOCUMENTS[0]) in kept
    assert ("text", "Tốt lắm") in kept
    # When the other is ticked too
    path = f"{PATH}/{number}/review"
    done = await press(bureau.approver, half, path, "Duyệt", form_with(half, "Duyệt").with_(checked=DOCUMENTS))
    assert done.status == 303
    campaign = await bureau.got(number)
    assert (campaign.state, campaign.approved_by) == (State.APPROVED, bureau.approver.staff_id)
    assert {one["document"] for one in campaign.checked} == set(DOCUMENTS)


async def test_provisions_of_one_document_are_ticked_as_one(bureau: Bureau) -> None:
    # Given two provisions of a law
    more = (LAW, Source(document=LAW.document, locator="dieu-8-k3"))
    number = await bureau.submitted(plan(replace(CITING, sources=more)))
    page, path = await reviewed(bureau, number), f"{PATH}/{number}/review"
    assert shown(page, "Điều 8 khoản 2", "Điều 8 khoản 3")
    assert page.text.count('name="checked"') == 1
    form = form_with(page, "Duyệt").with_(checked=[LAW.document])
    assert (await press(bureau.approver, page, path, "Duyệt", form)).status == 303


async def test_a_document_that_is_void_on_the_day_stands_first(bureau: Bureau) -> None:
    number = await bureau.submitted(plan(CITING))
    # Given what it rests on is no longer in force since it was submitted
    await change(
        bureau.console.parts.database,
        "UPDATE campaign SET plan = jsonb_set(plan, '{messages,0,sources,1}', CAST(:source AS jsonb))",
        source='{"document": "luat-40-2013-qh13", "locator": ""}',
    )
    page = await reviewed(bureau, number)
    laws = page.text.split("4. Văn bản được dẫn")[1]
    assert laws.index("40/2013/QH13") < laws.index("55/2024/QH15")
    assert 'class="law void"' in laws
    ticked = [LAW.document, "luat-40-2013-qh13"]
    answer = await bureau.approver.post(
        f"{PATH}/{number}/review", [("version", "2"), ("act", "approve"), *(("checked", one) for one in ticked)]
    )
    assert (answer.status, "không còn hiệu lực vào ngày gửi" in answer.text) == (409, True)


async def test_who_wrote_does_not_approve(bureau: Bureau) -> None:
    # Given somebody who may do both has saved in it once, and another has saved after them
    number = await bureau.written(plan(CITING))
    for visitor in (bureau.other, bureau.author):
        campaign = await bureau.got(number)
        await bureau.office.campaigns.save(number, campaign.plan, campaign.version, bureau.by(visitor))
    await press(bureau.author, await bureau.author.get(f"{PATH}/{number}"), "", "Gửi duyệt")
    # Then their page offers only to send back, and the act is refused
    page = await bureau.other.get(f"{PATH}/{number}/review")
    assert shown(page, "không thể tự duyệt")
    assert "Duyệt" not in form_with(page, "Trả lại để sửa").buttons
    version = (await bureau.got(number)).version
    refused = await bureau.other.post(
        f"{PATH}/{number}/review", [("version", version), ("act", "approve"), *(("checked", one) for one in DOCUMENTS)]
    )
    assert (refused.status, "không được tự duyệt" in refused.text) == (409, True)
    assert (await bureau.got(number)).state is State.IN_REVIEW


async def test_two_approvers_at_once(bureau: Bureau) -> None:
    number = await bureau.submitted(plan(CITING))
    path = f"{PATH}/{number}/review"
    first, second = await reviewed(bureau, number), await bureau.second.get(path)
    one = await press(bureau.approver, first, path, "Duyệt", form_with(first, "Duyệt").with_(checked=DOCUMENTS))
    two = await press(bureau.second, second, path, "Trả lại để sửa", form_with(second, "Duyệt").with_(text="Sửa giờ"))
    assert (one.status, two.status) == (303, 409)
    assert "Sửa giờ" in two.text  # what the second wrote is not lost
    assert f'href="{PATH}/{number}"' in two.text
    assert (await bureau.got(number)).state is State.APPROVED
    assert (await bureau.acts(number)).count("approve") == 1


async def test_it_goes_back_with_words(bureau: Bureau) -> None:
    number = await bureau.submitted(plan(CITING))
    page, path = await reviewed(bureau, number), f"{PATH}/{number}/review"
    silent = await press(bureau.approver, page, path, "Trả lại để sửa")
    assert (silent.status, "Ghi điều cần sửa" in silent.text) == (409, True)
    form = form_with(page, "Duyệt").with_(text="Tin 1: sửa giờ gửi")
    back = await press(bureau.approver, page, path, "Trả lại để sửa", form)
    assert back.status == 303
    draft = await bureau.author.get(f"{PATH}/{number}")
    assert shown(draft, "Người duyệt trả lại", "Tin 1: sửa giờ gửi", "Đang soạn")
    assert (await bureau.approver.get(path)).location == f"{PATH}/{number}"


async def test_what_was_shown_is_approved_and_nothing_else(bureau: Bureau) -> None:
    """Sources may be corrected while the approver reads; then the page is shown anew, with what was ticked."""
    number = await bureau.submitted(plan(CITING))
    page, path = await reviewed(bureau, number), f"{PATH}/{number}/review"
    form = form_with(page, "Duyệt")
    shown_before = {"texts": "00" * 32, "checked": DOCUMENTS}
    anew = await press(bureau.approver, page, path, "Duyệt", form.changed(shown_before))
    assert (anew.status, "Kho tri thức vừa được cập nhật" in anew.text) == (409, True)
    assert (await bureau.got(number)).state is State.IN_REVIEW
    kept = form_with(anew, "Duyệt")
    assert [value for name, value in kept.fields if name == "checked"] == DOCUMENTS
    assert (await press(bureau.approver, anew, path, "Duyệt", kept.fields)).status == 303
    assert (await bureau.got(number)).state is State.APPROVED


async def test_each_document_says_where_it_is_cited(bureau: Bureau) -> None:
    # Given a message that cites the second source first, and another that cites none of its sources by number
    texts = {Variant.HOUSEHOLD: "Gọi 114. [2] Cả nhà ra ngoài. [1]", Variant.FLAT: "Đi thang bộ. [1]"}
    number = await bureau.submitted(plan(replace(CITING, texts=texts), replace(message("sau", days=2), sources=(LAW,))))
    laws = (await reviewed(bureau, number)).text.split("4. Văn bản được dẫn")[1]
    told = "Tin ngay-chinh [2] (bản hộ gia đình), [1] (bản chung cư); Tin sau (không có số trong bài)"
    assert f"Dùng trong tin: {told}" in laws
    assert "Dùng trong tin: Tin ngay-chinh [1]<" in laws


async def test_an_audience_of_nobody_is_told_in_red(bureau: Bureau) -> None:
    number = await bureau.submitted(plan(CITING))
    told = '<p class="notice fault">Lúc này không có ai thuộc đối tượng nhận'
    assert told in (await bureau.author.get(f"{PATH}/{number}")).text
    decision = (await reviewed(bureau, number)).text.split("5. Quyết định")[1]
    assert told in decision
    # When somebody subscribes, it is no longer said
    await bureau.subscribed(1)
    bureau.console.clock.pass_by(minutes=2)
    assert told not in (await bureau.author.get(f"{PATH}/{number}")).text


async def test_what_is_urgent_and_due_starts_at_once(bureau: Bureau) -> None:
    due = Moment(at=datetime.combine(DAY, time(8, 0)))
    bureau.console.clock.at = datetime.combine(DAY, time(7, 59), VIET_NAM)
    author, approver = await bureau.console.signed_in(Role.AUTHOR), await bureau.console.signed_in(Role.APPROVER)
    number = await bureau.office.campaigns.create(plan(message(when=due), urgent=True), bureau.by(author))
    await bureau.office.campaigns.act(number, Act.SUBMIT, bureau.by(author))
    page = await approver.get(f"{PATH}/{number}/review")
    assert shown(page, "bắt đầu 08:00 ngày ", "duyệt nhưng gửi theo giờ thường")
    bureau.console.clock.pass_by(minutes=5)
    page = await approver.get(f"{PATH}/{number}/review")
    assert shown(page, "bắt đầu ngay khi duyệt?", "Không đánh dấu thì không duyệt được")


@pytest.mark.parametrize("granted", [True, False])
async def test_urgency_is_granted_or_not(bureau: Bureau, granted: bool) -> None:
    number = await bureau.submitted(plan(message(), urgent=True))
    page, path = await reviewed(bureau, number), f"{PATH}/{number}/review"
    assert shown(page, "Người soạn xin gửi khẩn")
    form = form_with(page, "Duyệt").with_(urgent=["1"] if granted else [])
    assert (await press(bureau.approver, page, path, "Duyệt", form)).status == 303
    assert (await bureau.got(number)).urgent is granted


async def test_what_is_for_the_night_is_not_approved_without_its_urgency(bureau: Bureau) -> None:
    number = await bureau.submitted(plan(message(when=Moment(hour=time(23, 0))), urgent=True))
    page, path = await reviewed(bureau, number), f"{PATH}/{number}/review"
    refused = await press(bureau.approver, page, path, "Duyệt", form_with(page, "Duyệt").with_(urgent=[]))
    assert (refused.status, "chỉ được gửi từ 7:00 đến 21:59" in refused.text) == (409, True)
    assert (await bureau.got(number)).state is State.IN_REVIEW


async def test_the_author_of_a_draft_that_a_series_made_is_its_author(bureau: Bureau) -> None:
    found = await bureau.got(await bureau.submitted())
    assert authors(found, []) == {bureau.author.staff_id: found.created_by_name}


async def test_a_campaign_that_is_too_late_is_not_approved(bureau: Bureau) -> None:
    number = await bureau.submitted(plan(CITING))
    page, path = await reviewed(bureau, number), f"{PATH}/{number}/review"
    bureau.console.clock.pass_by(days=400)
    form = form_with(page, "Duyệt").with_(checked=DOCUMENTS)
    session = await bureau.console.signed_in(Role.APPROVER)
    late = await press(session, page, path, "Duyệt", form)
    assert late.status == 409
    assert (await bureau.got(number)).state is State.IN_REVIEW


async def test_an_author_takes_it_back(bureau: Bureau) -> None:
    number = await bureau.submitted()
    page = await bureau.author.get(f"{PATH}/{number}/acts/send_back")
    done = await press(bureau.author, page, f"{PATH}/{number}/acts/send_back", "Rút lại để sửa")
    assert (done.status, (await bureau.got(number)).state) == (303, State.DRAFT)
    assert shown(await bureau.author.get(f"{PATH}/{number}"), "Bạn đã rút lại để sửa")


async def test_what_the_log_keeps_of_it(bureau: Bureau) -> None:
    number = await bureau.submitted()
    page = await reviewed(bureau, number)
    await press(bureau.approver, page, f"{PATH}/{number}/review", "Duyệt")
    administrator = await bureau.console.signed_in(Role.ADMINISTRATOR)
    log = (await administrator.get("/console/log")).text
    assert all(one in log for one in ("Lập chiến dịch", "Gửi duyệt chiến dịch", "Duyệt chiến dịch"))
    statement = "SELECT string_agg(act, ' ' ORDER BY id) FROM audit WHERE subject = :subject"
    noted = await value(bureau.console.parts.database, statement, subject=f"campaign:{number}")
    assert noted == "campaign create campaign submit campaign approve"
