"""The web chat page on small and large screens, in light and dark, and for people who do not see it."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from .acting import DISTRESS, FAILED_LOAD, QUESTION, ask, later, screenshot, scrolls_sideways, serious_findings, until
from .conftest import Complaints, OpenPage
from .fake_api import FakeApi

pytestmark = pytest.mark.browser


# 320 × 256 is WCAG's reflow size: a 1280 × 1024 screen at 400 %. 640 wide is 1280 at 200 %.
@pytest.mark.parametrize(("width", "height"), [(320, 568), (320, 256), (360, 740), (640, 400), (820, 1180)])
def test_fits_its_screen(open_page: OpenPage, width: int, height: int) -> None:
    page = open_page(width=width, height=height)
    assert not scrolls_sideways(page)
    ask(page, QUESTION)
    ask(page, DISTRESS)
    ask(page, f"!html {'W' * 300}")
    expect(page.locator(".reply")).to_have_count(3)
    assert not scrolls_sideways(page)
    expect(page.locator("#call-114")).to_be_in_viewport(ratio=1)
    page.locator(".source").first.click()
    close = page.get_by_role("button", name="Đóng")
    expect(close).to_be_in_viewport(ratio=1)


def test_big_letters_fit_a_phone(open_page: OpenPage) -> None:
    page = open_page(width=360, height=740)
    page.add_style_tag(
        url=page.locator("link[rel=stylesheet]").get_attribute("href") or ""
    )  # a style sheet of our own would break the policy
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    ask(page, QUESTION)
    expect(page.locator(".reply")).to_be_visible()
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page: OpenPage, complaints: Complaints, scheme: str) -> None:
    complaints.expect(FAILED_LOAD)
    page = open_page(color_scheme=scheme)
    assert serious_findings(page) == []

    ask(page, QUESTION)
    ask(page, DISTRESS)
    ask(page, "!500")
    expect(page.locator(".reply")).to_have_count(2)
    expect(page.locator(".trouble")).to_be_visible()
    page.get_by_role("button", name="Hữu ích").click()
    assert serious_findings(page) == []

    page.locator(".source").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Thang bộ chưa có khói")
    assert serious_findings(page) == []


def test_dark_and_light_differ(open_page: OpenPage) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = open_page(color_scheme="light").evaluate(ground)
    dark = open_page(color_scheme="dark").evaluate(ground)
    assert light != dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "width", "height"), [("phone", 390, 844), ("desktop", 1280, 800)])
def test_pictures_for_the_eye(
    open_page: OpenPage,
    api: FakeApi,
    complaints: Complaints,
    pictures: Path,
    device: str,
    width: int,
    height: int,
    scheme: str,
) -> None:
    """Takes the pictures a person looks at when the design changes."""
    complaints.expect(FAILED_LOAD)
    page = open_page(width=width, height=height, color_scheme=scheme, has_touch=device == "phone")

    def picture(name: str) -> None:
        screenshot(page, pictures / f"{name}-{device}-{scheme}.png")

    expect(page.locator("#suggestions")).to_be_visible()
    picture("1-start")
    ask(page, QUESTION)
    expect(page.locator(".reply")).to_have_count(1)
    picture("2-answer")
    page.locator(".rating").scroll_into_view_if_needed()
    page.get_by_role("button", name="Hữu ích").click()
    expect(page.locator(".thanks")).not_to_be_empty()
    picture("3-sources")
    page.locator(".source").last.click()
    expect(page.get_by_role("dialog")).to_contain_text("10–15 triệu")
    picture("4-passage")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    ask(page, DISTRESS)
    expect(page.locator(".emergency")).to_be_visible()
    picture("5-emergency")
    ask(page, "!500")
    expect(page.locator(".trouble")).to_be_visible()
    picture("6-trouble")
    api.cutting = True
    ask(page, DISTRESS)
    expect(page.locator(".kept")).to_be_visible()
    picture("6b-uncertain")
    api.cutting = False
    ask(page, "binh chua chay")
    expect(page.locator(".reply")).to_have_count(3)
    picture("7-suggest")
    api.waiting = [later(7, "Công an phường trả lời điều bạn gửi ngày 20/11/2026: lối thoát nạn đã được mở lại.")]
    expect(page.get_by_text("Tin mới", exact=True)).to_be_visible()
    picture("8-later")
    until(page, lambda: page.evaluate("navigator.serviceWorker.controller?.state === 'activated'"))
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("#offline .guides")).to_be_visible()
    picture("9-offline")
    ask(page, "bếp gas xì mùi quá")
    expect(page.locator(".kept")).to_be_visible()
    picture("10-offline-asked")
    page.locator(".kept summary").nth(1).click()
    page.locator(".kept summary").nth(1).scroll_into_view_if_needed()
    picture("11-offline-read")
    page.context.set_offline(False)
    page.goto(f"{page.url.partition('?')[0]}?khan-cap=1")
    expect(page.locator("#offline .guides")).to_be_visible()
    picture("12-urgent")
    assert len(list(pictures.glob(f"*-{device}-{scheme}.png"))) >= 12
