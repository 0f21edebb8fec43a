"""At what times of the day somebody wants news: read from what they type, kept as one stretch in which none comes.

Nothing but an urgent warning comes before 7:00 or from 22:00 anyway. Minutes are those of the day in Viet Nam; a
stretch that ends before it begins goes over midnight: (1200, 420) is from 20:00 to 7:00.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from knowledge.vietnamese import clean

Quiet = tuple[int, int]
OPENS: Final = 7 * 60
CLOSES: Final = 22 * 60
_LEAST: Final = 60
"""Minutes of a day that have to be left."""
_DAY: Final = range(OPENS, CLOSES)
_PARTS: Final = (
    (r"sáng|sang", 7 * 60, 12 * 60),
    (r"trưa|trua", 11 * 60, 14 * 60),
    (r"chiều|chieu", 12 * 60, 18 * 60),
    (r"tối|(?:buoi|ban|chi) toi", 18 * 60, 22 * 60),  # "toi" alone is "tôi" as well
)
_LATE: Final = r"đêm|dem|khuya"
_NAMED: Final = rf"(?:buổi |buoi |ban )?(?P<{{name}}>sáng|sang|trưa|trua|chiều|chieu|tối|toi(?!\s*\d)|{_LATE})"
_TIME: Final = (
    r"(?P<h{n}>\d{{1,2}})(?:\s*(?P<u{n}>giờ|gio|h|g|:)\s*(?:(?P<m{n}>[0-5]?\d)(?:\s*(?:phút|phut|p)\b)?"
    r"|(?P<half{n}>rưỡi|ruoi))?)?"
)
_FIRST: Final = _TIME.format(n=1) + rf"(?:\s*{_NAMED.format(name='p1')}\b)?"
_SECOND: Final = _TIME.format(n=2) + rf"(?:\s*{_NAMED.format(name='p2')}\b)?"
_RANGE: Final = re.compile(rf"\b{_FIRST}\s*(?:đến|den|tới|toi|-|–|—|~)\s*{_SECOND}(?!\d)")
_SIDE: Final = re.compile(rf"\b(?P<side>sau|từ|tu|trước|truoc|quá|qua)\s+(?:lúc\s+|luc\s+)?{_FIRST}(?!\d)")
_ANY: Final = re.compile(
    r"\b(?:(?:giờ|gio|lúc|luc|khi|buổi|buoi) (?:nào|nao)(?: (?:cũng|cung) (?:được|duoc))?|cả ngày|ca ngay"
    r"|thoải mái|thoai mai|tùy|tuy|tuỳ)\b"
)
_BUT: Final = re.compile(r"\b(?:được|duoc|nhưng|nhung|còn)\b")
"""Beside what is not wanted stands what is: which is which is not read."""
_NEVER: Final = re.compile(
    r"\b(?:đừng|dung|không|khong|ko|k|hông|hong|hổng|chớ|trừ|tru|miễn|mien|tránh|tranh|thôi gửi|ngưng|dừng)\b"
)
_ONLY: Final = re.compile(r"\b(?:chỉ|chi|mỗi)\b")
_DAYS: Final = re.compile(
    r"\b(?:(?:thứ|thu) (?:[2-7]|hai|ba|tư|tu|năm|nam|sáu|sau|bảy|bay)|(?:chủ|chu) (?:nhật|nhat)"
    r"|(?:cuối|cuoi) (?:tuần|tuan)|(?:ngày|ngay) (?:thường|thuong|nghỉ|nghi|lễ|le|rằm|ram))\b"
)
_HALF: Final = 12


@dataclass(frozen=True)
class Unread:
    """Why an answer does not tell the times."""

    why: str


_UNCLEAR: Final = Unread(
    "Mình chưa rõ giờ. Bạn chọn ở dưới, hoặc gõ như “đừng gửi từ 12h đến 14h”, “tối sau 20h đừng gửi”."
)
_DAY_NAMED: Final = Unread(
    "Mình chỉ đổi được giờ trong ngày, chưa chọn được thứ hay ngày nghỉ. Bạn gõ như “đừng gửi từ 12h đến 14h”, “tối "
    "sau 20h đừng gửi”."
)
_MANY: Final = Unread("Mình chỉ nhớ được một khoảng giờ không gửi. Bạn gõ lại giúp mình một khoảng thôi nhé.")
_NONE_LEFT: Final = Unread(
    "Như vậy không còn giờ nào để gửi, vì mình chỉ gửi từ 7 giờ đến 22 giờ. Bạn chọn lại, hoặc gõ DỪNG để không nhận "
    "tin nữa."
)


def quiet_in(text: str) -> Quiet | Unread | None:
    """Return the stretch in which no news is to come, None for no wish, or why the answer does not tell.

    >>> quiet_in("đừng gửi từ 12h đến 14h"), quiet_in("tối sau 20h đừng gửi"), quiet_in("chỉ buổi sáng")
    ((720, 840), (1200, 420), (720, 420))
    >>> quiet_in("giờ nào cũng được")
    """
    typed = clean(text).lower()
    rest = _ANY.sub(" ", typed)
    never = _NEVER.search(rest) is not None and _ONLY.search(rest) is None
    if rest != typed and not never and not re.search(r"\d", rest):
        return None
    stretches = list(_stretches(rest, never=never))
    if _DAYS.search(rest):
        return _DAY_NAMED
    if not stretches or (never and _BUT.search(rest)):
        return _UNCLEAR
    named = {minute for start, end in stretches for minute in _minutes(start, end)}
    quiet = [minute for minute in _DAY if (minute in named) is never]
    if len(_DAY) - len(quiet) < _LEAST:
        return _NONE_LEFT
    return _stretch(quiet)


def told(quiet: Quiet | None) -> str:
    """Say when news may come.

    >>> told((720, 840)), told((1200, 420)), told(None)
    ('7:00–12:00, 14:00–22:00', '7:00–20:00', '7:00–22:00')
    """
    silent = set(_minutes(*quiet)) if quiet else set()
    return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in _runs(one for one in _DAY if one not in silent))


def _stretches(typed: str, *, never: bool) -> Iterator[tuple[int, int]]:
    """Yield the stretches that are named, by hours or else by parts of the day."""
    rest = typed
    found = False
    for match in _RANGE.finditer(typed):
        if match["u1"] or match["u2"] or match["p2"] or re.search(r"\b(?:từ|tu)\s*$", typed[: match.start()]):
            start, end = _both(match)
            if start is None or end is None or start == end:
                continue
            found, rest = True, rest.replace(match.group(), " ", 1)
            yield start, end
    for match in _SIDE.finditer(rest):
        at = _minute(match, 1)
        if at is None or not (match["u1"] or match["p1"]):
            continue
        found = True
        before = match["side"] in {"trước", "truoc"}
        yield (OPENS, at) if before else (at, CLOSES)
    if found:
        return
    for names, start, end in _PARTS:
        if re.search(rf"\b(?:{names})\b", typed):
            yield start, end
    if never and re.search(rf"\b(?:{_LATE})\b", typed):
        yield CLOSES, OPENS  # which is so anyway


def _both(match: re.Match[str]) -> tuple[int | None, int | None]:
    """Both ends of a range; "từ 8 đến 10 giờ tối" is in the evening at both."""
    start, end = _minute(match, 1), _minute(match, 2)
    if not match["p1"] and match["p2"] and end is not None:
        same = _minute(match, 1, match["p2"])
        start = same if same is not None and same < end else start
    return start, end


def _minute(match: re.Match[str], number: int, part: str | None = None) -> int | None:
    """The minute of the day that one time of a match is; None when there is none such."""
    hour = int(match[f"h{number}"])
    part = part or match[f"p{number}"]
    if part is not None and hour <= _HALF:
        if re.fullmatch(_LATE, part):
            hour = hour + _HALF if 7 <= hour < _HALF else hour % _HALF
        elif re.fullmatch(r"chiều|chieu|tối|toi", part) or (re.fullmatch(r"trưa|trua", part) and hour < 10):
            hour = hour % _HALF + _HALF
    minute = 30 if match[f"half{number}"] else int(match[f"m{number}"] or 0)
    at = hour * 60 + minute
    return at if at <= 24 * 60 else None


def _minutes(start: int, end: int) -> Iterator[int]:
    return iter(range(start, end) if start < end else [*range(start, 24 * 60), *range(end)])


def _runs(minutes: Iterable[int]) -> list[tuple[int, int]]:
    """Minutes in order, as stretches."""
    runs: list[tuple[int, int]] = []
    for one in minutes:
        if runs and runs[-1][1] == one:
            runs[-1] = (runs[-1][0], one + 1)
        else:
            runs.append((one, one + 1))
    return runs


def _stretch(quiet: list[int]) -> Quiet | Unread | None:
    """The quiet minutes of a day as one stretch with the night; None when there are none."""
    runs = _runs(quiet)
    if not runs:
        return None
    before = next((end for start, end in runs if start == OPENS), OPENS)
    after = next((start for start, end in runs if end == CLOSES), CLOSES)
    inner = [one for one in runs if one[0] != OPENS and one[1] != CLOSES]
    if not inner:
        return after, before
    return inner[0] if len(runs) == 1 else _MANY


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"
