"""Holding a report until the transaction ends, with all who are told of it and all reports that it is merged with.

The order of locks is that of the whole store: conversations first, each in the order of their ids, then reports in the
order of theirs. Who is to be held is read before, and looked at again once it is held: where it has changed meanwhile,
everything is let go and begun anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Database
from bot.store.report_errors import UnknownReportError
from bot.store.report_tables import ReportRow, SupportRow
from bot.store.tables import ConversationRow

_TRIES: Final = 20
_Made = TypeVar("_Made")


class MovedError(Exception):
    """What was to be held has changed before it was; `holding` begins anew."""


@dataclass(frozen=True)
class Held:
    """A report that is held. `others`: reports merged with it, and one it is to be merged into, by their ids.

    `supporters` are the conversations that said "me too" to it or to one that is merged into it; they are held too.
    """

    report: ReportRow
    others: Mapping[int, ReportRow]
    supporters: frozenset[UUID]

    @property
    def duplicates(self) -> list[ReportRow]:
        """The reports that are merged into it."""
        return [one for one in self.others.values() if one.duplicate_of == self.report.id]


async def holding(database: Database, do: Callable[[AsyncSession], Awaitable[_Made]]) -> _Made:
    """Do something in one transaction, anew when what it holds has changed before it was held."""
    for _ in range(_TRIES):
        try:
            async with database.sessions.begin() as session:
                return await do(session)
        except MovedError:
            continue
    raise AssertionError(f"a report changed {_TRIES} times before it was held")


async def held(session: AsyncSession, report_id: int, into: int | None = None) -> Held:
    """Hold a report for an act, and the one it is to be merged `into`; inside `holding`. Raises UnknownReportError."""
    ids = await _merged_with(session, [report_id] if into is None else [report_id, into])
    if report_id not in ids or (into is not None and into not in ids):
        raise UnknownReportError
    listening = await _listening(session, report_id, ids)
    await _hold_conversations(session, listening)
    rows = {
        row.id: row
        for row in await session.scalars(
            select(ReportRow)
            .where(ReportRow.id.in_(ids))
            .order_by(ReportRow.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    if await _merged_with(session, [report_id] if into is None else [report_id, into]) != ids:
        raise MovedError
    if await _listening(session, report_id, ids) != listening:
        raise MovedError
    supporters = frozenset(await session.scalars(_supporting(report_id)))
    return Held(rows[report_id], {number: row for number, row in rows.items() if number != report_id}, supporters)


async def held_alone(session: AsyncSession, report_id: int) -> ReportRow:
    """Hold a report for something that nobody is told of; inside `holding`. Raises UnknownReportError.

    Its conversation is held too, though only against being erased or linked: a row that is written twice in one
    transaction has its foreign keys looked at again, and whoever erases waits for the row meanwhile.
    """
    conversation = await session.scalar(select(ReportRow.conversation_id).where(ReportRow.id == report_id))
    if conversation is not None:
        there = select(ConversationRow.id).where(ConversationRow.id == conversation)
        await session.execute(there.with_for_update(read=True, key_share=True))
    row = await held_row(session, report_id)
    if row.conversation_id != conversation:
        raise MovedError
    return row


async def held_row(session: AsyncSession, report_id: int) -> ReportRow:
    """Hold nothing but a report, which is then written once at most. Raises UnknownReportError."""
    row = await session.scalar(select(ReportRow).where(ReportRow.id == report_id).with_for_update())
    if row is None:
        raise UnknownReportError
    return row


async def _merged_with(session: AsyncSession, ids: Iterable[int]) -> frozenset[int]:
    """The reports themselves, their heads, and what is merged into any of these."""
    named = select(ReportRow.id, ReportRow.duplicate_of).where(ReportRow.id.in_(list(ids)))
    heads = {one for row in await session.execute(named) for one in row if one is not None}
    found = select(ReportRow.id).where(or_(ReportRow.id.in_(heads), ReportRow.duplicate_of.in_(heads)))
    return frozenset(await session.scalars(found))


async def _listening(session: AsyncSession, report_id: int, ids: frozenset[int]) -> frozenset[UUID]:
    own = select(ReportRow.conversation_id).where(ReportRow.id.in_(ids), ReportRow.conversation_id.is_not(None))
    theirs = [one for one in await session.scalars(own) if one is not None]
    return frozenset(theirs) | frozenset(await session.scalars(_supporting(report_id)))


def _supporting(report_id: int) -> Select[UUID]:
    of = select(ReportRow.id).where(or_(ReportRow.id == report_id, ReportRow.duplicate_of == report_id))
    return select(SupportRow.conversation_id).where(SupportRow.report_id.in_(of))


async def _hold_conversations(session: AsyncSession, conversations: frozenset[UUID]) -> None:
    if conversations:
        rows = select(ConversationRow.id).where(ConversationRow.id.in_(conversations)).order_by(ConversationRow.id)
        await session.execute(rows.with_for_update(key_share=True))
