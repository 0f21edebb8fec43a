"""Whether two reports tell of the same thing: by place, category, time and how alike their words are.

The score says only what an officer or a resident should look at; whether it is the same, a person decides.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.feedback.kinds import Category
from bot.feedback.reports import Where
from knowledge.vietnamese import clean, syllables, unigrams_and_bigrams

SPAN: Final = timedelta(days=30)
"""Reports that lie further apart in time are no duplicates: a thing may come back."""
NEAR: Final = 150.0
"""Metres between two pins that may stand for one place: a big building, or a phone's error."""
LEAST: Final = 0.5
"""Score from which a report is worth showing."""
_EARTH: Final = 6_371_000.0  # metres, mean radius
_PAIR: Final = 2.0  # weight of two neighbouring syllables, against 1 of a single one: Vietnamese words have two
_LITTLE_WORDS: Final = (
    "a anh bi chi cho co con da dang day de den di do duoc em gi hay het khi khong kia la lai lam len luc ma minh"
    " moi mot nay nen ngay nhieu nhung no o oi ra rang rat roi sau tai thi toi trong tu va vao vay ve voi vi"
)
_LITTLE: Final = frozenset(_LITTLE_WORDS.split())
_SLIGHT: Final = 0.25  # weight of a syllable that says little
_METRES_FAR: Final = 1_000  # between pins of one commune: one of them was set carelessly, or it is another place
_READ: Final = 2_000  # characters of a text that are compared


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A report, or a draft of one (`report_id` 0, `code` ""), as it is compared. `text` is masked already."""

    report_id: int
    code: str
    category: Category
    where: Where
    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """A report that may be the same. `score`: 0 to 1; `why`: in Vietnamese, for officers and residents alike."""

    report_id: int
    code: str
    score: float
    why: str
    text: str
    where: Where


def similar(one: Candidate, others: Iterable[Candidate], most: int = 5, least: float = LEAST) -> list[Likeness]:
    """Return what of `others` may tell of the same thing as `one`, the likeliest first, at most `most`."""
    compared = (likeness(one, other) for other in others if other.report_id != one.report_id)
    found = [each for each in compared if each is not None and each.score >= least]
    return sorted(found, key=lambda each: (-each.score, each.report_id))[:most]


def likeness(one: Candidate, other: Candidate) -> Likeness | None:
    """Return how alike they are, seen from `one`; None for reports too far apart in place, time or kind.

    Half of the score is the words, a third the place, the rest the category: the same words in the same commune reach
    it without a pin, and a pin 20 m away with the same category reaches it with few words in common.
    """
    place = _place(one.where, other.where)
    apart = abs(one.at - other.at)
    if place is None or apart > SPAN or one.category.kind is not other.category.kind:
        return None
    words = alike(one.text, other.text)
    same_category = one.category is other.category
    score = 0.5 * words + 0.33 * place[0] + 0.17 * same_category
    parts = [place[1], "cùng loại" if same_category else "", _how_long(apart), f"nội dung giống {round(100 * words)} %"]
    return Likeness(
        report_id=other.report_id,
        code=other.code,
        score=score,
        why=", ".join(filter(None, parts)),
        text=other.text,
        where=other.where,
    )


def alike(one: str, other: str) -> float:
    """Return how much two texts have in common, 0 to 1: weighted Dice measure of their syllables and pairs of them.

    Diacritics, case and the order of sentences do not matter; little words count little. Symmetric; 1 for two texts
    of the same words in the same order, 0 where one of them has none.

    >>> alike("Cửa thoát nạn bị khóa", "cua thoat nan bi KHOA")
    1.0
    """
    left, right = _grams(one), _grams(other)
    total = math.fsum(left.values()) + math.fsum(right.values())
    if not left or not right:
        return 0.0
    common = math.fsum(min(weight, right[gram]) for gram, weight in left.items() if gram in right)
    return min(1.0, 2 * common / total)


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two pins (latitude and longitude in degrees) on the sphere, in metres.

    >>> round(metres_between((21.0285, 105.8542), (21.0285, 105.8552)))
    104
    """
    (lat_one, lon_one), (lat_other, lon_other) = (tuple(map(math.radians, pin)) for pin in (one, other))
    half = math.sin((lat_other - lat_one) / 2) ** 2
    half += math.cos(lat_one) * math.cos(lat_other) * math.sin((lon_other - lon_one) / 2) ** 2
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(half)))


def _place(one: Where, other: Where) -> tuple[float, str] | None:
    """Return how likely it is one place, 0 to 1, and why; None when it is not."""
    same_commune = one.commune_code is not None and one.commune_code == other.commune_code
    commune = "cùng phường/xã" if same_commune else ""
    if one.pin and other.pin:
        metres = metres_between(one.pin, other.pin)
        if metres <= NEAR:
            return 1 - 0.4 * metres / NEAR, ", ".join(filter(None, (commune, _how_far(metres))))
        return (0.3, f"{commune}, {_how_far(metres)}") if same_commune and metres <= _METRES_FAR else None
    if not same_commune:
        return None
    words = alike(one.words or "", other.words or "")
    return 0.4 + 0.6 * words, f"{commune}, chỗ tả giống {round(100 * words)} %" if words >= LEAST else commune


def _how_far(metres: float) -> str:
    return "cách chưa tới 10 m" if metres < 10 else f"cách {round(metres, -1):.0f} m"


def _how_long(apart: timedelta) -> str:
    return f"gửi cách nhau {apart.days} ngày" if apart.days else "gửi cách nhau chưa tới 1 ngày"


def _grams(text: str) -> dict[str, float]:
    """Return the weight of each syllable and of each pair of neighbours, times how often it occurs."""
    grams = Counter(unigrams_and_bigrams(syllables(clean(text[:_READ]))))
    return {gram: times * _weight(gram) for gram, times in grams.items()}


def _weight(gram: str) -> float:
    parts = gram.split()
    return (_SLIGHT if all(part in _LITTLE for part in parts) else 1.0) * (_PAIR if len(parts) > 1 else 1.0)
