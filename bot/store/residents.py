"""What is stored about a resident, for them to see and to have erased."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.store.conversations import hold_for_erasing
from bot.store.database import Database
from bot.store.letters import LetterKind, LetterState, emptied
from bot.store.profiles import Profile, profile_in
from bot.store.sealing import SealedDataError, Sealer
from bot.store.subscriptions import Subscription, subscription_in
from bot.store.tables import (
    AccountRow,
    ContactRow,
    ConversationRow,
    LetterRow,
    MemoryRow,
    ProfileRow,
    ReplyRow,
    SubscriptionRow,
    ThumbRow,
    WaitingMessageRow,
)

_HOLD_CONTACTS: Final = text("SELECT id FROM contact WHERE conversation_id = :conversation ORDER BY id FOR UPDATE")
_FORGET_WHERE_TO_WRITE: Final = text("""
    -- Who the resident is on channels, and what was still to be sent to them.
    -- A message that is just being sent is left to its sender, without its words: it cannot be sent again.
    WITH contacts AS (
        DELETE FROM contact WHERE conversation_id = :conversation RETURNING digest
    ), events AS (
        UPDATE inbox SET sealed = NULL, state = 'done', done_at = now(), error = 'erased'
        FROM contacts WHERE inbox.resident = contacts.digest AND inbox.state = 'set_aside'
    )
    UPDATE outbox SET conversation_id = NULL, sealed = NULL,
        state = CASE WHEN state = 'waiting' THEN 'skipped' ELSE state END,
        reason = CASE WHEN state = 'waiting' THEN 'erased' ELSE reason END,
        settled_at = CASE WHEN state = 'waiting' THEN now() ELSE settled_at END
    WHERE conversation_id = :conversation OR (state = 'waiting' AND resident IN (SELECT digest FROM contacts))
