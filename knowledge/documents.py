"""Documents: metadata, sections and anchors, read from `knowledge/documents/*.md`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ConfigDict, TypeAdapter

from knowledge.faults import Fault, KnowledgeError
from knowledge.frontmatter import SourceText, parse_into, read_markdown
from knowledge.trust import Trust

DOCUMENTS_FOLDER: Final = Path(__file__).parent / "documents"

_HEADING: Final = re.compile(r"^(#{2,4})\s+(.*?)\s*\{#([a-z0-9-]+)\}\s*$")
_ANY_HEADING: Final = re.compile(r"^#{1,6}\s")
_PARAGRAPH: Final = re.compile(r"(.+)-p([1-9][0-9]{0,3})")
_STRICT = ConfigDict(extra="forbid")


class Status(StrEnum):
    """Standing of a document as registered; validity on a given day is `knowledge.validity`."""

    IN_FORCE = "in_force"
    AMENDED = "amended"  # in force, changed by other documents
    REPEALED = "repealed"
    CITED = "cited"  # a directive that is still referred to
    HISTORICAL = "historical"  # a directive for its moment
    UNVERIFIED = "unverified"  # standing not established


@dataclass(frozen=True, kw_only=True)
class DocumentHeader:
    """Metadata of a document, as in its front matter. `issued` is a date, a year as text, or None.

    `fire_part_expires`: when its provisions on fire safety ended, if before the document itself.
    """

    __pydantic_config__ = _STRICT

    id: str
    number: str | None
    type: str
    title: str
    names: tuple[str, ...] = ()
    issuer: str | None = None
    places: tuple[str, ...] = ()
    issued: date | str | None = None
    effective: date | None = None
    expires: date | None = None
    fire_part_expires: date | None = None
    status: Status
    status_note: str | None = None
    replaces: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()
    amended_by: tuple[str, ...] = ()
    implements: tuple[str, ...] = ()
    signer: str | None = None
    urls: tuple[str, ...] = ()
    checked_on: date
    trust: Trust
    note: str | None = None

    @property
    def short_name(self) -> str:
        """What people read as its name: "Nghị định 106/2025/NĐ-CP", or the title of a guidance text."""
        if self.number is None:
            return self.title
        return self.number if self.number.startswith(self.type_prefixes) else f"{self.type} {self.number}"

    @property
    def ended(self) -> date | None:
        """The day from which nothing about fire safety in it applies, or None."""
        return self.fire_part_expires or self.expires

    @property
    def type_prefixes(self) -> tuple[str, ...]:
        """Number prefixes that already say the type ("QCVN 06:2022/BXD")."""
        return ("QCVN", "TCVN")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A headed part of a document: `paragraphs` of plain text under a stable `anchor`."""

    anchor: str
    heading: str
    locator: str
    level: int
    paragraphs: tuple[str, ...]
    trust: Trust
    publisher: str | None
    url: str | None
    line: int

    @property
    def text(self) -> str:
        """All paragraphs, separated by a line break."""
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A citable piece of a document: a whole section, or one paragraph of a verbatim document."""

    document: Document
    section: Section
    anchor: str
    text: str

    @property
    def id(self) -> str:
        """Address of the passage: "<document id>#<anchor>"."""
        return f"{self.document.id}#{self.anchor}"

    @property
    def url(self) -> str | None:
        """Public address of the passage's source, or None when none is known."""
        return self.section.url or next(iter(self.document.urls), None)


@dataclass(frozen=True, kw_only=True)
class Document(DocumentHeader):
    """A document with its sections in order."""

    sections: tuple[Section, ...] = ()
    source: SourceText = field(repr=False, compare=False)

    def passage(self, anchor: str) -> Passage | None:
        """Return the passage at a section's anchor or at a paragraph's ("muc-1-p2"), or None."""
        part = _PARAGRAPH.fullmatch(anchor)
        for section in self.sections:
            if section.anchor == anchor:
                return Passage(document=self, section=section, anchor=anchor, text=section.text)
            if part and section.anchor == part.group(1) and int(part.group(2)) <= len(section.paragraphs):
                text = section.paragraphs[int(part.group(2)) - 1]
                return Passage(document=self, section=section, anchor=anchor, text=text)
        return None

    def passages(self) -> Iterator[Passage]:
        """Yield what search indexes: paragraphs of a verbatim document, sections of any other."""
        for section in self.sections:
            if self.trust is not Trust.VERBATIM:
                if section.paragraphs:
                    yield Passage(document=self, section=section, anchor=section.anchor, text=section.text)
                continue
            for number, text in enumerate(section.paragraphs, 1):
                yield Passage(document=self, section=section, anchor=f"{section.anchor}-p{number}", text=text)


