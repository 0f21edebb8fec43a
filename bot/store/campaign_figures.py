"""What came of a campaign: by message, channel, place, reason and time, and what was learnt from its quizzes.

Everything is counted from rows that need not know whose they are, so that what is erased later stays counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.campaigns.lifecycle import Fate, Stage, State
from bot.campaigns.tally import Tally, together
from bot.store.database import Database

LEAST_PAIRS: Final = 20
"""People who did a quiz before and after; of fewer nothing is said about what was learnt."""
HOURLY: Final = timedelta(days=3)
"""A campaign that began less than so long before its last message is shown by the hour, a longer one by the day."""
_Key = TypeVar("_Key")
Place = tuple[str | None, str | None]
"""Official codes of province and commune."""


# A row without a province is everybody's, as with `Member.looks_after`; no places: all.
def _theirs(table: str) -> str:
    codes = "ANY (CAST(:places AS text[]))"
    return (
        f"(:everywhere OR {table}.province_code IS NULL OR {table}.province_code = {codes}"
        f" OR {table}.commune_code = {codes})"
    )


_BASE: Final = f"""
    WITH messages AS (SELECT id, campaign_id, listed_at, stage FROM campaign_message WHERE campaign_id = :campaign),
    base AS (
        SELECT r.message_id, r.channel, r.province_code, r.commune_code, r.state,
            CASE WHEN r.state IN ('skipped', 'failed') THEN COALESCE(r.reason, '') END AS reason, count(*) AS number,
            count(r.answered_at) AS answered, count(r.stopped_at) AS stopped, count(r.complained_at) AS complained
        FROM campaign_recipient r WHERE r.message_id IN (SELECT id FROM messages) AND {_theirs("r")}
        GROUP BY 1, 2, 3, 4, 5, 6
        UNION ALL  -- for whom a message is planned whose ledger is not there yet
        SELECT m.id, b.channel, b.province_code, b.commune_code, 'pending', NULL, count(*), 0, 0, 0
        FROM messages m JOIN campaign_member b USING (campaign_id)
        WHERE m.listed_at IS NULL AND m.stage = 'waiting' AND {_theirs("b")}
        GROUP BY 1, 2, 3, 4
    )
"""  # noqa: S608 (no value is written into it)
_TALLIES: Final = text(f"""
    {_BASE}
    SELECT grouping(message_id, channel, province_code, commune_code) AS sort, message_id, channel, province_code,
        commune_code, state, reason, sum(number)::bigint AS number, sum(answered)::bigint AS answered,
        sum(stopped)::bigint AS stopped, sum(complained)::bigint AS complained
    FROM base GROUP BY GROUPING SETS (
        (message_id, channel, state, reason), (province_code, commune_code, state, reason))
""")  # noqa: S608
_PEOPLE: Final = text(f"""
    SELECT count(DISTINCT r.member_id) FILTER (WHERE r.state IN ('sent', 'delivered', 'read')),
        count(DISTINCT r.member_id) FILTER (WHERE r.answered_at IS NOT NULL)
    FROM campaign_recipient r JOIN campaign_message m ON m.id = r.message_id
    WHERE m.campaign_id = :campaign AND {_theirs("r")}
""")  # noqa: S608
_STEPS: Final = text(f"""
    SELECT date_trunc(:step, happened.at AT TIME ZONE 'Asia/Ho_Chi_Minh') AS step,
        count(*) FILTER (WHERE what = 'sent'), count(*) FILTER (WHERE what = 'delivered'),
        count(*) FILTER (WHERE what = 'read'), count(*) FILTER (WHERE what = 'answered'),
        count(*) FILTER (WHERE what = 'stopped')
    FROM campaign_recipient r JOIN campaign_message m ON m.id = r.message_id
    CROSS JOIN LATERAL (VALUES
        ('sent', CASE WHEN r.state IN ('sent', 'delivered', 'read') THEN r.sent_at END),
        ('delivered', r.delivered_at), ('read', r.read_at), ('answered', r.answered_at), ('stopped', r.stopped_at)
    ) AS happened (what, at)
    WHERE m.campaign_id = :campaign AND happened.at IS NOT NULL AND {_theirs("r")}
    GROUP BY 1 ORDER BY 1
""")  # noqa: S608
_GOES: Final = f"""
    WITH goes AS (
        SELECT a.quiz_id, a.moment, r.member_id, a.answers, a.finished_at,
            row_number() OVER (PARTITION BY a.quiz_id, a.moment, r.member_id ORDER BY a.finished_at, a.id) AS nth
        FROM quiz_attempt a JOIN campaign_recipient r ON r.id = a.recipient_id
        JOIN campaign_message m ON m.id = r.message_id
        WHERE m.campaign_id = :campaign AND a.finished_at IS NOT NULL AND a.total > 0 AND {_theirs("a")}
    ), pairs AS (  -- the first time before and the first time after of one person
        SELECT b.quiz_id AS quiz_before, a.quiz_id AS quiz_after, b.answers AS before, a.answers AS after
        FROM goes b JOIN goes a USING (member_id)
        WHERE b.moment = 'before' AND a.moment = 'after' AND b.nth = 1 AND a.nth = 1 AND a.finished_at > b.finished_at
    )
