"""Tables of residents' reports, of the agencies that handle them, and of what is told upward about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from bot.feedback.kinds import ReportKind
from bot.feedback.lifecycle import OPEN, Hat, State
from bot.store.tables import Base


def _one_of(values: type[ReportKind] | type[State] | type[Hat]) -> str:
    return ", ".join(f"'{one.value}'" for one in values)


_COUNTED = (  # so that figures of a year are read from the index alone
    "kind category state channel due_hat due_at province_code commune_code late first_answered_at closed_at reopened"
    " supporters"
)
_OPEN = ", ".join(f"'{one.value}'" for one in State if one in OPEN)


class AgencyRow(Base):
    """An agency to which reports are forwarded, as an office entered it."""

    __tablename__ = "agency"
    __table_args__ = (UniqueConstraint("name", "place_code", name="agency_name", postgresql_nulls_not_distinct=True),)

    id: Mapped[int] = mapped_column(SmallInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    place_code: Mapped[str | None] = mapped_column(Text)  # official code of the commune or province it serves
    email: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean, server_default=sql_text("true"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ReportRow(Base):
    """A report as officials see it: personal data are masked in `text` and `where_text` before they come here.

    `conversation_id` NULL: anonymous, or erased; then nobody is told, and the code is the only way to follow it.
    """

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_one_of(ReportKind)})", name="report_kind"),
        CheckConstraint(f"state IN ({_one_of(State)})", name="report_state"),
        CheckConstraint(f"due_hat IN ({_one_of(Hat)})", name="report_due_hat"),
        Index("ix_report_search", "search", postgresql_using="gin"),
        Index("ix_report_created", sql_text("created_at DESC"), sql_text("id DESC")),
        Index("ix_report_place_created", "province_code", "commune_code", sql_text("created_at DESC")),
        Index("ix_report_state_created", "state", sql_text("created_at DESC"), sql_text("id DESC")),
        Index("ix_report_figures", "created_at", postgresql_include=_COUNTED.split()),
        Index("ix_report_due", "due_at", postgresql_where=sql_text(f"state IN ({_OPEN})")),
        Index("ix_report_claimed", "claimed_by", postgresql_where=sql_text("claimed_by IS NOT NULL")),
        Index("ix_report_duplicate_of", "duplicate_of", postgresql_where=sql_text("duplicate_of IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default=State.RECEIVED.value)
    text: Mapped[str] = mapped_column(Text)
    where_text: Mapped[str | None] = mapped_column(Text)
    province_code: Mapped[str | None] = mapped_column(Text)  # two digits
    commune_code: Mapped[str | None] = mapped_column(Text)  # five digits
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    search: Mapped[Any] = mapped_column(TSVECTOR)  # of the folded words of code, text and place
    channel: Mapped[str] = mapped_column(Text)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"), index=True)
    contact: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed
    contact_consent: Mapped[str | None] = mapped_column(Text)  # version of the wording that was agreed to
    contact_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    contact_channel: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    first_answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    forwarded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # the first time
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # the last time
    closed_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True)
    )  # confirmed, closed, rejected, withdrawn
    due_hat: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    late: Mapped[bool] = mapped_column(Boolean, server_default=sql_text("false"))  # a deadline was missed at some time
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    claimed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("report.id"))
    supporters: Mapped[int] = mapped_column(server_default="0")  # who said "me too"
    reopened: Mapped[int] = mapped_column(SmallInteger, server_default="0")  # how often
    photos: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    erased_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(server_default="1")


class ReportEventRow(Base):
    """One thing that happened to a report. Residents see those that are public, officials all."""

    __tablename__ = "report_event"
    __table_args__ = (
        CheckConstraint(f"hat IN ({_one_of(Hat)})", name="report_event_hat"),
        Index("ix_report_event_report", "report_id", "id"),
        Index("ix_report_event_kind", "kind", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    kind: Mapped[str] = mapped_column(Text)  # an act, or: sent, added, noted, claimed, moderated, supported, told …
    hat: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    before: Mapped[str | None] = mapped_column(Text)  # state
    after: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, server_default="")
    public: Mapped[bool] = mapped_column(Boolean, server_default=sql_text("false"))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sql_text("'{}'"))


class ReportPhotoRow(Base):
    """A photo, re-encoded and without EXIF, sealed. Until the report is sent it belongs to a conversation only."""

    __tablename__ = "report_photo"
    __table_args__ = (
        Index("ix_report_photo_staged", "created_at", postgresql_where=sql_text("report_id IS NULL")),
        Index("ix_report_photo_report", "report_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    conversation_id: Mapped[UUID | None] = mapped_column(index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("report_event.id", ondelete="SET NULL"))
    hat: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # JPEG
    thumbnail: Mapped[bytes] = mapped_column(LargeBinary)  # sealed JPEG
    width: Mapped[int] = mapped_column(SmallInteger)
    height: Mapped[int] = mapped_column(SmallInteger)


class SupportRow(Base):
    """Who said "me too" to a report, so that each counts once."""

    __tablename__ = "report_support"

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ModerationRow(Base):
    """What an officer changed in the words of a report, why, and the sealed original."""

    __tablename__ = "moderation"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(Text)  # text, where_text or photo
    original: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed; emptied when the resident's data are erased


class DispatchRow(Base):
    """A report on its way to an agency: how, how far it came, and the digest of the link's key."""

    __tablename__ = "dispatch"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'failed', 'unknown', 'handed_over', 'opened', 'declined', "
            "'answered', 'revoked')",
            name="dispatch_state",
        ),
        CheckConstraint("way IN ('email', 'export')", name="dispatch_way"),
        Index("ix_dispatch_waiting", "due_at", postgresql_where=sql_text("state IN ('waiting', 'sending')")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    way: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    key_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    key_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # until it is sent
    note: Mapped[str] = mapped_column(Text, server_default="")  # to the agency
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())  # the next try
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ErasureRow(Base):
    """That a resident had their data erased: when, on which channel, and how much; not who."""

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    channel: Mapped[str] = mapped_column(Text)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)


