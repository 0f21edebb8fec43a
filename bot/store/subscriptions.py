"""What residents agreed to be sent, and when they stopped it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.conversations import note_seen
from bot.store.database import Database
from bot.store.tables import SubscriptionRow


@dataclass(frozen=True)
class Subscription:
    """The topics of a subscription, the wording that was agreed to, since when, and when it was stopped."""

    topics: tuple[str, ...]
    consent_version: str
    since: datetime
    stopped_at: datetime | None

    @property
    def active(self) -> bool:
        """Whether anything may be sent."""
        return self.stopped_at is None


class Subscriptions:
    """Starts and stops subscriptions, one for each conversation. Without an active one nothing may be sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, conversation: UUID) -> Subscription | None:
        """Return the subscription, stopped ones too; None when there never was one, or it was erased."""
        async with self._database.sessions() as session:
            return await subscription_in(session, conversation)

    async def start(self, conversation: UUID, channel: str, topics: Sequence[str], consent_version: str) -> None:
        """Begin to send `topics`, in place of what was agreed to before and although it had been stopped."""
        values = {"topics": list(topics), "consent_version": consent_version}
        first = insert(SubscriptionRow).values(conversation_id=conversation, **values)
        again = {**values, "since": func.now(), "stopped_at": None}
        async with self._database.sessions.begin() as session:
            await note_seen(session, conversation, channel)
            await session.execute(first.on_conflict_do_update(index_elements=["conversation_id"], set_=again))

    async def stop(self, conversation: UUID) -> bool:
        """Stop sending. False when nothing was being sent; the time of an earlier stop stays then."""
        stopping = (
            update(SubscriptionRow)
            .where(SubscriptionRow.conversation_id == conversation, SubscriptionRow.stopped_at.is_(None))
            .values(stopped_at=func.now())
            .returning(SubscriptionRow.conversation_id)
        )
        async with self._database.sessions.begin() as session:
            return (await session.execute(stopping)).first() is not None


async def subscription_in(session: AsyncSession, conversation: UUID) -> Subscription | None:
    """Return the subscription as `session` sees it."""
    row = await session.get(SubscriptionRow, conversation)
    if row is None:
        return None
    return Subscription(tuple(row.topics), row.consent_version, row.since, row.stopped_at)
