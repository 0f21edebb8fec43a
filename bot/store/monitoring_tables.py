"""Tables beside `monitoring_report`: its files, and what stands at the head and the foot of an office's reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class MonitoringFileRow(Base):
    """A file of a report. `records`: what its figures were counted from; the others are made when it is issued."""

    __tablename__ = "monitoring_file"
    __table_args__ = (CheckConstraint("kind IN ('records', 'docx', 'pdf', 'xlsx')", name="monitoring_file_kind"),)

    report_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("monitoring_report.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)  # SHA-256
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class OfficeRow(Base):
    """Head and foot of the reports about a place; without a place, of all others."""

    __tablename__ = "office"
    __table_args__ = (UniqueConstraint("place_code", name="office_place", postgresql_nulls_not_distinct=True),)

    id: Mapped[int] = mapped_column(SmallInteger, Identity(always=True), primary_key=True)
    place_code: Mapped[str | None] = mapped_column(Text)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    version: Mapped[int] = mapped_column(server_default="1")
