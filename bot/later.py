"""Messages that reach a resident later: what officials answer."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from bot.store.letters import Letter
from knowledge.clock import VIET_NAM

LONGEST_ANSWER: Final = 2_000  # characters
_LONGEST_SHOWN: Final = 200


def answered(letter: Letter) -> dict[str, Any]:
    """Return the message that brings an answer: {"id", "text"}."""
    day = letter.at.astimezone(VIET_NAM).strftime("%d/%m/%Y")
    asked = letter.text if len(letter.text) <= _LONGEST_SHOWN else f"{letter.text[:_LONGEST_SHOWN].rsplit(' ', 1)[0]}…"
    text = (
        f"{letter.answered_by} trả lời câu bạn hỏi ngày {day} (mã {letter.code}):\n“{asked}”\n\n{letter.answer}\n\n"
        "Đây là trả lời của cán bộ, không phải của trợ lý tự động. Đang có cháy: gọi 114 ngay."
    )
    return {"id": str(uuid4()), "text": text}
