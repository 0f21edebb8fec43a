"""The page without a network, and as an installed program, in a real browser."""

import json
import shutil
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.channels.web_page import STATIC, Pages

from .acting import DISTRESS, FAILED_LOAD, QUESTION, ask, focused, scrolls_sideways, serious_findings, until
from .conftest import Complaints, OpenPage
from .fake_api import FakeApi, serving

pytestmark = pytest.mark.browser


def kept(page: Page) -> None:
    """Wait until the browser has kept the page."""
    until(page, lambda: page.evaluate("navigator.serviceWorker.controller?.state === 'activated'"))


@pytest.fixture
def away(open_page: OpenPage, complaints: Complaints) -> Page:
    """The page after it was opened once, loaded again without a network."""
    complaints.expect(FAILED_LOAD)
    page = open_page(width=390, height=844)
    kept(page)
    page.context.set_offline(True)
    page.reload()
    return page


def test_without_a_network_the_page_opens_and_shows_what_to_do(away: Page) -> None:
    expect(away.get_by_role("heading", name="Đang mất kết nối mạng")).to_be_visible()
    expect(away.locator("#network-spoken")).to_contain_text("Mất kết nối mạng")
    expect(away.locator("#offline").get_by_role("link", name="Gọi 114").first).to_have_attribute("href", "tel:114")

    # The first of the list stands open, the others open by a press, each with its sources.
    expect(away.get_by_text("Đi thang bộ, không đi thang máy.")).to_be_visible()
    expect(away.get_by_text("Khóa van bình.")).to_be_hidden()
    away.get_by_text("Rò gas, có mùi gas").click()
    expect(away.get_by_text("Khóa van bình.")).to_be_visible()
    expect(away.get_by_text("[1] Cục Cảnh sát PCCC và CNCH, Rò gas")).to_be_visible()

    # And it says from when all this is.
    expect(away.get_by_text("Hướng dẫn lưu ngày 20/11/2026.")).to_be_visible()
    assert serious_findings(away) == []
    assert not scrolls_sideways(away)


@pytest.mark.parametrize(("typed", "titles"), [("khoi", 1), ("bong", 1), ("GAS mùi", 1), ("", 4), ("xyz", 0)])
def test_what_is_kept_can_be_searched_without_accents(away: Page, typed: str, titles: int) -> None:
    away.get_by_label("Tìm trong hướng dẫn đã lưu").fill(typed)
    expect(away.locator("#offline summary:visible")).to_have_count(titles)
    if not titles:
        expect(away.get_by_text("Không có hướng dẫn nào khớp")).to_be_visible()


@pytest.mark.parametrize(
    ("message", "title", "action"),
    [
        (DISTRESS, "Đang cháy", "Hô to, gọi mọi người cùng ra."),
        ("phạt bao nhiêu", "Đang cháy", "Hô to, gọi mọi người cùng ra."),
        ("bếp gas xì mùi quá", "Rò gas, có mùi gas", "Không bật, tắt công tắc nào."),
    ],
)
def test_a_message_typed_without_a_network_gets_114_and_what_to_do(
    away: Page, api: FakeApi, message: str, title: str, action: str
) -> None:
    # When anything is typed
    ask(away, message)

    # Then 114 and the list stand under it, with what fits best at the top and open
    trouble = away.locator(".trouble")
    expect(trouble).to_contain_text("chưa được gửi đi đâu")
    expect(trouble.locator(".urgent").get_by_role("link", name="Gọi 114")).to_have_attribute("href", "tel:114")
    expect(trouble.locator("summary").first).to_have_text(title)
    expect(trouble.get_by_text(action)).to_be_in_viewport()
    expect(trouble.locator("summary")).to_have_count(4)
    expect(trouble.get_by_text("Hướng dẫn lưu ngày 20/11/2026.")).to_have_count(1)
    assert serious_findings(away) == []

    # And it is not sent by itself when the network is back, but by its button
    away.context.set_offline(False)
    expect(away.locator("#network-spoken")).to_have_text("Đã có mạng trở lại.")
    away.wait_for_timeout(200)
    assert api.received == []
    trouble.get_by_role("button", name="Gửi lại").click()
    expect(away.locator(".reply")).to_be_visible()
    assert [body["text"] for body in api.received] == [message]


def test_only_the_last_message_carries_the_list(away: Page) -> None:
    ask(away, QUESTION)
    ask(away, DISTRESS)
    expect(away.locator(".trouble")).to_have_count(2)
    expect(away.locator(".kept")).to_have_count(1)
    expect(away.locator(".turn").last.locator(".kept")).to_be_visible()


def test_the_list_works_from_the_keyboard(away: Page) -> None:
    away.get_by_label("Tìm trong hướng dẫn đã lưu").focus()
    away.keyboard.press("Tab")
    away.keyboard.press("Tab")
    assert focused(away, "it.textContent") == "Vừa bị bỏng"
    away.keyboard.press("Enter")
    expect(away.get_by_text("Xả nước sạch vào chỗ bỏng.")).to_be_visible()
    away.keyboard.press("Tab")
    assert focused(away, "it.getAttribute('href')") == "tel:115"


