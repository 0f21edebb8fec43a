"""What comes later, shown at once on an open page of the program as an operator starts it.

A stream looks by itself every 15 seconds; what is shown within `AT_ONCE_MS` was rung for by the database.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.telegram import TOKEN, FakeTelegram

from .acting import ask, until
from .test_started_program import ROOT, wait_until_ready

pytestmark = pytest.mark.browser

AT_ONCE_MS = 5_000
RESIDENT = 7
_BUILT = ("index", "pictures")  # by `make build`; what is missing is made at the start, which takes longer


class Telegram:
    """A fake Telegram in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._fake = FakeTelegram(TOKEN)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Telegram:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._fake.start(), self._loop).result(10)
        self.url = self._fake.url
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._fake.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def write(self, text: str) -> None:
        """The resident writes."""
        self._loop.call_soon_threadsafe(self._fake.user_writes, RESIDENT, text)

    def answered(self, words: str) -> bool:
        """Whether the resident was sent these words."""
        return any(words in str(one.text) for one in list(self._fake.sent(RESIDENT)))


@pytest.fixture(scope="module")
def telegram() -> Iterator[Telegram]:
    with Telegram() as one:
        yield one


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, telegram: Telegram) -> dict[str, str]:
    folder = Path(tmp_path_factory.mktemp("data"))
    for built in _BUILT:
        (folder / built).mkdir()
        for one in (ROOT / "var" / built).glob("[!.]*"):
            (folder / built / one.name).symlink_to(one)
    with socket.socket() as one_socket:
        one_socket.bind(("127.0.0.1", 0))
        port = one_socket.getsockname()[1]
    return {
        **os.environ,
        "PORT": str(port),
        "DATA_DIR": str(folder),
        "RASA": "off",
        "LOG_LEVEL": "WARNING",
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API": telegram.url,
    }


@pytest.fixture(scope="module")
def address(environment: dict[str, str]) -> Iterator[str]:
    """Address of `python -m bot run` on an empty database."""
    process = subprocess.Popen([sys.executable, "-m", "bot", "run"], cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{environment['PORT']}"
    try:
        wait_until_ready(url, process)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        page.goto(address)
        yield page


def bot(environment: dict[str, str], *arguments: str, say: str = "") -> str:
    """What a command prints."""
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, input=say, stdout=subprocess.PIPE, text=True, timeout=60, check=True
    ).stdout


def test_an_officials_answer_is_shown_at_once(page: Page, environment: dict[str, str]) -> None:
    # Given a page open on a question that nobody could answer
    question = "doi bong nao vo dich the gioi nam 1998"
    ask(page, question)
    expect(page.locator(".reply")).to_have_count(1)
    letters: list[dict[str, Any]] = [json.loads(line) for line in bot(environment, "questions").splitlines()]
    [code] = [letter["code"] for letter in letters if letter["text"] == question]

    # When an official answers
    bot(environment, "answer", code, "--by", "Công an phường", say="Câu này ngoài việc của phường.")

    # Then it is on the page
    last = page.get_by_role("log").locator(".turn").last
    expect(last).to_contain_text("Câu này ngoài việc của phường.", timeout=AT_ONCE_MS)
    expect(last).to_contain_text("Tin mới")


def test_that_another_channel_was_linked_is_shown_at_once(page: Page, telegram: Telegram) -> None:
    # Given a code that the page gave
    ask(page, "liên kết")
    given = page.locator(".reply").last
    expect(given).to_contain_text("Mã liên kết của bạn")
    found = re.search(r"liên kết ([0-9A-Z]{4}-[0-9A-Z]{4})", given.inner_text())
    assert found, given.inner_text()

    # When somebody types it on Telegram and agrees
    telegram.write(f"liên kết {found[1]}")
    until(page, lambda: telegram.answered("Bạn muốn nối không?"))
    telegram.write("đồng ý")

    # Then the page tells at once, so that whoever did not do it can undo it
    last = page.get_by_role("log").locator(".turn").last
    expect(last).to_contain_text("Cuộc trò chuyện này vừa được nối với Telegram", timeout=AT_ONCE_MS)
    expect(last).to_contain_text("hủy liên kết")
