"""Is the document registered already? Judged by its number, and by its text where registered word for word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from knowledge.documents import Document
from knowledge.ingestion.drafting import Metadata
from knowledge.ingestion.numbers import number_key, year_of
from knowledge.trust import Trust
from knowledge.vietnamese import fold, words

_RUN: Final = 5  # words in a row that are compared
_NEARLY_THE_SAME: Final = 0.7  # share of the registered runs that come again
_FEWEST_RUNS: Final = 20


@dataclass(frozen=True)
class Registered:
    """A registered document that the new one is. `share`: of its text that comes again, or None when not compared."""

    document: Document
    by_number: bool
    share: float | None


@dataclass(frozen=True)
class Resemblance:
    """A registered document whose text is nearly the same although its number, year or authority is another."""

    document: Document
    share: float


def find_registered(
    found: Metadata, texts: Iterable[str], documents: Mapping[str, Document]
) -> tuple[Registered | None, tuple[Resemblance, ...]]:
    """Return the registered document that this one is, or None; and others that it resembles."""
    runs = _runs(texts)
    alike: list[Resemblance] = []
    same: list[Registered] = []
    for document in documents.values():
        share = _share(document, runs)
        if _same_number(found, document):
            same.append(Registered(document, True, share))
        elif share is not None and share >= _NEARLY_THE_SAME:
            if found.number is None or document.number is None:
                same.append(Registered(document, False, share))
            else:
                alike.append(Resemblance(document, share))
    best = max(same, key=lambda one: (one.by_number, one.share or 0.0), default=None)
    return best, tuple(alike)


def _same_number(found: Metadata, document: Document) -> bool:
    """Whether number, and for numbers without a year also year and authority, are the same as far as both are known."""
    if not found.number or not document.number or number_key(found.number) != number_key(document.number):
        return False
    if year_of(found.number):
        return _same_authority(found, document) if "HĐND" in found.number else True
    issued = document.issued.year if isinstance(document.issued, date) else document.issued
    if found.issued is not None and issued is not None and str(found.issued.year) != str(issued):
        return False
    return _same_authority(found, document)


def _same_authority(found: Metadata, document: Document) -> bool:
    if not found.issuer or not document.issuer:
        return True
    left, right = set(fold(found.issuer).split()), set(fold(document.issuer).split())
    return len(left & right) * 2 >= min(len(left), len(right))


def _runs(texts: Iterable[str]) -> frozenset[tuple[str, ...]]:
    tokens = [word for text in texts for word in words(text)]
    return frozenset(tuple(tokens[at : at + _RUN]) for at in range(len(tokens) - _RUN + 1))


def _share(document: Document, runs: frozenset[tuple[str, ...]]) -> float | None:
    if document.trust is not Trust.VERBATIM:
        return None
    registered = _runs(section.text for section in document.sections)
    return len(registered & runs) / len(registered) if len(registered) >= _FEWEST_RUNS else None


def lost_anchors(document: Document, anchors: Iterable[str]) -> tuple[str, ...]:
    """Return the anchors of a registered document that a new wording does not have: cards may cite them."""
    return tuple(sorted({section.anchor for section in document.sections} - set(anchors)))