def test_a_page_that_loses_the_network_while_open_says_so_and_recovers(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect(FAILED_LOAD)
    page = open_page()
    kept(page)
    page.context.set_offline(True)
    expect(page.get_by_role("heading", name="Đang mất kết nối mạng")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Đang mất kết nối mạng")).to_be_hidden()
    expect(page.get_by_role("heading", name="Bạn cần hỏi gì?")).to_be_visible()


def test_a_browser_that_is_wrong_about_the_network_is_believed_no_longer_than_needed(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.get_by_role("heading", name="Đang mất kết nối mạng")).to_be_visible()
    ask(page, QUESTION)
    expect(page.locator(".reply")).to_be_visible()
    expect(page.get_by_role("heading", name="Đang mất kết nối mạng")).to_be_hidden()


def test_the_shortcut_opens_what_to_do_now(open_page: OpenPage) -> None:
    page = open_page(path="/?khan-cap=1")
    expect(page.get_by_role("heading", name="Đang có cháy: gọi 114 ngay")).to_be_in_viewport()
    expect(page.get_by_text("Đi thang bộ, không đi thang máy.")).to_be_visible()
    ask(page, QUESTION)
    expect(page.locator(".reply")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(320, 568), (320, 256), (640, 400)])
def test_what_is_kept_fits_small_screens(open_page: OpenPage, complaints: Complaints, width: int, height: int) -> None:
    complaints.expect(FAILED_LOAD)
    page = open_page(width=width, height=height)
    kept(page)
    page.context.set_offline(True)
    ask(page, QUESTION)
    expect(page.locator(".kept")).to_be_visible()
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("material", ["stalls", "unkept"])
def test_what_is_kept_is_shown_though_the_network_fails_halfway_or_the_storage_refuses(
    browser: Browser, tmp_path: Path, material: str
) -> None:
    # Given a browser that has kept the guides, and a worker that waits for a moment only
    folder = tmp_path / "static"
    shutil.copytree(STATIC, folder)
    worker = (STATIC / "sw.js").read_text(encoding="utf-8")
    (folder / "sw.js").write_text(worker.replace("PATIENCE_MS = 5_000", "PATIENCE_MS = 300"), encoding="utf-8")
    api = FakeApi()
    with browser.new_context(locale="vi-VN") as context, serving(api.application(folder=folder)) as address:
        page = context.new_page()
        page.goto(address)
        kept(page)

        # When they are asked for again and come but half, or may not be kept
        api.material = material
        page.goto(f"{address}/?khan-cap=1")

        # Then they are there
        expect(page.locator("#offline summary")).to_have_count(4)
        api.released.set()


def test_a_browser_keeps_the_files_of_one_version_only(open_page: OpenPage) -> None:
    page = open_page()
    kept(page)
    names = page.evaluate("caches.keys()")
    files = [name for name in names if name.startswith("files-")]
    assert len(files) == 1
    urls = page.evaluate(
        "async name => (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname)", files[0]
    )
    version = files[0].removeprefix("files-")
    assert all(url in {"/", "/manifest.webmanifest"} or url.startswith(f"/static/{version}/") for url in urls)
    loaded = page.evaluate("performance.getEntriesByType('resource').map(e => new URL(e.name).pathname)")
    assert {url for url in loaded if url.endswith((".js", ".css"))} <= set(urls)


def test_an_upgrade_replaces_what_was_kept(browser: Browser, tmp_path: Path) -> None:
    # Given a browser that has kept the page of one version
    newer = tmp_path / "static"
    shutil.copytree(STATIC, newer)
    with (newer / "chat.css").open("a", encoding="utf-8") as sheet:
        sheet.write(".name h1 { letter-spacing: 7px; }\n")
    versions = (Pages().version, Pages(folder=newer).version)
    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        with serving(FakeApi().application()) as address:
            page.goto(address)
            kept(page)
            assert f"files-{versions[0]}" in page.evaluate("caches.keys()")

        # When the server is upgraded and the page is opened again
        with serving(FakeApi().application(folder=newer), int(address.rpartition(":")[2])):
            page.goto(address)
            spacing = "getComputedStyle(document.querySelector('h1')).letterSpacing"
            assert page.evaluate(spacing) == "7px"
            files = f"files-{versions[1]}"
            until(page, lambda: sorted(page.evaluate("caches.keys()")) == [files, "material"])

        # Then it is the newer version that opens when the server is gone
        page.reload()
        expect(page.get_by_role("heading", name="Trợ lý PCCC", level=1)).to_be_visible()
        assert page.evaluate(spacing) == "7px"


def test_the_page_can_be_installed(open_page: OpenPage) -> None:
    page = open_page()
    address = page.locator("link[rel=manifest]").get_attribute("href") or ""
    with urllib.request.urlopen(page.url.rstrip("/") + address) as response:
        manifest = json.load(response)
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        size = page.evaluate(
            "async src => { const it = new Image(); it.src = src; await it.decode(); return it.naturalWidth; }",
            icon["src"],
        )
        assert icon["sizes"] == f"{size}x{size}"
    # What the browser itself makes of it
    session = page.context.new_cdp_session(page)
    assert session.send("Page.getAppManifest")["errors"] == []
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []
