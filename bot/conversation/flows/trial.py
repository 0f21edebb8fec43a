"""Showing which chat is that of a member of the staff: they write there the code that the console gave them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.conversation.flows.desk import NotTried
from bot.conversation.messages import Kind, Reply
from knowledge.vietnamese import clean, fold

_CODE: Final = re.compile(r"(?:/thu|(?:gui )?thu)(?: ma)?[ :“”\"']*([0-9][0-9 .–—-]{4,12}[0-9])[“”\"']?")
_FEWEST_DIGITS: Final = 6
_MOST_DIGITS: Final = 8
_BOUND: Final = (
    "Đã ghi nhận đây là nơi {name} nhận tin gửi thử. Tin gửi thử từ trang quản trị sẽ đến đây, có chữ [THỬ] ở đầu."
)
_REFUSED: Final[Mapping[NotTried, str]] = {
    NotTried.WRONG: (
        "Mã gửi thử này không đúng hoặc đã dùng rồi. Mã do trang quản trị cấp cho cán bộ; bạn lấy mã mới ở đó rồi gõ "
        "lại nhé."
    ),
    NotTried.EXPIRED: "Mã gửi thử này quá 10 phút nên hết hạn rồi. Bạn lấy mã mới ở trang quản trị nhé.",
    NotTried.TOO_MANY: "Bạn đã gõ sai mã nhiều lần. Để an toàn, bạn chờ một giờ rồi thử lại giúp mình.",
    NotTried.NO_CHAT: (
        "Trang chat này không nhận tin gửi thử được. Bạn gõ mã trong cuộc trò chuyện trên Zalo hoặc Telegram nhé; bản "
        "trên trang web xem ngay ở trang quản trị."
    ),
}


def code_after_words(text: str) -> str | None:
    """Return the digits that are typed after "thử"; None for any other message.

    >>> code_after_words("Thử 1234 5678"), code_after_words("thu: 123456"), code_after_words("thứ 2")
    ('12345678', '123456', None)
    """
    match = _CODE.fullmatch(fold(clean(text)).strip(" .!?"))
    digits = re.sub(r"\D", "", match[1]) if match else ""
    return digits if _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS else None


def reply_to(outcome: str | NotTried) -> Reply:
    """Say whose chat this is now, or why it is not."""
    text = _REFUSED[outcome] if isinstance(outcome, NotTried) else _BOUND.format(name=outcome)
    return Reply(kind=Kind.FLOW, text=text)