"""  # noqa: S608
_PAIRS: Final = text(f"""
    {_GOES}
    SELECT quiz_before, quiz_after, count(*), avg(shared.before::float / shared.number),
        avg(shared.after::float / shared.number)
    FROM pairs p CROSS JOIN LATERAL (
        SELECT count(*) AS number, count(*) FILTER (WHERE q.value = 'true'::jsonb) AS before,
            count(*) FILTER (WHERE p.after -> q.key = 'true'::jsonb) AS after
        FROM jsonb_each(p.before) AS q WHERE p.after ? q.key) AS shared
    WHERE shared.number > 0 GROUP BY 1, 2 ORDER BY 1, 2
""")  # noqa: S608
_QUESTIONS: Final = text(f"""
    {_GOES}
    SELECT quiz_before, quiz_after, q.key, count(*), count(*) FILTER (WHERE q.value = 'true'::jsonb),
        count(*) FILTER (WHERE p.after -> q.key = 'true'::jsonb)
    FROM pairs p CROSS JOIN LATERAL jsonb_each(p.before) AS q
    WHERE p.after ? q.key GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
""")  # noqa: S608
_QUIZZES: Final = text(f"""
    SELECT a.quiz_id, count(*), count(a.finished_at),
        count(DISTINCT r.member_id) FILTER (WHERE a.finished_at IS NOT NULL),
        avg(a."right"::float / a.total) FILTER (WHERE a.finished_at IS NOT NULL AND a.total > 0)
    FROM quiz_attempt a JOIN campaign_recipient r ON r.id = a.recipient_id
    JOIN campaign_message m ON m.id = r.message_id
    WHERE m.campaign_id = :campaign AND {_theirs("a")} GROUP BY 1 ORDER BY 1
""")  # noqa: S608
_DRILLS: Final = text(f"""
    SELECT a.drill_id, count(*), count(a.finished_at),
        count(DISTINCT r.member_id) FILTER (WHERE a.finished_at IS NOT NULL),
        avg(a.done::float / a.total) FILTER (WHERE a.finished_at IS NOT NULL AND a.total > 0)
    FROM drill_attempt a JOIN campaign_recipient r ON r.id = a.recipient_id
    JOIN campaign_message m ON m.id = r.message_id
    WHERE m.campaign_id = :campaign AND {_theirs("a")} GROUP BY 1 ORDER BY 1
""")  # noqa: S608
_CAMPAIGN: Final = text("SELECT title, state FROM campaign WHERE id = :campaign")
_MESSAGES: Final = text("""
    SELECT id, key, title, stage, due_at, begun_at FROM campaign_message
    WHERE campaign_id = :campaign ORDER BY place, id
""")
_SPAN: Final = text("""
    SELECT max(r.sent_at) - min(m.begun_at) FROM campaign_message m
    LEFT JOIN campaign_recipient r ON r.message_id = m.id WHERE m.campaign_id = :campaign
