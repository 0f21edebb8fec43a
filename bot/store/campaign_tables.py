"""Tables of campaigns: what is planned, what approval froze, and the ledger with one row for each recipient."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.campaigns.lifecycle import Fate, Stage, State
from bot.store.tables import Base

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""As `repeated_day`: the series has been ended."""


def _one_of(values: type[State] | type[Stage] | type[Fate]) -> str:
    return ", ".join(f"'{one.value}'" for one in values)


class CampaignRow(Base):
    """A campaign. `plan` is what its author writes; what was approved of it stands in the other tables."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint(f"state IN ({_one_of(State)})", name="campaign_state"),
        CheckConstraint(
            "approved_by IS NULL OR approved_by <> created_by AND approved_by <> changed_by", name="campaign_approver"
        ),
        Index("ix_campaign_state", "state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    state: Mapped[str] = mapped_column(Text, server_default=State.DRAFT.value)
    title: Mapped[str] = mapped_column(Text)  # that of the plan, for lists
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(Integer, server_default="1")  # counts changes of any kind
    created_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    changed_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))  # who wrote last may not approve either
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    approved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    checked: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)  # the approver's look at each cited document
    urgent: Mapped[bool] = mapped_column(Boolean, server_default=sql_text("false"))  # granted by the approver
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)  # SHA-256 of what was approved
    frozen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str | None] = mapped_column(Text)  # why it is paused, failed or was sent back; Vietnamese
    forgotten_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # nobody of it is known since
    repeats_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id", ondelete="SET NULL"), index=True)
    repeated_day: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """The day its last draft was made for, of the first of a series; `NEVER` once that has been ended."""


class CampaignEventRow(Base):
    """What happened to a campaign, in order."""

    __tablename__ = "campaign_event"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    act: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # NULL: the program itself
    text: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sql_text("'{}'"))


class CampaignMessageRow(Base):
    """One message of an approved campaign."""

    __tablename__ = "campaign_message"
    __table_args__ = (
        CheckConstraint(f"stage IN ({_one_of(Stage)})", name="campaign_message_stage"),
        UniqueConstraint("campaign_id", "key", name="campaign_message_key"),
        Index("ix_campaign_message_stage", "stage", "due_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(Text)
    place: Mapped[int] = mapped_column(SmallInteger)  # among the messages of its campaign
    title: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    send_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    unless: Mapped[list[str] | None] = mapped_column(JSONB)  # ["quiz", id], ["drill", id] or ["answered", key]
    stage: Mapped[str] = mapped_column(Text, server_default=Stage.WAITING.value)
    listed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # its rows of the ledger are there
    begun_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    first_done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CampaignTextRow(Base):
    """What one message says on one channel in one variant: the part that the channel's adapter sends, as approved."""

    __tablename__ = "campaign_text"
    __table_args__ = (UniqueConstraint("message_id", "channel", "variant", name="campaign_text_of"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("campaign_message.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(Text)  # "zalo_oa/template" for what goes where the window is closed
    variant: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    options: Mapped[list[str]] = mapped_column(JSONB, server_default=sql_text("'[]'"))  # payloads numbered in it


class CampaignMemberRow(Base):
    """Somebody of the audience as approval froze it; who they are is emptied when their data are erased."""

    __tablename__ = "campaign_member"
    __table_args__ = (Index("ix_campaign_member_conversation", "conversation_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[UUID | None] = mapped_column()
    contact_id: Mapped[int | None] = mapped_column(BigInteger)  # NULL on the web
    account_id: Mapped[int | None] = mapped_column(SmallInteger)  # NULL on the web
    channel: Mapped[str] = mapped_column(Text)
    variant: Mapped[str] = mapped_column(Text)
    province_code: Mapped[str | None] = mapped_column(Text)
    commune_code: Mapped[str | None] = mapped_column(Text)
    first: Mapped[bool] = mapped_column(Boolean, server_default=sql_text("false"))


class CampaignRecipientRow(Base):
    """The ledger: one message for one recipient, once. Its state follows the row of the outbox by a trigger."""

    __tablename__ = "campaign_recipient"
    __table_args__ = (
        CheckConstraint(f"state IN ({_one_of(Fate)})", name="campaign_recipient_state"),
        UniqueConstraint("message_id", "member_id", name="campaign_recipient_once"),
        Index(
            "ix_campaign_recipient_next",
            "message_id",
            "account_id",
            "first",
            "id",
            postgresql_where=sql_text("state = 'pending' AND fed_at IS NULL AND not_before IS NULL"),
        ),
        Index(
            "ix_campaign_recipient_later",
            "message_id",
            "account_id",
            "not_before",
            postgresql_where=sql_text("state = 'pending' AND fed_at IS NULL AND not_before IS NOT NULL"),
        ),
        Index(
            "ix_campaign_recipient_window",
            "contact_id",
            postgresql_where=sql_text("state = 'pending' AND fed_at IS NULL AND reason = 'window'"),
        ),
        Index(
            "ix_campaign_recipient_sent",
            "conversation_id",
            "sent_at",
            postgresql_where=sql_text("sent_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("campaign_message.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(BigInteger)
    conversation_id: Mapped[UUID | None] = mapped_column()
    contact_id: Mapped[int | None] = mapped_column(BigInteger)
    account_id: Mapped[int | None] = mapped_column(SmallInteger)  # NULL on the web
    channel: Mapped[str] = mapped_column(Text)
    variant: Mapped[str] = mapped_column(Text)
    province_code: Mapped[str | None] = mapped_column(Text)
    commune_code: Mapped[str | None] = mapped_column(Text)
    first: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(Text, server_default=Fate.PENDING.value)
    reason: Mapped[str | None] = mapped_column(Text)  # a value of `Why`, or the channel's words
    round: Mapped[int] = mapped_column(SmallInteger, server_default="0")  # how often it was sent anew on request
    not_before: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    fed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # it stands in the outbox since
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # or perhaps sent, or is being sent
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    stopped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # said DỪNG or left after it
    complained_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CampaignBroadcastRow(Base):
    """An article that Zalo shows to followers of a region, for one message on one account; asked for once."""

    __tablename__ = "campaign_broadcast"
    __table_args__ = (UniqueConstraint("message_id", "account_id", name="campaign_broadcast_once"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("campaign_message.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    article: Mapped[str] = mapped_column(Text)
    target: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text, server_default=Fate.PENDING.value)
    reason: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class StaffContactRow(Base):
    """A contact that a member of the staff has shown to be theirs: there they are sent trial messages."""

    __tablename__ = "staff_contact"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class StaffContactCodeRow(Base):
    """A code by which a member of the staff shows which chat is theirs; only its digest is kept."""

    __tablename__ = "staff_contact_code"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class QuizAttemptRow(Base):
    """One go at a quiz; whose it was is emptied when their data are erased."""

    __tablename__ = "quiz_attempt"
    __table_args__ = (
        CheckConstraint("moment IN ('before', 'after', 'alone')", name="quiz_attempt_moment"),
        Index("ix_quiz_attempt_quiz", "quiz_id", "finished_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    quiz_id: Mapped[str] = mapped_column(Text)
    conversation_id: Mapped[UUID | None] = mapped_column(index=True)
    recipient_id: Mapped[int | None] = mapped_column(BigInteger, index=True)  # of the ledger, when a message led here
    moment: Mapped[str] = mapped_column(Text)  # before or after the lessons of a campaign, or on its own
    province_code: Mapped[str | None] = mapped_column(Text)
    commune_code: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answers: Mapped[dict[str, bool]] = mapped_column(JSONB, server_default=sql_text("'{}'"))  # by question: right?
    right: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    total: Mapped[int] = mapped_column(SmallInteger)


class DrillAttemptRow(Base):
    """One drill at home; whose it was is emptied when their data are erased."""

    __tablename__ = "drill_attempt"
    __table_args__ = (Index("ix_drill_attempt_drill", "drill_id", "finished_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    drill_id: Mapped[str] = mapped_column(Text)
    conversation_id: Mapped[UUID | None] = mapped_column(index=True)
    recipient_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    province_code: Mapped[str | None] = mapped_column(Text)
    commune_code: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    steps: Mapped[dict[str, bool]] = mapped_column(JSONB, server_default=sql_text("'{}'"))  # by step: could it be done?
    done: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    total: Mapped[int] = mapped_column(SmallInteger)
