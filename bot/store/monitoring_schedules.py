"""Rules that prepare drafts after a period has ended, and what must be reminded of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.monitoring.periods import Period, PeriodKind
from bot.store.audit import note
from bot.store.database import Database
from bot.store.monitoring_reports import SCHEDULE, MonitoringLine, NewMonitoring, Stage, line_of, lines, stored
from bot.store.report_tables import MonitoringReportRow, ReportScheduleRow
from bot.store.staff import Author

_LOCK: Final = 47_02_001
"""Of the database's locks, the one for making rules."""


class UnknownRuleError(LookupError):
    """There is no such rule."""


class SameRuleError(ValueError):
    """There is such a rule already: two would draft each report twice."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A draft for every period of that kind about that place (None: everywhere), due some days after its end.

    `prepared_upto`: the last day of the period that was drafted last.
    """

    id: int
    period: PeriodKind
    place_code: str | None
    due_days: int
    active: bool
    prepared_upto: date | None


class MonitoringSchedules:
    """Keeps the rules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(self) -> Sequence[Rule]:
        """Return all rules, those that work first."""
        return await self._rules()

    async def active(self) -> Sequence[Rule]:
        """Return the rules that work."""
        return await self._rules(ReportScheduleRow.active.is_(True))

    async def by_id(self, rule_id: int) -> Rule | None:
        """Return a rule."""
        found = await self._rules(ReportScheduleRow.id == rule_id)
        return next(iter(found), None)

    async def add(
        self, period: PeriodKind, place_code: str | None, due_days: int, prepared_upto: date | None, by: Author
    ) -> int:
        """Make a rule and return its number; only periods that end after `prepared_upto` are drafted.

        Raises `SameRuleError` for a kind of period and a place for which a rule works already.
        """
        if by.staff_id is None:
            raise ValueError("a rule is made by a member of the staff")
        async with self._database.sessions.begin() as session:
            await _alone(session, period.value, place_code)
            row = ReportScheduleRow(
                period=period.value,
                place_code=place_code,
                due_days=due_days,
                prepared_upto=prepared_upto,
                created_by=by.staff_id,
            )
            session.add(row)
            await session.flush()
            details = {"period": period.value, "place": place_code, "due_days": due_days}
            subject = f"schedule:{row.id}"
            await note(
                session, staff_id=by.staff_id, who=by.who, act="schedule added", subject=subject, details=details
            )
            return row.id

    async def switch(self, rule_id: int, *, active: bool, prepared_upto: date | None, by: Author) -> None:
        """Let a rule work, or stop it. What ended up to `prepared_upto` while it was off is not made up for.

        Raises `UnknownRuleError`, and `SameRuleError` if another rule does the same by now.
        """
        async with self._database.sessions.begin() as session:
            stored = await session.get(ReportScheduleRow, rule_id)
            if stored is None:
                raise UnknownRuleError(rule_id)
            if active:
                await _alone(session, stored.period, stored.place_code, beside=rule_id)
            values: dict[str, object] = {"active": active}
            if prepared_upto is not None:
                values["prepared_upto"] = func.greatest(ReportScheduleRow.prepared_upto, prepared_upto)
            await session.execute(update(ReportScheduleRow).where(ReportScheduleRow.id == rule_id).values(**values))
            act = "schedule switched on" if active else "schedule switched off"
            await note(session, staff_id=by.staff_id, who=by.who, act=act, subject=f"schedule:{rule_id}")

    async def prepared(self, rule: Rule, period: Period, new: NewMonitoring, due_on: date) -> int | None:
        """Store the draft of a rule for a period and return its number; None if another process was first.

        The rule's row says up to where it has come; draft and row change together, so no period is drafted twice.
        """
        row = ReportScheduleRow
        first = or_(row.prepared_upto.is_(None), row.prepared_upto < period.last)
        claiming = update(row).where(row.id == rule.id, row.active, first).values(prepared_upto=period.last)
        async with self._database.sessions.begin() as session:
            if await session.scalar(claiming.returning(row.id)) is None:
                return None
            return await stored(session, new, SCHEDULE, schedule_id=rule.id, due_on=due_on)

    async def remind(
        self, today: date, due_before: date, wanted: Callable[[date, date | None], bool], tell: Tell
    ) -> int:
        """Tell of each draft that is due before a day and for which `wanted(due on, reminded on)` holds.

        A draft is held while it is told of and noted as told afterwards; of several processes one does it. Returns
        how many were told of.
        """
        told = 0
        for number in await self._due(MonitoringReportRow.due_on < due_before):
            async with self._database.sessions.begin() as session:
                row = await session.get(MonitoringReportRow, number, with_for_update={"skip_locked": True})
                if row is None or row.state != Stage.DRAFT.value or row.due_on is None:
                    continue
                if not wanted(row.due_on, row.reminded_on):
                    continue
                line = (await session.execute(lines().where(MonitoringReportRow.id == number))).one()
                await tell(line_of(line))
                row.reminded_on = today
                told += 1
        return told

    async def _due(self, *which: ColumnElement[bool]) -> Sequence[int]:
        query = select(MonitoringReportRow.id).where(MonitoringReportRow.state == Stage.DRAFT.value, *which)
        async with self._database.sessions() as session:
            return list(await session.scalars(query.order_by(MonitoringReportRow.due_on, MonitoringReportRow.id)))

    async def _rules(self, *which: ColumnElement[bool]) -> Sequence[Rule]:
        query = select(ReportScheduleRow).where(*which)
        order = (ReportScheduleRow.active.desc(), ReportScheduleRow.id)
        async with self._database.sessions() as session:
            return [_rule(row) for row in await session.scalars(query.order_by(*order))]


Tell = Callable[[MonitoringLine], Awaitable[None]]


async def _alone(session: AsyncSession, period: str, place_code: str | None, *, beside: int | None = None) -> None:
    """Raise `SameRuleError` if another rule works for the same; whoever else asks waits for the transaction's end."""
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    row = ReportScheduleRow
    same = select(row.id).where(row.active, row.period == period, row.place_code.is_not_distinct_from(place_code))
    if await session.scalar(same if beside is None else same.where(row.id != beside)) is not None:
        raise SameRuleError


def _rule(row: ReportScheduleRow) -> Rule:
    return Rule(
        id=row.id,
        period=PeriodKind(row.period),
        place_code=row.place_code,
        due_days=row.due_days,
        active=row.active,
        prepared_upto=row.prepared_upto,
    )
