"""Reads the head of an official document: number, type, authority, place and day, subject.

The form is that of Nghị định 30/2020/NĐ-CP, Phụ lục I (and Hướng dẫn 36-HD/VPTW for documents of the Party).
What is not written there stays None; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from knowledge.ingestion.blocks import RULE, Block, Paragraph, is_capitals
from knowledge.ingestion.joining import is_marker
from knowledge.ingestion.naming import authority, places_in
from knowledge.ingestion.numbers import NUMBER, plain_number, type_of
from knowledge.vietnamese import fold

_TYPES: Final = (
    "BỘ LUẬT", "LUẬT", "NGHỊ ĐỊNH", "NGHỊ QUYẾT LIÊN TỊCH", "NGHỊ QUYẾT", "THÔNG TƯ LIÊN TỊCH", "THÔNG TƯ",
    "QUYẾT ĐỊNH", "CHỈ THỊ", "KẾ HOẠCH", "CÔNG ĐIỆN", "KẾT LUẬN", "HƯỚNG DẪN", "THÔNG BÁO", "BÁO CÁO", "CHƯƠNG TRÌNH",
    "PHƯƠNG ÁN", "QUY CHẾ", "QUY ĐỊNH", "VĂN BẢN HỢP NHẤT", "PHÁP LỆNH", "ĐỀ ÁN", "QUY CHUẨN", "TIÊU CHUẨN", "TỜ TRÌNH",
)  # fmt: skip
_TYPE_LINE: Final = re.compile(
    rf"^({'|'.join(_TYPES)})(?: (?:HÀNH ĐỘNG|KỸ THUẬT QUỐC GIA|QUỐC GIA))?(?:\s+SỐ\s+({NUMBER}))?\s*(.*)$"
)
_NATION: Final = re.compile(
    r"C[ỘÔ]NG H(?:ÒA|OÀ) XÃ HỘI CHỦ NGHĨA VIỆT NAM|ĐẢNG CỘNG SẢN VIỆT NAM|Độc lập\s*[-–]\s*Tự do\s*[-–]\s*Hạnh phúc",
    re.IGNORECASE,
)
_NUMBER_LINE: Final = re.compile(
    rf"^(?:(?:{'|'.join(map(str.capitalize, _TYPES))})\s+)?số\s*[:：]?\s*({NUMBER})", re.IGNORECASE | re.UNICODE
)
_STANDARD: Final = re.compile(r"^(?:QCVN|TCVN)\s\d+(?:-\d+)?\s?:\s?\d{4}(?:/[A-ZĐ]+)?$")
_BLANK_NUMBER: Final = re.compile(r"^số\s*[:：]\s*[.…_\s]*[/-]", re.IGNORECASE)
_DAY: Final = re.compile(
    r"^(?P<place>[^\W\d_]+(?:[ .-]+[^\W\d_]+){0,5}),?\s+ngày\s*(\d{1,2})\s*tháng\s*(\d{1,2})\s*năm\s*(\d{4})",
    re.IGNORECASE,
)
_BLANK_DAY: Final = re.compile(r"ngày[\s.…_]*\d{0,2}[\s.…_]*tháng[\s.…_]*\d{0,2}[\s.…_]*năm", re.IGNORECASE)
_SUBJECT_OF_LETTER: Final = re.compile(r"^V/v\s*:?\s*(.+)$", re.IGNORECASE)
_BODY: Final = re.compile(
    r"^(?:Căn cứ|Theo đề nghị|Xét|Kính gửi|Chương\s|CHƯƠNG\s|Điều\s+\d|PHẦN\s|Phần\s|[IVX]+\s*[-.]|Quốc hội ban hành|"
    r"Chính phủ ban hành|\(Ban hành|\(Kèm theo|LỜI NÓI ĐẦU|Lời nói đầu)"
)
_LONGEST_HEAD: Final = 60  # blocks
_LONGEST_LINE: Final = 260
_LONGEST_TITLE: Final = 600


@dataclass(frozen=True, kw_only=True)
class Head:
    """What the head says. `end`: number of blocks that belong to it, the subject included; 0 when there is none.

    `title_at`: number of the first block of the subject, or None.
    """

    number: str | None = None
    type: str | None = None
    issuer: str | None = None
    place: str | None = None
    issued: date | None = None
    title: str | None = None
    places: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    end: int = 0


def read_head(blocks: Sequence[Block]) -> Head:
    """Read the head at the beginning of the blocks."""
    lines = _head_lines(blocks)
    at = next((n for n, line in enumerate(lines) if _is_type_line(line)), None)
    above = lines[: at if at is not None else _letter_head(lines)]
    facts = _Facts()
    for line in above:
        facts.read(line)
    kind, title, end, numbered = _subject(lines, at, facts)
    number = facts.number or numbered
    issuer = authority(facts.left)
    warnings = [*facts.warnings, *_doubts(kind, number, title, issuer)]
    return Head(
        number=number,
        type=kind or (type_of(number) if number else None),
        issuer=issuer,
        place=facts.place,
        issued=facts.issued,
        title=title[:1].upper() + title[1:] if title else None,
        places=places_in(issuer or ""),
        warnings=tuple(warnings),
        end=end if (number or kind) else 0,
    )


def _head_lines(blocks: Sequence[Block]) -> list[str]:
    """Return the text of the paragraphs up to the body of the document."""
    lines: list[str] = []
    for block in blocks[:_LONGEST_HEAD]:
        if not isinstance(block, Paragraph) or (_BODY.match(block.text) and not _is_type_line(block.text)):
            break
        lines.append(block.text)
    return lines


def _is_type_line(line: str) -> bool:
    match = _TYPE_LINE.match(line)
    return match is not None and len(line) < _LONGEST_LINE and (is_capitals(line) or not match.group(3))


def _letter_head(lines: Sequence[str]) -> int:
    """Return where the head ends of a document without a type (an official letter, an article): at a long line."""
    return next((n for n, line in enumerate(lines) if len(line) > 120), len(lines))


class _Facts:
    """What the lines above the type say, gathered one by one."""

    def __init__(self) -> None:
        self.number: str | None = None
        self.place: str | None = None
        self.issued: date | None = None
        self.letter: str | None = None
        self.left: list[str] = []
        self.warnings: list[str] = []

    def read(self, line: str) -> None:
        rest = _NATION.sub(" ", line).strip()
        rest = self._take_number(rest)
        rest = self._take_day(rest)
        subject = _SUBJECT_OF_LETTER.match(rest)
        if subject:
            self.letter = subject.group(1)
        elif rest and not RULE.match(rest) and is_capitals(rest) and self.number is None and not is_marker(rest):
            self.left.append(rest.strip(" -–—_*"))

    def _take_number(self, line: str) -> str:
        found = _NUMBER_LINE.match(line)
        if found and self.number is None and len(line) < 140:
            self.number = plain_number(found.group(1))
            return line[found.end() :].strip()
        if _STANDARD.match(line) and self.number is None:
            self.number = plain_number(line)
            return ""
        if _BLANK_NUMBER.match(line) and self.number is None:
            self.warnings.append("Số hiệu để trống: có thể là bản dự thảo, chưa ban hành.")
            return ""
        return line

    def _take_day(self, line: str) -> str:
        found = _DAY.search(line)
        if found and self.issued is None:
            try:
                self.issued = date(int(found.group(4)), int(found.group(3)), int(found.group(2)))
            except ValueError:
                self.warnings.append(f"Ngày ban hành không có thật: {found.group()}.")
            self.place = found.group("place").strip()
            return line[: found.start()].strip()
        if _BLANK_DAY.search(line) and not re.search(r"ngày\s*\d+\s*tháng\s*\d+", line):
            if self.issued is None:
                self.warnings.append("Ngày ban hành để trống: có thể là bản dự thảo, chưa ban hành.")
            return ""
        return line


def _subject(lines: Sequence[str], at: int | None, facts: _Facts) -> tuple[str | None, str | None, int, str | None]:
    """Return type, subject, number of blocks of the head, and a number written in the line of the type."""
    if at is None:
        kind = "Công văn" if facts.letter and facts.number else None
        return kind, facts.letter, _letter_head(lines) if facts.number else 0, None
    match = _TYPE_LINE.match(lines[at])
    if match is None:
        return None, None, 0, None
    parts = [match.group(3)] if match.group(3) else []
    end = at + 1
    while end < len(lines) and _is_title(parts, lines[end]):
        parts += [] if RULE.match(lines[end]) else [lines[end]]
        end += 1
    kind = match.group(1).capitalize()
    title = " ".join(parts) or None
    if title and kind in {"Luật", "Bộ luật"}:
        title = f"{kind} {title[0].upper() + title[1:].lower()}" if is_capitals(title) else f"{kind} {title}"
    return kind, title, end, plain_number(match.group(2)) if match.group(2) else None


def _is_title(parts: Sequence[str], line: str) -> bool:
    """Whether the line goes on with the subject; the body begins with a sentence that ends, or in other letters."""
    if RULE.match(line):
        return True
    if _NUMBER_LINE.match(line) or _BODY.match(line) or is_marker(line):
        return False
    if line.rstrip().endswith((".", ":", ";")) or len(line) > _LONGEST_LINE + 140 * (not parts):
        return False
    if sum(map(len, parts)) + len(line) > _LONGEST_TITLE:
        return False
    return not parts or is_capitals(line) == is_capitals(parts[0])


def _doubts(kind: str | None, number: str | None, title: str | None, issuer: str | None) -> list[str]:
    doubts: list[str] = []
    coded = type_of(number) if number else None
    if kind and coded and fold(kind) != fold(coded):
        doubts.append(f"Loại văn bản ghi “{kind}” nhưng số hiệu {number} là của {coded.lower()}: xem lại.")
    if title and (is_capitals(title) or kind in {"Luật", "Bộ luật"}):
        doubts.append("Trích yếu vốn viết hoa toàn bộ: sửa lại chữ hoa, chữ thường cho đúng.")
    if issuer and issuer not in {"Chính phủ", "Quốc hội"}:
        doubts.append("Cơ quan ban hành vốn viết hoa toàn bộ, đã đổi thành chữ thường: xem lại tên riêng.")
    return doubts
