"""Finds what answers a question: a card, a document's standing, passages of a document, or nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Final

from bot.conversation.circumstances import Circumstances, asks_for_fine, names_child, names_dwelling, names_mistake
from bot.conversation.fine_finding import FineFinder
from bot.conversation.law_then import asks_which_law, law_on
from bot.conversation.quoting import Quoter, asks_about_directive
from knowledge.answers import Card
from knowledge.check import KnowledgeBase
from knowledge.documents import Document, Passage
from knowledge.fines import Fine
from knowledge.gazetteer import Gazetteer
from knowledge.lookup import DocumentIndex, DocumentMatch, MatchKind, is_status_question, without_references
from knowledge.past import Past, asked_about
from knowledge.places import Place
from knowledge.trust import Trust
from knowledge.validity import Validity, validity
from knowledge.vietnamese import fold, syllables
from retrieval.calibration import Calibration, Decision
from retrieval.collection import CARD_PREFIX
from retrieval.search import Hit, SearchIndex

_LOOKED_AT: Final = 20
_MOST_SUGGESTED: Final = 3
_NAMED_CONFIDENCE: Final = 0.5  # the document is named, only the passage is a guess
_NEAREST: Final = 0.3
_INSIDE: Final = 0.6
"""From this probability that the card is right, and this one that the message is about fire safety, the nearest card is
shown rather than offered."""
_NEAR_ENOUGH: Final = 0.15
_AS_ASKED: Final = 0.9  # share of a card's question, or of a variant of it, that the message says
_PREMISES: Final = "cơ sở"  # begins what a row applies to, where that is no dwelling
_SAYS_IT: Final = 0.5  # share of the question's weight that a passage of the local directive must have
_ONLY_WHERE: Final = frozenset({
    "em", "anh", "chi", "minh", "toi", "tui", "tao", "chau", "con", "nha", "gia", "dinh", "o", "tai", "ngu", "song",
    "dang", "thi", "la", "thuoc", "que", "ben", "khu", "vuc", "dia", "cho", "hoi", "a", "ad", "oi", "xin", "chao",
    "ban", "noi", "hien", "nay", "cu", "thue", "tro", "cua", "voi", "va", "da", "tinh", "thanh", "pho",
})  # fmt: skip


_ABOUT_CONTENT: Final = re.compile(r"\bdieu \d+|\bkhoan \d+|\bsua (?:doi )?(?:nhung |cai )?(?:gi|chi)\b|\bco gi moi\b")
_PLAN: Final = re.compile(r"\bke hoach\b|\bkh\b")
_ASKS: Final = re.compile(
    r"\bhay\b|\bco nen\b|\bduoc (?:khong|hong)\b|\blam (?:sao|gi|chi)\b|\bthe nao\b|\bsao\b"
    r"|\b(?:khong|hong|hem|chua)(?: (?:a|ad|vay|ta|chu|anh|chi|em|nhi|ha))*\s*$"
)


def asks(text: str) -> bool:
    """Whether a message has the form of a question."""
    return "?" in text or _ASKS.search(" ".join(syllables(text))) is not None


class Verdict(Enum):
    """What was found."""

    CARD = "card"
    STANDING = "standing"  # whether a document is in force
    PASSAGES = "passages"
    FINES = "fines"  # what a behaviour costs
    LAW_THEN = "law then"  # which documents applied at a time in the past
    PLACE = "place"  # nothing asked, only said where
    NOT_HELD = "not held"  # a law is named that is not registered, and nothing else answers
    SUGGEST = "suggest"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The verdict, what it rests on, and the calibrated probability that it is right.

    `past`: the time that is asked about, where that is not today. `passages` beside a card: what a directive says,
    shown before the card if `place` is set, for then it is the directive of where the resident lives. `likely`: the
    card is the nearest, not a sure one; it is shown under its own question, with `alternatives` to choose. `expired`
    and `unheld`: laws the message names that no longer apply, and those that are not registered, as it names them.
    `domain`: probability that the message is about fire safety at all.
    """

    verdict: Verdict
    cards: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    passages: tuple[Passage, ...] = ()
    fines: tuple[Fine, ...] = ()
    circumstances: Circumstances | None = None
    past: Past | None = None
    place: Place | None = None
    likely: bool = False
    alternatives: tuple[str, ...] = ()
    expired: tuple[Document, ...] = ()
    unheld: tuple[str, ...] = ()
    confidence: float = 0.0
    domain: float = 0.5


