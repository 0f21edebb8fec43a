"""Finds what answers a question: a card, a document's standing, passages of a document, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from knowledge.answers import Card
from knowledge.check import KnowledgeBase
from knowledge.documents import Document, Passage
from knowledge.lookup import DocumentIndex, find_documents, is_status_question
from knowledge.trust import Trust
from knowledge.validity import Validity, validity
from knowledge.vietnamese import syllables
from retrieval.calibration import Calibration, Decision
from retrieval.collection import CARD_PREFIX
from retrieval.search import Hit, SearchIndex

_LOOKED_AT: Final = 20
_LOOKED_AT_IN_DIRECTIVE: Final = 50
_MOST_SUGGESTED: Final = 3
_MOST_QUOTED: Final = 2
_NAMED_CONFIDENCE: Final = 0.5  # the document is named, only the passage is a guess
_QUOTE_SHARE: Final = 0.7  # a second passage is quoted only if it scores at least this share of the first


class Verdict(Enum):
    """What was found."""

    CARD = "card"
    STANDING = "standing"  # whether a document is in force
    PASSAGES = "passages"
    SUGGEST = "suggest"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The verdict, what it rests on, and the calibrated probability that it is right."""

    verdict: Verdict
    cards: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    passages: tuple[Passage, ...] = ()
    confidence: float = 0.0


class Finder:
    """Combines document lookup, search and calibration."""

    def __init__(self, base: KnowledgeBase, index: SearchIndex, calibration: Calibration) -> None:
        self._base = base
        self._index = index
        self._calibration = calibration
        self._named = DocumentIndex(base.documents.values())

    def find(self, text: str, on: date) -> Finding:
        """Return the best finding for a cleaned message as of the day `on`."""
        named = find_documents(text, self._named)
        if named and is_status_question(text):
            return Finding(verdict=Verdict.STANDING, documents=tuple(named[:2]), confidence=1.0)
        hits = [hit for hit in self._index.search(text, _LOOKED_AT) if self._usable(hit, on)]
        probability = self._calibration.probability(hits)
        decision = self._calibration.decide(probability)
        directives = [one for one in named if one.trust is Trust.VERBATIM]
        quoted = self._quoted(text, directives)
        if decision is Decision.ANSWER and self._cited(hits[0], directives):
            return self._answer(hits, probability, quoted[:1] or self._cited(hits[0], directives))
        if quoted:
            return Finding(verdict=Verdict.PASSAGES, passages=quoted, confidence=max(probability, _NAMED_CONFIDENCE))
        if decision is Decision.ANSWER:
            return self._answer(hits, probability)
        cards = tuple(_card_ids(hits)[:_MOST_SUGGESTED])
        verdict = Verdict.SUGGEST if decision is Decision.SUGGEST and cards else Verdict.NOTHING
        return Finding(verdict=verdict, cards=cards, confidence=probability)

    def _answer(self, hits: Sequence[Hit], probability: float, quoted: tuple[Passage, ...] = ()) -> Finding:
        best = hits[0]
        if best.id.startswith(CARD_PREFIX):
            card = best.id.removeprefix(CARD_PREFIX)
            return Finding(verdict=Verdict.CARD, cards=(card,), passages=quoted, confidence=probability)
        passage = self._base.passage(best.id)
        assert passage is not None, best.id
        return Finding(verdict=Verdict.PASSAGES, passages=(passage,), confidence=probability)

    def _quoted(self, text: str, directives: Sequence[Document]) -> tuple[Passage, ...]:
        """The passages of a directive the message names that fit best what it asks beside the name."""
        ids = {one.id for one in directives}
        asked = _without_names(text, directives)
        hits = self._index.search(asked, _LOOKED_AT_IN_DIRECTIVE) if asked else []
        within = [hit for hit in hits if hit.id.partition("#")[0] in ids]
        if not within:
            return ()
        close = [hit for hit in within if hit.score >= within[0].score * _QUOTE_SHARE][:_MOST_QUOTED]
        same = [hit for hit in close if hit.id.partition("#")[0] == within[0].id.partition("#")[0]]
        found = [self._base.passage(hit.id) for hit in same]
        return tuple(passage for passage in found if passage is not None)

    def _cited(self, hit: Hit, documents: Sequence[Document]) -> tuple[Passage, ...]:
        """The first passage of these documents that the card cites."""
        card = self._base.cards.get(hit.id.removeprefix(CARD_PREFIX))
        ids = {one.id for one in documents}
        refs = [ref for _, ref in sorted(card.sources.items()) if ref.document in ids] if card else []
        passage = self._base.passage(refs[0].passage_id) if refs else None
        return (passage,) if passage else ()

    def _usable(self, hit: Hit, on: date) -> bool:
        if not hit.id.startswith(CARD_PREFIX):
            return self._base.passage(hit.id) is not None
        card = self._base.cards.get(hit.id.removeprefix(CARD_PREFIX))
        return card is not None and card.applies(on) and (card.historical or not self._rests_on_expired(card, on))

    def _rests_on_expired(self, card: Card, on: date) -> bool:
        """Whether a document of the card has expired since the knowledge was loaded."""
        documents = (self._base.documents[ref.document] for ref in card.sources.values())
        return any(validity(document, on) is Validity.EXPIRED for document in documents)


def _card_ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.id.removeprefix(CARD_PREFIX) for hit in hits if hit.id.startswith(CARD_PREFIX)]


def _without_names(text: str, documents: Sequence[Document]) -> str:
    """The message without the words that only name the documents."""
    named = {word for one in documents for name in _names(one) for word in syllables(name)}
    return " ".join(word for word in syllables(text) if word not in named)


def _names(document: Document) -> list[str]:
    return [document.number or "", document.type, *document.names, *document.places]
