"""Messages that come to a conversation later than its turn, such as an official's answer. They are sealed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.store.conversations import hold
from bot.store.database import Database
from bot.store.letters import untold
from bot.store.sealing import SealedDataError, Sealer
from bot.store.tables import LetterRow, WaitingMessageRow

MOST_AT_ONCE: Final = 100
"""Messages of one look."""
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """What one look found: messages under their numbers, oldest first.

    `upto` is the number up to which was looked, above that of the last message where later ones cannot be opened.
    `more`: there may be messages above it.
    """

    messages: tuple[tuple[int, dict[str, Any]], ...]
    upto: int
    more: bool = False


class Waiting:
    """Puts messages by for a conversation and hands them out, numbered in the order in which they came."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def put(self, conversation: UUID, message: dict[str, Any], *, outbox_id: int | None = None) -> int | None:
        """Put a message by and return its number; None when the conversation is gone, and nothing is stored.

        A row of the outbox is put by once: the second time, its number is returned and nothing else happens.
        """
        async with self._database.sessions.begin() as session:
            # The row is held before the number is given: a higher number is never seen before a lower one.
            if not await hold(session, conversation):
                return None
            put = (
                insert(WaitingMessageRow)
                .values(conversation_id=conversation, sealed=self._sealer.seal_json(message), outbox_id=outbox_id)
                .on_conflict_do_nothing(index_elements=["outbox_id"])
                .returning(WaitingMessageRow.id)
            )
            number = await session.scalar(put)
            if number is None:
                number = await session.scalar(
                    select(WaitingMessageRow.id).where(WaitingMessageRow.outbox_id == outbox_id)
                )
            return number

    async def look(self, conversation: UUID, last_id: int) -> Look:
        """Return what has a number above `last_id`, those already delivered among it, `MOST_AT_ONCE` at most.

        What cannot be opened is left out, with a line in the log: one such row must not keep all others back.
        """
        async with self._database.sessions() as session:
            rows = (
                await session.execute(
                    select(WaitingMessageRow.id, WaitingMessageRow.sealed)
                    .where(WaitingMessageRow.conversation_id == conversation, WaitingMessageRow.id > last_id)
                    .order_by(WaitingMessageRow.id)
                    .limit(MOST_AT_ONCE)
                )
            ).all()
        opened = [(number, self._opened(sealed)) for number, sealed in rows]
        if shut := [number for number, message in opened if message is None]:
            _LOG.error("%d waiting messages cannot be opened, the first is number %d", len(shut), shut[0])
        messages = tuple((number, message) for number, message in opened if message is not None)
        return Look(messages, rows[-1][0] if rows else last_id, len(rows) == MOST_AT_ONCE)

    async def after(self, conversation: UUID, last_id: int) -> list[tuple[int, dict[str, Any]]]:
        """Return the messages of the first look above `last_id` that finds any, oldest first.

        So who asks again after the last one gets all in the end, whatever lies in between.
        """
        look = await self.look(conversation, last_id)
        while look.more and not look.messages:
            look = await self.look(conversation, look.upto)
        return list(look.messages)

    def _opened(self, sealed: bytes) -> dict[str, Any] | None:
        try:
            message: object = self._sealer.open_json(sealed)
        except (SealedDataError, ValueError, RecursionError):
            return None
        return message if isinstance(message, dict) else None

    async def mark_delivered(self, conversation: UUID, upto_id: int) -> int:
        """Note that the conversation got its messages up to this number; return how many that is news of.

        The letters that they answered are noted as told.
        """
        async with self._database.sessions.begin() as session:
            if not await hold(session, conversation):
                return 0
            letters = (
                await session.scalars(
                    update(WaitingMessageRow)
                    .where(
                        WaitingMessageRow.conversation_id == conversation,
                        WaitingMessageRow.id <= upto_id,
                        WaitingMessageRow.delivered_at.is_(None),
                    )
                    .values(delivered_at=func.now())
                    .returning(WaitingMessageRow.letter_id)
                )
            ).all()
            told = [one for one in letters if one is not None]
            await session.execute(update(LetterRow).where(LetterRow.id.in_(told), *untold()).values(told_at=func.now()))
            return len(letters)
