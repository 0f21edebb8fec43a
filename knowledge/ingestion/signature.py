"""Finds who signed: the name under the last title of the signature block."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.ingestion.blocks import is_capitals

_TITLE: Final = re.compile(
    r"^(?:TM\.|KT\.|Q\.|TL\.|TUQ\.|T/M|K/T)?\s*(?:PHÓ |QUYỀN )?"
    r"(?:CHỦ TỊCH(?: QUỐC HỘI| NƯỚC| HĐND| UBND)?|THỦ TƯỚNG|BỘ TRƯỞNG|THỨ TRƯỞNG|GIÁM ĐỐC|CỤC TRƯỞNG|BÍ THƯ|TRƯỞNG BAN|"
    r"TRƯỞNG PHÒNG|CHÁNH VĂN PHÒNG|CHỈ HUY TRƯỞNG|TRƯỞNG CÔNG AN|"
    r"HIỆU TRƯỞNG|CHỦ NHIỆM|TỔNG GIÁM ĐỐC|VIỆN TRƯỞNG|TRƯỞNG ĐOÀN)\b[^.;:]{0,60}$"
)
_FOR: Final = re.compile(r"^(?:TM|KT|TL|TUQ|T/M|K/T|Q)\b\.?\s")
_SIGNED: Final = re.compile(r"^\(?\s*(?:đã ký|ký tên|chữ ký)", re.IGNORECASE)
_RANK: Final = re.compile(
    r"^(?:Đại tướng|Thượng tướng|Trung tướng|Thiếu tướng|Đại tá|Thượng tá|Trung tá|Thiếu tá|Đại úy|"
    r"GS\.?|PGS\.?|TS\.?|ThS\.?)\s+"
)
_NAME: Final = re.compile(r"^(?:[^\W\d_]+\s+){1,5}[^\W\d_]+$")


@dataclass(frozen=True)
class Signature:
    """`start`: number of the line that the signature begins with. `signer` as "name, title", or None."""

    start: int
    signer: str | None


def find_signature(lines: Sequence[str]) -> Signature | None:
    """Find the signature in the last lines of a document (without its annexes), or None."""
    titles = [number for number, line in enumerate(lines) if _TITLE.match(line)]
    lone = next((number for number in range(len(lines) - 1, -1, -1) if _is_name(lines[number])), None)
    if not titles:
        return Signature(lone, lines[lone]) if lone == len(lines) - 1 and lone is not None else None
    start = titles[0]
    while start > 0 and _FOR.match(lines[start - 1]) and is_capitals(lines[start - 1]):
        start -= 1
    after = [line for line in lines[titles[-1] + 1 :] if not _SIGNED.match(line)]
    name = next((line for line in after[:3] if _is_name(line)), None)
    if name is None:
        return Signature(start, None)
    return Signature(start, f"{_proper(name)}, {_title(lines[titles[-1]])}")


def _is_name(line: str) -> bool:
    bare = _RANK.sub("", line)
    return bool(_NAME.match(bare)) and len(bare) <= 40 and all(word[0].isupper() for word in bare.split())


def _proper(name: str) -> str:
    return " ".join(word.capitalize() for word in name.split()) if is_capitals(name) else name


def _title(line: str) -> str:
    """Return the title as in running text: "KT. BỘ TRƯỞNG" is not shown, for the last title is the signer's own.

    >>> _title("PHÓ CHỦ TỊCH")
    'Phó Chủ tịch'
    """
    bare = _FOR.sub("", line).strip()
    for word in ("PHÓ ", "QUYỀN "):
        if bare.startswith(word):
            return f"{word.capitalize()}{_title(bare[len(word) :])}"
    return bare.capitalize().replace("quốc hội", "Quốc hội")
