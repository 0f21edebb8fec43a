"""Reads what was typed into a report's form, and checks what can be checked without the report's store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from aiohttp.web import FileField

from bot.console.forms import Fields
from bot.console.reply_templates import ReplyTemplates
from bot.console.report_forms import LONGEST_TEXT, MOST_PHOTOS, Form, Part
from bot.feedback.forwarding import LONGEST_NOTE
from bot.feedback.lifecycle import Hat
from bot.feedback.photos import LARGEST, TOO_LARGE, Cleaning, NoPhotoError
from bot.feedback.rejections import RejectReason
from bot.store.dispatches import Way
from bot.store.photos import Photos

_LONGEST_NUMBER: Final = 60
_LARGEST_ID: Final = 32_767  # of an agency or a member of the staff
_MOST_VERSIONS: Final = 999_999_999
_LONGEST_CODE: Final = 40
_LONGEST_PLACE: Final = 500


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What a form carried. What it does not ask for is empty.

    `version` and `seen`: the report's version and its last happening when the page was opened; `instead_of`: who had
    claimed it then. `wording` and `where_words` are the report's words as the officer wants them, `hidden` photos.
    """

    version: int
    seen: int
    text: str = ""
    agency: int | None = None
    way: Way | None = None
    number: str = ""
    day: date | None = None
    reason: RejectReason | None = None
    officer: int | None = None
    target: str = ""
    wording: str = ""
    where_words: str = ""
    hidden: Sequence[str] = ()
    instead_of: int | None = None

    @property
    def document(self) -> str:
        """The agency's letter in words: "Văn bản số 12/UBND ngày 20/11/2026"; "" without a number."""
        if not self.number:
            return ""
        return f"Văn bản số {self.number}" + (f" ngày {self.day:%d/%m/%Y}" if self.day else "")


def read(form: Form, fields: Fields, templates: ReplyTemplates, today: date) -> Typed:
    """Return what was typed; what is wrong with it stands in the fields' faults."""
    reason = fields.choice("reason", RejectReason) if form.asks_for(Part.REASON) else None
    wording = form.asks_for(Part.WORDING)
    agency = form.asks_for(Part.AGENCY)
    return Typed(
        version=fields.whole("version", 0, _MOST_VERSIONS) or 0,
        seen=fields.whole("seen", 0, _MOST_VERSIONS) or 0,
        text=_text(form, fields, templates),
        agency=fields.whole("agency", 1, _LARGEST_ID) if agency else None,
        way=fields.choice("way", Way) if agency else None,
        number=fields.text("number", longest=_LONGEST_NUMBER, required=False) if form.asks_for(Part.DOCUMENT) else "",
        day=_day(fields, today) if form.asks_for(Part.DOCUMENT) else None,
        reason=reason,
        officer=fields.whole("officer", 1, _LARGEST_ID) if form.asks_for(Part.OFFICER) else None,
        target=fields.text("target", longest=_LONGEST_CODE) if form.asks_for(Part.TARGET) else "",
        wording=fields.text("wording", longest=LONGEST_TEXT, lines=True) if wording else "",
        where_words=fields.text("where_words", longest=_LONGEST_PLACE, required=False, lines=True) if wording else "",
        hidden=fields.listed("hidden") if wording else (),
        instead_of=fields.whole("instead_of", 1, _LARGEST_ID, required=False),
    )


async def stage(fields: Fields, staged: Sequence[UUID], photos: Photos, clean: Cleaning) -> list[UUID]:
    """Keep the photos that were chosen, whatever else is wrong, and return them with those that were kept before.

    A file that is no photo is a fault; the others are kept all the same.
    """
    kept = list(staged)
    for file in fields.files("photos"):
        if len(kept) >= MOST_PHOTOS:
            fields.faults["photos"] = f"Nhiều nhất {MOST_PHOTOS} ảnh; ảnh “{file.filename[:60]}” chưa được nhận."
            break
        try:
            kept.append(await photos.stage(None, await clean(_content(file)), Hat.MTTQ))
        except NoPhotoError as error:
            fields.faults["photos"] = f"“{file.filename[:60]}”: {error.reason}"
    return kept


def staged_before(fields: Fields) -> list[UUID]:
    """Return the photos that an earlier sending of the form has kept, but for those that were dropped."""
    found = []
    for typed in fields.listed("staged")[:MOST_PHOTOS]:
        try:
            found.append(UUID(typed))
        except ValueError:
            fields.faults["photos"] = "Ảnh đã chọn không dùng được nữa. Chọn lại ảnh giúp."
    return found


def _content(file: FileField) -> bytes:
    content = file.file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise NoPhotoError(TOO_LARGE)
    return bytes(content)


def _text(form: Form, fields: Fields, templates: ReplyTemplates) -> str:
    if form.label is None:
        return ""
    longest = LONGEST_NOTE if form.name in {"forward", "tell_agency"} else LONGEST_TEXT
    text = fields.text("text", longest=longest, required=form.required, lines=True)
    if left := templates.gaps(text):
        fields.faults["text"] = f"Còn chỗ chưa điền: {', '.join(left)}"
    return text


def _day(fields: Fields, today: date) -> date | None:
    day = fields.day("day", required=False)
    if day and day > today:
        fields.faults["day"] = "Ngày văn bản không thể sau hôm nay."
    elif day and not fields.as_typed().get("number", "").strip():
        fields.faults["number"] = "Có ngày thì cần cả số văn bản."
    return day
