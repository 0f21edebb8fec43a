"""The phrase language of the rule files, compiled to regular expressions over a read message.

A phrase is written as people say it, with diacritics:

* `cháy` matches "cháy" and "chay", never "chạy" (hỏi and ngã count as the same tone, and it does not
  matter on which vowel the tone was put);
* `(a|b c)` is one of several wordings, `{name}` a class of words from the file's `[classes]`;
* `=đền` is strict: the marks must have been typed (for short words that bare letters confuse);
* `?` after a word, a group or a class makes it optional;
* `~` stands for at most one word, `…` for at most three, `……` for at most seven; `#` is a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, Generic, NamedTuple, TypeVar

from knowledge.vietnamese import fold

Label = TypeVar("Label")

_TONES: Final = {"\u0301": "S", "\u0300": "F", "\u0309": "R", "\u0303": "R", "\u0323": "J"}
_BARE: Final = {"đ": "d", "ă": "a", "â": "a", "ê": "e", "ô": "o", "ơ": "o", "ư": "u"}
_GAPS: Final = {"~": r"(?:\S+ )??", "…": r"(?:\S+ ){0,3}?", "……": r"(?:\S+ ){0,7}?", "#": r"\d+ "}
_STRICT_GAPS: Final = {gap: pattern.replace(r"\S", r"(?!đang |dang )\S") for gap, pattern in _GAPS.items()}
"""The gaps of phrases that are not loose never pass over "đang": it belongs to what happens now."""
_ELEMENT: Final = re.compile(r"\([^)]*\)\??|\{[^}]*\}\??|\S+")

_WELL_FORMED: Final = re.compile(r"(?:\([^(){}?]+\)|\{\w+\}|[^(){}|?]+)\??")


class PhraseError(ValueError):
    """A phrase in a rule file is not written in the phrase language."""


def spell(word: str) -> str:
    """Return a lower-case word with its tone moved to the end, so that its place does not matter.

    >>> spell("cháy"), spell("hoà"), spell("hòa"), spell("chay")
    ('chayS', 'hoaF', 'hoaF', 'chay')
    """
    decomposed = unicodedata.normalize("NFD", word)
    tones = "".join(_TONES[char] for char in decomposed if char in _TONES)
    letters = "".join(char for char in decomposed if char not in _TONES)
    return unicodedata.normalize("NFC", letters) + tones[:1]


def _word_pattern(word: str, loose: bool) -> str:
    """Return the expression for one word: bare or as spelled; loose: any of its marks may be missing."""
    if word.startswith("="):
        return re.escape(spell(word[1:].lower())) + " "
    spelled = spell(word.lower())
    if not loose:
        return "|".join(dict.fromkeys((re.escape(spelled) + " ", re.escape(fold(word)) + " ")))
    letters = spelled.rstrip("SFRJ")
    tone = spelled[len(letters) :]
    body = "".join(f"[{char}{_BARE[char]}]" if char in _BARE else re.escape(char) for char in letters)
    return body + (f"{tone}?" if tone else "") + " "


def _letters(word: str) -> str:
    return fold(word.removeprefix("="))


def _wording(words: str, loose: bool) -> str:
    gaps = _GAPS if loose else _STRICT_GAPS
    return "".join(gaps.get(word) or f"(?:{_word_pattern(word, loose)})" for word in words.split())


class Phrase:
    """One compiled phrase and the folded words of which a message must contain at least one.

    A `loose` phrase forgives single missing marks ("lưa" for "lửa"); otherwise a word is bare or right.
    """

    def __init__(self, source: str, classes: Mapping[str, str], *, loose: bool = False) -> None:
        self.source = source
        self._loose = loose
        self.words: set[str] = set()
        parts, needed = [], []
        for element in _ELEMENT.findall(source):
            if not _WELL_FORMED.fullmatch(element):
                raise PhraseError(f"{source!r}: {element!r} is not a word, (a|b) or {{class}}")
            pattern, first_words = self._element(element, classes)
            parts.append(pattern)
            if first_words:
                needed.append(first_words)
        if not needed:
            raise PhraseError(f"{source!r} has no word that must occur")
        self.needs = min(needed, key=len)
        self.pattern = re.compile("(?<= )" + "".join(parts))

    def _element(self, element: str, classes: Mapping[str, str]) -> tuple[str, set[str]]:
        if element in _GAPS:
            return (_GAPS if self._loose else _STRICT_GAPS)[element], set()
        optional = element.endswith("?")
        body = element.removesuffix("?")
        if body.startswith("{"):
            if body[1:-1] not in classes:
                raise PhraseError(f"{self.source!r}: there is no class {body}")
            body = f"({classes[body[1:-1]]})"
        alternatives = body[1:-1].split("|") if body.startswith("(") else [body]
        self.words |= {_letters(word) for option in alternatives for word in option.split() if word not in _GAPS}
        pattern = "(?:" + "|".join(_wording(option, self._loose) for option in alternatives) + ")"
        if optional:
            return pattern + "?", set()
        return pattern, {_letters(option.split()[0]) for option in alternatives}


class Match(NamedTuple, Generic[Label]):
    """Where a phrase stands in a read message, and what it was filed under."""

    start: int
    end: int
    label: Label
    text: str


class PhraseBook(Generic[Label]):
    """Many phrases, each filed under a label, found together in one read message."""

    def __init__(
        self, entries: Iterable[tuple[Label, str]], classes: Mapping[str, str], *, loose: bool = False
    ) -> None:
        self._by_word: dict[str, list[tuple[Label, Phrase]]] = defaultdict(list)
        self.words: set[str] = set()
        for label, source in entries:
            phrase = Phrase(source, classes, loose=loose)
            self.words |= phrase.words
            for word in phrase.needs:
                self._by_word[word].append((label, phrase))

    def find(self, message: str) -> list[Match[Label]]:
        """Return every match in `message` (blank-separated words, a blank at both ends), by position."""
        return sorted(self._find(message), key=lambda match: (match.start, -match.end))

    def _find(self, message: str) -> Iterator[Match[Label]]:
        for word in folded_words(message) & self._by_word.keys():
            for label, phrase in self._by_word[word]:
                for found in phrase.pattern.finditer(message):
                    yield Match(found.start(), found.end(), label, found.group().strip())

    def blank_out(self, message: str, becomes: str = "") -> tuple[str, bool]:
        """Return `message` with every match replaced, and whether there was one.

        Without `becomes` each letter turns into "▒", so that places and the number of words stay.
        """
        matches = self.find(message)
        kept, upto = [], 0
        for match in matches:
            if match.start >= upto:
                kept += [
                    message[upto : match.start],
                    f"{becomes} " if becomes else _hide(message[match.start : match.end]),
                ]
                upto = match.end
        return "".join([*kept, message[upto:]]), bool(matches)


def _hide(words: str) -> str:
    return re.sub(r"\S", "▒", words)


@lru_cache(maxsize=65536)
def plain(word: str) -> str:
    """Return a spelled word in plain letters, its tone dropped."""
    return fold(word.rstrip("SFRJ"))


@lru_cache(maxsize=64)
def folded_words(message: str) -> frozenset[str]:
    """Return the words of a read message in plain letters, tones dropped; book after book asks for the same ones."""
    return frozenset(plain(word) for word in message.split())
