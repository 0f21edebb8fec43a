"""Taking people out of campaigns, quizzes and drills, and keeping them together when conversations join or part.

Rows stay, as counts: which message went to some place on some channel, and how a quiz went. Who it was goes: the number
of the conversation and that of the contact. Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15: whoever gave data may have them
erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns.lifecycle import Why
from bot.store.campaign_tables import CampaignMemberRow, CampaignRecipientRow, DrillAttemptRow, QuizAttemptRow
from bot.store.tables import ContactRow

_ATTEMPTS: Final = (QuizAttemptRow, DrillAttemptRow)

# Rows of the ledger are found by their members: a person has few of those, and both ways are indexed. The outbox comes
# before the ledger, as wherever a message is settled.
_ROWS_OF: Final = """
    SELECT r.id, r.message_id, r.state, r.fed_at FROM campaign_member b
    JOIN campaign_message m ON m.campaign_id = b.campaign_id
    JOIN campaign_recipient r ON r.message_id = m.id AND r.member_id = b.id
"""
_TAKE_BACK: Final = text(f"""
    DELETE FROM outbox USING ({_ROWS_OF} WHERE b.id = ANY (:members)) AS theirs
    WHERE outbox.recipient_id = theirs.id AND outbox.state = 'waiting'
""")  # noqa: S608 (no value is written into any of these)
_EMPTY: Final = text("""
    UPDATE campaign_member SET conversation_id = NULL, contact_id = NULL WHERE id = ANY (:members)
""")
_FORGET_ROWS: Final = text(f"""
    UPDATE campaign_recipient r SET conversation_id = NULL, contact_id = NULL, not_before = NULL,
        state = CASE WHEN r.state = 'pending' THEN 'skipped' ELSE r.state END,
        reason = CASE WHEN r.state = 'pending' THEN '{Why.ERASED.value}' ELSE r.reason END,
        settled_at = CASE WHEN r.state = 'pending' THEN now() ELSE r.settled_at END
    FROM ({_ROWS_OF} WHERE b.id = ANY (:members)) AS theirs WHERE r.id = theirs.id
""")  # noqa: S608
_MOVE_ROWS: Final = text(f"""
    UPDATE campaign_recipient r SET conversation_id = :survivor
    FROM ({_ROWS_OF} WHERE b.conversation_id = :other) AS theirs WHERE r.id = theirs.id
""")  # noqa: S608
_ONCE: Final = text(f"""
    -- One person gets a message once: what was handed to a channel goes before what waits, then the older row.
    WITH theirs AS (
        SELECT id, state, row_number() OVER (
            PARTITION BY message_id ORDER BY state = 'pending', fed_at IS NULL, id) AS nth
        FROM ({_ROWS_OF} WHERE b.conversation_id = :conversation
            AND r.state IN ('pending', 'sending', 'sent', 'delivered', 'read', 'unknown')) AS rows
    ), twice AS (
        SELECT id FROM theirs WHERE nth > 1 AND state = 'pending'
    ), taken_back AS (
        DELETE FROM outbox USING twice WHERE outbox.recipient_id = twice.id AND outbox.state = 'waiting'
    )
    UPDATE campaign_recipient r SET state = 'skipped', reason = '{Why.SAME_PERSON.value}', settled_at = now(),
        not_before = NULL
    FROM twice WHERE r.id = twice.id AND r.state = 'pending'
""")  # noqa: S608
_STRAYED: Final = text("""
    -- Members whose contact (or page, which has none) is no longer in the conversation that subscribed.
    SELECT b.id FROM campaign_member b WHERE b.conversation_id = :conversation AND CASE
        WHEN b.contact_id IS NULL THEN NOT :page
        ELSE NOT EXISTS (SELECT FROM contact c WHERE c.id = b.contact_id AND c.conversation_id = :conversation) END
""")
_REDIRECT_ROWS: Final = text(f"""
    UPDATE campaign_recipient r SET contact_id = :contact, account_id = :account, channel = :channel, fed_at = NULL,
        not_before = NULL, reason = NULL
    FROM ({_ROWS_OF} WHERE b.id = ANY (:members)) AS theirs WHERE r.id = theirs.id AND r.state = 'pending'
""")  # noqa: S608
_UNTIE_ROWS: Final = text(f"""
    UPDATE campaign_recipient r SET contact_id = NULL
    FROM ({_ROWS_OF} WHERE b.id = ANY (:members)) AS theirs WHERE r.id = theirs.id AND r.state <> 'pending'
""")  # noqa: S608
_CHANNEL: Final = text("SELECT channel FROM account WHERE id = :account")
_OVER: Final = text("""
    -- A frozen campaign of which everybody is still known though its last message could only go before that moment.
    SELECT c.id FROM campaign c WHERE c.frozen_at < :before AND c.forgotten_at IS NULL AND NOT EXISTS (
        SELECT FROM campaign_message m WHERE m.campaign_id = c.id AND m.send_until >= :before)
    ORDER BY c.id LIMIT 1 FOR UPDATE SKIP LOCKED
