"""How Vietnamese is written: one place for cleaning, folding, tokens, teencode and repair.

Standard library only, because the Rasa component (another interpreter) imports it too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final

UNDERSTANDING_LIMIT: Final = 500
"""Characters of a message that are read for understanding."""

_MOST_MARKS: Final = 30  # in a row, as in UAX #15's stream-safe text; sorting thousands of them takes seconds
_LONGEST_WORD: Final = 24  # letters; what is longer is no syllable: it is neither remembered nor repaired
_INVISIBLE_CATEGORIES: Final = {"Cc", "Cf", "Co", "Cn", "Cs"}
_KEPT_CONTROLS: Final = {"\n", "\t"}
_WORD: Final = re.compile(r"[^\W_]+", re.UNICODE)
_NUMBER_JOIN: Final = re.compile(r"(?<=\d)[.,](?=\d{3}\b)")
_CODE_JOINTS: Final = "-/."
_LISTED: Final = frozenset(
    {"diem", "muc", "loai", "hang", "nhom", "lop", "khoi", "bang", "toa", "block", "hinh", "khu"}
)

TEENCODE: Final[Mapping[str, str]] = {
    "k": "không",
    "ko": "không",
    "kh": "không",
    "khg": "không",
    "hok": "không",
    "hông": "không",
    "hổng": "không",
    "kg": "không",
    "kp": "không phải",
    "dc": "được",
    "đc": "được",
    "đk": "được",
    "dk": "được",
    "bn": "bao nhiêu",
    "bnh": "bao nhiêu",
    "nhiu": "nhiêu",
    "bnhiu": "bao nhiêu",
    "nv": "như vậy",
    "ntn": "như thế nào",
    "lm": "làm",
    "j": "gì",
    "gi": "gì",
    "z": "vậy",
    "v": "vậy",
    "vs": "với",
    "r": "rồi",
    "rùi": "rồi",
    "ròi": "rồi",
    "mn": "mọi người",
    "mng": "mọi người",
    "ng": "người",
    "ngta": "người ta",
    "bt": "biết",
    "bit": "biết",
    "e": "em",
    "a": "anh",
    "c": "chị",
    "m": "mình",
    "mk": "mình",
    "mik": "mình",
    "t": "tôi",
    "cx": "cũng",
    "cũg": "cũng",
    "nx": "nữa",
    "hnay": "hôm nay",
    "hqua": "hôm qua",
    "trc": "trước",
    "ns": "nói",
    "nt": "nhắn tin",
    "sn": "sinh nhật",
    "đt": "điện thoại",
    "dt": "điện thoại",
    "cc": "chung cư",
    "bcc": "bình chữa cháy",
    "qđ": "quy định",
    "qd": "quy định",
    "nđ": "nghị định",
    "nd": "nghị định",
    "tt": "thông tư",
    "sd": "sử dụng",
    "sdt": "số điện thoại",
    "sđt": "số điện thoại",
    "vd": "ví dụ",
    "tks": "cảm ơn",
    "thanks": "cảm ơn",
    "ok": "được",
    "oke": "được",
    "lun": "luôn",
    "bik": "biết",
    "wá": "quá",
    "wa": "quá",
    "hjk": "",
    "ak": "à",
    "uh": "ừ",
    "ntnao": "như thế nào",
    "tn": "thế nào",
    "xd": "xây dựng",
    "cty": "công ty",
    "hkd": "hộ kinh doanh",
    "tphcm": "thành phố hồ chí minh",
    "hcm": "hồ chí minh",
    "hn": "hà nội",
    "ubnd": "ủy ban nhân dân",
    "mttq": "mặt trận tổ quốc",
    "vp": "văn phòng",
    "gđ": "gia đình",
    "nvay": "như vậy",
    "b": "bạn",
    "đag": "đang",
    "dag": "đang",
    "đg": "đang",
    "dg": "đang",
    "ckay": "cháy",
    "chyá": "cháy",
    "xl": "xin lỗi",
    "iu": "yêu",
}
"""Spellings of phone typing, looked up exactly as typed (never on the folded form: "cá" is no "ca")."""


def clean(text: str) -> str:
    """Return `text` in NFC without control, zero-width, private or unpaired-surrogate characters.

    Line breaks and tabs stay; any other run of white space becomes one blank; of piled-up combining marks the
    first 30 stay. Never raises.
    """
    kept = (
        char if char in _KEPT_CONTROLS or unicodedata.category(char) not in _INVISIBLE_CATEGORIES else _gap(char)
        for char in text
    )
    composed = unicodedata.normalize("NFC", _without_piles("".join(kept)))
    return re.sub(r"[^\S\n]+", " ", _without_piles(composed)).strip()


def _without_piles(text: str) -> str:
    """Leave out what stands beyond the first 30 of combining marks in a row."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def _gap(char: str) -> str:
    """What replaces an invisible character: a blank where it separated words, nothing inside a word."""
    return " " if char in "\r\v\f\x1c\x1d\x1e\x1f\x85" else ""


def fold(text: str) -> str:
    """Return `text` lower-cased without diacritics, đ as d. Idempotent.

    >>> fold("Hoà, hòa: ĐÁM CHÁY")
    'hoa, hoa: dam chay'
    """
    return _fold_word(text) if len(text) <= _LONGEST_WORD else _fold(text)


@lru_cache(maxsize=65536)
def _fold_word(word: str) -> str:
    """Fold and remember a word; a whole message is never remembered, for its length and for its writer's sake."""
    return _fold(word)


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare.replace("đ", "d"))


