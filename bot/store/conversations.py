"""The row of a conversation: every writing that belongs to one holds its row first.

So two writings for the same conversation come one after the other, in the same order of locks, and a conversation that
is being erased is either erased with what was just written, or begins anew.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import ConversationRow


async def note_seen(session: AsyncSession, conversation: UUID, channel: str) -> None:
    """Note that the conversation was seen now, making its row where it is new, and hold the row."""
    seen = insert(ConversationRow).values(id=conversation, channel=channel)
    await session.execute(seen.on_conflict_do_update(index_elements=["id"], set_={"last_seen_at": func.now()}))


async def hold(session: AsyncSession, conversation: UUID) -> bool:
    """Hold the conversation's row until the transaction ends, without noting it as seen; False when it is gone."""
    row = select(ConversationRow.id).where(ConversationRow.id == conversation).with_for_update(key_share=True)
    return (await session.execute(row)).first() is not None


async def hold_for_erasing(session: AsyncSession, conversation: UUID) -> bool:
    """Hold the row so that nothing can be hung on the conversation until the transaction ends; False when gone."""
    row = select(ConversationRow.id).where(ConversationRow.id == conversation).with_for_update()
    return (await session.execute(row)).first() is not None
