"""Which reports somebody wants to see: a filter that stands in the address of a page, so that it can be passed on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import Enum
from typing import Final, TypeVar
from urllib.parse import quote_plus

from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import OPEN, Hat, State
from knowledge.vietnamese import clean

NO_PLACE: Final = "khong"
"""In the place of a code: reports without any place; "01-khong": of a province, without a commune."""
NOBODY: Final = 0
"""As `claimed_by`: nobody has claimed it; no member of the staff has this number."""
_ALL_OPEN: Final = "mo"  # as a state: every one in which somebody still has something to do
_LONGEST_WORDS: Final = 200  # characters
_MOST_VALUES: Final = 60  # of one parameter
_LARGEST_NUMBER: Final = 32_767  # of an agency or a member of the staff: their columns are SMALLINT
_PLACE: Final = re.compile(r"\d{2}|\d{5}|\d{2}-khong|khong", re.ASCII)
_CHANNEL: Final = re.compile(r"[a-z][a-z0-9_]{1,19}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]*")  # what stands in an address as it is
_OLDEST: Final = date(2000, 1, 1)
_NEWEST: Final = date(2100, 1, 1)
Value = TypeVar("Value")


class Order(Enum):
    """Which report comes first."""

    NEWEST = "moi"
    DUE = "han"  # the one whose deadline is nearest, or longest over


@dataclass(frozen=True, kw_only=True)
class ReportFilter:
    """What reports must be like to be listed or counted; whatever is empty does not matter.

    `places`: official codes, or what `NO_PLACE` says. `overdue`: the deadline is over and somebody still has to act;
    `late`: a deadline was missed at some time; `stuck`: overdue, or open and untouched for long; `undelivered`: with
    an agency to which its mail could not be sent, or perhaps was not. `first` and `last`: days in Viet Nam on which
    they were sent. `faults`: what of an address could not be understood, in Vietnamese; it is left out of the filter.
    """

    kinds: tuple[ReportKind, ...] = ()
    categories: tuple[Category, ...] = ()
    states: tuple[State, ...] = ()
    places: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    agency: int | None = None
    claimed_by: int | None = None
    turn: Hat | None = None
    first: date | None = None
    last: date | None = None
    words: str = ""
    overdue: bool = False
    stuck: bool = False
    undelivered: bool = False
    late: bool = False
    reopened: bool = False
    photos: bool = False
    supported: bool = False
    answered: bool = False
    finished: bool = False
    order: Order = Order.NEWEST
    faults: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> ReportFilter:
        """Return the filter of an address. Never raises: what cannot be understood is named in `faults`.

        A parameter may be repeated, or have several values with commas between. Other parameters are not looked at.
        """
        reading = _Reading(query)
        first, last = reading.one("tu", _day, _DAY_FAULT), reading.one("den", _day, _DAY_FAULT)
        if first and last and first > last:
            reading.faults.append("Ngày bắt đầu phải trước hoặc trùng ngày kết thúc.")
            first, last = None, None
        return cls(
            kinds=reading.several("loai", ReportKind, "Không có loại phản ánh"),
            categories=reading.several("muc", Category, "Không có mục"),
            states=_states(reading),
            places=reading.several("noi", _place, "Mã nơi chốn không đúng:"),
            channels=reading.several("kenh", _channel, "Không có kênh"),
            agency=reading.one("cq", _number(1), "Số của cơ quan không đúng:"),
            claimed_by=reading.one("nguoi", _number(NOBODY), "Số của cán bộ không đúng:"),
            turn=reading.one("luot", Hat, "Không có bên nào là"),
            first=first,
            last=last,
            words=reading.words("chu"),
            **{name: reading.flag(parameter) for name, parameter in FLAGS.items()},
            order=reading.one("xep", Order, "Không có cách xếp") or Order.NEWEST,
            faults=tuple(reading.faults),
        )

    def as_query(self) -> dict[str, str]:
        """Return the parameters of an address from which `from_query` makes the same filter."""
        open_states = set(self.states) == OPEN
        lists: dict[str, Iterable[str]] = {
            "loai": (one.value for one in self.kinds),
            "muc": (one.value for one in self.categories),
            "tt": [_ALL_OPEN] if open_states else (one.value for one in self.states),
            "noi": self.places,
            "kenh": self.channels,
        }
        query = {name: ",".join(values) for name, values in lists.items()}
        query |= {"cq": _shown(self.agency), "nguoi": _shown(self.claimed_by)}
        query |= {"luot": self.turn.value if self.turn else ""}
        query |= {"tu": _shown(self.first), "den": _shown(self.last), "chu": self.words}
        query |= {parameter: "1" for name, parameter in FLAGS.items() if getattr(self, name)}
        query |= {"xep": "" if self.order is Order.NEWEST else self.order.value}
        return {name: value for name, value in query.items() if value}

    def as_address(self) -> str:
        """Return what follows the "?" of an address; "" for the filter that lets everything through."""
        return "&".join([f"{name}={_quoted(value)}" for name, value in self.as_query().items()])

    @property
    def empty(self) -> bool:
        """Whether it lets everything through."""
        return all(
            getattr(self, one.name) == one.default for one in fields(self) if one.name not in {"faults", "order"}
        )


FLAGS: Final[Mapping[str, str]] = {
    "overdue": "qua-han",
    "stuck": "ket",
    "undelivered": "thu-hong",
    "late": "tre",
    "reopened": "mo-lai",
    "photos": "anh",
    "supported": "dong-tinh",
    "answered": "da-tra-loi",
    "finished": "da-xong",
}
"""Fields that are on or off, and their parameters; in an address "1" is on."""
_DAY_FAULT: Final = "Ngày không đúng (cần dạng 2026-10-01):"


class _Reading:
    """Reads parameters and collects what is wrong with them."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query
        self.faults: list[str] = []

    def several(self, name: str, meaning: Callable[[str], Value], fault: str) -> tuple[Value, ...]:
        typed = [part for value in self._values(name) for part in value.split(",") if part]
        if len(typed) > _MOST_VALUES:
            self.faults.append(f"Chọn quá nhiều giá trị cùng lúc (nhiều nhất {_MOST_VALUES}).")
        values = (self._meant(part, meaning, fault) for part in typed[:_MOST_VALUES])
        return tuple(dict.fromkeys(value for value in values if value is not None))

    def one(self, name: str, meaning: Callable[[str], Value], fault: str) -> Value | None:
        typed = next((value for value in self._values(name) if value), None)
        return None if typed is None else self._meant(typed, meaning, fault)

    def flag(self, name: str) -> bool:
        typed = next((value for value in self._values(name) if value), "0")
        if typed not in {"0", "1"}:
            self.faults.append(f"Giá trị của “{name}” phải là 1 hoặc bỏ trống.")
        return typed == "1"

    def words(self, name: str) -> str:
        typed = clean(" ".join(self._values(name)))
        if len(typed) > _LONGEST_WORDS:
            self.faults.append(f"Từ khóa quá dài, chỉ tìm theo {_LONGEST_WORDS} ký tự đầu.")
        return " ".join(typed[:_LONGEST_WORDS].split())

    def _values(self, name: str) -> list[str]:
        getall = getattr(self._query, "getall", None)  # an address may repeat a parameter; aiohttp keeps them all
        values: list[str] = getall(name, []) if getall else [self._query.get(name, "")]
        return [clean(value) for value in values]

    def _meant(self, typed: str, meaning: Callable[[str], Value], fault: str) -> Value | None:
        try:
            return meaning(typed)
        except ValueError:
            self.faults.append(f"{fault} “{typed[:40]}”.")
            return None


