"""Tables. What a conversation remembers is sealed; other texts are letters to officials, without personal data."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    func,
)
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


class MemoryRow(Base):
    """What a conversation remembers from turn to turn: sealed JSON; its version counts the writings."""

    __tablename__ = "memory"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)


class ProfileRow(Base):
    """What a resident agreed to have remembered: where they live and in what kind of home."""

    __tablename__ = "profile"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    province_code: Mapped[str | None] = mapped_column(Text)
    commune_code: Mapped[str | None] = mapped_column(Text)
    home: Mapped[str | None] = mapped_column(Text)
    consent_version: Mapped[str] = mapped_column(Text)
    consented_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class SubscriptionRow(Base):
    """What a resident agreed to be sent. A row with `stopped_at` says that sending must stop, and since when."""

    __tablename__ = "subscription"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    consent_version: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    stopped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class LetterRow(Base):
    """Something for officials: a question without an answer, or what a resident sent. Free of personal data."""

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('unanswered', 'question', 'hazard', 'conduct', 'procedure', 'opinion', 'model', 'commendation')",
            name="letter_kind",
        ),
        CheckConstraint("state IN ('received', 'answered', 'withdrawn')", name="letter_state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    text: Mapped[str] = mapped_column(Text)
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    code: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text, server_default="unanswered")
    place: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="received")
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class WaitingMessageRow(Base):
    """A message that comes to a conversation later than its turn, such as an official's answer: sealed JSON."""

    __tablename__ = "waiting_message"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class KeyCheckRow(Base):
    """One sealed word, by which a start sees whether its key belongs to this database."""

    __tablename__ = "key_check"
    __table_args__ = (CheckConstraint("id = 1", name="key_check_single"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
