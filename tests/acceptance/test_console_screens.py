"""The console in a real browser: signing in from the first time on, on a phone and an office screen, without scripts,
by keyboard, and for people who do not see it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from bot.console.permissions import Role
from bot.console.second_factor import code_at, secret_for
from bot.store.letters import Letters
from bot.store.staff import Author
from bot.understanding import Understanding
from tests.console.visiting import started
from tests.integration.stored import SEALER

from .acting import screenshot, scrolls_sideways, serious_findings
from .conftest import Complaints
from .running_console import OFFICE, PHONE, Running, context_fixture, running_fixture

__all__ = ["context_fixture", "running_fixture"]

pytestmark = pytest.mark.browser
PAGES = ("/console/", "/console/profile", "/console/staff", "/console/staff/new", "/console/staff/1", "/console/log")


def signed_in(running: Running, context: BrowserContext, *roles: Role, login: str) -> Page:
    visitor = running.run(running.console.signed_in(*roles, login=login, places=["01"], name="Nguyễn Thị Hoài Thương"))
    address = running.console.address
    context.add_cookies([{"name": "console", "value": visitor.cookies["console"], "url": f"{address}/console"}])
    return context.new_page()


def test_the_first_sign_in_by_keyboard(
    running: Running, context: BrowserContext, complaints: Complaints, pictures: Path
) -> None:
    complaints.expect("status of 401")
    # Given an account and its one-time password
    add = running.console.accounts.add(
        login="thao",
        name="Lê Thị Thảo",
        position="Chủ tịch",
        roles=["administrator"],
        places=[],
        by=Author(None, "test"),
    )
    password = running.run(add)
    page = context.new_page()
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    # When a page is asked for, the sign-in comes first, and then everything by keyboard
    page.goto(f"{running.console.address}/console/log")
    screenshot(page, pictures / "console-1-sign-in.png")
    assert serious_findings(page) == []
    page.keyboard.type("thao")
    page.keyboard.press("Tab")
    page.keyboard.type("sai mật khẩu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("không đúng")
    screenshot(page, pictures / "console-2-wrong.png")
    assert serious_findings(page) == []
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thiết lập mã xác thực")
    expect(page.locator(".qr")).to_be_visible()
    assert page.locator(".qr").evaluate("image => image.naturalWidth") > 100
    assert not scrolls_sideways(page)
    assert serious_findings(page) == []
    screenshot(page, pictures / "console-3-second-factor.png", full=True)
    key = next(one["value"] for one in context.cookies() if one["name"] == "console")
    page.get_by_label("Mã 6 chữ số").fill(code_at(secret_for(key), running.console.clock.at))
    page.keyboard.press("Enter")
    # Then a password of one's own, and the page is there
    expect(page.get_by_role("heading", level=1)).to_have_text("Đổi mật khẩu")
    screenshot(page, pictures / "console-4-password.png", full=True)
    assert serious_findings(page) == []
    page.get_by_label("Mật khẩu mới", exact=True).fill("quả bưởi đi xe máy")
    page.get_by_label("Nhập lại mật khẩu mới").fill("quả bưởi đi xe máy")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Chào Lê Thị Thảo")
    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    running.console.clock.pass_by(minutes=1)
    page.goto(f"{running.console.address}/console/log")
    page.get_by_label("Tên đăng nhập").fill("thao")
    page.get_by_label("Mật khẩu").fill("quả bưởi đi xe máy")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mã xác thực")
    screenshot(page, pictures / "console-5-code.png")
    assert serious_findings(page) == []
    secret = running.run(running.console.accounts.staff.second_factor(_number(running, "thao")))
    assert secret is not None
    page.keyboard.type(code_at(secret, running.console.clock.at))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nhật ký")


def _number(running: Running, login: str) -> int:
    return running.run(running.console.accounts.named(login)).id


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_an_account_is_added(running: Running, browser: Browser, script: bool, pictures: Path) -> None:
    login = "minh" if script else "minh-2"
    with browser.new_context(java_script_enabled=script, locale="vi-VN") as context:
        context.set_default_timeout(5_000)
        page = signed_in(running, context, Role.ADMINISTRATOR, login=f"quan-tri-{login}")
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.goto(f"{running.console.address}/console/staff")
        page.get_by_role("link", name="Thêm tài khoản").click()
        page.get_by_label("Họ tên").fill("Trần Văn Minh")
        page.get_by_label("Tên đăng nhập").fill(login)
        page.get_by_label("Cán bộ Mặt trận").check()
        page.get_by_label("Tên tỉnh, xã, phường").fill("khuong dinh")
        page.get_by_role("button", name="Tìm địa bàn").click()
        page.get_by_label("Phường Khương Đình, Thành phố Hà Nội").check()
        screenshot(page, pictures / f"console-6-places-{login}.png", full=True)
        page.get_by_role("button", name="Thêm tài khoản").click()
        expect(page.locator(".key")).to_have_text(re.compile(r"^[a-z0-9]{4}(-[a-z0-9]{4}){3}$"))
        screenshot(page, pictures / f"console-7-handed-over-{login}.png")
    account = running.run(running.console.accounts.named(login))
    assert (account.roles, account.places) == (("officer",), ("00364",))


@pytest.mark.parametrize("size", [PHONE, OFFICE, (320, 568)], ids=lambda size: str(size[0]))
def test_pages_fit_their_screen_and_axe_finds_nothing(
    running: Running, context: BrowserContext, pictures: Path, size: tuple[int, int]
) -> None:
    page = signed_in(running, context, *Role, login=f"moi-vai-{size[0]}")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for number, path in enumerate(PAGES):
        page.goto(running.console.address + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        screenshot(page, pictures / f"console-page-{number}-{size[0]}.png", full=True)
        assert not scrolls_sideways(page), path
        assert serious_findings(page) == [], path


def test_on_a_phone_the_page_one_is_on_is_seen_in_the_head(running: Running, context: BrowserContext) -> None:
    page = signed_in(running, context, *Role, login="dien-thoai")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{running.console.address}/console/log")
    place = page.locator(".links [aria-current]").bounding_box()
    assert place is not None
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= 390


def test_on_a_phone_the_day_and_code_of_a_question_stand_in_one_line(
    running: Running, context: BrowserContext, understanding: Understanding
) -> None:
    question = "Nhà tôi ở tầng mười hai, ban công có khung sắt khóa kín, muốn làm cửa thoát nạn thì phải hỏi ai?"
    running.run(Letters(running.database, SEALER).keep_unanswered(None, "web", question, []))
    console = running.run(started(running.database, understanding=understanding))  # which groups the questions
    key = running.run(console.signed_in(Role.OFFICER, login="cau-hoi")).cookies["console"]
    context.add_cookies([{"name": "console", "value": key, "url": f"{console.address}/console"}])
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{console.address}/console/questions")
    asked, mark = page.get_by_text(question).bounding_box(), page.locator("label.box small").first.bounding_box()
    assert asked is not None
    assert mark is not None
    assert mark["height"] < 30
    assert asked["width"] > 200
    assert not scrolls_sideways(page)
    running.run(console.close())


def test_an_act_that_cannot_be_undone_asks_first(running: Running, context: BrowserContext) -> None:
    page = signed_in(running, context, Role.ADMINISTRATOR, login="nguoi-hoi")
    number = running.run(running.console.staff(Role.VIEWER, login="bi-tat"))
    page.goto(f"{running.console.address}/console/staff/{number}")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Tắt tài khoản").click()
    assert running.run(running.console.accounts.named("bi-tat")).active
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Tắt tài khoản").click()
    expect(page.get_by_role("status")).to_have_text("Đã tắt tài khoản bi-tat.")
    assert not running.run(running.console.accounts.named("bi-tat")).active


def test_what_is_written_in_another_form_is_not_lost_unasked(running: Running, context: BrowserContext) -> None:
    # Given a name that was changed and not saved
    page = signed_in(running, context, Role.ADMINISTRATOR, login="nguoi-viet")
    number = running.run(running.console.staff(Role.VIEWER, login="doi-ten"))
    page.goto(f"{running.console.address}/console/staff/{number}")
    page.get_by_label("Họ tên").fill("Tên mới")
    # When another form of the page is sent, then the page asks; without a yes nothing is sent and the name stays
    asked: list[str] = []

    def refuses(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuses)
    page.get_by_role("button", name="Lưu quyền").click()
    assert [one.startswith("Phần bạn vừa viết ở chỗ khác trên trang này chưa lưu") for one in asked] == [True]
    expect(page.get_by_label("Họ tên")).to_have_value("Tên mới")
    # And its own button asks nothing
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_role("status").first).to_have_text("Đã sửa tài khoản doi-ten.")
    assert len(asked) == 1


def test_the_skip_link_leads_past_the_head(running: Running, context: BrowserContext) -> None:
    page = signed_in(running, context, Role.ADMINISTRATOR, login="ban-phim")
    page.goto(f"{running.console.address}/console/profile")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Đến nội dung chính")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Đổi mật khẩu")).to_be_focused()


def test_a_session_does_not_end_while_somebody_writes(running: Running, context: BrowserContext) -> None:
    page = signed_in(running, context, Role.ADMINISTRATOR, login="viet-lau")
    page.clock.install()
    page.goto(f"{running.console.address}/console/staff/new")
    for _ in range(3):  # an hour, with a letter every 20 minutes
        running.console.clock.pass_by(minutes=20)
        page.clock.fast_forward("20:00")
        with page.expect_response("**/console/awake") as answer:
            page.get_by_label("Chức vụ").press("a")
        assert answer.value.status == 204
    running.console.clock.pass_by(minutes=40)
    page.clock.fast_forward("40:00")
    page.get_by_label("Chức vụ").press("b")
    expect(page.get_by_role("alert")).to_contain_text("Phiên làm việc đã hết")
    expect(page.get_by_label("Chức vụ")).to_have_value("aaab")
