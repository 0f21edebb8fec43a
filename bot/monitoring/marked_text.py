"""The text of a section with its marks: what is printed of it, and which of its numbers still are what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.monitoring.figures import Figures
from bot.monitoring.wording import Part, number, part_of

_NUMBER: Final = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?"
_MARK: Final = r"\{(?P<figure>[a-z][a-zA-Z0-9._-]*)(?::(?P<part>tăng|giảm|%|kỳ trước))?\}"
_MARKED: Final = re.compile(rf"(?<![\d.,])(?P<number>không có|{_NUMBER})[ \t]*{_MARK}")
_ANY_MARK: Final = re.compile(rf"[ \t]*{_MARK}")
_BARE: Final = re.compile(rf"(?<![\w/.,-])(?:{_NUMBER})(?![\w/-]|[.,]\d)")
_NAMES_A_NUMBER: Final = re.compile(
    r"(?:ngày|tháng|năm|quý|số|điều|khoản|mục|chương|phần|phụ lục|bảng|hình|đầu)\s+(?:số\s+)?$", re.IGNORECASE
)
_LONGEST_NAME: Final = 40  # characters before a number in which a word that names it may stand
_OF_A_PERIOD: Final = re.compile(r"^\s+tháng\s+(?:đầu|cuối)\s+năm", re.IGNORECASE)


@dataclass(frozen=True)
class Mismatch:
    """A number in a text that is no longer what its mark says. `now`: what it would be, None: nothing of the kind."""

    written: str
    mark: str
    now: str | None


def printed(text: str) -> str:
    """Return the text without its marks.

    >>> printed("nhận 12{pa.tong} phản ánh")
    'nhận 12 phản ánh'
    """
    return _ANY_MARK.sub("", text)


def used(text: str) -> frozenset[str]:
    """Return the ids of the figures that are marked in the text."""
    return frozenset(match["figure"] for match in _ANY_MARK.finditer(text))


def mismatches(text: str, figures: Figures) -> list[Mismatch]:
    """Return the numbers that no longer match the figures, and the marks that belong to no number or no figure."""
    found, seen = [], set()
    for match in _MARKED.finditer(text):
        seen.add(match.start("figure"))
        now = _now(match, figures)
        if match["number"] != now:
            found.append(Mismatch(match["number"], _mark(match), now))
    lonely = [match for match in _ANY_MARK.finditer(text) if match.start("figure") not in seen]
    return found + [Mismatch("", _mark(match), _now(match, figures)) for match in lonely]


def renewed(text: str, figures: Figures) -> str:
    """Return the text with its marked numbers brought up to date; those that have no present value stay."""

    def bring(match: re.Match[str]) -> str:
        now = _now(match, figures)
        return match[0] if now is None else f"{now}{{{_mark(match)}}}"

    return _MARKED.sub(bring, text)


def typed_by_hand(text: str) -> list[str]:
    """Return the numbers that have no mark; days, years, and numbers of documents and articles do not count.

    >>> typed_by_hand("Ngày 04/10 tổ chức 3 buổi theo Kết luận số 02-KL/TW, có 12{pa.tong} phản ánh")
    ['3']
    """
    without = _MARKED.sub(lambda match: "·" * len(match[0]), text)
    return [match[0] for match in _BARE.finditer(without) if not _is_a_name(without, match)]


def _is_a_name(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - _LONGEST_NAME) : match.start()]
    return bool(_NAMES_A_NUMBER.search(before) or _OF_A_PERIOD.match(text[match.end() :]))


def _now(match: re.Match[str], figures: Figures) -> str | None:
    figure = figures.by_id.get(match["figure"])
    if figure is None:
        return None
    part = Part(match["part"] or "")
    value = part_of(figure, part)
    return number(value) if value is not None or part is Part.VALUE else None


def _mark(match: re.Match[str]) -> str:
    return match["figure"] + (f":{match['part']}" if match["part"] else "")


@dataclass(frozen=True)
class Piece:
    """A piece of a shown text: plain, or a number with the figure that it is. `stale`: it no longer matches."""

    text: str
    figure: str | None = None
    stale: bool = False


def pieces(text: str, figures: Figures) -> Iterator[Piece]:
    """Cut a text into plain pieces and numbers with their figures, for a page that links them."""
    end = 0
    for match in _MARKED.finditer(text):
        yield Piece(printed(text[end : match.start()]))
        yield Piece(match["number"], match["figure"], match["number"] != _now(match, figures))
        end = match.end()
    yield Piece(printed(text[end:]))
