"""What a conversation remembers from one turn to the next. Only sealed bytes reach the database."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Executable, func, update
from sqlalchemy.dialects.postgresql import insert

from bot.store.conversations import note_seen
from bot.store.database import Database
from bot.store.sealing import Sealer, json_bytes
from bot.store.tables import MemoryRow

MEMORY_BYTES: Final = 16 * 1024


class MemoryTooLargeError(Exception):
    """What a conversation is to remember is longer than 16 KiB of JSON."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Memories:
    """Loads and saves what conversations remember; of two turns that save at once, one is told to look again."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def load(self, conversation: UUID) -> tuple[dict[str, Any], int] | None:
        """Return the memory and its version, from 1; None when there is none. Raises `SealedDataError`."""
        async with self._database.sessions() as session:
            row = await session.get(MemoryRow, conversation)
        return (self._sealer.open_json(row.sealed), row.version) if row else None

    async def save(self, conversation: UUID, channel: str, memory: dict[str, Any], version_read: int) -> bool:
        """Store the memory in place of the version that was read, 0 where there was none.

        False when another turn has saved, or the conversation was erased, since then: nothing is changed in that case.
        Raises `MemoryTooLargeError`, and `TypeError` or `ValueError` for what JSON cannot carry.
        """
        plain = json_bytes(memory)
        if len(plain) > MEMORY_BYTES:
            raise MemoryTooLargeError
        writing = _writing(conversation, self._sealer.seal(plain), version_read)
        async with self._database.sessions.begin() as session:
            await note_seen(session, conversation, channel)
            written = (await session.execute(writing)).first() is not None
            if not written:
                await session.rollback()
            return written


def _writing(conversation: UUID, sealed: bytes, version_read: int) -> Executable:
    if not version_read:
        first = insert(MemoryRow).values(conversation_id=conversation, sealed=sealed, version=1)
        return first.on_conflict_do_nothing().returning(MemoryRow.version)
    return (
        update(MemoryRow)
        .where(MemoryRow.conversation_id == conversation, MemoryRow.version == version_read)
        .values(sealed=sealed, version=MemoryRow.version + 1, updated_at=func.now())
        .returning(MemoryRow.version)
    )
