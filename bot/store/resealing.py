"""Seals anew what was sealed with an earlier key, so that the earlier key can be left out."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from bot.store.database import Database
from bot.store.report_tables import DispatchRow, ModerationRow, ReportPhotoRow, ReportRow
from bot.store.sealing import Sealer
from bot.store.staff_tables import StaffRow
from bot.store.tables import (
    ChannelTokenRow,
    ContactRow,
    IdentityKeyRow,
    InboxRow,
    MemoryRow,
    OutboxRow,
    WaitingMessageRow,
)

Column = InstrumentedAttribute[Any]
SEALED: Final[tuple[tuple[Column, Column], ...]] = (
    (MemoryRow.conversation_id, MemoryRow.sealed),
    (WaitingMessageRow.id, WaitingMessageRow.sealed),
    (IdentityKeyRow.id, IdentityKeyRow.sealed),
    (ContactRow.id, ContactRow.sealed),
    (ContactRow.id, ContactRow.options),
    (InboxRow.id, InboxRow.sealed),
    (OutboxRow.id, OutboxRow.sealed),
    (ChannelTokenRow.account_id, ChannelTokenRow.sealed),
    (ChannelTokenRow.account_id, ChannelTokenRow.previous),
    (ReportRow.id, ReportRow.contact),
    (ReportPhotoRow.id, ReportPhotoRow.sealed),
    (ReportPhotoRow.id, ReportPhotoRow.thumbnail),
    (ModerationRow.id, ModerationRow.original),
    (DispatchRow.id, DispatchRow.key_sealed),
    (StaffRow.id, StaffRow.totp),
)
"""Every sealed column with the key of its table; `key_check` is sealed anew at each start."""
_AT_ONCE: Final = 100  # photos among them, of some hundred kilobytes each


async def reseal(database: Database, sealer: Sealer) -> int:
    """Seal all stored data with the first key of `sealer`; return how many values. May run beside a serving process.

    Raises `SealedDataError` when a value opens with none of the keys; those before it are sealed anew already.
    """
    return sum([await _reseal(database, sealer, key, sealed) for key, sealed in SEALED])


async def _reseal(database: Database, sealer: Sealer, key: Column, sealed: Column) -> int:
    done, last = 0, None
    while True:
        page = select(key, sealed).where(sealed.is_not(None)).order_by(key).limit(_AT_ONCE)
        async with database.sessions.begin() as session:
            rows = (await session.execute(page if last is None else page.where(key > last))).all()
            for row_key, old in rows:
                # A row that was saved meanwhile is left alone: it was sealed with the first key just now.
                unchanged = update(key.class_).where(key == row_key, sealed == old)
                await session.execute(unchanged.values({sealed.key: sealer.seal(sealer.open(old))}))
        if not rows:
            return done
        done, last = done + len(rows), rows[-1][0]
