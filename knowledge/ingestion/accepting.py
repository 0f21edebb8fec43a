"""Moves a reviewed draft into the knowledge base, or says why not; on any fault nothing is changed."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from knowledge.documents import Document, Status, load_document
from knowledge.faults import Fault, KnowledgeError
from knowledge.ingestion.drafting import author_of, base_of, with_note, write_whole
from knowledge.ingestion.updating import hash_of
from knowledge.loading import load_knowledge
from knowledge.vietnamese import clean, fold

_COMMENT: Final = "# "


def accept_draft(draft: Path, folder: Path, *, reviewer: str, today: date, keep_unverified: bool = False) -> Path:
    """Move the draft to `folder`/documents with a note of who reviewed it, and return where it stands now.

    Raises `KnowledgeError` with every fault: the draft's own, and those that the whole base would have with it.
    """
    if not draft.is_file():
        raise KnowledgeError([Fault(draft, 1, "không có bản nháp này")])
    document = load_document(draft)
    text = draft.read_text(encoding="utf-8-sig")
    target = folder / "documents" / draft.name
    faults = [
        *_faults_of_people(draft, text, reviewer),
        *_faults_of_base(draft, text, target),
        *_faults_of_status(draft, document, keep_unverified=keep_unverified),
    ]
    if faults:
        raise KnowledgeError(faults)
    _refuse_new_faults(draft, folder, today)
    accepted = _accepted(document, text, f"Người duyệt: {' '.join(reviewer.split())}, ngày {today:%d/%m/%Y}.")
    _make_sure(document, accepted, draft)
    write_whole(target, accepted)
    draft.unlink()
    return target


def _faults_of_people(draft: Path, text: str, reviewer: str) -> list[Fault]:
    author = author_of(text)
    if not clean(reviewer):
        return [Fault(draft, 1, "cần tên người duyệt")]
    if author is None:
        return [Fault(draft, 2, "mất dòng “# Người nhập: …”, nên không biết ai đã nhập")]
    if fold(clean(author)).split() == fold(clean(reviewer)).split():
        return [Fault(draft, 2, f"{author} đã nhập bản này: người duyệt phải là người khác")]
    return []


def _faults_of_base(draft: Path, text: str, target: Path) -> list[Fault]:
    base = base_of(text)
    if base is None:
        message = f"{target.stem} đã có trong kho và bản nháp này không phải bản cập nhật của nó"
        return [Fault(draft, 1, message)] if target.exists() else []
    if not target.exists():
        return [Fault(draft, 3, "văn bản được cập nhật không còn trong kho")]
    if hash_of(target.read_text(encoding="utf-8")) != base:
        return [Fault(draft, 3, "bản đăng ký đã thay đổi sau khi nhập: hãy nhập lại với --update --replace")]
    return []


def _faults_of_status(draft: Path, document: Document, *, keep_unverified: bool) -> list[Fault]:
    if document.status is not Status.UNVERIFIED or keep_unverified:
        return []
    message = "status vẫn là unverified: hãy ghi hiệu lực của văn bản, hoặc thêm --keep-unverified"
    return [document.source.fault(message, at="status")]


def _refuse_new_faults(draft: Path, folder: Path, today: date) -> None:
    """Load the whole base with the draft in place. Raises `KnowledgeError` with the faults that are new."""
    before = {(fault.path, fault.message) for fault in _faults_of(folder, today)}
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for one in folder.iterdir():
            if one.name != "documents" and one.suffix != ".py" and not one.name.startswith((".", "_")):
                (copy / one.name).symlink_to(one.resolve())
        (copy / "documents").mkdir()
        for one in (folder / "documents").glob("*.md"):
            (copy / "documents" / one.name).symlink_to(one.resolve())
        place = copy / "documents" / draft.name
        place.unlink(missing_ok=True)
        place.symlink_to(draft.resolve())
        found = [_at_home(fault, copy, folder, draft) for fault in _faults_of(copy, today)]
    target = folder / "documents" / draft.name
    known = {(draft if path == target else path, message) for path, message in before}
    if new := [fault for fault in found if (fault.path, fault.message) not in known]:
        raise KnowledgeError(new)


def _faults_of(folder: Path, today: date) -> list[Fault]:
    try:
        load_knowledge(today, folder)
    except KnowledgeError as error:
        return error.faults
    return []


def _at_home(fault: Fault, copy: Path, folder: Path, draft: Path) -> Fault:
    """Return the fault at the file that people know, not at its copy."""
    if not fault.path.is_relative_to(copy):
        return fault
    inside = fault.path.relative_to(copy)
    return replace(fault, path=draft if inside == Path("documents") / draft.name else folder / inside)


def _accepted(document: Document, text: str, line: str) -> str:
    """Return the file to register: the note tells the reviewer, the comments of the draft are gone."""
    rows = text.split("\n")
    end = next(number for number, row in enumerate(rows[1:], 1) if row.strip() == "---")
    kept = [row for number, row in enumerate(rows) if not (0 < number < end and row.startswith(_COMMENT))]
    return with_note("\n".join(kept), document.note, [line])


def _make_sure(document: Document, accepted: str, draft: Path) -> None:
    """Read the file to register once more, and compare. Raises `KnowledgeError` when more than the note changed."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / draft.name
        copy.write_text(accepted, encoding="utf-8")
        again = load_document(copy)
    sections = [(one.anchor, one.heading, one.paragraphs) for one in again.sections]
    same = sections == [(one.anchor, one.heading, one.paragraphs) for one in document.sections]
    if not same or replace(again, note=None, sections=()) != replace(document, note=None, sections=()):
        raise KnowledgeError([Fault(draft, 1, "không ghi được tên người duyệt vào note: hãy viết lại khóa note")])
