"""The fire-safety year: when its occasions fall in any year, and on which days a campaign comes again.

The seasons are those of the calendar in knowledge/documents/kn-ngay-0410.md (#lich-nam), which is a suggestion of its
authors and no official schedule; each occasion names what it rests on, and says no more than that.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bot.campaigns.lunar import LunarDay, LunarMonth, months_of, solar

LATEST_DAY: Final = 28
"""The last day of a month that a rule by the calendar may name: every month has it."""

_SUGGESTED: Final = ("kn-ngay-0410#lich-nam",)
_BY_CALENDAR: Final = "month"
_BY_MOON: Final = "lunar"


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One occasion in one year. `day` is the day that the moments of a campaign count from, `first` ≤ `day` ≤ `last`.

    `why` is said to the author, in Vietnamese; `sources` are passages that it rests on; `kits` count from this day.
    """

    id: str
    name: str
    first: date
    last: date
    day: date
    why: str
    sources: tuple[str, ...]
    kits: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """What comes every year. `span` gives its first day, its last day and its day in a year."""

    id: str
    name: str
    why: str
    span: Callable[[int], tuple[date, date, date]]
    sources: tuple[str, ...] = _SUGGESTED
    kits: tuple[str, ...] = ()

    def in_year(self, year: int) -> Occurrence:
        """Return when it is in `year`. Raises ValueError where the lunar calendar is not known (lunar.py)."""
        first, last, day = self.span(year)
        return Occurrence(
            id=self.id,
            name=self.name,
            first=first,
            last=last,
            day=day,
            why=self.why,
            sources=self.sources,
            kits=self.kits,
        )


def occasions(year: int) -> list[Occurrence]:
    """Return the occasions whose day is in `year`, by their day. Raises ValueError outside 1969–2199."""
    found = [one.in_year(year) for one in OCCASIONS]
    return sorted(found, key=lambda one: (one.day, one.first, one.id))


def next_day(rule: str, after: date) -> date:
    """Return the first day after `after` on which a campaign with this rule comes again.

    `rule` is the id of an occasion, "month:DAY" (1–28: the day that every month has) or "lunar:DAY" (1–30). A lunar
    month that ends on the 29th keeps its 30th on the 29th. Occasions count in the ordinary month, never in the leap
    month after it; "lunar:DAY" comes in every month, leap months too, as their full moon is a rằm like the others.

    Raises ValueError when there is no such rule.

    >>> next_day("ngay-04-10", date(2026, 10, 4)), next_day("lunar:15", date(2026, 8, 20))
    (datetime.date(2027, 10, 4), datetime.date(2026, 8, 27))
    """
    kind, colon, day = rule.partition(":")
    if not colon:
        return _next(_yearly(_occasion(rule), after.year), after)
    if not (day.isascii() and day.isdecimal()) or str(int(day)) != day:
        raise ValueError(_unknown(rule))
    if kind == _BY_CALENDAR and 1 <= int(day) <= LATEST_DAY:
        return _next(_monthly(int(day), after), after)
    if kind == _BY_MOON and 1 <= int(day) <= 30:
        return _next(_by_moon(int(day), after.year), after)
    raise ValueError(_unknown(rule))


def _next(days: Iterator[date], after: date) -> date:
    return next(day for day in days if day > after)


def _occasion(rule: str) -> Occasion:
    for one in OCCASIONS:
        if one.id == rule:
            return one
    raise ValueError(_unknown(rule))


def _unknown(rule: str) -> str:
    return f"no rule {rule!r}: an occasion, month:1 to month:{LATEST_DAY}, or lunar:1 to lunar:30"


def _yearly(occasion: Occasion, year: int) -> Iterator[date]:
    return (occasion.in_year(one).day for one in range(year, year + 3))


def _monthly(day: int, after: date) -> Iterator[date]:
    yield after.replace(day=day)
    yield (after.replace(day=LATEST_DAY) + timedelta(days=7)).replace(day=day)  # in the month after


def _by_moon(day: int, year: int) -> Iterator[date]:
    for month in (one for lunar_year in (year - 1, year, year + 1) for one in months_of(lunar_year)):
        yield month.first + timedelta(days=min(day, month.days) - 1)


def _fixed(month: int, day: int) -> Callable[[int], tuple[date, date, date]]:
    def span(year: int) -> tuple[date, date, date]:
        on = date(year, month, day)
        return on, on, on

    return span


def _months(first: int, last: int) -> Callable[[int], tuple[date, date, date]]:
    """From the first day of a month to the last of another; moments count from the first."""

    def span(year: int) -> tuple[date, date, date]:
        start = date(year, first, 1)
        return start, date(year, last, calendar.monthrange(year, last)[1]), start

    return span


def _lunar_day(month: int, day: int) -> Callable[[int], tuple[date, date, date]]:
    """A day of an ordinary lunar month, in the lunar year that begins in the given one."""

    def span(year: int) -> tuple[date, date, date]:
        on = solar(LunarDay(day=day, month=month, year=year))
        return on, on, on

    return span


def _kitchen_gods(year: int) -> tuple[date, date, date]:
    """The 23rd of the twelfth month, of the lunar year that ends in `year`."""
    on = _twelfth(year).first + timedelta(days=22)
    return on, on, on


def _new_year(year: int) -> tuple[date, date, date]:
    """From the 23rd of the twelfth month to the third of the new year; moments count from the first of the new one."""
    month = _twelfth(year)
    day = month.first + timedelta(days=month.days)
    return month.first + timedelta(days=22), day + timedelta(days=2), day


