"""What residents do after a message of a campaign, marked in the ledger: they answer, they stop, they complain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Database

COUNTS_FOR: Final = timedelta(hours=48)
"""So long after the last message of a campaign what a resident writes counts as an answer to it, or leaving as its."""
_LARGEST: Final = 2**63 - 1
ANSWERED: Final = text("""
    -- The last message of a campaign that this conversation was sent lately; its first answer counts. An answer is
    -- neither a complaint nor a stop, and there is none to what was stopped.
    UPDATE campaign_recipient SET answered_at = :now
    WHERE id = (
        SELECT id FROM campaign_recipient
        WHERE conversation_id = :conversation AND sent_at > :since AND sent_at <= :now AND sent_at IS NOT NULL
        ORDER BY sent_at DESC, id DESC LIMIT 1)
      AND answered_at IS NULL AND stopped_at IS NULL AND complained_at IS NULL
    RETURNING id
""")
_ANSWERED_THAT: Final = text("""
    -- A button of that very message: whenever it is pressed.
    UPDATE campaign_recipient SET answered_at = :now
    WHERE conversation_id = :conversation AND message_id = :message AND sent_at IS NOT NULL
      AND answered_at IS NULL
    RETURNING id
""")
_STOPPED: Final = text("""
    -- The last message of a campaign that was sent lately, to this contact where one is named.
    UPDATE campaign_recipient SET stopped_at = :now
    WHERE id = (
        SELECT id FROM campaign_recipient
        WHERE conversation_id = :conversation AND sent_at > :since AND sent_at <= :now AND sent_at IS NOT NULL
          AND (CAST(:contact AS bigint) IS NULL OR contact_id = :contact)
        ORDER BY sent_at DESC, id DESC LIMIT 1)
      AND stopped_at IS NULL
    RETURNING id
""")
_COMPLAINED: Final = text("""
    -- Every row of that message that this conversation was sent; the first complaint counts.
    WITH theirs AS (
        UPDATE campaign_recipient SET complained_at = COALESCE(complained_at, :now)
        WHERE conversation_id = :conversation AND message_id = :message AND sent_at IS NOT NULL
        RETURNING message_id
    )
    SELECT m.id, m.title, c.title AS campaign FROM campaign_message m JOIN campaign c ON c.id = m.campaign_id
    WHERE m.id IN (SELECT message_id FROM theirs)
""")


@dataclass(frozen=True)
class ToldOf:
    """A message of a campaign that a resident speaks of: its number, its title and that of its campaign."""

    message_id: int
    title: str
    campaign: str


def _now() -> datetime:
    return datetime.now(UTC)


class Marks:
    """Marks rows of the ledger. Without a row that suits nothing happens: what residents write is no proof of one."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = _now) -> None:
        self._database = database
        self._clock = clock

    async def answered(self, conversation: UUID, message_id: int | None = None) -> bool:
        """Mark the first answer to the last message of the last 48 hours, or to the one whose button was pressed."""
        now = self._clock()
        values = {"conversation": conversation, "now": now}
        async with self._database.sessions.begin() as session:
            if message_id is None:
                done = await session.execute(ANSWERED, {**values, "since": now - COUNTS_FOR})
            elif 0 < message_id <= _LARGEST:
                done = await session.execute(_ANSWERED_THAT, {**values, "message": message_id})
            else:
                return False
            return done.first() is not None

    async def stopped(self, conversation: UUID) -> bool:
        """Mark that a resident stopped all news within 48 hours after a message; whether there was one."""
        async with self._database.sessions.begin() as session:
            return await mark_stopped(session, conversation, self._clock())

    async def complained(self, conversation: UUID, message_id: int) -> ToldOf | None:
        """Mark that a resident says a message is not right; None when it was never sent to this conversation."""
        if not 0 < message_id <= _LARGEST:
            return None
        values = {"conversation": conversation, "message": message_id, "now": self._clock()}
        async with self._database.sessions.begin() as session:
            row = (await session.execute(_COMPLAINED, values)).first()
        return ToldOf(row.id, row.title, row.campaign) if row else None


async def mark_stopped(session: AsyncSession, conversation: UUID, now: datetime, contact: int | None = None) -> bool:
    """Mark in `session` that a resident stopped, or that a contact of theirs left, within 48 hours after a message."""
    values = {"conversation": conversation, "contact": contact, "now": now, "since": now - COUNTS_FOR}
    return (await session.execute(_STOPPED, values)).first() is not None
