"""What is searched: the answer cards and the passages of the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from knowledge.answers import Card
from knowledge.check import KnowledgeBase
from knowledge.documents import Document
from knowledge.documents import Passage as DocumentPassage
from knowledge.trust import Trust
from knowledge.validity import Validity, validity
from retrieval.search import Passage

CARD_PREFIX: Final = "card:"
_SHORTEST_PASSAGE: Final = 40  # characters; a shorter paragraph ("Nơi nhận:") answers nothing


def collection(base: KnowledgeBase, on: date) -> list[Passage]:
    """Return everything that may be found on the day `on`, cards first, in a stable order.

    Guidance is left out, because cards say it better; so are repealed documents and what is only remembered.
    """
    siblings = _siblings(base)
    cards = [_card(base, base.cards[card_id], siblings[card_id]) for card_id in sorted(base.cards)]
    documents = [base.documents[document_id] for document_id in sorted(base.documents)]
    return cards + [one for document in documents for one in _passages(document, on)]


def asked_in(passages: Sequence[Passage]) -> list[str]:
    """Return every question and variant of the cards among the passages."""
    return [text for one in passages if one.kind == "card" for text in (one.title, *one.variants)]


def _siblings(base: KnowledgeBase) -> dict[str, set[str]]:
    """Cards that name each other as related, whichever of the two does."""
    found: dict[str, set[str]] = {card_id: set() for card_id in base.cards}
    for card in base.cards.values():
        for other in card.related:
            if other in found:
                found[card.id].add(other)
                found[other].add(card.id)
    return found


def _card(base: KnowledgeBase, card: Card, siblings: set[str]) -> Passage:
    cited = dict.fromkeys(base.documents[ref.document].short_name for ref in card.sources.values())
    return Passage(
        id=f"{CARD_PREFIX}{card.id}",
        title=card.question,
        variants=card.variants,
        body=card.body,
        document=" ".join(name for name in cited if not _is_guidance_title(base, name)),
        kind="card",
        siblings=tuple(f"{CARD_PREFIX}{one}" for one in sorted(siblings)),
    )


def _is_guidance_title(base: KnowledgeBase, name: str) -> bool:
    return any(one.number is None and one.title == name for one in base.documents.values())


def _passages(document: Document, on: date) -> Iterator[Passage]:
    is_guidance = document.number is None and document.trust is not Trust.VERBATIM
    if is_guidance or validity(document, on) is Validity.EXPIRED:
        return
    for passage in document.passages():
        if passage.section.trust is not Trust.MEMORY and len(passage.text) >= _SHORTEST_PASSAGE:
            yield _passage(passage)


def _passage(passage: DocumentPassage) -> Passage:
    document = passage.document
    return Passage(
        id=passage.id,
        title=passage.section.heading,
        variants=(),
        body=passage.text,
        document=" ".join([document.short_name, *document.names]),
        kind="passage",
    )
