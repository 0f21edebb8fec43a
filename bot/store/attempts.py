"""Goes at quizzes and drills: how far somebody is, what came of it, and the message of a campaign that led there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.store.campaign_tables import CampaignMessageRow, CampaignRecipientRow, DrillAttemptRow, QuizAttemptRow
from bot.store.conversations import note_seen
from bot.store.database import Database
from bot.store.profiles import profile_in

RESUMED_WITHIN: Final = timedelta(days=30)
"""For how long somebody can go on with what they left; after that they begin anew."""
LED_WITHIN: Final = timedelta(days=60)
"""For how long a message that offered a quiz is taken to have led there whoever opens it by its words."""
_OFFERED: Final = text("""
    SELECT r.id FROM campaign_recipient r
    JOIN campaign_message m ON m.id = r.message_id JOIN campaign c ON c.id = m.campaign_id
    WHERE r.conversation_id = :conversation AND r.sent_at > :since AND jsonb_path_exists(
        c.plan, '$.messages[*] ? (@.key == $key).offers[*] ? (@.kind == $kind && @.target == $target)',
        jsonb_build_object('key', m.key, 'kind', CAST(:kind AS text), 'target', CAST(:target AS text)))
    ORDER BY r.sent_at DESC, r.id DESC LIMIT 1
""")
"""The last message of a campaign that somebody got and that offers a quiz or a drill."""


class Kind(StrEnum):
    """What is attempted; the values are those of an offer under a message."""

    QUIZ = "quiz"
    DRILL = "drill"


@dataclass(frozen=True)
class Attempted:
    """How far somebody is: `left`, what they answered of an attempt that is open; `finished`: one counts already."""

    left: Mapping[str, bool] = field(default_factory=dict)
    finished: bool = False


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """An attempt as it stands: whether each question was right or each step could be done, of `total`.

    `moment` is "before", "after" or "alone", of a quiz. `message` is the campaign's message under which it was opened.
    """

    kind: Kind
    id: str
    answers: Mapping[str, bool]
    total: int
    moment: str = "alone"
    message: int | None = None
    finished: bool = False


class Attempts:
    """Reads and writes them, one conversation at a time."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    async def standing(self, conversation: UUID, kind: Kind, id_: str, message: int | None = None) -> Attempted:
        """Return how far somebody is with a quiz or a drill, in the campaign that led them there."""
        async with self._database.sessions() as session:
            recipient = await self._recipient(session, conversation, kind, id_, message)
            row = await self._open(session, conversation, kind, id_)
            return Attempted(_answers(row) if row else {}, await _counts(session, conversation, kind, id_, recipient))

    async def under_way(self, conversation: UUID, kind: Kind) -> frozenset[str]:
        """Return the ids of the quizzes or drills that somebody has left open."""
        table, id_column = _of(kind)
        theirs = select(id_column).where(table.conversation_id == conversation, table.finished_at.is_(None))
        async with self._database.sessions() as session:
            return frozenset(await session.scalars(theirs.where(table.started_at > self._clock() - RESUMED_WITHIN)))

    async def keep(self, conversation: UUID, channel: str, attempt: Attempt) -> bool:
        """Store how far an attempt is, in place of what was stored of it; return whether it is the one that counts.

        That is the first that somebody finished of a quiz in one campaign, or outside of any; others are practice.
        """
        async with self._database.sessions.begin() as session:
            await note_seen(session, conversation, channel)
            recipient = await self._recipient(session, conversation, attempt.kind, attempt.id, attempt.message)
            row = await self._open(session, conversation, attempt.kind, attempt.id)
            if row is None:
                row = await self._new(session, conversation, channel, attempt)
            elif not _answers(row).keys() <= attempt.answers.keys():
                row.started_at = self._clock()  # begun anew
            row.recipient_id = recipient if recipient is not None else row.recipient_id
            counts = not await _counts(session, conversation, attempt.kind, attempt.id, row.recipient_id)
            _write(row, attempt)
            if attempt.finished:
                row.finished_at = self._clock()
            session.add(row)
        return counts

    async def finished(self, conversation: UUID, quiz: str) -> bool:
        """Whether somebody has ever finished a quiz."""
        async with self._database.sessions() as session:
            done = select(QuizAttemptRow.id).where(
                QuizAttemptRow.conversation_id == conversation,
                QuizAttemptRow.quiz_id == quiz,
                QuizAttemptRow.finished_at.is_not(None),
            )
            return await session.scalar(done.limit(1)) is not None

    async def _recipient(
        self, session: AsyncSession, conversation: UUID, kind: Kind, id_: str, message: int | None
    ) -> int | None:
        """The row of the ledger of the message that led there: the one pressed, else the last that offered it."""
        if message is not None:
            pressed = select(CampaignRecipientRow.id).where(
                CampaignRecipientRow.message_id == message, CampaignRecipientRow.conversation_id == conversation
            )
            if (found := await session.scalar(pressed.order_by(CampaignRecipientRow.id).limit(1))) is not None:
                return found
        since = self._clock() - LED_WITHIN
        asked = {"conversation": conversation, "since": since, "kind": kind.value, "target": id_}
        offered: int | None = await session.scalar(_OFFERED, asked)
        return offered

    async def _open(
        self, session: AsyncSession, conversation: UUID, kind: Kind, id_: str
    ) -> QuizAttemptRow | DrillAttemptRow | None:
        """The attempt that somebody can go on with."""
        table, id_column = _of(kind)
        theirs = select(table).where(
            table.conversation_id == conversation,
            id_column == id_,
            table.finished_at.is_(None),
            table.started_at > self._clock() - RESUMED_WITHIN,
        )
        found: QuizAttemptRow | DrillAttemptRow | None = await session.scalar(theirs.order_by(table.id.desc()).limit(1))
        return found

    async def _new(
        self, session: AsyncSession, conversation: UUID, channel: str, attempt: Attempt
    ) -> QuizAttemptRow | DrillAttemptRow:
        profile = await profile_in(session, conversation)
        row: QuizAttemptRow | DrillAttemptRow
        if attempt.kind is Kind.QUIZ:
            row = QuizAttemptRow(quiz_id=attempt.id, moment=attempt.moment)
        else:
            row = DrillAttemptRow(drill_id=attempt.id)
        row.conversation_id, row.channel, row.started_at = conversation, channel, self._clock()
        row.province_code = profile.province_code if profile else None
        row.commune_code = profile.commune_code if profile else None
        return row


