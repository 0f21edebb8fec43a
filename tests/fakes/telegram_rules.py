"""What Telegram's Bot API refuses, in its own words: texts, HTML, keyboards."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from html import unescape
from typing import Any, Final
from urllib.parse import urlsplit

LONGEST_TEXT: Final = 4096
LONGEST_CAPTION: Final = 1024
LONGEST_PAYLOAD: Final = 64
LARGEST_PHOTO: Final = 10 * 1024 * 1024
_TAGS: Final = frozenset(
    "a b strong i em u ins s strike del span tg-spoiler tg-emoji code pre blockquote".split()  # noqa: SIM905
)
_TAG: Final = re.compile(r"<(/?)([A-Za-z0-9-]*)([^<>]*)>")
_PICTURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


class RefusalError(Exception):
    """An answer with "ok": false."""

    def __init__(self, code: int, description: str, parameters: Mapping[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(description: str) -> RefusalError:
    """The refusal of a request that is wrong in itself."""
    return RefusalError(400, f"Bad Request: {description}")


def units(text: str) -> int:
    """UTF-16 units, the strictest way of counting what the Bot API calls characters."""
    return len(text.encode("utf-16-le")) // 2


def read_text(text: str, parse_mode: str | None, longest: int, *, what: str = "message") -> str:
    """Return a text as a person reads it. Raises `RefusalError` for one that is empty, too long or wrong HTML."""
    if parse_mode not in {None, "HTML"}:
        raise bad("unsupported parse_mode")
    plain = _without_markup(text) if parse_mode else text
    if what == "message" and _nothing_is_seen(plain):
        raise bad("message text is empty")
    if units(plain) > longest:
        raise bad(f"{what} is too long")
    return plain


def _nothing_is_seen(text: str) -> bool:
    """Telegram takes a text of format characters, such as U+200B, for an empty one."""
    return not "".join(sign for sign in text if unicodedata.category(sign) not in {"Cf", "Cc"}).strip()


def _without_markup(html: str) -> str:
    """Text without tags. Raises `RefusalError` as Telegram's parser does."""
    if "<" not in html:
        return unescape(html)
    plain: list[str] = []
    opened: list[str] = []
    at = 0
    while (begin := html.find("<", at)) >= 0:
        plain.append(html[at:begin])
        tag = _TAG.match(html, begin)
        offset = len(html[:begin].encode())
        if tag is None:
            raise bad(f"can't parse entities: Unclosed start tag at byte offset {offset}")
        _note(opened, bool(tag[1]), tag[2].lower(), offset)
        at = tag.end()
    if opened:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1]}\"")
    return unescape("".join([*plain, html[at:]]))


def _note(opened: list[str], closing: bool, name: str, offset: int) -> None:
    if not closing:
        if name not in _TAGS:
            raise bad(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {offset}')
        opened.append(name)
    elif not opened:
        raise bad(f"can't parse entities: Unexpected end tag at byte offset {offset}")
    elif (expected := opened.pop()) != name:
        raise bad(
            f"can't parse entities: Unmatched end tag at byte offset {offset}, "
            f'expected "</{expected}>", found "</{name}>"'
        )


def check_keyboard(markup: object) -> list[dict[str, str]]:
    """Return the buttons of an inline keyboard. Raises `RefusalError` for one that Telegram would not take."""
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) and len(markup) == 1 else None
    if not isinstance(rows, list):
        raise bad("object expected as reply markup")
    buttons: list[dict[str, str]] = []
    for row in rows:
        if not isinstance(row, list) or not row:
            raise bad("can't parse inline keyboard: expected an array of buttons")
        buttons += [_checked_button(one) for one in row]
    if len(buttons) > 100:
        raise bad("reply markup is too long")
    return buttons


def _checked_button(button: object) -> dict[str, str]:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or _nothing_is_seen(button["text"]):
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
    if len(button) != 2:
        raise bad("Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        if not 1 <= len(str(button["callback_data"]).encode()) <= LONGEST_PAYLOAD:
            raise bad("BUTTON_DATA_INVALID")
    elif "url" in button:
        _check_address(str(button["url"]))
    else:
        raise bad("Text buttons are unallowed in the inline keyboard")
    return button


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https", "tg"}:
        raise bad(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if parts.scheme != "tg" and "." not in (parts.hostname or ""):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def check_photo(content: bytes) -> None:
    """Raise `RefusalError` for what is no picture that Telegram takes."""
    if not content.startswith(_PICTURES):
        raise bad("IMAGE_PROCESS_FAILED")
    if len(content) > LARGEST_PHOTO:
        raise RefusalError(413, "Request Entity Too Large")
