"""What stands around a document on the page of a portal: menus, counters, captions, related news."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from knowledge.vietnamese import fold

_DAY: Final = r"\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{4}"
_PUBLISHED: Final = re.compile(
    r"^(?:ngay dang|dang ngay|cap nhat|ngay cap nhat|thu (?:hai|ba|tu|nam|sau|bay),|chu nhat,)"
    rf".{{0,30}}{_DAY}.{{0,80}}$"
    r"|^.{0,100}\bluot xem\s*:?\s*\d+.{0,30}$|^\d+ views?$"
)
_COUNTER: Final = r"(?:luot truy cap|tong so truy cap|thong ke truy cap|dang online)[a-z ]{0,40}:?\s*[\d.,]*"
_NOISE: Final = re.compile(
    rf"^(?:null|truy cap noi dung luon|mau chu|co chu|in trang|in bai viet|gui email|chia se|{_COUNTER}|ngay dang|"
    r"quay lai|xem them|dang nhap|trang chu|gui binh luan|ban do so|binh chon(?: binh chon)?|ve dau trang)$"
)
_TAIL: Final = re.compile(
    r"^(?:ban do so|binh chon|(?:cac )?tin (?:bai )?(?:lien quan|khac|cung chuyen muc|moi)|"
    r"(?:cac )?bai viet (?:lien quan|khac)|(?:cac )?van ban (?:lien quan|khac)|chia se bai viet|y kien ban doc|"
    r"binh luan|thong ke truy cap|lien ket website|danh gia bai viet)\b"
)
_CAPTION: Final = re.compile(r"^[^|]*\|\s*$|\(ảnh[^)]*\)\s*$|^ảnh\s*:", re.IGNORECASE)
_LONG: Final = 150
_LONGEST_CAPTION: Final = 250


def is_tail_heading(text: str) -> bool:
    """Whether `text` is the heading of what follows an article ("Tin liên quan")."""
    return len(text) <= 60 and _TAIL.match(fold(text)) is not None


def is_caption(text: str) -> bool:
    """Whether `text` is the caption of a picture ("… (Ảnh: CA tỉnh)", or ending in a table rule)."""
    return len(text) <= _LONGEST_CAPTION and _CAPTION.search(text) is not None


def without_surroundings(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the lines of the document and those dropped; empty lines stay.

    Only a page that shows the marks of a portal (a line with the day of publication, a counter) loses its head, which
    is what stands before the heading nearest to that line, and its tail, such as "Tin liên quan". Captions of pictures
    go from any page.
    """
    kept = list(lines)
    dropped: list[str] = []
    if any(map(_is_noise, kept)):
        first = _first_line(kept)
        last = _last_line(kept)
        dropped = [line.strip() for line in (*kept[:first], *kept[last:]) if line.strip()]
        kept = kept[first:last]
    body = [line for line in kept if not (_is_noise(line) or is_caption(line.strip()))]
    dropped += [line.strip() for line in kept if _is_noise(line) or is_caption(line.strip())]
    return body, dropped


def _is_noise(line: str) -> bool:
    folded = fold(line.strip()) if len(line) <= _LONGEST_CAPTION else ""
    return bool(folded) and (_NOISE.match(folded) or _PUBLISHED.match(folded)) is not None


def _first_line(lines: list[str]) -> int:
    """Return the number of the line with the heading: the last short one before the body, after a portal's marks."""
    body = next((at for at, line in enumerate(lines) if len(line.strip()) >= _LONG), len(lines))
    marks = [at for at in range(body) if _PUBLISHED.match(fold(lines[at].strip()))]
    if not marks:
        return 0
    after = [at for at in range(marks[-1] + 1, body) if lines[at].strip() and not _NOISE.match(fold(lines[at].strip()))]
    if after:
        return after[0]
    before = [at for at in range(marks[0]) if lines[at].strip() and not _NOISE.match(fold(lines[at].strip()))]
    return before[-1] if before else 0


def _last_line(lines: list[str]) -> int:
    long = [at for at, line in enumerate(lines) if len(line.strip()) >= _LONG]
    after = long[-1] + 1 if long else len(lines)
    return next((at for at in range(after, len(lines)) if is_tail_heading(lines[at].strip())), len(lines))
