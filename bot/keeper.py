"""The keeper of memories on PostgreSQL: recalls and keeps them, and opens the desk for one resident."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

from bot.conversation.flows.desk import Desk
from bot.conversation.memory import Memory, Recalled
from bot.desk import StoredDesk
from bot.desk_errors import as_desk_errors
from bot.desk_records import profile_of
from bot.feedback.deadlines import Deadlines
from bot.store.database import Database
from bot.store.links import Linked
from bot.store.memories import Memories
from bot.store.profiles import Profiles
from bot.store.reports import Reports
from bot.store.sealing import Sealer
from bot.wrong_codes import WrongCodes


def _now() -> datetime:
    return datetime.now(UTC)


class StoredConversations:
    """The keeper of memories on PostgreSQL."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_linked: Callable[[Linked], Awaitable[None]] | None = None,
        deadlines: Deadlines | None = None,
        now: Callable[[], datetime] = _now,
        without_photos: frozenset[str] = frozenset(),
    ) -> None:
        """`clock` counts seconds, `now` tells the time. `on_linked` is awaited when two conversations have become one.

        It tells the giver, and must raise nothing, since they are one already. `without_photos` are channels on which
        no photo reaches us.
        """
        self._database = database
        self._sealer = sealer
        self._memories = Memories(database, sealer)
        self._profiles = Profiles(database)
        self._wrong_codes = WrongCodes(clock)
        self._wrong_receipts = WrongCodes(clock)
        self._on_linked = on_linked
        self._deadlines = deadlines or Deadlines.load()
        self._reports = Reports(database, sealer, self._deadlines, clock=now)
        self._now = now
        self._without_photos = without_photos

    async def recall(self, conversation: UUID) -> Recalled:
        """Return what is stored; empty for an unknown conversation. Raises `DeskError`."""
        async with as_desk_errors():
            loaded = await self._memories.load(conversation)
            profile = await self._profiles.get(conversation)
        if loaded is None:
            return Recalled(profile=profile_of(profile))
        try:
            memory = Memory.from_json(loaded[0])
        except (KeyError, TypeError, ValueError):  # written by an older version
            memory = Memory()
        return Recalled(memory, loaded[1], profile_of(profile))

    async def keep(self, conversation: UUID, channel: str, memory: Memory, version: int) -> bool:
        """Store a memory in place of the version read; False when another turn was first. Raises `DeskError`."""
        async with as_desk_errors():
            return await self._memories.save(conversation, channel, memory.as_json(), version)

    def desk(self, conversation: UUID, channel: str, contact: int | None = None) -> Desk:
        """Return the store as flows of this conversation may use it; `contact` is the number of the one that writes."""
        return StoredDesk(
            conversation,
            channel,
            self._database,
            self._sealer,
            contact=contact,
            wrong_codes=self._wrong_codes,
            wrong_receipts=self._wrong_receipts,
            on_linked=self._on_linked,
            reports=self._reports,
            deadlines=self._deadlines,
            now=self._now,
            takes_photos=channel not in self._without_photos,
        )
