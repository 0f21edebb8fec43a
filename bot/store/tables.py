"""Tables. No message text is kept, save the questions that nobody could answer (without personal data)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, String, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Parent of all tables."""


class ConversationRow(Base):
    """One visitor's conversation on one channel; its id is random and is the only key to it."""

    __tablename__ = "conversation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)


class ReplyRow(Base):
    """A reply that was given: what kind, from which cards, how sure. Its text is not kept."""

    __tablename__ = "reply"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    cards: Mapped[list[str]] = mapped_column(ARRAY(Text))
    confidence: Mapped[float]


class ThumbRow(Base):
    """A resident's judgement of one reply."""

    __tablename__ = "thumb"
    __table_args__ = (CheckConstraint("value IN ('up', 'down')", name="thumb_value"),)

    reply_id: Mapped[UUID] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"), primary_key=True)
    value: Mapped[str] = mapped_column(String(4))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class UnansweredRow(Base):
    """A question without an answer, for officials: text without personal data, and the best candidates."""

    __tablename__ = "unanswered"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    text: Mapped[str] = mapped_column(Text)
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
