"""Tells residents of a step of a report: messages that wait for their conversations, in the transaction of the step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.kinds import Category
from bot.feedback.lifecycle import Hat, State
from bot.feedback.telling import Listener, News, message
from bot.store.report_holding import Held
from bot.store.report_tables import AgencyRow, ReportRow
from bot.store.sealing import Sealer
from bot.store.tables import WaitingMessageRow


async def tell(
    session: AsyncSession,
    sealer: Sealer,
    held: Held,
    kind: str,
    *,
    by: Hat,
    at: datetime,
    text: str = "",
    reason: str | None = None,
) -> int:
    """Put by a message for everybody who is to know; return for how many. Who did it is not told of it.

    Nobody gets two messages of one step: the resident's own comes before what is told to many.
    """
    agency = await _agency(session, held.report)
    told: set[UUID] = {held.report.conversation_id} if by is Hat.RESIDENT and held.report.conversation_id else set()
    rows = []
    for conversation, listener, row in _listeners(held):
        news = News(
            kind=kind,
            hat=by,
            code=row.code,
            category=Category(row.category),
            sent_at=row.created_at,
            text=text if by is not Hat.RESIDENT else "",
            agency=agency,
            reason=reason,
        )
        words = message(news, listener)
        if words is not None and conversation not in told:
            told.add(conversation)
            rows.append({"conversation_id": conversation, "sealed": sealer.seal_json(words), "at": at})
    if rows:
        await session.execute(insert(WaitingMessageRow), rows)
    return len(rows)


def _listeners(held: Held) -> Iterator[tuple[UUID, Listener, ReportRow]]:
    row = held.report
    if row.conversation_id is not None:
        yield row.conversation_id, Listener.OWN, row
    for one in held.duplicates:
        if one.conversation_id is not None and one.state == State.DUPLICATE.value:
            yield one.conversation_id, Listener.MERGED, one
    for conversation in sorted(held.supporters):
        yield conversation, Listener.SUPPORTER, row


async def _agency(session: AsyncSession, row: ReportRow) -> str | None:
    if row.agency_id is None:
        return None
    return await session.scalar(select(AgencyRow.name).where(AgencyRow.id == row.agency_id))