""")
_FORGOTTEN: Final = text("UPDATE campaign SET forgotten_at = now() WHERE id = :campaign")


@dataclass(frozen=True)
class Freed:
    """From how many rows it was taken whose they are: members of campaigns, goes at quizzes, drills."""

    members: int = 0
    quizzes: int = 0
    drills: int = 0


async def forget_people(session: AsyncSession, conversations: Sequence[UUID]) -> Freed:
    """Take conversations, which are held, out of all campaigns, quizzes and drills. What waits is not sent any more."""
    if not conversations:
        return Freed()
    theirs = select(CampaignMemberRow.id).where(CampaignMemberRow.conversation_id.in_(conversations))
    members = (await session.scalars(theirs)).all()
    await _forget_members(session, members)
    return Freed(
        len(members),
        *[await _forget_attempts(session, table, conversations) for table in _ATTEMPTS],
    )


async def move_people(session: AsyncSession, survivor: UUID, other: UUID) -> None:
    """Hang what campaigns, quizzes and drills know of the one conversation on the other; both are held."""
    both = {"survivor": survivor, "other": other}
    await session.execute(_MOVE_ROWS, both)
    for table in (CampaignMemberRow, *_ATTEMPTS):
        moving = update(table).where(table.conversation_id == other).values(conversation_id=survivor)
        await session.execute(moving.execution_options(synchronize_session=False))


async def send_once(session: AsyncSession, conversation: UUID) -> None:
    """Leave one row that waits for each message, none where the person already has it: two channels became one."""
    await session.execute(_ONCE, {"conversation": conversation})


async def follow(session: AsyncSession, conversation: UUID, owner: ContactRow | None, *, page: bool) -> None:
    """After contacts have left a conversation, send what waits for them to who stays: `owner`, None being the page.

    Whoever stays is the one who subscribed; who leaves begins anew. `page`: whether the page is in it.
    """
    strayed = (await session.scalars(_STRAYED, {"conversation": conversation, "page": page})).all()
    if not strayed:
        return
    account = None if owner is None else owner.account_id
    channel = "web" if account is None else await session.scalar(_CHANNEL, {"account": account})
    there = {"contact": None if owner is None else owner.id, "account": account, "channel": channel}
    await session.execute(_TAKE_BACK, {"members": strayed})
    await session.execute(_REDIRECT_ROWS, {**there, "members": strayed})
    await session.execute(_UNTIE_ROWS, {"members": strayed})
    renamed = {"contact_id": there["contact"], "account_id": account, "channel": channel}
    moving = update(CampaignMemberRow).where(CampaignMemberRow.id.in_(strayed)).values(**renamed)
    await session.execute(moving.execution_options(synchronize_session=False))


async def forget_old(session: AsyncSession, before: datetime, most: int) -> tuple[int, bool]:
    """Take people out of a campaign that was over before that moment; return how many, and whether there may be more.

    At most `most` at once; a campaign of which nobody is known any more is marked, so that it is not looked at again.
    """
    campaign = await session.scalar(_OVER, {"before": before})
    if campaign is None:
        return 0, False
    known = select(CampaignMemberRow.id).where(
        CampaignMemberRow.campaign_id == campaign, CampaignMemberRow.conversation_id.is_not(None)
    )
    members = (await session.scalars(known.limit(most).with_for_update(skip_locked=True))).all()
    await _forget_members(session, members)
    left = await session.scalar(known.where(CampaignMemberRow.id.not_in(members)).limit(1))
    if not members and left is not None:
        return 0, False  # somebody else holds the rest: the next cleaning comes for it
    if left is None:
        await session.execute(_FORGOTTEN, {"campaign": campaign})
    return len(members), True


async def _forget_members(session: AsyncSession, members: Sequence[int]) -> None:
    if not members:
        return
    await session.execute(_TAKE_BACK, {"members": members})
    await session.execute(_FORGET_ROWS, {"members": members})
    await session.execute(_EMPTY, {"members": members})


async def _forget_attempts(
    session: AsyncSession, table: type[QuizAttemptRow] | type[DrillAttemptRow], conversations: Sequence[UUID]
) -> int:
    theirs = update(table).where(table.conversation_id.in_(conversations)).values(conversation_id=None)
    return len((await session.execute(theirs.returning(table.id))).all())


async def known_of(session: AsyncSession, conversation: UUID) -> tuple[int, int, int]:
    """Return what is known of a conversation: messages of campaigns sent, quizzes and drills it did."""
    sent = await session.scalar(
        select(func.count()).where(
            CampaignRecipientRow.conversation_id == conversation, CampaignRecipientRow.sent_at.is_not(None)
        )
    )
    quizzes, drills = [
        await session.scalar(select(func.count()).where(table.conversation_id == conversation)) for table in _ATTEMPTS
    ]
    return sent or 0, quizzes or 0, drills or 0
