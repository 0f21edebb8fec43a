"""One report's page: what it shows, to whom, and that nobody's words become its markup."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from bot.console.permissions import Role
from bot.feedback.lifecycle import Act, Hat
from bot.feedback.photos import cleaned
from bot.feedback.reports import Actor
from bot.store.staff import Author
from tests.integration.stored import change

from .reporting import ELSEWHERE, Office, office, picture
from .visiting import Console

EVIL = """<script>alert(1)</script>"'><img src=x onerror=alert(2)>{{ 7*7 }}"""


@pytest.fixture
async def desk(console: Console) -> Office:
    return await office(console)


async def test_shows_the_report_and_what_to_do_next(desk: Office) -> None:
    # Given a report with a photo, a pin and a contact
    report = await desk.sent(contact="0912 345 678", photos=1)
    # When an officer opens it
    page = await desk.officer.get(f"/console/reports/{report.code}")
    # Then it says what was reported, where, and what comes next; the contact stays hidden
    assert page.status == 200
    assert "Lối thoát nạn tầng 2 bị chất đầy hàng hóa." in page.text
    assert "Phường Khương Đình" in page.text
    assert "https://www.openstreetmap.org/?mlat=20.995000" in page.text
    assert "Việc tiếp theo" in page.text
    assert "Đọc nội dung, xem ảnh rồi xác minh" in page.text
    assert "0912" not in page.text


async def test_its_code_is_found_however_it_is_typed(desk: Office) -> None:
    report = await desk.sent()
    typed = report.code.lower().replace("-", "")
    assert (await desk.officer.get(f"/console/reports/{typed}")).status == 200
    assert (await desk.officer.get("/console/reports/khong-co")).status == 404


async def test_opening_a_contact_is_logged(desk: Office) -> None:
    report = await desk.sent(contact="0912 345 678")
    page = await desk.officer.post(f"/console/reports/{report.code}/contact")
    assert "0912 345 678" in page.text
    assert await desk.log(report) == ["report contact seen"]
    assert "contact_seen" in await desk.kinds(report)


async def test_what_cannot_be_unsealed_is_told_plainly(desk: Office, console: Console) -> None:
    report = await desk.sent(contact="0912 345 678", photos=1)
    await desk.reports.moderate(report.id, "text", "Khác.", "Che tên.", desk.actor)
    for statement in (
        "UPDATE report SET contact = 'x'",
        "UPDATE report_photo SET sealed = 'x'",
        "UPDATE moderation SET original = 'x'",
    ):
        await change(console.parts.database, statement)
    path = f"/console/reports/{report.code}"
    for answer in (
        await desk.officer.post(f"{path}/contact"),
        await desk.officer.post(f"{path}/originals"),
        await desk.officer.get(f"/console/photos/{report.photos[0]}"),
    ):
        assert answer.status == 409
        assert "Báo người quản trị máy chủ." in answer.text


async def test_a_report_without_contact_says_so(desk: Office) -> None:
    report = await desk.sent()
    page = await desk.officer.post(f"/console/reports/{report.code}/contact")
    assert "Người dân không để lại" in page.text


async def test_photos_are_served_as_pictures_only(desk: Office) -> None:
    report = await desk.sent(photos=1)
    for address in (f"/console/photos/{report.photos[0]}", f"/console/photos/{report.photos[0]}/small"):
        served = await desk.officer.get(address)
        assert served.status == 200
        assert served.body.startswith(b"\xff\xd8")
        assert served.headers["Content-Type"] == "image/jpeg"
        assert served.headers["X-Content-Type-Options"] == "nosniff"
        assert served.headers["Content-Disposition"].startswith("inline")
        assert "default-src 'none'" in served.headers["Content-Security-Policy"]
        assert served.headers["Cache-Control"] == "no-store"


async def test_a_photo_that_belongs_to_no_report_is_not_served(desk: Office) -> None:
    staged = await desk.photos.stage(uuid4(), cleaned(picture()))
    for photo in (staged, uuid4(), "khong-phai-ma"):
        assert (await desk.officer.get(f"/console/photos/{photo}")).status == 404