class CardDraftRow(Base):
    """An answer card that somebody writes, and that a second person approves before it is live."""

    __tablename__ = "card_draft"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'in_review', 'published', 'discarded')", name="card_draft_state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    path: Mapped[str] = mapped_column(Text)  # inside the knowledge folder
    content: Mapped[str] = mapped_column(Text)
    base_digest: Mapped[str | None] = mapped_column(Text)  # of the file that it changes; NULL: a new one
    state: Mapped[str] = mapped_column(Text, server_default="draft")
    author: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    reviewer: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    note: Mapped[str] = mapped_column(Text, server_default="")  # of the reviewer who gave it back
    letters: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), server_default=sql_text("'{}'")
    )  # questions it answers
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(server_default="1")


class MonitoringReportRow(Base):
    """A periodic monitoring report: drafted by the program, edited by an officer, then issued and fixed."""

    __tablename__ = "monitoring_report"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'issued', 'discarded')", name="monitoring_report_state"),
        CheckConstraint("first <= last", name="monitoring_report_days"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    period: Mapped[str] = mapped_column(Text)  # month, quarter, half, year or range
    place_code: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="draft")
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)  # heading, sections and signature, as edited
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)  # as they were when it was drafted
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # NULL: the schedule
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    issued_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("report_schedule.id", ondelete="SET NULL"))
    due_on: Mapped[date | None] = mapped_column(Date)
    reminded_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(server_default="1")


class ReportScheduleRow(Base):
    """A schedule that prepares drafts: of which period, for which place, due how many days after its end."""

    __tablename__ = "report_schedule"
    __table_args__ = (CheckConstraint("period IN ('month', 'quarter', 'half', 'year')", name="report_schedule_period"),)

    id: Mapped[int] = mapped_column(SmallInteger, Identity(always=True), primary_key=True)
    period: Mapped[str] = mapped_column(Text)
    place_code: Mapped[str | None] = mapped_column(Text)
    due_days: Mapped[int] = mapped_column(SmallInteger)
    active: Mapped[bool] = mapped_column(Boolean, server_default=sql_text("true"))
    prepared_upto: Mapped[date | None] = mapped_column(Date)  # last day of the period that was drafted last
    created_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
