"""Fragments that continue the last question: "còn xe máy thì sao", "thế bao nhiêu tiền", "ở Hà Nội thì sao"."""

from __future__ import annotations

from typing import Final

from knowledge.vietnamese import fold, has_diacritics, spelling, syllables, words

_MOST_WORDS: Final = 9
_BEGINNINGS: Final = ("thế", "vậy", "rồi", "ủa", "còn", "rứa còn", "nếu")
_QUESTION_WORDS: Final = ("the nao", "vay nen")
_ENDINGS: Final = (
    "thi sao", "thi the nao", "thi phai lam sao", "thi co khong", "thi bao nhieu", "thi phat bao nhieu",
    "cung vay khong", "cung the a", "co vay khong", "co duoc khong", "thi duoc khong",
)  # fmt: skip
_WHOLE: Final = (
    "bao nhieu", "bao nhieu tien", "may trieu", "phat bao nhieu", "phat bao nhieu tien", "bi phat bao nhieu",
    "bi phat khong", "phat khong", "phat sao", "co bi phat khong", "gia bao nhieu", "ai phat", "o dau", "khi nao",
    "tu khi nao", "bao lau", "may nam", "mat bao lau", "can gi", "can giay gi", "tai sao",
    "sao vay", "vi sao", "lam sao", "nhu the nao",
    "cu the hon", "noi ro hon", "chi tiet hon",
)  # fmt: skip
_POLITE: Final = frozenset({"vay", "a", "ad", "ha", "the", "nhi", "ta", "em", "anh", "chi", "ban", "nua", "ma", "nhung",
    "ua", "roi", "con", "o", "uh", "u", "ok", "oke", "da", "vang"})  # fmt: skip
_SHORT: Final = 6  # words of a bare "ngoài ban công được không"
_AT: Final = frozenset({"o", "tai"})
_LONGEST_PLACE: Final = 6  # words of "ở phường Gò Vấp"


def continues(text: str) -> bool:
    """Whether a message has the form of a fragment that continues another.

    >>> continues("còn xe máy thì sao"), continues("thế bao nhiêu tiền"), continues("nhà trọ 3 tầng cần giấy tờ gì")
    (True, True, False)
    """
    said = syllables(text)
    if not said or len(said) > _MOST_WORDS:
        return False
    run = " ".join(said)
    if _ends(said) or (_begins(text, run) and not run.startswith(_QUESTION_WORDS)):
        return True
    if len(said) <= _SHORT and run.endswith(("duoc khong", "co sao khong", "co can khong", "thi phat khong")):
        return True
    bare = " ".join(_stripped(said))
    return bare in _WHOLE or (said[0] in _AT and 2 <= len(said) <= _LONGEST_PLACE)


def _begins(text: str, run: str) -> bool:
    """Whether it begins as a continuation does; without diacritics "con" is hardly "còn"."""
    if has_diacritics(text):
        typed = " ".join(spelling(word) for word in words(text))
        return any(typed.startswith(f"{spelling(one)} ") for one in _BEGINNINGS)
    return any(run.startswith(f"{fold(one)} ") for one in _BEGINNINGS if one != "còn")


def _ends(said: list[str]) -> bool:
    """Whether the words end with one of the endings, polite words after it aside."""
    run = f" {' '.join(said)}"
    end = len(said)
    while end and said[end - 1] in _POLITE:
        end -= 1
    bare = f" {' '.join(said[:end])}"
    return any(run.endswith(f" {one}") or bare.endswith(f" {one}") for one in _ENDINGS)


def _stripped(said: list[str]) -> list[str]:
    """The words without polite ones at both ends."""
    start, end = 0, len(said)
    while start < end and said[start] in _POLITE:
        start += 1
    while end > start and said[end - 1] in _POLITE:
        end -= 1
    return said[start:end]


def joined(question: str, fragment: str) -> str:
    """Return the question that a fragment asks when it continues `question`."""
    return f"{question.rstrip(' ?.!')}, {fragment}"
