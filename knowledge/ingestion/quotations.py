"""Quotations of several paragraphs: an amending law quotes whole articles, which are not its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from knowledge.ingestion.blocks import Block, Paragraph

_OPENING_QUOTE: Final = ("“", '"', "‘")
_CLOSING_QUOTE: Final = re.compile(r"[”\"’][.;,:]?\s*(?:[.;]\s*)?$")


def quoted(body: Sequence[Block]) -> set[int]:
    """Return the numbers of paragraphs inside a quotation of several, as in "Điều 5 được sửa đổi như sau: “…”"."""
    inside: set[int] = set()
    number = 0
    while number < len(body):
        block = body[number]
        if isinstance(block, Paragraph) and block.text.startswith(_OPENING_QUOTE):
            end = _quotation_end(body, number)
            if end is not None:
                inside.update(range(number, end + 1))
                number = end
        number += 1
    return inside


def _quotation_end(body: Sequence[Block], start: int) -> int | None:
    for number in range(start, min(start + 400, len(body))):
        block = body[number]
        if isinstance(block, Paragraph):
            if number > start and block.text.startswith(_OPENING_QUOTE):
                return number - 1 if _CLOSING_QUOTE.search(_text_at(body, number - 1)) else None
            if _CLOSING_QUOTE.search(block.text):
                return number
    return None


def _text_at(body: Sequence[Block], number: int) -> str:
    block = body[number]
    return block.text if isinstance(block, Paragraph) else ""
