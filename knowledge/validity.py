"""Whether a document applies on a given day, and how that is said to people."""

from __future__ import annotations

from datetime import date
from enum import Enum

from knowledge.documents import DocumentHeader, Status


class Validity(Enum):
    """Standing of a document on one day."""

    CURRENT = "current"
    NOT_YET = "not yet in force"
    EXPIRED = "expired"
    DIRECTIVE = "directive"  # political or administrative directive: referred to, not law
    UNKNOWN = "not established"


def validity(document: DocumentHeader, on: date) -> Validity:
    """Return the standing of `document` on the day `on`."""
    if document.expires is not None and on >= document.expires:
        return Validity.EXPIRED
    if document.effective is not None and on < document.effective:
        return Validity.NOT_YET
    if document.status is Status.REPEALED and document.expires is None:
        return Validity.EXPIRED
    if document.status in {Status.CITED, Status.HISTORICAL}:
        return Validity.DIRECTIVE
    return Validity.UNKNOWN if document.status is Status.UNVERIFIED else Validity.CURRENT


def status_text(document: DocumentHeader, on: date) -> str:
    """Return the standing in Vietnamese, as shown beside a citation."""
    match validity(document, on):
        case Validity.EXPIRED:
            return f"hết hiệu lực từ {spoken(document.expires)}" if document.expires else "hết hiệu lực"
        case Validity.NOT_YET:
            return f"có hiệu lực từ {spoken(document.effective)}"
        case Validity.DIRECTIVE:
            cited = document.status is Status.CITED
            return "còn được viện dẫn" if cited else "văn bản chỉ đạo theo thời điểm"
        case Validity.UNKNOWN:
            return "chưa xác minh tình trạng hiệu lực"
        case Validity.CURRENT:
            return _current_text(document)


def _current_text(document: DocumentHeader) -> str:
    if document.number is None:
        return "tài liệu hướng dẫn"
    return "còn hiệu lực, đã được sửa đổi" if document.status is Status.AMENDED else "còn hiệu lực"


def spoken(day: date | str | None) -> str:
    """Return a day as Vietnamese read it ("01/07/2025"); text such as "1996" stays."""
    if day is None:
        return "chưa rõ ngày"
    return day if isinstance(day, str) else f"{day:%d/%m/%Y}"