async def test_the_story_tells_public_from_internal(desk: Office) -> None:
    report = await desk.sent()
    await desk.reports.add(report.id, "Đã gọi tổ trưởng.", desk.actor, public=False)
    await desk.reports.add(report.id, "Mong anh chị cho biết số nhà.", desk.actor, public=True)
    page = (await desk.officer.get(f"/console/reports/{report.code}")).text
    noted = re.search(r"Ghi chú nội bộ</strong>\s*<span class=\"tag warn\">Nội bộ", page)
    written = re.search(r"Nhắn cho người dân</strong>\s*<span class=\"tag good\">Người dân thấy", page)
    assert noted
    assert written


async def test_words_of_a_forwarding_are_marked_as_internal(desk: Office) -> None:
    one, other = await desk.sent(), await desk.sent()
    await desk.reports.act(one.id, Act.MERGE, desk.actor, "Cùng một ngõ.", into=other.id)
    page = (await desk.officer.get(f"/console/reports/{one.code}")).text
    assert re.search(r"<span class=\"tag warn\">Nội bộ</span> Cùng một ngõ\.", page)


async def test_deadlines_stand_per_side(desk: Office, console: Console) -> None:
    # Given a report that the agency has for longer than it should
    report = await desk.forwarded(await desk.sent(), await desk.agency())
    console.clock.pass_by(days=9)
    desk.officer.cookies["console"] = await console.parts.sessions.begin(desk.officer.staff_id or 0, confirmed=True)
    # When its page is opened
    page = (await desk.officer.get(f"/console/reports/{report.code}")).text
    # Then it says whose turn it is, since when it is over, and that MTTQ was in time
    assert re.search(r"Cơ quan: quá hạn \d+ ngày làm việc", page)
    assert "Công an phường Khương Đình đã quá hạn: nhắc, hoặc chuyển lại" in page
    assert re.search(r"<strong>Mặt trận</strong> · Mới nhận.*?đúng hạn", page, re.DOTALL)


async def test_similar_reports_are_shown_side_by_side(desk: Office) -> None:
    one = await desk.sent("Lối thoát nạn tầng 2 bị chất hàng.")
    other = await desk.sent("Lối thoát nạn tầng 2 chất đầy hàng.")
    page = await desk.officer.get(f"/console/reports/{one.code}")
    assert f"/console/reports/{one.code}/beside/{other.code}" in page.text
    beside = await desk.officer.get(f"/console/reports/{one.code}/beside/{other.code}")
    assert one.text in beside.text
    assert other.text in beside.text
    assert f"Gộp {one.code} vào {other.code}" in beside.text
    assert (await desk.officer.get(f"/console/reports/{one.code}/beside/{one.code}")).status == 404


async def test_nobody_s_words_become_markup(desk: Office, console: Console) -> None:
    """Stored cross-site scripting in every field that residents, agencies and officers fill."""
    agency = await desk.agency(EVIL.replace("{", "").replace("}", "")[:100])
    report = await desk.sent(EVIL, contact=EVIL)
    like = await desk.sent(EVIL)
    for column in ("text", "where_text"):
        await desk.write(report, column, EVIL)
        await desk.write(like, column, EVIL)
    await desk.reports.add(report.id, EVIL, desk.actor, public=False)
    await desk.reports.moderate(report.id, "where_text", EVIL + " x", EVIL, desk.actor)
    await desk.forwarded(report, agency)
    by_agency = Actor(hat=Hat.AGENCY, who=EVIL, agency_id=agency.id)
    await desk.reports.act(report.id, Act.ANSWER, by_agency, EVIL, details={"evidence": EVIL, "reason": EVIL})
    assert desk.officer.staff_id is not None
    await console.accounts.staff.describe(desk.officer.staff_id, name=EVIL, position=EVIL, by=Author(None, "test"))
    await desk.reports.claim(report.id, desk.officer.staff_id)
    await change(
        console.parts.database,
        "INSERT INTO dispatch (report_id, agency_id, staff_id, way, state, key_digest, note, error, expires_at)"
        " VALUES (:report, :agency, :staff, 'email', 'failed', 'x', :evil, :evil, now() + interval '1 day')",
        report=report.id,
        agency=agency.id,
        staff=desk.officer.staff_id,
        evil=EVIL,
    )
    base = f"/console/reports/{report.code}"
    pages = [
        await desk.officer.get(base),
        await desk.officer.get(f"{base}/beside/{like.code}"),
        await desk.officer.get("/console/reports"),
        await desk.officer.get("/console/reports", **{"Accept": "text/html"}),
        await desk.officer.get("/console/reports/stuck"),
        await desk.officer.get(f"/console/reports/bulk?act=forward&chosen={report.code}&chosen={like.code}"),
        await desk.officer.get(f"/console/reports/bulk?act=merge&chosen={report.code}&chosen={like.code}"),
        await desk.officer.get("/console/reports?loc=1&chu=%3Cscript%3Ealert(1)%3C/script%3E&tt=%3Cscript%3E"),
        await desk.officer.post(f"{base}/contact"),
        await desk.officer.post(f"{base}/originals"),
        await desk.send_form(report, "close", text=EVIL, number=EVIL, day=EVIL, wish="preview"),
        await desk.send_form(report, "note", text=EVIL, version="x"),
        await desk.send_form(report, "moderate", text=EVIL, wording=EVIL, where_words=EVIL, hidden=EVIL),
        await desk.officer.post(
            "/console/reports/bulk", [("act", "reject"), ("chosen", f"{like.code}.1"), ("text", EVIL)]
        ),
    ]
    for page in pages:
        assert page.status in {200, 422}, page.text[:3000]
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "'><" not in page.text
        assert "49" not in re.findall(r"onerror=alert\(2\)&gt;(\d*)", page.text)
    assert sum("&lt;script&gt;alert(1)" in page.text for page in pages) >= len(pages) - 2


