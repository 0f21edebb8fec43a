"""Files that a channel holds for a while, so that a picture is not uploaded for every reply that shows it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from bot.store.database import Database
from bot.store.tables import UploadRow


class Uploads:
    """Keeps the channel's reference of a file under the digest of its bytes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, account: int, digest: bytes, now: datetime) -> str | None:
        """Return the reference of a file that the channel still holds at `now`, or None."""
        held = select(UploadRow.reference).where(
            UploadRow.account_id == account, UploadRow.digest == digest, UploadRow.expires_at > now
        )
        async with self._database.sessions() as session:
            return await session.scalar(held)

    async def keep(self, account: int, digest: bytes, reference: str, now: datetime, expires_at: datetime) -> None:
        """Keep a reference in the place of an earlier one; the account's expired ones go."""
        given = insert(UploadRow).values(account_id=account, digest=digest, reference=reference, expires_at=expires_at)
        given = given.on_conflict_do_update(
            index_elements=["account_id", "digest"],
            set_={"reference": given.excluded.reference, "expires_at": given.excluded.expires_at},
        )
        async with self._database.sessions.begin() as session:
            await session.execute(delete(UploadRow).where(UploadRow.account_id == account, UploadRow.expires_at <= now))
            await session.execute(given)

    async def forget(self, account: int, digest: bytes) -> None:
        """Drop a reference that the channel knows no more."""
        async with self._database.sessions.begin() as session:
            await session.execute(delete(UploadRow).where(UploadRow.account_id == account, UploadRow.digest == digest))
