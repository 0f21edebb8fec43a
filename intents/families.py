"""Families of words that mean alike (`families.yml`), found in a message with or without diacritics.

Imported by the Rasa component, which runs on Python 3.10.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml

from knowledge.vietnamese import fold, words

FAMILIES_FILE: Final = Path(__file__).parent / "families.yml"
_LONGEST: Final = 4
"""Syllables of the longest phrase."""
_NEAR: Final = 5
"""Syllables within which two families are taken to belong together."""

Found = tuple[int, int, str]


class Families:
    """The families of phrases, spelled as they are typed or bare of diacritics."""

    def __init__(self, members: Mapping[str, frozenset[str]]) -> None:
        self._members = members

    @classmethod
    def read(cls, path: Path = FAMILIES_FILE) -> tuple[Families, Families]:
        """Return the families by their spelling with diacritics, and by the one without."""
        typed: dict[str, set[str]] = {}
        bare: dict[str, set[str]] = {}
        for family, phrases in yaml.safe_load(path.read_text("utf-8"))["families"].items():
            for phrase in phrases:
                spelled = " ".join(words(phrase))
                typed.setdefault(spelled, set()).add(family)
                bare.setdefault(fold(spelled), set()).add(family)
        return cls(_frozen(typed)), cls(_frozen(bare))

    def traits(self, text: str) -> list[str]:
        """Return the families in a normalized text, those that follow each other, the first, and how long it is."""
        tokens = text.split()
        found = list(self._found(tokens))
        opening = {family for start, _, family in found if start == 0} or {"-"}
        return [
            *("=" + family for family in sorted({family for _, _, family in found})),
            *_pairs(found),
            *("=^" + family for family in sorted(opening)),
            f"=length {min(6, len(tokens) // 3)}",
        ]

    def _found(self, tokens: list[str]) -> Iterator[Found]:
        for start in range(len(tokens)):
            for end in range(start + 1, min(start + _LONGEST, len(tokens)) + 1):
                for family in self._members.get(" ".join(tokens[start:end]), ()):
                    yield start, end, family


def _pairs(found: Iterable[Found]) -> Iterator[str]:
    found = list(found)
    for _, end, family in found:
        for start, _, later in found:
            if 0 <= start - end < _NEAR:
                yield f"={family} {later}"


def _frozen(members: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {phrase: frozenset(families) for phrase, families in members.items()}
