"""What campaigns, quizzes and drills reached in a period and in some places, for the monitoring report.

A message counts in the period in which it was sent, a quiz or a drill in that in which it was finished. Whoever has had
their data erased is still counted: in each campaign as the somebody they were in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.monitoring.periods import Period
from bot.monitoring.reach import CampaignReach, DoneReach, Reach
from bot.monitoring.scopes import Scope
from bot.store.database import Database
from knowledge.check import KnowledgeBase

_THERE: Final = """(:everywhere OR {0}.province_code = ANY (CAST(:places AS text[]))
    OR {0}.commune_code = ANY (CAST(:places AS text[])))"""
_SENT: Final = "r.state IN ('sent', 'delivered', 'read') AND r.sent_at >= :start AND r.sent_at < :end"
# Nothing is sent after its `send_until`; what was being sent just then is settled within a day.
_IN_TIME: Final = "r.settled_at >= :start AND r.settled_at < :end"
_CAMPAIGNS: Final = text(f"""
    SELECT c.id, c.title, count(*) FILTER (WHERE {_SENT}) AS sent,
        count(DISTINCT r.member_id) FILTER (WHERE {_SENT}) AS people,
        count(*) FILTER (WHERE {_SENT} AND r.state IN ('delivered', 'read')) AS delivered,
        count(*) FILTER (WHERE {_SENT} AND r.state = 'read') AS read,
        count(*) FILTER (WHERE {_SENT} AND r.answered_at IS NOT NULL) AS answered,
        count(*) FILTER (WHERE {_SENT} AND r.stopped_at IS NOT NULL) AS stopped,
        count(*) FILTER (WHERE {_SENT} AND r.complained_at IS NOT NULL) AS complained,
        count(*) FILTER (WHERE r.state = 'skipped' AND {_IN_TIME}) AS skipped,
        count(*) FILTER (WHERE r.state = 'failed' AND {_IN_TIME}) AS failed,
        count(*) FILTER (WHERE r.state = 'unknown' AND {_IN_TIME}) AS unknown
    FROM campaign c JOIN campaign_message m ON m.campaign_id = c.id JOIN campaign_recipient r ON r.message_id = m.id
    WHERE m.begun_at < :end AND m.send_until >= :start - interval '1 day' AND {_THERE.format("r")}
    GROUP BY c.id HAVING count(*) FILTER (WHERE {_SENT}) > 0 ORDER BY c.id
""")  # noqa: S608 (no value is written into any of these)
_PEOPLE: Final = text(f"""
    SELECT count(DISTINCT COALESCE(r.conversation_id::text, 'member ' || r.member_id))
    FROM campaign_message m JOIN campaign_recipient r ON r.message_id = m.id
    WHERE m.begun_at < :end AND m.send_until >= :start - interval '1 day' AND {_SENT} AND {_THERE.format("r")}
""")  # noqa: S608
_PLAIN: Final = "SET LOCAL jit = off"


def _done(table: str, which: str) -> tuple[str, str]:
    """Return the statements that count finished goes, by what they were at and all together."""
    of_period = f"""
        FROM {table} a LEFT JOIN campaign_recipient r ON r.id = a.recipient_id
        WHERE a.finished_at >= :start AND a.finished_at < :end AND {_THERE.format("a")}
    """
    people = "count(DISTINCT COALESCE(a.conversation_id::text, 'member ' || r.member_id, 'go ' || a.id))"
    return (
        f"SELECT a.{which}, count(*), {people} {of_period} GROUP BY 1 ORDER BY 1",
        f"SELECT {people} {of_period}",
    )


_QUIZZES: Final = _done("quiz_attempt", "quiz_id")
_DRILLS: Final = _done("drill_attempt", "drill_id")


@dataclass(frozen=True)
class StoredReach:
    """Counts in the ledger. `knowledge` gives the present knowledge, which names quizzes and drills."""

    database: Database
    knowledge: Callable[[], KnowledgeBase]

    async def of(self, period: Period, scope: Scope) -> Reach:
        """Return what was reached in the period and the scope; without a place one lies only in everywhere."""
        asked = {
            "start": period.start,
            "end": period.end,
            "places": list(scope.places),
            "everywhere": not scope.places,
        }
        base = self.knowledge()
        async with self.database.one_transaction() as connection:
            await connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            await connection.exec_driver_sql(_PLAIN)
            campaigns = [CampaignReach(**row) for row in (await connection.execute(_CAMPAIGNS, asked)).mappings().all()]
            people = (await connection.execute(_PEOPLE, asked)).scalar_one()
            quizzes, quiz_people = await _finished(
                connection, _QUIZZES, asked, {one.id: one.title for one in base.quizzes.values()}
            )
            drills, drill_people = await _finished(
                connection, _DRILLS, asked, {one.id: one.title for one in base.drills.values()}
            )
        return Reach(
            campaigns=len(campaigns),
            sent=sum(one.sent for one in campaigns),
            people=people,
            quizzes=len(quizzes),
            quiz_people=quiz_people,
            drills=len(drills),
            drill_people=drill_people,
            of_campaigns=tuple(campaigns),
            of_quizzes=quizzes,
            of_drills=drills,
        )


async def _finished(
    connection: AsyncConnection, statements: tuple[str, str], asked: Mapping[str, Any], titles: Mapping[str, str]
) -> tuple[tuple[DoneReach, ...], int]:
    each, together = statements
    found = tuple(
        DoneReach(id=one, title=titles.get(one, one), finished=finished, people=people)
        for one, finished, people in await connection.execute(text(each), asked)
    )
    return found, (await connection.execute(text(together), asked)).scalar_one()
