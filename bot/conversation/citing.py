"""Turns sources into citations as of a day."""

from __future__ import annotations

from datetime import date

from bot.conversation.messages import Citation
from knowledge.documents import Document, Passage, Status
from knowledge.trust import Trust
from knowledge.validity import spoken, status_text

_LONGEST_NAME = 90


def cite(marker: int, passage: Passage, on: date) -> Citation:
    """Return the citation of `passage`, with the standing of its document on the day `on`."""
    document = passage.document
    return Citation(
        marker=marker,
        document=_name(passage),
        title=document.title,
        locator=passage.section.locator,
        status=status_text(document, on),
        trust=passage.section.trust.caution,
        url=passage.url,
        passage=passage.id,
    )


def cite_document(marker: int, document: Document, on: date) -> Citation:
    """Return a citation of the document as a whole: its registered metadata."""
    caution = document.trust.caution if document.trust is not Trust.VERBATIM else None
    unverified = document.status is Status.UNVERIFIED
    return Citation(
        marker=marker,
        document=document.short_name,
        title=document.title,
        locator="",
        status=status_text(document, on),
        trust=None if unverified else caution,
        url=next(iter(document.urls), None),
        passage=f"{document.id}#",
    )


def _name(passage: Passage) -> str:
    """The document's short name, or for guidance who published the advice."""
    document = passage.document
    if document.number is None and passage.section.publisher:
        return passage.section.publisher
    name = document.short_name
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def standing_line(document: Document, on: date) -> str:
    """Everything registered about a document, in one paragraph."""
    parts = [
        document.title,
        f"Cơ quan ban hành: {document.issuer}" if document.issuer else None,
        f"Ngày ban hành: {spoken(document.issued)}" if document.issued else None,
        f"Hiệu lực: {status_text(document, on)}",
        document.status_note,
    ]
    return ". ".join(part.rstrip(".") for part in parts if part) + "."
