"""From a file to a draft, in the order in which it happens: read, refuse, understand, compare, write."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from knowledge.documents import Document
from knowledge.ingestion.blocks import Paragraph, Reading
from knowledge.ingestion.clauses import Effect, Relations, effect_of, relations_of
from knowledge.ingestion.drafting import Metadata, draft_text, opening_comments, write_whole
from knowledge.ingestion.duplicates import Registered, Resemblance, find_registered, lost_anchors
from knowledge.ingestion.errors import AlreadyRegisteredError, DraftStandsError, NeedsConversionError, UnusableFileError
from knowledge.ingestion.gaps import numbering_faults
from knowledge.ingestion.header import Head, read_head
from knowledge.ingestion.joining import is_terminal
from knowledge.ingestion.kinds import Kind, kind_of, read_bytes
from knowledge.ingestion.legacy import old_encoding
from knowledge.ingestion.numbers import document_id
from knowledge.ingestion.parts import Part, walk_paragraphs
from knowledge.ingestion.reading_docx import read_docx
from knowledge.ingestion.reading_html import read_html
from knowledge.ingestion.reading_pdf import read_pdf
from knowledge.ingestion.reading_text import read_text
from knowledge.ingestion.signature import find_signature
from knowledge.ingestion.structure import split
from knowledge.ingestion.updating import differences, has_same_body, updated_text
from knowledge.trust import Trust

_FEWEST_LETTERS: Final = 80
_LONGEST_TITLE: Final = 200
_MOST_LISTED: Final = 20


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """A written draft with what the clerk and the reviewer have to know."""

    path: Path
    found: Metadata
    place: str | None
    parts: tuple[Part, ...]
    warnings: tuple[str, ...]
    dropped: tuple[str, ...]
    relations: Relations
    updates: Document | None
    difference: str


@dataclass(frozen=True, kw_only=True)
class _Understood:
    """What was made out of a file before it is compared with what is registered."""

    reading: Reading
    head: Head
    parts: tuple[Part, ...]
    found: Metadata
    effect: Effect
    relations: Relations


class Ingestion:
    """Makes drafts in `drafts` from files, against the registered `documents` of the folder `registered`.

    `today` goes into the drafts; `author` is who ingests.
    """

    def __init__(
        self, documents: Mapping[str, Document], registered: Path, drafts: Path, *, author: str, today: date
    ) -> None:
        self._documents = documents
        self._registered = registered
        self._drafts = drafts
        self._author = author
        self._today = today

    def draft(self, path: Path, *, update: bool = False, replace: bool = False) -> Drafted:
        """Write the draft of one file. Raises a `RefusalError` and writes nothing when it is not taken."""
        understood = self._understand(path, self._read(path))
        texts = [text for part in understood.parts for text in (part.heading, *part.paragraphs)]
        known, alike = find_registered(understood.found, texts, self._documents)
        if known is not None:
            return self._update(path, understood, known, update=update, replace=replace)
        found = self._with_free_id(understood.found)
        comments = opening_comments(self._author, self._today)
        text = draft_text(found, understood.parts, comments)
        warnings = [*self._warnings(understood), *_resemblances(alike)]
        return self._write(path, dataclasses.replace(understood, found=found), text, warnings, replace=replace)

    def _read(self, path: Path) -> Reading:
        data = read_bytes(path)
        kind = kind_of(path, data)
        if kind is Kind.PDF:
            reading = read_pdf(path, data)
        elif kind is Kind.DOCX:
            reading = read_docx(path, data)
        elif kind is Kind.HTML:
            reading = read_html(path, data)
        else:
            reading = read_text(path, data, markdown=kind is Kind.MARKDOWN)
        old = old_encoding(reading.texts, reading.fonts)
        if old is not None:
            encoding, sample = old
            reason = f"Chữ viết bằng {encoding.value}, ví dụ “{sample}”."
            raise NeedsConversionError(path, reason, "Hãy chuyển sang Unicode (UniKey, Ctrl+Shift+F6) rồi nhập lại.")
        if sum(sum(map(str.isalpha, text)) for text in reading.texts) < _FEWEST_LETTERS:
            raise UnusableFileError(path, "Tệp hầu như không có chữ.", "Hãy kiểm tra lại tệp hoặc xin bản khác.")
        return reading

    def _understand(self, path: Path, reading: Reading) -> _Understood:
        head = read_head(reading.blocks)
        title = head.title or _title(reading)
        parts = split(reading.blocks, head.end, title)
        passages = list(walk_paragraphs(parts))
        effect = effect_of(passages, head.issued)
        relations = relations_of(passages, title, head.number, self._documents)
        place = next((one.split(" ", 1)[1] for one in head.places), None)
        place = place.removeprefix("phố ").removeprefix("xã ").removeprefix("trấn ") if place else None
        found = Metadata(
            id=document_id(head.number, head.type, title, head.issued, place),
            number=head.number,
            type=head.type,
            title=title,
            issuer=head.issuer,
            places=head.places,
            issued=head.issued,
            effective=effect.day,
            replaces=relations.replaces,
            implements=relations.implements,
            signer=_signer(parts),
            checked_on=self._today,
            notes=tuple(_notes(path, head, relations, self._today)),
        )
        return _Understood(reading=reading, head=head, parts=parts, found=found, effect=effect, relations=relations)

    def _update(
        self, path: Path, understood: _Understood, known: Registered, *, update: bool, replace: bool
    ) -> Drafted:
        document = known.document
        registered = self._registered / f"{document.id}.md"
        text = registered.read_text(encoding="utf-8")
        draft = updated_text(document, text, understood.found, understood.parts, self._author)
        why = f"cùng số hiệu {document.number}" if known.by_number else "nội dung gần như trùng"
        share = f", {known.share:.0%} lời văn đã có" if known.share is not None else ""
        if not update:
            reason = f"Văn bản đã đăng ký: {document.id} ({document.short_name}; {why}{share})."
            remedy = "Nếu là bản mới của văn bản đó, xem khác biệt ở trên rồi nhập lại với --update."
            raise AlreadyRegisteredError(
                path, reason, remedy, _difference(registered, text, self._target(document.id), draft)
            )
        warnings = [*self._warnings(understood), *differences(document, understood.found)]
        if has_same_body(text, draft):
            warnings.append("Lời văn không khác bản đăng ký: có lẽ không cần cập nhật.")
        if document.trust is not Trust.VERBATIM:
            warnings.append("Bản đăng ký viết bằng lời tóm lược; bản nháp thay bằng toàn văn.")
            if lost := lost_anchors(document, (part.anchor for part in understood.parts)):
                warnings.append(f"Bản nháp không còn các mục mà thẻ trả lời có thể dẫn: {_listed(lost)}.")
        return self._write(path, understood, draft, warnings, replace=replace, updates=document)

    def _write(
        self,
        path: Path,
        understood: _Understood,
        text: str,
        warnings: list[str],
        *,
        replace: bool,
        updates: Document | None = None,
    ) -> Drafted:
        name = updates.id if updates is not None else understood.found.id
        target = self._target(name)
        if target.exists() and not replace:
            raise DraftStandsError(
                path, f"Đã có bản nháp {name}.", "Hãy duyệt bản nháp đó, hoặc ghi đè bằng --replace."
            )
        registered = self._registered / f"{name}.md"
        before = registered.read_text(encoding="utf-8") if updates is not None else ""
        write_whole(target, text)
        return Drafted(
            path=target,
            found=understood.found,
            place=understood.head.place,
            parts=understood.parts,
            warnings=tuple(dict.fromkeys(warnings)),
            dropped=understood.reading.dropped,
            relations=understood.relations,
            updates=updates,
            difference=_difference(registered if updates is not None else None, before, target, text),
        )

    def _target(self, name: str) -> Path:
        return self._drafts / f"{name}.md"

    def _with_free_id(self, found: Metadata) -> Metadata:
        number = 2
        name = found.id
        while name in self._documents:
            name, number = f"{found.id}-{number}", number + 1
        return dataclasses.replace(found, id=name)

    def _warnings(self, understood: _Understood) -> Iterator[str]:
        yield from understood.reading.warnings
        yield from understood.head.warnings
        yield from numbering_faults(understood.parts)
        if understood.effect.unread and understood.effect.day is None:
            yield f"Điều khoản hiệu lực chưa đọc được ngày: “{understood.effect.unread}”."
        elif understood.effect.unread:
            yield f"Hiệu lực có ngoại lệ: “{understood.effect.unread}”."
        if any("\ufffd" in text for text in understood.reading.texts):
            yield "Có ký hiệu bị mất, trong bản nháp là �: so với bản gốc và gõ lại."


def _listed(names: tuple[str, ...]) -> str:
    more = f" … và {len(names) - _MOST_LISTED} mục nữa" if len(names) > _MOST_LISTED else ""
    return ", ".join(names[:_MOST_LISTED]) + more


def _title(reading: Reading) -> str | None:
    """Return the heading of a text without the form of an official document: its page's, or its short first line."""
    if reading.title:
        return reading.title
    texts = [block for block in reading.blocks[:2] if isinstance(block, Paragraph)]
    if len(texts) == 2 and (texts[0].heading or (len(texts[0].text) <= _LONGEST_TITLE < len(texts[1].text))):
        return None if is_terminal(texts[0].text) else texts[0].text
    return None