@dataclass(frozen=True)
class _Asked:
    """A message as of a day, its words without the places it names, and the documents and places themselves."""

    text: str
    without_places: str
    matches: Sequence[DocumentMatch]
    places: Sequence[Place]
    on: date


@dataclass(frozen=True)
class _NamedLaws:
    """The laws that a message names by number or year and that no longer apply, and those that are not registered."""

    expired: tuple[Document, ...]
    unheld: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.expired or self.unheld)


class Finder:
    """Combines document lookup, search and calibration."""

    def __init__(self, base: KnowledgeBase, index: SearchIndex, calibration: Calibration) -> None:
        self._base = base
        self._index = index
        self._calibration = calibration
        self._named = DocumentIndex(base.documents.values())
        self._quoter = Quoter(base, index)
        self._gazetteer = Gazetteer(base.places)
        self._fines = FineFinder(base.fines)
        self._rows_at: dict[str, set[str]] = defaultdict(set)
        for row in base.fines.rows.values():
            self._rows_at[base.fines.passage_id(row)].add(row.id)

    def find(self, text: str, on: date, home: str | None = None) -> Finding:
        """Return the best finding for a cleaned message as of the day `on`.

        `home` names where the resident lives ("Phường Gò Vấp, Thành phố Hồ Chí Minh"): the place that is meant when the
        message names none.
        """
        if home is not None and not self._gazetteer.find(text):
            text = f"{text}, ở {home}"
        found, past = self._find(text, on), asked_about(text, on)
        named_by_year = past is not None and any(_own_year(one, past) for one in found.documents)
        return replace(found, past=None if named_by_year and found.verdict is Verdict.STANDING else past)

    def _find(self, text: str, on: date) -> Finding:
        matches = self._named.match(text)
        laws = _NamedLaws(_expired(matches, on), self._named.unheld(text))
        places = self._gazetteer.find(text)
        asked = self._gazetteer.without_places(text) if places else text
        if (found := self._plain(text, matches, on)) is not None:
            others = tuple(one for one in laws.expired if one not in found.documents)
            return replace(found, expired=others, unheld=laws.unheld)
        if places and not _says_more(asked):
            return Finding(verdict=Verdict.PLACE, place=places[0], confidence=1.0)
        hits = self._surer((text, asked), on)
        if laws and not self._sure(hits):
            hits = self._surer((text, asked, without_references(text)), on)
        found = self._about_laws(self._searched(_Asked(text, asked, matches, places, on), hits), laws, text)
        return replace(found, domain=hits[0].domain) if hits else found

    def _about_laws(self, found: Finding, laws: _NamedLaws, text: str) -> Finding:
        """Note the laws that are named without applying; they are all there is to say where nothing else answers."""
        expired = tuple(one for one in laws.expired if one not in found.documents)
        found = replace(found, expired=expired, unheld=laws.unheld)
        nothing = found.verdict in {Verdict.SUGGEST, Verdict.NOTHING}
        if laws.unheld and (nothing or is_status_question(text)):
            return replace(found, verdict=Verdict.NOT_HELD, likely=False, confidence=_NAMED_CONFIDENCE)
        return found

    def _searched(self, question: _Asked, hits: Sequence[Hit]) -> Finding:
        """What search found, unless the message asks for a law's standing or a fine."""
        text, matches, places, on = question.text, question.matches, question.places, question.on
        if (found := self._law_itself(text, matches, hits)) is not None:
            return found
        if fines := self._priced(text, hits):
            return self._fine_finding(text, fines, hits, on)
        named = [one.document for one in matches if one.kind > MatchKind.SUBJECT]
        local = [one.document for one in matches if one.kind is MatchKind.PLACE] + self._quoter.of(places)
        if local and asks_about_directive(text):
            named, local = [*named, *local], []
        found = self._with_local(self._decided(text, hits, named), question.without_places, local, places)
        return self._with_offer(text, found)

    def _plain(self, text: str, matches: Sequence[DocumentMatch], on: date) -> Finding | None:
        """What needs no search: the standing of a document that is named, or which law applied in the past."""
        named = any(one.kind > MatchKind.SUBJECT for one in matches)
        if named and is_status_question(text) and not _ABOUT_CONTENT.search(fold(text)):
            return Finding(verdict=Verdict.STANDING, documents=_meant(text, matches), confidence=1.0)
        if (past := asked_about(text, on)) is not None and asks_which_law(text):
            then = law_on(self._base.documents.values(), past.end)
            return Finding(verdict=Verdict.LAW_THEN, documents=then, confidence=1.0)
        return None

    def _law_itself(self, text: str, matches: Sequence[DocumentMatch], hits: Sequence[Hit]) -> Finding | None:
        """The standing of "luật pccc", unless a card surely answers what is asked of it."""
        law = tuple(one.document for one in matches if one.kind is MatchKind.SUBJECT)[:1]
        if law and is_status_question(text) and not self._sure(hits):
            return Finding(verdict=Verdict.STANDING, documents=law, confidence=1.0)
        return None

    def _with_offer(self, text: str, found: Finding) -> Finding:
        """Offer the fine that an unanswered question may ask for."""
        unsure = found.verdict in {Verdict.SUGGEST, Verdict.NOTHING} and asks_for_fine(text)
        if unsure and not names_mistake(text) and (offered := self._fines.offer(text)):
            return replace(found, verdict=Verdict.SUGGEST, fines=offered[:1])
        return found

    def card_beside(self, text: str, on: date) -> Card | None:
        """Return the card to show after an emergency reply to a message that asks, or None.

        What it is about is known by then, so the nearest card will do even where it would not be given alone.
        """
        hits = self._hits(text, on)
        near = self._calibration.probability(hits) >= _NEAR_ENOUGH
        return self._base.cards.get(hits[0].id.removeprefix(CARD_PREFIX)) if near else None

    def _sure(self, hits: Sequence[Hit]) -> bool:
        return self._calibration.decide(self._calibration.probability(hits)) is Decision.ANSWER

    def _surer(self, texts: Sequence[str], on: date) -> list[Hit]:
        """Search a message in several wordings; return the hits of the surest search."""
        searches = [self._hits(one, on) for one in dict.fromkeys(texts) if one]
        return max(searches, key=self._calibration.probability)

    def _hits(self, text: str, on: date) -> list[Hit]:
        return [hit for hit in self._index.search(text, _LOOKED_AT) if self._usable(hit, on)]

    def _decided(self, text: str, hits: Sequence[Hit], named: Sequence[Document]) -> Finding:
        probability = self._calibration.probability(hits)
        decision = self._calibration.decide(probability)
        directives = [one for one in named if one.trust is Trust.VERBATIM]
        quoted = self._quoter.quoted(text, directives)
        if decision is Decision.ANSWER and (cited := self._quoter.cited(hits[0], directives)):
            return self._answer(hits, probability, quoted[:1] or cited)
        if quoted:
            return Finding(verdict=Verdict.PASSAGES, passages=quoted, confidence=max(probability, _NAMED_CONFIDENCE))
        if decision is Decision.ANSWER:
            return self._answer(hits, probability)
        if _is_nearest(hits, probability):
            others = tuple(_card_ids(hits)[1:_MOST_SUGGESTED])
            return replace(self._answer(hits, probability), likely=True, alternatives=others)
        cards = tuple(_card_ids(hits)[:_MOST_SUGGESTED])
        if named:
            return Finding(
                verdict=Verdict.STANDING, documents=tuple(named[:1]), cards=cards, confidence=_NAMED_CONFIDENCE
            )
        verdict = Verdict.SUGGEST if decision is Decision.SUGGEST and cards else Verdict.NOTHING
        return Finding(verdict=verdict, cards=cards, confidence=probability)

    def _with_local(self, found: Finding, asked: str, local: Sequence[Document], places: Sequence[Place]) -> Finding:
        """Put before an answer what the directive of the resident's place says about it, if it says something."""
        quoted = self._quoter.quoted(asked, local, least=_SAYS_IT)[:1]
        if not quoted or found.passages or found.verdict is Verdict.PASSAGES:
            return found
        if found.verdict is Verdict.CARD:
            return replace(found, passages=quoted, place=places[0] if places else None)
        return Finding(verdict=Verdict.PASSAGES, passages=quoted, confidence=_NAMED_CONFIDENCE)

    def _fine_finding(self, text: str, fines: tuple[Fine, ...], hits: Sequence[Hit], on: date) -> Finding:
        return Finding(
            verdict=Verdict.FINES,
            fines=fines,
            circumstances=Circumstances.read(text, self._gazetteer, on),
            cards=tuple(_card_ids(hits)[:_MOST_SUGGESTED]),
            confidence=max(self._calibration.probability(hits), _NAMED_CONFIDENCE),
        )

    def _priced(self, text: str, hits: Sequence[Hit]) -> tuple[Fine, ...]:
        """The fines that a question asks for.

        Where a card answers for certain that is asked in these very words, or rests on no row, a row must fit well too.
        Such a card also goes before what is fined in premises only, when a household is spoken of.
        """
        if not asks_for_fine(text) or names_child(text) or names_mistake(text):
            return ()
        best = self._base.cards.get(hits[0].id.removeprefix(CARD_PREFIX)) if hits else None
        addresses = [ref.passage_id for ref in best.sources.values()] if best else [hit.id for hit in hits[:1]]
        cited = frozenset(row for one in addresses for row in self._rows_at.get(one, ()))
        sure = self._sure(hits)
        answered = sure and best is not None and (not cited or hits[0].heading >= _AS_ASKED)
        fines = self._fines.find(text, cited, sure=sure, answered=answered)
        if best is not None and sure and names_dwelling(text):
            return tuple(row for row in fines if not (row.applies_to or "").startswith(_PREMISES))
        return fines

    def _answer(self, hits: Sequence[Hit], probability: float, quoted: tuple[Passage, ...] = ()) -> Finding:
        best = hits[0]
        if best.id.startswith(CARD_PREFIX):
            card = best.id.removeprefix(CARD_PREFIX)
            return Finding(verdict=Verdict.CARD, cards=(card,), passages=quoted, confidence=probability)
        passage = self._base.passage(best.id)
        assert passage is not None, best.id
        return Finding(verdict=Verdict.PASSAGES, passages=(passage,), confidence=probability)

    def _usable(self, hit: Hit, on: date) -> bool:
        if not hit.id.startswith(CARD_PREFIX):
            return self._base.passage(hit.id) is not None
        card = self._base.cards.get(hit.id.removeprefix(CARD_PREFIX))
        return card is not None and card.applies(on) and (card.historical or not self._rests_on_expired(card, on))

    def _rests_on_expired(self, card: Card, on: date) -> bool:
        """Whether a document of the card has expired since the knowledge was loaded."""
        documents = (self._base.documents[ref.document] for ref in card.sources.values())
        return any(validity(document, on) is Validity.EXPIRED for document in documents)


