"""Pages of monitoring reports: who may see and do what, the editor, issuing, files, schedule and office."""

from __future__ import annotations

import asyncio
import html
import re
from io import BytesIO

import docx
import pytest

from bot.console import monitoring_pages
from bot.console.permissions import Role
from bot.monitoring.sections import LONGEST_TEXT
from tests.console.visiting import Answer, Console, Visitor
from tests.integration.monitored import BA_DINH, HANOI, WORDS, Reporting
from tests.integration.stored import value

CREATE = {"kind": "month", "day": "2026-10-05", "place": HANOI}
ISSUED = "SELECT count(*) FROM audit WHERE act = 'monitoring report issued'"
EVIL = "<script>alert(1)</script>{pa.tong}\"'><img src=x onerror=alert(2)>"
OFFICE = {
    "superior": "Ủy ban MTTQ Việt Nam thành phố Hà Nội",
    "issuer": "Ban Thường trực Ủy ban MTTQ Việt Nam phường Ba Đình",
    "symbol": "BC-MTTQ-BTT",
    "place_name": "Ba Đình",
    "authority": "TM. BAN THƯỜNG TRỰC",
    "position": "CHỦ TỊCH",
    "signer": "Trần Văn Ký",
    "recipients": "Thành ủy (b/c)\nLưu: VT",
}


@pytest.fixture
async def reporting(console: Console) -> Reporting:
    one = Reporting(console.parts.database)
    await one.add("hazard.wiring", 12)
    await one.add("commendation.person", 1)
    return one


@pytest.fixture
async def officer(console: Console) -> Visitor:
    return await console.signed_in(Role.OFFICER)


async def drafted(visitor: Visitor, **changed: str) -> str:
    """Make a draft and return its address."""
    made = await visitor.post("/console/monitoring", {**CREATE, **changed})
    assert made.status == 303, made.text
    return made.location


