"""Replies as Telegram's messages: HTML with the plain text beside it, inline buttons, a picture with its caption."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import quote, urlsplit

from bot.channels.contract import Part, Rendered
from bot.channels.rendering import calls, is_blank, is_call, numbered, pieces, sendable, sources, units
from bot.conversation.messages import Button, Kind, Reply

LONGEST_TEXT: Final = 4096
"""UTF-16 units of a message without its markup. Bot API, sendMessage: "1-4096 characters after entities parsing"."""
LONGEST_CAPTION: Final = 1024
LONGEST_PAYLOAD: Final = 64
"""Bytes of callback_data."""
MOST_ROWS: Final = 8
LONGEST_LABEL: Final = 36
"""Characters that a phone shows of a button as wide as the chat; what is longer also stands in the text."""
_CHOOSE: Final = "Mời bạn chọn:"
_HOST: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True)
class _Choosing:
    """What becomes of a reply's buttons: rows of the keyboard, lines of the text, and what typed numbers mean."""

    rows: tuple[Mapping[str, str], ...]
    lines: tuple[str, ...]
    options: tuple[str, ...]


def render(reply: Reply) -> Rendered:
    """Return the reply within Telegram's limits.

    The picture goes first, except in an emergency, where nothing stands before the text. Buttons are under the last
    text.
    """
    choosing = _choosing(reply.buttons)
    words = sendable(reply.image.alt) if reply.image else ""
    caption = words if units(words) <= LONGEST_CAPTION and not is_blank(words) else ""
    texts = pieces(_whole_text(reply, choosing, "" if caption else words), LONGEST_TEXT)
    if not texts and choosing.rows:
        texts = [_CHOOSE]
    parts = [_message(text, _links(reply)) for text in texts]
    if choosing.rows:
        keyboard = {"inline_keyboard": [[dict(row)] for row in choosing.rows]}
        parts[-1] = Part({**parts[-1].body, "reply_markup": keyboard})
    if reply.image:
        photo = Part({"method": "sendPhoto", "picture": reply.image.name, "caption": caption})
        parts.insert(len(parts) if reply.kind is Kind.EMERGENCY else 0, photo)
    return Rendered(tuple(parts), choosing.options)


def _whole_text(reply: Reply, choosing: _Choosing, words: str) -> str:
    """All that is read, without markup; `words` are those of a picture that are too long for a caption."""
    first, last = calls(reply)
    parts = [first, reply.text, words, sources(reply), last, *choosing.lines]
    return "\n\n".join(part for part in parts if not is_blank(part))


def _message(plain: str, links: Mapping[str, str]) -> Part:
    lines = [
        f'<a href="{escape(links[line])}">{escape(line, quote=False)}</a>'
        if line in links
        else escape(line, quote=False)
        for line in plain.split("\n")
    ]
    return Part({"method": "sendMessage", "html": "\n".join(lines), "plain": plain})


def _links(reply: Reply) -> dict[str, str]:
    """Where the lines of the sources lead to."""
    links = {one.line: web_address(one.url) for one in reply.citations if one.url}
    return {line: url for line, url in links.items() if url}


def web_address(url: str) -> str | None:
    """Return an address that Telegram takes for a link or button, with odd characters escaped; None for another.

    Only http and https: tel: is answered with 400 "Unsupported URL protocol".
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and _HOST.fullmatch(parts.hostname or "") and (parts.port or 1) > 0
    except ValueError:
        return None
    if not usable or len(url) > 2000 or any(sign <= " " or "\ud800" <= sign <= "\udfff" for sign in url):
        return None
    return quote(url, safe="%/:?#[]@!$&'()*+,;=~")


def _choosing(buttons: Sequence[Button]) -> _Choosing:
    choices = [button for button in buttons if button.payload is not None]
    others = [button for button in buttons if button.payload is None and not is_call(button)]
    fit = len(choices) <= MOST_ROWS and all(_fits(one.payload or "") for one in choices)
    short = all(len(one.label) <= LONGEST_LABEL for one in choices)
    listed, options = ("", ()) if fit and short else numbered(choices)
    rows: list[Mapping[str, str]] = []
    if fit:
        rows = [
            {"text": _label(one.label if short else f"{number}. {one.label}"), "callback_data": one.payload or ""}
            for number, one in enumerate(choices, 1)
        ]
    lines: list[str] = []
    for button in others:
        url = button.url or ""
        address = web_address(url)
        if address and len(rows) < MOST_ROWS and len(button.label) <= LONGEST_LABEL:
            rows.append({"text": _label(button.label), "url": address})
        else:
            lines.append(": ".join(one for one in (button.label, url) if one))
    return _Choosing(tuple(rows), ("\n".join(lines), listed), options)


def _fits(payload: str) -> bool:
    return 1 <= len(payload.encode("utf-8", "replace")) <= LONGEST_PAYLOAD and sendable(payload) == payload


def _label(label: str) -> str:
    """What stands on a button: never nothing, and no longer than is shown."""
    label = sendable(" ".join(label.split()))
    if is_blank(label):
        return "Chọn"
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…"
