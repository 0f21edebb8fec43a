"""What is stored about a resident, for them to see and to have erased."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import Category
from bot.feedback.lifecycle import State
from bot.store.campaign_erasing import forget_people, known_of
from bot.store.consents import Consent, consents_in
from bot.store.conversations import hold_for_erasing
from bot.store.database import Database
from bot.store.profiles import Profile, profile_in
from bot.store.report_erasing import record
from bot.store.report_forgetting import forget_reports
from bot.store.report_tables import ReportPhotoRow, ReportRow, SupportRow
from bot.store.sealing import SealedDataError, Sealer
from bot.store.subscriptions import Subscription, subscription_in
from bot.store.tables import (
    AccountRow,
    ConsentRow,
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


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ReportSummary:
    """One report in the list of what is stored. `has_contact`: how to reach the resident is kept with it."""

    code: str
    category: Category
    at: datetime
    state: State
    photos: int
    has_contact: bool


@dataclass(frozen=True)
class StoredAboutMe:
    """All that is stored for one conversation. Counts: replies noted, thumbs given, messages that were put by.

    `questions`: kept for officials since nobody could answer them; `photos`: of reports, and of a form that is open;
    `supported`: reports of others to which the resident said "me too". Anonymous reports belong to no conversation.

    `remembered`: something is remembered from turn to turn; `open_form`: a form that was begun is part of it.
    `channels` are those on which we know the resident's user id. `campaign_messages`: how many messages of campaigns
    were sent; `quizzes`, `drills`: how many were begun; `consents`: what was agreed to and stopped, the oldest first.
    """

    channel: str
    first_seen: datetime
    last_seen: datetime
    replies: int
    thumbs: int
    profile: Profile | None
    subscription: Subscription | None
    reports: tuple[ReportSummary, ...]
    questions: int
    photos: int
    supported: int
    waiting: int
    remembered: bool
    open_form: bool
    channels: tuple[str, ...] = ()
    campaign_messages: int = 0
    quizzes: int = 0
    drills: int = 0
    consents: tuple[Consent, ...] = ()


@dataclass(frozen=True)
class Erased:
    """How much was erased. Questions that were unlinked, and reports without their words, belong to nobody any more.

    So do places in campaigns (`campaigns`: in how many audiences the resident was) and goes at quizzes and drills.
    """

    replies: int = 0
    thumbs: int = 0
    memory: int = 0
    profile: int = 0
    subscription: int = 0
    consents: int = 0
    waiting: int = 0
    questions_unlinked: int = 0
    reports: int = 0
    reports_withdrawn: int = 0
    photos: int = 0
    contacts: int = 0
    supports: int = 0
    campaigns: int = 0
    quizzes: int = 0
    drills: int = 0


class Residents:
    """Shows residents what is stored for their conversation, and erases it."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        has_open_form: Callable[[dict[str, Any]], bool],
        *,
        deadlines: Deadlines | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """`has_open_form` tells of what a conversation remembers whether a form is open in it.

        `deadlines` (by default those of the program) are for reports of others that stand for themselves again when
        the one is erased that they were merged into.
        """
        self._database = database
        self._sealer = sealer
        self._has_open_form = has_open_form
        self._deadlines = deadlines
        self._clock = clock

    async def stored(self, conversation: UUID) -> StoredAboutMe | None:
        """Return all that is stored for the conversation, None when nothing is."""
        async with self._database.sessions() as session:
            row = await session.get(ConversationRow, conversation)
            if row is None:
                return None
            memory = await session.get(MemoryRow, conversation)
            campaign_messages, quizzes, drills = await known_of(session, conversation)
            return StoredAboutMe(
                channel=row.channel,
                first_seen=row.created_at,
                last_seen=row.last_seen_at,
                replies=await _count(session, ReplyRow.id, ReplyRow.conversation_id == conversation),
                thumbs=await _count(session, ThumbRow.reply_id, _thumb_of(conversation)),
                profile=await profile_in(session, conversation),
                subscription=await subscription_in(session, conversation),
                consents=await consents_in(session, conversation),
                reports=await _reports_of(session, conversation),
                questions=await _count(session, LetterRow.id, LetterRow.conversation_id == conversation),
                photos=await _count(session, ReportPhotoRow.id, ReportPhotoRow.conversation_id == conversation),
                supported=await _count(session, SupportRow.report_id, SupportRow.conversation_id == conversation),
                waiting=await _count(session, WaitingMessageRow.id, WaitingMessageRow.conversation_id == conversation),
                remembered=memory is not None,
                open_form=memory is not None and self._open_form(memory.sealed),
                channels=await _channels_of(session, conversation),
                campaign_messages=campaign_messages,
                quizzes=quizzes,
                drills=drills,
            )

    async def erase(self, conversation: UUID) -> Erased:
        """Erase all that is stored for the conversation, at once or not at all; nothing happens for an unknown one.

        A subscription goes with the rest, the proof of consent too: without its row nothing is sent. Questions lose
        their link to the conversation. Of reports only kind, place, days and state are left, as anonymous counts; those
        that are still open are withdrawn. Of campaigns, quizzes and drills rows are left that belong to nobody. That it
        was done is recorded, and how much, but not for whom.
        """
        async with self._database.sessions.begin() as session:
            await session.execute(_HOLD_CONTACTS, {"conversation": conversation})  # in the order in which turns do
            if not await hold_for_erasing(session, conversation):
                return Erased()
            channel = await session.scalar(select(ConversationRow.channel).where(ConversationRow.id == conversation))
            deadlines = self._deadlines or Deadlines.load()
            reports = await forget_reports(session, conversation, deadlines, self._clock())
            freed = await forget_people(session, [conversation])
            erased = Erased(
                thumbs=await _delete(session, ThumbRow.reply_id, _thumb_of(conversation)),
                replies=await _delete_of(session, ReplyRow.conversation_id, conversation),
                memory=await _delete_of(session, MemoryRow.conversation_id, conversation),
                profile=await _delete_of(session, ProfileRow.conversation_id, conversation),
                consents=await _delete_of(session, ConsentRow.conversation_id, conversation),
                subscription=await _delete_of(session, SubscriptionRow.conversation_id, conversation),
                waiting=await _delete_of(session, WaitingMessageRow.conversation_id, conversation),
                questions_unlinked=await _unlink_questions(session, conversation),
                reports=reports.reports,
                reports_withdrawn=reports.withdrawn,
                photos=reports.photos,
                contacts=reports.contacts,
                supports=reports.supports,
                campaigns=freed.members,
                quizzes=freed.quizzes,
                drills=freed.drills,
            )
            await session.execute(_FORGET_WHERE_TO_WRITE, {"conversation": conversation})
            await _delete_of(session, ConversationRow.id, conversation)
            await record(session, channel or "", asdict(erased))
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


async def _reports_of(session: AsyncSession, conversation: UUID) -> tuple[ReportSummary, ...]:
    rows = await session.scalars(
        select(ReportRow)
        .where(ReportRow.conversation_id == conversation)
        .order_by(ReportRow.created_at.desc(), ReportRow.id.desc())
    )
    return tuple(
        ReportSummary(
            row.code, Category(row.category), row.created_at, State(row.state), row.photos, row.contact is not None
        )
        for row in rows
    )


async def _unlink_questions(session: AsyncSession, conversation: UUID) -> int:
    theirs = update(LetterRow).where(LetterRow.conversation_id == conversation).values(conversation_id=None)
    return len((await session.execute(theirs.returning(LetterRow.id))).all())


async def _count(session: AsyncSession, column: InstrumentedAttribute[Any], condition: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count(column)).where(condition)) or 0


async def _delete_of(session: AsyncSession, column: InstrumentedAttribute[UUID], conversation: UUID) -> int:
    return await _delete(session, column, column == conversation)


async def _delete(session: AsyncSession, column: InstrumentedAttribute[UUID], condition: ColumnElement[bool]) -> int:
    gone = await session.execute(delete(column.class_).where(condition).returning(column))
    return len(gone.all())