def form(page: Answer) -> dict[str, str]:
    """What the editor's form would send, as it came."""
    fields = dict(re.findall(r'<input id="[^"]*" name="([^"]+)" type="text" value="([^"]*)"', page.text))
    fields |= dict(re.findall(r'<input type="hidden" name="(base-[^"]+)" value="([^"]*)"', page.text))
    fields |= dict(re.findall(r'<textarea id="[^"]*" name="([^"]+)"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL))
    fields |= dict.fromkeys(
        re.findall(r'<input type="checkbox" name="(tables-[^"]+)" value="1" checked>', page.text), "1"
    )
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version is not None
    return {name: html.unescape(text) for name, text in fields.items()} | {"version": version[1]}


async def edited(visitor: Visitor, address: str, act: str = "save", **changed: str) -> Answer:
    fields = form(await visitor.get(address))
    return await visitor.post(
        address, {**fields, **{name.replace("__", "-"): text for name, text in changed.items()}, "act": act}
    )


def unfinished_filled(fields: dict[str, str]) -> dict[str, str]:
    """The fields without the reminders that an officer must work off."""
    return {
        name: re.sub(r"[^.\n]*\. \[Cán bộ[^\]]*\]", "", re.sub(r"\[Cán bộ[^\]]*\]", "", text))
        for name, text in fields.items()
    }


async def issued(visitor: Visitor, address: str, number: str = "15") -> Answer:
    fields = {**unfinished_filled(form(await visitor.get(address))), **OFFICE}
    saved = await visitor.post(address, {**fields, "act": "save"})
    assert saved.status == 303, saved.text
    version = form(await visitor.get(address))["version"]
    return await visitor.post(
        f"{address}/issue",
        {"version": version, "number": number, "issued_on": "2026-11-20", "issued_signer": "Trần Văn Ký"},
    )


@pytest.mark.usefixtures("reporting")
async def test_a_draft_is_written_from_the_figures_and_leads_to_the_records(officer: Visitor) -> None:
    page = await officer.get(await drafted(officer))
    assert page.status == 200
    assert "13{pa.tong} phản ánh" in page.text
    assert 'href="/console/reports?noi=01&amp;tu=2026-10-01&amp;den=2026-10-31"' in page.text
    assert "Chưa có chiến dịch nào được ghi nhận trong kỳ." in page.text
    assert "ghi theo trí nhớ" in page.text  # how far the layout was checked
    assert WORDS not in page.text


@pytest.mark.usefixtures("reporting")
async def test_an_officer_edits_moves_adds_and_removes(officer: Visitor) -> None:
    address = await drafted(officer)
    saved = await edited(
        officer, address, "add", new_title="Việc khác", **{"text-kien-nghi": "- Tổ chức 7 buổi\nXong 13{pa.tong}"}
    )
    assert saved.status == 303
    page = await officer.get(address)
    assert "Số nhập tay, không truy được nguồn: 7" in page.text
    assert page.text.index('id="muc-them-1"') < page.text.index('id="muc-ket"')
    assert (await edited(officer, address, "up:kien-nghi")).status == 303
    page = await officer.get(address)
    assert page.text.index('id="muc-kien-nghi"') < page.text.index('id="muc-ton-tai"')
    assert (await edited(officer, address, "remove:them-1")).status == 303
    assert (await edited(officer, address, "remove:ket")).status == 303  # only what was added can be taken out
    page = await officer.get(address)
    assert 'id="muc-them-1"' not in page.text
    assert 'id="muc-ket"' in page.text


@pytest.mark.usefixtures("reporting")
async def test_saving_what_was_not_touched_changes_nothing(officer: Visitor) -> None:
    address = await drafted(officer)
    assert (await edited(officer, address)).status == 303
    page = await officer.get(address)
    assert "(đã sửa)" not in page.text
    assert "Số trong bài không còn khớp" not in page.text
    assert "không truy được nguồn:" not in page.text


async def test_a_long_list_has_pages(console: Console, officer: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.console.monitoring_pages._AT_ONCE", 2)
    for month in (5, 6, 7):
        await drafted(officer, day=f"2026-0{month}-05", place="79")
    await drafted(officer, day="2026-08-05", place=HANOI)
    local = await console.signed_in(Role.OFFICER, places=("79",))
    first = await local.get("/console/monitoring")
    assert [f"tháng {month} năm" in first.text for month in (8, 7, 6, 5)] == [False, True, True, False]
    assert "?skip_draft=2" in first.text
    second = await local.get("/console/monitoring?skip_draft=2")
    assert [f"tháng {month} năm" in second.text for month in (7, 6, 5)] == [False, False, True]
    assert "Trang sau" not in second.text
    assert (await local.get("/console/monitoring?skip_draft=x")).status == 200


async def test_new_figures_leave_the_text_and_are_shown_against_it(officer: Visitor, reporting: Reporting) -> None:
    address = await drafted(officer)
    await edited(officer, address, **{"text-phan-anh": "Có 13{pa.tong} phản ánh, tôi đã sửa."})
    await reporting.add("hazard.cage", 2)
    version = form(await officer.get(address))["version"]
    page = await officer.post(f"{address}/refresh", {"version": version})
    assert page.status == 200
    assert "Phản ánh đã nhận: 13 → 15" in page.text
    assert "Có 13{pa.tong} phản ánh, tôi đã sửa." in page.text
    assert "nay là 15" in page.text
    assert (await edited(officer, address, "renew:phan-anh")).status == 303
    assert "Có 15{pa.tong} phản ánh, tôi đã sửa." in (await officer.get(address)).text
    assert (await edited(officer, address, "recompose:phan-anh")).status == 303
    assert "tôi đã sửa" not in (await officer.get(address)).text


@pytest.mark.usefixtures("reporting")
async def test_of_two_editors_the_second_loses_nothing(console: Console, officer: Visitor) -> None:
    other = await console.signed_in(Role.OFFICER)
    address = await drafted(officer)
    mine, theirs = form(await officer.get(address)), form(await other.get(address))
    assert (await other.post(address, {**theirs, "text-gop-y": "CỦA NGƯỜI KIA", "act": "save"})).status == 303
    late = await officer.post(
        address, {**mine, "text-gop-y": "CỦA TÔI", "text-kiem-tra": "CŨNG CỦA TÔI", "act": "save"}
    )
    assert late.status == 409
    assert all(words in late.text for words in ("CỦA TÔI", "CŨNG CỦA TÔI", "CỦA NGƯỜI KIA"))
    assert "CỦA NGƯỜI KIA" in (await officer.get(address)).text
    assert (await officer.post(address, {**form(late), "act": "save"})).status == 303
    assert ">\nCỦA TÔI</textarea>" in (await officer.get(address)).text


@pytest.mark.usefixtures("reporting")
async def test_what_the_second_editor_did_not_touch_stays_as_the_first_left_it(
    console: Console, officer: Visitor
) -> None:
    other = await console.signed_in(Role.OFFICER)
    address = await drafted(officer)
    mine, theirs = form(await officer.get(address)), form(await other.get(address))
    their_changes = {"text-kiem-tra": "CỦA NGƯỜI KIA", "issuer": "CƠ QUAN CỦA NGƯỜI KIA"}
    assert (await other.post(address, {**theirs, **their_changes, "act": "save"})).status == 303
    late = await officer.post(address, {**mine, "text-gop-y": "CỦA TÔI", "act": "save"})
    assert late.status == 409
    assert (await officer.post(address, {**form(late), "act": "save"})).status == 303
    saved = form(await officer.get(address))
    assert (saved["text-gop-y"], saved["text-kiem-tra"], saved["issuer"]) == ("CỦA TÔI", *their_changes.values())


@pytest.mark.usefixtures("reporting")
async def test_both_heads_are_shown_when_both_were_changed(console: Console, officer: Visitor) -> None:
    other = await console.signed_in(Role.OFFICER)
    address = await drafted(officer)
    mine, theirs = form(await officer.get(address)), form(await other.get(address))
    assert (await other.post(address, {**theirs, "summary": "TRÍCH YẾU KIA", "act": "save"})).status == 303
    late = await officer.post(address, {**mine, "summary": "TRÍCH YẾU TÔI", "act": "save"})
    assert late.status == 409
    assert form(late)["summary"] == "TRÍCH YẾU TÔI"
    assert "TRÍCH YẾU KIA" in late.text


@pytest.mark.usefixtures("reporting")
async def test_a_section_that_somebody_took_out_is_not_lost_to_who_writes_in_it(
    console: Console, officer: Visitor
) -> None:
    other = await console.signed_in(Role.OFFICER)
    address = await drafted(officer)
    assert (await edited(officer, address, "add", new_title="Mục thêm")).status == 303
    mine = form(await officer.get(address))
    assert (await edited(other, address, "remove:them-1")).status == 303
    late = await officer.post(address, {**mine, "text-them-1": "VIẾT DỞ", "act": "save"})
    assert late.status == 409
    assert form(late)["text-them-1"] == "VIẾT DỞ"
    assert (await officer.post(address, {**form(late), "act": "save"})).status == 303
    assert form(await officer.get(address))["text-them-1"] == "VIẾT DỞ"


@pytest.mark.usefixtures("reporting")
async def test_personal_data_is_pointed_out_where_an_officer_typed_it(officer: Visitor) -> None:
    address = await drafted(officer)
    warning = "Mục này có vẻ có số điện thoại"
    fields = form(await officer.get(address))
    assert warning not in (await officer.get(address)).text  # of the program's own words
    more = fields["text-gop-y"] + "\nÝ kiến của chị Lan, số 0912345678."
    assert (await officer.post(address, {**fields, "text-gop-y": more, "act": "save"})).status == 303
    assert (await officer.get(address)).text.count(warning) == 1


@pytest.mark.usefixtures("reporting")
@pytest.mark.parametrize("number", ["15/BC", "mười lăm", "0", "-1", "1 5", "١٥"])
async def test_what_is_no_number_of_a_document_is_refused(officer: Visitor, number: str) -> None:
    address = await drafted(officer)
    refused = await issued(officer, address, number)
    assert refused.status == 400
    assert "Số báo cáo gồm các chữ số" in refused.text
    assert "Tải PDF" not in (await officer.get(address)).text


@pytest.mark.usefixtures("reporting")
async def test_nothing_is_issued_without_place_name_and_recipients(officer: Visitor) -> None:
    address = await drafted(officer)
    fields = {**unfinished_filled(form(await officer.get(address))), **OFFICE, "place_name": "", "recipients": ""}
    assert (await officer.post(address, {**fields, "act": "save"})).status == 303
    send = {"number": "1", "issued_on": "2026-11-20", "issued_signer": "A"}
    version = form(await officer.get(address))["version"]
    refused = await officer.post(f"{address}/issue", {**send, "version": version})
    assert refused.status == 400
    assert "Chưa có địa danh" in refused.text
    assert "Chưa có nơi nhận" in refused.text


@pytest.mark.usefixtures("reporting")
async def test_of_two_who_issue_at_once_one_does(console: Console, officer: Visitor) -> None:
    address = await drafted(officer)
    fields = {**unfinished_filled(form(await officer.get(address))), **OFFICE}
    assert (await officer.post(address, {**fields, "act": "save"})).status == 303
    version = form(await officer.get(address))["version"]
    send = {"version": version, "issued_on": "2026-11-20", "issued_signer": "Trần Văn Ký"}
    answers = await asyncio.gather(
        *(officer.post(f"{address}/issue", {**send, "number": number}) for number in ("15", "16"))
    )
    assert sorted(answer.status for answer in answers) == [303, 409]
    assert await value(console.parts.database, ISSUED) == 1


@pytest.mark.usefixtures("reporting")
async def test_a_comment_is_kept_while_somebody_edits(console: Console, officer: Visitor) -> None:
    other = await console.signed_in(Role.OFFICER, name="Lê Góp Ý")
    address = await drafted(officer)
    fields = form(await officer.get(address))
    assert (await other.post(f"{address}/comment", {"section": "gop-y", "comment": "Xem lại giúp"})).status == 303
    assert (await officer.post(address, {**fields, "text-gop-y": "Đã xem", "act": "save"})).status == 303
    page = await officer.get(address)
    assert "Xem lại giúp" in page.text
    assert "Đã xem" in page.text


@pytest.mark.usefixtures("reporting")
async def test_an_issued_report_never_changes(console: Console, officer: Visitor, reporting: Reporting) -> None:
    address = await drafted(officer)
    assert (await issued(officer, address)).status == 303
    page = await officer.get(address)
    assert "Số 15/BC-MTTQ-BTT" in page.text
    before = {kind: (await officer.get(f"{address}/files/{kind}")).body for kind in ("docx", "pdf", "xlsx")}
    await reporting.add("hazard.cage", 3)
    after = {kind: (await officer.get(f"{address}/files/{kind}")).body for kind in ("docx", "pdf", "xlsx")}
    assert before == after
    for path, fields in (
        ("", {"version": "1", "text-gop-y": "x"}),
        ("/refresh", {"version": "3"}),
        ("/issue", {"version": "3", "number": "2"}),
        ("/discard", {"version": "3"}),
        ("/comment", {"section": "gop-y", "comment": "x"}),
    ):
        assert (await officer.post(address + path, fields)).status == 409, path
    database = console.parts.database
    details = await value(database, "SELECT details FROM audit WHERE act = 'monitoring report issued'")
    stored = await value(database, "SELECT encode(sha256(content), 'hex') FROM monitoring_file WHERE kind = 'pdf'")
    assert details["pdf"] == stored
    assert details["number"] == "15"


@pytest.mark.usefixtures("reporting")
async def test_what_is_unfinished_is_not_issued(officer: Visitor) -> None:
    address = await drafted(officer)
    send = {"number": "1", "issued_on": "2026-11-20", "issued_signer": "A"}
    refused = await officer.post(f"{address}/issue", {**send, "version": form(await officer.get(address))["version"]})
    assert refused.status == 400
    assert "Chưa có tên cơ quan ban hành" in refused.text
    assert "Còn câu nhắc" in refused.text
    fields = {**unfinished_filled(form(await officer.get(address))), **OFFICE, "text-gop-y": "Có 99{pa.tong} ý kiến"}
    assert (await officer.post(address, {**fields, "act": "save"})).status == 303
    version = form(await officer.get(address))["version"]
    assert (await officer.post(f"{address}/issue", {**send, "version": version})).status == 400
    kept = await officer.post(f"{address}/issue", {**send, "version": version, "keep_numbers": "1"})
    assert kept.status == 303
    printed = docx.Document(BytesIO((await officer.get(f"{address}/files/docx")).body))
    assert any("khác với số liệu đã lấy" in one.text for one in printed.paragraphs)


@pytest.mark.usefixtures("reporting")
async def test_places_and_roles_keep_reports_apart(console: Console, officer: Visitor) -> None:
    hanoi, everywhere = await drafted(officer), await drafted(officer, place="")
    of_hanoi = await console.signed_in(Role.OFFICER, places=(HANOI,))
    of_ward = await console.signed_in(Role.OFFICER, places=(BA_DINH,))
    elsewhere = await console.signed_in(Role.OFFICER, places=("79",))
    viewer = await console.signed_in(Role.VIEWER)
    assert (await of_hanoi.get(hanoi)).status == 200
    for visitor, address in ((of_ward, hanoi), (elsewhere, hanoi), (of_hanoi, everywhere), (viewer, hanoi)):
        for path in ("", "/files/docx", "/files/xlsx"):
            assert (await visitor.get(address + path)).status == 404
    for path in ("", "/comment", "/refresh", "/issue", "/discard"):
        sent = {"version": "1", "section": "gop-y", "comment": "x"}
        assert (await elsewhere.post(hanoi + path, sent)).status == 404
        assert (await viewer.post(hanoi + path, sent)).status == 403
    assert (await elsewhere.post("/console/monitoring", CREATE)).status == 400
    assert (await issued(officer, hanoi)).status == 303
    assert (await viewer.get(hanoi)).status == 200
    assert (await viewer.get(f"{hanoi}/files/pdf")).status == 200
    assert (await elsewhere.get(hanoi)).status == 404
    local_viewer = await console.signed_in(Role.VIEWER, places=("79",))
    assert (await local_viewer.get(f"{hanoi}/files/pdf")).status == 404
    assert "tháng 10" not in (await local_viewer.get("/console/monitoring")).text


@pytest.mark.usefixtures("reporting")
async def test_a_member_of_some_places_writes_of_those(console: Console) -> None:
    both = await console.signed_in(Role.OFFICER, places=(BA_DINH, "79"))
    page = await both.get(await drafted(both, place=""))
    assert "13{pa.tong} phản ánh" in page.text
    assert "Phường Ba Đình" in page.text


@pytest.mark.usefixtures("reporting")
async def test_nothing_typed_becomes_a_part_of_the_page(officer: Visitor) -> None:
    address = await drafted(officer)
    names = [name for name in form(await officer.get(address)) if name != "version" and not name.startswith("tables-")]
    fields = form(await officer.get(address)) | dict.fromkeys(names, EVIL)
    assert (await officer.post(address, {**fields, "act": "add", "new_title": EVIL})).status == 303
    await officer.post(f"{address}/comment", {"section": "gop-y", "comment": EVIL})
    pages = [await officer.get(address), await officer.get("/console/monitoring")]
    send = {"version": form(pages[0])["version"], "number": EVIL[:20], "issued_on": "2026-11-20", "issued_signer": EVIL}
    pages.append(await officer.post(f"{address}/issue", {**send, "keep_numbers": "1"}))
    assert pages[-1].status == 400
    send["number"] = "15"
    assert (await officer.post(f"{address}/issue", {**send, "keep_numbers": "1"})).status == 303
    pages.append(await officer.get(address))
    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img" not in page.text.replace('<img src="/console/static', "")


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"kind": "decade"}, "Lựa chọn này không có."),
        ({"day": "hôm qua"}, "Cần một ngày"),
        ({"day": "2030-01-01"}, "không sau hôm nay"),
        ({"kind": "range", "first": "2026-10-05", "last": "2026-10-01"}, "Ngày cuối phải sau"),
        ({"kind": "range", "first": "2020-01-05", "last": "2026-10-01"}, "Khoảng dài nhất"),
        ({"place": "99"}, "Địa bàn này không có"),
        ({"place": "0' OR"}, "Địa bàn này không có"),
    ],
)
async def test_wrong_periods_and_places_are_told(officer: Visitor, changed: dict[str, str], fault: str) -> None:
    answer = await officer.post("/console/monitoring", {**CREATE, **changed})
    assert answer.status == 400
    assert fault in answer.text


