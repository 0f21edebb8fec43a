"""Seals anew what was sealed with an earlier key, so that the earlier key can be left out."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from bot.store.database import Database
from bot.store.sealing import Sealer
from bot.store.tables import MemoryRow, WaitingMessageRow

_AT_ONCE: Final = 500


async def reseal(database: Database, sealer: Sealer) -> int:
    """Seal all stored data with the first key of `sealer`; return how many rows. May run beside a serving process.

    Raises `SealedDataError` when a row opens with none of the keys; the rows before it are sealed anew already.
    """
    memories = await _reseal(database, sealer, MemoryRow.conversation_id, MemoryRow.sealed)
    return memories + await _reseal(database, sealer, WaitingMessageRow.id, WaitingMessageRow.sealed)


async def _reseal(
    database: Database, sealer: Sealer, key: InstrumentedAttribute[Any], sealed: InstrumentedAttribute[bytes]
) -> int:
    done, last = 0, None
    while True:
        page = select(key, sealed).order_by(key).limit(_AT_ONCE)
        async with database.sessions.begin() as session:
            rows = (await session.execute(page if last is None else page.where(key > last))).all()
            for row_key, old in rows:
                # A row that was saved meanwhile is left alone: it was sealed with the first key just now.
                unchanged = update(key.class_).where(key == row_key, sealed == old)
                await session.execute(unchanged.values(sealed=sealer.seal(sealer.open(old))))
        if not rows:
            return done
        done, last = done + len(rows), rows[-1][0]
