"""What figures are counted from: reports without words and people, and which of them a figure counts."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Final

from bot.feedback.filters import NO_PLACE, ReportFilter
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import OPEN, Hat, State
from bot.monitoring.periods import Period
from bot.monitoring.scopes import Scope
from knowledge.clock import VIET_NAM

_SECONDS_OF_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Record:
    """One report: no words, no contact, no photo. `answer_days`, `close_days`: how long it took, None: not yet."""

    code: str
    created_at: datetime
    category: str
    state: str
    province: str | None
    commune: str | None
    channel: str
    agency: int | None
    agency_name: str | None
    late: bool
    overdue: bool
    reopened: int
    supporters: int
    answer_days: float | None
    close_days: float | None
    turn: str | None = None  # whose turn it is; not in what was packed at first

    @property
    def kind(self) -> str:
        """The kind that the category belongs to."""
        return self.category.partition(".")[0]

    @property
    def day(self) -> date:
        """The day on which it came, in Viet Nam."""
        return self.created_at.astimezone(VIET_NAM).date()


def days_between(start: datetime, end: datetime | None) -> float | None:
    """Return how many days lie between, None without an end; never less than none."""
    return None if end is None else max(0.0, (end - start).total_seconds() / _SECONDS_OF_A_DAY)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which reports of the period and the scope a figure counts. Everything that is set must hold."""

    kinds: tuple[ReportKind, ...] = ()
    categories: tuple[Category, ...] = ()
    states: tuple[State, ...] = ()
    places: tuple[str, ...] = ()
    channel: str | None = None
    agency: int | None = None
    turn: Hat | None = None
    late: bool = False
    overdue: bool = False
    reopened: bool = False
    supported: bool = False
    answered: bool = False

    def of(self, records: Iterable[Record]) -> list[Record]:
        """Return the records that it counts."""
        found = list(records)
        for holds in self._conditions():  # one after the other, each over fewer: a year has many records
            found = [one for one in found if holds(one)]
        return found

    def _conditions(self) -> Iterator[Callable[[Record], bool]]:
        if self.kinds:
            of_kinds = frozenset(one.value for one in Category if one.kind in self.kinds)
            yield lambda one: one.category in of_kinds
        if self.categories:
            categories = frozenset(one.value for one in self.categories)
            yield lambda one: one.category in categories
        if self.states:
            states = frozenset(one.value for one in self.states)
            yield lambda one: one.state in states
        if self.places:
            places = frozenset(self.places)
            without = [code for code in self.places if code.endswith(NO_PLACE)]
            yield (
                lambda one: (
                    one.commune in places or one.province in places or any(_lacks(one, code) for code in without)
                )
            )
        if self.channel is not None:
            yield lambda one: one.channel == self.channel
        if self.agency is not None:
            yield lambda one: one.agency == self.agency
        if self.turn is not None:
            yield lambda one: one.turn == self.turn
        if self.late:
            yield lambda one: one.late
        if self.overdue:
            yield lambda one: one.overdue
        if self.reopened:
            yield lambda one: one.reopened > 0
        if self.supported:
            yield lambda one: one.supporters > 0
        if self.answered:
            yield lambda one: one.answer_days is not None

    def wanted(self, period: Period, scope: Scope) -> ReportFilter:
        """Return the console's filter that lists what it counts."""
        return ReportFilter(
            kinds=self.kinds,
            categories=self.categories,
            states=self.states,
            places=self.places or scope.places,
            channels=(self.channel,) if self.channel else (),
            agency=self.agency,
            turn=self.turn,
            first=period.first,
            last=period.last,
            late=self.late,
            overdue=self.overdue,
            reopened=self.reopened,
            supported=self.supported,
            answered=self.answered,
        )

    def as_json(self) -> dict[str, Any]:
        """Return what is set, as JSON."""
        found: dict[str, Any] = {
            "kinds": [one.value for one in self.kinds],
            "categories": [one.value for one in self.categories],
            "states": [one.value for one in self.states],
            "places": list(self.places),
            "channel": self.channel,
            "agency": self.agency,
            "turn": None if self.turn is None else self.turn.value,
            "late": self.late,
            "overdue": self.overdue,
            "reopened": self.reopened,
            "supported": self.supported,
            "answered": self.answered,
        }
        return {key: value for key, value in found.items() if value not in (None, False, [])}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Selection:
        """Read what `as_json` wrote."""
        return cls(
            kinds=tuple(ReportKind(one) for one in stored.get("kinds", ())),
            categories=tuple(Category(one) for one in stored.get("categories", ())),
            states=tuple(State(one) for one in stored.get("states", ())),
            places=tuple(stored.get("places", ())),
            channel=stored.get("channel"),
            agency=stored.get("agency"),
            turn=Hat(stored["turn"]) if "turn" in stored else None,
            late=stored.get("late", False),
            overdue=stored.get("overdue", False),
            reopened=stored.get("reopened", False),
            supported=stored.get("supported", False),
            answered=stored.get("answered", False),
        )


def _lacks(record: Record, code: str) -> bool:
    """Whether a report has no place, or of a province no commune, as the console's filter writes it."""
    if code == NO_PLACE:
        return record.province is None
    return record.commune is None and record.province == code.partition("-")[0]


_REST: Final = attrgetter(*(one.name for one in fields(Record)[2:]))
EVERYTHING: Final = Selection()
STILL_OPEN: Final = Selection(states=tuple(one for one in State if one in OPEN))
DONE: Final = Selection(states=(State.CONFIRMED, State.CLOSED))
STANDING: Final = tuple(one for one in State if one not in {State.REJECTED, State.DUPLICATE, State.WITHDRAWN})
"""States of reports that count as told: neither turned away, merged nor taken back."""


def packed(records: Sequence[Record]) -> bytes:
    """Return records as compressed JSON, in which they are kept beside the figures that were counted from them."""
    rows = [[one.code, one.created_at.isoformat(), *_REST(one)] for one in records]
    return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpacked(stored: bytes) -> list[Record]:
    """Read what `packed` wrote."""
    return [Record(code, datetime.fromisoformat(at), *rest) for code, at, *rest in json.loads(zlib.decompress(stored))]
