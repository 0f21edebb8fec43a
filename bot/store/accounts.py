"""Accounts of channels: their number in the other tables, and what was found out about what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import cast, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from bot.store.database import Database
from bot.store.tables import AccountRow


class Accounts:
    """Finds accounts, and keeps what each of them was found to be able to do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def number(self, channel: str, name: str) -> int:
        """Return the number of an account; it is entered if it is new. Safe in several processes at once."""
        theirs = select(AccountRow.id).where(AccountRow.channel == channel, AccountRow.name == name)
        async with self._database.sessions.begin() as session:
            known = await session.scalar(theirs)
            if known is None:
                # Not without looking first: an insert that finds the row still uses a number up, and they are few.
                await session.execute(insert(AccountRow).values(channel=channel, name=name).on_conflict_do_nothing())
                known = (await session.scalars(theirs)).one()
            return known

    async def find(self, channel: str, name: str) -> int | None:
        """Return the number of an account; None when it was never entered."""
        theirs = select(AccountRow.id).where(AccountRow.channel == channel, AccountRow.name == name)
        async with self._database.sessions() as session:
            return await session.scalar(theirs)

    async def capabilities(self, account: int) -> dict[str, Any]:
        """Return what `note_capabilities` has put together; empty when nothing is known."""
        async with self._database.sessions() as session:
            found = await session.scalar(select(AccountRow.capabilities).where(AccountRow.id == account))
        return dict(found or {})

    async def note_capabilities(self, account: int, found: Mapping[str, Any]) -> None:
        """Put what was found (JSON by name) in the place of what was known under the same names."""
        merged = AccountRow.capabilities.op("||")(cast(dict(found), JSONB))
        async with self._database.sessions.begin() as session:
            await session.execute(update(AccountRow).where(AccountRow.id == account).values(capabilities=merged))
