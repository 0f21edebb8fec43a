"""Replies as messages of a Zalo OA: text of 2,000 characters, five buttons, pictures by upload.

Zalo has no quick replies: only buttons under a text. Choices that do not fit are numbered in the text. A part with
buttons has room for the lines that take their place if Zalo refuses them (whether it takes short numbers such as 114,
or any buttons on v2, is not confirmed).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Final

from bot.channels.contract import Part, Rendered
from bot.channels.rendering import numbered, split, with_sources
from bot.channels.zalo_oa.buttons import in_lines, kind_of, with_buttons
from bot.channels.zalo_oa.capabilities import Capability
from bot.channels.zalo_oa.parsing import PREFIX, PRESSED
from bot.conversation.messages import Button, Kind, Reply

LONGEST_TEXT: Final = 2_000
MOST_BUTTONS: Final = 5
LONGEST_TITLE: Final = 100
LONGEST_PAYLOAD: Final = 1_000
_LONGEST_URL: Final = 1_000
_LONGEST_LINES: Final = 700
"""Buttons whose lines would be longer are no buttons."""
BETWEEN: Final = 4
"""Characters between text and lines: two paragraphs, if a kind that is known to be refused stands by itself."""
_CHOOSE: Final = "Bạn chọn:"
_TEL: Final = re.compile(r"tel:\+?([0-9]{3,15})")
_WEB: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALF_A_CHARACTER: Final = re.compile(r"[\ud800-\udfff]")


def render(reply: Reply, barred: Callable[[Capability], bool] = lambda _kind: False) -> Rendered:
    """Return the reply as parts: the text, then its picture. `barred`: which kinds of buttons this OA is refused.

    The text always comes first, so that nobody who has a fire waits for an upload. A button that calls is under the
    first part of an emergency reply; all others are under the last part of the text.
    """
    buttons, lines, options = _buttons(reply.buttons, barred)
    text = clean("\n\n".join(part for part in (with_sources(reply), *lines) if part.strip()))
    if buttons and not text:
        text = _CHOOSE
    pieces = _pieces(text, units(in_lines(buttons)) + BETWEEN if buttons else 0)
    parts = [Part({"message": {"text": piece}}) for piece in pieces]
    if buttons:
        first = [one for one in buttons if one["type"] == "oa.open.phone" and reply.kind is Kind.EMERGENCY]
        last = [one for one in buttons if one not in first]
        if len(parts) == 1:
            first, last = [], buttons
        for part, under in ((0, first), (-1, last)):
            if under:
                parts[part] = Part({"message": with_buttons(parts[part].body["message"], under)})
    if reply.image:
        parts += _picture(reply.image.name, clean(reply.image.alt))
    return Rendered(tuple(parts), options)


def _pieces(text: str, room: int) -> list[str]:
    """Return the text in pieces, of which the first and the last leave room for lines."""
    limit = limit_for(text)
    pieces = split(text, limit)
    if room and max(map(units, (pieces[0], pieces[-1]))) + room > LONGEST_TEXT:
        return split(text, limit - room)
    return pieces


def clean(text: str) -> str:
    """Return the text as Zalo counts and takes it: in NFC, without control characters or halves of characters."""
    whole = _HALF_A_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", whole)).strip()


def limit_for(text: str) -> int:
    """How many characters of this text are surely within the limit, even if Zalo counts an emoji as two."""
    return max(LONGEST_TEXT // 2, LONGEST_TEXT - (units(text) - len(text)))


def units(text: str) -> int:
    """How long Zalo may count the text to be: an emoji as two."""
    return len(text) + sum(character > "\uffff" for character in text)


def _buttons(
    given: Sequence[Button], barred: Callable[[Capability], bool]
) -> tuple[list[dict[str, Any]], list[str], tuple[str, ...]]:
    """Return Zalo's buttons, the lines for what cannot be a button, and the payloads of numbered choices."""

    def possible_one(one: Button) -> dict[str, Any] | None:
        button = _link(one) if one.payload is None else _press(one)
        return None if button is None or barred(kind_of(button)) else button

    links = [(one, possible_one(one)) for one in given if one.payload is None]
    choices = [one for one in given if one.payload is not None]
    together = [button for one in given if (button := possible_one(one))]
    if all(map(possible_one, choices)) and len(together) <= MOST_BUTTONS and _fit(together):
        return together, [_in_words(one) for one, button in links if not button], ()
    possible = [one for one, button in links if button]
    kept = [button for _, button in links if button][:MOST_BUTTONS]
    if not _fit(kept):
        kept, possible, links = [], [], [(one, None) for one, _ in links]
    in_words = [one for one, button in links if not button] + possible[MOST_BUTTONS:]
    listed, options = numbered([Button(label=" ".join(one.label.split()), payload=one.payload) for one in choices])
    return kept, [*map(_in_words, in_words), listed], options


def _fit(buttons: Sequence[dict[str, Any]]) -> bool:
    return units(in_lines(buttons)) <= _LONGEST_LINES


def _press(one: Button) -> dict[str, Any] | None:
    """A button that sends its payload without showing it in the chat; None when it cannot be one."""
    payload, title = f"{PREFIX}{one.payload}", _title(one)
    if one.payload is None or title is None or not PRESSED.fullmatch(payload):
        return None
    return {"title": title, "type": "oa.query.hide", "payload": payload}


def _link(one: Button) -> dict[str, Any] | None:
    """A button that calls or opens a page; None when it cannot be one."""
    title, url = _title(one), (one.url or "").strip()
    if one.payload is not None or title is None or len(url) > _LONGEST_URL:
        return None
    if phone := _TEL.fullmatch(url):
        return {"title": title, "type": "oa.open.phone", "payload": {"phone_code": phone[1]}}
    if _WEB.fullmatch(url):
        return {"title": title, "type": "oa.open.url", "payload": {"url": url}}
    return None


def _title(one: Button) -> str | None:
    title = clean(" ".join(one.label.split())) or "…"
    return title if units(title) <= LONGEST_TITLE else None


def _in_words(one: Button) -> str:
    label, where = " ".join(one.label.split()), (one.url or "").strip().removeprefix("tel:")
    return label if where and where in label else ": ".join(part for part in (label, where) if part)


def _picture(name: str, alt: str) -> list[Part]:
    """The picture with its words; the words alone are sent if the picture cannot be uploaded."""
    caption, *more = split(alt, limit_for(alt)) or [""]
    upload = {"kind": "image", "name": name}
    message = {"text": caption} if caption else {}
    return [Part({"message": message, "upload": upload}), *(Part({"message": {"text": piece}}) for piece in more)]
