"""The chat in a page of another site: one site may, another may not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from playwright.sync_api import Browser, Page, expect

from .acting import QUESTION, screenshot, serious_findings
from .conftest import Complaints
from .fake_api import FakeApi, serving

pytestmark = pytest.mark.browser

# As strict as a portal's policy may be; %s is the chat.
STRICT = "default-src 'none'; script-src %s; frame-src %s"
PORTAL = """<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Trang của phường</title><body><main><h1>Phường thử</h1><p><a href="#x">Tin tức</a></p></main>
%s</body></html>"""


@pytest.fixture(scope="module")
def portal() -> Iterator[tuple[str, dict[str, str]]]:
    """A site of its own, and its settings: `chat` is the address of the chat, `body` what its page has in it."""
    settings = {"chat": "", "body": ""}

    async def page(_request: web.Request) -> web.Response:
        policy = STRICT.replace("%s", settings["chat"])
        return web.Response(
            text=PORTAL % settings["body"], content_type="text/html", headers={"Content-Security-Policy": policy}
        )

    application = web.Application()
    application.router.add_get("/", page)
    with serving(application) as address:
        yield address, settings


@pytest.fixture(scope="module")
def chat(portal: tuple[str, dict[str, str]]) -> Iterator[tuple[FakeApi, str]]:
    """A chat that the portal may embed under its name localhost, and not under its number."""
    api = FakeApi()
    with serving(api.application([portal[0].replace("127.0.0.1", "localhost")])) as address:
        portal[1]["chat"] = address
        yield api, address


@pytest.fixture
def site(
    browser: Browser, portal: tuple[str, dict[str, str]], chat: tuple[FakeApi, str], complaints: Complaints
) -> Iterator[Page]:
    chat[0].clear()
    portal[1]["body"] = f'<script src="{chat[1]}/embed.js" async></script>'
    context = browser.new_context(viewport={"width": 1000, "height": 760}, locale="vi-VN", reduced_motion="reduce")
    context.set_default_timeout(5_000)
    page = context.new_page()
    complaints.listen(page)
    yield page
    context.close()
    assert complaints.unexpected() == []


@pytest.fixture
def allowed(site: Page, portal: tuple[str, dict[str, str]]) -> Page:
    """The portal's page under the name that may embed the chat."""
    site.goto(portal[0].replace("127.0.0.1", "localhost"))
    return site


def test_a_visitor_of_the_portal_asks_without_leaving_it(allowed: Page, chat: tuple[FakeApi, str]) -> None:
    # When the button is pressed
    allowed.get_by_role("button", name="Hỏi Trợ lý PCCC").click()

    # Then the chat opens in a dialog with a name, and answers
    expect(allowed.get_by_role("dialog", name="Trợ lý PCCC")).to_be_visible()
    frame = allowed.frame_locator("iframe")
    expect(frame.locator("#call-114")).to_have_attribute("href", "tel:114")
    frame.get_by_label("Câu hỏi của bạn").fill(QUESTION)
    frame.get_by_label("Câu hỏi của bạn").press("Enter")
    expect(frame.locator(".reply")).to_contain_text("thang bộ")
    assert [body["text"] for body in chat[0].received] == [QUESTION]
    assert serious_findings(allowed) == []
    assert serious_findings(allowed.frames[1]) == []

    # And it is still there when the dialog was closed in between
    allowed.get_by_role("button", name="Đóng Trợ lý PCCC").click()
    expect(allowed.get_by_role("dialog")).to_be_hidden()
    allowed.get_by_role("button", name="Hỏi Trợ lý PCCC").click()
    expect(frame.locator(".reply")).to_be_visible()