def _signer(parts: tuple[Part, ...]) -> str | None:
    for part in parts:
        if part.anchor in {"noi-nhan", "nguoi-ky"}:
            lines = [line for text in part.paragraphs if not text.startswith("Nơi nhận") for line in text.split("\n")]
            found = find_signature(lines)
            return found.signer if found else None
    return None


def _notes(path: Path, head: Head, relations: Relations, on: date) -> Iterator[str]:
    yield f"Nhập từ tệp {path.name} ngày {on:%d/%m/%Y}; chia mục tự động."
    if head.place:
        yield f"Nơi ban hành: {head.place}."
    if relations.amends:
        yield f"Sửa đổi hoặc bãi bỏ một phần: {', '.join(relations.amends)}."
    if relations.unknown:
        yield f"Nhắc đến văn bản chưa có trong kho: {'; '.join(relations.unknown)}."


def _resemblances(alike: tuple[Resemblance, ...]) -> Iterator[str]:
    for one in alike:
        yield f"Lời văn giống {one.share:.0%} với {one.document.id} ({one.document.short_name}) nhưng số hiệu khác."


def _difference(registered: Path | None, before: str, target: Path, after: str) -> str:
    old = f"knowledge/documents/{registered.name}" if registered is not None else "/dev/null"
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), old, f"drafts/documents/{target.name}"
    )
    return "".join(lines)
