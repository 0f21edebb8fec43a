"""What stories in a real browser share: a camera, residents on the page, and staff who sign in.

``KEEP_SCREENSHOTS`` names the folder for pictures of the stations.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyotp
import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from .acting import ask, screenshot, until
from .surroundings import Background, Started

__all__ = ["LONG_ENOUGH", "Camera", "Chat", "a_file", "background_fixture", "camera_fixture", "first_sign_in"]

LONG_ENOUGH: Final = 600  # looks, of 50 ms each


def a_file(name: str, photo: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": photo}


@dataclass(frozen=True)
class Camera:
    """Takes pictures of the stations when somebody wants to look at them."""

    folder: Path | None

    def take(self, page: Page, name: str, *, full: bool = True) -> None:
        if self.folder is not None:
            screenshot(page, self.folder / f"{name}.png", full=full)


@pytest.fixture(name="camera")
def camera_fixture() -> Camera:
    folder = os.environ.get("KEEP_SCREENSHOTS")
    if not folder:
        return Camera(None)
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Camera(Path(folder))


@pytest.fixture(name="background")
def background_fixture() -> Iterator[Background]:
    one = Background()
    yield one
    one.stop()


class Chat:
    """The web chat on a telephone."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def writes(self, text: str, *heard: str) -> Locator:
        """Write, and return the reply that says all of this."""
        before = self.page.locator(".reply").count()
        ask(self.page, text)
        return self._reply(before, heard)

    def presses(self, label: str, *heard: str) -> Locator:
        """Press a button under the newest reply."""
        replies = self.page.locator(".reply")
        before = replies.count()
        replies.last.get_by_role("button", name=label, exact=True).click()
        return self._reply(before, heard)

    def shows(self, photo: bytes, *heard: str) -> Locator:
        """Choose a photo and send it without words."""
        before = self.page.locator(".reply").count()
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Thêm ảnh").click()
        chooser.value.set_files([a_file("cửa.jpg", photo)])
        expect(self.page.locator(".tray .shot")).to_be_visible()
        until(self.page, lambda: self.page.locator(".under-way").count() == 0, LONG_ENOUGH)
        self.page.get_by_label("Câu hỏi của bạn").press("Enter")
        return self._reply(before, heard)

    def _reply(self, before: int, heard: tuple[str, ...]) -> Locator:
        replies = self.page.locator(".reply")
        until(self.page, lambda: replies.count() > before, LONG_ENOUGH)
        for words in heard:
            expect(replies.last).to_contain_text(words)
        return replies.last


def first_sign_in(
    page: Page, program: Started, adding: subprocess.Popen[str], login: str, password: str, show: Callable[[str], None]
) -> None:
    """Sign in with the one-time password of the command line, a second factor, and a password of one's own.

    `adding`: the command that adds the account. `show` is told the name of each page that is worth a picture.
    """
    printed, _ = adding.communicate(timeout=60)
    once = re.search(r"Mật khẩu dùng một lần: (\S+)", printed)
    assert once, printed
    page.goto(f"{program.address}/console/")
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(once[1])
    page.keyboard.press("Enter")
    secret = page.locator(".key").inner_text().replace(" ", "")
    show("second-factor")
    page.get_by_label("Mã 6 chữ số").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Đổi mật khẩu")
    page.get_by_label("Mật khẩu mới", exact=True).fill(password)
    page.get_by_label("Nhập lại mật khẩu mới").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Chào ")
    show("home")
