"""By when somebody has to act on a report: working days of Viet Nam, for each state and whose turn it is.

The days off come from the package `holidays`, which knows the lunar holidays, the days given for holidays that fall on
a weekend, and the Saturdays that are worked for a day between; an office adds its own. The day on which a term begins
does not count (Bộ luật Dân sự 2015, Điều 147 khoản 2), and it ends when a working day does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import holidays
import yaml

from bot.feedback.kinds import ReportKind
from bot.feedback.lifecycle import OPEN, Hat, State
from knowledge.clock import VIET_NAM

DEFAULTS: Final = Path(__file__).parent / "deadlines.yml"
MOST_DAYS: Final = 250
"""Working days of the longest term that can be set: about a year."""
_DAY: Final = timedelta(days=1)
_CLOSING: Final = "closing"
_KEYS: Final = frozenset({"end_of_day", "states", "closing", "kinds", "days_off", "working_days"})


class DeadlinesError(ValueError):
    """The file of deadlines cannot be used; the message names the file, the line and what is wrong."""


@dataclass(frozen=True)
class Term:
    """Whose turn it is, and for how many working days."""

    hat: Hat
    days: int


class Calendar:
    """Which days are worked in Viet Nam."""

    def __init__(self, days_off: frozenset[date] = frozenset(), working_days: frozenset[date] = frozenset()) -> None:
        """`days_off` and `working_days` are an office's own; they go before the public holidays."""
        self._holidays = holidays.country_holidays("VN")
        self._off = days_off
        self._worked = working_days
        self._known: dict[date, bool] = {}  # a list of reports asks for the same days again and again

    def is_working(self, day: date) -> bool:
        """Whether the day is worked."""
        known = self._known.get(day)
        if known is None:
            known = day not in self._off and (day in self._worked or self._holidays.is_working_day(day))
            self._known[day] = known
        return known

    def after(self, day: date, days: int) -> date:
        """Return the working day that is the `days`-th after `day`; of none, the first that is not before it."""
        found = day
        while days and not (self.is_working(found := found + _DAY) and (days := days - 1) == 0):
            pass
        while not self.is_working(found):
            found += _DAY
        return found

    def between(self, first: date, last: date) -> int:
        """How many working days come after `first`, up to and with `last`; 0 when `last` is no later."""
        return sum(self.is_working(first + number * _DAY) for number in range(1, (last - first).days + 1))


class Deadlines:
    """Says by when somebody has to act on a report."""

    def __init__(
        self,
        terms: Mapping[State, Term],
        closing: Term,
        *,
        of_kinds: Mapping[ReportKind, Mapping[State, int]] | None = None,
        end_of_day: time = time(17),
        calendar: Calendar | None = None,
    ) -> None:
        """`closing` is for a report that its resident does not reply to; `of_kinds` are other days for some kinds."""
        self._terms = dict(terms)
        self._closing = closing
        self._of_kinds = of_kinds or {}
        self._end_of_day = end_of_day
        self.calendar = calendar or Calendar()

    @classmethod
    def load(cls, path: Path = DEFAULTS) -> Deadlines:
        """Read a file such as bot/feedback/deadlines.yml. Raises `DeadlinesError`, and `OSError` without one."""
        return _read(path)

    def due(self, state: State, kind: ReportKind, since: datetime) -> tuple[Hat, datetime] | None:
        """Return whose turn it is in a state that began at `since`, and till when; None when it is nobody's."""
        term, days = self._terms.get(state), self.days(state, kind)
        return None if term is None or days is None else (term.hat, self.end(since, days))

    def days(self, state: State, kind: ReportKind) -> int | None:
        """Return of how many working days a state's term is; None when it has none."""
        term = self._terms.get(state)
        return None if term is None else self._of_kinds.get(kind, {}).get(state, term.days)

    def closing(self, since: datetime) -> tuple[Hat, datetime]:
        """Return who closes a report to which its resident has not replied till `since`, and till when."""
        return self._closing.hat, self.end(since, self._closing.days)

    def end(self, since: datetime, days: int) -> datetime:
        """Return when a term of so many working days ends that began at `since`, in Vietnamese time."""
        day = self.calendar.after(since.astimezone(VIET_NAM).date(), days)
        return datetime.combine(day, self._end_of_day, VIET_NAM)

    def working_days(self, first: datetime, last: datetime) -> int:
        """How many working days lie between two moments, the day of the first one not counted."""
        return self.calendar.between(first.astimezone(VIET_NAM).date(), last.astimezone(VIET_NAM).date())


