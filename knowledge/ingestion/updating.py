"""A new wording of a registered document: its metadata, headings and anchors stay, the changed text comes in.

The sections of a registered document were often made by hand, and cards cite their anchors. So the new text is laid
over the old one paragraph by paragraph, and the difference that a reviewer reads is that of the wording alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Final

from knowledge.documents import Document
from knowledge.ingestion.drafting import (
    Metadata,
    body_text,
    heading_text,
    opening_comments,
    paragraph_text,
    with_note,
    with_value,
    yaml_value,
)
from knowledge.ingestion.parts import Part
from knowledge.trust import Trust

_HEADING: Final = re.compile(r"^#{2,4}\s+(.*?)\s*\{#[a-z0-9-]+\}\s*$")
_ALIKE: Final = 0.5


@dataclass(frozen=True)
class _Item:
    """A heading (with its attributes) or a paragraph: `raw` as in the file, `key` what is compared."""

    raw: str
    key: str
    is_heading: bool
    frame: bool = False


def hash_of(text: str) -> str:
    """Return what tells whether a registered file has changed since a draft was made from it."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def updated_text(document: Document, text: str, found: Metadata, parts: Sequence[Part], author: str) -> str:
    """Return the registered file `text` of `document` with the new wording, as a draft.

    What people registered stays where the new file says something else or nothing; the difference of metadata is
    reported by `differences`. A document registered in other words than its own is replaced by its full text.
    """
    opening, registered = _split(text)
    body = _merged(registered, parts) if document.trust is Trust.VERBATIM else body_text(parts)
    draft = f"{opening}{body}"
    for key, value in _filled(document, found):
        draft = with_value(draft, key, [f"{key}: {value}"])
    draft = with_note(draft, document.note, found.notes)
    comments = opening_comments(author, found.checked_on, hash_of(text))
    return draft.replace("---\n", "---\n" + "".join(f"{one}\n" for one in comments), 1)


def differences(document: Document, found: Metadata) -> Iterator[str]:
    """Yield what the new file says otherwise than the registered metadata, which stand."""
    pairs = {
        "Số hiệu": (document.number, found.number),
        "Loại văn bản": (document.type, found.type),
        "Trích yếu": (document.title, found.title),
        "Ngày ban hành": (document.issued, found.issued),
        "Ngày hiệu lực": (document.effective, found.effective),
        "Người ký": (document.signer, found.signer),
    }
    for name, (old, new) in pairs.items():
        if old is not None and new is not None and old != new:
            yield f"{name} trong tệp là “{_shown(new)}”, bản đăng ký ghi “{_shown(old)}” (giữ bản đăng ký)."


def _shown(value: object) -> str:
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)


def _filled(document: Document, found: Metadata) -> Iterator[tuple[str, str]]:
    yield "status", "unverified"
    yield "checked_on", found.checked_on.isoformat()
    if document.trust is not Trust.VERBATIM:
        yield "trust", "verbatim"
    for key in ("number", "issuer", "issued", "effective", "signer"):
        if getattr(document, key) is None and getattr(found, key) is not None:
            yield key, yaml_value(getattr(found, key))


def has_same_body(left: str, right: str) -> bool:
    """Whether two document files have the same sections."""
    return _key(_split(left)[1]) == _key(_split(right)[1])


def _split(text: str) -> tuple[str, str]:
    """Return the metadata with both fences, and the body."""
    rows = text.split("\n")
    end = next(number for number, row in enumerate(rows[1:], 1) if row.strip() == "---")
    return "\n".join(rows[: end + 1]) + "\n", "\n".join(rows[end + 1 :])


def _merged(body: str, parts: Sequence[Part]) -> str:
    old, new = list(_old_items(body)), list(_new_items(parts))
    matcher = SequenceMatcher(None, [item.key for item in old], [item.key for item in new], autojunk=False)
    kept: list[_Item] = []
    for what, first, last, start, end in matcher.get_opcodes():
        if what == "equal":
            kept += old[first:last]
        else:
            kept += _laid_over(old[first:last], [item for item in new[start:end] if not item.frame])
    return "\n".join(f"{item.raw}\n" for item in kept)


def _laid_over(old: Sequence[_Item], new: Sequence[_Item]) -> Iterator[_Item]:
    """Yield the new items, each in the place of the old one it resembles; old headings stay."""
    rest = list(new)
    for item in old:
        if item.is_heading:
            yield item
            continue
        at = next((n for n, one in enumerate(rest) if not one.is_heading and _alike(item.key, one.key)), None)
        if at is not None:
            yield from rest[: at + 1]
            rest = rest[at + 1 :]
    yield from rest


def _alike(left: str, right: str) -> bool:
    matcher = SequenceMatcher(None, left.split(), right.split(), autojunk=False)
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _old_items(body: str) -> Iterator[_Item]:
    for block in re.split(r"\n\s*\n", body.strip()):
        rows = block.split("\n")
        heading = _HEADING.match(rows[0])
        if heading is None:
            yield _Item(block, _key(block), False)
            continue
        count = 2 if len(rows) > 1 and rows[1].startswith("{") else 1
        yield _Item("\n".join(rows[:count]), _key(heading.group(1)), True)
        if rows[count:]:
            yield _Item("\n".join(rows[count:]), _key("\n".join(rows[count:])), False)


def _new_items(parts: Sequence[Part]) -> Iterator[_Item]:
    for part in parts:
        yield _Item(heading_text(part), _key(part.heading), True, frame=part.frame)
        for text in part.paragraphs:
            yield _Item(paragraph_text(text), _key(text), False)


def _key(text: str) -> str:
    return " ".join(text.split())
