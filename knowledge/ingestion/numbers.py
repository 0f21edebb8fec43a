"""Numbers of official documents ("105/2025/NĐ-CP", "37-KH/ĐUK", "QCVN 06:2022/BXD") and the ids made from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from knowledge.vietnamese import fold

_CODE: Final = r"[A-ZĐƯ][A-ZĐƯa-z0-9&]{0,11}(?![^\W\d_])"
_JOINT: Final = r"\s?[-–]\s?"
_CODES: Final = rf"{_CODE}(?:{_JOINT}{_CODE}){{0,4}}"
NUMBER: Final = (
    rf"(?:QCVN|TCVN)\s\d+(?:-\d+)?\s?:\s?\d{{4}}(?:/{_CODE})?"
    rf"|\d{{1,5}}(?:\.\d{{1,3}})?\s?/\s?(?:19|20)\d{{2}}\s?/\s?{_CODES}"
    rf"|\d{{1,5}}\s?/\s?{_CODES}"
    rf"|\d{{1,5}}{_JOINT}{_CODES}\s?/\s?{_CODES}"
)
"""Pattern of a document number."""

_NUMBER: Final = re.compile(rf"(?<![\w/.,-])(?:{NUMBER})")
_DATED: Final = re.compile(
    r"^[,;]?\s*(?:ngày\s+)?(\d{1,2})\s*(?:/|tháng)\s*(\d{1,2})\s*(?:/|năm)\s*(\d{4})|^[,;]?\s*năm\s+(\d{4})",
    re.IGNORECASE,
)
_YEAR: Final = re.compile(r"[/:]\s?((?:19|20)\d{2})\b")

TYPES: Final = {
    "NĐ": "Nghị định", "TT": "Thông tư", "TTLT": "Thông tư liên tịch", "QĐ": "Quyết định", "NQ": "Nghị quyết",
    "CT": "Chỉ thị", "KH": "Kế hoạch", "CĐ": "Công điện", "KL": "Kết luận", "HD": "Hướng dẫn", "TB": "Thông báo",
    "BC": "Báo cáo", "CTr": "Chương trình", "VBHN": "Văn bản hợp nhất", "PA": "Phương án", "QC": "Quy chế",
    "QCVN": "Quy chuẩn", "TCVN": "Tiêu chuẩn",
}  # fmt: skip
"""Types by the code in a number."""

_PREFIXES: Final = {fold(name): fold(code) for code, name in TYPES.items()} | {
    "luat": "luat", "bo luat": "luat", "cong van": "cv", "quy dinh": "qyd", "phap lenh": "pl", "de an": "da",
    "ke hoach hanh dong": "kh",
}  # fmt: skip
_KEPT_CODES: Final = {"tt", "nq-cp"}  # "tt-36-2025-tt-bca", "nq-66-18-2026-nq-cp": as the first ones were registered


@dataclass(frozen=True)
class Mention:
    """A number in running text, with the year it is dated by there, or None. `at`: where it begins in the text."""

    number: str
    year: int | None
    at: int = 0

    @property
    def key(self) -> str:
        """The number folded and without blanks, for comparison."""
        return number_key(self.number)


def plain_number(text: str) -> str:
    """Return a number without the blanks of typing.

    >>> plain_number("02- KL/TW"), plain_number("QCVN 06 : 2022/BXD")
    ('02-KL/TW', 'QCVN 06:2022/BXD')
    """
    return re.sub(r"\s?([-–/:])\s?", lambda joint: joint.group(1).replace("–", "-"), text.strip())


def number_key(number: str) -> str:
    """Return what two spellings of one number have in common.

    >>> number_key("05/2025/NĐ-CP") == number_key("5/2025/ND - CP")
    True
    """
    return re.sub(r"^0+(?=\d)", "", fold(plain_number(number)).replace(" ", ""))


def year_of(number: str) -> int | None:
    """Return the year that is part of the number, or None."""
    found = _YEAR.search(number)
    return int(found.group(1)) if found else None


def mentions(text: str) -> Iterator[Mention]:
    """Yield the document numbers in `text` in order, each with the year in the number or in the date after it."""
    for match in _NUMBER.finditer(text):
        number = plain_number(match.group())
        dated = _DATED.match(text[match.end() :])
        named = next((int(year) for year in (dated.group(3), dated.group(4)) if year), None) if dated else None
        yield Mention(number, year_of(number) or named, match.start())


def type_of(number: str) -> str | None:
    """Return the type that the code in a number stands for, or None ("55/2024/QH15" may be a law or a resolution)."""
    for code in re.findall(r"[A-ZĐa-z]+", number):
        if code in TYPES:
            return TYPES[code]
    return None


def slug(text: str, most_words: int = 8) -> str:
    """Return `text` as a part of an id: ascii, lower case, hyphens.

    >>> slug("Quận Thanh Xuân")
    'quan-thanh-xuan'
    """
    return "-".join(re.findall(r"[a-z0-9]+", fold(text))[:most_words])


def document_id(number: str | None, kind: str | None, title: str | None, issued: date | None, place: str | None) -> str:
    """Return the id of a document, made like those of the registered ones.

    `place`: name of the unit it is for, without its kind ("Thanh Xuân"), or None.

    >>> document_id("105/2025/NĐ-CP", "Nghị định", None, None, None)
    'nd-105-2025'
    >>> document_id("79/KH-UBND", "Kế hoạch", None, date(2023, 3, 7), "Thanh Xuân")
    'kh-79-2023-thanh-xuan'
    """
    prefix = _PREFIXES.get(fold(kind or ""), slug(kind or "vb", 3))
    where = slug(place or "")
    if number is None:
        year = str(issued.year) if issued else ""
        return "-".join(filter(None, [prefix, year, where or slug(title or "khong-ten")]))
    if number.startswith(("QCVN", "TCVN")):
        return slug(number)
    figures, codes = _split(number)
    year = str(year_of(number) or (issued.year if issued else ""))
    local = where if _is_local(codes) else ""
    rest = _rest(prefix, codes, place_known=bool(local))
    return "-".join(filter(None, [prefix, slug(figures), year, rest, local]))


def _split(number: str) -> tuple[str, list[str]]:
    """Return the running number and the codes.

    >>> _split("66.18/2026/NQ-CP"), _split("37-KH/ĐUK")
    (('66.18', ['NQ', 'CP']), ('37', ['KH', 'ĐUK']))
    """
    figures = re.match(r"[\d.]+", number)
    codes = [code for code in re.split(r"[-/]", number)[1:] if not re.fullmatch(r"(?:19|20)\d{2}", code)]
    return (figures.group() if figures else ""), codes


def _is_local(codes: list[str]) -> bool:
    return bool({"UBND", "HĐND", "ĐUK", "QU", "TU", "HU", "ĐU", "BCĐ"} & set(codes)) or "MTTQ" in codes


def _rest(prefix: str, codes: list[str], *, place_known: bool) -> str:
    folded = [fold(code) for code in codes]
    if folded == ["nd", "cp"]:
        return ""
    if folded[:1] == [prefix] and not (prefix in _KEPT_CODES or "-".join(folded) in _KEPT_CODES):
        folded = folded[1:]
    if place_known:
        folded = [code for code in folded if code != "ubnd"]
    return slug("-".join(folded))
