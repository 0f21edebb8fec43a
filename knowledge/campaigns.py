"""Kits for campaigns: messages with their texts and sources, from `knowledge/campaigns/*.yml`, and what they must keep.

What goes to a hundred thousand people is held to more than an answer is: it rests on nothing disputed, remembered or
without a source, every text cites, and the messages of a kit keep the cap of one a day and three a week by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter

from knowledge.answers import Card, SourceRef
from knowledge.cited_text import figures_given, markers_of
from knowledge.documents import Document, Passage
from knowledge.faults import Fault, KnowledgeError
from knowledge.figures import figures_needing_source
from knowledge.frontmatter import SourceText, parse_into, read_yaml
from knowledge.outdated import SAYS_PAST, outdated_statements
from knowledge.trust import Trust
from knowledge.validity import Validity, spoken, validity

KITS_FOLDER: Final = Path(__file__).parent / "campaigns"
FIRST_VARIANT: Final = "household"
VARIANTS: Final = (FIRST_VARIANT, "flat", "lodging", "shop_house", "workplace", "school")
"""For whom a text may be written; the first goes to whom no other suits, so every message has it."""
LONGEST_TEXT: Final = 700  # characters, so that it fits one message everywhere, sources and way out included
LONGEST_LABEL: Final = 30  # characters of a button
MOST_OFFERS: Final = 3
EARLIEST: Final = time(7, 0)
LATEST: Final = time(21, 0)  # leaves most of an hour before the quiet hours
PER_WEEK: Final = 3
BLANK: Final = re.compile(r"⟨[^⟩]*⟩")
"""What the author of a campaign still has to fill in: ⟨tên xã, phường⟩."""

_NOT_FOR_ALL: Final = frozenset({Trust.MEMORY, Trust.UNSOURCED, Trust.DISPUTED, Trust.INFERRED})
_MARKER: Final = re.compile(r"\[(\d+)\]")
_STRICT: Final = ConfigDict(extra="forbid")


class Kind(StrEnum):
    """What a button opens."""

    QUIZ = "quiz"
    DRILL = "drill"
    ASK = "ask"  # an answer card


class Topic(StrEnum):
    """What residents subscribe to."""

    TIPS = "tips"  # by the season
    CAMPAIGNS = "campaigns"  # 04/10 and other campaigns
    LOCAL = "local"  # notices of the place where they live


@dataclass(frozen=True, kw_only=True)
class KitOffer:
    """A button under a message."""

    __pydantic_config__ = _STRICT

    label: str
    kind: Kind
    target: str


@dataclass(frozen=True, kw_only=True)
class KitMessage:
    """One message. `days` from the campaign's day, at `hour` (Viet Nam); it may still go `send_for_hours` later.

    `sources` are numbered from 1, as the markers in `texts`. `cards` are answer cards that say the same at length.
    `unless` leaves out who did that: [quiz, id] or [drill, id].
    """

    __pydantic_config__ = _STRICT

    key: str
    title: str
    days: int
    hour: time
    texts: dict[str, str]
    sources: dict[int, SourceRef]
    cards: tuple[str, ...] = ()
    offers: tuple[KitOffer, ...] = ()
    send_for_hours: int = 6
    unless: tuple[Kind, str] | None = None

    @property
    def after(self) -> timedelta:
        """When it is due, from the beginning of the campaign's day."""
        return timedelta(days=self.days, hours=self.hour.hour, minutes=self.hour.minute)


@dataclass(frozen=True, kw_only=True)
class KitHeader:
    """A kit as in its file. `notes` are for the author. `ahead`: days before its day on which a draft is made of it.

    `topics`: who subscribed to one of them gets it, unless the author changes that.
    """

    __pydantic_config__ = _STRICT

    id: str
    title: str
    goal: str
    messages: tuple[KitMessage, ...]
    occasion: str | None = None
    topics: tuple[Topic, ...] = (Topic.CAMPAIGNS,)
    notes: tuple[str, ...] = ()
    ahead: int = 30
    urgent: bool = False


@dataclass(frozen=True, kw_only=True)
class Kit(KitHeader):
    """A campaign ready to be taken over, changed and approved."""

    source: SourceText = field(repr=False, compare=False)

    @property
    def repeats(self) -> bool:
        """Whether it comes again by itself: on its occasion, unless something in it must be filled in each time."""
        blank = any(BLANK.search(text) for message in self.messages for text in message.texts.values())
        return self.occasion is not None and not self.urgent and not blank


