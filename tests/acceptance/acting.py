"""What the browser tests do on the page, and what they look for."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Frame, Page

QUESTION = "chung cu chay thi chay len hay chay xuong"
DISTRESS = "cuu voi nha em dang chay"
FAILED_LOAD = r"Failed to load resource"


def ask(page: Page, text: str) -> None:
    box = page.get_by_label("Câu hỏi của bạn")
    box.fill(text)
    box.press("Enter")


def focused(page: Page, script: str) -> Any:
    return page.evaluate(f"(() => {{ const it = document.activeElement; return {script}; }})()")


def scrolls_sideways(page: Page) -> bool:
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return bool(wide)


def serious_findings(page: Page | Frame) -> list[str]:
    violations = Axe().run(cast("Page", page)).response["violations"]
    return [
        f"{found['id']}: {found['nodes'][0]['html']}"
        for found in violations
        if found["impact"] in {"serious", "critical"}
    ]


def screenshot(page: Page, path: Path, *, full: bool = False) -> None:
    """Draw the page into a file, to be looked at. A busy browser now and then cannot; then it is asked again."""
    for _ in range(3):
        with suppress(Error):
            page.screenshot(path=path, full_page=full)
            return
    page.screenshot(path=path, full_page=full)


def until(page: Page, holds: Callable[[], object], tries: int = 100) -> None:
    """Look again and again until ``holds`` is true. (Playwright's own waiting would break the page's policy.)"""
    for _ in range(tries):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came true")


def later(number: int, text: str, **more: Any) -> dict[str, Any]:
    """A message as the store gives it."""
    return {"number": number, "reply": {"id": str(uuid4()), "text": text, **more}}
