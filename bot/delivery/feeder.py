"""Keeps the outbox topped up with messages of campaigns: some seconds' worth, so that it stays small and quick."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.contract import Pace
from bot.delivery.outage import Outage
from bot.store.campaign_gate import WINDOW
from bot.store.campaign_ledger import Ledger

_SECONDS_AHEAD: Final = 10.0
_LEAST, _MOST = 20, 3000
"""So many messages stand in the outbox at least and at most while there are more; `_MOST` where there is no limit."""
_PORTION: Final = 1000
"""So many recipients are judged by one statement."""
_PORTION_WEB: Final = 200
_LOOK_SECONDS: Final = 1.0
_LOOK_FULL_SECONDS: Final = 0.25
_OVERLAP: Final = timedelta(minutes=1)
"""Contacts that wrote so long before the last look are looked at again: their transaction may have ended after it."""


class Feeder:
    """Feeds the outbox of one account, in the process that sends for it."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        account: int,
        pace: Pace,
        fed: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        """`fed` is called when there is something new to send."""
        self._ledger = ledger
        self._account = account
        self._target = _target(pace)
        self._fed = fed
        self._clock = clock
        self._woken: datetime | None = None
        self._outage = Outage("campaigns")

    async def run(self) -> None:
        """Feed until cancelled."""
        while True:
            wait = await self.step()
            await asyncio.sleep(wait)

    async def step(self) -> float:
        """Feed some; return the seconds to wait before the next time."""
        try:
            await self._wake()
            room = self._target - await self._ledger.fed(self._account)
            self._outage.over()
            if room < min(self._target // 2, _PORTION):
                return _LOOK_FULL_SECONDS
            done = await self._ledger.feed(self._account, min(room, _PORTION), self._clock())
        except (SQLAlchemyError, OSError) as error:
            self._outage.met(error)
            return _LOOK_SECONDS
        if done.fed:
            self._fed()
        return 0.0 if done.looked else _LOOK_SECONDS

    async def _wake(self) -> None:
        """Look who has written since the last look; the first time, who has within the window."""
        now = self._clock()
        if self._woken is not None and now - timedelta(seconds=_LOOK_SECONDS) < self._woken <= now:
            return
        since = now - WINDOW if self._woken is None else min(self._woken, now) - _OVERLAP
        if await self._ledger.wake(self._account, since) is not None:
            self._woken = now


class WebFeeder:
    """Puts messages by for those who chat on the page. Several may run: one of them works at a time."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._outage = Outage("campaigns on the web")

    async def run(self) -> None:
        """Feed until cancelled."""
        while True:
            wait = await self.step()
            await asyncio.sleep(wait)

    async def step(self) -> float:
        """Feed some; return the seconds to wait before the next time."""
        try:
            done = await self._ledger.feed_web(_PORTION_WEB, self._clock())
        except (SQLAlchemyError, OSError) as error:
            self._outage.met(error)
            return _LOOK_SECONDS
        self._outage.over()
        return 0.0 if done.looked else _LOOK_SECONDS


def _target(pace: Pace) -> int:
    if pace.messages is None:
        return _MOST
    return max(_LEAST, min(_MOST, round(pace.messages / pace.seconds * _SECONDS_AHEAD)))
