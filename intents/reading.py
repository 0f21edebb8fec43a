"""From what was typed to words that rules can be written about.

People in a hurry write "CHÁYYY", "chays", "cuuvoi", "nhà.tôi.đang.cháy" and "hcay"; this module repairs
that, one word at a time, towards the words that the rules know. It never guesses away typed diacritics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from knowledge.vietnamese import TEENCODE, clean, fold, one_edit_away, words

from intents.phrases import spell

_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_THREE_OR_MORE: Final = re.compile(r"(.)\1{2,}")
_DOUBLE: Final = re.compile(r"(.)\1")
_TELEX: Final = re.compile(r"(?<=[aeiouy])[sfrxj](?=[a-z]{0,2}$)")
_SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?"
    r"(?:uye|uya|uyu|ieu|yeu|uoi|uou|oai|oay|oeo|uay|ai|ao|au|ay|eo|eu|ia|ie|iu|oa|oe|oi|oo|ua|ue|ui|uo|uu|uy|ye|[aeiouy])"
    r"(?:ng|nh|ch|[cmnpt])?"
)
_SIGNS: Final = {"🔥": " ▲lửa ", "🆘": " ▲sos ", "🚒": " ▲lửa "}
_LONGEST_GLUED: Final = 60
"""Letters of a word without blanks that are still taken apart."""


class Reader:
    """Reads messages towards a vocabulary.

    `vocabulary` holds folded words that rules use, `keywords` the few towards which a typo is repaired,
    `spellings` whole words as typed and what they stand for (looked up before the teencode table).
    """

    def __init__(self, vocabulary: Iterable[str], keywords: Iterable[str], spellings: Mapping[str, str]) -> None:
        self.vocabulary = frozenset(vocabulary)
        self._keywords = frozenset(keywords)
        self.spellings = dict(spellings)
        glued = self.vocabulary | {fold(word) for word in (*TEENCODE, *spellings) if len(word) > 1}
        self._pieces = frozenset(word for word in glued if len(word) > 1) | {"e", "k", "r", "a"}
        self._read_word = lru_cache(maxsize=16384)(self._word)

    def read(self, text: str) -> str:
        """Return the words of `text`, repaired and spelled (see `phrases.spell`), with blanks around each."""
        visible = _ADDRESS.sub(" ", clean(text))
        signs = "".join(_SIGNS.get(char, "") for char in visible)
        spelled = [word for token in words(visible) for word in self._read_word(token)]
        return " " + " ".join([*spelled, *signs.split()]) + " "

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
        if typed.isdigit() or self._is_word(typed):
            return [typed]
        for candidate in (*self._shortened(typed), *self._telex(typed)):
            if candidate in self.spellings or candidate in TEENCODE:
                return self._meaning(candidate) or []
            if fold(candidate) in self.vocabulary:
                return [candidate]
        return self._unglued(typed) or self._retyped(typed)

    def _is_word(self, typed: str) -> bool:
        folded = fold(typed)
        return folded in self.vocabulary or _SYLLABLE.fullmatch(folded) is not None and not _DOUBLE.search(typed)

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

    def _unglued(self, typed: str) -> list[str]:
        """The words of a run without blanks ("nhatoidangchay"), or nothing when it cannot be taken apart."""
        letters = _THREE_OR_MORE.sub(r"\1", typed)
        if not 5 <= len(letters) <= _LONGEST_GLUED:
            return []
        folded = fold(letters)
        if len(folded) != len(letters):
            return []
        pieces = self._cut(folded)
        result: list[str] = []
        start = 0
        for size in pieces:
            piece = letters[start:start + size]
            result.extend(self._meaning(piece) or [piece])
            start += size
        return result

    def _cut(self, folded: str) -> list[int]:
        """Return the sizes of the fewest known pieces that make up `folded`, [] when there are none."""
        best: list[list[int] | None] = [[]] + [None] * len(folded)
        for end in range(1, len(folded) + 1):
            for size in range(1, min(7, end) + 1):
                before = best[end - size]
                if before is None or folded[end - size:end] not in self._pieces:
                    continue
                here = best[end]
                if here is None or len(before) + 1 < len(here):
                    best[end] = [*before, size]
        whole = best[-1]
        return whole if whole is not None and len(whole) > 1 else []

    def _retyped(self, typed: str) -> list[str]:
        """The keyword one slip of the finger away, else the word as it is."""
        folded = fold(typed)
        if not 4 <= len(folded) <= 8:
            return [typed]
        near = sorted(one_edit_away(folded) & self._keywords, key=lambda word: (-len(word), word))
        return near[:1] or [typed]
