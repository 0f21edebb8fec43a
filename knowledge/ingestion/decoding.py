"""Text of unknown encoding: UTF-8, UTF-16 and Windows-1258 are read, older ones are named and refused."""

from __future__ import annotations

import codecs
import re
import unicodedata
from pathlib import Path
from typing import Final

from knowledge.ingestion.errors import NeedsConversionError, UnusableFileError
from knowledge.ingestion.legacy import encoding_of, likeness, oddness

_UNICODE_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TAG: Final = re.compile(r"<[^>]*>")
_MOST_CONTROLS: Final = 0.005  # share of characters; more is no text
_LIKE_VIETNAMESE: Final = 0.05
_CONVERT: Final = "Hãy chuyển sang Unicode (UniKey, Ctrl+Shift+F6) rồi lưu lại bằng UTF-8."


def decoded(path: Path, data: bytes) -> str:
    """Return the text of a file in NFC.

    Raises `NeedsConversionError` for TCVN3, VNI and the like, `UnusableFileError` when it is no text at all.
    """
    text = _unicode(data)
    if text is None:
        text = _utf16_without_mark(data) if b"\x00" in data else _eight_bits(path, data)
    if text is None or "\x00" in text or _controls(text) > _MOST_CONTROLS * len(text):
        raise UnusableFileError(path, "Tệp không phải văn bản.", "Hãy xin bản có chữ (PDF, Word hoặc trang web).")
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")


def _controls(text: str) -> int:
    return sum(1 for char in text if unicodedata.category(char) in {"Cc", "Cn", "Cs"} and char not in "\t\n\r\f")


def _unicode(data: bytes) -> str | None:
    try:
        for mark, encoding in _UNICODE_MARKS:
            if data.startswith(mark):
                return data.decode(encoding)
        return data.decode("utf-8") if b"\x00" not in data else None
    except UnicodeDecodeError:
        return None


def _utf16_without_mark(data: bytes) -> str | None:
    """Return UTF-16 text whose byte order is told by where the zero bytes of blanks and ASCII letters stand."""
    little = data[1::2].count(0) >= data[0::2].count(0)
    try:
        return data.decode("utf-16-le" if little else "utf-16-be")
    except UnicodeDecodeError:
        return None


def _eight_bits(path: Path, data: bytes) -> str:
    latin = _TAG.sub(" ", data.decode("latin-1"))
    windows = unicodedata.normalize("NFC", data.decode("cp1258", errors="replace"))
    plain = likeness(_TAG.sub(" ", windows))
    old = encoding_of(latin)
    if plain >= _LIKE_VIETNAMESE and oddness(_TAG.sub(" ", windows)) < _LIKE_VIETNAMESE and "\ufffd" not in windows:
        return windows
    if old is not None:
        raise NeedsConversionError(path, f"Chữ viết bằng {old.value}.", _CONVERT)
    raise NeedsConversionError(path, "Không phải văn bản UTF-8, UTF-16 hay Windows-1258.", _CONVERT)