ROUTES = (
    ("GET", "/console/reports/{code}"),
    ("GET", "/console/reports/{code}/beside/{mine}"),
    ("GET", "/console/reports/{mine}/beside/{code}"),
    ("GET", "/console/photos/{photo}"),
    ("GET", "/console/photos/{photo}/small"),
    ("POST", "/console/reports/{code}/contact"),
    ("POST", "/console/reports/{code}/originals"),
    ("POST", "/console/reports/{code}/originals/{original}"),
    ("POST", "/console/reports/{code}/originals/{original}/restore"),
    ("POST", "/console/reports/{code}/acts/verify"),
    ("POST", "/console/reports/{code}/acts/claim"),
    ("POST", "/console/reports/{code}/acts/note"),
    ("POST", "/console/reports/{code}/dispatches/{dispatch}/resend"),
    ("POST", "/console/reports/{code}/dispatches/{dispatch}/renew"),
)


async def test_a_report_of_another_place_is_as_if_it_were_not(desk: Office, console: Console) -> None:
    """Every route, for an officer of another commune: the same answer as for a code that nobody has."""
    # Given a report elsewhere, with a photo, a hidden photo and a dispatch
    theirs = await desk.sent(where=ELSEWHERE, photos=2, contact="0912 345 678")
    await desk.reports.moderate(theirs.id, "photo", str(theirs.photos[0]), "Có mặt người.", desk.actor)
    mine = await desk.sent(photos=1)
    agency = await desk.agency()
    await change(
        console.parts.database,
        "INSERT INTO dispatch (report_id, agency_id, staff_id, way, state, key_digest, expires_at)"
        " VALUES (:report, :agency, :staff, 'export', 'handed_over', 'x', now() + interval '1 day')",
        report=theirs.id,
        agency=agency.id,
        staff=desk.officer.staff_id,
    )
    before = await desk.kinds(theirs)
    fill = {"code": theirs.code, "mine": mine.code, "photo": theirs.photos[1], "original": 1, "dispatch": 1}
    nothing = await desk.officer.get("/console/reports/ZZ-ZZZZ-ZZZZ")
    for method, route in ROUTES:
        # When an officer of here asks for it
        address = route.format(**fill)
        fields = {"version": theirs.version, "seen": 0, "text": "x"}
        answer = await (desk.officer.get(address) if method == "GET" else desk.officer.post(address, fields))
        # Then it is not there
        assert (answer.status, answer.text) == (404, nothing.text), route
    # And nothing happened
    assert await desk.kinds(theirs) == before
    assert "report contact seen" not in await desk.log(theirs)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.ADMINISTRATOR, Role.AUTHOR, Role.APPROVER])
