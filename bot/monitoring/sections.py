"""The draft: the office that writes it, its sections in order, and who said what about them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from bot.monitoring.scopes import Scope

LONGEST_TEXT: Final = 30_000
LONGEST_TITLE: Final = 300
LONGEST_COMMENT: Final = 2_000
MOST_SECTIONS: Final = 40


@dataclass(frozen=True, kw_only=True)
class Office:
    """What stands at the head and the foot of a report, as an office entered it. `recipients`: one a line.

    `symbol`: what follows the number, such as "BC-MTTQ-BTT"; `authority`: the line above the position, or "".
    """

    superior: str = ""
    issuer: str = ""
    symbol: str = "BC-MTTQ-BTT"
    place_name: str = ""
    authority: str = "TM. BAN THƯỜNG TRỰC"
    position: str = "CHỦ TỊCH"
    signer: str = ""
    recipients: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "recipients": list(self.recipients)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Office:
        """Read what `as_json` wrote."""
        return cls(**{**stored, "recipients": tuple(stored.get("recipients", ()))})


def _digest(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True)
class Comment:
    """What somebody of the staff said about a section. It is never printed. `at`: when, as ISO 8601."""

    who: str
    at: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section. `composed`: what the program wrote last, by which one sees whether somebody has edited it.

    A section without a title stands at the beginning or the end and has no number.
    """

    key: str
    title: str
    text: str
    composed: str = ""
    tables: bool = True  # whether tables and charts of its figures are printed
    comments: tuple[Comment, ...] = ()

    @property
    def edited(self) -> bool:
        """Whether the text is no longer what the program wrote."""
        return self.text != self.composed

    @property
    def digest(self) -> str:
        """By which a form that comes back tells whether its text was touched."""
        return _digest([self.title, self.text, self.tables])

    @property
    def added(self) -> bool:
        """Whether an officer has added it."""
        return self.key.startswith("them-")

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Section:
        """Read one from JSON."""
        return cls(**{**stored, "comments": tuple(Comment(**one) for one in stored.get("comments", ()))})


@dataclass(frozen=True, kw_only=True)
class Content:
    """Everything of a report that an officer may change. `summary`: what it is about, below the word "BÁO CÁO".

    `number`, `day` (ISO 8601) and `signer` are set when it is issued.
    """

    scope: Scope
    summary: str
    office: Office
    sections: tuple[Section, ...] = field(default=())
    number: str = ""
    day: str = ""

    @property
    def head_digest(self) -> str:
        """As a section's: of the summary and the office."""
        return _digest([self.summary, self.office.as_json()])

    def section(self, key: str) -> Section | None:
        """Return the section with that key."""
        return next((one for one in self.sections if one.key == key), None)

    def with_section(self, section: Section) -> Content:
        """Return it with a section changed."""
        return replace(self, sections=tuple(section if one.key == section.key else one for one in self.sections))

    def moved(self, key: str, by: int) -> Content:
        """Return it with a section moved up (-1) or down (1); at the end it stays where it is."""
        order = list(self.sections)
        place = next((number for number, one in enumerate(order) if one.key == key), None)
        if place is None or not 0 <= place + by < len(order):
            return self
        order.insert(place + by, order.pop(place))
        return replace(self, sections=tuple(order))

    def with_new(self, title: str) -> Content:
        """Return it with an empty section more, before the last one."""
        numbers = [int(one.key.removeprefix("them-")) for one in self.sections if one.added]
        new = Section(key=f"them-{max(numbers, default=0) + 1}", title=title, text="")
        return replace(self, sections=(*self.sections[:-1], new, *self.sections[-1:]))

    def without(self, key: str) -> Content:
        """Return it without a section."""
        return replace(self, sections=tuple(one for one in self.sections if one.key != key))

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "places": list(self.scope.places),
            "summary": self.summary,
            "office": self.office.as_json(),
            "sections": [asdict(one) for one in self.sections],
            "number": self.number,
            "day": self.day,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Content:
        """Read what `as_json` wrote."""
        return cls(
            scope=Scope(tuple(stored["places"])),
            summary=stored["summary"],
            office=Office.from_json(stored["office"]),
            sections=tuple(map(Section.from_json, stored["sections"])),
            number=stored["number"],
            day=stored["day"],
        )
