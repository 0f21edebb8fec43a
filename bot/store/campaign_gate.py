"""Whether one message of a campaign may go to one recipient now: the verdict, in SQL, the same in every place.

It is asked twice: when rows of the ledger are put into the outbox, and again just before each is sent. The time is told
from outside (`Hours`), never asked of the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.campaigns.lifecycle import GOING, LIVE, Stage, State, Why

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
OPENS: Final = time(7, 0)
CLOSES: Final = time(22, 0)
"""From then on nothing is sent until `OPENS`, urgent warnings excepted: the last minute is 21:59."""
WINDOW: Final = timedelta(days=7)
"""So long after somebody last wrote may Zalo's official account write to them."""
BUSY_FOR: Final = timedelta(seconds=5)
"""After so long it is looked again at a row that hangs on another message which is just being sent to that person."""
QUOTA_REST: Final = timedelta(minutes=15)
"""So long nothing of a campaign is tried on an account whose quota is used up."""
QUOTA: Final = "campaign"
"""The kind under which a used-up quota stands in the ledger of quotas."""
SKIPS: Final = frozenset(
    {
        Why.CANCELLED,
        Why.LATE,
        Why.ERASED,
        Why.LEFT,
        Why.NO_CONSENT,
        Why.CONDITION,
        Why.SAME_PERSON,
        Why.UNSUITED,
    }
)
"""Verdicts that last; all others only say that it is too early."""
WEEK_DAYS: Final = 7
BUSY: Final = "busy"
HELD: Final = "held"
"""Verdicts without a reason for anybody to read: another message is just being sent to that person; the campaign is
paused, or this message has not come to that recipient yet."""


@dataclass(frozen=True)
class Caps:
    """How many messages of campaigns, of all together, one person is sent on a day and within seven days."""

    day: int = 1
    week: int = 3


@dataclass(frozen=True)
class Hours:
    """A moment, and what follows from it in Viet Nam.

    `day` is when the local day began, `week` when the seven days began of which it is the last. `quiet`: nothing but
    urgent warnings may be sent. `opens`: when quiet hours end next (or now), `tomorrow`: when they end on the next day.
    """

    now: datetime
    day: datetime
    week: datetime
    minute: int
    quiet: bool
    opens: datetime
    tomorrow: datetime

    @classmethod
    def at(cls, now: datetime) -> Hours:
        """Return those of a moment, which has a time zone."""
        local = now.astimezone(ZONE)
        today = local.date()
        opens = datetime.combine(today, OPENS, ZONE)
        tomorrow = opens + timedelta(days=1)
        day = datetime.combine(today, time(), ZONE)
        quiet = not OPENS <= local.time() < CLOSES
        return cls(
            now=now,
            day=day,
            week=day - timedelta(days=WEEK_DAYS - 1),
            minute=local.hour * 60 + local.minute,
            quiet=quiet,
            opens=tomorrow if local.time() >= CLOSES else max(opens, local),
            tomorrow=tomorrow,
        )


def asked(now: datetime, caps: Caps) -> dict[str, Any]:
    """Return the values of the parameters of the verdict."""
    hours = Hours.at(now)
    return {
        "now": now,
        "day": hours.day,
        "week": hours.week,
        "minute": hours.minute,
        "quiet": hours.quiet,
        "opens": hours.opens,
        "tomorrow": hours.tomorrow,
        "cap_day": caps.day,
        "cap_week": caps.week,
    }


def _listed(values: frozenset[Any]) -> str:
    return ", ".join(f"'{one.value}'" for one in sorted(values, key=str))


