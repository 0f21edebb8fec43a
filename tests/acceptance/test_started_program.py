"""The program as an operator starts it, used in a real browser."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).parents[2]
GIVE_UP_SECONDS = 180


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of `python -m bot run` on an empty data folder."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    process = subprocess.Popen([sys.executable, "-m", "bot", "run"], cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, process)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    started = time.monotonic()
    while time.monotonic() - started < GIVE_UP_SECONDS:
        assert process.poll() is None, "the program ended"
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    pytest.fail("the program did not become ready")


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The chat page of the started program; no message may appear on its console."""
    with browser.new_context() as context:
        page = context.new_page()
        troubles: list[str] = []
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(address)
        yield page
        assert troubles == []


def ask(page: Page, text: str) -> None:
    page.get_by_label("Câu hỏi của bạn").fill(text)
    page.keyboard.press("Enter")


@pytest.mark.browser
def test_a_newcomer_gets_the_right_answer_with_its_source(page: Page) -> None:
    ask(page, "chung cu chay thi chay len hay chay xuong")
    reply = page.locator(".reply").last
    expect(reply).to_contain_text("thang bộ")
    reply.locator(".source").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("thang")
    page.keyboard.press("Escape")
    reply.get_by_role("button", name="Hữu ích").click()
    expect(reply).to_contain_text("Cảm ơn bạn")


@pytest.mark.browser
def test_a_cry_for_help_gets_114_first(page: Page) -> None:
    ask(page, "cuu voi nha em dang chay")
    reply = page.locator(".reply.emergency")
    expect(reply).to_be_visible()
    assert "114" in reply.locator("p").first.inner_text()
    expect(reply.get_by_role("link", name="Gọi 114")).to_have_attribute("href", "tel:114")


@pytest.mark.browser
def test_a_repealed_decree_is_said_to_be_repealed(page: Page) -> None:
    ask(page, "Nghị định 136 còn hiệu lực không")
    expect(page.locator(".reply").last).to_contain_text("hết hiệu lực từ 01/07/2025")
    expect(page.locator(".reply").last).to_contain_text("105/2025/NĐ-CP")
    expect(page.locator(".reply").last.locator(".tag.spent").first).to_contain_text("hết hiệu lực từ")
