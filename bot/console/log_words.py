"""The log in words: what an act was about and its details, with places, pages and numbers named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from bot.console.act_names import DETAILS, VALUES
from bot.console.navigation import NAVIGATION

EVERYWHERE: Final = "cả nước"
"""What no place means, of an account as of a rule: it is no lack of one."""
_SUBJECTS: Final[Mapping[str, str]] = {
    "report": "phản ánh",
    "staff": "tài khoản",
    "campaign": "chiến dịch số",
    "monitoring": "báo cáo số",
    "schedule": "lịch báo cáo số",
    "agency": "cơ quan số",
    "dispatch": "lần chuyển số",
    "question": "câu hỏi",
    "draft": "bản soạn số",
    "office": "cơ quan ban hành:",
}
_PLACES: Final = frozenset({"places", "place", "place_code"})
_PAGES: Final = {link.path: link.label for link in NAVIGATION} | {"/dispatches": "Cơ quan xử lý"}
_METHODS: Final = {"GET": "mở", "POST": "gửi"}


@dataclass(frozen=True)
class LogWords:
    """Names what stands in the log. `place` names an official code, and returns what is none as it is."""

    place: Callable[[str], str]

    def subject(self, subject: str | None) -> str:
        """Return what an act was about: "chiến dịch số 3" of "campaign:3"; what is not known stays as it is."""
        kind, colon, which = (subject or "").partition(":")
        if not colon or kind not in _SUBJECTS:
            return subject or ""
        return f"{_SUBJECTS[kind]} {self._where(which) if kind == 'office' else which}"

    def details(self, details: Mapping[str, Any]) -> str:
        """Return the details of an act as one line.

        >>> LogWords(str).details({"roles": ["viewer"], "places": [], "locks": True})
        'vai trò: Người xem; địa bàn: cả nước; khóa tạm: có'
        """
        return "; ".join(f"{DETAILS.get(key, key)}: {self._shown(key, value)}" for key, value in details.items())

    def _shown(self, key: str, value: object) -> str:
        if key in _PLACES:
            return self._where(value)
        if isinstance(value, bool):
            return "có" if value else "không"
        if isinstance(value, Mapping):
            return f"({self.details(value)})"
        if isinstance(value, list):
            return ", ".join(self._shown("", one) for one in value) or "không có"
        if value is None:
            return "không có"
        return _page(str(value)) if key == "page" else VALUES.get(str(value)) or _day(str(value))

    def _where(self, value: object) -> str:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(self.place(str(code)) for code in codes if code) or EVERYWHERE


def subject_sought(typed: str) -> str:
    """Return what the log calls what somebody looks for: "campaign:3" for "chiến dịch số 3", other words as typed.

    >>> subject_sought("Chiến dịch số 3"), subject_sought("campaign:3")
    ('campaign:3', 'campaign:3')
    """
    for kind, words in _SUBJECTS.items():
        if typed.casefold().startswith(f"{words} "):
            return f"{kind}:{typed[len(words) + 1 :].strip()}"
    return typed


def _page(asked: str) -> str:
    """Name a page: "Phản ánh (mở)" of "GET /reports"; below a page of the head its path stays, for it says which."""
    method, _, path = asked.partition(" ")
    first = "/" + path.removeprefix("/").partition("/")[0]
    if first not in _PAGES:
        return asked
    return f"{_PAGES[first]} ({_METHODS.get(method, method)}{'' if path == first else f' {path}'})"


def _day(value: str) -> str:
    """Return a day as people write it; what is none as it is."""
    try:
        return f"{date.fromisoformat(value):%d/%m/%Y}" if value[4:5] == "-" else value
    except ValueError:
        return value
