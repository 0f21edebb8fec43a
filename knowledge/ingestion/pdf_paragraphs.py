"""Puts the lines of a PDF together into paragraphs, by where they begin and end on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from knowledge.ingestion.blocks import Paragraph, is_capitals, one_line
from knowledge.ingestion.joining import glued, goes_on, is_marker, is_terminal, opens_small
from knowledge.ingestion.pdf_lines import Line

_INDENT: Final = 6.0  # points
_BLANK: Final = 4.0


class Margins:
    """The left and right edge of the body and the usual gap between lines, measured over the whole document."""

    def __init__(self, lines: Sequence[Line]) -> None:
        body = [line for line in lines if not line.alone and len(line.words) >= 6] or list(lines)
        starts = Counter(round(line.x0 / 3) for line in body)
        ends = sorted(line.x1 for line in body)
        gaps = [b.top - a.bottom for a, b in pairwise(body) if a.page == b.page and b.top > a.top]
        self.left = min((start * 3 for start, count in starts.items() if count * 4 >= len(body)), default=0.0)
        self.right = ends[int(len(ends) * 0.95)] if ends else 0.0
        self.gap = median(gaps) if gaps else 0.0

    def is_full(self, line: Line, following: Line) -> bool:
        """Whether the first word of the following line had no room at the end of `line`."""
        first = following.words[0]
        return line.x1 + _BLANK + (first.x1 - first.x0) > self.right - _BLANK

    def is_indented(self, line: Line) -> bool:
        return line.x0 > self.left + _INDENT


def paragraphs_of(lines: Sequence[Line], margins: Margins) -> list[Paragraph]:
    """Join lines that belong together; each paragraph keeps the page that it begins on."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _continues(groups[-1], line, margins):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_paragraph(group) for group in groups]


def _paragraph(group: Sequence[Line]) -> Paragraph:
    text = ""
    for line in group:
        text = glued(text, line.text) if text else line.text
    return Paragraph(text=one_line(text), bold=all(line.bold for line in group), page=group[0].page)


def _continues(group: Sequence[Line], line: Line, margins: Margins) -> bool:
    before = group[-1]
    if before.alone or line.alone:
        return before.alone and line.alone and _same_column(before, line) and goes_on(before.text, line.text)
    if goes_on(before.text, line.text):
        return True
    if not margins.is_full(before, line) or _is_apart(before, line, margins):
        return False
    if (is_capitals(before.text) and not is_capitals(line.text)) or (before.bold and not line.bold):
        return False  # a heading, then the body
    indented = margins.is_indented(line) and not _hangs(group, line)
    if is_marker(line.text):
        return not is_terminal(before.text) and not indented
    return not indented or (opens_small(line.text) and not is_terminal(before.text))


def _same_column(before: Line, line: Line) -> bool:
    return abs(before.x0 - line.x0) < 40 and line.top > before.top


def _is_apart(before: Line, line: Line, margins: Margins) -> bool:
    """Whether more than the usual gap parts the two lines of a page."""
    height = before.bottom - before.top
    return before.page == line.page and line.top - before.bottom > margins.gap + 0.5 * height


def _hangs(group: Sequence[Line], line: Line) -> bool:
    """Whether the paragraph hangs: its later lines begin where this one does."""
    return len(group) > 1 and abs(group[-1].x0 - line.x0) < _INDENT / 2
