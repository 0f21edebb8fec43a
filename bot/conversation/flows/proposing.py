"""Proposes what a report is about, from its words and from what kind of message it seems to be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.conversation.flows.set_words import CATEGORIES, DECISIVE
from bot.feedback.kinds import Category, ReportKind, categories_of

MOST: Final = 3
NUMBERED_STREET: Final = re.compile(
    r"\b(?:số nhà|so nha|nhà số|nha so|khu phố|khu pho|ngõ|ngo|hẻm|hem|ngách|ngach|kiệt|kiet"
    r"|đường số|duong so|đường|duong|phố|pho|số|so|tổ|to|ấp|ap|thôn|thon)\s*\d[\w/.-]*",
    re.IGNORECASE,
)
"""A part of an address that a number makes one: "ngõ 5", "hẻm 12/3", "tổ 7"."""
_KIND_COUNTS: Final = (2.5, 1.0)
"""What the likeliest and the next kind add to each of their categories, in words of `report_words.yml`."""
_DECISIVE: Final = 2
"""What a decisive word counts more than another."""


def proposed(text: str, kinds: Sequence[ReportKind] = ()) -> tuple[Category, ...]:
    """Return the categories a report most likely has, the likeliest first; none where nothing tells.

    `kinds`: what kinds it may be, the likeliest first. Where fewer than `MOST` are likely, the first ones of the
    likeliest kind are added, so that there is something to choose from. Of two that are as likely, the one that stands
    first in `report_words.yml` comes first.

    >>> [one.value for one in proposed("hẻm nhà tôi xe hơi đậu kín, xe chữa cháy không vô được")][:1]
    ['hazard.blocked-lane']
    >>> proposed("xin chào")
    ()
    """
    decisive = DECISIVE.counted(text)
    counts = {name: count + _DECISIVE * decisive.get(name, 0) for name, count in CATEGORIES.counted(text).items()}
    added = dict(zip(kinds, _KIND_COUNTS, strict=False))
    shares = {one: count + added.get(one.kind, 0.0) for one, count in _by_category(counts)}
    likeliest = sorted(shares, key=lambda one: -shares[one])
    if not likeliest:
        return ()
    beside = [one for one in categories_of(likeliest[0].kind) if one not in likeliest]
    return tuple((likeliest + beside)[:MOST])


def reported_in(text: str) -> int:
    """Return how many words a text has of what is reported: a thing, a place, an office, praise, a demand.

    >>> reported_in("hẻm nhà tôi bị khóa"), reported_in("chiều nay trường cháu diễn tập vui ghê")
    (3, 0)
    """
    return sum(count for category, count in _by_category(CATEGORIES.counted(text)) if category is not Category.QUESTION)


def without_streets(text: str) -> str:
    """Return a text without the numbers of houses and streets that it names: these tell where, not what.

    >>> without_streets("ở 12 ngõ 5, ngõ bị chặn")
    'ở 12 , ngõ bị chặn'
    """
    return NUMBERED_STREET.sub("", text)


def _by_category(counts: Mapping[str, int]) -> Iterator[tuple[Category, int]]:
    return ((Category(name), count) for name, count in counts.items())


def meant(answer: str, offered: Sequence[Category]) -> Category | None:
    """Return the category that an answer in words tells, of those offered before any other; None where several fit.

    >>> meant("đúng rồi cháu, ngõ bị chặn đấy", (Category.LOCKED_EXIT, Category.BLOCKED_LANE))
    <Category.BLOCKED_LANE: 'hazard.blocked-lane'>
    >>> meant("đúng rồi", (Category.LOCKED_EXIT, Category.BLOCKED_LANE))
    """
    counts = dict(_by_category(CATEGORIES.counted(answer)))
    counts = {one: count for one, count in counts.items() if one in offered} or counts
    best = [one for one, count in counts.items() if count == max(counts.values())]
    return best[0] if len(best) == 1 else None
