"""Removes personal data from a text before it is kept for officials."""

from __future__ import annotations

import re
from typing import Final

_PLACE_WORDS: Final = r"(?:số nhà|so nha|nhà số|nha so|căn hộ|can ho|phòng|phong|căn|can|số|so)"
_UNITS: Final = (
    r"(?:[\d/.-]|lít|lit|l\b|bình|binh|cái|cai|chai|người|nguoi|tầng|tang|m2|m²|kg|ký|triệu|trieu|năm|nam|tháng|thang"
    r"|ngày|ngay|giờ|gio|phút|phut|lần|lan|chỗ|cho|%)"
)
_LANE_WORDS: Final = r"(?:ngõ|ngo|ngách|ngach|hẻm|hem|kiệt|kiet)"
_NAME_WORDS: Final = r"(?i:\b(?:tôi|toi|tui|em|mình|minh|anh|chị|chi|con|cháu|chau) (?:tên|ten)(?: là| la)?)(?![\w])"
_DOCUMENTS: Final = (
    r"(?:nghị định|nghi dinh|thông tư|thong tu|quyết định|quyet dinh|chỉ thị|chi thi|kế hoạch|ke hoach|luật|luat"
    r"|công điện|cong dien|nđ|nd|tt|qđ|qd)"
)
_PATTERNS: Final = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[thư điện tử]"),
    (re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE), "[đường dẫn]"),
    (re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .-]?\d){8,10}(?!\d)"), "[số điện thoại]"),
    (re.compile(r"(?<!\d)\d(?:[ .-]?\d){8,18}(?!\d)"), "[dãy số]"),
    (re.compile(r"\b\d{2}[A-Z]\d?[ -]?\d{3}[.]?\d{2}\b", re.IGNORECASE), "[biển số]"),
    (re.compile(rf"\b{_PLACE_WORDS}\s+[A-Z]?\d+[\w/.-]*(?!\s*{_UNITS})", re.IGNORECASE), "[địa chỉ]"),
    (re.compile(rf"\b{_LANE_WORDS}\s+\d[\w/.-]*", re.IGNORECASE), "[địa chỉ]"),
    (re.compile(r"\b\d+[A-Z]?(?:/\d+){2,}(?![\w/]*-)(?!/20\d\d)\b"), "[địa chỉ]"),
    (re.compile(r"\b\d+[A-Z]?/\d+[A-Z]?(?= (?:đường |phố |duong |pho )?[A-ZĐÀ-Ỹ])"), "[địa chỉ]"),
    (re.compile(rf"{_NAME_WORDS}\s+(?:[A-ZĐÀ-Ỹ]\w*(?:\s+|$)){{1,4}}"), "[họ tên] "),
)
_STAYING: Final = re.compile(
    rf"\b\d{{1,5}}/20\d\d(?:/[\w-]+)?|\b{_DOCUMENTS} (?:số|so) \d{{1,5}}\b|\b0?4/10\b|\b(?:số|so) 11[1-5]\b(?!/)",
    re.IGNORECASE,
)


def without_personal_data(text: str) -> str:
    """Return `text` with telephone numbers, addresses, plates, long numbers, mail and names replaced.

    Document numbers ("105/2025/NĐ-CP", "nghị định số 136") and emergency numbers stay: the question is about them.
    """
    kept: list[str] = []

    def shelve(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\x00{len(kept) - 1}\x00"

    shelved = _STAYING.sub(shelve, text)
    for pattern, label in _PATTERNS:
        shelved = pattern.sub(label, shelved)
    for number, original in enumerate(kept):
        shelved = shelved.replace(f"\x00{number}\x00", original)
    return shelved.strip()
