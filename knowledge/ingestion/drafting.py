"""Writes a draft as a document file of the knowledge base (docs/knowledge-format.md)."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import yaml

from knowledge.ingestion.parts import Part

_INFINITE: Final = 10_000_000
_AUTHOR: Final = "# Người nhập: "
_BASE: Final = "# Cập nhật từ bản đăng ký có mã băm: "
_PARAGRAPH_OPENING: Final = re.compile(r"^(?=#{1,6}\s)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What was found about a document; None and () are what was not."""

    id: str
    number: str | None = None
    type: str | None = None
    title: str | None = None
    issuer: str | None = None
    places: tuple[str, ...] = ()
    issued: date | None = None
    effective: date | None = None
    replaces: tuple[str, ...] = ()
    implements: tuple[str, ...] = ()
    signer: str | None = None
    checked_on: date
    notes: tuple[str, ...] = ()


def draft_text(found: Metadata, parts: Sequence[Part], comments: Sequence[str]) -> str:
    """Return the whole draft."""
    return "\n".join(["---", *comments, *_front_matter(found), "---", body_text(parts)])


def opening_comments(author: str, on: date, base: str | None = None) -> tuple[str, ...]:
    """Return the comment lines that a draft opens with. `base`: hash of the registered file that it updates."""
    who = f"{_AUTHOR}{' '.join(author.split())}, ngày {on:%d/%m/%Y}"
    return (who,) if base is None else (who, f"{_BASE}{base}")


def author_of(text: str) -> str | None:
    """Return who made a draft, from its first comment line; None when the line is gone."""
    found = re.search(rf"^{re.escape(_AUTHOR)}(.+?), ngày [\d/]+$", text, re.MULTILINE)
    return found.group(1) if found else None


def base_of(text: str) -> str | None:
    """Return the hash of the registered file that the draft updates, or None for a new document."""
    found = re.search(rf"^{re.escape(_BASE)}([0-9a-f]+)$", text, re.MULTILINE)
    return found.group(1) if found else None


def _front_matter(found: Metadata) -> Iterator[str]:
    values: dict[str, object] = {
        "id": found.id,
        "number": found.number,
        "type": found.type,
        "title": found.title,
        "names": [],
        "issuer": found.issuer,
        "places": list(found.places),
        "issued": found.issued,
        "effective": found.effective,
        "expires": None,
        "status": "unverified",
        "status_note": None,
        "replaces": list(found.replaces),
        "replaced_by": [],
        "amended_by": [],
        "implements": list(found.implements),
        "signer": found.signer,
        "urls": [],
        "checked_on": found.checked_on,
        "trust": "verbatim",
    }
    for key, value in values.items():
        yield f"{key}: {yaml_value(value)}"
    yield from note_lines(found.notes)


def yaml_value(value: object) -> str:
    """Return a value as YAML on one line."""
    dumped = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=_INFINITE)
    return str(dumped).removesuffix("...\n").strip()


def note_lines(notes: Sequence[str]) -> list[str]:
    """Return the key `note` with each note on a line of its own."""
    return ["note: >-", *(f"  {' '.join(note.split())}" for note in notes)] if notes else ["note: null"]


def with_note(text: str, note: str | None, added: Sequence[str]) -> str:
    """Return a document file with lines added to its note; a note of several lines keeps them as they are."""
    rows = text.split("\n")
    start = next((number for number, row in enumerate(rows) if re.match(r"note: [>|]-?$", row)), None)
    if start is None:
        return with_value(text, "note", note_lines([*([note] if note else []), *added]))
    end = next(number for number in range(start + 1, len(rows)) if not rows[number].startswith(" "))
    return "\n".join([*rows[:end], *note_lines(added)[1:], *rows[end:]])


def body_text(parts: Sequence[Part]) -> str:
    """Return the sections as Markdown."""
    return "\n".join(section_text(part) for part in parts)


def section_text(part: Part) -> str:
    """Return one section as Markdown, with a line break at its end."""
    rows = [heading_text(part), *(f"\n{paragraph_text(one)}" for one in part.paragraphs)]
    return "\n".join(rows) + "\n"


def heading_text(part: Part) -> str:
    """Return the heading with its anchor and the line of attributes. Braces would end the heading: they are rounded."""
    title = part.heading.replace("{", "(").replace("}", ")").replace("\n", " ")
    return f"{'#' * part.level} {title} {{#{part.anchor}}}\n{{locator: {json.dumps(part.locator, ensure_ascii=False)}}}"


def paragraph_text(text: str) -> str:
    """Return a paragraph so that none of its lines is taken for a heading."""
    return _PARAGRAPH_OPENING.sub(r"\\", text)


def with_value(text: str, key: str, lines: Sequence[str]) -> str:
    """Return a document file with the lines of one metadata key replaced, or added at the end of the metadata."""
    rows = text.split("\n")
    end = next(number for number, row in enumerate(rows[1:], 1) if row.strip() == "---")
    start = next((number for number in range(1, end) if rows[number].startswith(f"{key}:")), end)
    after = next((n for n in range(start + 1, end) if rows[n][:1].strip() and not rows[n].startswith("#")), end)
    return "\n".join([*rows[:start], *lines, *rows[max(after, start) if start < end else end :]])


def write_whole(path: Path, text: str) -> None:
    """Write the file at once, so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
