"""Messages that nobody has seen yet, on their way through a channel's outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from bot.store.database import Database

_NEXT: Final = text("""
    -- Messages that nobody has seen, for conversations on accounts that we send for.
    SELECT w.id, w.conversation_id, w.sealed FROM waiting_message w
    WHERE w.delivered_at IS NULL AND w.posted_at IS NULL AND EXISTS (
        SELECT 1 FROM contact c WHERE c.conversation_id = w.conversation_id AND c.stopped_at IS NULL
          AND c.account_id = ANY(:accounts))
    ORDER BY w.id LIMIT :most FOR UPDATE OF w SKIP LOCKED
""")
_POSTED: Final = text("""
    UPDATE waiting_message SET posted_at = now(), posted_account = :account, posted_key = :key WHERE id = :id
""")
_DELIVERED: Final = text("""
    -- What was sent counts as delivered, and the letter that it answers as told.
    WITH sent AS (
        UPDATE waiting_message w SET delivered_at = now() FROM outbox o
        WHERE w.posted_at IS NOT NULL AND w.delivered_at IS NULL AND o.state = 'sent'
          AND o.account_id = w.posted_account AND o.key = w.posted_key
        RETURNING w.letter_id
    )
    UPDATE letter SET told_at = now() FROM sent WHERE letter.id = sent.letter_id AND letter.told_at IS NULL
""")
_ANEW: Final = text("""
    -- What was surely not sent is posted anew once the resident has done something on a channel since.
    UPDATE waiting_message w SET posted_at = NULL FROM outbox o
    WHERE w.posted_at IS NOT NULL AND w.delivered_at IS NULL AND o.state IN ('skipped', 'failed')
      AND o.account_id = w.posted_account AND o.key = w.posted_key
      AND EXISTS (
          SELECT 1 FROM contact c WHERE c.conversation_id = w.conversation_id AND c.stopped_at IS NULL
            AND c.account_id = ANY(:accounts) AND c.last_seen_at > o.settled_at)
""")


@dataclass(frozen=True)
class Unseen:
    """A message that nobody has seen, sealed, and whose it is."""

    number: int
    conversation: UUID
    sealed: bytes


class UnseenMessages:
    """Hands out messages that nobody has seen. Everything is to be called in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self, accounts: Sequence[int], most: int) -> list[Unseen]:
        """Note what has become of messages that were posted, and return those to be posted on these accounts."""
        async with self._database.sessions.begin() as session:
            await session.execute(_DELIVERED)
            await session.execute(_ANEW, {"accounts": list(accounts)})
            rows = await session.execute(_NEXT, {"accounts": list(accounts), "most": most})
            return [Unseen(row.id, row.conversation_id, row.sealed) for row in rows]

    async def posted(self, number: int, account: int | None, key: str | None) -> None:
        """Note that a message was put into an account's outbox, its first part under `key`; None: into none."""
        async with self._database.sessions.begin() as session:
            await session.execute(_POSTED, {"id": number, "account": account, "key": key})
