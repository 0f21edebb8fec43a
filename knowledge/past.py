"""When does a question ask about? A period that lies in the past, or none: then it asks about today.

"hồi 2024", "trước 01/7/2025", "tháng 3/2025", "năm ngoái", "theo luật cũ". The year of a document ("luật pccc 2001",
"nghị định 136/2020") and a day from which something applies ("từ 15/9/2026") are no such periods.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from knowledge.vietnamese import clean, fold

NEW_LAW: Final = date(2025, 7, 1)
"""Law 55/2024/QH15 and its decrees took effect; "trước đây" means before this day."""
_EARLIEST: Final = 2001  # the first law on fire safety
_DAY: Final = r"(?P<day>\d{1,2})\s*[/.-]\s*(?P<month>\d{1,2})\s*[/.-]\s*(?P<year>20\d\d)"
_DAY_SPOKEN: Final = r"(?P<day>\d{1,2})\s+thang\s+(?P<month>\d{1,2})\s+nam\s+(?P<year>20\d\d)"
_MONTH: Final = r"(?:thang|t)\s*(?P<month>\d{1,2})\s*(?:[/.-]|\s+nam\s+|\s+)\s*(?P<year>20\d\d)"
_YEAR: Final = r"(?P<year>20\d\d)"
_DATES: Final = (_DAY, _DAY_SPOKEN, _MONTH, _YEAR)
_BEFORE: Final = r"truoc(?:\s+(?:ngay|thang|nam|moc|thoi diem|khi|hom))*\s+"
_DURING: Final = (
    r"(?:hoi|vao|luc|trong|dau|cuoi|giua|nam|thang|ngay|thoi diem|thoi|tinh den|tinh toi|xay ra|bi phat|hom)\s+"
    r"(?:(?:dau|cuoi|giua|nam|thang|ngay|hom|hoi|vao)\s+)*"
)
_BEFORE_A_DATE: Final = tuple(re.compile(rf"\b{_BEFORE}{one}\b") for one in _DATES)
_IN_A_DATE: Final = (
    *(re.compile(rf"\b{one}\b") for one in (_DAY, _DAY_SPOKEN, _MONTH)),
    re.compile(rf"\b{_DURING}{_YEAR}\b(?! (?:lit|met|m2|kg|ky|dong|trieu|nguoi|can|ho|cai|binh)\b)"),
)
_NOT_PAST: Final = re.compile(
    r"(?:\btu|(?<!tinh )\bden|(?<!tinh )\btoi|\bsau|\bcham nhat|\bhan)\s+"
    r"(?:(?:ngay|thang|nam|het|truoc|hom)\s+)*$"
)
_DOCUMENTS: Final = re.compile(
    r"\b(?:luat|lpccc|nghi dinh|nd|thong tu|tt|quyet dinh|qd|chi thi|ct|nghi quyet|nq|ke hoach|kh|cong dien|qcvn|tcvn|"
    r"quy chuan|tieu chuan|phap lenh|ket luan|kl)\b(?: (?:pccc|phong chay(?: va)? chua chay|so|cnch|ve))*"
    r"(?:\s*(?:nam\s+)?[\d/:.-]*(?:19|20)\d\d(?:/[a-z-]+\d*)?|\s*\d+[/-][\w/-]+)(?:\s+nam\s+20\d\d)?"
    r"|\b(?:chi thi|ct|cong dien|ke hoach|kh|ket luan|kl|quyet dinh|qd|nghi dinh|nd|thong tu|tt)(?: so)? \d+ nam 20\d\d"
)
_BUILT: Final = re.compile(
    r"\b(?:xay(?: dung| tu| xong)?|lam|mo|thanh lap|khanh thanh|mua|lap dat|sinh|san xuat|dua vao (?:dung|su dung)|tu)"
    r"(?: \w+){0,2}? (?:nam |hoi |vao |tu )+20\d\d"
)
_NUMBERS: Final = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10}
_YEARS_AGO: Final = re.compile(rf"\b(\d{{1,2}}|{'|'.join(_NUMBERS)}) nam truoc\b")
_SOME_YEARS_AGO: Final = re.compile(r"\b(?:may|vai|nhieu) nam truoc\b")
_LAST_YEAR: Final = re.compile(r"\b(?:nam ngoai|nam roi|nam truoc)\b")
_YEAR_BEFORE: Final = re.compile(r"\bnam kia\b")
_LONG_AGO: Final = re.compile(
    r"\b(?:truoc day|truoc kia|hoi truoc|hoi xua|ngay truoc|thoi truoc|luc truoc|hoi do|luat cu|nghi dinh cu|"
    r"quy dinh cu|muc (?:phat )?cu|theo cu|cach tinh cu|truoc khi (?:co )?(?:luat|nghi dinh) moi)\b"
)


@dataclass(frozen=True)
class Past:
    """A period in the past, both days included; `start` is None where only its end is known."""

    start: date | None
    end: date

    def reaches_before(self, day: date) -> bool:
        """Whether the period, or a part of it, lies before `day`."""
        return self.start is None or self.start < day


def asked_about(text: str, today: date) -> Past | None:
    """Return the past period that `text` asks about, or None.

    >>> asked_about("hồi 2024 báo cháy giả phạt nhiêu", date(2026, 11, 21))
    Past(start=datetime.date(2024, 1, 1), end=datetime.date(2024, 12, 31))
    >>> asked_about("trước 1/7/2025 phạt bao nhiêu", date(2026, 11, 21)).end
    datetime.date(2025, 6, 30)
    >>> asked_about("luật pccc 2001 còn hiệu lực không", date(2026, 11, 21))
    """
    message = _BUILT.sub(" ", _DOCUMENTS.sub(" ", fold(clean(text))))
    found = _before(message) or _during(message) or _spoken(message, today)
    return found if found is not None and found.end < today and found.end.year >= _EARLIEST else None


def _before(message: str) -> Past | None:
    for pattern in _BEFORE_A_DATE:
        for match in pattern.finditer(message):
            if (period := _period(match)) is not None and period.start is not None and not _bound(message, match):
                return Past(None, period.start - timedelta(days=1))
    return None


def _during(message: str) -> Past | None:
    for pattern in _IN_A_DATE:
        for match in pattern.finditer(message):
            if (period := _period(match)) is not None and not _bound(message, match):
                return period
    return None


def _bound(message: str, match: re.Match[str]) -> bool:
    """Whether the date is the beginning or the end of a duty ("từ 15/9/2026", "đến 30/6/2026")."""
    return _NOT_PAST.search(message[: match.start()]) is not None


def _period(match: re.Match[str]) -> Past | None:
    parts = match.groupdict()
    year, month = int(parts["year"]), int(parts.get("month") or 0)
    try:
        if parts.get("day"):
            day = date(year, month, int(parts["day"]))
            return Past(day, day)
        if month:
            return Past(date(year, month, 1), date(year, month, monthrange(year, month)[1]))
    except ValueError:
        return None
    return Past(date(year, 1, 1), date(year, 12, 31))


def _spoken(message: str, today: date) -> Past | None:
    if ago := _YEARS_AGO.search(message):
        year = today.year - (_NUMBERS.get(ago.group(1)) or int(ago.group(1)))
        return Past(date(year, 1, 1), date(year, 12, 31))
    if _SOME_YEARS_AGO.search(message):
        return Past(None, NEW_LAW - timedelta(days=1))
    for pattern, back in ((_LAST_YEAR, 1), (_YEAR_BEFORE, 2)):
        if pattern.search(message):
            return Past(date(today.year - back, 1, 1), date(today.year - back, 12, 31))
    return Past(None, NEW_LAW - timedelta(days=1)) if _LONG_AGO.search(message) else None
