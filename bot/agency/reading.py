"""Reads what an agency sends: a form with a few fields and photos, within limits that hold before anything is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, web

from bot.feedback.photos import LARGEST

MOST_PHOTOS: Final = 3
LARGEST_FORM: Final = MOST_PHOTOS * LARGEST + 1024 * 1024
_LARGEST_FIELD: Final = 64 * 1024
_MOST_PARTS: Final = 24
_SECONDS: Final = 120.0
_CHUNK: Final = 64 * 1024
TOO_LARGE: Final = f"Ảnh lớn hơn {LARGEST // 1024 // 1024} MB nên chưa nhận được. Chọn ảnh nhỏ hơn."
TOO_MANY: Final = f"Chỉ nhận {MOST_PHOTOS} ảnh. Chọn lại không quá {MOST_PHOTOS} ảnh."


class UnreadableFormError(Exception):
    """What was sent is no form of ours, or more than may be sent. `status` is that of the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass
class Form:
    """A form as it was sent. `faults`: what is wrong with it, in Vietnamese, by field."""

    fields: Mapping[str, str] = field(default_factory=dict)
    photos: tuple[bytes, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, longest: int, *, lines: bool = False, required: str | None = None) -> str:
        """Return a field without blanks around it; `required` is what is told when it is empty.

        Characters that cannot be shown become blanks, line breaks too unless `lines`.
        """
        typed = self.fields.get(name, "").replace("\r\n", "\n").replace("\r", "\n")
        shown = "".join(one if one.isprintable() or (lines and one == "\n") else " " for one in typed).strip()
        if len(shown) > longest:
            self.faults[name] = f"Dài quá {longest} ký tự (đang có {len(shown)}). Viết ngắn lại giúp."
        elif required and not shown:
            self.faults[name] = required
        return shown

    def day(self, name: str, latest: date) -> date | None:
        """Return a day, None for an empty field; written as 2026-11-22 by a picker, or as 22/11/2026 by hand."""
        typed = self.fields.get(name, "").strip()
        if not typed:
            return None
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                found = datetime.strptime(typed, form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
            if date(2000, 1, 1) <= found <= latest:
                return found
            break
        self.faults[name] = "Ngày chưa đúng. Ghi như 22/11/2026, không muộn hơn hôm nay."
        return None


async def read_form(request: web.Request) -> Form:
    """Read a form within the limits of size, number and time. Raises `UnreadableFormError`."""
    if request.content_type != "multipart/form-data":
        raise UnreadableFormError(415)
    if request.content_length is not None and request.content_length > LARGEST_FORM:
        raise UnreadableFormError(413)
    try:
        async with asyncio.timeout(_SECONDS):
            return await _read(MultipartReader(request.headers, request.content))
    except TimeoutError:
        raise UnreadableFormError(408) from None
    except (ValueError, AssertionError, LookupError, web.HTTPException):  # whatever the parser says of a broken body
        raise UnreadableFormError(400) from None


async def _read(reader: MultipartReader) -> Form:
    fields: dict[str, str] = {}
    photos: list[bytes] = []
    faults: dict[str, str] = {}
    left = LARGEST_FORM
    for _ in range(_MOST_PARTS):
        part = await reader.next()
        if part is None:
            return Form(fields, tuple(photos), faults)
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise UnreadableFormError(400)
        is_photo = part.name == "photos"
        kept, size = await _content(part, min(left, LARGEST if is_photo else _LARGEST_FIELD), left)
        left -= size
        if is_photo:
            _keep_photo(kept, photos, faults)
        elif kept is None:
            raise UnreadableFormError(413)
        else:
            fields[part.name] = kept.decode("utf-8")
    raise UnreadableFormError(400)


def _keep_photo(kept: bytes | None, photos: list[bytes], faults: dict[str, str]) -> None:
    if kept is None:
        faults["photos"] = TOO_LARGE
    elif len(photos) >= MOST_PHOTOS and kept:
        faults["photos"] = TOO_MANY
    elif kept:  # a field in which no file was chosen is sent empty
        photos.append(kept)


async def _content(part: BodyPartReader, most: int, left: int) -> tuple[bytes | None, int]:
    """The bytes of a part, None for too many, and how many there were; what is too much is passed over."""
    kept: bytearray | None = bytearray()
    size = 0
    while chunk := await part.read_chunk(_CHUNK):
        size += len(chunk)
        if size > left:
            raise UnreadableFormError(413)
        if kept is not None:
            kept += chunk
            if len(kept) > most:
                kept = None
    return (None if kept is None else bytes(kept)), size
