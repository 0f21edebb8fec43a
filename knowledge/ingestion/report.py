"""What the clerk reads after a file was taken: metadata found, metadata to fill in, warnings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from knowledge.ingestion.ingesting import Drafted

_MOST_SHOWN: Final = 12
_NAMES: Final = {
    "number": "số hiệu",
    "type": "loại văn bản (bắt buộc)",
    "title": "trích yếu (bắt buộc)",
    "issuer": "cơ quan ban hành",
    "issued": "ngày ban hành",
    "effective": "ngày có hiệu lực",
    "signer": "người ký",
}


def summary(drafted: Drafted) -> str:
    """Return the summary in Vietnamese, one fact to a line."""
    return "\n".join(_lines(drafted))


def _lines(drafted: Drafted) -> Iterator[str]:
    kind = f"Bản nháp cập nhật {drafted.updates.id}" if drafted.updates is not None else "Bản nháp mới"
    yield f"{kind}: {drafted.path}"
    for key, name in _NAMES.items():
        value = getattr(drafted.found, key)
        if value is not None:
            shown = f"{value:%d/%m/%Y}" if isinstance(value, date) else value
            yield f"  {name.removesuffix(' (bắt buộc)')}: {shown}"
    yield from _relations(drafted)
    missing = [name for key, name in _NAMES.items() if getattr(drafted.found, key) is None]
    if missing and drafted.updates is None:
        yield f"  cần điền: {'; '.join(missing)}"
    rows = sum(len(part.paragraphs) for part in drafted.parts)
    yield f"  {len(drafted.parts)} mục, {rows} đoạn; trạng thái unverified cho đến khi duyệt"
    for warning in drafted.warnings:
        yield f"  CẢNH BÁO: {warning}"
    if drafted.dropped:
        yield f"  đã bỏ {len(drafted.dropped)} đoạn ngoài văn bản (menu, số trang, tin khác):"
        yield from (f"    · {text[:100]}" for text in drafted.dropped[:_MOST_SHOWN])
        if len(drafted.dropped) > _MOST_SHOWN:
            yield f"    · … và {len(drafted.dropped) - _MOST_SHOWN} đoạn nữa"
    yield f"  Người khác duyệt: python -m knowledge accept {drafted.path.stem} --by TÊN"


def _relations(drafted: Drafted) -> Iterator[str]:
    if drafted.place:
        yield f"  nơi ban hành: {drafted.place}"
    if drafted.found.replaces:
        yield f"  thay thế: {', '.join(drafted.found.replaces)} (ghi thêm replaced_by ở các tệp đó)"
    if drafted.found.implements:
        yield f"  thực hiện: {', '.join(drafted.found.implements)}"
    if drafted.relations.amends:
        yield f"  sửa đổi, bãi bỏ một phần: {', '.join(drafted.relations.amends)} (ghi thêm amended_by ở các tệp đó)"
    if drafted.relations.unknown:
        yield f"  chưa có trong kho: {'; '.join(drafted.relations.unknown)}"