def _read(path: Path) -> Deadlines:
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        raise DeadlinesError(f"{path}:1: the file is not UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise DeadlinesError(f"{path}:{mark.line + 1 if mark else 1}: {getattr(error, 'problem', error)}") from None
    return _Reading(path).deadlines(node)


class _Reading:
    """Reads the nodes of a file, so that every fault is told with its line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def deadlines(self, node: yaml.Node | None) -> Deadlines:
        if node is None:
            raise DeadlinesError(f"{self._path}:1: the file is empty")
        parts = self._mapping(node, _KEYS)
        if missing := {"states", _CLOSING} - parts.keys():
            raise self._fault(node, f"missing: {', '.join(sorted(missing))}")
        states = self._mapping(parts["states"], {one.value for one in OPEN})
        if left := {one.value for one in OPEN} - states.keys():
            raise self._fault(parts["states"], f"no term for: {', '.join(sorted(left))}")
        return Deadlines(
            {State(name): self._term(term) for name, term in states.items()},
            self._term(parts[_CLOSING]),
            of_kinds=self._of_kinds(parts["kinds"]) if "kinds" in parts else None,
            end_of_day=self._time(parts["end_of_day"]) if "end_of_day" in parts else time(17),
            calendar=Calendar(self._dates(parts.get("days_off")), self._dates(parts.get("working_days"))),
        )

    def _of_kinds(self, node: yaml.Node) -> dict[ReportKind, dict[State, int]]:
        kinds = self._mapping(node, {one.value for one in ReportKind})
        return {
            ReportKind(kind): {
                State(state): self._days(days)
                for state, days in self._mapping(states, {one.value for one in OPEN}).items()
            }
            for kind, states in kinds.items()
        }

    def _term(self, node: yaml.Node) -> Term:
        parts = self._mapping(node, {"hat", "days"})
        if parts.keys() != {"hat", "days"}:
            raise self._fault(node, "a term is {hat: …, days: …}")
        hats = {one.value for one in Hat if one is not Hat.SYSTEM}
        hat = self._text(parts["hat"])
        if hat not in hats:
            raise self._fault(parts["hat"], f"{hat!r} is none of {', '.join(sorted(hats))}")
        return Term(Hat(hat), self._days(parts["days"]))

    def _days(self, node: yaml.Node) -> int:
        text = self._text(node)
        if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
            raise self._fault(node, f"{text!r} is no number of working days from 1 to {MOST_DAYS}")
        return int(text)

    def _time(self, node: yaml.Node) -> time:
        text = self._text(node)
        try:
            return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of the day has no zone
        except ValueError:
            raise self._fault(node, f'{text!r} is no time such as "17:00"') from None

    def _dates(self, node: yaml.Node | None) -> frozenset[date]:
        if node is None:
            return frozenset()
        if not isinstance(node, yaml.SequenceNode):
            raise self._fault(node, 'a list of days such as "2026-12-31" is meant')
        return frozenset(self._date(one) for one in node.value)

    def _date(self, node: yaml.Node) -> date:
        text = self._text(node)
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise self._fault(node, f'{text!r} is no day such as "2026-12-31"') from None

    def _mapping(self, node: yaml.Node, allowed: set[str] | frozenset[str]) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._fault(node, "names with values are meant")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self._text(key)
            if name not in allowed:
                raise self._fault(key, f"{name!r} is none of {', '.join(sorted(allowed))}")
            if name in found:
                raise self._fault(key, f"{name!r} stands here twice")
            found[name] = value
        return found

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._fault(node, "a single value is meant")
        value: Any = node.value
        return str(value)

    def _fault(self, node: yaml.Node, what: str) -> DeadlinesError:
        return DeadlinesError(f"{self._path}:{node.start_mark.line + 1}: {what}")
