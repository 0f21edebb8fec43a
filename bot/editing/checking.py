"""What is wrong with a draft: checked as it would stand among all the knowledge, before anything is written."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from bot.editing.fault_words import in_vietnamese
from knowledge.answers import load_card
from knowledge.check import KnowledgeBase, check
from knowledge.documents import load_document
from knowledge.faults import Fault, KnowledgeError

_PATH: Final = re.compile(r"(?:answers/[a-z0-9-]+|documents)/[a-z0-9-]+\.md")


def is_path(path: str) -> bool:
    """Whether a card or a document may stand at `path` below the knowledge folder.

    >>> is_path("answers/dien/o-cam.md"), is_path("answers/../../etc/passwd")
    (True, False)
    """
    return _PATH.fullmatch(path) is not None


@dataclass(frozen=True)
class DraftFault:
    """One thing wrong in a draft: its line in the file, and what it is, in Vietnamese."""

    line: int
    message: str


def faults_of(base: KnowledgeBase, path: str, content: str, on: date) -> list[DraftFault]:
    """Return what is wrong with `content` at `path` below the knowledge folder, and what it would make wrong elsewhere.

    Raises ValueError for a path where no card or document may stand. It takes about half a second: run it in a thread.
    """
    if not is_path(path):
        raise ValueError(path)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / path
        file.parent.mkdir(parents=True)
        file.write_text(content, encoding="utf-8")
        try:
            with_draft = _with(base, file)
        except KnowledgeError as error:
            return [_told(fault, file) for fault in error.faults]
        known = {(fault.path, fault.line, fault.message) for fault in check(base, on)}
        found = check(with_draft, on)
    new = [fault for fault in found if (fault.path, fault.line, fault.message) not in known]
    return sorted({_told(fault, file) for fault in new}, key=lambda one: (one.line, one.message))


def _with(base: KnowledgeBase, file: Path) -> KnowledgeBase:
    if file.parent.name == "documents":
        document = load_document(file)
        return replace(base, documents={**base.documents, document.id: document})
    card = load_card(file)
    other = base.cards.get(card.id)
    if other is not None and other.topic != card.topic:
        raise KnowledgeError([card.source.fault(f"card {card.id!r} exists already in {other.topic}/", at="id")])
    return replace(base, cards={**base.cards, card.id: card})


def _told(fault: Fault, file: Path) -> DraftFault:
    message = in_vietnamese(fault.message)
    if fault.path == file:
        return DraftFault(fault.line, message)
    return DraftFault(0, f"{fault.path.name}: {message}")


def read_back(base: KnowledgeBase, path: str, content: str) -> Iterator[str]:
    """Yield the lines of a card as a resident reads them; nothing for a document or what cannot be read."""
    if not is_path(path) or path.startswith("documents/"):
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / path
        file.parent.mkdir(parents=True)
        file.write_text(content, encoding="utf-8")
        try:
            card = load_card(file)
        except KnowledgeError:
            return
    yield from (line.marked_text for line in card.lines)
    for number, ref in card.sources.items():
        passage = base.passage(ref.passage_id)
        where = f"{passage.document.short_name}, {passage.section.heading}" if passage else ref.passage_id
        yield f"[{number}] {where}"
