"""What residents agreed to be sent, and when they stopped it; what they did before: `bot/store/consents.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.conversations import hold, note_seen
from bot.store.database import Database
from bot.store.tables import SubscriptionRow

LANGUAGE: Final = "vi"
_DAY: Final = 24 * 60  # minutes


@dataclass(frozen=True)
class Subscription:
    """The topics of a subscription, the wording that was agreed to, since when, and when it was stopped.

    `channel` is where they agreed, `quiet` the minutes of the day from which and until which nothing may come (it may
    go over midnight); both are None for what was agreed to before these were asked.
    """

    topics: tuple[str, ...]
    consent_version: str
    since: datetime
    stopped_at: datetime | None
    quiet: tuple[int, int] | None = None
    language: str = LANGUAGE
    channel: str | None = None

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

    async def start(
        self,
        conversation: UUID,
        channel: str,
        topics: Sequence[str],
        consent_version: str,
        *,
        quiet: tuple[int, int] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Begin to send `topics`, in place of what was agreed to before and although it had been stopped.

        `channel`, the wording and the time (`at`, by default now) are the proof of consent. `quiet`: minutes of the day
        in which nothing may come. Raises ValueError for minutes that there are not.
        """
        if quiet is not None and not (quiet[0] != quiet[1] and all(0 <= one <= _DAY for one in quiet)):
            raise ValueError(f"{quiet} are no minutes of a day")
        start, end = quiet or (None, None)
        values = {
            "topics": list(topics),
            "consent_version": consent_version,
            "consent_channel": channel,
            "language": LANGUAGE,
            "quiet_from": start,
            "quiet_until": end,
            "since": at or func.now(),
        }
        first = insert(SubscriptionRow).values(conversation_id=conversation, **values)
        again = {**values, "stopped_at": None}
        async with self._database.sessions.begin() as session:
            await note_seen(session, conversation, channel)
            await session.execute(first.on_conflict_do_update(index_elements=["conversation_id"], set_=again))

    async def stop(self, conversation: UUID, at: datetime | None = None) -> bool:
        """Stop sending. False when nothing was being sent; the time of an earlier stop stays then."""
        stopping = (
            update(SubscriptionRow)
            .where(SubscriptionRow.conversation_id == conversation, SubscriptionRow.stopped_at.is_(None))
            .values(stopped_at=at or func.now())
            .returning(SubscriptionRow.conversation_id)
        )
        async with self._database.sessions.begin() as session:
            if not await hold(session, conversation):  # before the subscription: the proof hangs on it, too
                return False
            return (await session.execute(stopping)).first() is not None


async def subscription_in(session: AsyncSession, conversation: UUID) -> Subscription | None:
    """Return the subscription as `session` sees it."""
    row = await session.get(SubscriptionRow, conversation)
    if row is None:
        return None
    quiet = None if row.quiet_from is None or row.quiet_until is None else (row.quiet_from, row.quiet_until)
    return Subscription(
        tuple(row.topics), row.consent_version, row.since, row.stopped_at, quiet, row.language, row.consent_channel
    )