def _expired(matches: Sequence[DocumentMatch], on: date) -> tuple[Document, ...]:
    """The laws named by number or year that no longer apply, unless one of the same number does."""
    named = [one.document for one in matches if one.kind in {MatchKind.NUMBER, MatchKind.YEAR}]
    laws = [one for one in named if one.trust is not Trust.VERBATIM]
    current = {_number(one) for one in laws if validity(one, on) is not Validity.EXPIRED}
    return tuple(one for one in laws if validity(one, on) is Validity.EXPIRED and _number(one) not in current)


def _number(document: Document) -> tuple[str, str]:
    return document.type, (document.number or "").partition("/")[0]


def _meant(text: str, matches: Sequence[DocumentMatch]) -> tuple[Document, ...]:
    """The documents whose standing is asked: a plan of a place before what it carries out."""
    named = [one.document for one in matches if one.kind > MatchKind.SUBJECT]
    plans = [one.document for one in matches if one.kind is MatchKind.PLACE] if _PLAN.search(fold(text)) else []
    return tuple([*plans, *named][:2])


def _is_nearest(hits: Sequence[Hit], probability: float) -> bool:
    """Whether the best hit is a card near enough to be shown under its own question."""
    if not hits or not hits[0].id.startswith(CARD_PREFIX):
        return False
    return probability >= _NEAREST and hits[0].domain >= _INSIDE


def _own_year(document: Document, past: Past) -> bool:
    """Whether the year that was named is the document's own: "nghị định 13 năm 2023"."""
    issued = document.issued.year if isinstance(document.issued, date) else document.issued
    year = past.end.year
    return past.start == date(year, 1, 1) and str(year) in {str(issued), *(document.number or "").split("/")}


def _card_ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.id.removeprefix(CARD_PREFIX) for hit in hits if hit.id.startswith(CARD_PREFIX)]


def _says_more(text: str) -> bool:
    """Whether anything is said beside where somebody lives."""
    return any(word not in _ONLY_WHERE for word in syllables(text))
