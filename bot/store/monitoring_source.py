"""Reads what the figures of a monitoring report are counted from. No words and no contacts are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, RowMapping, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from bot.feedback.filters import ReportFilter
from bot.monitoring.material import Beside, Material
from bot.monitoring.periods import Period
from bot.monitoring.records import Record, days_between
from bot.monitoring.scopes import Scope
from bot.store.database import Database
from bot.store.question_statistics import Answered, answers_from_cards
from bot.store.report_conditions import IS_OPEN, conditions, overdue
from bot.store.report_tables import AgencyRow, ErasureRow, ReportRow
from bot.store.tables import LetterRow, ProfileRow, ReplyRow, SubscriptionRow

_PROVINCE: Final = 2  # digits
_AT_ONCE: Final = 500  # records, some milliseconds


@dataclass(frozen=True)
class MonitoringSource:
    """Reads everything at one moment of the database. `topic_of` gives the topic of a card, None if it is gone."""

    database: Database
    topic_of: Callable[[str], str | None]

    async def material(self, period: Period, scope: Scope, now: datetime) -> Material:
        """Return the reports of the period and of the one before, and the other numbers; campaigns are not among them.

        `now` decides what is overdue.
        """
        async with self.database.one_transaction() as connection:
            await connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            records = await _records(connection, period, scope, now)
            beside = await self._beside(connection, period, scope)
            beside_before = await self._beside(connection, period.before, scope)
        start = period.start
        return Material(
            [one for one in records if one.created_at >= start],
            [one for one in records if one.created_at < start],
            beside,
            beside_before,
            scope,
        )

    async def _beside(self, connection: AsyncConnection, period: Period, scope: Scope) -> Beside:
        async def number(at: InstrumentedAttribute[datetime], *which: ColumnElement[bool]) -> int:
            query = select(func.count()).where(at >= period.start, at < period.end, *which)
            return int((await connection.execute(query)).scalar_one())

        answers = answers_from_cards(ReplyRow.created_at >= period.start, ReplyRow.created_at < period.end)
        found = [Answered(tuple(one[0]), one[1], one[2], one[3]) for one in await connection.execute(answers)]
        at_home = _living_in(scope)
        active = (
            select(func.count())
            .select_from(SubscriptionRow)
            .where(SubscriptionRow.since < period.end, *at_home)
            .where(or_(SubscriptionRow.stopped_at.is_(None), SubscriptionRow.stopped_at >= period.end))
        )
        return Beside(
            answers=sum(one.replies for one in found),
            answered=self._by_topic(found),
            unanswered=await number(LetterRow.at),
            thumbs_up=sum(one.up for one in found),
            thumbs_down=sum(one.down for one in found),
            subscribed=await number(SubscriptionRow.since, *at_home),
            subscribers=int((await connection.execute(active)).scalar_one()),
            erasures=await number(ErasureRow.at),
        )

    def _by_topic(self, found: Sequence[Answered]) -> Mapping[str, int]:
        topics: Counter[str] = Counter()
        for one in found:
            for topic in {self.topic_of(card) for card in one.cards} - {None}:
                topics[str(topic)] += one.replies
        return topics


async def _records(connection: AsyncConnection, period: Period, scope: Scope, now: datetime) -> list[Record]:
    wanted = ReportFilter(places=scope.places, first=period.before.first, last=period.last)
    query = (
        select(
            ReportRow.code,
            ReportRow.created_at,
            ReportRow.category,
            ReportRow.state,
            ReportRow.province_code,
            ReportRow.commune_code,
            ReportRow.channel,
            ReportRow.agency_id,
            AgencyRow.name,
            ReportRow.late,
            func.coalesce(overdue(now), False).label("overdue"),
            ReportRow.reopened,
            ReportRow.supporters,
            ReportRow.first_answered_at,
            ReportRow.closed_at,
            case((IS_OPEN, ReportRow.due_hat)).label("turn"),
        )
        .outerjoin(AgencyRow, AgencyRow.id == ReportRow.agency_id)
        .where(*conditions(wanted, (), now))
        .order_by(ReportRow.created_at, ReportRow.id)
    )
    result = await connection.stream(query)  # some at a time: whoever else is served must not wait for all of a year
    found: list[Record] = []
    async for rows in result.mappings().partitions(_AT_ONCE):
        found += map(_record, rows)
    return found


def _record(row: RowMapping) -> Record:
    start = row["created_at"]
    return Record(
        code=row["code"],
        created_at=start,
        category=row["category"],
        state=row["state"],
        province=row["province_code"],
        commune=row["commune_code"],
        channel=row["channel"],
        agency=row["agency_id"],
        agency_name=row["name"],
        late=row["late"],
        overdue=row["overdue"],
        reopened=row["reopened"],
        supporters=row["supporters"],
        answer_days=days_between(start, row["first_answered_at"]),
        close_days=days_between(start, row["closed_at"]),
        turn=row["turn"],
    )


def _living_in(scope: Scope) -> list[ColumnElement[bool]]:
    """Whose home, as far as they have told it, lies in the scope."""
    if not scope.places:
        return []
    provinces = [code for code in scope.places if len(code) == _PROVINCE]
    communes = [code for code in scope.places if len(code) > _PROVINCE]
    there = or_(ProfileRow.province_code.in_(provinces), ProfileRow.commune_code.in_(communes))
    return [SubscriptionRow.conversation_id.in_(select(ProfileRow.conversation_id).where(there))]