def _new_year_eve(year: int) -> tuple[date, date, date]:
    """The last day of the lunar year: its 30th, or its 29th where the month is short."""
    month = _twelfth(year)
    on = month.first + timedelta(days=month.days - 1)
    return on, on, on


def _twelfth(year: int) -> LunarMonth:
    """The month before the lunar new year that falls in `year`."""
    return months_of(year - 1)[-1]


OCCASIONS: Final[tuple[Occasion, ...]] = (
    Occasion(
        id="ong-cong-ong-tao",
        name="Ông Công ông Táo (23 tháng Chạp)",
        why="Nhà nhà thắp hương, hóa vàng: nhắc người trông lửa, đốt trong thùng kim loại có nắp. "
        "Bộ “Tết an toàn” đã có tin cho ngày này. Nhắc theo mùa là gợi ý của người soạn, không phải lịch bắt buộc.",
        span=_kitchen_gods,
    ),
    Occasion(
        id="giao-thua",
        name="Giao thừa",
        why="Thờ cúng, vàng mã, pháo, điện trang trí: nhắc pháo hoa không nổ, tắt bếp và điện trước khi đi chơi. "
        "Bộ “Tết an toàn” đã có tin cho ngày này. Nhắc theo mùa là gợi ý của người soạn, không phải lịch bắt buộc.",
        span=_new_year_eve,
    ),
    Occasion(
        id="tet",
        name="Tết Nguyên đán",
        why="Từ 23 tháng Chạp: thờ cúng, vàng mã, pháo, chợ Tết, điện trang trí. "
        "Nhắc theo mùa là gợi ý của người soạn, không phải lịch bắt buộc.",
        span=_new_year,
        kits=("tet",),
    ),
    Occasion(
        id="ram-thang-gieng",
        name="Rằm tháng giêng, mùa lễ hội",
        why="Đền chùa, lễ hội, vàng mã, đèn trời: nhắc không thả đèn trời. "
        "Nhắc theo mùa là gợi ý của người soạn, không phải lịch bắt buộc.",
        span=_lunar_day(1, 15),
        kits=("ram-thang-gieng",),
    ),
    Occasion(
        id="nang-nong",
        name="Mùa nắng nóng, mùa khô (tháng 3 đến tháng 8)",
        why="Quá tải điện, điều hòa, cháy rừng, đốt rẫy. Thời điểm nóng, khô mỗi vùng một khác: "
        "chọn ngày theo nơi mình. Lịch là gợi ý của người soạn, không phải lịch bắt buộc.",
        span=_months(3, 8),
        kits=("nang-nong",),
    ),
    Occasion(
        id="thang-5",
        name="Tháng 5: Tháng hành động về an toàn, vệ sinh lao động",
        why="Năm 2026 diễn ra từ 01 đến 31/5; năm khác xem thông báo của năm đó. "
        "Hợp để nhắc hàn cắt và điện nơi làm việc.",
        span=_months(5, 5),
        sources=("kn-ngay-0410#thang-5-2026", *_SUGGESTED),
        kits=("thang-5",),
    ),
    Occasion(
        id="he",
        name="Nghỉ hè (tháng 6 đến tháng 8)",
        why="Trẻ ở nhà, đuối nước. Lịch là gợi ý của người soạn, không phải lịch bắt buộc.",
        span=_months(6, 8),
        kits=("he",),
    ),
    Occasion(
        id="ram-thang-7",
        name="Rằm tháng bảy",
        why="Đốt vàng mã. Năm nhuận tháng bảy thì tính tháng bảy thường, không tính tháng nhuận. "
        "Nhắc theo mùa là gợi ý của người soạn, không phải lịch bắt buộc.",
        span=_lunar_day(7, 15),
        kits=("ram-thang-7",),
    ),
    Occasion(
        id="trung-thu",
        name="Tết Trung thu (rằm tháng tám)",
        why="Đèn nến, nơi chen đông. Nhắc theo mùa là gợi ý của người soạn, không phải lịch bắt buộc.",
        span=_lunar_day(8, 15),
        kits=("trung-thu",),
    ),
    Occasion(
        id="ngay-04-10",
        name="Ngày toàn dân phòng cháy và chữa cháy 04/10",
        why="Ngày 04/10 hằng năm, theo Quyết định 369 năm 1996 của Thủ tướng Chính phủ. "
        "Văn bản của tỉnh Sơn La năm 2025 gọi là Ngày toàn dân phòng cháy, chữa cháy và cứu nạn, cứu hộ.",
        span=_fixed(10, 4),
        sources=("kn-ngay-0410#la-ngay-gi", "qd-369-1996-ttg#ngay-toan-dan", "kn-ngay-0410#ten-moi"),
        kits=("ngay-04-10",),
    ),
    Occasion(
        id="hanh-kho",
        name="Hanh khô, mưa bão cuối năm (tháng 9 đến tháng 12)",
        why="Hanh khô: cháy kho; mưa bão: điện ngập nước. Mỗi vùng một khác, chọn ngày theo nơi mình. "
        "Có tin bão thì dùng bộ “Cảnh báo khẩn: bão, ngập”. Lịch là gợi ý của người soạn, không phải lịch bắt buộc.",
        span=_months(9, 12),
    ),
    Occasion(
        id="cuoi-nam",
        name="Cuối năm (tháng 12)",
        why="Hanh khô, cháy kho; bắt đầu mùa chợ Tết, điện trang trí. "
        "Lịch là gợi ý của người soạn, không phải lịch bắt buộc.",
        span=_months(12, 12),
        kits=("cuoi-nam",),
    ),
)
"""In the order of the year that begins with Tết; `occasions` sorts by the days of each year."""
