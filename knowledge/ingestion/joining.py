"""Puts lines that a page layout broke back together into paragraphs."""

from __future__ import annotations

import re
from typing import Final

from knowledge.ingestion.blocks import is_capitals

MARKER: Final = re.compile(
    r"(?:Điều|ĐIỀU|Chương|CHƯƠNG|Mục|MỤC|Phần|PHẦN|Phụ lục|PHỤ LỤC|Mẫu số)\s+[\dIVXLCA-H]"
    r"|[IVX]{1,5}\s*[-.–/)]\s|\d{1,2}(?:\.\d{1,2}){0,3}[.)]\s|\d{1,2}\.\d{1,2}\s|[a-zđ]{1,2}\d?\)\s"
    r"|[-–—+•*●○▪■◦·]\s?|Căn cứ\s|Nơi nhận|\|"
)
"""What a paragraph of an official document may open with."""

_TERMINAL: Final = re.compile(r"[.;:!?…][\"”’)\]]*$|\./\.?$")
_BROKEN_WORD: Final = re.compile(r"[^\W\d_]-$")


def is_marker(text: str) -> bool:
    """Whether `text` opens like a numbered or listed item."""
    return MARKER.match(text) is not None


def is_terminal(text: str) -> bool:
    """Whether `text` ends as a sentence or a listed item ends."""
    return _TERMINAL.search(text.rstrip()) is not None


def opens_small(text: str) -> bool:
    """Whether `text` goes on in the middle of a sentence: it opens with a small letter that is no list letter."""
    stripped = text.lstrip("(“\"'")
    return bool(stripped) and stripped[0].islower() and not is_marker(text)


def goes_on(before: str, after: str) -> bool:
    """Whether `after` continues the sentence of `before`, judged by the words alone."""
    return opens_small(after) and not is_terminal(before) and not is_capitals(before)


def glued(before: str, after: str) -> str:
    """Join two lines by a blank; a word broken by a hyphen becomes whole, a code ("NĐ-CP") keeps its hyphen.

    >>> glued("theo Nghị định 105/2025/NĐ-", "CP và khí oxy-")
    'theo Nghị định 105/2025/NĐ-CP và khí oxy-'
    >>> glued("khí oxy-", "gen")
    'khí oxygen'
    """
    if _BROKEN_WORD.search(before) and after[:1].isalpha():
        small = before[-2].islower() and after[0].islower()
        return (before[:-1] if small else before) + after
    joint = "" if re.search(r"\d/$", before) and after[:1].isalnum() else " "
    return f"{before}{joint}{after}"
