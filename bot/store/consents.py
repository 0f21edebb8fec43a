"""The proof of consent: every time residents agreed to be sent something, and every time that came to an end.

Triggers on `subscription` write it, whoever changes that table; it is read here, moved when conversations join or part,
and deleted with its conversation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import ConsentRow


class ConsentAct(StrEnum):
    """What a resident did, as it stands in `consent.act`."""

    AGREED = "agreed"
    STOPPED = "stopped"  # said DỪNG, blocked us, or linked channels of which another's subscription stays


@dataclass(frozen=True)
class Consent:
    """One act: when, to what topics, by which wording, and on which channel, None where that was not noted.

    Of a stop the rest tells what was stopped. `ends` is the `at` of the consent that this act ended or took the place
    of; None where none was in force. A consent lasts from its `at` until the act that ends it.
    """

    at: datetime
    act: ConsentAct
    topics: tuple[str, ...]
    wording: str
    channel: str | None
    language: str
    ends: datetime | None = None


async def consents_in(session: AsyncSession, conversation: UUID) -> tuple[Consent, ...]:
    """Return all acts of a conversation, the oldest first."""
    theirs = select(ConsentRow).where(ConsentRow.conversation_id == conversation)
    rows = await session.scalars(theirs.order_by(ConsentRow.at, ConsentRow.id))
    return tuple(
        Consent(row.at, ConsentAct(row.act), tuple(row.topics), row.wording, row.channel, row.language, row.ends)
        for row in rows
    )
