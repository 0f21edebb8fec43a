"""Sees at the start whether the key belongs to the database, before anything is sealed with a wrong one."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bot.store.database import Database
from bot.store.sealing import DataKeyError, SealedDataError, Sealer
from bot.store.tables import KeyCheckRow

_WORD: Final = b"tro-ly-pccc"


async def check_key(database: Database, sealer: Sealer) -> None:
    """Take `sealer` for a database that has seen no key yet, else see that it can open what was sealed here.

    The word is sealed anew with the first key, so that a key which was exchanged can be left out one day.
    Raises `DataKeyError` when the database was sealed with another key; nothing is changed then.
    """
    async with database.sessions.begin() as session:
        first = insert(KeyCheckRow).values(id=1, sealed=sealer.seal(_WORD))
        await session.execute(first.on_conflict_do_nothing())
        row = (await session.scalars(select(KeyCheckRow).with_for_update())).one()
        try:
            sealer.open(row.sealed)
        except SealedDataError:
            raise DataKeyError(
                "the data in the database were sealed with another key: set DATA_KEY to that one, or put its data.key"
                " back into DATA_DIR; every process on this database needs the same key"
            ) from None
        row.sealed = sealer.seal(_WORD)
