"""Retention: what is deleted when its term is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.store.database import Database
from bot.store.tables import ConversationRow, LetterRow, MemoryRow, ReplyRow, SubscriptionRow, WaitingMessageRow


@dataclass(frozen=True)
class Forgotten:
    """How much one cleaning deleted, beyond what goes with its conversation."""

    conversations: int
    memories: int
    replies: int
    waiting: int
    letters: int


async def forget_expired(database: Database, *, conversations_before: datetime, letters_before: datetime) -> Forgotten:
    """Delete what is past its term, in one transaction.

    Conversations last seen before `conversations_before` go with all that hangs on them, save those that still get
    what they subscribed to: a subscription lasts until the resident stops it. What such and other conversations
    remembered, were answered and were sent before that moment goes too. Letters go that came before `letters_before`.
    """
    subscribed = exists().where(
        SubscriptionRow.conversation_id == ConversationRow.id, SubscriptionRow.stopped_at.is_(None)
    )
    async with database.sessions.begin() as session:
        return Forgotten(
            conversations=await _delete(
                session, ConversationRow.id, ConversationRow.last_seen_at < conversations_before, ~subscribed
            ),
            memories=await _delete(session, MemoryRow.conversation_id, MemoryRow.updated_at < conversations_before),
            replies=await _delete(session, ReplyRow.id, ReplyRow.created_at < conversations_before),
            waiting=await _delete(session, WaitingMessageRow.id, WaitingMessageRow.at < conversations_before),
            letters=await _delete(session, LetterRow.id, LetterRow.at < letters_before),
        )


async def _delete(session: AsyncSession, column: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]) -> int:
    gone = await session.execute(delete(column.class_).where(*conditions).returning(column))
    return len(gone.all())
