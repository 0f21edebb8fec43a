"""What kind of file it is, judged by its first bytes and held against its name; and how large it may be."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from enum import Enum
from pathlib import Path
from typing import Final

from knowledge.ingestion.errors import UnusableFileError

LARGEST_FILE: Final = 30 * 1024 * 1024
"""Bytes."""
LARGEST_UNPACKED: Final = 200 * 1024 * 1024
"""Bytes of all parts of a Word file together."""
LARGEST_PART: Final = 40 * 1024 * 1024
"""Bytes of one XML part of a Word file."""
LARGEST_STREAM: Final = 150 * 1024 * 1024
"""Bytes of one inflated stream of a PDF."""
MOST_ENTRIES: Final = 5_000

_PIECE: Final = 1024 * 1024
_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|div|p|h[1-6]|article|main)\b", re.IGNORECASE)
_STREAM: Final = re.compile(rb"\bstream\r?\n")


class Kind(Enum):
    """A kind of file that can be read; the value is how people call it."""

    PDF = "PDF"
    DOCX = "Word (.docx)"
    HTML = "trang web (HTML)"
    TEXT = "văn bản thuần (.txt)"
    MARKDOWN = "Markdown (.md)"


_BY_SUFFIX: Final = {
    ".pdf": Kind.PDF, ".docx": Kind.DOCX, ".html": Kind.HTML, ".htm": Kind.HTML, ".txt": Kind.TEXT, ".md": Kind.MARKDOWN
}  # fmt: skip
_FOREIGN: Final = {
    b"\x89PNG": "ảnh PNG",
    b"\xff\xd8\xff": "ảnh JPEG",
    b"II*\x00": "ảnh TIFF",
    b"MM\x00*": "ảnh TIFF",
    b"GIF8": "ảnh GIF",
    b"{\\rtf": "tệp RTF",
    b"MZ": "chương trình",
    b"Rar!": "tệp nén RAR",
    b"7z\xbc\xaf": "tệp nén 7z",
    b"\x1f\x8b": "tệp nén GZ",
    b"\x7fELF": "chương trình",
}


def read_bytes(path: Path) -> bytes:
    """Return the file's bytes. Raises `UnusableFileError` when it is missing, empty or too large."""
    try:
        if not path.is_file():
            raise UnusableFileError(path, "Không có tệp này.", "Hãy kiểm tra lại đường dẫn.")
        if path.stat().st_size > LARGEST_FILE:
            raise UnusableFileError(path, "Tệp lớn hơn 30 MB.", "Hãy tách tệp hoặc lưu lại không kèm ảnh.")
        data = path.read_bytes()
    except OSError as error:
        raise UnusableFileError(
            path, "Không đọc được tệp này.", f"Hãy xem quyền đọc của tệp ({error.strerror})."
        ) from None
    if not data.strip():
        raise UnusableFileError(path, "Tệp rỗng.", "Hãy tải lại hoặc xin bản khác.")
    return data


def kind_of(path: Path, data: bytes) -> Kind:
    """Return the kind of a file. Raises `UnusableFileError` for an unknown kind or a name that does not fit."""
    named = _BY_SUFFIX.get(path.suffix.lower())
    if named is None:
        advice = "Hãy mở bằng Word, lưu thành .docx." if path.suffix.lower() in {".doc", ".rtf", ".odt"} else ""
        reason = f"Không nhận loại tệp {path.suffix or 'không có đuôi'}."
        raise UnusableFileError(path, reason, advice or "Chỉ nhận .pdf, .docx, .html, .txt và .md.")
    _refuse_foreign(path, data)
    found = _kind_inside(data)
    texts = {Kind.TEXT, Kind.MARKDOWN}
    if found is named or (found is None and named in texts):
        return named
    inside = found.value if found else "không phải loại đó"
    remedy = "Hãy đổi lại đuôi tệp cho đúng, hoặc xin bản khác."
    raise UnusableFileError(path, f"Đuôi tệp là {path.suffix} nhưng bên trong là {inside}.", remedy)


def _kind_inside(data: bytes) -> Kind | None:
    if b"%PDF-" in data[:1024]:
        return Kind.PDF
    if data.startswith(b"PK\x03\x04"):
        return Kind.DOCX
    head = data[:4096].replace(b"\x00", b"")
    return Kind.HTML if _HTML.search(head) else None


def _refuse_foreign(path: Path, data: bytes) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnusableFileError(path, "Tệp Word có mật khẩu.", "Hãy bỏ mật khẩu rồi lưu lại.")
        raise UnusableFileError(path, "Đây là tệp Word đời cũ (.doc).", "Hãy mở bằng Word, lưu thành .docx.")
    for magic, name in _FOREIGN.items():
        if data.startswith(magic):
            reason = f"Đuôi tệp là {path.suffix} nhưng bên trong là {name}."
            raise UnusableFileError(path, reason, "Hãy xin bản có chữ (PDF, Word hoặc trang web).")


def check_word_package(path: Path, data: bytes) -> None:
    """Look into a Word file before it is unpacked. Raises `UnusableFileError` for a zip bomb or another archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise broken(path) from None
    parts = [entry for entry in entries if entry.filename.endswith((".xml", ".rels"))]
    if (
        len(entries) > MOST_ENTRIES
        or sum(entry.file_size for entry in entries) > LARGEST_UNPACKED
        or any(entry.file_size > LARGEST_PART for entry in parts)
    ):
        raise UnusableFileError(
            path, "Tệp Word bung ra lớn bất thường.", "Không nhập; hãy xin lại tệp từ nguồn tin cậy."
        )
    names = {entry.filename for entry in entries}
    if "word/document.xml" not in names:
        reason = "Đuôi tệp là .docx nhưng bên trong không phải văn bản Word."
        raise UnusableFileError(path, reason, "Hãy mở tệp để xem là gì, rồi lưu thành .docx hoặc PDF.")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnusableFileError(path, "Tệp Word có mật khẩu.", "Hãy bỏ mật khẩu rồi lưu lại.")


def check_pdf_streams(path: Path, data: bytes) -> None:
    """Refuse a PDF with a stream that inflates beyond all measure. Raises `UnusableFileError`."""
    for match in _STREAM.finditer(data):
        if _inflated(data, match.end()) > LARGEST_STREAM:
            raise UnusableFileError(
                path, "Tệp PDF bung ra lớn bất thường.", "Không nhập; hãy xin lại tệp từ nguồn tin cậy."
            )


def _inflated(data: bytes, start: int) -> int:
    """Return the inflated size of what begins at `start`, counted up to the limit; 0 when it is not deflated."""
    inflating = zlib.decompressobj()
    view = memoryview(data)
    total, rest = 0, view[start : start + _PIECE]
    position = start + len(rest)
    try:
        while rest and not inflating.eof and total <= LARGEST_STREAM:
            total += len(inflating.decompress(rest, _PIECE))
            rest = memoryview(inflating.unconsumed_tail)
            if not rest:
                rest = view[position : position + _PIECE]
                position += len(rest)
    except zlib.error:
        return total
    return total


def broken(path: Path) -> UnusableFileError:
    """Return the refusal of a file that cannot be parsed."""
    return UnusableFileError(path, "Tệp hỏng hoặc không đúng định dạng.", "Hãy tải lại hoặc xin bản khác.")
