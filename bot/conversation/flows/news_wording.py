"""By which words residents agree to be sent news. The version is stored with the yes; old wordings stay readable here.

A wording is never changed: a new one gets a new version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NEWS_CONSENT: Final = "2026-11-tin"
WORDINGS: Final[Mapping[str, str]] = {
    "2026-11": (
        "Mình sẽ gửi vào cuộc trò chuyện này: {topics}. Không quảng cáo, không đưa cho bên khác. Gõ DỪNG là thôi ngay. "
        "Bạn đồng ý không?"
    ),
    NEWS_CONSENT: (
        "Mình sẽ gửi vào cuộc trò chuyện này: {topics}.\n"
        "Giờ gửi: {hours} (trừ cảnh báo khẩn). Không quảng cáo, không đưa cho bên khác, tin nào cũng có cách dừng.\n"
        "Để gửi đúng, mình lưu: {kept}; ngày giờ, kênh và mẫu lời đồng ý này; tin nào đã gửi cho bạn, và bạn đã nhận, "
        "đọc, trả lời, báo không đúng hay dừng sau tin nào.\n"
        "Gõ DỪNG là thôi ngay; gõ “xóa dữ liệu của tôi” là xóa. Bạn đồng ý không?"
    ),
}
"""By version; a subscription without times was agreed to by the first: what that did not name is not stored."""


def consent_text(topics: str, hours: str, kept: str) -> str:
    """Return what a resident is asked to agree to: what is sent, when, and all that is stored for it."""
    return WORDINGS[NEWS_CONSENT].format(topics=topics, hours=hours, kept=kept)
