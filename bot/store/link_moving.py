"""Moving all that hangs on one conversation to another: two become one, or an owner leaves a page with what it owns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.campaign_erasing import follow, move_people, send_once
from bot.store.conversations import hold_for_erasing, note_seen
from bot.store.report_tables import ReportPhotoRow, ReportRow
from bot.store.tables import (
    AccountRow,
    ConsentRow,
    ContactRow,
    ConversationRow,
    LetterRow,
    MemoryRow,
    OutboxRow,
    ProfileRow,
    ReplyRow,
    SubscriptionRow,
)

_Hanging: TypeAlias = (
    LetterRow
    | ReplyRow
    | ContactRow
    | OutboxRow
    | ReportRow
    | ReportPhotoRow
    | ProfileRow
    | SubscriptionRow
    | ConsentRow
)
_OF_BOTH: Final[Sequence[type[_Hanging]]] = (LetterRow, ReplyRow, ContactRow, OutboxRow, ReportRow, ReportPhotoRow)
_OWNED: Final[Sequence[type[_Hanging]]] = (
    LetterRow,
    OutboxRow,
    ProfileRow,
    SubscriptionRow,
    ConsentRow,
    ReportRow,
    ReportPhotoRow,
)
_MOVE_UNSEEN: Final = text("""
    -- Messages that nobody has seen get new numbers, so that a page that asks for higher ones than its last sees them.
    WITH unseen AS (
        DELETE FROM waiting_message
        WHERE conversation_id = :other AND delivered_at IS NULL AND posted_at IS NULL
        RETURNING id, letter_id, at, sealed, outbox_id, recipient_id
    )
    INSERT INTO waiting_message (conversation_id, letter_id, at, sealed, outbox_id, recipient_id)
    SELECT :survivor, letter_id, at, sealed, outbox_id, recipient_id FROM unseen ORDER BY id
""")
_MOVE_SEEN: Final = text("UPDATE waiting_message SET conversation_id = :survivor WHERE conversation_id = :other")
_ONE_VOICE: Final = text("""
    -- Who said "me too" on both channels is one person, and who supports a report of their own is none besides.
    WITH twice AS (
        DELETE FROM report_support s WHERE s.conversation_id = :other AND (
            EXISTS (SELECT 1 FROM report_support o
                    WHERE o.report_id = s.report_id AND o.conversation_id = :survivor)
            OR EXISTS (SELECT 1 FROM report r WHERE r.id = s.report_id AND r.conversation_id = :survivor))
        RETURNING s.report_id
    ), own AS (
        DELETE FROM report_support s USING report r
        WHERE s.conversation_id = :survivor AND r.id = s.report_id AND r.conversation_id = :survivor
        RETURNING s.report_id
    )
    -- A voice for a merged report counts for the one that it was merged into, too.
    UPDATE report SET supporters = supporters - gone.voices
    FROM (SELECT counted.id, count(*) AS voices
          FROM (SELECT * FROM twice UNION ALL SELECT * FROM own) AS both_of_them
          JOIN report r ON r.id = both_of_them.report_id
          CROSS JOIN LATERAL (VALUES (r.id), (r.duplicate_of)) AS counted (id)
          WHERE counted.id IS NOT NULL GROUP BY counted.id) AS gone
    WHERE report.id = gone.id
""")
_MOVE_VOICES: Final = text("UPDATE report_support SET conversation_id = :survivor WHERE conversation_id = :other")
_AGE: Final = text("""
    -- The conversation is as old as the older of the two, and was seen when the later was.
    UPDATE conversation c SET created_at = least(c.created_at, o.created_at),
        last_seen_at = greatest(c.last_seen_at, o.last_seen_at)
    FROM conversation o WHERE c.id = :survivor AND o.id = :other
""")


async def merge(session: AsyncSession, survivor: UUID, other: UUID, giver: UUID) -> None:
    """Hang all of the other conversation on the survivor and delete it; both are held.

    Of two profiles the giver's stays, and of two subscriptions unless one of them was stopped: it is the owner's.
    """
    await _move(session, survivor, other, _OF_BOTH)
    await send_once(session, survivor)
    await _merge_profiles(session, survivor, other, giver)
    await _merge_subscriptions(session, survivor, other, giver)
    await session.execute(_AGE, {"survivor": survivor, "other": other})
    await session.execute(delete(ConversationRow).where(ConversationRow.id == other))


async def take_along(session: AsyncSession, owner: ContactRow, page: UUID) -> None:
    """Move what a contact owns from a page's conversation to its own, which is new; the page forgets what was said."""
    if not await hold_for_erasing(session, page):
        return
    own = owner.conversation_id
    channel = await session.scalar(select(AccountRow.channel).where(AccountRow.id == owner.account_id))
    await note_seen(session, own, channel or "")
    await _move(session, own, page, _OWNED)
    await follow(session, own, owner, page=False)
    await session.execute(delete(MemoryRow).where(MemoryRow.conversation_id == page))


async def _move(session: AsyncSession, survivor: UUID, other: UUID, tables: Sequence[type[_Hanging]]) -> None:
    """Move rows of these tables, voices for reports, messages that wait, and places in campaigns."""
    for table in tables:
        await _hang(session, survivor, other, table)
    for statement in (_ONE_VOICE, _MOVE_VOICES, _MOVE_UNSEEN, _MOVE_SEEN):
        await session.execute(statement, {"survivor": survivor, "other": other})
    await move_people(session, survivor, other)


async def _hang(session: AsyncSession, survivor: UUID, other: UUID, table: type[_Hanging]) -> None:
    moving = update(table).where(table.conversation_id == other).values(conversation_id=survivor)
    await session.execute(moving.execution_options(synchronize_session=False))


async def _merge_profiles(session: AsyncSession, survivor: UUID, other: UUID, giver: UUID) -> None:
    """Keep the giver's profile if it has one."""
    kept, moved = await session.get(ProfileRow, survivor), await session.get(ProfileRow, other)
    if moved is None or (kept is not None and survivor == giver):
        return
    if kept is not None:
        await session.delete(kept)
        await session.flush()
    moved.conversation_id = survivor
    await session.flush()


async def _merge_subscriptions(session: AsyncSession, survivor: UUID, other: UUID, giver: UUID) -> None:
    """Keep the giver's subscription if it has one; of a stopped and an active one, what the resident did last.

    The one that goes is deleted by itself, before its conversation is, so that its end is noted. The history of both
    is the survivor's then.
    """
    kept = await session.get(SubscriptionRow, survivor, with_for_update=True)
    moved = await session.get(SubscriptionRow, other, with_for_update=True)
    if kept is not None and moved is not None:
        differ = (kept.stopped_at is None) is not (moved.stopped_at is None)
        stays = _last_done(kept) >= _last_done(moved) if differ else survivor == giver
        await session.delete(moved if stays else kept)
        await session.flush()
        moved = None if stays else moved
    if moved is not None:
        moved.conversation_id = survivor
        await session.flush()
    await _hang(session, survivor, other, ConsentRow)


def _last_done(subscription: SubscriptionRow) -> datetime:
    """When the resident last subscribed or stopped."""
    return subscription.stopped_at or subscription.since
