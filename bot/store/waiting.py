"""Messages that come to a conversation later than its turn, such as an official's answer. They are sealed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from bot.store.conversations import hold
from bot.store.database import Database
from bot.store.letters import untold
from bot.store.sealing import Sealer
from bot.store.tables import LetterRow, WaitingMessageRow


class Waiting:
    """Puts messages by for a conversation and hands them out, numbered in the order in which they came."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def put(self, conversation: UUID, message: dict[str, Any]) -> int | None:
        """Put a message by and return its number; None when the conversation is gone, and nothing is stored."""
        async with self._database.sessions.begin() as session:
            # The row is held before the number is given: a higher number is never seen before a lower one.
            if not await hold(session, conversation):
                return None
            row = WaitingMessageRow(conversation_id=conversation, sealed=self._sealer.seal_json(message))
            session.add(row)
            await session.flush()
            return row.id

    async def after(self, conversation: UUID, last_id: int) -> list[tuple[int, dict[str, Any]]]:
        """Return the messages with numbers above `last_id`, oldest first, those already delivered among them.

        Raises `SealedDataError`.
        """
        async with self._database.sessions() as session:
            rows = await session.scalars(
                select(WaitingMessageRow)
                .where(WaitingMessageRow.conversation_id == conversation, WaitingMessageRow.id > last_id)
                .order_by(WaitingMessageRow.id)
            )
            return [(row.id, self._sealer.open_json(row.sealed)) for row in rows]

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
