"""Fines as data: one row for each behaviour of the decree on fines, read from `knowledge/fines/*.yml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter

from knowledge.documents import Document, Passage
from knowledge.faults import Fault, KnowledgeError
from knowledge.figures import figures
from knowledge.frontmatter import SourceText, parse_into, read_yaml
from knowledge.trust import Trust
from knowledge.vietnamese import syllables

FEWEST_NAMES: Final = 8
RULES: Final = {
    "organisation": "dieu-4-k1",
    "household": "dieu-4-k3",
    "board": "dieu-2-k2-h",
    "burned": "gap-doi-khi-chay",
    "time": "dieu-40",
}
"""Anchors of the decree's general rules, on which composed sentences rest."""
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an amending document changed in a row, in plain words, and since when."""

    __pydantic_config__ = _STRICT

    by: str
    since: date
    what: str
    trust: Trust


@dataclass(frozen=True, kw_only=True)
class EarlierFine:
    """The fine of a repealed document for the same behaviour. `source` is a passage: "<document>#<anchor>".

    `fine`: million đồng for individuals, from and to, either may be unknown; or `about` alone.
    """

    __pydantic_config__ = _STRICT

    document: str
    source: str
    fine: tuple[Decimal | None, Decimal | None] | None = None
    about: Decimal | None = None
    trust: Trust


@dataclass(frozen=True, kw_only=True)
class Fine:
    """One behaviour and what it costs. `fine`: million đồng for individuals, from and to."""

    __pydantic_config__ = _STRICT

    id: str
    at: str
    behaviour: str
    fine: tuple[Decimal, Decimal]
    or_warning: bool = False
    doubled_on_fire: bool = False
    suspension_months: tuple[int, int] | None = None
    confiscation: bool = False
    trust: Trust
    changed: Change | None = None
    since: date | None = None
    before: EarlierFine | None = None
    applies_to: str | None = None
    asked: tuple[str, ...]
    cards: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FineTable:
    """All rows of one decree, and the file they come from."""

    __pydantic_config__ = _STRICT

    document: str
    checked_on: date
    fines: tuple[Fine, ...]


@dataclass(frozen=True)
class Fines:
    """The rows by id, and the decree they belong to."""

    rows: Mapping[str, Fine] = field(default_factory=dict)
    document: str = ""
    source: SourceText | None = field(default=None, repr=False, compare=False)

    def passage_id(self, row: Fine) -> str:
        """Address of the provision a row rests on."""
        return f"{self.document}#{row.at}"


_TABLES: Final = TypeAdapter(FineTable)


def read_fines(folder: Path) -> tuple[Fines, list[Fault]]:
    """Return the rows of the one table in `folder` (none: no rows), and the faults of its file."""
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        return Fines(), []
    try:
        source = read_yaml(paths[0])
        table = parse_into(_TABLES, source)
    except KnowledgeError as error:
        return Fines(), error.faults
    faults = [Fault(path, 1, f"fines stand in one file, {paths[0].name}") for path in paths[1:]]
    rows = {row.id: row for row in table.fines}
    for number, row in enumerate(table.fines):
        if rows[row.id] is not row:
            faults.append(source.fault(f"fine {row.id!r} stands twice", at=f"fines.{number}.id"))
    return Fines(rows, table.document, source), faults


def faults_of_fines(fines: Fines, documents: Mapping[str, Document], cards: Mapping[str, object]) -> Iterator[Fault]:
    """Yield what is wrong with the rows: a figure its provision does not have, an unknown address, too few names."""
    if fines.source is None:
        return
    checker = _Checker(fines, fines.source, documents)
    for number, row in enumerate(fines.rows.values()):
        yield from checker.row(row, f"fines.{number}")
        for card in row.cards:
            if card not in cards:
                yield fines.source.fault(f"{row.id}: unknown card {card!r}", at=f"fines.{number}.cards")
    yield from checker.rules()
    yield from checker.missing()


@dataclass(frozen=True)
class _Checker:
    fines: Fines
    source: SourceText
    documents: Mapping[str, Document]

    def row(self, row: Fine, at: str) -> Iterator[Fault]:
        if row.fine[0] > row.fine[1]:
            yield self._fault(row, "a fine reads from less to more", f"{at}.fine")
        if len(row.asked) < FEWEST_NAMES:
            yield self._fault(row, f"{len(row.asked)} names, at least {FEWEST_NAMES}", f"{at}.asked")
        for number, name in enumerate(row.asked):
            if not syllables(name):
                yield self._fault(row, "an empty name", f"{at}.asked.{number}")
        yield from self._supported(row, self.fines.passage_id(row), _stated(row), f"{at}.at")
        if row.before is not None and not _is_whole(row.before):
            yield self._fault(row, "before: give fine [from or null, to], or about", f"{at}.before")
        elif row.before is not None:
            yield from self._supported(row, row.before.source, _stated_before(row.before), f"{at}.before")
            if row.before.document not in self.documents:
                yield self._fault(row, f"unknown document {row.before.document!r}", f"{at}.before.document")
        if row.changed is not None and row.changed.by not in self.documents:
            yield self._fault(row, f"unknown document {row.changed.by!r}", f"{at}.changed.by")

    def _supported(self, row: Fine, passage_id: str, stated: set[str], at: str) -> Iterator[Fault]:
        passage = self._passage(passage_id)
        if passage is None:
            yield self._fault(row, f"unknown source {passage_id!r}", at)
        elif missing := stated - figures(f"{passage.section.heading}\n{passage.text}"):
            yield self._fault(row, f"figure {', '.join(sorted(missing))} does not occur in {passage_id}", at)

    def rules(self) -> Iterator[Fault]:
        """The general rules that composed sentences rest on, and what the decree replaced."""
        document = self.documents.get(self.fines.document)
        if document is None or not document.replaces:
            yield self.source.fault("the decree of the fines must be registered with what it replaces", at="document")
        for anchor in RULES.values() if document else ():
            if document and document.passage(anchor) is None:
                yield self.source.fault(f"the decree has no section {anchor!r}", at="document")

    def missing(self) -> Iterator[Fault]:
        """A provision that sets a fine and has no row."""
        document = self.documents.get(self.fines.document)
        known = {row.at for row in self.fines.rows.values()}
        if document is None:
            return
        for section in document.sections:
            if section.anchor not in known and "đối với cá nhân" in section.text:
                yield Fault(
                    document.source.path, section.line, f"{section.anchor} sets a fine and has no row in fines/"
                )

    def _passage(self, passage_id: str) -> Passage | None:
        document_id, _, anchor = passage_id.partition("#")
        document = self.documents.get(document_id)
        return document.passage(anchor) if document else None

    def _fault(self, row: Fine, message: str, at: str) -> Fault:
        return self.source.fault(f"{row.id}: {message}", at=at)


def _is_whole(earlier: EarlierFine) -> bool:
    if earlier.fine is None:
        return earlier.about is not None
    return earlier.about is None and earlier.fine[1] is not None


def _stated(row: Fine) -> set[str]:
    amounts = {amount_text(amount) for amount in row.fine}
    return amounts | {str(month) for month in row.suspension_months or ()}


def _stated_before(earlier: EarlierFine) -> set[str]:
    amounts = [*(earlier.fine or ()), earlier.about]
    return {amount_text(amount) for amount in amounts if amount is not None}


def amount_text(amount: Decimal) -> str:
    """Return millions as Vietnamese write them.

    >>> amount_text(Decimal("0.30")), amount_text(Decimal("10"))
    ('0,3', '10')
    """
    text = f"{amount.normalize():f}"
    return text.replace(".", ",")
