"""Proposes what a report is about, from its words and from what kind of message it seems to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.conversation.flows.set_words import CATEGORIES
from bot.feedback.kinds import Category, ReportKind, categories_of

MOST: Final = 3
_KIND_COUNTS: Final = (2.5, 1.0)
"""What the likeliest and the next kind add to each of their categories, in words of `report_words.yml`."""


def proposed(text: str, kinds: Sequence[ReportKind] = ()) -> tuple[Category, ...]:
    """Return the categories a report most likely has, the likeliest first; none where nothing tells.

    `kinds`: what kinds it may be, the likeliest first. Where fewer than `MOST` are likely, the first ones of the
    likeliest kind are added, so that there is something to choose from.

    >>> [one.value for one in proposed("hẻm nhà tôi xe hơi đậu kín, xe chữa cháy không vô được")][:1]
    ['hazard.blocked-lane']
    >>> proposed("xin chào")
    ()
    """
    counts = CATEGORIES.counted(text)
    added = dict(zip(kinds, _KIND_COUNTS, strict=False))
    shares = {one: counts.get(one.value, 0) + added.get(one.kind, 0.0) for one in Category if one.value in counts}
    likeliest = sorted(shares, key=lambda one: -shares[one])
    if not likeliest:
        return ()
    beside = [one for one in categories_of(likeliest[0].kind) if one not in likeliest]
    return tuple((likeliest + beside)[:MOST])
