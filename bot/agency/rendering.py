"""The templates of the agency's page: every value is escaped, a missing one is an error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.feedback.covering_letter import NOT_A_FIRE_CALL, WHO_MAY_OPEN, WHOSE_DUTY, day
from knowledge.clock import VIET_NAM

_FOLDER: Final = Path(__file__).parent / "templates"
_TOLD: Final[Mapping[str, tuple[str, str]]] = {
    "too_fast": ("Thao tác hơi nhanh", "Anh/chị đợi một phút rồi thử lại. Nội dung chưa gửi thì chưa được lưu."),
    "elsewhere": ("Chưa nhận", "Biểu mẫu được gửi từ một trang khác nên không nhận. Mở lại đường dẫn trong thư."),
    "too_large": (
        "Gửi quá nhiều dữ liệu",
        "Mỗi ảnh tối đa 10 MB, tối đa 3 ảnh, và phần chữ không quá dài. Bấm quay lại, bớt ảnh rồi gửi lại; "
        "chưa có gì được lưu.",
    ),
    "unreadable": ("Chưa đọc được", "Nội dung gửi lên bị hỏng hoặc chưa hết. Bấm quay lại và gửi lại giúp."),
    "trouble": ("Hệ thống đang trục trặc", "Chưa lưu được. Bấm quay lại, đợi vài phút rồi gửi lại giúp."),
}


class Templates:
    """Renders pages."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["day"] = day
        self._environment.filters["minute"] = lambda moment: moment.astimezone(VIET_NAM).strftime("%H:%M %d/%m/%Y")
        self._environment.globals.update(
            not_a_fire_call=NOT_A_FIRE_CALL, who_may_open=WHO_MAY_OPEN, whose_duty=WHOSE_DUTY
        )

    def page(self, name: str, *, status: int = 200, **context: object) -> web.Response:
        """Return a page."""
        text = self._environment.get_template(name).render(**context)
        return web.Response(text=text, content_type="text/html", status=status)

    def gone(self) -> web.Response:
        """The one page for whatever leads to no report."""
        return self.page("gone.html", status=404)

    def told(self, status: int, what: str) -> web.Response:
        """A page that only says something."""
        title, words = _TOLD[what]
        return self.page("told.html", status=status, title=title, words=words)
