"""From what was typed to words that rules can be written about.

People in a hurry write "CHÁYYY", "chays", "cuuvoi", "nhà.tôi.đang.cháy" and "hcay"; this module repairs
that, one word at a time, towards the words that the rules know. It never guesses away typed diacritics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Final

from intents.phrases import spell
from knowledge.vietnamese import TEENCODE, clean, fold, one_edit_away, words

_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_THREE_OR_MORE: Final = re.compile(r"(.)\1{2,}")
_DOUBLE: Final = re.compile(r"(.)\1")
_TELEX: Final = re.compile(r"(?<=[aeiouyngcmt])[sfrxj](?=[a-z]{0,2}$)")
_SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?"
    r"(?:uye|uya|uyu|ieu|yeu|uoi|uou|oai|oay|oeo|uay|ai|ao|au|ay|eo|eu|ia|ie|iu|oa|oe|oi|oo|ua|ue|ui|uo|uu|uy|ye|[aeiouy])"
    r"(?:ng|nh|ch|[cmnpt])?"
)
_SIGNS: Final = {"🔥": "▲lua", "🆘": "▲sos", "🚒": "▲lua"}
_SHORT: Final = ("e", "k", "r", "a", "o", "y", "dc", "ko", "vs", "oi")
"""Short words and teencode that may stand inside a glued run."""
_KNOWN_SHARE: Final = 0.9
"""Of the letters of a glued run, how much must be known words before it is taken apart."""
_LONGEST_GLUED: Final = 60
"""Letters of a word without blanks that are still taken apart."""


class Reader:
    """Reads messages towards a vocabulary.

    `matter` holds the folded words that rules are about and `around` other known ones; `keywords` the
    few towards which a slip of the finger is repaired; `spellings` whole words as typed and what they
    stand for (looked up before the teencode table).
    """

    def __init__(
        self, matter: Iterable[str], around: Iterable[str], keywords: Iterable[str], spellings: Mapping[str, str]
    ) -> None:
        self.vocabulary = frozenset(matter) | frozenset(around)
        self.spellings = dict(spellings)
        self.keywords = frozenset(keywords)
        self._prices = {word: 14 for word in self.vocabulary if len(word) > 1}
        self._prices |= {word: 10 for word in matter if len(word) > 1}
        self._prices |= {fold(word): 14 for word in TEENCODE if len(word) > 3}
        self._prices |= dict.fromkeys(_SHORT, 14) | dict.fromkeys(self.keywords, 9)
        self._read_word = lru_cache(maxsize=16384)(self._word)

    def read(self, text: str) -> str:
        """Return the words of `text`, repaired and spelled (see `phrases.spell`), with blanks around each."""
        visible = _ADDRESS.sub(" ", clean(text))
        signs = [_SIGNS[char] for char in visible if char in _SIGNS]
        spelled = [word for token in words(visible) for word in self._read_word(token)]
        return " " + " ".join([*spelled, *signs]) + " "

    def _word(self, typed: str) -> tuple[str, ...]:
        meant = self._meaning(typed)
        if meant is None:
            meant = self._repair(typed)
        return tuple(spell(word) for word in meant)

    def _meaning(self, typed: str) -> list[str] | None:
        if typed in self.spellings:
            return self.spellings[typed].split()
        return TEENCODE[typed].split() if typed in TEENCODE else None

    def _repair(self, typed: str) -> list[str]:
        if typed.isdigit() or self.is_word(typed):
            return [typed]
        shorter = self._shortened(typed)
        for candidate in (*shorter, *self._telex(typed), *(plain for short in shorter for plain in self._telex(short))):
            if candidate in self.spellings or candidate in TEENCODE:
                return self._meaning(candidate) or []
            if fold(candidate) in self.vocabulary:
                return [candidate]
        brief = shorter[-1]
        return self._swapped(brief) or self._unglued(typed) or self._untelexed(typed) or self._retyped(brief)

    def is_word(self, typed: str) -> bool:
        """Whether `typed`, in lower case, is a known word or could be a Vietnamese syllable."""
        folded = fold(typed)
        return folded in self.vocabulary or (_SYLLABLE.fullmatch(folded) is not None and not _DOUBLE.search(typed))

    @staticmethod
    def _shortened(typed: str) -> list[str]:
        """The word with drawn-out letters shortened: to two first ("cuuuu" is "cuu"), then to one."""
        twice = _THREE_OR_MORE.sub(r"\1\1", typed)
        return [twice, _THREE_OR_MORE.sub(r"\1", typed), _DOUBLE.sub(r"\1", twice)]

    @staticmethod
    def _telex(typed: str) -> list[str]:
        """The word without the letters or digits of an input method that was off ("chays", "ddang", "cha1y")."""
        if not typed.isascii():
            return []
        plain = re.sub(r"\d", "", typed) if not typed[0].isdigit() else typed
        for double in ("dd", "aa", "ee", "oo"):
            plain = plain.replace(double, double[0])
        bare = re.sub(r"(?<=[aou])w", "", plain)
        return [bare, _TELEX.sub("", bare), re.sub(r"[sfrxj]$", "", _TELEX.sub("", bare))]

    def _untelexed(self, typed: str) -> list[str]:
        """The syllable, known or not, that is left without the letters of an input method ("xif", "buyst")."""
        return [bare for bare in self._telex(typed) if bare != typed and _SYLLABLE.fullmatch(bare)][:1]

    def _unglued(self, typed: str) -> list[str]:
        """The words of a run without blanks ("nhatoidangchay"), or nothing when too little of it is known."""
        for letters in dict.fromkeys((_THREE_OR_MORE.sub(r"\1\1", typed), _THREE_OR_MORE.sub(r"\1", typed))):
            if parted := self._parted(letters):
                return parted
        return []

    def _parted(self, letters: str) -> list[str]:
        folded = fold(letters)
        if not 4 <= len(letters) <= _LONGEST_GLUED or len(folded) != len(letters):
            return []
        sizes = self._cut(folded)
        ends = list(accumulate(sizes))
        pieces = [letters[end - size : end] for size, end in zip(sizes, ends, strict=True)]
        known = sum(len(piece) for piece in pieces if fold(piece) in self._prices)
        if len(pieces) < 2 or known < _KNOWN_SHARE * len(letters):
            return []
        return [word for piece in pieces for word in self._meaning(piece) or [piece]]

    def _cut(self, folded: str) -> list[int]:
        """Return the sizes of the cheapest pieces that make up `folded`; an unknown letter is dear."""
        costs, sizes = [0], [0]
        for end in range(1, len(folded) + 1):
            options = [
                (costs[end - size] + price, size)
                for size in range(1, min(7, end) + 1)
                if (price := self._price(folded[end - size : end])) is not None
            ]
            cost, size = min(options)
            costs.append(cost)
            sizes.append(size)
        path, end = [], len(folded)
        while end:
            path.append(sizes[end])
            end -= sizes[end]
        return path[::-1]

    def _price(self, folded: str) -> int | None:
        if folded in self._prices:
            return self._prices[folded]
        if folded.isdigit() and len(folded) <= 3:
            return 14
        return 30 if len(folded) == 1 else None

    def _swapped(self, typed: str) -> list[str]:
        """The keyword that two neighbouring letters changed places in ("hcay")."""
        folded = fold(typed)
        if not 3 <= len(folded) <= 7:
            return []
        return sorted(word for word in one_edit_away(folded) & self.keywords if sorted(word) == sorted(folded))[:1]

    def _retyped(self, typed: str) -> list[str]:
        """The keyword one other slip of the finger away, a known word of the same letters, or the word as it is."""
        folded = fold(typed)
        if not 3 <= len(folded) <= 8:
            return [typed]
        near = one_edit_away(folded)
        meant = sorted(near & self.keywords, key=lambda word: (-len(word), word))
        swapped = sorted(word for word in near & self.vocabulary if sorted(word) == sorted(folded))
        return (meant or swapped or [typed])[:1]
