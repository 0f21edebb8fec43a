"""Finds the passages of a directive that answer a question which names it, or names its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from knowledge.check import KnowledgeBase
from knowledge.documents import Document, Passage
from knowledge.places import Place
from knowledge.vietnamese import syllables
from retrieval.collection import CARD_PREFIX
from retrieval.search import Hit, SearchIndex

_LOOKED_AT: Final = 50
_MOST_QUOTED: Final = 2
_SHARE: Final = 0.7  # a second passage is quoted only if it scores at least this share of the first
_ABOUT_DIRECTIVE: Final = re.compile(
    r"\b(?:ke hoach|chi dao|van ban|trien khai|nhiem vu|phan cong|giao|de ra|quan uy|tinh uy|ubnd|uy ban|mat tran|"
    r"muc tieu|chi tieu|dang uy|dang bo|kinh phi|bao cao)\b"
)


def asks_about_directive(text: str) -> bool:
    """Whether the words are those in which people ask about a plan or who issued it."""
    return _ABOUT_DIRECTIVE.search(" ".join(syllables(text))) is not None


class Quoter:
    """Finds what directives say themselves."""

    def __init__(self, base: KnowledgeBase, index: SearchIndex) -> None:
        self._base = base
        self._index = index

    def quoted(self, text: str, directives: Sequence[Document], least: float = 0.0) -> tuple[Passage, ...]:
        """Return up to two passages of one directive that fit best what the message asks beside its names.

        `least`: the share of the question's weight, 0 to 1, that a passage must have.
        """
        ids = {one.id for one in directives}
        asked = _without_names(text, directives)
        hits = self._index.search(asked, _LOOKED_AT) if asked and ids else []
        within = [hit for hit in hits if _document(hit) in ids and hit.coverage >= least]
        same = [hit for hit in within if _document(hit) == _document(within[0])]
        close = [hit for hit in same if hit.score >= same[0].score * _SHARE][:_MOST_QUOTED]
        found = [self._base.passage(hit.id) for hit in close]
        return tuple(passage for passage in found if passage is not None)

    def cited(self, hit: Hit, documents: Sequence[Document]) -> tuple[Passage, ...]:
        """Return the first passage of these documents that the card of a hit cites, if any."""
        card = self._base.cards.get(hit.id.removeprefix(CARD_PREFIX))
        ids = {one.id for one in documents}
        refs = [ref for _, ref in sorted(card.sources.items()) if ref.document in ids] if card else []
        passage = self._base.passage(refs[0].passage_id) if refs else None
        return (passage,) if passage else ()

    def of(self, places: Sequence[Place]) -> list[Document]:
        """Return the directives that were written for these places."""
        ids = dict.fromkeys(one for place in places if place.old for one in place.old.documents)
        return [self._base.documents[one] for one in ids]


def _document(hit: Hit) -> str:
    return hit.id.partition("#")[0]


def _without_names(text: str, documents: Sequence[Document]) -> str:
    """The message without the words that only name the documents."""
    named = {word for one in documents for name in _names(one) for word in syllables(name)}
    return " ".join(word for word in syllables(text) if word not in named)


def _names(document: Document) -> list[str]:
    return [document.number or "", document.type, *document.names, *document.places]
