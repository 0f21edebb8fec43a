"""Two questions in one message: where it can be cut."""

from __future__ import annotations

import re
from typing import Final

from knowledge.vietnamese import fold, words

_JOINTS: Final = (
    "với lại", "ngoài ra", "tiện thể", "sẵn tiện", "nhân tiện", "thêm nữa", "còn nữa", "hỏi thêm là", "cho em hỏi thêm",
    "cho mình hỏi thêm", "cho tôi hỏi thêm", "cho con hỏi thêm", "cho hỏi thêm", "và cho em hỏi", "và cho mình hỏi",
    "và cho tôi hỏi", "và cho hỏi",
)  # fmt: skip
_JOINT: Final = "|".join(sorted({*_JOINTS, *map(fold, _JOINTS)}, key=len, reverse=True))
_CUT: Final = re.compile(rf"[?\n;]+|(?:,|\.)?\s+(?:{_JOINT})\s+", re.IGNORECASE)
_LEAST_WORDS: Final = 3
MOST: Final = 3


def parts_of(text: str) -> tuple[str, ...]:
    """Return the parts of a message that may each be a question; empty when there are fewer than two.

    >>> parts_of("bình chữa cháy hạn bao lâu? với lại nạp ở đâu")
    ('bình chữa cháy hạn bao lâu', 'nạp ở đâu')
    >>> parts_of("nhà trọ cần giấy gì?")
    ()
    """
    parts = [part.strip(" ,.") for part in _CUT.split(text) if part]
    parts = [part for part in parts if len(words(part)) >= _LEAST_WORDS]
    return tuple(parts[:MOST]) if len(parts) > 1 else ()
