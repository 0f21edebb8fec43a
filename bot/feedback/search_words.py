"""The words by which reports are found, with and without diacritics: what is kept of a text, and what is asked for.

Of each word three forms can be kept, told apart by their first sign:

- "thoat": folded, of every word. A word that somebody types without diacritics asks for this one.
- "=1thoat": tone and letters, of words in a text that has diacritics. A word typed with diacritics asks for it, so that
  "cửa" is not drowned by "của"; the tone stands first, so that "thoá" is a beginning of "thoát" wherever its mark is.
- "~thoat": of words in a text that has no diacritics at all, since "cua" may well be a "cửa" there.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from bot.store.receipts import as_code
from knowledge.vietnamese import clean, fold, has_diacritics, message_words, words

_TONES: Final = "\u0301\u0300\u0309\u0303\u0323"
_LONGEST: Final = 40  # letters of a word that is kept; nothing that is said is longer
MOST_WORDS: Final = 12
"""Words of a search that are heeded; more of them find nothing more precisely."""


def kept(code: str, *texts: str | None) -> list[str]:
    """Return the lexemes of a report, sorted: of its code, and of each text that it has.

    >>> kept("CH-7K2M-9QXD", "Cửa khóa")
    ['7k2m', '9qxd', '=1khoa', '=3cưa', 'ch', 'ch7k2m9qxd', 'cua', 'khoa']
    """
    lexemes = {fold(word) for word in words(code)} | {_joined(code)}
    for text in filter(None, texts):
        cleaned = clean(text)
        own = "=" if has_diacritics(cleaned) else "~"
        for word in {*words(cleaned), *message_words(cleaned)}:
            lexemes |= {_cut(fold(word)), own + _cut(_exact(word) if own == "=" else fold(word))}
    return sorted(one for one in lexemes if one.strip("=~"))


def asked(typed: str) -> str | None:
    """Return what somebody typed as a tsquery that finds texts with all of its words, None when it has no word.

    The last word may be unfinished; a receipt code is found however it is typed.

    >>> asked("cửa tho")
    "('=3cưa'|'~cua')&'tho':*"
    """
    found = words(clean(typed))[:MOST_WORDS]
    if not found:
        return None
    every = "&".join(_asked(word, last=number == len(found) - 1) for number, word in enumerate(found))
    code = as_code(typed)
    return f"({every})|'{_joined(code)}'" if code else every


def _asked(word: str, *, last: bool) -> str:
    ending = ":*" if last else ""
    folded = _cut(fold(word))
    if not has_diacritics(word):
        return f"'{folded}'{ending}"
    return f"('={_cut(_exact(word))}'{ending}|'~{folded}'{ending})"


@lru_cache(maxsize=16384)
def _exact(word: str) -> str:
    """Return the tone as a digit, 0 for none, and the letters with their hats and horns."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    tone = next((_TONES.index(char) + 1 for char in decomposed if char in _TONES), 0)
    bare = "".join(char for char in decomposed if char not in _TONES)
    return f"{tone}{unicodedata.normalize('NFC', bare)}"


def _joined(code: str) -> str:
    return "".join(words(code))


def _cut(word: str) -> str:
    return word[:_LONGEST]
