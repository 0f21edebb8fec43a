"""Broadcasts of articles, asked for once for each message and account: pending, sending, then what became of it.

`sending` is committed before the channel is asked. Whoever dies meanwhile leaves it there, and it becomes `unknown`: it
is never asked for again blindly.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns.content import Audience, Plan
from bot.campaigns.content_json import plan_from_json
from bot.campaigns.lifecycle import Fate, State, Why
from bot.store.database import Database

AGAIN_AFTER: Final = timedelta(minutes=2)
"""How long what surely was not sent waits before it is asked for again."""
LOST_AFTER: Final = timedelta(minutes=10)
"""How long an answer may take before whoever asked is taken for dead; longer than any time-out of a request."""
_OVER: Final = frozenset({State.CANCELLED, State.FAILED})
_WANTED: Final = text("""
    -- The approved plan of a message, if any account may still be asked for a broadcast of it.
    SELECT m.key, m.stage, m.send_until, c.plan, c.state, c.urgent
    FROM campaign_message m JOIN campaign c ON c.id = m.campaign_id WHERE m.id = :message
""")
_DUE: Final = text("""
    -- Messages with an article that go to all now, or have gone lately, of which not every account has an end; and
    -- those of which something was begun, whatever has become of their campaign.
    SELECT m.id FROM campaign_message m JOIN campaign c ON c.id = m.campaign_id
    WHERE m.send_until > :since AND (m.stage IN ('sending', 'done') AND c.state IN ('sending', 'completed')
        OR EXISTS (SELECT 1 FROM campaign_broadcast b WHERE b.message_id = m.id AND b.state IN ('pending', 'sending')))
      AND EXISTS (SELECT 1 FROM jsonb_array_elements(c.plan -> 'messages') AS one
                  WHERE one ->> 'key' = m.key AND COALESCE(one ->> 'article', '') <> '')
      AND (SELECT count(*) FROM campaign_broadcast b WHERE b.message_id = m.id AND b.account_id = ANY(:accounts)
             AND b.state NOT IN ('pending', 'sending')) < :count
    ORDER BY m.id
""")
_ENTER: Final = text("""
    INSERT INTO campaign_broadcast (message_id, account_id, article, target)
    VALUES (:message, :account, :article, CAST(:target AS jsonb))
    ON CONFLICT (message_id, account_id) DO NOTHING
""")
_LOSE: Final = text("""
    UPDATE campaign_broadcast SET state = 'unknown', reason = :reason
    WHERE message_id = :message AND account_id = :account AND state = 'sending' AND asked_at < :before
""")
_CLAIM: Final = text("""
    -- One of those who come at the same moment asks; the campaign is looked at again.
    UPDATE campaign_broadcast b SET state = 'sending', asked_at = :now, reason = NULL
    FROM campaign_message m JOIN campaign c ON c.id = m.campaign_id
    WHERE b.message_id = :message AND b.account_id = :account AND m.id = b.message_id
      AND b.state = 'pending' AND (b.asked_at IS NULL OR b.asked_at <= :before)
      AND m.stage IN ('sending', 'done') AND m.send_until > :now AND c.state IN ('sending', 'completed')
    RETURNING b.id, b.article, b.target
""")
_OF: Final = text("""
    SELECT m.title, a.channel, b.state, b.reason, b.asked_at
    FROM campaign_broadcast b JOIN campaign_message m ON m.id = b.message_id JOIN account a ON a.id = b.account_id
    WHERE m.campaign_id = :campaign ORDER BY m.place, b.account_id
""")
_IS_FOR: Final = text("SELECT 1 FROM account WHERE id = :account AND channel = ANY(:channels)")
_SETTLE: Final = text("UPDATE campaign_broadcast SET state = :state, reason = :reason WHERE id = :id")
_END: Final = text("""
    UPDATE campaign_broadcast SET state = :state, reason = :reason
    WHERE message_id = :message AND account_id = :account AND state = 'pending'
