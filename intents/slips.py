"""How people mistype and abbreviate: makes such spellings of a text, for training and for measuring."""

from __future__ import annotations

import random
from typing import Final

from knowledge.vietnamese import TEENCODE

_SHORTEST: Final = 3
"""Letters of the shortest word in which a slip still leaves something to read."""
_SHORT_FOR: Final = {
    full: sorted(short for short, stands_for in TEENCODE.items() if stands_for == full and len(short) < len(full))
    for full in {full for full in TEENCODE.values() if full and " " not in full}
}


def slipped(text: str, chance: random.Random) -> str:
    """Return `text` with one slip in one word: two letters swapped, one doubled, or one left out."""
    words = text.split()
    candidates = [place for place, word in enumerate(words) if len(word) >= _SHORTEST]
    if candidates:
        place = chance.choice(candidates)
        word, at = words[place], chance.randrange(len(words[place]) - 1)
        kinds = (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[: at + 1] + word[at:],
            word[:at] + word[at + 1 :],
        )
        words[place] = chance.choice(kinds)
    return " ".join(words)


def abbreviated(text: str, chance: random.Random) -> str:
    """Return `text` with about three in four of the words that have a teencode written in it."""
    return " ".join(_short(word, chance) for word in text.split())


def _short(word: str, chance: random.Random) -> str:
    shorter = _SHORT_FOR.get(word)
    return chance.choice(shorter) if shorter and chance.random() < 0.75 else word
