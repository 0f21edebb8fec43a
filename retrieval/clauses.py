"""Cuts the text of an article into clauses, so that words found together are told from words found scattered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_BOUNDARY: Final = re.compile(r"\s*\n\s*|(?<=[.;:])\s+(?=(?:\d{1,2}|[a-zđ]{1,2})[.)]\s)")
_POINT: Final = re.compile(r"(?:[a-zđ]{1,2}\)|[-–+•*])\s*")
_SENTENCE_END: Final = re.compile(r"(?<=[.;!?])\s+")
_LONG: Final = 80  # words; a longer clause is cut at the ends of sentences …
_ENOUGH: Final = 40  # … into pieces of at least so many


@dataclass(frozen=True)
class Clause:
    """One clause. `lead` tells how many clauses before it the one stands that introduces it; 0 for none."""

    text: str
    lead: int = 0


def split_clauses(text: str) -> list[Clause]:
    """Return the clauses of an article: its numbered items and points, or its paragraphs.

    Points ("a) …", "- …") belong to the clause before them that ends in a colon.

    >>> split_clauses("1. Cấm: a) Đốt rác; b) Báo cháy giả. 2. Báo cháy qua số 114.")
    [Clause(text='1. Cấm:', lead=0), Clause(text='a) Đốt rác;', lead=1), Clause(text='b) Báo cháy giả.', lead=2), \
Clause(text='2. Báo cháy qua số 114.', lead=0)]
    """
    found: list[Clause] = []
    lead = -1
    for piece in _pieces(text):
        is_point = lead >= 0 and bool(_POINT.match(piece))
        found.append(Clause(piece, len(found) - lead if is_point else 0))
        if piece.endswith(":"):
            lead = len(found) - 1
        elif not is_point:
            lead = -1
    return found


def _pieces(text: str) -> Iterator[str]:
    for piece in _BOUNDARY.split(text):
        if len(piece.split()) > _LONG:
            yield from _shorter(piece)
        elif piece.strip():
            yield piece.strip()


def _shorter(piece: str) -> Iterator[str]:
    """Gather sentences into pieces of at least `_ENOUGH` words."""
    gathered: list[str] = []
    for sentence in _SENTENCE_END.split(piece):
        gathered.append(sentence)
        if sum(len(one.split()) for one in gathered) >= _ENOUGH:
            yield " ".join(gathered)
            gathered = []
    if gathered:
        yield " ".join(gathered)
