"""Checks of sentences that cite with markers, "Đóng cửa lại. [1]", outside of answer cards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from knowledge.answers import SourceRef
from knowledge.documents import Document, Passage
from knowledge.faults import Fault
from knowledge.figures import figures_needing_source, figures_supported
from knowledge.frontmatter import SourceText
from knowledge.outdated import outdated_statements
from knowledge.trust import Trust
from knowledge.validity import Validity, spoken, validity

MARKER: Final = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True)
class CitedText:
    """A text whose markers `sources` explain, and where it stands: the path of its value in `file`."""

    text: str
    sources: Mapping[int, SourceRef]
    file: SourceText
    at: str

    @property
    def markers(self) -> tuple[int, ...]:
        """The markers in the order of the text, each once."""
        return markers_of(self.text)


def markers_of(text: str) -> tuple[int, ...]:
    """Return the markers of a text in their order, each once.

    >>> markers_of("Đóng cửa lại. [2][1] Gọi 114. [2]")
    (2, 1)
    """
    return tuple(dict.fromkeys(int(found) for found in MARKER.findall(text)))


def figures_given(passage: Passage) -> set[str]:
    """Return the figures that a passage can be a source for, the dates of its document among them."""
    document = passage.document
    days = (document.issued, document.effective, document.expires, document.fire_part_expires)
    dated = [spoken(day) for day in days if day is not None]
    return figures_supported("\n".join([passage.section.heading, passage.text, *dated]))


def faults_of_text(cited: CitedText, documents: Mapping[str, Document], on: date) -> Iterator[Fault]:
    """Yield what is wrong with a text: markers, what they rest on as of the day `on`, figures, what is out of date.

    What sources dispute, or what none is known for, may not be taught as right or wrong.
    """
    passages: dict[int, Passage] = {}
    for marker in cited.markers:
        found = _passage(cited.sources.get(marker), documents)
        if marker not in cited.sources:
            yield cited.file.fault(f"marker [{marker}] has no source", at=cited.at)
        elif found is None:
            yield cited.file.fault(f"unknown source {cited.sources[marker].passage_id!r}", at=cited.at)
        else:
            passages[marker] = found
            yield from _faults_of_source(cited, found, on)
    for marker in sorted(set(cited.sources) - set(cited.markers)):
        yield cited.file.fault(f"source {marker} is not cited", at=cited.at)
    given: set[str] = set().union(*map(figures_given, passages.values()))
    plain = MARKER.sub(" ", cited.text)
    numbers = [one.number for one in documents.values() if one.number]
    for figure in sorted(figures_needing_source(plain, numbers) - given):
        yield cited.file.fault(f"figure {figure} does not occur in the cited sources", at=cited.at)
    for rule in outdated_statements(plain):
        yield cited.file.fault(f"outdated ({rule.id}): now {rule.now}", at=cited.at)


def _passage(ref: SourceRef | None, documents: Mapping[str, Document]) -> Passage | None:
    document = documents.get(ref.document) if ref else None
    return document.passage(ref.at) if ref and document else None


def _faults_of_source(cited: CitedText, passage: Passage, on: date) -> Iterator[Fault]:
    trust = passage.section.trust
    if trust is Trust.MEMORY or trust.needs_note:
        yield cited.file.fault(f"{passage.id!r} is {trust.value}: too weak to be taught as right or wrong", at=cited.at)
    if validity(passage.document, on) is Validity.EXPIRED:
        name, end = passage.document.short_name, spoken(passage.document.ended)
        yield cited.file.fault(f"{name} was repealed ({end}) and is shown as current", at=cited.at, outdated=True)
