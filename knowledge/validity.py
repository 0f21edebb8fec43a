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
    if document.ended is not None and on >= document.ended:
        return Validity.EXPIRED
    if document.effective is not None and on < document.effective:
        return Validity.NOT_YET
    if document.status is Status.REPEALED and document.ended is None:
        return Validity.EXPIRED
    if document.status in {Status.CITED, Status.HISTORICAL}:
        return Validity.DIRECTIVE
    return Validity.UNKNOWN if document.status is Status.UNVERIFIED else Validity.CURRENT


def applied_on(document: DocumentHeader, day: date) -> bool:
    """Whether the document applied on `day`, past or present, as far as its dates are known."""
    begun = document.effective or (document.issued if isinstance(document.issued, date) else None)
    return begun is not None and begun <= day and (document.ended is None or day < document.ended)


def status_then(document: DocumentHeader, day: date) -> str:
    """Return the standing on a day in the past, in Vietnamese."""
    begun = document.effective or document.issued
    if isinstance(begun, date) and day < begun:
        return f"chưa có hiệu lực (có hiệu lực từ {spoken(begun)})" if document.effective else "chưa ban hành"
    if document.ended is not None and day >= document.ended:
        return _expired_text(document, day)
    if document.status in {Status.CITED, Status.HISTORICAL, Status.UNVERIFIED}:
        return status_text(document, day)
    if document.effective is None:
        return f"đã ban hành ({spoken(document.issued)}) và chưa bị thay; ngày bắt đầu có hiệu lực chưa đối chiếu được"
    return "còn hiệu lực"


def status_text(document: DocumentHeader, on: date) -> str:
    """Return the standing in Vietnamese, as shown beside a citation."""
    match validity(document, on):
        case Validity.EXPIRED:
            return _expired_text(document, on)
        case Validity.NOT_YET:
            return f"có hiệu lực từ {spoken(document.effective)}"
        case Validity.DIRECTIVE:
            cited = document.status is Status.CITED
            return "còn được viện dẫn" if cited else "văn bản chỉ đạo theo thời điểm"
        case Validity.UNKNOWN:
            return "chưa xác minh tình trạng hiệu lực"
        case Validity.CURRENT:
            return _current_text(document)


def _expired_text(document: DocumentHeader, on: date) -> str:
    whole = f"hết hiệu lực từ {spoken(document.expires)}" if document.expires else "hết hiệu lực"
    if document.fire_part_expires is None:
        return whole
    part = f"phần PCCC hết hiệu lực từ {spoken(document.fire_part_expires)}"
    return f"{part}, toàn bộ từ {spoken(document.expires)}" if document.expires and on >= document.expires else part


def _current_text(document: DocumentHeader) -> str:
    if document.number is None:
        return "tài liệu hướng dẫn"
    return "còn hiệu lực, đã được sửa đổi" if document.status is Status.AMENDED else "còn hiệu lực"


def spoken(day: date | str | None) -> str:
    """Return a day as Vietnamese read it ("01/07/2025"); text such as "1996" stays."""
    if day is None:
        return "chưa rõ ngày"
    return day if isinstance(day, str) else f"{day:%d/%m/%Y}"