""")


@dataclass(frozen=True)
class LetterSummary:
    """One letter in the list of what is stored."""

    code: str
    kind: LetterKind
    at: datetime
    state: LetterState


@dataclass(frozen=True)
class StoredAboutMe:
    """All that is stored for one conversation. Counts: replies noted, thumbs given, messages that were put by.

    `remembered`: something is remembered from turn to turn; `open_form`: a form that was begun is part of it.
    `channels` are those on which we know the resident's user id.
    """

    channel: str
    first_seen: datetime
    last_seen: datetime
    replies: int
    thumbs: int
    profile: Profile | None
    subscription: Subscription | None
    letters: tuple[LetterSummary, ...]
    waiting: int
    remembered: bool
    open_form: bool
    channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Erased:
    """How much was erased. Letters that were withdrawn are empty now; those unlinked belong to nobody any more."""

    replies: int = 0
    thumbs: int = 0
    memory: int = 0
    profile: int = 0
    subscription: int = 0
    waiting: int = 0
    letters_withdrawn: int = 0
    letters_unlinked: int = 0


class Residents:
    """Shows residents what is stored for their conversation, and erases it."""

    def __init__(self, database: Database, sealer: Sealer, has_open_form: Callable[[dict[str, Any]], bool]) -> None:
        """`has_open_form` tells of what a conversation remembers whether a form is open in it."""
        self._database = database
        self._sealer = sealer
        self._has_open_form = has_open_form

    async def stored(self, conversation: UUID) -> StoredAboutMe | None:
        """Return all that is stored for the conversation, None when nothing is."""
        async with self._database.sessions() as session:
            row = await session.get(ConversationRow, conversation)
            if row is None:
                return None
            memory = await session.get(MemoryRow, conversation)
            return StoredAboutMe(
                channel=row.channel,
                first_seen=row.created_at,
                last_seen=row.last_seen_at,
                replies=await _count(session, ReplyRow.id, ReplyRow.conversation_id == conversation),
                thumbs=await _count(session, ThumbRow.reply_id, _thumb_of(conversation)),
                profile=await profile_in(session, conversation),
                subscription=await subscription_in(session, conversation),
                letters=await _letters_of(session, conversation),
                waiting=await _count(session, WaitingMessageRow.id, WaitingMessageRow.conversation_id == conversation),
                remembered=memory is not None,
                open_form=memory is not None and self._open_form(memory.sealed),
                channels=await _channels_of(session, conversation),
            )

    async def erase(self, conversation: UUID) -> Erased:
        """Erase all that is stored for the conversation, at once or not at all; nothing happens for an unknown one.

        A subscription goes with the rest: without its row nothing is sent. Letters lose their link to the
        conversation; of those that the resident sent, the ones without an answer are withdrawn and emptied.
        """
        async with self._database.sessions.begin() as session:
            await session.execute(_HOLD_CONTACTS, {"conversation": conversation})  # in the order in which turns do
            if not await hold_for_erasing(session, conversation):
                return Erased()
            withdrawn, unlinked = await _release_letters(session, conversation)
            erased = Erased(
                thumbs=await _delete(session, ThumbRow.reply_id, _thumb_of(conversation)),
                replies=await _delete_of(session, ReplyRow.conversation_id, conversation),
                memory=await _delete_of(session, MemoryRow.conversation_id, conversation),
                profile=await _delete_of(session, ProfileRow.conversation_id, conversation),
                subscription=await _delete_of(session, SubscriptionRow.conversation_id, conversation),
                waiting=await _delete_of(session, WaitingMessageRow.conversation_id, conversation),
                letters_withdrawn=withdrawn,
                letters_unlinked=unlinked,
            )
            await session.execute(_FORGET_WHERE_TO_WRITE, {"conversation": conversation})
            await _delete_of(session, ConversationRow.id, conversation)
            return erased

    def _open_form(self, sealed: bytes) -> bool:
        try:
            return self._has_open_form(self._sealer.open_json(sealed))
        except SealedDataError:  # a resident may see and erase the rest all the same
            return False


def _thumb_of(conversation: UUID) -> ColumnElement[bool]:
    return ThumbRow.reply_id.in_(select(ReplyRow.id).where(ReplyRow.conversation_id == conversation))


async def _channels_of(session: AsyncSession, conversation: UUID) -> tuple[str, ...]:
    known = select(AccountRow.channel).join(ContactRow, ContactRow.account_id == AccountRow.id)
    theirs = known.where(ContactRow.conversation_id == conversation).distinct().order_by(AccountRow.channel)
    return tuple(await session.scalars(theirs))


async def _letters_of(session: AsyncSession, conversation: UUID) -> tuple[LetterSummary, ...]:
    rows = await session.scalars(
        select(LetterRow)
        .where(LetterRow.conversation_id == conversation)
        .order_by(LetterRow.at.desc(), LetterRow.id.desc())
    )
    return tuple(LetterSummary(row.code, LetterKind(row.kind), row.at, LetterState(row.state)) for row in rows)


async def _release_letters(session: AsyncSession, conversation: UUID) -> tuple[int, int]:
    """Withdraw what the resident sent and nobody answered, and unlink the rest; return how many of each."""
    theirs = LetterRow.conversation_id == conversation
    open_ones = (LetterRow.kind != LetterKind.UNANSWERED.value, LetterRow.state == LetterState.RECEIVED.value)
    withdrawn = await session.execute(
        update(LetterRow)
        .where(theirs, *open_ones)
        .values(state=LetterState.WITHDRAWN.value, conversation_id=None, **emptied())
        .returning(LetterRow.id)
    )
    unlinked = await session.execute(
        update(LetterRow).where(theirs).values(conversation_id=None, place=None).returning(LetterRow.id)
    )
    return len(withdrawn.all()), len(unlinked.all())


async def _count(session: AsyncSession, column: InstrumentedAttribute[Any], condition: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count(column)).where(condition)) or 0


async def _delete_of(session: AsyncSession, column: InstrumentedAttribute[UUID], conversation: UUID) -> int:
    return await _delete(session, column, column == conversation)


async def _delete(session: AsyncSession, column: InstrumentedAttribute[UUID], condition: ColumnElement[bool]) -> int:
    gone = await session.execute(delete(column.class_).where(condition).returning(column))
    return len(gone.all())
