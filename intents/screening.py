"""What a message is when it is neither an emergency nor a question that knowledge could answer.

`screen` runs after triage. It is pure, reads the first 500 characters and never raises.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from enum import Enum
from typing import Final

from intents.lexicon import READER, RULES
from intents.phrases import Match, PhraseBook, spell
from intents.reading import Reader
from knowledge.vietnamese import UNDERSTANDING_LIMIT, clean, expand_teencode, has_diacritics, syllables, words


class Screen(Enum):
    """Why a message is answered by a fixed reply instead of a search."""

    HARMFUL = "harmful"  # asks how to burn, blow up, hurt: refused
    DISHONEST = "dishonest"  # asks how to evade inspection, forge or bribe: refused
    INJECTION = "injection"  # tries to change the role or read the rules: refused
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    ABOUT_BOT = "about_bot"
    NOT_VIETNAMESE = "not_vietnamese"
    EMPTY = "empty"  # nothing but signs
    ABUSE = "abuse"  # nothing but curses
    NEGATED_EMERGENCY = "negated_emergency"  # takes an alarm back
    UNCLEAR = "unclear"  # a question that names nothing: ask back


_WORDS: Final = tomllib.loads((RULES / "screening.toml").read_text(encoding="utf-8"))
_CODE: Final = re.compile(
    r"<\s*/?\s*(?:script|img|iframe|svg|html|body|a\s)|\b(?:drop\s+table|union\s+select|select\s+\S+\s+from|delete\s+from|insert\s+into)\b"
    r"|'\s*or\s+'?1'?\s*=\s*'?1|\{\{.*\}\}|\$\{.*\}|;--|onerror\s*=",
    re.IGNORECASE,
)
_ENGLISH: Final = frozenset(_WORDS["english"]["words"].split())
_VIETNAMESE: Final = frozenset(_WORDS["vietnamese"]["words"].split())
_EMPTY: Final = frozenset(_WORDS["empty"]["words"].split())
_FIXED: Final = frozenset(
    kind.value for kind in Screen if kind not in (Screen.HARMFUL, Screen.DISHONEST, Screen.INJECTION, Screen.UNCLEAR)
)
_SHORT: Final = 2  # letters
_FEW: Final = 2
"""Words that may be named beside "em nhầm" or "không phải cháy thật"."""
_BOOK: Final = PhraseBook(
    [(entry["id"], phrase) for entry in _WORDS["screen"] for phrase in entry["phrases"]], _WORDS["classes"]
)
_READER: Final = Reader(_BOOK.words, READER.vocabulary, (), READER.spellings)


def screen(text: str) -> Screen | None:
    """Return why `text` needs no search, or None when it is a question (or a report) like any other.

    Harm and attempts at the rules come first, manners last; a greeting in front of a question is no
    greeting. Any string is allowed.
    """
    visible = clean(text[:UNDERSTANDING_LIMIT])
    tokens = words(visible)
    if not tokens:
        return None if any(sign in visible for sign in "🔥🆘🚒") else Screen.EMPTY
    found = _BOOK.find(_READER.read(visible))
    return _refused(visible, found) or _foreign(visible, tokens) or _manners(tokens, found) or _unclear(tokens, found)


def _labels(found: list[Match[str]]) -> set[str]:
    return {match.label for match in found}


def _refused(visible: str, found: list[Match[str]]) -> Screen | None:
    labels = _labels(found)
    meant = "not-harmful" not in labels or "evading" in labels
    for kind in (Screen.HARMFUL, Screen.DISHONEST):
        if kind.value in labels and meant:
            return kind
    turned = "injection" in labels and "drill" not in labels
    return Screen.INJECTION if turned or _CODE.search(visible) else None


def _foreign(visible: str, tokens: list[str]) -> Screen | None:
    """Another script for most letters, or mostly English words without a Vietnamese one."""
    letters = [char for char in visible if char.isalpha()]
    foreign = sum(not unicodedata.name(char, "").startswith("LATIN") for char in letters)
    if letters and foreign * 2 > len(letters):
        return Screen.NOT_VIETNAMESE
    english = sum(token in _ENGLISH for token in tokens)
    if not any(token in _ENGLISH and len(token) > _SHORT for token in tokens):
        return None  # "to", "an", "do", "me" are Vietnamese too
    vietnamese = sum(token in _VIETNAMESE for token in syllables(visible, teencode=False))
    if has_diacritics(visible) or vietnamese >= english:
        return None
    return Screen.NOT_VIETNAMESE if len(tokens) > 2 and english * 2 >= len(tokens) else None


def _manners(tokens: list[str], found: list[Match[str]]) -> Screen | None:
    labels = _labels(found)
    named = _named(tokens, found)
    if _taken_back(found) and len(named) <= _FEW:
        return Screen.NEGATED_EMERGENCY
    if "about_bot" in labels and len(named) <= 1:
        return Screen.ABOUT_BOT
    for kind in (Screen.ABUSE, Screen.GOODBYE, Screen.THANKS, Screen.GREETING):
        if kind.value in labels and not named and "bare_question" not in labels:
            return kind
    return None


def _taken_back(found: list[Match[str]]) -> bool:
    """Whether an alarm is taken back for good: not burning after all, and with no question but in the words for it."""
    back = [match for match in found if match.label == "negated_emergency"]
    questions = [match for match in found if match.label == "bare_question"]
    asked = [each for each in questions if not any(no.start <= each.start and each.end <= no.end for no in back)]
    return bool(back) and not asked and _labels(found).isdisjoint({"after_all", "fire_safety"})


def _unclear(tokens: list[str], found: list[Match[str]]) -> Screen | None:
    fixed = [match for match in found if match.label != "negated_emergency"]  # its words may be what is asked about
    return Screen.UNCLEAR if "bare_question" in _labels(found) and not _named(tokens, fixed) else None


def _named(tokens: list[str], found: list[Match[str]]) -> list[str]:
    """The words that name something: neither empty words nor part of a fixed phrase such as "cảm ơn"."""
    fixed = " ".join(match.text for match in found if match.label in _FIXED).split()
    spelled = {word for token in expand_teencode(tokens) for word in token.split()}
    return sorted(word for word in spelled if word not in _EMPTY and spell(word) not in fixed)