_SECONDS: Final = "interval '1 second'"
MESSAGES: Final = f"""
    -- Messages as the verdict looks at them. `goes`: they may be handed to channels; `only_first`: to the first few.
    SELECT m.id, m.campaign_id, m.due_at, m.send_until, m.unless, c.urgent,
        c.state IN ({_listed(LIVE)}) AND m.stage IN ({_listed(GOING)}) AS goes,
        m.stage = '{Stage.FIRST}' AS only_first,
        c.state = '{State.CANCELLED}' OR m.stage = '{Stage.STOPPED}' AS cancelled,
        ARRAY(SELECT jsonb_array_elements_text(COALESCE(c.plan #> '{{audience,topics}}', '["campaigns"]'))) AS topics
    FROM campaign_message m JOIN campaign c ON c.id = m.campaign_id
"""  # noqa: S608
FACTS: Final = f"""
    -- What is known of the recipient `r` of the message `g`. `claimed` are the rows that are judged together to be
    -- sent; of those of one person each looks at the earlier ones. OFFSET 0 makes it one look-up for each row, whatever
    -- the planner thinks.
    LEFT JOIN LATERAL (
        SELECT * FROM contact c WHERE c.id = r.contact_id AND c.account_id = r.account_id OFFSET 0) AS k ON true
    CROSS JOIN LATERAL (SELECT
        COALESCE(k.conversation_id, r.conversation_id) AS id,
        r.channel = 'zalo_oa' AND k.last_seen_at < CAST(:now AS timestamptz)
            - {WINDOW.total_seconds():.0f} * {_SECONDS} AS closed) AS person
    LEFT JOIN LATERAL (
        SELECT * FROM subscription s WHERE s.conversation_id = person.id OFFSET 0) AS s ON true
    LEFT JOIN LATERAL (
        SELECT t.id, t.channel FROM campaign_text t
        WHERE t.message_id = r.message_id AND t.variant IN (r.variant, 'household')
          AND t.channel = CASE WHEN person.closed THEN 'zalo_oa/template' ELSE r.channel END
        ORDER BY t.variant = r.variant DESC LIMIT 1) AS t ON true
    LEFT JOIN LATERAL (
        SELECT
            bool_or(o.message_id = r.message_id AND o.state <> 'sending') AS same,
            bool_or(o.message_id = r.message_id) AS perhaps_same,
            count(*) FILTER (WHERE o.sent_at >= :day AND o.state <> 'sending') AS today,
            count(*) FILTER (WHERE o.sent_at >= :day) AS perhaps_today,
            count(*) FILTER (WHERE o.sent_at >= :week AND o.state <> 'sending') AS lately,
            count(*) FILTER (WHERE o.sent_at >= :week) AS perhaps_lately
        FROM campaign_recipient o
        WHERE o.conversation_id = person.id AND o.sent_at >= LEAST(CAST(:week AS timestamptz), g.due_at)
          AND o.id <> r.id AND NOT (o.id > r.id AND o.id = ANY(CAST(:claimed AS bigint[])))) AS got ON true
    LEFT JOIN LATERAL (
        SELECT q.read_at + {QUOTA_REST.total_seconds():.0f} * {_SECONDS} AS until FROM quota q
        WHERE q.account_id = r.account_id AND q.kind = '{QUOTA}' AND q.remaining = 0
          AND q.read_at > CAST(:now AS timestamptz) - {QUOTA_REST.total_seconds():.0f} * {_SECONDS}
          AND q.read_at <= :now OFFSET 0) AS q ON true
"""  # noqa: S608
_DID: Final = """
    g.unless IS NOT NULL AND CASE g.unless ->> 0
        WHEN 'quiz' THEN EXISTS (
            SELECT 1 FROM quiz_attempt a WHERE a.conversation_id = person.id AND a.quiz_id = g.unless ->> 1
              AND a.finished_at IS NOT NULL)
        WHEN 'drill' THEN EXISTS (
            SELECT 1 FROM drill_attempt a WHERE a.conversation_id = person.id AND a.drill_id = g.unless ->> 1
              AND a.finished_at IS NOT NULL)
        WHEN 'answered' THEN EXISTS (
            SELECT 1 FROM campaign_recipient o JOIN campaign_message e ON e.id = o.message_id
            WHERE o.conversation_id = person.id AND o.sent_at IS NOT NULL AND o.answered_at IS NOT NULL
              AND e.campaign_id = g.campaign_id AND e.key = g.unless ->> 1)
        ELSE false END
"""
_OWN_QUIET: Final = """
    s.quiet_from IS NOT NULL AND s.quiet_until IS NOT NULL AND CASE
        WHEN s.quiet_from < s.quiet_until THEN :minute >= s.quiet_from AND :minute < s.quiet_until
        WHEN s.quiet_from > s.quiet_until THEN :minute >= s.quiet_from OR :minute < s.quiet_until
        ELSE false END
"""
WHY: Final = f"""
    CASE  -- why the message may not go now; NULL when it may
        WHEN g.id IS NULL OR g.cancelled THEN '{Why.CANCELLED}'
        WHEN g.send_until <= :now THEN '{Why.LATE}'
        WHEN NOT g.goes OR (g.only_first AND NOT r.first) THEN '{HELD}'
        WHEN person.id IS NULL OR r.conversation_id IS NULL OR (r.account_id IS NOT NULL AND k.id IS NULL)
            OR (s.conversation_id IS NULL AND NOT EXISTS (SELECT 1 FROM conversation v WHERE v.id = person.id))
            THEN '{Why.ERASED}'
        WHEN k.stopped_at IS NOT NULL THEN '{Why.LEFT}'
        WHEN s.conversation_id IS NULL OR s.stopped_at IS NOT NULL OR NOT s.topics && g.topics THEN '{Why.NO_CONSENT}'
        WHEN {_DID} THEN '{Why.CONDITION}'
        WHEN got.same THEN '{Why.SAME_PERSON}'
        WHEN got.perhaps_same THEN '{BUSY}'
        WHEN k.clerk_until > :now THEN '{Why.CLERK}'
        WHEN :quiet AND NOT g.urgent THEN '{Why.QUIET}'
        WHEN NOT g.urgent AND {_OWN_QUIET} THEN '{Why.OWN_QUIET}'
        WHEN NOT g.urgent AND (got.today >= :cap_day OR got.lately >= :cap_week) THEN '{Why.CAP}'
        WHEN NOT g.urgent AND (got.perhaps_today >= :cap_day OR got.perhaps_lately >= :cap_week) THEN '{BUSY}'
        WHEN person.closed AND t.id IS NULL THEN '{Why.WINDOW}'
        WHEN t.id IS NULL THEN '{Why.UNSUITED}'
        WHEN q.until IS NOT NULL THEN '{Why.QUOTA}'
    END
"""  # noqa: S608
UNTIL: Final = f"""
    CASE j.why  -- when it may be looked at again
        WHEN '{BUSY}' THEN CAST(:now AS timestamptz) + {BUSY_FOR.total_seconds():.0f} * {_SECONDS}
        WHEN '{Why.CLERK}' THEN j.clerk_until
        WHEN '{Why.QUIET}' THEN CAST(:opens AS timestamptz)
        WHEN '{Why.OWN_QUIET}' THEN CAST(:day AS timestamptz) + j.quiet_until * interval '1 minute'
            + CASE WHEN j.quiet_until > :minute THEN interval '0' ELSE interval '1 day' END
        WHEN '{Why.CAP}' THEN CAST(:tomorrow AS timestamptz)
        WHEN '{Why.WINDOW}' THEN j.send_until
        WHEN '{Why.QUOTA}' THEN j.quota_until
    END
"""
SKIPPED: Final = f"j.why IN ({_listed(SKIPS)})"
REASON: Final = f"CASE WHEN j.why NOT IN ('{HELD}', '{BUSY}') THEN j.why END"