_HEADERS: Final = TypeAdapter(KitHeader)


def read_kits(folder: Path = KITS_FOLDER) -> tuple[Mapping[str, Kit], list[Fault]]:
    """Return the kits that can be read, by id, and the faults of the others."""
    found: dict[str, Kit] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            found[path.stem] = _load(path)
        except KnowledgeError as error:
            faults.extend(error.faults)
    return found, faults


def _load(path: Path) -> Kit:
    source = read_yaml(path)
    header = parse_into(_HEADERS, source)
    faults = list(_shape(header, source, path))
    if faults:
        raise KnowledgeError(faults)
    return Kit(**{one.name: getattr(header, one.name) for one in fields(header)}, source=source)


def _shape(header: KitHeader, source: SourceText, path: Path) -> Iterator[Fault]:
    """What is wrong with a kit by itself."""
    if header.id != path.stem:
        yield source.fault(f"id {header.id!r} is not the file's name", at="id")
    if not header.messages:
        yield source.fault("a kit has messages", at="messages")
    keys = [message.key for message in header.messages]
    for number, message in enumerate(header.messages):
        at = f"messages.{number}"
        if message.key in keys[:number]:
            yield source.fault(f"key {message.key!r} stands twice", at=f"{at}.key")
        yield from _shape_of_message(message, source, at)
    if not header.urgent:
        yield from _beyond_the_cap(header.messages, source)


def _shape_of_message(message: KitMessage, source: SourceText, at: str) -> Iterator[Fault]:
    if not EARLIEST <= message.hour <= LATEST:
        yield source.fault(f"hour: from {EARLIEST:%H:%M} to {LATEST:%H:%M}", at=f"{at}.hour")
    if message.send_for_hours < 1:
        yield source.fault("send_for_hours: at least 1", at=f"{at}.send_for_hours")
    if FIRST_VARIANT not in message.texts:
        yield source.fault(f"texts: {FIRST_VARIANT!r} must be there", at=f"{at}.texts")
    for variant, text in message.texts.items():
        if variant not in VARIANTS:
            yield source.fault(f"texts: {variant!r} is none of {', '.join(VARIANTS)}", at=f"{at}.texts.{variant}")
        if not 0 < len(text.strip()) <= LONGEST_TEXT:
            message_text = f"text of {len(text.strip())} characters, from 1 to {LONGEST_TEXT}"
            yield source.fault(message_text, at=f"{at}.texts.{variant}")
    if list(message.sources) != list(range(1, len(message.sources) + 1)):
        yield source.fault("sources are numbered 1, 2, 3, … in order", at=f"{at}.sources")
    if len(message.offers) > MOST_OFFERS:
        yield source.fault(f"{len(message.offers)} buttons, at most {MOST_OFFERS}", at=f"{at}.offers")
    for number, offer in enumerate(message.offers):
        if not 0 < len(offer.label) <= LONGEST_LABEL:
            yield source.fault(f"label: 1 to {LONGEST_LABEL} characters", at=f"{at}.offers.{number}.label")
    if message.unless is not None and message.unless[0] is Kind.ASK:
        yield source.fault("unless: [quiz, id] or [drill, id]", at=f"{at}.unless")


def _beyond_the_cap(messages: tuple[KitMessage, ...], source: SourceText) -> Iterator[Fault]:
    """More than one message in 24 hours, or more than three in seven days, to the same person."""
    for number, message in enumerate(messages):
        at = f"messages.{number}.days"
        if number >= 1 and message.after - messages[number - 1].after < timedelta(days=1):
            yield source.fault("less than a day after the message before it", at=at)
        elif number >= PER_WEEK and message.after - messages[number - PER_WEEK].after < timedelta(days=7):
            yield source.fault(f"more than {PER_WEEK} messages within seven days", at=at)


@dataclass(frozen=True)
class Known:
    """What kits may refer to: the documents and cards by id, and the ids of quizzes and drills."""

    documents: Mapping[str, Document]
    cards: Mapping[str, Card]
    quizzes: Collection[str] = ()
    drills: Collection[str] = ()

    def passage(self, ref: SourceRef) -> Passage | None:
        """Return what a source names, or None."""
        document = self.documents.get(ref.document)
        return document.passage(ref.at) if document else None


