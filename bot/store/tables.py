"""Tables. What a conversation remembers is sealed; other texts are questions for officials, without personal data."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
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
    part: Mapped[str | None] = mapped_column(Text)  # the part they play, such as "school"
    consent_version: Mapped[str] = mapped_column(Text)
    consented_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class SubscriptionRow(Base):
    """What a resident agreed to be sent. A row with `stopped_at` says that sending must stop, and since when."""

    __tablename__ = "subscription"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)  # minutes of the day, local time; NULL: no wish
    quiet_until: Mapped[int | None] = mapped_column(SmallInteger)  # first minute that is not quiet
    language: Mapped[str] = mapped_column(Text, server_default="vi")
    consent_version: Mapped[str] = mapped_column(Text)
    consent_channel: Mapped[str | None] = mapped_column(Text)  # where they agreed
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    stopped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ConsentRow(Base):
    """One time a resident agreed to messages, or stopped them: the proof. Triggers on `subscription` write it.

    A stop names what it stopped. `ends`: `at` of the consent that was in force until then, if one was.
    """

    __tablename__ = "consent"
    __table_args__ = (CheckConstraint("act IN ('agreed', 'stopped')", name="consent_act"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    act: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    wording: Mapped[str] = mapped_column(Text)  # version of what was agreed to
    channel: Mapped[str | None] = mapped_column(Text)  # where they agreed
    language: Mapped[str] = mapped_column(Text)
    ends: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class LetterRow(Base):
    """A question that the assistant could not answer, kept for officials. Free of personal data."""

    __tablename__ = "letter"
    __table_args__ = (CheckConstraint("state IN ('received', 'answered', 'dismissed')", name="letter_state"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    text: Mapped[str] = mapped_column(Text)
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    code: Mapped[str] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text, server_default="received")
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[str | None] = mapped_column(Text)  # or who put it aside
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    why: Mapped[str | None] = mapped_column(Text)  # it was put aside


class WaitingMessageRow(Base):
    """A message that comes to a conversation later than its turn, such as an official's answer: sealed JSON."""

    __tablename__ = "waiting_message"
    __table_args__ = (
        Index("ix_waiting_message_unposted", "id", postgresql_where=text("delivered_at IS NULL AND posted_at IS NULL")),
        Index(
            "ix_waiting_message_posted", "id", postgresql_where=text("delivered_at IS NULL AND posted_at IS NOT NULL")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outbox_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)  # so that it is put by once
    posted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # handed to the outbox of a channel
    posted_account: Mapped[int | None] = mapped_column(SmallInteger)
    posted_key: Mapped[str | None] = mapped_column(Text)
    recipient_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)  # row of a campaign's ledger


class KeyCheckRow(Base):
    """One sealed word, by which a start sees whether its key belongs to this database."""

    __tablename__ = "key_check"
    __table_args__ = (CheckConstraint("id = 1", name="key_check_single"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class IdentityKeyRow(Base):
    """The sealed key by which a channel's user id becomes the digest that stands for a resident."""

    __tablename__ = "identity_key"
    __table_args__ = (CheckConstraint("id = 1", name="identity_key_single"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class AccountRow(Base):
    """One account of a channel: who sends for it now, whether it may, and what was found out about it."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("channel", "name", name="account_name"),)

    id: Mapped[int] = mapped_column(SmallInteger, Identity(always=True), primary_key=True)
    channel: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    sender: Mapped[UUID | None] = mapped_column()
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    paused_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    halted: Mapped[str | None] = mapped_column(Text)
    capabilities: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class ContactRow(Base):
    """A resident on one account of a channel. `digest` stands for the channel's user id, which is sealed."""

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("account_id", "digest", name="contact_digest"),
        CheckConstraint("linked IN ('gave', 'typed')", name="contact_linked"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    conversation_id: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    stopped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    clerk_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    greeted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    options: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed payloads of the choices numbered last
    linked: Mapped[str | None] = mapped_column(Text)  # how it came to its conversation by a code; NULL: its own


class InboxRow(Base):
    """An event as it came; its sealed words are emptied when it is done, its key stays to know a second delivery."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("account_id", "key", name="inbox_key"),
        CheckConstraint("state IN ('waiting', 'done', 'set_aside')", name="inbox_state"),
        Index("ix_inbox_waiting", "resident", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_inbox_due", text("urgent DESC"), "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_inbox_taken", "worker", postgresql_where=text("state = 'waiting' AND worker IS NOT NULL")),
        Index("ix_inbox_set_aside", "id", postgresql_where=text("state = 'set_aside'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    resident: Mapped[bytes | None] = mapped_column(LargeBinary)  # digest; events of one are taken in order
    urgent: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))  # an emergency: ahead of all others
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    worker: Mapped[UUID | None] = mapped_column()
    error: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class OutboxRow(Base):
    """One message to be sent once. `lane`: emergencies before replies before notices before campaigns."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'skipped', 'unknown')", name="outbox_state"),
        UniqueConstraint("account_id", "key", name="outbox_key"),
        Index("ix_outbox_due", "account_id", "lane", "id", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_outbox_open", "account_id", "resident", "id", postgresql_where=text("state IN ('waiting', 'sending')")
        ),
        Index("ix_outbox_settled", "account_id", "settled_at", postgresql_where=text("settled_at IS NOT NULL")),
        Index("ix_outbox_unknown", "id", postgresql_where=text("state = 'unknown'")),
        Index("ix_outbox_message", "account_id", "message", postgresql_where=text("message IS NOT NULL")),
        Index("ix_outbox_conversation", "conversation_id"),
        Index("ix_outbox_recipient", "recipient_id", postgresql_where=text("recipient_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    key: Mapped[str] = mapped_column(Text)  # what it is the message of: nothing is sent twice under one key
    lane: Mapped[int] = mapped_column(SmallInteger)
    resident: Mapped[bytes] = mapped_column(LargeBinary)
    conversation_id: Mapped[UUID | None] = mapped_column()
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # recipient and part; emptied when it is settled
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    recipient_id: Mapped[int | None] = mapped_column(BigInteger)  # row of a campaign's ledger that this is of
    provisional: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))  # gone if the next line comes soon
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    worker: Mapped[UUID | None] = mapped_column()
    reason: Mapped[str | None] = mapped_column(Text)
    message: Mapped[str | None] = mapped_column(Text)
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class WorkerRow(Base):
    """A process that takes turns or sends, and when it last said that it lives."""

    __tablename__ = "worker"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ChannelTokenRow(Base):
    """The rotating token pair of an account, and the pair before it; sealed JSON."""

    __tablename__ = "channel_token"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    previous: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int]
    refreshed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    refreshing_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # a refresh whose end is unknown
    failure: Mapped[str | None] = mapped_column(Text)


class UploadRow(Base):
    """A file that a channel holds for a while, by the digest of its bytes."""

    __tablename__ = "upload"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    reference: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class QuotaRow(Base):
    """What a channel said is left of a quota, when it last said so."""

    __tablename__ = "quota"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    remaining: Mapped[int | None] = mapped_column(BigInteger)
    total: Mapped[int | None] = mapped_column(BigInteger)
    read_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class LinkCodeRow(Base):
    """A code by which a resident links a second channel to a conversation; only its digest is kept."""

    __tablename__ = "link_code"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
