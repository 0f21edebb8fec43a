"""What residents agreed to have remembered: where they live, in what kind of home, and what part they play."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.conversations import note_seen
from bot.store.database import Database
from bot.store.tables import ProfileRow


@dataclass(frozen=True)
class Profile:
    """A resident's place, home and part, with the wording they agreed to (`consent_version`) and since when."""

    province_code: str | None
    commune_code: str | None
    home: str | None
    consent_version: str
    consented_at: datetime
    part: str | None = None


class Profiles:
    """Reads and writes profiles, one for each conversation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, conversation: UUID) -> Profile | None:
        """Return the profile, None when there is none."""
        async with self._database.sessions() as session:
            return await profile_in(session, conversation)

    async def set(
        self,
        conversation: UUID,
        channel: str,
        *,
        province_code: str | None = None,
        commune_code: str | None = None,
        home: str | None = None,
        part: str | None = None,
        consent_version: str,
    ) -> None:
        """Store the whole profile in place of an earlier one; the day of consent stays for the same wording."""
        values = {
            "province_code": province_code,
            "commune_code": commune_code,
            "home": home,
            "part": part,
            "consent_version": consent_version,
        }
        consented_at = case((ProfileRow.consent_version == consent_version, ProfileRow.consented_at), else_=func.now())
        first = insert(ProfileRow).values(conversation_id=conversation, **values)
        async with self._database.sessions.begin() as session:
            await note_seen(session, conversation, channel)
            await session.execute(
                first.on_conflict_do_update(
                    index_elements=["conversation_id"], set_={**values, "consented_at": consented_at}
                )
            )

    async def delete(self, conversation: UUID) -> bool:
        """Delete the profile; False when there was none."""
        async with self._database.sessions.begin() as session:
            gone = await session.execute(
                delete(ProfileRow)
                .where(ProfileRow.conversation_id == conversation)
                .returning(ProfileRow.conversation_id)
            )
            return gone.first() is not None


async def profile_in(session: AsyncSession, conversation: UUID) -> Profile | None:
    """Return the profile as `session` sees it."""
    row = await session.get(ProfileRow, conversation)
    if row is None:
        return None
    return Profile(row.province_code, row.commune_code, row.home, row.consent_version, row.consented_at, row.part)