async def _counts(session: AsyncSession, conversation: UUID, kind: Kind, id_: str, recipient: int | None) -> bool:
    """Whether somebody has finished it in the campaign of this row of the ledger, or outside of any."""
    table, id_column = _of(kind)
    led = (
        select(table.id)
        .outerjoin(CampaignRecipientRow, CampaignRecipientRow.id == table.recipient_id)
        .outerjoin(CampaignMessageRow, CampaignMessageRow.id == CampaignRecipientRow.message_id)
        .where(table.conversation_id == conversation, id_column == id_, table.finished_at.is_not(None))
    )
    campaign = (
        select(CampaignMessageRow.campaign_id)
        .join(CampaignRecipientRow, CampaignRecipientRow.message_id == CampaignMessageRow.id)
        .where(CampaignRecipientRow.id == recipient)
        .scalar_subquery()
    )
    same = led.where(CampaignMessageRow.campaign_id.is_not_distinct_from(campaign))
    return await session.scalar(same.limit(1)) is not None


def _of(kind: Kind) -> tuple[type[QuizAttemptRow] | type[DrillAttemptRow], InstrumentedAttribute[str]]:
    if kind is Kind.QUIZ:
        return QuizAttemptRow, QuizAttemptRow.quiz_id
    return DrillAttemptRow, DrillAttemptRow.drill_id


def _answers(row: QuizAttemptRow | DrillAttemptRow) -> Mapping[str, bool]:
    return row.answers if isinstance(row, QuizAttemptRow) else row.steps


def _write(row: QuizAttemptRow | DrillAttemptRow, attempt: Attempt) -> None:
    answers, count = dict(attempt.answers), sum(attempt.answers.values())
    row.total = attempt.total
    if isinstance(row, QuizAttemptRow):
        row.answers, row.right = answers, count
    else:
        row.steps, row.done = answers, count
