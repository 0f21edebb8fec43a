"""The pages of agencies in the console: who may see and change which, and what is printed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Final

import pytest

from bot.console.agency_pages import AgencyPages
from bot.console.agency_places import AgencyPlaces
from bot.console.permissions import Role
from bot.console.reply_templates import ReplyTemplates, Use
from bot.dispatching import forwarding_on
from bot.feedback.deadlines import Deadlines
from bot.feedback.forwarding import Forwarded
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import Act, Hat
from bot.feedback.reports import Actor, NewReport, Where
from bot.settings import Settings
from bot.store.agencies import Agencies, Agency, Editor
from bot.store.database import Database
from bot.store.dispatches import Dispatches, Way
from bot.store.reports import Reports
from knowledge.places import Contact, Places, Unit
from tests.integration.stored import SEALER, change, count, value

from .visiting import Answer, Console, Visitor, started

HANOI: Final = "01"
HOSTILE: Final = "\"'><script>alert(1)</script>{{ 7*7 }}"


@pytest.fixture
async def console(database: Database) -> AsyncIterator[Console]:
    """The console with the pages of agencies, reached at a public address."""
    settings = replace(Settings(), public_url="https://pccc.example.vn")
    one = await started(database, settings=settings, groups=[AgencyPages])
    yield one
    await one.close()


def communes(console: Console, province: str = HANOI) -> list[str]:
    """Return codes of communes of a province."""
    places = console.parts.knowledge().places
    unit = places.coded(province)
    assert unit is not None
    return [one.code for one in places.communes if one.province == unit.name and one.code]


def fields(name: str = "Công an phường", email: str = "", province: str = HANOI, commune: str = "") -> dict[str, str]:
    return {"name": name, "email": email, "province": province, "commune": commune}


def said(answer: Answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


async def add(console: Console, visitor: Visitor, name: str, place: str | None, email: str | None = None) -> Agency:
    assert visitor.staff_id is not None
    return await Agencies(console.parts.database).add(name, place, email, Editor(visitor.staff_id, visitor.login))


async def forwarded(
    console: Console, visitor: Visitor, agency: Agency, commune: str, *, text: str = "Bị chặn."
) -> Forwarded:
    """Return a report that a visitor has forwarded to be printed."""
    parts = console.parts
    reports = Reports(parts.database, SEALER, Deadlines.load())
    where = Where(HANOI, commune, "ngõ 5")
    code = await reports.send(NewReport(category=Category.BLOCKED_EXIT, text=text, where=where, channel="web"))
    report = await reports.by_code(code)
    assert report is not None
    officer = Actor(hat=Hat.MTTQ, who=visitor.login, staff_id=visitor.staff_id)
    await reports.act(report.id, Act.VERIFY, officer)
    forwarding = forwarding_on(parts.database, SEALER, parts.settings, reports, wall_clock=parts.now)
    return await forwarding.forward(report.id, agency.id, officer, note=text, way=Way.EXPORT, version=None)


async def test_the_list_begins_empty_and_says_so(console: Console) -> None:
    officer = await console.signed_in(Role.OFFICER)
    page = await officer.get("/console/agencies")
    assert page.status == 200
    assert "Chưa có cơ quan nào." in said(page)
    assert "Lối thoát nạn bị chặn UBND cấp xã; Phòng Cảnh sát PCCC và CNCH" in said(page)


async def test_without_a_mail_server_it_says_why_and_what_to_do(console: Console) -> None:
    officer = await console.signed_in(Role.OFFICER)
    assert "SMTP_URL" in said(await officer.get("/console/agencies"))


async def test_an_agency_is_added_changed_and_switched_off(console: Console) -> None:
    officer = await console.signed_in(Role.OFFICER)
    ward = communes(console)[0]
    new = fields("Công an phường Thử", "congan@thu.example.vn", HANOI, ward)
    assert (await officer.post("/console/agencies/new", new)).location == "/console/agencies"
    page = await officer.get("/console/agencies")
    assert "Đã thêm Công an phường Thử." in said(page)
    [agency] = await Agencies(console.parts.database).every()
    assert (agency.place_code, agency.email) == (ward, "congan@thu.example.vn")
    form = await officer.get(f"/console/agencies/{agency.id}")
    assert 'value="Công an phường Thử"' in form.text
    assert f'<option value="{ward}" selected>' in form.text
    changed = fields("Công an phường Thử Hai", "", HANOI)
    assert (await officer.post(f"/console/agencies/{agency.id}", changed)).status == 303
    assert (await officer.post(f"/console/agencies/{agency.id}/switch", {"active": ""})).status == 303
    assert "Công an phường Thử Hai Ngừng dùng" in said(await officer.get("/console/agencies"))
    assert (await officer.post(f"/console/agencies/{agency.id}/switch", {"active": "1"})).status == 303
    [agency] = await Agencies(console.parts.database).every()
    assert (agency.active, agency.place_code, agency.email) == (True, HANOI, None)
    logged = "SELECT string_agg(act, ', ' ORDER BY id) FROM audit WHERE subject LIKE 'agency:%'"
    assert await value(console.parts.database, logged) == (
        "agency added, agency changed, agency switched off, agency switched on"
    )


async def test_the_communes_of_a_province_are_shown_without_losing_what_was_typed(console: Console) -> None:
    officer = await console.signed_in(Role.OFFICER)
    page = await officer.post("/console/agencies/new", {**fields("Đang gõ"), "show": "1"})
    assert page.status == 200
    assert 'value="Đang gõ"' in page.text
    for code in communes(console):
        assert f'<option value="{code}">' in page.text
    assert await Agencies(console.parts.database).every() == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": ""}, "Chưa nhập mục này."),
        ({"name": "a" * 121}, "nhiều nhất 120"),
        ({"email": "a@b.vn, c@d.vn"}, "Địa chỉ thư chưa đúng."),
        ({"email": "a@b.vn\r\nBcc: x@y.vn"}, "Địa chỉ thư chưa đúng."),
        ({"province": "99"}, "Lựa chọn này không có."),
        ({"commune": "99999"}, "không thuộc tỉnh, thành phố đã chọn"),
    ],
)
async def test_what_is_wrong_is_said_beside_what_was_typed(
    console: Console, changed: dict[str, str], told: str
) -> None:
    officer = await console.signed_in(Role.OFFICER)
    page = await officer.post("/console/agencies/new", {**fields("Cơ quan thử"), **changed})
    assert page.status == 422
    assert told in said(page)
    assert await Agencies(console.parts.database).every() == []


async def test_the_same_agency_twice_is_refused(console: Console) -> None:
    officer = await console.signed_in(Role.OFFICER)
    await add(console, officer, "Điện lực", HANOI)
    page = await officer.post("/console/agencies/new", fields("Điện lực"))
    assert (page.status, "đã có trong danh sách" in said(page)) == (422, True)


async def test_an_officer_of_a_ward_manages_only_its_agencies(console: Console) -> None:
    whole = await console.signed_in(Role.OFFICER)
    mine, other = communes(console)[:2]
    officer = await console.signed_in(Role.OFFICER, places=[mine])
    agencies = {
        "mine": await add(console, whole, "Công an phường của tôi", mine),
        "other": await add(console, whole, "Công an phường khác", other),
        "province": await add(console, whole, "Phòng Cảnh sát", HANOI),
        "country": await add(console, whole, "Cục Cảnh sát", None),
        "elsewhere": await add(console, whole, "Công an tỉnh khác", "79"),
    }
    listed = said(await officer.get("/console/agencies"))
    seen = {name for name, one in agencies.items() if one.name in listed}
    assert seen == {"mine", "province", "country"}
    for name, one in agencies.items():
        expected = 200 if name == "mine" else 404
        assert (await officer.get(f"/console/agencies/{one.id}")).status == expected
        if name != "mine":
            assert (await officer.post(f"/console/agencies/{one.id}", fields("Đổi tên", commune=mine))).status == 404
            assert (await officer.post(f"/console/agencies/{one.id}/switch", {"active": ""})).status == 404
    for place in ({"commune": other}, {"commune": ""}, {"province": "", "commune": ""}):
        assert (await officer.post("/console/agencies/new", {**fields("Mới"), **place})).status == 422
        moved = await officer.post(f"/console/agencies/{agencies['mine'].id}", {**fields("Đi nơi khác"), **place})
        assert moved.status == 422
    names = {one.name for one in await Agencies(console.parts.database).every() if one.active}
    assert names == {one.name for one in agencies.values()}


async def test_an_officer_of_a_province_manages_all_in_it(console: Console) -> None:
    officer = await console.signed_in(Role.OFFICER, places=[HANOI])
    ward = communes(console)[0]
    assert (await officer.post("/console/agencies/new", fields("Công an phường", commune=ward))).status == 303
    assert (await officer.post("/console/agencies/new", fields("Phòng Cảnh sát"))).status == 303
    assert (await officer.post("/console/agencies/new", fields("Cục", province=""))).status == 422


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.APPROVER, Role.EDITOR, Role.VIEWER])
async def test_other_roles_see_no_agencies(console: Console, role: Role) -> None:
    visitor = await console.signed_in(role)
    for path in ("/console/agencies", "/console/agencies/new", "/console/agencies/1"):
        assert (await visitor.get(path)).status == 403
    assert (await visitor.post("/console/agencies/new", fields())).status == 403
    assert (await visitor.post("/console/dispatches/1/print")).status == 403


async def test_a_form_without_its_token_changes_nothing(console: Console) -> None:
    officer = await console.signed_in(Role.OFFICER)
    assert (await officer.post("/console/agencies/new", fields(), csrf="x")).status == 403
    assert await Agencies(console.parts.database).every() == []


@pytest.mark.parametrize("number", ["0", "99999", "999999999"])
async def test_an_agency_that_is_not_there_is_not_found(console: Console, number: str) -> None:
    officer = await console.signed_in(Role.OFFICER)
    assert (await officer.get(f"/console/agencies/{number}")).status == 404
    assert (await officer.post(f"/console/dispatches/{number}/print")).status == 404


async def test_what_is_typed_is_shown_as_typed(console: Console) -> None:
    officer = await console.signed_in(Role.OFFICER)
    assert (await officer.post("/console/agencies/new", fields(HOSTILE))).status == 303
    [agency] = await Agencies(console.parts.database).every()
    assert agency.name == HOSTILE
    letter = await forwarded(console, officer, agency, communes(console)[0], text=HOSTILE)
    pages = [
        await officer.get("/console/agencies"),
        await officer.get(f"/console/agencies/{agency.id}"),
        await officer.get(f"/console/agencies/new?name={HOSTILE}&email={HOSTILE}&province={HOSTILE}"),
        await officer.post("/console/agencies/new", fields(HOSTILE, HOSTILE)),
        await officer.post(f"/console/dispatches/{letter.dispatch_id}/print"),
    ]
    for page in pages:
        assert "<script>alert" not in page.text
        assert HOSTILE in unescape(page.text)


async def test_the_letter_is_printed_with_its_link_and_that_is_logged(console: Console) -> None:
    officer = await console.signed_in(Role.OFFICER, name="Nguyễn Thị Lan")
    ward = communes(console)[0]
    agency = await add(console, officer, "Công an phường", ward)
    letter = await forwarded(console, officer, agency, ward)
    key = await Dispatches(console.parts.database, SEALER).key_of(letter.dispatch_id)
    page = await officer.post(f"/console/dispatches/{letter.dispatch_id}/print")
    assert page.status == 200
    assert f"https://pccc.example.vn/co-quan/{key}" in said(page)
    assert "<svg" in page.text
    assert "gọi ngay 114" in said(page)
    assert await value(console.parts.database, "SELECT count(*) FROM audit WHERE act = 'dispatch printed'") == 1
    assert "Đề nghị báo tiếp nhận" in page.text
    assert "trong 10 ngày làm việc kể từ ngày tiếp nhận, chậm nhất ngày" in page.text
    # The link is not to be had by looking: whoever opens the address anew is led to where the letter is printed.
    looked = await officer.get(f"/console/dispatches/{letter.dispatch_id}/print")
    assert (looked.status, looked.location) == (303, f"/console/reports/{letter.report.code}")
    assert "bấm “In phiếu chuyển”" in (await officer.get("/console/agencies")).text
    assert await value(console.parts.database, "SELECT count(*) FROM audit WHERE act = 'dispatch printed'") == 1


async def test_a_letter_without_a_link_speaks_of_none(console: Console) -> None:
    officer = await console.signed_in(Role.OFFICER)
    ward = communes(console)[0]
    letter = await forwarded(console, officer, await add(console, officer, "Công an phường", ward), ward)
    await change(console.parts.database, "UPDATE dispatch SET key_sealed = NULL")
    page = await officer.post(f"/console/dispatches/{letter.dispatch_id}/print")
    on_paper = re.sub(r'<p class="filters.*?</p>', "", page.text, flags=re.DOTALL)
    assert "PUBLIC_URL" in page.text
    assert "PUBLIC_URL" not in on_paper
    assert "đường dẫn" not in on_paper
    assert "báo tiếp nhận và trả lời Mặt trận bằng văn bản, ghi rõ số phản ánh" in on_paper


def test_the_words_to_an_agency_promise_no_link() -> None:
    for kind in ReportKind:
        offered = ReplyTemplates.read().offered(Use.FORWARD, kind)
        assert offered
        assert not any("đường dẫn" in one.text for one in offered)


async def test_a_letter_of_another_place_is_not_to_be_had(console: Console) -> None:
    whole = await console.signed_in(Role.OFFICER)
    mine, other = communes(console)[:2]
    letter = await forwarded(console, whole, await add(console, whole, "Công an phường", mine), mine)
    stranger = await console.signed_in(Role.OFFICER, places=[other])
    assert (await stranger.post(f"/console/dispatches/{letter.dispatch_id}/print")).status == 404
    assert await count(console.parts.database, "report_event") == 3


def test_what_an_office_has_entered_about_a_place_is_offered() -> None:
    unit = Unit(name="Phường Thử", kind="phường", province="Thành phố Thử", code="00001")
    phone = Contact(
        unit=unit.name,
        province=unit.province,
        office="UBND phường",
        phone="024 0000 0000",
        confirmed_by="UBND",
        checked_on=date(2026, 11, 1),
    )
    mail = replace(phone, office="Công an phường", email="congan@thu.vn")
    places = AgencyPlaces(lambda: Places(communes=(unit,), contacts=(phone, mail)))
    assert places.contacts("00001") == [mail]
    assert places.contacts("00002") == []
    assert places.contacts(None) == []
