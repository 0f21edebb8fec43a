"""What a turn leaves behind: the conversation, its replies, thumbs, and questions without an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from bot.store.database import Database
from bot.store.tables import ConversationRow, ReplyRow, ThumbRow, UnansweredRow


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
            seen = insert(ConversationRow).values(id=conversation, channel=channel)
            await session.execute(seen.on_conflict_do_update(index_elements=["id"], set_={"last_seen_at": func.now()}))
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

    async def keep_unanswered(
        self, conversation: UUID | None, channel: str, text: str, candidates: Sequence[dict[str, Any]]
    ) -> None:
        """Store a question nobody could answer; `text` must be free of personal data."""
        async with self._database.sessions.begin() as session:
            if conversation is not None:
                known = insert(ConversationRow).values(id=conversation, channel=channel)
                await session.execute(known.on_conflict_do_nothing())
            session.add(UnansweredRow(conversation_id=conversation, text=text, candidates=list(candidates)))

    async def unanswered(self) -> list[dict[str, Any]]:
        """Return the questions nobody could answer, newest first: {"at", "text", "candidates"}."""
        async with self._database.sessions() as session:
            rows = await session.scalars(select(UnansweredRow).order_by(UnansweredRow.at.desc()))
            return [{"at": row.at.isoformat(), "text": row.text, "candidates": row.candidates} for row in rows]

    async def keep_thumb(self, conversation: UUID, reply: UUID, value: Literal["up", "down"]) -> bool:
        """Store a thumb, replacing an earlier one; False when the conversation has no such reply."""
        async with self._database.sessions.begin() as session:
            row = await session.get(ReplyRow, reply)
            if row is None or row.conversation_id != conversation:
                return False
            given = insert(ThumbRow).values(reply_id=reply, value=value)
            await session.execute(
                given.on_conflict_do_update(index_elements=["reply_id"], set_={"value": value, "at": func.now()})
            )
        return True

    async def forget_before(self, moment: datetime) -> int:
        """Delete conversations last seen before `moment`, with all that hangs on them; return how many."""
        async with self._database.sessions.begin() as session:
            gone = await session.execute(
                delete(ConversationRow).where(ConversationRow.last_seen_at < moment).returning(ConversationRow.id)
            )
            return len(gone.all())

    async def forget_unanswered_before(self, moment: datetime) -> int:
        """Delete unanswered questions asked before `moment`; return how many."""
        async with self._database.sessions.begin() as session:
            gone = await session.execute(
                delete(UnansweredRow).where(UnansweredRow.at < moment).returning(UnansweredRow.id)
            )
            return len(gone.all())
