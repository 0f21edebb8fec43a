"""Sessions of the staff in browsers. A key is random and only in the browser; what is stored is its digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, or_, select, update

from bot.store.database import Database
from bot.store.staff import Account, Author, account_of
from bot.store.staff_tables import StaffRow, StaffSessionRow

KEY_BYTES: Final = 32
IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
HALF_WAY: Final = timedelta(minutes=15)
"""How long somebody may take for the second factor after the password."""
_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """A session that is valid now. `confirmed`: the second factor was given."""

    digest: bytes
    account: Account
    csrf: str
    confirmed: bool
    notice: str | None

    @property
    def author(self) -> Author:
        """Whom the log names."""
        return Author(self.account.id, self.account.login)


def digest_of(key: str) -> bytes:
    """Return under what a key is stored."""
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


class StaffSessions:
    """Begins, finds and ends sessions: after 30 minutes without a request, and after 12 hours in any case."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def begin(self, staff_id: int, *, confirmed: bool, instead_of: bytes | None = None) -> str:
        """Begin a session and return its key, which is a new one each time; the session `instead_of` ends."""
        key, now = secrets.token_urlsafe(KEY_BYTES), self._now()
        async with self._database.sessions.begin() as session:
            if instead_of is not None:
                await session.execute(delete(StaffSessionRow).where(StaffSessionRow.digest == instead_of))
            await session.execute(delete(StaffSessionRow).where(_over(now)))
            session.add(
                StaffSessionRow(
                    digest=digest_of(key),
                    staff_id=staff_id,
                    csrf=secrets.token_urlsafe(KEY_BYTES),
                    confirmed=confirmed,
                    created_at=now,
                    seen_at=now,
                    expires_at=now + (LONGEST if confirmed else HALF_WAY),
                )
            )
        return key

    async def find(self, key: str, *, take_notice: bool = False) -> Session | None:
        """Return the session of a key unless it is over or its account is switched off; it counts as used now.

        `take_notice`: what the last act has to say is shown now, and not again.
        """
        digest, now = digest_of(key), self._now()
        query = (
            select(StaffSessionRow, StaffRow)
            .join(StaffRow, StaffRow.id == StaffSessionRow.staff_id)
            .where(StaffSessionRow.digest == digest, StaffRow.active, ~_over(now))
        )
        async with self._database.sessions() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            return None
        row, account = found
        notice = row.notice if take_notice else None
        if notice is not None or row.seen_at < now - _NOTED_EVERY:
            values = {"seen_at": now} if notice is None else {"seen_at": now, "notice": None}
            async with self._database.sessions.begin() as session:
                await session.execute(update(StaffSessionRow).where(StaffSessionRow.digest == digest).values(**values))
        return Session(digest, account_of(account), row.csrf, row.confirmed, notice)

    async def say(self, digest: bytes, notice: str) -> None:
        """Keep a notice for the next page of a session."""
        async with self._database.sessions.begin() as session:
            await session.execute(update(StaffSessionRow).where(StaffSessionRow.digest == digest).values(notice=notice))

    async def end(self, digest: bytes) -> None:
        """End a session."""
        async with self._database.sessions.begin() as session:
            await session.execute(delete(StaffSessionRow).where(StaffSessionRow.digest == digest))

    async def end_all(self, staff_id: int) -> None:
        """End all sessions of somebody, in every browser."""
        async with self._database.sessions.begin() as session:
            await session.execute(delete(StaffSessionRow).where(StaffSessionRow.staff_id == staff_id))


def _over(now: datetime) -> ColumnElement[bool]:
    return or_(StaffSessionRow.expires_at <= now, StaffSessionRow.seen_at <= now - IDLE)
