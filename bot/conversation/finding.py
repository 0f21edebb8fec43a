"""Finds what answers a question: a card, a document's standing, passages of a document, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from knowledge.check import KnowledgeBase
from knowledge.documents import Document, Passage
from knowledge.lookup import DocumentIndex, find_documents, is_status_question
from knowledge.trust import Trust
from retrieval.calibration import Calibration, Decision
from retrieval.search import Hit, SearchIndex

CARD_PREFIX: Final = "card:"
_LOOKED_AT: Final = 20
_MOST_SUGGESTED: Final = 3
_MOST_QUOTED: Final = 2
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
        if quoted := self._quoted(named, hits, decision):
            return Finding(verdict=Verdict.PASSAGES, passages=quoted, confidence=max(probability, 0.5))
        if decision is Decision.ANSWER:
            return self._answer(hits, probability)
        cards = tuple(_card_ids(hits)[:_MOST_SUGGESTED])
        verdict = Verdict.SUGGEST if decision is Decision.SUGGEST and cards else Verdict.NOTHING
        return Finding(verdict=verdict, cards=cards, confidence=probability)

    def _answer(self, hits: Sequence[Hit], probability: float) -> Finding:
        best = hits[0]
        if best.id.startswith(CARD_PREFIX):
            card = best.id.removeprefix(CARD_PREFIX)
            return Finding(verdict=Verdict.CARD, cards=(card,), confidence=probability)
        passage = self._base.passage(best.id)
        assert passage is not None, best.id
        return Finding(verdict=Verdict.PASSAGES, passages=(passage,), confidence=probability)

    def _quoted(self, named: Sequence[Document], hits: Sequence[Hit], decision: Decision) -> tuple[Passage, ...]:
        """Passages of a directive the message names, unless a card about it answers."""
        directives = {one.id for one in named if one.trust is Trust.VERBATIM}
        if not directives:
            return ()
        if decision is Decision.ANSWER and self._rests_on(hits[0], directives):
            return ()
        within = [hit for hit in hits if hit.id.partition("#")[0] in directives]
        if not within:
            return ()
        close = [hit for hit in within if hit.score >= within[0].score * _QUOTE_SHARE][:_MOST_QUOTED]
        same = [hit for hit in close if hit.id.partition("#")[0] == within[0].id.partition("#")[0]]
        found = [self._base.passage(hit.id) for hit in same]
        return tuple(passage for passage in found if passage is not None)

    def _rests_on(self, hit: Hit, documents: set[str]) -> bool:
        card = self._base.cards.get(hit.id.removeprefix(CARD_PREFIX))
        return card is not None and any(ref.document in documents for ref in card.sources.values())

    def _usable(self, hit: Hit, on: date) -> bool:
        if not hit.id.startswith(CARD_PREFIX):
            return self._base.passage(hit.id) is not None
        card = self._base.cards.get(hit.id.removeprefix(CARD_PREFIX))
        return card is not None and card.applies(on)


def _card_ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.id.removeprefix(CARD_PREFIX) for hit in hits if hit.id.startswith(CARD_PREFIX)]
