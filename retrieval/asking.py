"""What a provision calls the thing that a question asks for."""

from __future__ import annotations

import re
from typing import Final

from knowledge.vietnamese import fold

HINT_WEIGHT: Final = 0.2
"""Weight of a hinted term against one that was asked for."""

_HINTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (
        re.compile(r"\b(dinh nghia|khai niem|duoc hieu (la|the nao|nhu the nao))\b|\bla gi\W*$"),
        "giải thích từ ngữ",
    ),
    (re.compile(r"\bquy dinh (ve )?(dieu|nhung)? ?gi\W*$"), "phạm vi điều chỉnh"),
)


def hint(question: str) -> str:
    """Return the heading under which law texts answer this kind of question, or "".

    >>> hint("Khoảng cách an toàn là gì?")
    'giải thích từ ngữ'
    >>> hint("Báo cháy giả phạt bao nhiêu?")
    ''
    """
    folded = fold(question)
    return " ".join(heading for pattern, heading in _HINTS if pattern.search(folded))
