"""What a turn leaves behind: the conversation, its replies, and thumbs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from bot.store.conversations import note_seen
from bot.store.database import Database
from bot.store.tables import ReplyRow, ThumbRow


@dataclass(frozen=True)
class ReplyRecord:
    """A reply as kept: no text, only what it rested on."""

    id: UUID
    kind: str
    cards: tuple[str, ...]
    confidence: float


class Records:
    """Writes what a turn leaves behind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_replies(self, conversation: UUID, channel: str, replies: Sequence[ReplyRecord]) -> None:
        """Note that the conversation was seen and which replies it was given, in one transaction."""
        async with self._database.sessions.begin() as session:
            await note_seen(session, conversation, channel)
            session.add_all(
                ReplyRow(
                    id=reply.id,
                    conversation_id=conversation,
                    kind=reply.kind,
                    cards=list(reply.cards),
                    confidence=reply.confidence,
                )
                for reply in replies
            )

    async def keep_thumb(self, conversation: UUID, reply: UUID, value: Literal["up", "down"]) -> bool:
        """Store a thumb, replacing an earlier one; False when the conversation has no such reply."""
        theirs = select(ReplyRow.id).where(ReplyRow.id == reply, ReplyRow.conversation_id == conversation)
        async with self._database.sessions.begin() as session:
            if await session.scalar(theirs.with_for_update(read=True, key_share=True)) is None:
                return False
            given = insert(ThumbRow).values(reply_id=reply, value=value)
            await session.execute(
                given.on_conflict_do_update(index_elements=["reply_id"], set_={"value": value, "at": func.now()})
            )
        return True