def test_the_keyboard_opens_it_escape_closes_it_and_the_focus_comes_back(allowed: Page) -> None:
    opener = allowed.get_by_role("button", name="Hỏi Trợ lý PCCC")
    expect(opener).to_be_visible()
    allowed.keyboard.press("Tab")
    allowed.keyboard.press("Tab")
    expect(opener).to_be_focused()
    allowed.keyboard.press("Enter")
    expect(allowed.get_by_role("button", name="Đóng Trợ lý PCCC")).to_be_focused()
    allowed.keyboard.press("Escape")
    expect(opener).to_be_focused()

    # Escape in the frame closes it as well, but first what is open in there.
    allowed.keyboard.press("Enter")
    frame = allowed.frame_locator("iframe")
    frame.get_by_label("Câu hỏi của bạn").fill(QUESTION)
    frame.get_by_label("Câu hỏi của bạn").press("Enter")
    frame.locator(".source").first.click()
    expect(frame.get_by_role("dialog")).to_be_visible()
    allowed.keyboard.press("Escape")
    expect(frame.get_by_role("dialog")).to_be_hidden()
    expect(allowed.get_by_role("dialog", name="Trợ lý PCCC")).to_be_visible()
    frame.get_by_label("Câu hỏi của bạn").press("Escape")
    expect(opener).to_be_focused()


@pytest.mark.parametrize(("width", "height"), [(320, 568), (320, 256), (500, 380)])
def test_it_fits_small_screens(allowed: Page, width: int, height: int) -> None:
    allowed.set_viewport_size({"width": width, "height": height})
    opener = allowed.get_by_role("button", name="Hỏi Trợ lý PCCC")
    expect(opener).to_be_in_viewport(ratio=1)
    opener.click()
    expect(allowed.get_by_role("button", name="Đóng Trợ lý PCCC")).to_be_in_viewport(ratio=1)
    frame = allowed.frame_locator("iframe")
    expect(frame.locator("#call-114")).to_be_in_viewport(ratio=1)
    inside = allowed.frames[1]
    assert not inside.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize(("device", "width", "height"), [("phone", 390, 844), ("desktop", 1000, 760)])
def test_pictures_for_the_eye(allowed: Page, pictures: Path, device: str, width: int, height: int) -> None:
    allowed.set_viewport_size({"width": width, "height": height})
    opener = allowed.get_by_role("button", name="Hỏi Trợ lý PCCC")
    expect(opener).to_be_visible()
    screenshot(allowed, pictures / f"13-embed-button-{device}.png")
    opener.click()
    frame = allowed.frame_locator("iframe")
    expect(frame.locator("#suggestions")).to_be_visible()
    screenshot(allowed, pictures / f"14-embed-open-{device}.png")
    frame.get_by_label("Câu hỏi của bạn").fill(QUESTION)
    frame.get_by_label("Câu hỏi của bạn").press("Enter")
    expect(frame.locator(".reply")).to_be_visible()
    screenshot(allowed, pictures / f"15-embed-answer-{device}.png")


def test_a_site_that_is_not_on_the_list_gets_no_button(
    site: Page, portal: tuple[str, dict[str, str]], complaints: Complaints
) -> None:
    complaints.expect("is not among the sites that may embed")
    site.goto(portal[0])
    site.wait_for_timeout(300)
    expect(site.get_by_role("button", name="Hỏi Trợ lý PCCC")).to_have_count(0)


def test_the_browser_refuses_the_frame_to_a_site_that_is_not_on_the_list(
    site: Page, portal: tuple[str, dict[str, str]], chat: tuple[FakeApi, str], complaints: Complaints
) -> None:
    complaints.expect("frame-ancestors|refused to connect|Refused to frame|Framing")
    portal[1]["body"] = f'<iframe title="x" src="{chat[1]}/?embed=1"></iframe>'
    site.goto(portal[0])
    site.wait_for_timeout(500)
    expect(site.frame_locator("iframe").locator("#composer")).to_have_count(0)
    assert any("frame-ancestors" in line or "fram" in line.lower() for line in complaints.seen)

    # The same page under the allowed name is shown.
    site.goto(portal[0].replace("127.0.0.1", "localhost"))
    expect(site.frame_locator("iframe").locator("#composer")).to_be_visible()


def test_the_button_comes_once_however_often_the_script_is_put_in(
    site: Page, portal: tuple[str, dict[str, str]]
) -> None:
    portal[1]["body"] *= 2
    site.goto(portal[0].replace("127.0.0.1", "localhost"))
    expect(site.get_by_role("button", name="Hỏi Trợ lý PCCC")).to_have_count(1)
