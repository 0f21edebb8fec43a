"""What headings of official documents look like, and what their numbers are worth."""

from __future__ import annotations

import re
from typing import Final

from knowledge.ingestion.blocks import Block, Paragraph
from knowledge.ingestion.joining import is_terminal
from knowledge.ingestion.numbers import slug

LETTERS: Final = "abcdđeghiklmnopqrstuvxy"
"""Letters of points (điểm), in their order; there is no f, j, w or z."""

_ROMAN: Final = r"[IVX]{1,6}"
_FIGURE: Final = rf"(?:{_ROMAN}|\d{{1,3}})"
_REST: Final = r"\s*[.:–-]?\s*(.*)"
PART: Final = re.compile(rf"^(?:PHẦN|Phần)\s+(?:(?:THỨ|thứ)\s+(\w+)|({_FIGURE}|[A-H])\b){_REST}$")
CHAPTER: Final = re.compile(rf"^(?:CHƯƠNG|Chương)\s+({_FIGURE})\b{_REST}$")
DIVISION: Final = re.compile(rf"^(Tiểu mục|TIỂU MỤC|Mục|MỤC)\s+({_FIGURE})\b{_REST}$")
ARTICLE: Final = re.compile(r"^(?:Điều|ĐIỀU)\s+(\d{1,3})([a-zđ]?)(?:\s*[.:]\s*(.*)|)$")
CLAUSE: Final = re.compile(r"^(\d{1,2})([a-zđ]?)[.)]\s+\S")
POINT: Final = re.compile(r"^([a-zđ])(\d?)\)\s*\S")
ROMAN_HEADING: Final = re.compile(rf"^({_ROMAN})\s*[-.–/)]\s*(\S.*)$")
LETTER_HEADING: Final = re.compile(r"^([A-HK])\s*[-.–/)]\s+(\S.*)$")
ARABIC: Final = re.compile(r"^(\d{1,2})\s*[.)/-]\s+(\S.*)$")
ARABIC_2: Final = re.compile(r"^(\d{1,2})\.(\d{1,2})\.?\s+(\S.*)$")
ANNEX: Final = re.compile(rf"^(?:PHỤ LỤC|Phụ lục)(?:\s+(?:SỐ\s+|số\s+)?({_FIGURE}|[A-H])\b)?{_REST}$")
FORM: Final = re.compile(r"^(?:Mẫu|MẪU)\s+(?:(?:số|SỐ)\s+)?([A-ZĐ]{0,4}[.-]?\d{1,3}[a-z]?)\b[.:]?\s*(.*)$")
ATTACHED: Final = re.compile(
    r"^(?:QUY CHẾ|QUY ĐỊNH|KẾ HOẠCH|ĐỀ ÁN|CHƯƠNG TRÌNH|DANH MỤC|QUY CHUẨN|PHƯƠNG ÁN|NỘI QUY|HƯỚNG DẪN)\b"
)
RECIPIENTS: Final = re.compile(r"^Nơi nhận\b", re.IGNORECASE)
OPENINGS: Final = (CHAPTER, ARTICLE, ANNEX, FORM, DIVISION, ROMAN_HEADING, ARABIC)
"""What a heading of its own opens with, so that it continues no other heading."""
_ORDINALS: Final = {"nhất": 1, "hai": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9}
LONGEST_HEADING: Final = 300
LONGEST_ARTICLE_TITLE: Final = 200
MOST_SKIPPED: Final = 3  # a number that jumps further is no number of this list


def is_annex(text: str, match: re.Match[str]) -> bool:
    rest = match.group(2)
    if len(text) > LONGEST_ARTICLE_TITLE:
        return False
    return (
        not rest
        or (text.startswith("PHỤ LỤC") and not rest[0].islower())
        or (rest[0].isupper() and not is_terminal(rest))
    )


def is_title(rest: str) -> bool:
    return not rest or (len(rest) <= LONGEST_HEADING and not rest[0].islower() and not rest.endswith((".", ";")))


def is_numbered(text: str) -> bool:
    return any(one.match(text) for one in (ROMAN_HEADING, ARABIC, ARABIC_2))


def is_heading(rest: str, following: Block | None, *, marked: bool) -> bool:
    """Whether a numbered paragraph is a heading: short, not a sentence, and something else follows it."""
    if len(rest) > LONGEST_HEADING or following is None or rest.endswith((".", ";")):
        return False
    if marked:
        return True
    if rest.endswith(":") and len(rest) > 120:
        return False
    return not rest.endswith((",", "!", "?")) and isinstance(following, Paragraph) and not ARABIC.match(following.text)


def labelled(label: str, title: str) -> str:
    return f"{label}. {title}" if title else label


def value_of(text: str) -> int:
    """Return the value of a Roman or Arabic number, a letter or an ordinal word; 0 when it is none."""
    if text.isdigit():
        return int(text)
    if re.fullmatch(r"[IVXLC]+", text):
        worth = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
        values = [worth[letter] for letter in text]
        return sum(-v if n + 1 < len(values) and values[n + 1] > v else v for n, v in enumerate(values))
    return _ORDINALS.get(text.lower()) or (ord(text) - ord("A") + 1 if len(text) == 1 and "A" <= text <= "H" else 0)


def anchor_figure(text: str) -> str:
    return str(value_of(text)) if value_of(text) and not re.fullmatch("[A-H]", text) else slug(text)


def anchor_letter(text: str) -> str:
    return text.lower().replace("đ", "dd")
