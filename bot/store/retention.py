"""Retention: what is deleted, or emptied, when its term is over.

A cleaning goes in batches, each in a transaction of its own, so that it holds few rows and those for a moment only,
however much is past its term. What others hold just then is left for the next cleaning: nobody who comes back waits
for more than one batch, and a turn under way is never cleaned away under its feet.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Update, delete, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.feedback.lifecycle import OPEN
from bot.store.campaign_erasing import forget_old, forget_people
from bot.store.campaign_tables import DrillAttemptRow, QuizAttemptRow
from bot.store.database import Database
from bot.store.report_erasing import empty
from bot.store.report_tables import ReportPhotoRow, ReportRow
from bot.store.tables import (
    AccountRow,
    ContactRow,
    ConversationRow,
    InboxRow,
    LetterRow,
    LinkCodeRow,
    MemoryRow,
    OutboxRow,
    ReplyRow,
    SubscriptionRow,
    UploadRow,
    WaitingMessageRow,
)

EVENTS_STAY: Final = timedelta(days=3)
"""For so long a second delivery of an event is known as one; channels repeat for half a day at most."""
CONTACTS_STAY: Final = timedelta(days=90)
"""For so long after a report was closed officials may still ask its resident something."""
UNKNOWN_STAYS: Final = timedelta(hours=1)
"""For so long the words of a message that was perhaps sent are kept."""
BATCH: Final = 1_000
_OURS: Final = text("SELECT pg_try_advisory_xact_lock(115)")
"""Whether nobody else cleans. Held for one batch, and gone with its transaction whatever happens: a lock of a session
would take a connection for the whole cleaning, and would stay with the pool if it were not given back."""

_Batch: TypeAlias = Callable[[AsyncSession], Awaitable[tuple[int, bool]]]
"""Does one batch; returns how many rows it was and whether there may be more."""


@dataclass(frozen=True)
class Terms:
    """What came before these moments is past its term.

    `messages_before` also ends events that were set aside: officials have had that long to look at them. And it ends
    what has waited since then: events on accounts that nobody serves, and messages on whatever account.
    `letters_before` also ends the words and photos of reports that were closed before it, `contacts_before` how to
    reach whoever sent one that was closed before it. `campaigns_before`: campaigns whose last message could only go
    before it, and quizzes and drills begun before it, no longer know whom they reached; None leaves them as they are.
    """

    conversations_before: datetime
    letters_before: datetime
    messages_before: datetime
    events_before: datetime
    contacts_before: datetime
    campaigns_before: datetime | None = None


@dataclass(frozen=True)
class Forgotten:
    """How much one cleaning deleted, beyond what goes with its conversation.

    `given_up`: events and messages that waited in vain and are emptied now; `emptied`: messages perhaps sent;
    `reports`: reports that were emptied, which stay as counts; `report_contacts`: contacts of closed ones;
    `recipients`: members of campaigns, quizzes and drills that stay as counts and belong to nobody any more.
    """

    conversations: int
    memories: int
    replies: int
    waiting: int
    letters: int
    contacts: int = 0
    events: int = 0
    messages: int = 0
    given_up: int = 0
    emptied: int = 0
    reports: int = 0
    report_contacts: int = 0
    recipients: int = 0


async def forget_expired(database: Database, terms: Terms) -> Forgotten:
    """Delete what is past its term, a batch at a time; what another process cleans just then is left to that one.

    Conversations last seen before their term go with all that hangs on them, save those that still get what they
    subscribed to: a subscription lasts until the resident stops it. What such and other conversations remembered, were
    answered and were sent before that moment goes too, and contacts of which no conversation is left. Of events, the
    done ones go after `events_before`, of messages the settled ones after `messages_before`. What is given up now is
    deleted by a later cleaning, so that it can be seen till then.
    """
    before, messages = terms.conversations_before, terms.messages_before
    for key in ((UploadRow.account_id, UploadRow.digest), (LinkCodeRow.digest,)):
        await _all(database, _deleting(*key, where=(key[-1].class_.expires_at < func.now(),)))
    return Forgotten(
        conversations=await _all(database, _conversations(before)),
        memories=await _all(database, _deleting(MemoryRow.conversation_id, where=(MemoryRow.updated_at < before,))),
        replies=await _all(database, _deleting(ReplyRow.id, where=(ReplyRow.created_at < before,))),
        waiting=await _all(database, _deleting(WaitingMessageRow.id, where=(WaitingMessageRow.at < before,))),
        letters=await _all(database, _deleting(LetterRow.id, where=(LetterRow.at < terms.letters_before,))),
        contacts=await _all(
            database, _deleting(ContactRow.id, where=(ContactRow.last_seen_at < before, ~_conversing()))
        ),
        events=await _all(database, _ended("done", terms.events_before))
        + await _all(database, _ended("set_aside", messages)),
        messages=await _all(
            database,
            _deleting(
                OutboxRow.id,
                where=(OutboxRow.state.not_in(("waiting", "sending")), OutboxRow.created_at < messages),
            ),
        ),
        given_up=await _all(database, _unserved(messages)) + await _all(database, _stale(messages)),
        emptied=await _all(database, _perhaps_sent()),
        reports=await _all(database, _reports(terms.letters_before)),
        report_contacts=await _all(database, _report_contacts(terms.contacts_before)),
        recipients=0 if terms.campaigns_before is None else await _forget_recipients(database, terms.campaigns_before),
    )


async def _forget_recipients(database: Database, before: datetime) -> int:
    """Take people out of campaigns that were over before that moment, and out of the quizzes and drills before it."""

    async def batch(session: AsyncSession) -> tuple[int, bool]:
        return await forget_old(session, before, BATCH)

    attempts = [
        await _all(
            database,
            _changing(
                table.id,
                update(table).values(conversation_id=None),
                where=(table.conversation_id.is_not(None), table.started_at < before),
            ),
        )
        for table in (QuizAttemptRow, DrillAttemptRow)
    ]
    return await _all(database, batch) + sum(attempts)


async def _all(database: Database, batch: _Batch) -> int:
    """Do batches until there are no more, or another process cleans; return how many rows that was."""
    total, more = 0, True
    while more:
        async with database.sessions.begin() as session:
            if not await session.scalar(_OURS):
                return total
            done, more = await batch(session)
        total += done
    return total


def _deleting(*key: InstrumentedAttribute[Any], where: tuple[ColumnElement[bool], ...]) -> _Batch:
    """Delete rows of the table whose key this is."""

    async def batch(session: AsyncSession) -> tuple[int, bool]:
        past = select(*key).where(*where).limit(BATCH).with_for_update(skip_locked=True, of=key[0].class_).cte("past")
        deleting = delete(key[0].class_).where(*(column == past.c[column.key] for column in key))
        gone = await _count_of(session, deleting)
        return gone, gone == BATCH

    return batch


def _ended(state: str, before: datetime) -> _Batch:
    return _deleting(InboxRow.id, where=(InboxRow.state == state, InboxRow.received_at < before))


def _conversations(before: datetime) -> _Batch:
    """Delete conversations; as a turn does, hold their contacts first, and leave those that somebody else holds.

    Reports and their photos stay, and belong to no conversation then; so do rows of campaigns, quizzes and drills.
    """
    subscribed = exists().where(
        SubscriptionRow.conversation_id == ConversationRow.id, SubscriptionRow.stopped_at.is_(None)
    )
    past = select(ConversationRow.id).where(ConversationRow.last_seen_at < before, ~subscribed)

    async def batch(session: AsyncSession) -> tuple[int, bool]:
        chosen = (await session.scalars(past.limit(BATCH))).all()
        free = set(chosen) - await _busy(session, chosen)
        held = (
            past.where(ConversationRow.id.in_(free)).with_for_update(skip_locked=True, of=ConversationRow).cte("held")
        )
        deleting = delete(ConversationRow).where(ConversationRow.id == held.c.id).returning(ConversationRow.id)
        gone = (await session.scalars(deleting)).all()
        photos = update(ReportPhotoRow).where(
            ReportPhotoRow.conversation_id.in_(gone), ReportPhotoRow.report_id.is_not(None)
        )
        await session.execute(photos.values(conversation_id=None))
        await forget_people(session, gone)
        return len(gone), len(chosen) == BATCH and len(gone) > 0

    return batch


async def _busy(session: AsyncSession, conversations: Sequence[UUID]) -> set[UUID]:
    """Hold the contacts of conversations; return those conversations of whose contacts somebody else holds one."""
    theirs = ContactRow.conversation_id.in_(conversations)
    held = select(ContactRow.id).where(theirs).order_by(ContactRow.id).with_for_update(skip_locked=True)
    ours = (await session.scalars(held)).all()
    others = select(ContactRow.conversation_id).where(theirs, ContactRow.id.not_in(ours))
    return set(await session.scalars(others))


def _conversing() -> ColumnElement[bool]:
    return exists().where(ConversationRow.id == ContactRow.conversation_id)


def _unserved(before: datetime) -> _Batch:
    """Give up events of accounts that are switched off: no process holds them to send."""
    served = exists().where(AccountRow.id == InboxRow.account_id, AccountRow.lease_until > func.now())
    waiting = (InboxRow.state == "waiting", InboxRow.worker.is_(None), InboxRow.received_at < before, ~served)
    return _changing(
        InboxRow.id,
        update(InboxRow).values(state="done", sealed=None, done_at=func.now(), error="stale"),
        where=waiting,
    )


def _stale(before: datetime) -> _Batch:
    """Give up messages that nobody could send for so long, on whatever account."""
    return _changing(
        OutboxRow.id,
        update(OutboxRow).values(state="skipped", sealed=None, settled_at=func.now(), reason="stale"),
        where=(OutboxRow.state == "waiting", OutboxRow.created_at < before),
    )


def _perhaps_sent() -> _Batch:
    """Empty messages of which it was not learnt in time whether they were sent."""
    settled = or_(OutboxRow.settled_at.is_(None), OutboxRow.settled_at < func.now() - UNKNOWN_STAYS)
    return _changing(
        OutboxRow.id,
        update(OutboxRow).values(sealed=None),
        where=(OutboxRow.state == "unknown", OutboxRow.sealed.is_not(None), settled),
    )


def _reports(before: datetime) -> _Batch:
    """Empty reports that nobody works on any more; the rows stay, as counts."""

    async def batch(session: AsyncSession) -> tuple[int, bool]:
        ended = select(ReportRow).where(*_ended_reports(before), ReportRow.erased_at.is_(None)).order_by(ReportRow.id)
        rows = (await session.scalars(ended.limit(BATCH).with_for_update(skip_locked=True))).all()
        at: datetime = (await session.execute(select(func.now()))).scalar_one()
        await empty(session, rows, at)
        return len(rows), len(rows) == BATCH

    return batch


def _report_contacts(before: datetime) -> _Batch:
    emptied = {"contact": None, "contact_consent": None, "contact_at": None, "contact_channel": None}
    return _changing(
        ReportRow.id,
        update(ReportRow).values(**emptied),
        where=(*_ended_reports(before), ReportRow.contact.is_not(None)),
    )


def _ended_reports(before: datetime) -> tuple[ColumnElement[bool], ...]:
    """A merged one is not closed itself, and has not ended while the one that it was merged into is worked on."""
    over = func.coalesce(ReportRow.closed_at, ReportRow.changed_at)
    still_open, head = [one.value for one in OPEN], aliased(ReportRow)
    worked_on = exists().where(head.id == ReportRow.duplicate_of, head.state.in_(still_open))
    return (ReportRow.state.not_in(still_open), over < before, ~worked_on)


def _changing(key: InstrumentedAttribute[Any], change: Update, *, where: tuple[ColumnElement[bool], ...]) -> _Batch:
    """Change rows, after which the conditions are no longer true of them."""

    async def batch(session: AsyncSession) -> tuple[int, bool]:
        past = select(key).where(*where).limit(BATCH).with_for_update(skip_locked=True, of=key.class_).cte("past")
        changing = change.where(key == past.c[key.key])
        changed = await _count_of(session, changing)
        return changed, changed == BATCH

    return batch


async def _count_of(session: AsyncSession, statement: Delete | Update) -> int:
    """How many rows a statement changed, without reading them."""
    connection = await session.connection()
    return (await connection.execute(statement)).rowcount
