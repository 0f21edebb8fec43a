"""The console in a real browser: signing in from the first time on, on a phone and an office screen, without scripts,
by keyboard, and for people who do not see it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.console.permissions import Role
from bot.console.second_factor import code_at, secret_for
from bot.store.staff import Author

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
