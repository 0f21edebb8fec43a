"""The rules by which a document is laid out, read from `layout.yml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter

from knowledge.faults import KnowledgeError
from knowledge.frontmatter import parse_into, read_yaml
from knowledge.trust import Trust

LAYOUT_FILE: Final = Path(__file__).parent / "layout.yml"
_STRICT: Final = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A size with the range that the rule allows."""

    __pydantic_config__ = _STRICT

    used: float
    min: float
    max: float
    rule: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the rules are from and how far that was checked."""

    __pydantic_config__ = _STRICT

    document: str
    title: str
    trust: Trust
    hint: str


@dataclass(frozen=True, kw_only=True)
class PageRules:
    """The paper and its margins, in millimetres."""

    __pydantic_config__ = _STRICT

    width: Measure
    height: Measure
    top: Measure
    bottom: Measure
    left: Measure
    right: Measure


@dataclass(frozen=True, kw_only=True)
class SizeRules:
    """Sizes of letters, in points."""

    __pydantic_config__ = _STRICT

    nation: Measure
    motto: Measure
    superior: Measure
    issuer: Measure
    number: Measure
    place_and_day: Measure
    kind: Measure
    summary: Measure
    body: Measure
    signature: Measure
    recipients_word: Measure
    recipients: Measure
    page_number: Measure
    appendix: Measure
    appendix_title: Measure
    appendix_of: Measure
    table: Measure


@dataclass(frozen=True, kw_only=True)
class ParagraphRules:
    """The first line's indent in millimetres, the space between paragraphs in points, lines as multiples."""

    __pydantic_config__ = _STRICT

    first_line: Measure
    space: Measure
    line: Measure


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is printed on every document."""

    __pydantic_config__ = _STRICT

    nation: str
    motto: str
    kind: str
    recipients: str
    appendix: str


@dataclass(frozen=True, kw_only=True)
class Fonts:
    """The font that the .docx names, and the files to look for that the PDF embeds: regular, bold, italic, both."""

    __pydantic_config__ = _STRICT

    docx: str
    folders: tuple[Path, ...]
    families: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """All rules."""

    __pydantic_config__ = _STRICT

    source: Source
    page: PageRules
    sizes: SizeRules
    paragraphs: ParagraphRules
    words: Words
    fonts: Fonts


@lru_cache(maxsize=4)
def read_layout(path: Path = LAYOUT_FILE) -> Layout:
    """Read the rules. Raises `KnowledgeError`, with file and line, for what is no layout or leaves a rule's range."""
    source = read_yaml(path)
    layout = parse_into(TypeAdapter(Layout), source)
    faults = []
    for group in ("page", "sizes", "paragraphs"):
        for name, measure in vars(getattr(layout, group)).items():
            if not measure.min <= measure.used <= measure.max:
                allowed = f"the rule allows {measure.min:g} to {measure.max:g}"
                faults.append(source.fault(f"{measure.used:g}: {allowed}", at=f"{group}.{name}.used"))
    if faults:
        raise KnowledgeError(faults)
    return layout