""")


@dataclass(frozen=True)
class Wanted:
    """A broadcast that a campaign wants: the article, for whom, until when; `urgent`: at any hour.

    `over`: why it is not to be asked for any more; `goes`: whether the message goes to all by now.
    """

    article: str
    audience: Audience
    send_until: datetime
    urgent: bool
    goes: bool
    over: Why | None


@dataclass(frozen=True)
class Claimed:
    """A broadcast that this process asks for now."""

    id: int
    article: str
    target: Mapping[str, str]


@dataclass(frozen=True)
class Broadcast:
    """What became of a broadcast, to be shown: of which message, on which channel; `reason` in words."""

    title: str
    channel: str
    state: Fate
    reason: str | None
    asked_at: datetime | None


class CampaignBroadcasts:
    """Keeps what was asked for, and what became of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, accounts: list[int], since: datetime) -> list[int]:
        """Return the messages of which a broadcast on one of the accounts has no end yet.

        Their time was not over by `since`, which has a time zone.
        """
        values = {"accounts": accounts, "count": len(accounts), "since": since}
        async with self._database.sessions() as session:
            return list(await session.scalars(_DUE, values))

    async def wanted(self, message_id: int, now: datetime) -> Wanted | None:
        """Return what is wanted of a message; None when it is none, has no article, or its plan cannot be read."""
        async with self._database.sessions() as session:
            row = (await session.execute(_WANTED, {"message": message_id})).first()
        plan = _plan(row.plan) if row else None
        if row is None or plan is None:
            return None
        article = next((one.article for one in plan.messages if one.key == row.key), None)
        if not article:
            return None
        over = Why.CANCELLED if State(row.state) in _OVER or row.stage == "stopped" else None
        return Wanted(
            article=article,
            audience=plan.audience,
            send_until=row.send_until,
            urgent=row.urgent,
            goes=row.stage in {"sending", "done"} and row.state in {"sending", "completed"},
            over=over or (Why.LATE if row.stage == "late" or row.send_until <= now else None),
        )

    async def is_for(self, account_id: int, channels: Sequence[str]) -> bool:
        """Whether an account is on one of these channels; none named: on any."""
        asked = {"account": account_id, "channels": list(channels)}
        async with self._database.sessions() as session:
            return not channels or (await session.execute(_IS_FOR, asked)).first() is not None

    async def claim(
        self, message_id: int, account_id: int, article: str, target: Mapping[str, str], now: datetime
    ) -> Claimed | None:
        """Enter the broadcast and claim it; None when it was asked for already, or is not to be asked for now."""
        these = {"message": message_id, "account": account_id}
        async with self._database.sessions.begin() as session:
            await _enter(session, these, article, target)
            await _lose(session, these, now)
            row = (await session.execute(_CLAIM, {**these, "now": now, "before": now - AGAIN_AFTER})).first()
        return Claimed(row.id, row.article, row.target) if row else None

    async def settle(self, claimed: Claimed, state: Fate, reason: str | None) -> None:
        """Note what became of a broadcast; with `Fate.PENDING` it may be asked for again."""
        async with self._database.sessions.begin() as session:
            await session.execute(_SETTLE, {"id": claimed.id, "state": state.value, "reason": reason})

    async def end(
        self, message_id: int, account_id: int, article: str, now: datetime, *, state: Fate, reason: str
    ) -> None:
        """Note why a broadcast is not asked for; nothing happens to one that was, save that it may be lost."""
        these = {"message": message_id, "account": account_id}
        async with self._database.sessions.begin() as session:
            await _enter(session, these, article, {})
            await _lose(session, these, now)
            await session.execute(_END, {**these, "state": state.value, "reason": reason})

    async def of(self, campaign_id: int) -> list[Broadcast]:
        """Return what became of the broadcasts of a campaign, in the order of its messages."""
        async with self._database.sessions() as session:
            rows = (await session.execute(_OF, {"campaign": campaign_id})).all()
        return [Broadcast(row.title, row.channel, Fate(row.state), row.reason, row.asked_at) for row in rows]


async def _lose(session: AsyncSession, these: Mapping[str, int], now: datetime) -> None:
    lost = {"before": now - LOST_AFTER, "reason": "Tiến trình gửi đã dừng giữa chừng."}
    await session.execute(_LOSE, {**these, **lost})


async def _enter(session: AsyncSession, these: Mapping[str, int], article: str, target: Mapping[str, str]) -> None:
    await session.execute(_ENTER, {**these, "article": article, "target": json.dumps(dict(target))})


def _plan(data: Mapping[str, Any]) -> Plan | None:
    try:
        return plan_from_json(data)
    except (KeyError, TypeError, ValueError):  # written by another version
        return None
