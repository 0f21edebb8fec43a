"""Takes events in: whatever came meanwhile is stored by one statement, and only then are its senders told so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlalchemy.exc import InterfaceError, OperationalError

from bot.channels.contract import Account, Event, EventKind
from bot.delivery.doorbell import INBOX, Doorbell
from bot.store.identities import Identities
from bot.store.inbox import Inbox, NewEvent

_MOST_PENDING: Final = 2_000
_MOST_AT_ONCE: Final = 200
_REMEMBERED: Final = 1_000  # texts
_LOG: Final = logging.getLogger(__name__)


@dataclass
class _Pending:
    events: list[NewEvent]
    stored: asyncio.Future[None]


class Intake:
    """Stores events. Whoever hands one over waits until it is safe; nobody waits for a turn."""

    def __init__(self, inbox: Inbox, identities: Identities, bell: Doorbell, is_urgent: Callable[[str], bool]) -> None:
        """`is_urgent` tells of a text whether it is surely an emergency; such events are answered first."""
        self._inbox = inbox
        self._identities = identities
        self._bell = bell
        # What comes again because it was not acknowledged must not be looked at again: that is when time is short.
        self._is_urgent = lru_cache(_REMEMBERED)(is_urgent)
        self._pending: list[_Pending] = []
        self._storing: asyncio.Task[None] | None = None
        self._news = False
        self._telling: asyncio.Task[None] | None = None

    async def take(self, account: Account, account_id: int, events: Sequence[Event]) -> None:
        """Store events of one account; returns when they are safe. Raises what the database raises."""
        if not events:
            return
        if len(self._pending) >= _MOST_PENDING:
            raise ConnectionError("too many events wait to be stored")
        pending = _Pending(
            [self._new(account, account_id, event) for event in events], asyncio.get_running_loop().create_future()
        )
        self._pending.append(pending)
        if self._storing is None:
            self._storing = asyncio.create_task(self._store_all())
        await pending.stored

    async def settled(self) -> None:
        """Wait until nothing is being stored or told any more."""
        if self._storing is not None:
            await asyncio.wait({self._storing})
        if self._telling is not None:
            await asyncio.wait({self._telling})

    def _new(self, account: Account, account_id: int, event: Event) -> NewEvent:
        resident = self._identities.digest(str(account), event.user) if event.user else None
        # The payload of a button may name a card about a fire; nobody cries for help by pressing it.
        urgent = event.kind is not EventKind.BUTTON and self._is_urgent(event.text)
        key = self._identities.digest("event", event.key).hex()  # some keys of channels hold a user's id
        return NewEvent(account_id, key, event.kind.value, resident, urgent, event.as_json())

    async def _store_all(self) -> None:
        try:
            while self._pending:
                batch = self._pending[:_MOST_AT_ONCE]
                del self._pending[: len(batch)]
                if awaited := [one for one in batch if not one.stored.done()]:  # others were told to come again
                    await self._store(awaited)
        finally:
            self._storing = None

    async def _store(self, batch: list[_Pending]) -> None:
        """Store a batch as one; where one of them is to blame for a failure, each by itself."""
        try:
            await self._inbox.put([event for pending in batch for event in pending.events])
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, OperationalError | InterfaceError | OSError):
                for pending in batch:
                    await self._store([pending])
                return
            _LOG.error("%d events could not be stored: %s", len(batch), type(error).__name__)
            for pending in batch:
                _fail(pending.stored, error)
            return
        for pending in batch:
            if not pending.stored.done():
                pending.stored.set_result(None)
        self._bell.ring_here(INBOX)
        self._news = True
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell_others())

    async def _tell_others(self) -> None:
        """Ring in other processes. The next batch does not wait for that; what it brings is told in one with others."""
        try:
            while self._news:
                self._news = False
                await self._bell.ring(INBOX)
        except Exception as error:
            _LOG.warning("other processes were not told of new events: %s", type(error).__name__)
        finally:
            self._telling = None


def _fail(stored: asyncio.Future[None], error: Exception) -> None:
    if not stored.done():
        stored.set_exception(error)
