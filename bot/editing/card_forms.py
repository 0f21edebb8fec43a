"""An answer card as a form with one field for each part, and as the Markdown file that the knowledge is read from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import yaml

from knowledge.answers import Audience, Card, CardImage, Review, ReviewState
from knowledge.vietnamese import fold, syllables

ANSWERS: Final = "answers"
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SOURCE: Final = re.compile(r"([a-z0-9-]+)#(\S+)")
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, kw_only=True)
class CardForm:
    """What an editor fills in. Lines carry their markers ("… [1][2]"); `sources` are "<document id>#<anchor>"."""

    topic: str
    id: str
    question: str
    variants: tuple[str, ...]
    lead: str
    steps: tuple[str, ...] = ()
    donts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    audiences: tuple[str, ...] = (Audience.EVERYONE.value,)
    related: tuple[str, ...] = ()
    possible_emergency: bool = False
    historical: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    image: CardImage | None = None

    @property
    def path(self) -> str:
        """Where the file stands below the knowledge folder."""
        return f"{ANSWERS}/{self.topic}/{self.id}.md"

    @classmethod
    def of(cls, card: Card) -> CardForm:
        """Return the form of an existing card. Its markers are numbered by the place of their source from now on."""
        order = {marker: number for number, marker in enumerate(card.sources, 1)}

        def marked(lines: Sequence[Any]) -> tuple[str, ...]:
            return tuple(
                line.text + "".join(f" [{order[one]}]" for one in line.markers if one in order) for line in lines
            )

        return cls(
            topic=card.topic,
            id=card.id,
            question=card.question,
            variants=card.variants,
            lead="\n".join(marked(card.lead)),
            steps=marked(card.steps),
            donts=marked(card.donts),
            notes=marked(card.notes),
            sources=tuple(ref.passage_id for ref in card.sources.values()),
            audiences=tuple(one.value for one in card.audiences),
            related=card.related,
            possible_emergency=card.possible_emergency,
            historical=card.historical,
            valid_from=card.valid_from,
            valid_to=card.valid_to,
            image=card.image,
        )

    def markdown(self, review: Review) -> str:
        """Return the file. What it says is not checked here, but always readable as what was filled in."""
        head = {
            "id": self.id,
            "question": self.question,
            "variants": list(self.variants),
            "audiences": list(self.audiences),
            "sources": {number: _source(one) for number, one in enumerate(self.sources, 1)},
            "possible_emergency": self.possible_emergency,
            "historical": self.historical,
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "review": {"state": review.state.value, "by": review.by, "on": review.on},
            "related": list(self.related),
            "image": {"file": self.image.file, "alt": self.image.alt} if self.image else None,
        }
        front = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=1_000)
        return f"---\n{front}---\n{self._body()}"

    def _body(self) -> str:
        parts = ["\n".join(line for one in self.lead.splitlines() if (line := _plain(one)))]
        parts += ["\n".join(f"{number}. {_plain(one)}" for number, one in enumerate(self.steps, 1))]
        parts += [_headed("## Đừng", (f"- {_plain(one)}" for one in self.donts))] if self.donts else []
        parts += [_headed("## Lưu ý", (_plain(one) for one in self.notes))] if self.notes else []
        return "\n\n".join(part for part in parts if part) + "\n"


UNREVIEWED: Final = Review(state=ReviewState.DRAFT)


def name_for(question: str, taken: Iterable[str]) -> str:
    """Return a free name for the card of a question: its words without signs, joined by hyphens.

    >>> name_for("Sạc xe điện ban đêm có được không?", ["sac-xe-dien-ban-dem-co-duoc-khong"])
    'sac-xe-dien-ban-dem-co-duoc-khong-2'
    """
    words = [word for one in syllables(question) if (word := re.sub(r"[^a-z0-9]", "", fold(one)))]
    base = "-".join(words)[:_LONGEST_NAME].strip("-") or "cau-hoi"
    known, name, number = set(taken), base, 2
    while name in known:
        name, number = f"{base}-{number}", number + 1
    return name


def is_name(text: str) -> bool:
    """Whether `text` may name a card, a topic or a document: nothing that could lead out of its folder.

    >>> is_name("bep-gas"), is_name("../bep-gas"), is_name("Bếp")
    (True, False, False)
    """
    return _NAME.fullmatch(text) is not None and len(text) <= 2 * _LONGEST_NAME


def _source(address: str) -> dict[str, str]:
    match = _SOURCE.fullmatch(address)
    document, at = match.groups() if match else (address, "")
    return {"document": document, "at": at}


def _plain(text: str) -> str:
    """One line: a line of a card must not become a heading, a step or front matter."""
    line = " ".join(text.split())
    return re.sub(r"^(?:#+|-+|\d+\.)\s*", "", line)


def _headed(heading: str, lines: Iterable[str]) -> str:
    return "\n".join([heading, *lines])
