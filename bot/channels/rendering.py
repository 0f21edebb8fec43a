"""What renderings have in common: text that is cut where a sentence ends, sources, calls, numbered choices."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from bot.conversation.messages import Button, Kind, Reply

_ENDS: Final = (re.compile(r"\n\n+"), re.compile(r"\n"), re.compile(r"(?<=[.!?…:;])\s+"), re.compile(r"\s+"))
_LEAST: Final = 0.4
"""Of the limit: a piece is cut at a weaker end rather than be shorter than this."""
_HALF_A_CHARACTER: Final = re.compile(r"[\ud800-\udfff]")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})  # controls, format characters such as U+200B, blanks
_CALL: Final = "tel:"
_AT_A_GLANCE: Final = 200  # characters in which an emergency has to name whom to call


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units: a sign beyond the basic plane, such as 🔥, counts twice.

    Channels that do not say what they count are taken to count these, which are never fewer than characters.
    """
    return len(text.encode("utf-16-le", "replace")) // 2


def sendable(text: str) -> str:
    """Return the text without NUL and with U+FFFD for halves of surrogate pairs, neither of which a server takes."""
    return _HALF_A_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text.replace("\0", ""))


def is_blank(text: str) -> bool:
    """Whether nothing of the text is seen: channels refuse such a message as empty.

    >>> is_blank(" \\n\\u200b\\ufeff"), is_blank("👨\\u200d👩")
    (True, False)
    """
    return all(unicodedata.category(sign) in _UNSEEN for sign in text)


def pieces(text: str, limit: int) -> list[str]:
    """Return `text` as messages of at most `limit` UTF-16 units, cut like `split`; none of what is not seen.

    Pieces of many emoji become shorter than they had to be.
    """
    return [piece for piece in _fitting(sendable(text), limit, limit) if not is_blank(piece)]


def _fitting(text: str, length: int, limit: int) -> list[str]:
    """Pieces of at most `length` characters, and of fewer where these are more than `limit` units."""
    cut = split(text, length)
    return [
        short for piece in cut for short in ([piece] if units(piece) <= limit else _fitting(piece, length // 2, limit))
    ]


def split(text: str, limit: int) -> list[str]:
    """Return `text` in pieces of at most `limit` characters, cut where a paragraph, line, sentence or word ends.

    A word is cut in itself only where none ends in the later part of the piece. Nothing but white space at the cuts is
    left out.

    >>> split("Đóng cửa. Gọi 114 ngay. Đừng quay lại.", 26)
    ['Đóng cửa. Gọi 114 ngay.', 'Đừng quay lại.']
    """
    found: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        end, begin = _cut(rest, limit)
        found.append(rest[:end])
        rest = rest[begin:].lstrip()
    return [*found, rest] if rest else found


def _cut(text: str, limit: int) -> tuple[int, int]:
    """Where the first piece ends, and where the next begins."""
    for end in _ENDS:
        cuts = [match.span() for match in end.finditer(text, 0, limit + 1) if 0 < match.start() <= limit]
        if cuts and cuts[-1][0] >= _LEAST * limit:
            return cuts[-1]
    return limit, limit


def sources(reply: Reply) -> str:
    """Return the lines that name the reply's sources; empty when it has none."""
    return "\n".join(["Nguồn:", *(citation.line for citation in reply.citations)]) if reply.citations else ""


def with_sources(reply: Reply) -> str:
    """Return the reply's text, then its sources."""
    return "\n\n".join(part for part in (reply.text, sources(reply)) if part)


def numbered(choices: Sequence[Button]) -> tuple[str, tuple[str, ...]]:
    """Return choices as numbered lines with how to choose, and their payloads in the same order.

    >>> numbered([Button(label="Có", payload="yes"), Button(label="Không", payload="no")])
    ('1. Có\\n2. Không\\n(Gõ số để chọn.)', ('yes', 'no'))
    """
    listed = [one for one in choices if one.payload is not None]
    if not listed:
        return "", ()
    lines = [f"{number}. {one.label}" for number, one in enumerate(listed, 1)]
    return "\n".join([*lines, "(Gõ số để chọn.)"]), tuple(one.payload or "" for one in listed)


def calls(reply: Reply) -> tuple[str, str]:
    """Return the numbers to call that the text does not name, as lines to stand before the text and after it.

    In an emergency they stand before it, unless it names them at its very beginning.

    >>> call = Button(label="Gọi 114", url="tel:114")
    >>> calls(Reply(kind=Kind.EMERGENCY, text="Chạy ra ngay.", buttons=(call,)))
    ('Gọi 114', '')
    """
    urgent = reply.kind is Kind.EMERGENCY
    read = (reply.text[:_AT_A_GLANCE] if urgent else reply.text).casefold()
    lines = [call_line(one) for one in reply.buttons if is_call(one)]
    missing = "\n".join(line for line in lines if line.casefold() not in read)
    return (missing, "") if urgent else ("", missing)


def is_call(button: Button) -> bool:
    """Whether a button calls a number."""
    return button.url is not None and button.url.startswith(_CALL)


def call_line(button: Button) -> str:
    """Return a button that calls as a line: its label, and the number unless the label names it.

    >>> call_line(Button(label="Gọi 114", url="tel:114")), call_line(Button(label="Cứu hộ", url="tel:115"))
    ('Gọi 114', 'Cứu hộ: 115')
    """
    number = (button.url or "").removeprefix(_CALL)
    return button.label if number in button.label else ": ".join(part for part in (button.label, number) if part)