async def test_too_long_a_text_is_given_back_whole(officer: Visitor) -> None:
    address = await drafted(officer)
    answer = await edited(officer, address, **{"text-gop-y": "ý " * 16_000})
    assert answer.status == 400
    assert "ý " * 15_999 in answer.text


async def test_rules_are_made_stopped_and_kept_apart(console: Console, officer: Visitor) -> None:
    path = "/console/monitoring/schedule"
    assert (await officer.post(path, {"kind": "quarter", "place": "*", "due_days": "15"})).status == 303
    assert (await officer.post(path, {"kind": "range", "place": "*", "due_days": "15"})).status == 400
    assert (await officer.post(path, {"kind": "month", "place": "", "due_days": "-1"})).status == 400
    upto = "SELECT prepared_upto::text FROM report_schedule"
    assert await value(console.parts.database, upto) == "2026-09-30"  # only what ends from now on
    local = await console.signed_in(Role.OFFICER, places=(HANOI,))
    assert (await local.post(path, {"kind": "month", "place": "*", "due_days": "5"})).status == 400
    assert (await local.post(f"{path}/1", {"active": "0"})).status == 404
    assert "Chưa có lịch nào" in (await local.get(path)).text
    assert (await officer.post(f"{path}/1", {"active": "0"})).status == 303
    assert "đang dừng" in (await officer.get(path)).text


