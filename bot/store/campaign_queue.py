"""What campaigns put into the queue. Whatever is lost there, the sweep of each minute asks for again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.queueing import defer

FREEZE: Final = "campaigns.freeze"
BEGIN: Final = "campaigns.begin"
WATCH: Final = "campaigns.watch"
SWEEP: Final = "campaigns.sweep"


async def ask_freeze(session: AsyncSession, campaign_id: int, version: int) -> None:
    """Ask that audience and texts be frozen of what was approved in that version."""
    await defer(session, FREEZE, lock=f"{FREEZE}:{campaign_id}:{version}", campaign=campaign_id, version=version)


async def ask_begin(
    session: AsyncSession, message_id: int, at: datetime | None = None, wait: timedelta | None = None
) -> None:
    """Ask that a message begin at its time, or after so long."""
    await defer(session, BEGIN, at=at, wait=wait, lock=f"{BEGIN}:{message_id}", message=message_id)


async def ask_watch(session: AsyncSession, campaign_id: int, wait: timedelta | None = None) -> None:
    """Ask for a look at what is being sent: at once, or after so long."""
    await defer(session, WATCH, wait=wait, lock=f"{WATCH}:{campaign_id}", campaign=campaign_id)
