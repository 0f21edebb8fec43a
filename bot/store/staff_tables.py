"""Tables of the staff: accounts, sessions, and the log of what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base


class StaffRow(Base):
    """Somebody who may use the console. Accounts are switched off, never deleted: the log names them."""

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint("login = lower(login)", name="staff_login_lower"),)

    id: Mapped[int] = mapped_column(SmallInteger, Identity(always=True), primary_key=True)
    login: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    position: Mapped[str] = mapped_column(Text, server_default="")
    password: Mapped[str] = mapped_column(Text)  # argon2id
    must_change: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    totp: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed; NULL: not set up yet
    totp_used: Mapped[int] = mapped_column(BigInteger, server_default="0")  # the last time step that was accepted
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    places: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # official codes; none: all
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    password_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class StaffSessionRow(Base):
    """A session in a browser; only the digest of its key is stored."""

    __tablename__ = "staff_session"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(Text)
    confirmed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))  # the second factor was given
    notice: Mapped[str | None] = mapped_column(Text)  # shown on the next page, once
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AuditRow(Base):
    """One act of the staff. A trigger refuses every change; each row's digest covers the one before."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject", "id"), Index("ix_audit_staff", "staff_id", "id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # NULL: the command line, or nobody known
    who: Mapped[str] = mapped_column(Text)  # login, or "python -m bot …"
    act: Mapped[str] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)  # such as "report:7K-2M9Q-XDAB"
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
