"""The words of `set_words.yml` and `report_words.yml`, compared with what residents type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from knowledge.vietnamese import clean, fold, has_diacritics, spelling, syllables, words

_FOLDER: Final = Path(__file__).parent
_ALL: Final[Mapping[str, Any]] = yaml.safe_load((_FOLDER / "set_words.yml").read_text(encoding="utf-8"))
_POLITE: Final = frozenset(spelling(word) for word in _ALL["polite"].split())
_PLAIN_POLITE: Final = frozenset(fold(word) for word in _ALL["polite"].split())
_ANNOUNCING: Final = frozenset(fold(_ALL["announcing"]).split())
_DRAWN_OUT: Final = re.compile(r"(?!(?<=p)ccc\b)([^\W\d_])\1{2,}")  # "thôiiii", and not "pccc"


class SetWords:
    """Named lists of wordings."""

    def __init__(self, wordings: Mapping[str, list[str]]) -> None:
        self._spelled = {name: {_spelled(one) for one in listed} for name, listed in wordings.items()}
        self._plain = {name: {_plain(one) for one in listed} for name, listed in wordings.items()}

    def named(self, text: str) -> str | None:
        """Return the name of the list that has `text` as a whole, polite words at its ends aside, or None."""
        typed = _DRAWN_OUT.sub(r"\1", clean(text).strip(" .!?,…").lower())
        if not typed:
            return None
        marked = has_diacritics(typed)
        lists, said = (self._spelled, _spelled(typed)) if marked else (self._plain, _plain(typed))
        polite = _POLITE if marked else _PLAIN_POLITE
        for wording in (said, _stripped(said, polite)):
            if found := next((name for name, listed in lists.items() if wording and wording in listed), None):
                return found
        return None

    def inside(self, text: str) -> tuple[str, ...]:
        """Return the names of all lists of which `text` contains a wording, spelled right where it has diacritics."""
        return tuple(self.counted(text))

    def counted(self, text: str) -> Mapping[str, int]:
        """Return how many wordings `text` contains of each list that it has any of, in the order of the lists."""
        marked = has_diacritics(text)
        lists, said = (self._spelled, _spelled(text.lower())) if marked else (self._plain, _plain(text))
        counts = {name: sum(f" {one} " in f" {said} " for one in listed) for name, listed in lists.items()}
        return {name: count for name, count in counts.items() if count}


def only_announces(text: str) -> bool:
    """Whether a text says no more than that somebody wants to tell something.

    >>> only_announces("Cháu ơi, bác muốn phản ánh với cán bộ một việc"), only_announces("tôi phản ánh hẻm bị chặn")
    (True, False)
    """
    return all(word in _ANNOUNCING for word in syllables(fold(text)))


def _spelled(text: str) -> str:
    return text if text.startswith("/") else " ".join(spelling(word) for word in words(text))


def _plain(text: str) -> str:
    return text if text.startswith("/") else " ".join(syllables(fold(text)))


def _stripped(said: str, polite: frozenset[str]) -> str:
    kept = said.split()
    while kept and kept[0] in polite:
        kept.pop(0)
    while kept and kept[-1] in polite:
        kept.pop()
    return " ".join(kept)


COMMANDS: Final = SetWords(_ALL["commands"])
CONTROLS: Final = SetWords(_ALL["controls"])
TOPICAL: Final = SetWords(_ALL["topical"])
ABOUT: Final[tuple[str, ...]] = tuple(_ALL["about"])
BEGINNING: Final = SetWords(_ALL["beginning"])
EXERCISES: Final = SetWords(_ALL["exercises"])
ANSWERS: Final = SetWords({"yes": _ALL["yes"], "no": _ALL["no"]})
HOMES: Final = SetWords(_ALL["homes"])
TOPICS: Final = SetWords(_ALL["topics"])
PART_WORDS: Final = SetWords(_ALL["parts"])
PHOTO_ANSWERS: Final = SetWords(_ALL["photos"])
RESUMING: Final = SetWords(_ALL["resuming"])
TICKS: Final = SetWords(_ALL["ticks"])
NO_IDEA: Final = SetWords(_ALL["no_idea"])
UNKNOWN: Final = SetWords({"unknown": _ALL["unknown"]})
EDITS: Final = SetWords(_ALL["edits"])
TELLING: Final = SetWords(_ALL["telling"])
SENDING: Final = SetWords(_ALL["sending"])
SAMENESS: Final = SetWords(_ALL["sameness"])
REPORT_KINDS: Final = SetWords(_ALL["report_kinds"])
_REPORT_WORDS: Final[Mapping[str, Any]] = yaml.safe_load((_FOLDER / "report_words.yml").read_text(encoding="utf-8"))
CATEGORIES: Final = SetWords(_REPORT_WORDS["categories"])
DECISIVE: Final = SetWords(_REPORT_WORDS["decisive"])
