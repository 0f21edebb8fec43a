"""Validation of the whole knowledge base: every claim has a source that is in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from knowledge.answers import Card, Line, ReviewState
from knowledge.campaigns import Kit, Known, faults_of_kits
from knowledge.cited_text import figures_given
from knowledge.documents import Document, Passage
from knowledge.drills import Drill, faults_of_drills
from knowledge.emergencies import EmergencyReply
from knowledge.faults import Fault
from knowledge.figures import figures_needing_source
from knowledge.fines import Fines, faults_of_fines
from knowledge.frontmatter import SourceText
from knowledge.outdated import SAYS_PAST, outdated_statements
from knowledge.pictures import Picture
from knowledge.places import Places
from knowledge.quizzes import Quiz, faults_of_quizzes
from knowledge.trust import Trust
from knowledge.validity import Validity, spoken, validity
from knowledge.vietnamese import syllables

LONGEST_BODY: Final = 900
MOST_STEPS: Final = 6
FEWEST_VARIANTS: Final = 8
LONGEST_ALT: Final = 300

_DONT_OPENINGS: Final = ("Đừng ", "Không ")


@dataclass(frozen=True)
class KnowledgeBase:
    """Everything loaded: documents, cards and emergency replies by id."""

    documents: Mapping[str, Document]
    cards: Mapping[str, Card]
    emergencies: Mapping[str, EmergencyReply]
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    fines: Fines = field(default_factory=Fines)
    places: Places = field(default_factory=Places)
    quizzes: Mapping[str, Quiz] = field(default_factory=dict)
    drills: Mapping[str, Drill] = field(default_factory=dict)
    kits: Mapping[str, Kit] = field(default_factory=dict)

    def passage(self, passage_id: str) -> Passage | None:
        """Return the passage at "<document id>#<anchor>", or None."""
        document_id, _, anchor = passage_id.partition("#")
        document = self.documents.get(document_id)
        return document.passage(anchor) if document else None


def check(base: KnowledgeBase, on: date) -> list[Fault]:
    """Return every fault of the knowledge base as of the day `on`, sorted by file and line."""
    checker = _Checker(base, on)
    faults = [fault for card in base.cards.values() for fault in checker.card(card)]
    faults += [fault for reply in base.emergencies.values() for fault in checker.reply(reply)]
    faults += _repeated_variants(base.cards)
    faults += _unknown_directives(base)
    faults += faults_of_fines(base.fines, base.documents, base.cards)
    faults += faults_of_quizzes(base.quizzes, base.documents, base.cards, on)
    faults += faults_of_drills(base.drills, base.documents, base.cards, on)
    faults += faults_of_kits(base.kits, Known(base.documents, base.cards, base.quizzes, base.drills), on)
    return sorted(faults)


class _Checker:
    """Checks one card or reply at a time against the documents."""

    def __init__(self, base: KnowledgeBase, on: date) -> None:
        self._base = base
        self._on = on
        self._numbers = [one.number for one in base.documents.values() if one.number]
        self._repealed = [one for one in base.documents.values() if validity(one, on) is Validity.EXPIRED]

    def card(self, card: Card) -> Iterator[Fault]:
        yield from self._shape(card)
        yield from self._sources(card)
        yield from self._trust(card)
        for line in card.donts:
            if not line.text.startswith(_DONT_OPENINGS):
                yield card.source.fault("a line under '## Đừng' begins with 'Đừng ' or 'Không '", line=line.line)
        for line in card.lines:
            yield from self._markers(card, line)
            yield from self._figures(card, line)
            yield from self._repealed_numbers(card, line)
            if not card.historical:
                yield from _outdated(card.source, line.text, line.line)

    def reply(self, reply: EmergencyReply) -> Iterator[Fault]:
        for number, action in enumerate(reply.actions):
            yield from _outdated(reply.source, action.text, reply.source.line_of(f"actions.{number}"))
            passage = self._base.passage(action.source.passage_id) if action.source else None
            at = f"actions.{number}.source"
            if action.source is None:
                yield reply.source.fault("action without a source", at=f"actions.{number}")
            elif passage is None:
                yield reply.source.fault(f"unknown source {action.source.passage_id!r}", at=at)
            elif passage.section.trust is Trust.MEMORY or validity(passage.document, self._on) is Validity.EXPIRED:
                yield reply.source.fault("an action may not rest on what is only remembered or repealed", at=at)

    def _shape(self, card: Card) -> Iterator[Fault]:
        if len(card.body) > LONGEST_BODY:
            message = f"body of {len(card.body)} characters, at most {LONGEST_BODY}"
            yield card.source.fault(message, line=card.source.body_line)
        if len(card.steps) > MOST_STEPS:
            yield card.source.fault(f"{len(card.steps)} steps, at most {MOST_STEPS}", line=card.steps[-1].line)
        if len(card.variants) < FEWEST_VARIANTS:
            yield card.source.fault(f"{len(card.variants)} variants, at least {FEWEST_VARIANTS}", at="variants")
        for number, other in enumerate(card.related):
            if other not in self._base.cards:
                yield card.source.fault(f"related: unknown card {other!r}", at=f"related.{number}")
        if card.image is not None and card.image.file not in self._base.pictures:
            yield card.source.fault(f"unknown picture {card.image.file!r}", at="image")
        if card.image is not None and not 0 < len(card.image.alt.strip()) <= LONGEST_ALT:
            message = f"image: alt says in words what is shown, in 1 to {LONGEST_ALT} characters"
            yield card.source.fault(message, at="image.alt")
        if card.review.state is ReviewState.REVIEWED and not (card.review.by and card.review.on):
            yield card.source.fault("a reviewed card says by whom and when", at="review")

    def _sources(self, card: Card) -> Iterator[Fault]:
        if not card.sources:
            yield card.source.fault("a card without a source", at="sources")
        for marker, ref in card.sources.items():
            at = f"sources.{marker}"
            passage = self._base.passage(ref.passage_id)
            if passage is None:
                yield card.source.fault(f"unknown source {ref.passage_id!r}", at=at)
            elif not card.historical and validity(passage.document, self._on) is Validity.EXPIRED:
                name, end = passage.document.short_name, spoken(passage.document.ended)
                yield card.source.fault(f"{name} was repealed ({end}) and is shown as current", at=at, outdated=True)

    def _trust(self, card: Card) -> Iterator[Fault]:
        cited = self._cited(card, tuple(card.sources))
        labels = [passage.section.trust for passage in cited]
        if Trust.MEMORY in labels:
            yield card.source.fault("a card may not cite what is only remembered", at="sources")
        if any(label.needs_note for label in labels) and not card.notes:
            yield card.source.fault("disputed or unsourced advice needs a '## Lưu ý'", at="sources")
        if labels and all(label is Trust.UNSOURCED for label in labels):
            yield card.source.fault("a card needs at least one sourced section", at="sources")

    def _markers(self, card: Card, line: Line) -> Iterator[Fault]:
        for marker in line.markers:
            if marker not in card.sources:
                yield card.source.fault(f"marker [{marker}] has no source", line=line.line)

    def _figures(self, card: Card, line: Line) -> Iterator[Fault]:
        claimed = figures_needing_source(line.text, self._numbers)
        if not claimed:
            return
        if not line.markers:
            yield card.source.fault(f"figure without a source: {', '.join(sorted(claimed))}", line=line.line)
            return
        given: set[str] = set()
        for passage in self._cited(card, line.markers):
            given |= figures_given(passage)
        for figure in sorted(claimed - given):
            yield card.source.fault(f"figure {figure} does not occur in the cited sources", line=line.line)

    def _repealed_numbers(self, card: Card, line: Line) -> Iterator[Fault]:
        if card.historical or SAYS_PAST.search(line.text):
            return
        for document in self._repealed:
            if document.number and document.number in line.text:
                yield card.source.fault(
                    f"{document.number} is repealed and shown as current", line=line.line, outdated=True
                )

    def _cited(self, card: Card, markers: tuple[int, ...]) -> list[Passage]:
        refs = [card.sources[marker] for marker in markers if marker in card.sources]
        found = (self._base.passage(ref.passage_id) for ref in refs)
        return [passage for passage in found if passage is not None]


def _unknown_directives(base: KnowledgeBase) -> Iterator[Fault]:
    for number, unit in enumerate(base.places.old_units):
        for document in unit.documents:
            if document not in base.documents:
                source = base.places.sources["old_units.yml"]
                yield source.fault(f"unknown document {document!r}", at=f"units.{number}.documents")


def _outdated(source: SourceText, text: str, line: int) -> Iterator[Fault]:
    for rule in outdated_statements(text):
        yield source.fault(f"outdated ({rule.id}): now {rule.now}", line=line)


def _repeated_variants(cards: Mapping[str, Card]) -> Iterator[Fault]:
    seen: dict[tuple[str, ...], tuple[str, str]] = {}
    for card in cards.values():
        for number, variant in enumerate(card.variants):
            key = tuple(syllables(variant))
            if key in seen and seen[key][0] != card.id:
                message = f"variant {variant!r} stands also in card {seen[key][0]!r}"
                yield card.source.fault(message, at=f"variants.{number}")
            seen.setdefault(key, (card.id, variant))
