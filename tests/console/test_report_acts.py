"""What officers do with a report through the forms of its page: every act, on the real stores."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from bot.console.permissions import Role
from bot.feedback.kinds import Category
from bot.feedback.lifecycle import Act, Hat, State
from bot.feedback.reports import RESIDENT, Where
from bot.store.dispatches import Dispatches, DispatchState, Way
from tests.integration.stored import SEALER, value

from .reporting import ELSEWHERE, Office, hidden, office, picture, with_photo
from .visiting import Answer, Console


@pytest.fixture
async def desk(console: Console) -> Office:
    return await office(console)


def fault_at(page: Answer, form: str, field: str) -> str:
    """What stands beside a field."""
    found = re.search(rf'id="w-{form}-{field}">([^<]*)', page.text)
    return found[1] if found else ""


async def test_claiming_and_letting_go(desk: Office) -> None:
    report = await desk.sent()
    done = await desk.send_form(report, "claim")
    assert (done.status, done.location) == (303, f"/console/reports/{report.code}")
    assert (await desk.now(report)).claimed_by == desk.officer.staff_id
    page = await desk.officer.get(f"/console/reports/{report.code}", Accept="text/html")
    assert "Bạn đang xử lý phản ánh này." in page.text
    assert (await desk.send_form(report, "unclaim")).status == 303
    assert (await desk.now(report)).claimed_by is None


async def test_of_two_who_claim_at_once_one_learns_of_the_other(desk: Office, console: Console) -> None:
    # Given two officers who have opened the same report
    report = await desk.sent()
    other = await console.signed_in(Role.OFFICER, places=["00364"], name="Lê Thị Hai")
    path = f"/console/reports/{report.code}"
    fields = hidden((await desk.officer.get(path)).text, "claim")
    # When both claim it at the same time
    answers = await asyncio.gather(
        desk.officer.post(f"{path}/acts/claim", fields), other.post(f"{path}/acts/claim", fields)
    )
    # Then one has it, and the other one reads who
    assert sorted(answer.status for answer in answers) == [303, 409]
    late = next(answer for answer in answers if answer.status == 409)
    assert "phản ánh đã thay đổi" in late.text
    assert (await desk.kinds(report)).count("claimed") == 1


async def test_taking_over_names_from_whom(desk: Office, console: Console) -> None:
    report = await desk.sent()
    other = await console.signed_in(Role.OFFICER, places=["00364"], name="Lê Thị Hai")
    await desk.send_form(report, "claim", by=other)
    page = await desk.officer.get(f"/console/reports/{report.code}")
    assert "Nhận thay Lê Thị Hai" in page.text
    assert (await desk.send_form(report, "claim")).status == 303
    assert (await desk.now(report)).claimed_by == desk.officer.staff_id


async def test_handing_over(desk: Office, console: Console) -> None:
    report = await desk.sent()
    other = await console.staff(Role.OFFICER, places=["00364"], name="Lê Thị Hai")
    assert (await desk.send_form(report, "hand_over", officer=other)).status == 303
    assert (await desk.now(report)).claimed_by == other
    page = await desk.officer.get(f"/console/reports/{report.code}")
    assert "Giao cho Lê Thị Hai" in page.text
    # The log names who did it, not who got it
    who = await value(console.parts.database, "SELECT who FROM audit WHERE act = 'report handed_over'")
    assert who == desk.officer.login


@pytest.mark.parametrize("places", [["79"], []], ids=["elsewhere", "no officer"])
async def test_nothing_is_handed_to_who_cannot_have_it(desk: Office, console: Console, places: list[str]) -> None:
    report = await desk.sent()
    other = await console.staff(Role.OFFICER if places else Role.EDITOR, places=places)
    answer = await desk.send_form(report, "hand_over", officer=other)
    assert answer.status == 422
    assert fault_at(answer, "hand_over", "officer") == "Người này không phụ trách được phản ánh này. Chọn người khác."
    assert (await desk.now(report)).claimed_by is None


async def test_verifying_tells_the_resident(desk: Office) -> None:
    report = await desk.sent()
    assert (await desk.send_form(report, "verify")).status == 303
    assert (await desk.now(report)).state is State.VERIFIED
    assert await desk.told(report) == 1
    assert await desk.log(report) == ["report verify"]


async def test_forwarding_by_letter(desk: Office, console: Console) -> None:
    report = await desk.verified(await desk.sent())
    agency = await desk.agency()
    answer = await desk.send_form(report, "forward", agency=agency.id, way="export", text="Nhờ kiểm tra.")
    assert answer.status == 303
    assert (await desk.now(report)).agency_name == agency.name
    dispatch = (await Dispatches(console.parts.database, SEALER).of(report.id))[0]
    assert (dispatch.way, dispatch.note, dispatch.state) == (Way.EXPORT, "Nhờ kiểm tra.", DispatchState.HANDED_OVER)
    # The public state and the way to the agency stand apart
    page = (await desk.officer.get(f"/console/reports/{report.code}")).text
    assert "Đường đi tới cơ quan" in page
    assert "Phiếu giấy, giao tận nơi" in page
    # And a new link can be made
    renewed = await desk.officer.post(f"/console/reports/{report.code}/dispatches/{dispatch.id}/renew")
    assert renewed.status == 303
    assert "link_renewed" in await desk.kinds(report)


async def test_forwarding_by_mail_without_a_server_says_what_to_do(desk: Office) -> None:
    report = await desk.verified(await desk.sent())
    agency = await desk.agency()
    answer = await desk.send_form(report, "forward", agency=agency.id, way="email", text="Nhờ kiểm tra.")
    assert answer.status == 422
    assert "in phiếu chuyển" in fault_at(answer, "forward", "agency")
    assert "Nhờ kiểm tra." in answer.text
    assert (await desk.now(report)).state is State.VERIFIED


async def test_only_agencies_of_the_place_are_offered_and_taken(desk: Office) -> None:
    report = await desk.verified(await desk.sent())
    here, far = await desk.agency(), await desk.agency("Công an phường Bến Thành", "26743")
    page = await desk.officer.get(f"/console/reports/{report.code}")
    assert here.name in page.text
    assert far.name not in page.text
    answer = await desk.send_form(report, "forward", agency=far.id, way="export")
    assert fault_at(answer, "forward", "agency") == "Cơ quan này không phụ trách nơi xảy ra. Chọn cơ quan khác."


async def test_a_report_without_a_place_goes_to_an_agency_of_the_officer(desk: Office) -> None:
    report = await desk.verified(await desk.sent(where=Where(words="ngõ nhỏ")))
    here, far = await desk.agency(), await desk.agency("Công an phường Bến Thành", "26743")
    page = await desk.officer.get(f"/console/reports/{report.code}")
    assert here.name in page.text
    assert far.name not in page.text
    assert (await desk.send_form(report, "forward", agency=here.id, way="export")).status == 303


async def test_noting_what_the_agency_wrote_on_paper(desk: Office) -> None:
    # Given a report that is with its agency
    report = await desk.forwarded(await desk.sent(), await desk.agency())
    # When the officer notes that it was taken up, and then the answer with its letter and a photo of it
    assert (await desk.send_form(report, "take_up", number="11/CAP", day="2026-11-20")).status == 303
    page = await desk.officer.get(f"/console/reports/{report.code}")
    fields = {**hidden(page.text, "answer"), "text": "Đã dọn xong.", "number": "12/CAP", "day": "2026-11-21"}
    answer = await desk.officer.post(f"/console/reports/{report.code}/acts/answer", with_photo(fields, picture("blue")))
    # Then the resident is told, and the letter stands in the story
    assert answer.status == 303
    assert (await desk.now(report)).state is State.ANSWERED
    shown = (await desk.officer.get(f"/console/reports/{report.code}")).text
    assert "Văn bản số 11/CAP ngày 20/11/2026" in shown
    assert "Văn bản số 12/CAP ngày 21/11/2026" in shown
    happened = await desk.reports.happenings(report.id, public_only=False)
    assert [len(one.photos) for one in happened if one.kind == "answer"] == [1]


async def test_a_letter_of_tomorrow_is_a_slip(desk: Office) -> None:
    report = await desk.forwarded(await desk.sent(), await desk.agency())
    answer = await desk.send_form(report, "take_up", number="1", day="2026-11-23")
    assert fault_at(answer, "take_up", "day") == "Ngày văn bản không thể sau hôm nay."
    assert 'value="2026-11-23"' in answer.text
    answer = await desk.send_form(report, "take_up", number="", day="2026-11-20")
    assert fault_at(answer, "take_up", "number") == "Có ngày thì cần cả số văn bản."


async def test_replying_with_a_template_and_a_preview(desk: Office) -> None:
    # Given an opinion
    report = await desk.sent("Nên công khai kết quả kiểm tra.", category=Category.LAW)
    # When a template is inserted behind what was typed
    inserted = await desk.send_form(report, "reply", text="Chào bác.", template="reply-opinion-noted", wish="insert")
    # Then the form is there again with both, and its gaps must be filled before it is sent
    assert inserted.status == 200
    typed = re.search(r'id="reply-text"[^>]*>\n(.*?)</textarea>', inserted.text, re.DOTALL)
    assert typed
    assert typed[1].startswith("Chào bác.\n\nMặt trận Tổ quốc cảm ơn bạn")
    assert report.code in typed[1]
    refused = await desk.send_form(report, "reply", text=typed[1])
    assert refused.status == 422
    assert "[văn bản, nội dung]" in fault_at(refused, "reply", "text")
    # And the preview is what the resident will read, while nothing is sent
    seen = await desk.send_form(report, "reply", text="Đã ghi nhận, xin cảm ơn.", wish="preview")
    assert "Mặt trận Tổ quốc trả lời:\n“Đã ghi nhận, xin cảm ơn.”" in seen.text
    assert "Ổn rồi" in seen.text
    assert await desk.told(report) == 0
    # And what is sent is that
    assert (await desk.send_form(report, "reply", text="Đã ghi nhận, xin cảm ơn.")).status == 303
    assert await desk.told(report) == 1
    assert (await desk.now(report)).state is State.ANSWERED


async def test_square_brackets_of_the_officer_s_own_are_let_through(desk: Office) -> None:
    report = await desk.sent(category=Category.LAW)
    assert (await desk.send_form(report, "reply", text="Xem phụ lục [1] của văn bản.")).status == 303


async def test_what_is_for_the_agency_is_not_answered_by_mttq(desk: Office) -> None:
    report = await desk.sent()
    page = await desk.officer.get(f"/console/reports/{report.code}")
    assert 'id="act-reply"' not in page.text
    fields = {"version": report.version, "seen": 1, "text": "Xong rồi."}
    answer = await desk.officer.post(f"/console/reports/{report.code}/acts/reply", fields)
    assert answer.status == 409
    assert "không làm được việc: Trả lời người dân" in answer.text
    assert "Xong rồi." in answer.text
    assert (await desk.now(report)).state is State.RECEIVED


async def test_asking_the_resident_and_noting_inside(desk: Office) -> None:
    report = await desk.sent()
    assert (await desk.send_form(report, "ask", text="Số nhà bao nhiêu ạ?")).status == 303
    assert await desk.told(report) == 1
    assert (await desk.send_form(report, "note", text="Đã gọi tổ trưởng.")).status == 303
    assert await desk.told(report) == 1
    public = await desk.reports.happenings(report.id, public_only=True)
    assert "Đã gọi tổ trưởng." not in [one.text for one in public]


async def test_nobody_is_asked_who_cannot_be_reached(desk: Office) -> None:
    report = await desk.sent(anonymous=True)
    page = await desk.officer.get(f"/console/reports/{report.code}")
    assert 'id="act-ask"' not in page.text


async def test_answering_what_the_agency_asks(desk: Office, console: Console) -> None:
    # Given an agency that asks through its link
    report = await desk.verified(await desk.sent())
    agency = await desk.agency()
    await desk.send_form(report, "forward", agency=agency.id, way="export")
    dispatches = Dispatches(console.parts.database, SEALER)
    one = (await dispatches.of(report.id))[0]
    await dispatches.note(one, "agency_asked", Hat.AGENCY, "Nhà số mấy?")
    # When the officer opens the report
    page = await desk.officer.get(f"/console/reports/{report.code}")
    # Then that comes next
    assert "hỏi thêm: trả lời cơ quan" in page.text
    assert (await desk.send_form(report, "tell_agency", text="Số 45.")).status == 303
    assert (await desk.kinds(report))[-1] == "told_agency"
    assert "hỏi thêm: trả lời cơ quan" not in (await desk.officer.get(f"/console/reports/{report.code}")).text


async def test_moderating_keeps_the_original(desk: Office) -> None:
    report = await desk.sent("Nhà ông Bảy để gas.", photos=2)
    same: dict[str, Any] = {"wording": report.text, "where_words": report.where.words}
    nothing = await desk.send_form(report, "moderate", text="Che tên.", **same)
    assert "Chưa thấy thay đổi nào" in fault_at(nothing, "moderate", "wording")
    no_reason = await desk.send_form(report, "moderate", text="", wording="Nhà một hộ dân để gas.", where_words="")
    assert fault_at(no_reason, "moderate", "text") == "Chưa nhập mục này."
    assert "Nhà một hộ dân để gas." in no_reason.text
    done = await desk.send_form(
        report,
        "moderate",
        text="Che tên, che mặt.",
        wording="Nhà một hộ dân để gas.",
        where_words="ngõ 45",
        hidden=report.photos[0],
    )
    assert done.status == 303
    now = await desk.now(report)
    assert (now.text, now.where.words, now.photos) == ("Nhà một hộ dân để gas.", "ngõ 45", report.photos[1:])
    assert (await desk.kinds(report)).count("moderated") == 3


async def test_moderating_is_done_whole_or_not_at_all(desk: Office) -> None:
    report = await desk.sent(photos=1)
    answer = await desk.send_form(
        report, "moderate", text="x", wording="Khác.", where_words=report.where.words, hidden="khong-phai-anh"
    )
    assert answer.status == 422
    assert (await desk.now(report)).text == report.text


async def test_rejecting_politely_and_taking_it_again(desk: Office) -> None:
    report = await desk.sent("abc")
    fields: dict[str, Any] = {"reason": "unclear", "text": "Chưa rõ là ngõ nào."}
    seen = await desk.send_form(report, "reject", **fields, wish="preview")
    assert "Thông tin chưa đủ" in seen.text
    assert "Đề nghị xem lại" in seen.text
    assert fault_at(await desk.send_form(report, "reject", text="x"), "reject", "reason") == "Chưa chọn mục này."
    assert (await desk.send_form(report, "reject", **fields)).status == 303
    assert (await desk.now(report)).state is State.REJECTED
    page = await desk.officer.get(f"/console/reports/{report.code}")
    assert "Lý do: Thiếu thông tin, không hỏi lại được" in page.text
    assert (await desk.send_form(report, "restore")).status == 303
    assert (await desk.now(report)).state is State.RECEIVED


async def test_merging_and_parting(desk: Office) -> None:
    report, head = await desk.sent(), await desk.sent()
    for target, fault in (
        (report.code, "Đây là mã của chính phản ánh này."),
        ("ZZ-ZZZZ-ZZZZ", "Không có phản ánh mang mã này trong địa bàn của bạn."),
        ((await desk.sent(where=ELSEWHERE)).code, "Không có phản ánh mang mã này trong địa bàn của bạn."),
    ):
        answer = await desk.send_form(report, "merge", target=target, text="Cùng ngõ.")
        assert fault_at(answer, "merge", "target") == fault
    assert (await desk.send_form(report, "merge", target=head.code.lower(), text="Cùng ngõ.")).status == 303
    assert (await desk.now(report)).duplicate_of == head.code
    page = await desk.officer.get(f"/console/reports/{head.code}")
    assert report.code in page.text
    assert (await desk.send_form(report, "part")).status == 303
    assert (await desk.now(report)).state is State.RECEIVED


async def test_parting_from_the_page_of_the_head(desk: Office) -> None:
    report, head = await desk.sent("Hẻm bị chặn."), await desk.sent()
    await desk.reports.act(report.id, Act.MERGE, desk.actor, "Cùng hẻm.", into=head.id)
    page = await desk.officer.get(f"/console/reports/{head.code}")
    assert "Hẻm bị chặn." in page.text
    form = re.search(rf'action="/console/reports/{report.code}/acts/part".*?</form>', page.text, re.DOTALL)
    assert form
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.group()))
    del fields["csrf"]
    assert (await desk.officer.post(f"/console/reports/{report.code}/acts/part", fields)).status == 303
    assert (await desk.now(head)).duplicates == ()


async def test_merging_from_the_page_of_two(desk: Office) -> None:
    report, head = await desk.sent(), await desk.sent()
    page = await desk.officer.get(f"/console/reports/{report.code}/beside/{head.code}")
    form = re.search(rf'action="/console/reports/{report.code}/acts/merge".*?</form>', page.text, re.DOTALL)
    assert form
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.group()))
    del fields["csrf"]
    answer = await desk.officer.post(f"/console/reports/{report.code}/acts/merge", {**fields, "text": "Cùng chỗ."})
    assert answer.status == 303
    assert (await desk.now(report)).state is State.DUPLICATE


async def test_closing_needs_evidence(desk: Office) -> None:
    report = await desk.answered(await desk.sent(), await desk.agency())
    text = "Đã xem lại tại chỗ, lối đi thông thoáng."
    without = await desk.send_form(report, "close", text=text)
    assert without.status == 422
    assert "Cần minh chứng" in fault_at(without, "close", "photos")
    assert text in without.text
    fields = {**hidden(without.text, "close"), "text": text}
    closed = await desk.officer.post(f"/console/reports/{report.code}/acts/close", with_photo(fields, picture()))
    assert closed.status == 303
    assert (await desk.now(report)).state is State.CLOSED
    again = await desk.send_form(report, "reopen", text="Lại bị chặn.")
    assert again.status == 303
    assert (await desk.now(report)).state is State.REOPENED


async def test_a_file_that_is_no_photo_loses_nothing(desk: Office) -> None:
    # Given a form with words, a photo and a file that only says that it is one
    report = await desk.answered(await desk.sent(), await desk.agency())
    page = await desk.officer.get(f"/console/reports/{report.code}")
    form = with_photo({**hidden(page.text, "close"), "text": "Xong."}, picture(), "that.jpg")
    form.add_field("photos", b"GIF89a<script>alert(1)</script>", filename="<b>gia.jpg", content_type="image/jpeg")
    # When it is sent
    answer = await desk.officer.post(f"/console/reports/{report.code}/acts/close", form)
    # Then the fault stands beside the field, and words and photo are kept
    assert answer.status == 422
    assert "không phải ảnh" in fault_at(answer, "close", "photos")
    assert "<b>gia" not in answer.text
    assert "Xong." in answer.text
    staged = re.findall(r'name="staged" value="([0-9a-f-]+)"', answer.text)
    assert len(staged) == 1
    # And sent again without the file it is done, with the photo that was kept
    fields = {**hidden(answer.text, "close"), "text": "Xong.", "staged": staged[0]}
    assert (await desk.officer.post(f"/console/reports/{report.code}/acts/close", fields)).status == 303
    assert staged[0] in [str(photo) for photo in (await desk.now(report)).photos]


async def test_a_file_that_is_too_large_is_named(desk: Office) -> None:
    report = await desk.sent()
    page = await desk.officer.get(f"/console/reports/{report.code}")
    form = with_photo({**hidden(page.text, "note"), "text": "Ảnh lớn."}, picture() + bytes(10 * 1024 * 1024), "to.jpg")
    answer = await desk.officer.post(f"/console/reports/{report.code}/acts/note", form)
    assert answer.status == 422
    assert "lớn hơn 10 MB" in fault_at(answer, "note", "photos")
    assert "Ảnh lớn." in answer.text


async def test_more_photos_than_may_be_are_named(desk: Office) -> None:
    report = await desk.sent()
    page = await desk.officer.get(f"/console/reports/{report.code}")
    form = with_photo({**hidden(page.text, "note"), "text": "Ảnh."}, picture(), "1.jpg")
    for name in ("2.jpg", "3.jpg", "4.jpg"):
        form.add_field("photos", picture(), filename=name, content_type="image/jpeg")
    answer = await desk.officer.post(f"/console/reports/{report.code}/acts/note", form)
    assert fault_at(answer, "note", "photos") == "Nhiều nhất 3 ảnh; ảnh “4.jpg” chưa được nhận."
    assert answer.text.count('name="staged"') == 3


async def test_photos_of_somebody_else_cannot_be_taken_along(desk: Office) -> None:
    theirs = await desk.sent(where=ELSEWHERE, photos=1)
    report = await desk.sent()
    answer = await desk.send_form(report, "note", text="x", staged=theirs.photos[0])
    assert answer.status == 422
    assert "Ảnh đã chọn không còn nữa" in fault_at(answer, "note", "photos")
    assert (await desk.now(theirs)).photos == theirs.photos


async def test_whoever_comes_second_reads_what_changed_and_keeps_their_words(desk: Office, console: Console) -> None:
    # Given a page on which an officer writes while another one rejects the report
    report = await desk.sent()
    other = await console.signed_in(Role.OFFICER, places=["00364"], name="Lê Thị Hai")
    page = await desk.officer.get(f"/console/reports/{report.code}")
    await desk.send_form(report, "reject", by=other, reason="outside", text="Việc này của điện lực.")
    # When the first one sends the note
    fields = {**hidden(page.text, "note"), "text": "Đã gọi tổ trưởng, hẹn chiều."}
    answer = await desk.officer.post(f"/console/reports/{report.code}/acts/note", fields)
    # Then the page says what happened meanwhile, and has the words ready to be sent again
    assert answer.status == 409
    assert "Lê Thị Hai" in answer.text
    assert "Mới nhận → Không tiếp nhận" in answer.text
    assert "noted" not in await desk.kinds(report)
    again = {**hidden(answer.text, "note"), "text": "Đã gọi tổ trưởng, hẹn chiều."}
    assert "Đã gọi tổ trưởng, hẹn chiều.</textarea>" in answer.text
    assert (await desk.officer.post(f"/console/reports/{report.code}/acts/note", again)).status == 303


async def test_what_can_be_done_no_more_is_told_with_the_words(desk: Office, console: Console) -> None:
    report = await desk.sent(category=Category.LAW)
    other = await console.signed_in(Role.OFFICER, places=["00364"])
    page = await desk.officer.get(f"/console/reports/{report.code}")
    await desk.send_form(report, "reject", by=other, reason="outside", text="Không thuộc.")
    fields = {**hidden(page.text, "reply"), "text": "Câu trả lời dài đã viết."}
    answer = await desk.officer.post(f"/console/reports/{report.code}/acts/reply", fields)
    assert answer.status == 409
    assert "“Không tiếp nhận” nên không làm được việc: Trả lời người dân" in answer.text
    assert "Câu trả lời dài đã viết." in answer.text


@pytest.mark.parametrize("form", ["note", "ask", "verify"])
async def test_the_same_form_twice_is_done_once(desk: Office, form: str) -> None:
    """A double click, both at once and one after the other."""
    report = await desk.sent()
    page = await desk.officer.get(f"/console/reports/{report.code}")
    fields = hidden(page.text, form) | ({} if form == "verify" else {"text": "Một lần thôi."})
    path = f"/console/reports/{report.code}/acts/{form}"
    answers = list(await asyncio.gather(*(desk.officer.post(path, fields) for _ in range(3))))
    answers.append(await desk.officer.post(path, fields))
    assert [answer.status for answer in answers] == [303] * 4
    kind = {"note": "noted", "ask": "written", "verify": "verify"}[form]
    assert (await desk.kinds(report)).count(kind) == 1


async def test_a_report_is_forwarded_once_however_often_it_is_clicked(desk: Office, console: Console) -> None:
    report = await desk.verified(await desk.sent())
    agency = await desk.agency()
    page = await desk.officer.get(f"/console/reports/{report.code}")
    fields = {**hidden(page.text, "forward"), "agency": agency.id, "way": "export", "text": "Nhờ xem."}
    path = f"/console/reports/{report.code}/acts/forward"
    answers = await asyncio.gather(*(desk.officer.post(path, fields) for _ in range(3)))
    assert [answer.status for answer in answers] == [303] * 3
    assert len(await Dispatches(console.parts.database, SEALER).of(report.id)) == 1
    assert await desk.told(report) == 2  # verified, forwarded


async def test_two_officers_decide_differently_at_once(desk: Office, console: Console) -> None:
    report = await desk.sent()
    other = await console.signed_in(Role.OFFICER, places=["00364"], name="Lê Thị Hai")
    page = await desk.officer.get(f"/console/reports/{report.code}")
    path = f"/console/reports/{report.code}/acts"
    reject = {**hidden(page.text, "reject"), "reason": "spam", "text": "Tin rác."}
    answers = await asyncio.gather(
        desk.officer.post(f"{path}/verify", hidden(page.text, "verify")), other.post(f"{path}/reject", reject)
    )
    assert sorted(answer.status for answer in answers) == [303, 409]
    assert len([kind for kind in await desk.kinds(report) if kind in {"verify", "reject"}]) == 1
    assert await desk.told(report) == 1


async def test_a_withdrawn_report_is_left_alone(desk: Office) -> None:
    report = await desk.sent(photos=1)
    page = await desk.officer.get(f"/console/reports/{report.code}")
    await desk.reports.act(report.id, Act.WITHDRAW, RESIDENT)
    fields = {**hidden(page.text, "note"), "text": "Ghi chú."}
    answer = await desk.officer.post(f"/console/reports/{report.code}/acts/note", fields)
    assert answer.status == 409
    assert "Người dân đã rút" in answer.text
    assert report.text not in answer.text


async def test_nonsense_is_a_fault_and_no_traceback(desk: Office) -> None:
    report = await desk.sent()
    path = f"/console/reports/{report.code}/acts"
    assert (await desk.officer.post(f"{path}/explode", {"version": 1})).status == 404
    for fields in ({}, {"version": "x", "seen": "-1"}, {"version": "9" * 40, "seen": "0"}):
        assert (await desk.officer.post(f"{path}/verify", fields)).status == 422
    too_long = await desk.send_form(report, "note", text="a" * 4001)
    assert "Dài 4001 ký tự" in fault_at(too_long, "note", "text")
    assert "a" * 4001 in too_long.text
    answer = await desk.send_form(report, "note", text="\ud7ff\u0000 có ký tự lạ")
    assert answer.status in {303, 422}


async def test_an_agency_that_declines_is_what_comes_next(desk: Office, console: Console) -> None:
    report = await desk.verified(await desk.sent())
    agency = await desk.agency()
    await desk.send_form(report, "forward", agency=agency.id, way="export")
    dispatches = Dispatches(console.parts.database, SEALER)
    one = (await dispatches.of(report.id))[0]
    await dispatches.end(one, DispatchState.DECLINED)
    page = await desk.officer.get(f"/console/reports/{report.code}")
    assert "báo không thuộc thẩm quyền: chọn cơ quan khác" in page.text


@pytest.mark.parametrize(("anonymous", "told"), [(False, "Người gửi được báo."), (True, "chỉ thấy khi tra mã")])
async def test_the_officer_reads_whether_the_resident_hears_of_it(desk: Office, anonymous: bool, told: str) -> None:
    report = await desk.sent(anonymous=anonymous)
    await desk.send_form(report, "reject", reason="outside", text="Việc này của điện lực.")
    page = await desk.officer.get("/console/reports")
    assert "Đã ghi không tiếp nhận." in page.text
    assert told in page.text