def has_diacritics(text: str) -> bool:
    """Whether the writer typed any Vietnamese diacritic (tone, hat, horn, breve or đ)."""
    return fold(text) != text.lower()


def words(text: str) -> list[str]:
    """Return the lower-case word tokens of `text` as typed, digits kept, "3.000" joined to "3000".

    >>> words("Phạt 3.000.000 đ, k được!")
    ['phạt', '3000000', 'đ', 'k', 'được']
    """
    joined = _NUMBER_JOIN.sub("", text)
    return _WORD.findall(unicodedata.normalize("NFC", joined).lower())


def expand_teencode(tokens: Iterable[str]) -> list[str]:
    """Replace teencode tokens by the words they stand for; other tokens stay."""
    expanded: list[str] = []
    for token in tokens:
        expanded.extend(TEENCODE[token].split() if token in TEENCODE else [token])
    return expanded


def message_words(text: str) -> list[str]:
    """Return the words of a message with its teencode expanded, but not what only looks like it.

    Parts of a number ("136/2020/NĐ-CP"), list letters ("điểm b") and single letters after a number
    ("25 m") stay as they are.

    >>> message_words("Nhà m cao 25 m, k có lối thoát, điểm b khoản 2 NĐ-CP?")
    ['nhà', 'mình', 'cao', '25', 'm', 'không', 'có', 'lối', 'thoát', 'điểm', 'b', 'khoản', '2', 'nđ', 'cp']
    """
    composed = unicodedata.normalize("NFC", _NUMBER_JOIN.sub("", text)).lower()
    found = list(_WORD.finditer(composed))
    expanded: list[str] = []
    before = ""
    for match in found:
        token = match.group()
        literal = token not in TEENCODE or _is_part_of_code(composed, match) or _is_list_letter(before, token)
        expanded.extend([token] if literal else TEENCODE[token].split())
        before = token
    return expanded


def _is_part_of_code(text: str, match: re.Match[str]) -> bool:
    """Whether the token is joined to another by a hyphen, slash or full stop."""
    start, end = match.span()
    joined_left = start >= 2 and text[start - 1] in _CODE_JOINTS and text[start - 2].isalnum()
    joined_right = end + 1 < len(text) and text[end] in _CODE_JOINTS and text[end + 1].isalnum()
    return joined_left or joined_right


def _is_list_letter(before: str, token: str) -> bool:
    return len(token) == 1 and (before.isdigit() or fold(before) in _LISTED)


def syllables(text: str, *, teencode: bool = True) -> list[str]:
    """Return folded syllable tokens of `text`: what search indexes.

    Messages have their teencode expanded; documents are indexed with `teencode=False`,
    where "a)" and "loại B" are no abbreviations.

    >>> syllables("Bình CC hết hạn thì phạt bn?")
    ['binh', 'chung', 'cu', 'het', 'han', 'thi', 'phat', 'bao', 'nhieu']
    """
    return [fold(token) for token in (message_words(text) if teencode else words(text))]


@lru_cache(maxsize=65536)
def spelling(token: str) -> str:
    """Return a key of how a syllable is spelled that does not depend on where the tone mark stands.

    >>> spelling("hoà") == spelling("hòa"), spelling("hoa") == spelling("hòa"), spelling("hoa")
    (True, False, 'hoa')
    """
    marks = sorted(char for char in unicodedata.normalize("NFD", token.lower()) if unicodedata.combining(char))
    return fold(token) + "".join(marks) + "\u0335" * token.lower().count("đ")


def unigrams_and_bigrams(tokens: list[str]) -> list[str]:
    """Return the tokens followed by their adjacent pairs joined by a blank.

    >>> unigrams_and_bigrams(["chay", "rung"])
    ['chay', 'rung', 'chay rung']
    """
    return tokens + [f"{left} {right}" for left, right in pairwise(tokens)]


_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


def one_edit_away(token: str) -> set[str]:
    """Return every string one insertion, deletion, replacement or neighbour swap from `token`."""
    splits = [(token[:cut], token[cut:]) for cut in range(len(token) + 1)]
    deletes = {left + right[1:] for left, right in splits if right}
    swaps = {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    replaces = {left + letter + right[1:] for left, right in splits if right for letter in _LETTERS}
    inserts = {left + letter + right for left, right in splits for letter in _LETTERS}
    return (deletes | swaps | replaces | inserts) - {token, ""}


class SyllableRepair:
    """Repairs a syllable that is outside the vocabulary to the most frequent one within one edit.

    `frequencies` maps folded syllables to how often they occur; only those seen at least
    `minimum` times are offered as repairs. Tokens with a digit, of fewer than three letters or of more than 24 stay.
    """

    def __init__(self, frequencies: Mapping[str, int], minimum: int = 2) -> None:
        self._frequencies = dict(frequencies)
        self._minimum = minimum
        self._repaired: dict[str, str] = {}

    def repair(self, tokens: Iterable[str]) -> list[str]:
        """Return the tokens with unknown syllables repaired where there is a known neighbour."""
        return [self._repair_one(token) for token in tokens]

    def _repair_one(self, token: str) -> str:
        if token in self._frequencies or not 3 <= len(token) <= _LONGEST_WORD or any(map(str.isdigit, token)):
            return token
        repaired = self._repaired.get(token)
        if repaired is None:  # another thread may empty the table at any moment
            repaired = self._nearest(token)
            if len(self._repaired) > 10_000:
                self._repaired.clear()
            self._repaired[token] = repaired
        return repaired

    def _nearest(self, token: str) -> str:
        known = [near for near in one_edit_away(token) if self._frequencies.get(near, 0) >= self._minimum]
        return max(known, key=lambda near: (self._frequencies[near], near), default=token)
