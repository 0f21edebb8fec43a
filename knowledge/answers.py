"""Answer cards: what the assistant says, read from `knowledge/answers/<topic>/*.md`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter

from knowledge.faults import Fault, KnowledgeError
from knowledge.frontmatter import SourceText, parse_into, read_markdown

ANSWERS_FOLDER: Final = Path(__file__).parent / "answers"

_MARKERS: Final = re.compile(r"\s*\[(\d+)\]")
_STEP: Final = re.compile(r"^\d+\.\s+(.*)$")
_DONT_HEADING: Final = "## Đừng"
_NOTE_HEADING: Final = "## Lưu ý"
_STRICT = ConfigDict(extra="forbid")


class Audience(StrEnum):
    """Whom a card is for."""

    EVERYONE = "everyone"
    HOME = "home"
    FLAT = "flat"
    LODGING = "lodging"
    SHOP = "shop"
    WORKPLACE = "workplace"
    SCHOOL = "school"
    VEHICLE = "vehicle"
    OFFICIAL = "official"


class ReviewState(StrEnum):
    """How far a card has been checked against its sources."""

    DRAFT = "draft"
    REVIEWED = "reviewed"


@dataclass(frozen=True, kw_only=True)
class Review:
    """Who checked the card, and when."""

    __pydantic_config__ = _STRICT

    state: ReviewState
    by: str | None = None
    on: date | None = None


@dataclass(frozen=True, kw_only=True)
class SourceRef:
    """A place in a document: id and anchor."""

    __pydantic_config__ = _STRICT

    document: str
    at: str

    @property
    def passage_id(self) -> str:
        """Address of the passage: "<document id>#<anchor>"."""
        return f"{self.document}#{self.at}"


@dataclass(frozen=True, kw_only=True)
class CardImage:
    """A picture that shows the card's steps: a file of `knowledge/pictures/`, and what it shows in words."""

    __pydantic_config__ = _STRICT

    file: str
    alt: str


@dataclass(frozen=True, kw_only=True)
class CardHeader:
    """Metadata of an answer card, as in its front matter."""

    __pydantic_config__ = _STRICT

    id: str
    question: str
    variants: tuple[str, ...]
    audiences: tuple[Audience, ...]
    sources: dict[int, SourceRef]
    possible_emergency: bool = False
    historical: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    review: Review
    related: tuple[str, ...] = ()
    image: CardImage | None = None


@dataclass(frozen=True)
class Line:
    """One line of a card: its text without markers, the markers, and its line in the file."""

    text: str
    markers: tuple[int, ...]
    line: int

    @property
    def marked_text(self) -> str:
        """The text followed by its markers: "… [1][2]"."""
        marks = "".join(f"[{marker}]" for marker in self.markers)
        return f"{self.text} {marks}" if marks else self.text


@dataclass(frozen=True, kw_only=True)
class Card(CardHeader):
    """An answer card: the lead, the steps, what not to do, and the note."""

    topic: str
    lead: tuple[Line, ...]
    steps: tuple[Line, ...]
    donts: tuple[Line, ...]
    notes: tuple[Line, ...]
    source: SourceText = field(repr=False, compare=False)

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines in reading order."""
        return self.lead + self.steps + self.donts + self.notes

    @property
    def body(self) -> str:
        """The text without markers, a line each."""
        return "\n".join(line.text for line in self.lines)

    def applies(self, on: date) -> bool:
        """Whether the card may be given as current on the day `on`."""
        started = self.valid_from is None or self.valid_from <= on
        return started and (self.valid_to is None or on < self.valid_to)


_HEADERS: Final = TypeAdapter(CardHeader)


def read_cards(folder: Path) -> tuple[Mapping[str, Card], list[Fault]]:
    """Return the cards that can be read, by id, and the faults of the others."""
    found: dict[str, Card] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*/*.md")):
        try:
            card = load_card(path)
        except KnowledgeError as error:
            faults.extend(error.faults)
            continue
        if card.id in found:
            faults.append(card.source.fault(f"card {card.id!r} exists already in {found[card.id].topic}/", at="id"))
        found[card.id] = card
    return found, faults


def load_card(path: Path) -> Card:
    """Read one card. Raises `KnowledgeError` naming file and line."""
    source = read_markdown(path)
    header = parse_into(_HEADERS, source)
    if header.id != path.stem:
        raise KnowledgeError([source.fault(f"id {header.id!r} is not the file's name", at="id")])
    parts = _read_parts(source)
    values = {one.name: getattr(header, one.name) for one in fields(header)}
    return Card(
        **values,
        topic=path.parent.name,
        lead=tuple(parts["lead"]),
        steps=tuple(parts["steps"]),
        donts=tuple(parts["donts"]),
        notes=tuple(parts["notes"]),
        source=source,
    )


def _read_parts(source: SourceText) -> dict[str, list[Line]]:
    """Split a card's body into its parts; every non-blank row belongs to exactly one."""
    parts: dict[str, list[Line]] = {"lead": [], "steps": [], "donts": [], "notes": []}
    part = "lead"
    for number, row in enumerate(source.body.split("\n"), source.body_line):
        text = row.strip()
        if not text:
            continue
        if text.startswith("#"):
            part = _part_named(source, text, number)
        elif step := _STEP.match(text):
            parts["steps"].append(_line(step.group(1), number))
            if part != "lead":
                raise KnowledgeError([source.fault("numbered steps stand before the headings", line=number)])
        else:
            if part == "lead" and parts["steps"]:
                raise KnowledgeError([source.fault("text after the steps needs a heading", line=number)])
            parts[part].append(_line(text.removeprefix("- "), number))
    if not parts["lead"]:
        raise KnowledgeError([source.fault("no lead paragraph", line=source.body_line)])
    return parts


def _part_named(source: SourceText, heading: str, line: int) -> str:
    names = {_DONT_HEADING: "donts", _NOTE_HEADING: "notes"}
    if heading not in names:
        expected = f"{_DONT_HEADING!r} or {_NOTE_HEADING!r}"
        raise KnowledgeError([source.fault(f"unknown heading {heading!r}, expected {expected}", line=line)])
    return names[heading]


def _line(text: str, number: int) -> Line:
    markers = tuple(int(mark) for mark in _MARKERS.findall(text))
    return Line(_MARKERS.sub("", text).strip(), markers, number)
