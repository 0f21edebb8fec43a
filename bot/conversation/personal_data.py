"""Removes personal data from a text before it is kept for officials."""

from __future__ import annotations

import re
from typing import Final

_PLACE_WORDS: Final = r"(?:số nhà|so nha|nhà số|nha so|căn hộ|can ho|phòng|phong|căn|can|số|so)"
_LANE_WORDS: Final = r"(?:ngõ|ngo|ngách|ngach|hẻm|hem|kiệt|kiet)"
_NAME_WORDS: Final = r"(?i:\b(?:tôi|tui|em|mình|anh|chị|con|cháu) (?:tên là|tên))"
_PATTERNS: Final = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[thư điện tử]"),
    (re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE), "[đường dẫn]"),
    (re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .-]?\d){8,10}(?!\d)"), "[số điện thoại]"),
    (re.compile(r"(?<!\d)\d(?:[ .-]?\d){8,18}(?!\d)"), "[dãy số]"),
    (re.compile(r"\b\d{2}[A-Z]\d?[ -]?\d{3}[.]?\d{2}\b", re.IGNORECASE), "[biển số]"),
    (re.compile(rf"\b{_PLACE_WORDS}\s+[A-Z]?\d+[\w/.-]*", re.IGNORECASE), "[địa chỉ]"),
    (re.compile(rf"\b{_LANE_WORDS}\s+\d[\w/.-]*", re.IGNORECASE), "[địa chỉ]"),
    (re.compile(r"\b\d+[A-Z]?(?:/\d+)+(?![\w/]*-)(?!/20\d\d)\b"), "[địa chỉ]"),
    (re.compile(rf"{_NAME_WORDS}\s+(?:[A-ZĐÀ-Ỹ]\w*(?:\s+|$)){{1,4}}"), "[họ tên] "),
)
_LEGAL_NUMBER: Final = re.compile(r"\b\d+/20\d\d(?:/[\w-]+)?|\b0?4/10\b", re.IGNORECASE)


def without_personal_data(text: str) -> str:
    """Return `text` with telephone numbers, addresses, plates, long numbers, mail and names replaced.

    Document numbers ("105/2025/NĐ-CP") stay: they are what the question is about.
    """
    kept: list[str] = []

    def shelve(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\x00{len(kept) - 1}\x00"

    shelved = _LEGAL_NUMBER.sub(shelve, text)
    for pattern, label in _PATTERNS:
        shelved = pattern.sub(label, shelved)
    for number, original in enumerate(kept):
        shelved = shelved.replace(f"\x00{number}\x00", original)
    return shelved.strip()
