"""A clerk with a small knowledge base and a desk: ingests files that a test makes and looks at the draft."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from knowledge.documents import Document, load_document
from knowledge.ingestion.command import accept, run
from tests.small_knowledge import write_knowledge

TODAY = date(2026, 11, 21)


@dataclass
class Clerk:
    """`folder`: the knowledge base; `data`: where drafts go; `printed`: what the last command said."""

    folder: Path
    data: Path
    desk: Path
    printed: str = field(default="", init=False)

    def ingest(self, name: str, data: bytes, *, by: str = "An", update: bool = False, replace: bool = False) -> int:
        """Ingest one file of that name and contents."""
        path = self.desk / name
        path.write_bytes(data)
        out = io.StringIO()
        code = run(
            [path], today=TODAY, by=by, update=update, replace=replace, data_dir=self.data, folder=self.folder, out=out
        )
        self.printed = out.getvalue()
        return code

    def accept(self, document_id: str, *, by: str = "Bình", keep_unverified: bool = False) -> int:
        """Accept a draft."""
        out = io.StringIO()
        code = accept(
            document_id,
            by=by,
            today=TODAY,
            keep_unverified=keep_unverified,
            data_dir=self.data,
            folder=self.folder,
            out=out,
        )
        self.printed = out.getvalue()
        return code

    def path(self, document_id: str) -> Path:
        """Where a draft stands."""
        return self.data / "drafts" / "documents" / f"{document_id}.md"

    def text(self, document_id: str) -> str:
        """The text of a draft."""
        return self.path(document_id).read_text(encoding="utf-8")

    def draft(self, document_id: str) -> Document:
        """A draft as the knowledge base loads it."""
        return load_document(self.path(document_id))

    def drafts(self) -> list[str]:
        """The names of all drafts."""
        return sorted(path.name for path in (self.data / "drafts" / "documents").glob("*"))

    def edit(self, document_id: str, old: str, new: str) -> None:
        """Change a draft as a reviewer does."""
        text = self.text(document_id)
        assert old in text
        self.path(document_id).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def clerk(tmp_path: Path) -> Clerk:
    """A clerk whose knowledge base is small and sound."""
    folder, desk = tmp_path / "knowledge", tmp_path / "desk"
    write_knowledge(folder)
    desk.mkdir()
    return Clerk(folder=folder, data=tmp_path / "data", desk=desk)


@pytest.fixture
def paragraph() -> Callable[[Document, str], str]:
    """Look up the text of a section by anchor."""

    def text(document: Document, anchor: str) -> str:
        passage = document.passage(anchor)
        assert passage is not None, anchor
        return passage.text

    return text
