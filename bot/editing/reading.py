"""Finds what editors look for: a card or a document to change, a passage to cite."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from bot.editing.checking import is_path
from knowledge.answers import Card, load_card
from knowledge.check import KnowledgeBase
from knowledge.documents import Document
from knowledge.faults import KnowledgeError
from knowledge.validity import Validity, status_text, validity
from knowledge.vietnamese import syllables

_MOST: Final = 40
_LONGEST_SHOWN: Final = 400


@dataclass(frozen=True)
class Source:
    """A passage that a card may cite: its address as it is typed into a card, and what it says."""

    address: str
    document: str
    heading: str
    text: str
    status: str
    current: bool


def card_in(path: str, content: str) -> Card | None:
    """Return the card that a draft holds; None for a document and for what cannot be read as a card."""
    if not is_path(path) or path.startswith("documents/"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / path
        file.parent.mkdir(parents=True)
        file.write_text(content, encoding="utf-8")
        try:
            return load_card(file)
        except KnowledgeError:
            return None


def find_cards(base: KnowledgeBase, words: str) -> tuple[Sequence[Card], Sequence[Document]]:
    """Return the cards and documents in which all words stand, without regard to signs; those named by them first."""
    wanted = frozenset(syllables(words))
    cards = [
        card for card in base.cards.values() if wanted <= _words(card.id, card.question, *card.variants, card.body)
    ]
    documents = [
        one for one in base.documents.values() if wanted <= _words(one.id, one.short_name, one.title, one.number or "")
    ]
    cards.sort(key=lambda card: (not wanted <= _words(card.id, card.question), card.id))
    return cards[:_MOST], documents[:_MOST]


def find_passages(base: KnowledgeBase, words: str, on: date) -> list[Source]:
    """Return the sections in which most of the words stand, those in force first."""
    wanted = frozenset(syllables(words))
    if not wanted:
        return []
    found: list[tuple[tuple[bool, int], Source]] = []
    for document in base.documents.values():
        current = validity(document, on) is not Validity.EXPIRED
        name = _words(document.short_name, document.number or "")
        for section in document.sections:
            text = "\n".join(section.paragraphs)
            here = len(wanted & (_words(section.heading, text) | name))
            if here * 3 >= len(wanted) * 2:
                address = f"{document.id}#{section.anchor}"
                shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN].rsplit(' ', 1)[0]} …"
                source = Source(
                    address, document.short_name, section.heading, shown, status_text(document, on), current
                )
                found.append(((not current, -here), source))
    found.sort(key=lambda one: one[0])
    return [source for _, source in found[:_MOST]]


def _words(*texts: str) -> frozenset[str]:
    return frozenset(_syllables(texts))


def _syllables(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        yield from syllables(text.replace("-", " "))