def _states(reading: _Reading) -> tuple[State, ...]:
    groups = reading.several("tt", _state, "Không có trạng thái")
    return tuple(dict.fromkeys(state for group in groups for state in group))


def _state(typed: str) -> tuple[State, ...]:
    return tuple(state for state in State if state in OPEN) if typed == _ALL_OPEN else (State(typed),)


def _place(typed: str) -> str:
    if not _PLACE.fullmatch(typed):
        raise ValueError(typed)
    return typed


def _channel(typed: str) -> str:
    if not _CHANNEL.fullmatch(typed):
        raise ValueError(typed)
    return typed


def _number(least: int) -> Callable[[str], int]:
    def number(typed: str) -> int:
        if not (typed.isascii() and typed.isdigit() and least <= int(typed[:9]) <= _LARGEST_NUMBER and len(typed) < 9):
            raise ValueError(typed)
        return int(typed)

    return number


def _day(typed: str) -> date:
    if not _DAY.fullmatch(typed) or not _OLDEST <= (day := date.fromisoformat(typed)) <= _NEWEST:
        raise ValueError(typed)
    return day


def _quoted(value: str) -> str:
    """Quote a value for an address. Most are plain, and a page of figures has thousands of them."""
    return value if _PLAIN.fullmatch(value) else quote_plus(value)


def _shown(value: int | date | None) -> str:
    return "" if value is None else str(value)