""")
_ONE_MOMENT: Final = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
_PLAIN: Final = text("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")


@dataclass(frozen=True, kw_only=True)
class MessageFigures:
    """What came of one message."""

    id: int
    key: str
    title: str
    stage: Stage
    due_at: datetime
    begun_at: datetime | None
    tally: Tally


@dataclass(frozen=True)
class Step:
    """What happened within an hour or a day that begins at `start`, local and without a zone."""

    start: datetime
    sent: int
    delivered: int
    read: int
    answered: int
    stopped: int


@dataclass(frozen=True)
class Question:
    """One question of a quiz: of `people` who answered it before and after, how many were right each time."""

    id: str
    people: int
    right_before: int
    right_after: int


@dataclass(frozen=True, kw_only=True)
class QuizFigures:
    """What came of a quiz; `mean`: share of right answers (0 to 1) over all goes that were finished."""

    id: str
    started: int
    finished: int
    people: int
    mean: float | None


@dataclass(frozen=True, kw_only=True)
class Learning:
    """What was learnt: `people` did the one quiz before the lessons and then the other after them.

    Each is counted with their first time. `before` and `after`: mean shares (0 to 1) of right answers to the questions
    that both quizzes ask.
    """

    quiz_before: str
    quiz_after: str
    people: int
    before: float
    after: float
    questions: tuple[Question, ...] = ()

    @property
    def enough(self) -> bool:
        """Whether so many did both that what they learnt may be told."""
        return self.people >= LEAST_PAIRS


@dataclass(frozen=True, kw_only=True)
class DrillFigures:
    """What came of a drill; `mean`: share of its steps that could be done, among the finished ones."""

    id: str
    started: int
    finished: int
    people: int
    mean: float | None


@dataclass(frozen=True, kw_only=True)
class CampaignFigures:
    """All figures of a campaign, counted at `at`, within the places of whoever asks.

    `people`: who got at least one message for sure; `people_answered`: who answered at least one. `skipped` and
    `failed`: by channel and reason (a value of `Why`, or the channel's words).
    """

    campaign_id: int
    title: str
    state: State
    at: datetime
    messages: tuple[MessageFigures, ...]
    people: int
    people_answered: int
    by_channel: Mapping[str, Tally]
    by_place: Mapping[Place, Tally]
    skipped: Mapping[tuple[str, str], int]
    failed: Mapping[tuple[str, str], int]
    hourly: bool
    steps: tuple[Step, ...]
    quizzes: tuple[QuizFigures, ...]
    learning: tuple[Learning, ...]
    drills: tuple[DrillFigures, ...]

    @property
    def total(self) -> Tally:
        """All messages together."""
        return together(one.tally for one in self.messages)

    @property
    def by_province(self) -> Mapping[str | None, Tally]:
        """The places by their province."""
        return _summed((province, tally) for (province, _), tally in self.by_place.items())


async def figures_of(
    database: Database, campaign_id: int, places: Sequence[str], now: datetime
) -> CampaignFigures | None:
    """Count a campaign within the places (official codes; none: everywhere); None for one that is not there."""
    asked = {"campaign": campaign_id, "places": list(places), "everywhere": not places}
    async with database.one_transaction() as connection:
        await connection.execute(_ONE_MOMENT)
        await connection.exec_driver_sql(str(_PLAIN))
        campaign = (await connection.execute(_CAMPAIGN, asked)).first()
        if campaign is None:
            return None
        messages = (await connection.execute(_MESSAGES, asked)).all()
        rows = (await connection.execute(_TALLIES, asked)).all()
        people, answered = (await connection.execute(_PEOPLE, asked)).one()
        span = (await connection.execute(_SPAN, asked)).scalar_one()
        hourly = span is None or span <= HOURLY
        steps = (await connection.execute(_STEPS, {**asked, "step": "hour" if hourly else "day"})).all()
        quizzes = (await connection.execute(_QUIZZES, asked)).all()
        learning = await _learning(connection, asked)
        drills = (await connection.execute(_DRILLS, asked)).all()
    of_messages = [row for row in rows if row.sort == _BY_MESSAGE]
    by_message = _summed((row.message_id, _tally(row)) for row in of_messages)
    return CampaignFigures(
        campaign_id=campaign_id,
        title=campaign.title,
        state=State(campaign.state),
        at=now,
        messages=tuple(
            MessageFigures(
                id=row.id,
                key=row.key,
                title=row.title,
                stage=Stage(row.stage),
                due_at=row.due_at,
                begun_at=row.begun_at,
                tally=by_message.get(row.id, Tally()),
            )
            for row in messages
        ),
        people=people,
        people_answered=answered,
        by_channel=_summed((row.channel, _tally(row)) for row in of_messages),
        by_place=_summed(((row.province_code, row.commune_code), _tally(row)) for row in rows if row.sort == _BY_PLACE),
        skipped=_reasons(of_messages, Fate.SKIPPED),
        failed=_reasons(of_messages, Fate.FAILED),
        hourly=hourly,
        steps=tuple(Step(*row) for row in steps),
        quizzes=tuple(
            QuizFigures(id=quiz, started=started, finished=finished, people=number, mean=mean)
            for quiz, started, finished, number, mean in quizzes
        ),
        learning=learning,
        drills=tuple(
            DrillFigures(id=drill, started=started, finished=finished, people=people, mean=mean)
            for drill, started, finished, people, mean in drills
        ),
    )


_BY_MESSAGE: Final = 0b0011  # bits of columns that the rows are not grouped by
_BY_PLACE: Final = 0b1100


async def _learning(connection: AsyncConnection, asked: Mapping[str, Any]) -> tuple[Learning, ...]:
    questions: defaultdict[tuple[str, str], list[Question]] = defaultdict(list)
    for before, after, *rest in await connection.execute(_QUESTIONS, asked):
        questions[before, after].append(Question(*rest))
    return tuple(
        Learning(
            quiz_before=quiz_before,
            quiz_after=quiz_after,
            people=people,
            before=before,
            after=after,
            questions=tuple(questions[quiz_before, quiz_after]),
        )
        for quiz_before, quiz_after, people, before, after in await connection.execute(_PAIRS, asked)
    )


def _tally(row: Any) -> Tally:  # noqa: ANN401 (a row of `_TALLIES`)
    return Tally({Fate(row.state): row.number}, row.answered, row.stopped, row.complained)


def _summed(pairs: Iterable[tuple[_Key, Tally]]) -> dict[_Key, Tally]:
    found: dict[_Key, Tally] = {}
    for key, tally in pairs:
        found[key] = found.get(key, Tally()) + tally
    return found


def _reasons(rows: Iterable[Any], fate: Fate) -> dict[tuple[str, str], int]:
    """Return how many by channel and reason, the most frequent first."""
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        if row.state == fate:
            found[row.channel, row.reason] += row.number
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))
