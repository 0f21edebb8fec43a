"""Which chats are those of members of the staff: shown by a code of the console that they write there."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from bot.store.campaign_gate import WINDOW
from bot.store.campaign_tables import StaffContactCodeRow, StaffContactRow
from bot.store.database import Database
from bot.store.staff_tables import StaffRow
from bot.store.tables import AccountRow, ContactRow

VALID: Final = timedelta(minutes=10)
_DIGITS: Final = 8
_TRIES: Final = 5


class Refusal(Enum):
    """Why a code did not make a chat theirs."""

    UNKNOWN = "unknown"  # there is no such code any more
    EXPIRED = "expired"


@dataclass(frozen=True)
class StaffContact:
    """A chat that a member has shown to be theirs. `left`: they blocked us there, so that nothing can be sent."""

    contact: int
    channel: str
    account_id: int
    since: datetime
    last_seen_at: datetime
    left: bool

    def closed(self, now: datetime) -> bool:
        """Whether the channel takes nothing for them now: they wrote to the official account too long ago."""
        return self.channel == "zalo_oa" and self.last_seen_at < now - WINDOW


def new_code() -> str:
    """Return a code of eight digits, as it is shown: "1234 5678"."""
    digits = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
    return f"{digits[:4]} {digits[4:]}"


class StaffContacts:
    """Gives codes, takes them, and knows whose chats are whose. Wrong codes are counted by whoever asks."""

    def __init__(self, database: Database, make_code: Callable[[], str] = new_code) -> None:
        self._database = database
        self._make_code = make_code

    async def give(self, staff_id: int, now: datetime) -> str:
        """Return a new code for a member, instead of an earlier one; only its digest is kept."""
        async with self._database.sessions.begin() as session:
            one_at_a_time = select(StaffRow.id).where(StaffRow.id == staff_id).with_for_update(key_share=True)
            await session.scalar(one_at_a_time)
            await session.execute(delete(StaffContactCodeRow).where(StaffContactCodeRow.staff_id == staff_id))
            for _ in range(_TRIES):
                code = self._make_code()
                row = insert(StaffContactCodeRow).values(
                    digest=_digest(code), staff_id=staff_id, expires_at=now + VALID
                )
                given = row.on_conflict_do_nothing().returning(StaffContactCodeRow.digest)
                if await session.scalar(given) is not None:
                    return code
        raise AssertionError(f"{_TRIES} codes in a row were taken")

    async def take(self, code: str, contact: int, now: datetime) -> str | Refusal:
        """Make the contact that of whoever was given the code, and use it up; return their name.

        All codes that are there (one for each member at most) are compared, each in the same time.
        """
        async with self._database.sessions.begin() as session:
            theirs = select(StaffContactCodeRow, StaffRow.name).join(StaffRow).where(StaffRow.active)
            rows = (await session.execute(theirs.with_for_update(of=StaffContactCodeRow))).all()
            digest = _digest(code)
            fitting = [row for row in rows if hmac.compare_digest(row[0].digest, digest)]
            if not fitting:
                return Refusal.UNKNOWN
            given, name = fitting[0]
            if given.expires_at <= now:
                return Refusal.EXPIRED
            if await session.get(ContactRow, contact, with_for_update={"key_share": True}) is None:
                return Refusal.UNKNOWN  # erased meanwhile; the code stays good
            await session.delete(given)
            bound = insert(StaffContactRow).values(contact_id=contact, staff_id=given.staff_id, at=now)
            values = {"staff_id": given.staff_id, "at": now}
            await session.execute(bound.on_conflict_do_update(index_elements=["contact_id"], set_=values))
            return str(name)

    async def of(self, staff_id: int) -> list[StaffContact]:
        """Return the chats of a member, the oldest first."""
        theirs = (
            select(StaffContactRow.at, ContactRow, AccountRow.channel)
            .join(ContactRow, ContactRow.id == StaffContactRow.contact_id)
            .join(AccountRow, AccountRow.id == ContactRow.account_id)
            .where(StaffContactRow.staff_id == staff_id)
            .order_by(StaffContactRow.at, ContactRow.id)
        )
        async with self._database.sessions() as session:
            rows = (await session.execute(theirs)).all()
        return [
            StaffContact(one.id, channel, one.account_id, at, one.last_seen_at, one.stopped_at is not None)
            for at, one, channel in rows
        ]

    async def forget(self, staff_id: int, contact: int) -> bool:
        """Let a chat be a member's no longer; whether it was."""
        theirs = (StaffContactRow.staff_id == staff_id, StaffContactRow.contact_id == contact)
        async with self._database.sessions.begin() as session:
            gone = await session.scalar(delete(StaffContactRow).where(*theirs).returning(StaffContactRow.contact_id))
        return gone is not None


def _digest(code: str) -> bytes:
    """The digest of a code, whatever stands between its digits."""
    digits = "".join(sign for sign in code if sign.isdigit())
    return hashlib.sha256(f"staff contact {digits}".encode()).digest()