async def test_other_roles_see_no_report(desk: Office, console: Console, role: Role) -> None:
    report = await desk.sent(photos=1)
    other = await console.signed_in(role)
    fill = {"code": report.code, "mine": report.code, "photo": report.photos[0], "original": 1, "dispatch": 1}
    for method, route in (*ROUTES, ("GET", "/console/reports"), ("GET", "/console/reports/stuck")):
        address = route.format(**fill)
        answer = await (other.get(address) if method == "GET" else other.post(address, {"version": 1, "seen": 0}))
        assert answer.status == 403, (role, route)
    for answer in (
        await other.get("/console/reports/bulk"),
        await other.post("/console/reports/bulk", {"act": "claim"}),
    ):
        assert answer.status == 403


async def test_a_dispatch_of_another_report_is_not_reached_through_mine(desk: Office, console: Console) -> None:
    theirs = await desk.sent(where=ELSEWHERE)
    mine = await desk.sent()
    agency = await desk.agency()
    await change(
        console.parts.database,
        "INSERT INTO dispatch (report_id, agency_id, staff_id, way, state, key_digest, expires_at)"
        " VALUES (:report, :agency, :staff, 'export', 'handed_over', 'x', now() + interval '1 day')",
        report=theirs.id,
        agency=agency.id,
        staff=desk.officer.staff_id,
    )
    for wish in ("resend", "renew", "steal"):
        answer = await desk.officer.post(f"/console/reports/{mine.code}/dispatches/1/{wish}")
        assert answer.status == 404


async def test_originals_are_shown_and_logged(desk: Office) -> None:
    # Given a report whose words were changed and one of whose photos was hidden
    report = await desk.sent("Nhà ông Bảy số 5 để gas.", photos=1)
    await desk.reports.moderate(report.id, "text", "Nhà một hộ dân để gas.", "Che tên.", desk.actor)
    await desk.reports.moderate(report.id, "photo", str(report.photos[0]), "Có mặt trẻ em.", desk.actor)
    page = await desk.officer.get(f"/console/reports/{report.code}")
    assert "ông Bảy" not in page.text
    assert "Xem bản gốc" in page.text
    # When an officer asks for the originals
    shown = await desk.officer.post(f"/console/reports/{report.code}/originals")
    # Then they are there, with the reason, and it is logged
    assert "ông Bảy" in shown.text
    assert "Che tên." in shown.text
    hidden_photo = re.search(r"/originals/(\d+)\"", shown.text)
    assert hidden_photo
    photo = await desk.officer.post(f"/console/reports/{report.code}/originals/{hidden_photo[1]}")
    assert photo.body.startswith(b"\xff\xd8")
    assert (await desk.log(report))[-2:] == ["report originals seen", "report original photo seen"]
    assert (await desk.officer.post(f"/console/reports/{report.code}/originals/99")).status == 404
    assert (await desk.officer.post(f"/console/reports/{report.code}/originals/x")).status == 404


async def test_an_original_is_put_back_for_a_reason_that_is_logged(desk: Office) -> None:
    # Given words that were changed and a photo that was hidden
    report = await desk.sent("Nhà số 5 để gas.", photos=1)
    await desk.reports.moderate(report.id, "text", "Một nhà để gas.", "Che số nhà.", desk.actor)
    await desk.reports.moderate(report.id, "photo", str(report.photos[0]), "Tưởng có mặt người.", desk.actor)
    base = f"/console/reports/{report.code}"
    shown = await desk.officer.post(f"{base}/originals")
    words, photo = re.findall(r"/originals/(\d+)/restore", shown.text)
    # When an officer puts both back, first without a reason
    assert (await desk.officer.post(f"{base}/originals/{words}/restore", [("reason", " ")])).status == 409
    for number in (words, photo):
        done = await desk.officer.post(f"{base}/originals/{number}/restore", [("reason", "Cần số nhà để tìm.")])
        assert done.status == 303
        assert "Đã khôi phục bản gốc" in (await desk.officer.get(base)).text
    # Then they stand where they stood, a second time changes nothing, and the log has it
    again = await desk.reports.by_code(report.code)
    assert again is not None
    assert (again.text, again.photos) == ("Nhà số 5 để gas.", report.photos)
    assert (await desk.officer.get(f"/console/photos/{report.photos[0]}/small")).body.startswith(b"\xff\xd8")
    assert (await desk.officer.post(f"{base}/originals/{photo}/restore", [("reason", "lại")])).status == 409
    assert [act for act in await desk.log(report) if act == "report original restored"] == [
        "report original restored",
        "report original restored",
    ]
