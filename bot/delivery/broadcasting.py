"""Asks channels that can to show a campaign's article to all who follow an account. Safe to call again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from bot.campaigns.articles import too_fine
from bot.campaigns.content import Audience
from bot.campaigns.lifecycle import WHYS, Fate
from bot.channels.contract import (
    Broadcasting,
    Halted,
    Outcome,
    Retryable,
    Sent,
    Throttled,
    Unknown,
    UntargetableError,
    WindowClosed,
)
from bot.store.campaign_broadcasts import CampaignBroadcasts, Claimed, Wanted
from bot.store.campaign_gate import CLOSES, OPENS
from bot.store.database import Database
from knowledge.clock import VIET_NAM

_LOOK_SECONDS: Final = 15.0
_LOOKS_BACK: Final = timedelta(days=3)
_LONGEST_REASON: Final = 300  # characters
_TOO_FINE: Final = (
    "Phát bài viết không lọc được đối tượng theo {what}; chỉ chọn được cả nước hoặc tỉnh, thành phố. Không phát."
)
_ANOTHER_CHANNEL: Final = "Đối tượng của chiến dịch không có kênh này."
_LOG: Final = logging.getLogger(__name__)


class Broadcasts:
    """Asks for broadcasts. `adapters`: the channels that can, by the number of their account."""

    def __init__(self, database: Database, adapters: Mapping[int, Broadcasting]) -> None:
        self._kept = CampaignBroadcasts(database)
        self._adapters = adapters

    async def keep_asking(
        self, clock: Callable[[], datetime], pause: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        """Ask for what is due, again and again, until cancelled. `clock` has a time zone."""
        while True:
            await self.ask_due(clock())
            await pause(_LOOK_SECONDS)

    async def ask_due(self, now: datetime) -> None:
        """Ask for all that is due. Raises nothing: what the database cannot tell now is asked for the next time."""
        if not self._adapters:
            return
        try:
            for message_id in await self._kept.due(list(self._adapters), now - _LOOKS_BACK):
                await self.ask(message_id, now)
        except (SQLAlchemyError, OSError) as error:
            _LOG.error("broadcasts wait for the database: %s", type(error).__name__)

    async def ask(self, message_id: int, now: datetime) -> None:
        """Ask every account once for a broadcast of a message, if it has an article and goes to all by now.

        `now` has a time zone. Raises what the database raises; then it is not known here whether anything was asked,
        but it is not asked twice.
        """
        wanted = await self._kept.wanted(message_id, now)
        if wanted is None:
            return
        for account_id, adapter in self._adapters.items():
            await self._ask(message_id, account_id, adapter, wanted, now)

    async def _ask(
        self, message_id: int, account_id: int, adapter: Broadcasting, wanted: Wanted, now: datetime
    ) -> None:
        if wanted.over is not None:
            why = WHYS[wanted.over]
            return await self._kept.end(message_id, account_id, wanted.article, now, state=Fate.SKIPPED, reason=why)
        if not wanted.goes or not (wanted.urgent or _is_day(now)):
            return None
        if not await self._kept.is_for(account_id, wanted.audience.channels):
            return await self._kept.end(
                message_id, account_id, wanted.article, now, state=Fate.SKIPPED, reason=_ANOTHER_CHANNEL
            )
        try:
            target = _target(wanted.audience, adapter)
        except UntargetableError as error:
            return await self._kept.end(
                message_id, account_id, wanted.article, now, state=Fate.FAILED, reason=str(error)
            )
        claimed = await self._kept.claim(message_id, account_id, wanted.article, target, now)
        if claimed is not None:
            await self._carry_out(claimed, adapter)
        return None

    async def _carry_out(self, claimed: Claimed, adapter: Broadcasting) -> None:
        outcome = await adapter.broadcast(claimed.article, claimed.target)
        state, reason = _became(outcome)
        if state is not Fate.SENT:
            _LOG.warning("a broadcast is %s: %s", state.value, reason)
        await self._kept.settle(claimed, state, reason[:_LONGEST_REASON] if reason else None)


def _target(audience: Audience, adapter: Broadcasting) -> Mapping[str, str]:
    """Whom it is for. Raises `UntargetableError` for an audience to which a channel cannot keep."""
    if what := too_fine(audience):
        raise UntargetableError(_TOO_FINE.format(what=what))
    return adapter.target(audience.places)


def _became(outcome: Outcome) -> tuple[Fate, str | None]:
    """What becomes of a broadcast: only what surely was not asked for may be asked for again."""
    match outcome:
        case Sent():
            return Fate.SENT, None
        case Unknown(reason=reason):
            return Fate.UNKNOWN, reason
        case Throttled():
            return Fate.PENDING, "Kênh đang quá tải, sẽ thử lại."
        case Retryable(reason=reason) | Halted(reason=reason) | WindowClosed(reason=reason):
            return Fate.PENDING, reason
        case _:
            return Fate.FAILED, outcome.reason


def _is_day(now: datetime) -> bool:
    return OPENS <= now.astimezone(VIET_NAM).time() < CLOSES
