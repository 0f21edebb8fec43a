"""A real browser on the web chat. ``CHROMIUM`` names the browser, ``SCREENSHOTS`` the folder for pictures."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from .fake_api import FakeApi, serving

LAUNCH_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs a Chromium on this machine")


def _chromium() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    message = "no Chromium found: install it or set CHROMIUM to its path"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


# One browser per module, not per session: playwright keeps an event loop running in this thread,
# and asyncio tests of other modules could not start theirs beside it.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = _chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=LAUNCH_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeApi, str]]:
    api = FakeApi()
    with serving(api.application()) as address:
        yield api, address


@pytest.fixture
def api(served: tuple[FakeApi, str]) -> FakeApi:
    served[0].clear()
    return served[0]


class Complaints:
    """What the browser complained about: console errors (policy violations among them) and exceptions."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._expected: list[str] = []

    def expect(self, pattern: str) -> None:
        self._expected.append(pattern)

    def listen(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.seen.append(f"exception: {error}"))

    def unexpected(self) -> list[str]:
        return [line for line in self.seen if not any(re.search(p, line) for p in self._expected)]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.seen.append(f"{message.type}: {message.text}")


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(
    browser: Browser, served: tuple[FakeApi, str], api: FakeApi, complaints: Complaints
) -> Iterator[OpenPage]:
    """Open the chat: ``open_page(width=…, height=…, path=…, **context options)``. Complaints fail the test.

    With ``clock`` the time of the page stands still but for what ``page.clock`` lets it run. ``before`` is a script
    that runs before those of the page.
    """
    contexts: list[BrowserContext] = []

    def open_page(
        width: int = 1280,
        height: int = 800,
        path: str = "/",
        *,
        clock: bool = False,
        before: str = "",
        **options: object,
    ) -> Page:
        settings: dict[str, object] = {"locale": "vi-VN", "reduced_motion": "reduce", **options}
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)  # type: ignore[arg-type]
        context.set_default_timeout(5_000)
        contexts.append(context)
        page = context.new_page()
        complaints.listen(page)
        if clock:
            page.clock.install()
        if before:
            page.add_init_script(before)
        page.goto(served[1] + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints.unexpected() == []


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
