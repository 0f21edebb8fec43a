"""An officer's whole work on a report in a real browser, and how its pages look on an office screen and on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.console.permissions import Role
from bot.console.second_factor import code_at
from bot.feedback.kinds import Category
from bot.feedback.lifecycle import State
from bot.feedback.reports import Report
from bot.store.staff import Author
from tests.console.reporting import Office, office, picture
from tests.console.visiting import PASSWORD

from .acting import screenshot, scrolls_sideways, serious_findings
from .conftest import Complaints
from .running_console import OFFICE, PHONE, Running, context_fixture, running_fixture

__all__ = ["context_fixture", "running_fixture"]

pytestmark = pytest.mark.browser
SECRET = bytes(range(20))


@pytest.fixture(scope="module")
def desk(running: Running) -> Office:
    return running.run(office(running.console))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "minh chứng.jpg"
    path.write_bytes(picture("green"))
    return path


def as_officer(running: Running, desk: Office, context: BrowserContext) -> Page:
    assert desk.officer.staff_id is not None
    key = running.run(running.console.parts.sessions.begin(desk.officer.staff_id, confirmed=True))
    context.add_cookies([{"name": "console", "value": key, "url": f"{running.console.address}/console"}])
    return context.new_page()


def sign_in(running: Running, page: Page, login: str) -> None:
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Mã 6 chữ số").fill(code_at(SECRET, running.console.clock.at))
    page.keyboard.press("Enter")


def work(running: Running, desk: Office, page: Page, report: Report, photo: Path) -> None:
    """Find a report, verify it, forward it, note the agency's answer, and close it."""
    page.get_by_role("link", name="Phản ánh", exact=True).click()
    page.get_by_label("Tìm theo chữ hoặc mã").fill("cua thoat hiem")
    page.get_by_label("Trạng thái").select_option(label="Mới nhận")
    page.get_by_role("button", name="Tìm", exact=True).click()
    expect(page.get_by_role("heading", level=2, name="1 phản ánh")).to_be_visible()
    assert page.url.endswith("/console/reports?tt=received&chu=cua+thoat+hiem")
    page.get_by_role("link", name=report.code).click()

    following = page.locator(".next")
    expect(following).to_contain_text("Đọc nội dung, xem ảnh rồi xác minh")
    following.get_by_role("button", name="Nhận xử lý").click()
    expect(page.get_by_role("status")).to_have_text("Bạn đang xử lý phản ánh này.")
    following.get_by_role("button", name="Xác minh").click()
    expect(page.get_by_role("status")).to_have_text("Đã xác minh.")

    expect(following).to_contain_text("Chuyển cơ quan có trách nhiệm")
    following.get_by_label("Cơ quan nhận").select_option(label="Công an phường Khương Đình")
    following.get_by_label("In phiếu chuyển để giao tận nơi").check()
    following.get_by_label("Mẫu câu").select_option(label="Đề nghị kiểm tra nguy cơ")
    following.get_by_role("button", name="Chèn").click()
    expect(page.locator("#forward-text")).not_to_be_empty()
    following.get_by_role("button", name="Chuyển", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Đã chuyển cơ quan.")
    expect(page.get_by_role("region", name="Đường đi tới cơ quan")).to_contain_text("Phiếu giấy, giao tận nơi")

    following.get_by_text("Ghi trả lời của cơ quan").click()
    following.get_by_label("Nội dung trả lời của cơ quan").fill("Đã yêu cầu chủ nhà mở khóa, làm chìa dự phòng.")
    page.locator("#answer-number").fill("15/CAP")
    following.get_by_role("button", name="Xem trước").click()
    expect(page.locator("#preview")).to_contain_text("Việc này đã xong chưa?")
    following.get_by_role("button", name="Ghi và gửi cho người dân").click()
    expect(page.get_by_role("status")).to_contain_text("Đã ghi trả lời của cơ quan")

    following.get_by_text("Đóng, kèm minh chứng").click()
    following.get_by_label("Kết quả, người dân đọc được").fill("Đã xem lại tại chỗ, cửa mở được từ bên trong.")
    following.get_by_label("Ảnh minh chứng").set_input_files(photo)
    following.get_by_role("button", name="Đóng phản ánh").click()
    expect(page.get_by_role("status")).to_have_text("Đã đóng phản ánh.")
    expect(following).to_contain_text("Không còn việc phải làm")
    assert running.run(desk.now(report)).state is State.CLOSED


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
@pytest.mark.parametrize("size", [OFFICE, PHONE], ids=lambda size: str(size[0]))
def test_from_signing_in_to_closing(
    running: Running,
    desk: Office,
    browser: Browser,
    photo: Path,
    complaints: Complaints,
    *,
    script: bool,
    size: tuple[int, int],
) -> None:
    # Given an officer with a password and a second factor, an agency, and a report
    login = f"can-bo-{size[0]}-{script}".lower()
    staff_id = running.run(running.console.staff(Role.OFFICER, places=["00364"], login=login, name="Lê Thị Hai"))
    staff = running.console.accounts.staff
    assert running.run(staff.set_second_factor(staff_id, SECRET, 0, by=Author(None, "test")))
    if not running.run(desk.agencies.every()):
        running.run(desk.agency())
    report = running.run(desk.sent("Cửa thoát hiểm khóa trái, không ai có chìa.", category=Category.LOCKED_EXIT))
    with browser.new_context(
        java_script_enabled=script, locale="vi-VN", viewport={"width": size[0], "height": size[1]}
    ) as context:
        context.set_default_timeout(5_000)
        page = context.new_page()
        complaints.listen(page)
        # When they sign in and work on it to the end
        page.goto(f"{running.console.address}/console/")
        sign_in(running, page, login)
        work(running, desk, page, report, photo)
        # Then the whole story stands on the page, and the resident was told each step
        story = page.get_by_role("region", name="Diễn biến")
        for step in (
            "Gửi phản ánh",
            "Nhận xử lý",
            "Xác minh",
            "Chuyển cơ quan",
            "Trả lời của cơ quan",
            "Đóng phản ánh",
        ):
            expect(story.get_by_text(step, exact=True)).to_be_visible()
        expect(story).to_contain_text("Văn bản số 15/CAP")
    assert running.run(desk.told(report)) == 4
    assert complaints.unexpected() == []


@pytest.mark.parametrize("size", [OFFICE, PHONE, (320, 568)], ids=lambda size: str(size[0]))
def test_pages_fit_their_screen_and_axe_finds_nothing(
    running: Running, desk: Office, context: BrowserContext, pictures: Path, size: tuple[int, int]
) -> None:
    # Given reports in several states, with long words and photos
    agency = running.run(desk.agency(f"Đội Cảnh sát phòng cháy, chữa cháy và cứu nạn, cứu hộ khu vực {size[0]}"))
    fresh = running.run(desk.sent("Lối thoát nạn bị chặn. " + "W" * 200, photos=3, contact="0912 345 678"))
    like = running.run(desk.sent("Lối thoát nạn bị chặn ở tầng hai."))
    verified = running.run(desk.sent("Trụ nước bị che.", category=Category.HYDRANT))
    running.run(desk.verified(verified))
    handed = running.run(desk.forwarded(running.run(desk.sent("Dây điện chập.", category=Category.WIRING)), agency))
    answered = running.run(desk.answered(running.run(desk.sent("Chợ tạm.", category=Category.BLOCKED_LANE)), agency))
    page = as_officer(running, desk, context)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    paths = (
        "/console/reports",
        "/console/reports?qua-han=1&chu=khongco",
        "/console/reports/stuck",
        f"/console/reports/bulk?act=forward&chosen={verified.code}&chosen={fresh.code}",
        f"/console/reports/bulk?act=merge&chosen={like.code}&chosen={fresh.code}",
        f"/console/reports/{fresh.code}/beside/{like.code}",
        *(f"/console/reports/{one.code}" for one in (fresh, verified, handed, answered)),
    )
    for number, path in enumerate(paths):
        page.goto(running.console.address + path)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        screenshot(page, pictures / f"reports-{number}-{size[0]}.png", full=True)
        assert not scrolls_sideways(page), path
        assert serious_findings(page) == [], path


def test_several_at_once(running: Running, desk: Office, context: BrowserContext) -> None:
    sent = [running.run(desk.sent(f"Bình số {number} hỏng.", category=Category.EQUIPMENT)) for number in range(2)]
    page = as_officer(running, desk, context)
    page.goto(f"{running.console.address}/console/reports?chu=binh+so+hong")
    for report in sent:
        page.get_by_label(f"Chọn {report.code}").check()
    page.get_by_label("Với các phản ánh đã chọn").select_option(label="Xác minh")
    page.get_by_role("button", name="Tiếp tục").click()
    page.get_by_role("button", name="Xác minh 2 phản ánh").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Xác minh: xong 2 trên 2 phản ánh")
    assert {running.run(desk.now(report)).state for report in sent} == {State.VERIFIED}