def faults_of_kits(kits: Mapping[str, Kit], known: Known, on: date) -> Iterator[Fault]:
    """Yield what kits claim without a source that carries it on the day `on`, and what they offer that is not there."""
    numbers = [one.number for one in known.documents.values() if one.number]
    repealed = [one for one in known.documents.values() if validity(one, on) is Validity.EXPIRED and one.number]
    for kit in kits.values():
        for number, message in enumerate(kit.messages):
            at = f"messages.{number}"
            yield from _references(kit.source, message, known, at)
            yield from _sources(kit.source, message, known, on, at)
            for variant, text in message.texts.items():
                claims = _Claims(kit.source, f"{at}.texts.{variant}", message, known, numbers)
                yield from claims.faults(text)
                for line in text.splitlines():
                    yield from _no_longer_so(kit.source, f"{at}.texts.{variant}", line, repealed)


def _references(source: SourceText, message: KitMessage, known: Known, at: str) -> Iterator[Fault]:
    there = {Kind.QUIZ: known.quizzes, Kind.DRILL: known.drills, Kind.ASK: known.cards}
    for number, card in enumerate(message.cards):
        if card not in known.cards:
            yield source.fault(f"unknown card {card!r}", at=f"{at}.cards.{number}")
    for number, offer in enumerate(message.offers):
        if offer.target not in there[offer.kind]:
            yield source.fault(f"unknown {offer.kind} {offer.target!r}", at=f"{at}.offers.{number}.target")
    if message.unless is not None and message.unless[1] not in there[message.unless[0]]:
        yield source.fault(f"unknown {message.unless[0]} {message.unless[1]!r}", at=f"{at}.unless")


def _sources(source: SourceText, message: KitMessage, known: Known, on: date, at: str) -> Iterator[Fault]:
    used = {marker for text in message.texts.values() for marker in markers_of(text)}
    for marker, ref in message.sources.items():
        here = f"{at}.sources.{marker}"
        passage = known.passage(ref)
        if passage is None:
            yield source.fault(f"unknown source {ref.passage_id!r}", at=here)
            continue
        if passage.section.trust in _NOT_FOR_ALL:
            yield source.fault(f"{ref.passage_id} is {passage.section.trust}: not for a message to all", at=here)
        if validity(passage.document, on) is Validity.EXPIRED:
            name, end = passage.document.short_name, spoken(passage.document.ended)
            yield source.fault(f"{name} was repealed ({end}) and is shown as current", at=here, outdated=True)
        if marker not in used:
            yield source.fault(f"no text cites [{marker}]", at=here)


@dataclass(frozen=True)
class _Claims:
    """Looks at one text of a message, line by line."""

    source: SourceText
    at: str
    message: KitMessage
    known: Known
    numbers: Collection[str]

    def faults(self, text: str) -> Iterator[Fault]:
        if not markers_of(text):
            yield self.source.fault("a text without a source", at=self.at)
        for line in text.splitlines():
            yield from self._line(BLANK.sub("", line))

    def _line(self, line: str) -> Iterator[Fault]:
        cited = markers_of(line)
        for marker in cited:
            if marker not in self.message.sources:
                yield self.source.fault(f"marker [{marker}] has no source", at=self.at)
        claimed = figures_needing_source(_MARKER.sub("", line), self.numbers)
        for figure in sorted(claimed - self._given(cited)):
            wrong = "does not occur in the sources cited in its line" if cited else "has no source in its line"
            yield self.source.fault(f"figure {figure} {wrong}", at=self.at)

    def _given(self, cited: tuple[int, ...]) -> set[str]:
        refs = (self.message.sources[marker] for marker in cited if marker in self.message.sources)
        passages = (passage for ref in refs if (passage := self.known.passage(ref)) is not None)
        return set().union(*map(figures_given, passages))


def _no_longer_so(source: SourceText, at: str, line: str, repealed: list[Document]) -> Iterator[Fault]:
    for rule in outdated_statements(line):
        yield source.fault(f"outdated ({rule.id}): now {rule.now}", at=at)
    if SAYS_PAST.search(line):
        return
    for document in repealed:
        if document.number and document.number in line:
            yield source.fault(f"{document.number} is repealed and shown as current", at=at, outdated=True)