async def test_there_are_no_two_rules_for_the_same(console: Console, officer: Visitor) -> None:
    path = "/console/monitoring/schedule"
    rule = {"kind": "month", "place": "*", "due_days": "10"}
    answers = await asyncio.gather(*(officer.post(path, rule) for _ in range(3)))  # an impatient finger
    assert sorted(answer.status for answer in answers) == [303, 409, 409]
    assert "Đã có lịch đang chạy" in (await officer.post(path, rule)).text
    assert (await officer.post(path, {**rule, "place": HANOI})).status == 303
    assert (await officer.post(f"{path}/1", {"active": "0"})).status == 303
    assert (await officer.post(path, rule)).status == 303
    assert (await officer.post(f"{path}/1", {"active": "1"})).status == 409
    assert (await officer.post(f"{path}/2", {"active": "1"})).status == 303  # works already: nothing to refuse
    works = "SELECT count(*) FROM report_schedule WHERE active AND place_code IS NULL"
    assert await value(console.parts.database, works) == 1


async def test_an_office_is_kept_and_used(console: Console, officer: Visitor) -> None:
    path = "/console/monitoring/office"
    assert (await officer.post(path, {**OFFICE, "place": "*", "version": "0"})).status == 303
    again = await officer.post(path, {**OFFICE, "place": "*", "version": "0"})
    assert again.status == 409
    assert (
        await officer.post(path, {**OFFICE, "place": HANOI, "version": "0", "issuer": "Riêng Hà Nội"})
    ).status == 303
    assert "Riêng Hà Nội" in (await officer.get(await drafted(officer))).text
    assert "phường Ba Đình" in (await officer.get(await drafted(officer, place="79"))).text
    elsewhere = await console.signed_in(Role.OFFICER, places=("79",))
    assert (await elsewhere.get(f"{path}?place={HANOI}")).status == 404
    assert (await elsewhere.post(path, {**OFFICE, "place": HANOI, "version": "1"})).status == 404


async def test_a_section_that_is_far_too_long_comes_back_at_once(
    officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What looks for numbers and names in it takes minutes for so much; meanwhile nobody would be served."""
    looked: list[int] = []

    def look(text: str) -> list[str]:
        looked.append(len(text))
        return []

    monkeypatch.setattr(monitoring_pages, "typed_by_hand", look)
    address = await drafted(officer)
    key = next(name for name in form(await officer.get(address)) if name.startswith("text-"))
    looked.clear()
    answer = await edited(officer, address, **{key: "9" * 200_000})
    assert answer.status == 400
    assert "Dài 200000 ký tự" in answer.text
    assert "9" * 200_000 in answer.text
    assert max(looked) <= LONGEST_TEXT
