"""Replies as messages of the Zalo Bot: plain text of at most 2,000 characters, pictures by a public address.

There are no buttons: choices are numbered in the text, addresses are written out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from bot.channels.contract import Part, Rendered
from bot.channels.rendering import calls, is_blank, is_call, numbered, pieces, with_sources
from bot.conversation.messages import Button, Image, Kind, Reply

LONGEST_TEXT: Final = 2_000
"""Of a message and of a picture's caption. Whether characters or UTF-16 units are counted is not documented, so units
are counted here, which are never fewer."""


def rendered(reply: Reply, picture_url: Callable[[str], str | None]) -> Rendered:
    """Return the reply as parts; `picture_url` gives the public address of a picture by its name, None if it has none.

    The picture comes before the text that it explains, in an emergency after it.
    """
    choices, options = numbered(reply.buttons)
    url = picture_url(reply.image.name) if reply.image else None
    in_words = reply.image is not None and url is None and not is_blank(reply.image.alt)
    told = f"(Hình: {reply.image.alt})" if reply.image and in_words else ""
    first, last = calls(reply)
    blocks = (first, with_sources(reply), told, last, _links(reply.buttons), choices)
    whole = "\n\n".join(block for block in blocks if not is_blank(block))
    texts = [_message(piece) for piece in pieces(whole, LONGEST_TEXT)]
    pictures = _pictures(reply.image, url) if reply.image and url else []
    parts = [*texts, *pictures] if reply.kind is Kind.EMERGENCY else [*pictures, *texts]
    return Rendered(tuple(parts), options)


def _message(text: str) -> Part:
    return Part({"method": "sendMessage", "text": text})


def _pictures(image: Image, url: str) -> list[Part]:
    """The picture with what it shows as its caption; what does not fit follows as text."""
    caption, *more = pieces(image.alt, LONGEST_TEXT) or [""]
    picture = {"method": "sendPhoto", "photo": url, **({"caption": caption} if caption else {})}
    return [Part(picture), *map(_message, more)]


def _links(buttons: Sequence[Button]) -> str:
    """One line for each button that opens a page: its label, and the address."""
    return "\n".join(f"{one.label}: {one.url}" for one in buttons if one.url is not None and not is_call(one))
