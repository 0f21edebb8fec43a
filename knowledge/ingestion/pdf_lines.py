"""Lines of a PDF page: words put on lines, the two columns of head and signature taken apart, running heads dropped.

All lengths are in points, from the top left corner of the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from knowledge.vietnamese import fold

_COLUMN_GAP: Final = 10.0  # a blank is about 3 pt wide, 6 in a justified line
_HEAD_HEIGHT: Final = 110.0
_NATION: Final = ("conghoaxahoichunghiavietnam", "dangcongsanvietnam")
_HEAD_END: Final = re.compile(r"ngay.*thang.*nam|\bso ?:|\bso \d")
_PAGE_NUMBER: Final = re.compile(r"^(?:trang\s*)?[-–—\s]*(\d{1,4})[-–—\s]*(?:/\s*\d{1,4})?$", re.IGNORECASE)
_EDGE: Final = 2  # lines at the top and at the bottom that may be running heads


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word with its box; `size` of its letters in points."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of words on `page` (from 1). `alone`: it is never joined with its neighbours."""

    words: tuple[Word, ...]
    page: int
    alone: bool = False

    @property
    def text(self) -> str:
        """The words, blank-separated; a small raised figure stays at its unit ("m2")."""
        parts = [self.words[0].text]
        for before, word in pairwise(self.words):
            raised = word.size < 0.8 * before.size and word.x0 - before.x1 < 1.0
            parts.append(word.text if raised else f" {word.text}")
        return "".join(parts)

    @property
    def x0(self) -> float:
        return self.words[0].x0

    @property
    def x1(self) -> float:
        return self.words[-1].x1

    @property
    def top(self) -> float:
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        return max(word.bottom for word in self.words)

    @property
    def centre(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def bold(self) -> bool:
        return all(word.bold for word in self.words)


def lines_on(words: Iterable[Word], page: int) -> list[Line]:
    """Put the words of a page on lines, from top to bottom."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda one: (one.top + one.bottom, one.x0)):
        if rows and any(_on_one_line(one, word) for one in rows[-1][-3:]):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [Line(words=tuple(sorted(row, key=lambda one: one.x0)), page=page) for row in rows]


def _on_one_line(left: Word, right: Word) -> bool:
    """Whether the middle of one word is at the height of the other: also for a small raised figure."""
    middle, other = (left.top + left.bottom) / 2, (right.top + right.bottom) / 2
    return right.top <= middle <= right.bottom or left.top <= other <= left.bottom


def in_reading_order(lines: Sequence[Line], width: float) -> list[Line]:
    """Return the lines with the head and the signature block of the page read column by column."""
    ordered = _head_first(list(lines))
    return _signature_apart(ordered, width)


def _head_first(lines: list[Line]) -> list[Line]:
    at = next((number for number, line in enumerate(lines) if _nation(line)), None)
    if at is None:
        return lines
    boundary = _nation_start(lines[at])
    start = next(number for number, line in enumerate(lines) if line.top >= lines[at].top - 40)
    below = [n for n in range(at, len(lines)) if lines[n].top <= lines[at].top + _HEAD_HEIGHT]
    end = max((n for n in below if _HEAD_END.search(fold(lines[n].text))), default=at) + 1
    zone = lines[start:end]
    if not any(_gaps(line) for line in zone):
        return lines
    return [*lines[:start], *_by_column(zone, boundary), *lines[end:]]


def _nation(line: Line) -> bool:
    return any(name in _joined(line.words) for name in _NATION)


def _nation_start(line: Line) -> float:
    """Return where the name of the nation (or of the Party) begins on its line."""
    for number in range(len(line.words)):
        if _joined(line.words[number:]).startswith(_NATION):
            return line.words[number].x0
    return line.x0


def _joined(words: Sequence[Word]) -> str:
    return fold("".join(word.text for word in words))


def _signature_apart(lines: list[Line], width: float) -> list[Line]:
    at = next((n for n, line in enumerate(lines) if fold(line.text).startswith("noi nhan")), None)
    if at is None:
        return lines
    start = next(
        n for n, line in enumerate(lines) if n == at or (line.top > lines[at].top - 20 and line.x0 > width / 2)
    )
    end = next((n for n in range(at + 1, len(lines)) if fold(lines[n].text).startswith("phu luc")), len(lines))
    rights = [gap for line in lines[start : min(at + 5, end)] for gap in _gaps(line)]
    boundary = min(rights, default=width / 2)
    return [*lines[:start], *_by_column(lines[start:end], boundary), *lines[end:]]


def _gaps(line: Line) -> list[float]:
    """Return where words begin that stand far to the right of the word before."""
    pairs = pairwise(line.words)
    return [right.x0 for left, right in pairs if right.x0 - left.x1 >= _COLUMN_GAP]


def _by_column(lines: Sequence[Line], boundary: float) -> list[Line]:
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        gaps = _gaps(line)
        cut = min(gaps, key=lambda gap: abs(gap - boundary), default=None)
        if cut is None:
            (right if line.centre > boundary else left).append(replace(line, alone=True))
            continue
        first, second = (tuple(w for w in line.words if (w.x0 < cut) is before) for before in (True, False))
        left.append(Line(words=first, page=line.page, alone=True))
        right.append(Line(words=second, page=line.page, alone=True))
    return left + right


def without_running_heads(pages: Sequence[Sequence[Line]]) -> tuple[list[list[Line]], list[str]]:
    """Return the pages without page numbers and without lines repeated at their edges; and what was dropped."""
    repeated = _repeated(pages)
    offset = _page_offset(pages)
    kept: list[list[Line]] = []
    dropped: list[str] = []
    for lines in pages:
        edge = {*range(_EDGE), *range(len(lines) - _EDGE, len(lines))}
        out = {n for n in edge & set(range(len(lines))) if _is_running(lines[n], repeated, offset)}
        dropped += [lines[n].text for n in sorted(out)]
        kept.append([line for n, line in enumerate(lines) if n not in out])
    return kept, list(dict.fromkeys(dropped))


def _is_running(line: Line, repeated: set[str], offset: int | None) -> bool:
    number = _PAGE_NUMBER.match(line.text)
    if number:
        return offset is None or int(number.group(1)) - line.page == offset
    return not _patterns(line).isdisjoint(repeated)


def _patterns(line: Line) -> set[str]:
    """The text at its height: as it stands, and with its first or last number counted from the page's.

    Only a number that grows with the page may differ: "Phòng 101" and "Phòng 102" are no running heads.
    """
    height = round(line.top / 4)
    found = {f"{line.text}@{height}"}
    for number in [*re.finditer(r"\d{1,5}", line.text)][:: max(1, len(re.findall(r"\d{1,5}", line.text)) - 1)]:
        before, after = line.text[: number.start()], line.text[number.end() :]
        found.add(f"{before}#{int(number.group()) - line.page}{after}@{height}")
    return found


def _edges(lines: Sequence[Line]) -> Iterator[Line]:
    yield from lines[:_EDGE]
    yield from lines[max(_EDGE, len(lines) - _EDGE) :]


def _repeated(pages: Sequence[Sequence[Line]]) -> set[str]:
    seen = Counter(pattern for lines in pages for line in _edges(lines) for pattern in _patterns(line))
    fewest = max(2, len(pages) // 3)  # heads of odd and even pages differ
    return {pattern for pattern, count in seen.items() if count >= fewest}


def _page_offset(pages: Sequence[Sequence[Line]]) -> int | None:
    """Return printed minus counted page number where most pages agree; None when no page shows a number."""
    numbered = [(line, _PAGE_NUMBER.match(line.text)) for lines in pages for line in _edges(lines)]
    offsets = Counter(int(match.group(1)) - line.page for line, match in numbered if match)
    return offsets.most_common(1)[0][0] if offsets else None
