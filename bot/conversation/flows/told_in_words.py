"""What residents tell the assistant in more words than a list holds: no more news; news, a quiz or a drill about it.

A message counts only as a whole: whatever else stands in it makes it something else.
"""

from __future__ import annotations

import re
from typing import Final

from bot.conversation.flows.set_words import ABOUT, ANSWERS, CONTROLS, TOPICAL
from knowledge.vietnamese import clean, fold, has_diacritics, message_words, spelling, words

_LONGEST: Final = 16
"""Words up to which a message can be meant so; what is longer tells more."""
_WHO: Final = "tôi|tui|mình|em|anh|chị|cô|chú|bác|con|bạn|ad|bot"
_BEFORE: Final = (
    "(?:(?:làm ơn|xin|vui lòng|dạ|ơi|ê|này|thôi|hãy|phiền|phiền quá|bực quá|mệt quá|nhiều quá|nhiều tin quá|đủ rồi"
    f"|từ nay|từ giờ|{_WHO}) )*"
)
_AFTER: Final = (
    "(?: (?:nữa|đâu|luôn|đi|nhé|nha|nghe|ạ|giùm|giúp|dùm|với|ngay|liền|hết|hoài|rồi|cho|tới|đến|ơi|cảm ơn|phiền quá"
    f"|phiền lắm|bực quá|mệt quá|{_WHO}))*"
)
_NEWS: Final = "(?:tin nhắn|tin tức|tin|bản tin|thông báo|quảng cáo|sms)"
_SEND: Final = "(?:gửi|gởi|nhắn|phát)"
_PERSON: Final = (
    f"(?:(?:có|có thể|được|muốn|cần|cho|xin|giúp|làm sao|làm sao để|ở đây|{_WHO}) )*"
    "(?:(?:nói chuyện|trò chuyện|chat)(?: trực tiếp)?(?: với)? (?:một )?người"
    "|(?:nói chuyện|trò chuyện|nói|chat|trao đổi|gặp|kết nối|nối máy|chuyển máy|chuyển)"
    "(?: trực tiếp)?(?: (?:với|cho|tới|đến|qua|sang))?(?: một)?"
    " (?:người thật|con người|nhân viên|tư vấn viên|tổng đài viên|người trực|người phụ trách|người tư vấn|cán bộ))"
)
_CAN: Final = "(?: (?:được không|được hông|được chứ|có được không|không|hông|thế nào|bằng cách nào|ở đâu))?"
_NO_MORE: Final = "(?=.* nữa| hoài)"
"""Follows "đừng gửi", which alone is but a no to what a form asks."""
_STOP: Final = "|".join(
    (
        f"(?:dừng|ngừng|ngưng|chấm dứt|thôi)(?: việc)? (?:{_SEND}|nhận) {_NEWS}",
        f"(?:đừng|thôi đừng|khỏi)(?: có)? {_SEND}{_NO_MORE}(?: {_NEWS})?",
        f"(?:phiền|phiền quá|bực quá|mệt quá|nhiều quá|nhiều tin quá) đừng {_SEND}(?: {_NEWS})?",
        f"(?:đừng|thôi đừng)(?: có)? (?:làm phiền|spam)(?: {_NEWS})?",
        f"(?:không|hổng|chẳng|chả)(?: muốn| cần| thích| thèm)? nhận{_NO_MORE}(?: {_NEWS})?",
        f"(?:hủy|bỏ|tắt|xóa|ngừng|dừng|ngưng)(?: hết)? (?:đăng ký nhận|đăng ký|đăng kí nhận|đăng kí|nhận)(?: {_NEWS})?",
        f"tắt(?: hết)? {_NEWS}",
    )
)
_MOST_CHARACTERS: Final = 200
_ABOUT: Final = frozenset(tuple(map(spelling, words(one))) for listed in ABOUT for one in (listed, fold(listed)))
_LENGTHS: Final = tuple(sorted({len(one) for one in _ABOUT}, reverse=True))
_WORD: Final = re.compile(r"[^\W\d_]+")


def wants_no_news(text: str) -> bool:
    """Whether a message says that no more news are to come, and nothing else.

    >>> wants_no_news("làm ơn đừng nhắn tin cho tôi nữa"), wants_no_news("toi khong muon nhan tin nua dau")
    (True, True)
    >>> wants_no_news("đừng gửi"), wants_no_news("sao tôi không nhận được tin nữa")
    (False, False)
    """
    if len(text) > _MOST_CHARACTERS:
        return False
    typed = clean(text)
    listed = message_words(typed)
    if len(listed) > _LONGEST or "?" in typed or ANSWERS.named(typed) or CONTROLS.named(typed):
        return False
    if has_diacritics(typed):
        return _SPELLED.fullmatch(" ".join(spelling(one) for one in listed)) is not None
    return _PLAIN.fullmatch(" ".join(fold(one) for one in listed)) is not None


def wants_person(text: str) -> bool:
    """Whether a message says that somebody wants to talk to a person, and nothing else.

    >>> wants_person("nói chuyện với người thật được không"), wants_person("cho gap tu van vien")
    (True, True)
    >>> wants_person("gặp người lạ mặt thì làm sao"), wants_person("nói chuyện với người già về cháy nổ")
    (False, False)
    """
    if len(text) > _MOST_CHARACTERS:
        return False
    typed = clean(text)
    listed = message_words(typed)
    if len(listed) > _LONGEST:
        return False
    if has_diacritics(typed):
        return _PERSON_SPELLED.fullmatch(" ".join(spelling(one) for one in listed)) is not None
    return _PERSON_PLAIN.fullmatch(" ".join(fold(one) for one in listed)) is not None


def wanted_about(text: str) -> str | None:
    """Return the command that a message gives with words of what it is to be about: "nhận tin về 04/10" gives "news".

    >>> wanted_about("cho mình tin 04/10"), wanted_about("trắc nghiệm phòng cháy"), wanted_about("nhận tin báo cháy")
    ('news', 'quiz', None)
    """
    if len(text) > _MOST_CHARACTERS:
        return None
    typed = clean(text).lower()
    said = words(typed) if has_diacritics(typed) else [fold(one) for one in words(typed)]
    while (shorter := _without_last(said)) is not None:
        said = shorter
    return TOPICAL.named(" ".join(said))


def _without_last(said: list[str]) -> list[str] | None:
    """The words but for the last that only tell what something is to be about, or are polite; None where none do."""
    ends = (number for number in _LENGTHS if tuple(map(spelling, said[-number:])) in _ABOUT)
    return None if (number := next(ends, 0)) == 0 else said[:-number]


def _compiled(pattern: str, *, plain: bool) -> re.Pattern[str]:
    """Compile a pattern of words, as a message with diacritics is spelled or as one without is written."""
    written = _WORD.sub(lambda match: fold(match[0]) if plain else spelling(match[0]), pattern)
    return re.compile(written)


_WHOLE: Final = f"{_BEFORE}(?:{_STOP}){_AFTER}"
_WHOLE_PERSON: Final = f"{_BEFORE}{_PERSON}(?: thật)?{_AFTER}{_CAN}{_AFTER}"
_PERSON_SPELLED: Final = _compiled(_WHOLE_PERSON, plain=False)
_PERSON_PLAIN: Final = _compiled(_WHOLE_PERSON, plain=True)
_SPELLED: Final = _compiled(_WHOLE, plain=False)
_PLAIN: Final = _compiled(_WHOLE, plain=True)
