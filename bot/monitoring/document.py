"""A document as it is printed, whatever file is made of it: head, body, foot and appendix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

SIGNS: Final = ("-", "+")
"""With which the items of a list begin, by their level."""
TOGETHER: Final = 12
"""A table of so many rows is not broken over two pages."""


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a part ("I. …"), level 2 what lies in it."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the body."""

    text: str


@dataclass(frozen=True)
class Item:
    """An item of a list; level 1, or 2 for one below it."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Table:
    """A table; its head is repeated on every page. `widths` are shares of the line; `numbers`: columns set right."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A picture (PNG) with what it shows in words for who cannot see it; its table stands beside it."""

    caption: str
    alternative: str
    png: bytes


Block: TypeAlias = Heading | Paragraph | Item | Table | Chart


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document. `number` is "" as long as it is a draft, and `draft` is then what is printed above it."""

    superior: str
    issuer: str
    number: str
    place_and_day: str
    kind: str
    summary: str
    body: tuple[Block, ...]
    recipients: tuple[str, ...]
    signature: tuple[str, ...]  # authority and position
    signer: str
    appendix_title: str
    appendix_of: str  # to which document the appendix belongs
    appendix: tuple[Block, ...]
    draft: str = ""
