"""A figure: a number with its definition in Vietnamese and with what it was counted from; and all of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import State
from bot.monitoring.records import Selection

REPORTS: Final = "phản ánh"
DAYS: Final = "ngày"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number. `before`: the same of the period before. None: there is nothing to count or to measure.

    `selection`: the reports that it counts; None: it is counted from something else, as `definition` says.
    `campaign`: the one whose results it is of.
    """

    id: str
    name: str
    definition: str
    unit: str
    value: float | None
    before: float | None
    selection: Selection | None = None
    campaign: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        chosen = None if self.selection is None else self.selection.as_json()
        return {
            "id": self.id,
            "name": self.name,
            "definition": self.definition,
            "unit": self.unit,
            "value": self.value,
            "before": self.before,
            "selection": chosen,
            **({} if self.campaign is None else {"campaign": self.campaign}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Figure:
        """Read what `as_json` wrote."""
        chosen = stored["selection"]
        return cls(**{**stored, "selection": None if chosen is None else Selection.from_json(chosen)})


@dataclass(frozen=True)
class Named:
    """A report that is named by its code: no words of it."""

    code: str
    day: date
    category: Category
    state: State
    province: str | None
    commune: str | None

    def as_json(self) -> list[Any]:
        """Return it as JSON."""
        return [self.code, self.day.isoformat(), self.category, self.state, self.province, self.commune]

    @classmethod
    def from_json(cls, stored: Sequence[Any]) -> Named:
        """Read what `as_json` wrote."""
        code, day, category, state, province, commune = stored
        return cls(code, date.fromisoformat(day), Category(category), State(state), province, commune)


@dataclass(frozen=True)
class Figures:
    """All figures of a report, as they were at `taken_at`; `named`: reports by kind, oldest first."""

    taken_at: datetime
    all: tuple[Figure, ...]
    named: Mapping[ReportKind, tuple[Named, ...]] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> Mapping[str, Figure]:
        """The figures by their ids."""
        return {one.id: one for one in self.all}

    def uncompared(self) -> Figures:
        """Return them without the period before, for a period that is not over: it would be set against a whole one."""
        return replace(self, all=tuple(replace(one, before=None) for one in self.all))

    def value(self, figure: str) -> float:
        """Return a number, 0 for one that is not there."""
        found = self.by_id.get(figure)
        return 0 if found is None or found.value is None else found.value

    def under(self, beginning: str) -> tuple[Figure, ...]:
        """Return the figures whose ids begin so, the greatest first."""
        found = [one for one in self.all if one.id.startswith(beginning)]
        return tuple(sorted(found, key=lambda one: -(one.value or 0)))

    def as_json(self) -> dict[str, Any]:
        """Return them as JSON."""
        return {
            "taken_at": self.taken_at.isoformat(),
            "figures": [one.as_json() for one in self.all],
            "named": {kind.value: [one.as_json() for one in named] for kind, named in self.named.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Figures:
        """Read what `as_json` wrote."""
        return cls(
            datetime.fromisoformat(stored["taken_at"]),
            tuple(Figure.from_json(one) for one in stored["figures"]),
            {ReportKind(kind): tuple(map(Named.from_json, rows)) for kind, rows in stored["named"].items()},
        )


def counted_elsewhere(
    figure: str, name: str, definition: str, pair: tuple[int, int | None], unit: str = "lượt"
) -> Figure:
    """Return a figure that counts no reports; `pair`: its value and that of the period before."""
    return Figure(id=figure, name=name, definition=definition, unit=unit, value=pair[0], before=pair[1])