_HEADERS: Final = TypeAdapter(DocumentHeader)


@dataclass(frozen=True, kw_only=True)
class _Attributes:
    """The optional line in braces under a heading."""

    __pydantic_config__ = _STRICT

    trust: Trust | None = None
    publisher: str | None = None
    url: str | None = None
    locator: str | None = None


_ATTRIBUTES: Final = TypeAdapter(_Attributes)


def read_documents(folder: Path) -> tuple[Mapping[str, Document], list[Fault]]:
    """Return the documents that can be read, by id, and the faults of the others."""
    found: dict[str, Document] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.md")):
        try:
            found[path.stem] = load_document(path)
        except KnowledgeError as error:
            faults.extend(error.faults)
    faults.extend(_faults_of_links(found))
    return found, faults


def load_document(path: Path) -> Document:
    """Read one document. Raises `KnowledgeError` naming file and line."""
    source = read_markdown(path)
    header = parse_into(_HEADERS, source)
    if header.id != path.stem:
        raise KnowledgeError([source.fault(f"id {header.id!r} is not the file's name", at="id")])
    values = {one.name: getattr(header, one.name) for one in fields(header)}
    return Document(**values, sections=_read_sections(source, header), source=source)


def _faults_of_links(documents: Mapping[str, Document]) -> Iterator[Fault]:
    for document in documents.values():
        for key in ("replaces", "replaced_by", "amended_by", "implements"):
            for number, other in enumerate(getattr(document, key)):
                if other not in documents:
                    at = f"{key}.{number}"
                    yield document.source.fault(f"{key}: unknown document {other!r}", at=at)


def _read_sections(source: SourceText, header: DocumentHeader) -> tuple[Section, ...]:
    sections: list[Section] = []
    heading: re.Match[str] | None = None
    start, rows = source.body_line, list[str]()
    for line, row in enumerate(source.body.split("\n"), source.body_line):
        if not _ANY_HEADING.match(row):
            rows.append(row)
            continue
        sections.extend(_section(source, header, heading, rows, start))
        heading, start, rows = _HEADING.match(row), line, []
        if heading is None:
            raise KnowledgeError([source.fault("a heading needs an {#anchor}", line=line)])
    sections.extend(_section(source, header, heading, rows, start))
    _refuse_repeated_anchors(source, sections)
    return tuple(sections)


def _section(
    source: SourceText, header: DocumentHeader, heading: re.Match[str] | None, rows: list[str], line: int
) -> Iterator[Section]:
    if heading is None:
        if any(row.strip() for row in rows):
            raise KnowledgeError([source.fault("text before the first heading", line=line)])
        return
    attributes, rest = _read_attributes(source, rows, line)
    title = heading.group(2)
    yield Section(
        anchor=heading.group(3),
        heading=title,
        locator=attributes.locator or title.partition(":")[0].strip(),
        level=len(heading.group(1)),
        paragraphs=_paragraphs(rest),
        trust=attributes.trust or header.trust,
        publisher=attributes.publisher,
        url=attributes.url,
        line=line,
    )


def _read_attributes(source: SourceText, rows: list[str], line: int) -> tuple[_Attributes, list[str]]:
    for number, row in enumerate(rows):
        if not row.strip():
            continue
        if not (row.startswith("{") and row.rstrip().endswith("}")):
            break
        try:
            values: Any = yaml.safe_load(row)
        except yaml.YAMLError:
            raise KnowledgeError([source.fault("attribute line is not YAML", line=line + number + 1)]) from None
        attributed = SourceText(source.path, values, {"": line + number + 1})
        return parse_into(_ATTRIBUTES, attributed), rows[number + 1 :]
    return _Attributes(), rows


def _paragraphs(rows: list[str]) -> tuple[str, ...]:
    blocks = re.split(r"\n\s*\n", "\n".join(rows).strip())
    return tuple(" ".join(block.split("\n")) if "\n- " not in block else block for block in blocks if block.strip())


def _refuse_repeated_anchors(source: SourceText, sections: list[Section]) -> None:
    seen: set[str] = set()
    faults = []
    for section in sections:
        if section.anchor in seen:
            faults.append(source.fault(f"repeated anchor #{section.anchor}", line=section.line))
        seen.add(section.anchor)
    if faults:
        raise KnowledgeError(faults)
