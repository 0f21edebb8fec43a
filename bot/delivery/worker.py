"""Takes events from the inbox and has them answered, several at once, those of one resident in order.

A turn and the note that its event is done are one transaction: however a process dies, an event is answered once.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import InterfaceError, OperationalError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.channels.contract import Account, Event
from bot.conversation.messages import Turn
from bot.delivery.alerts import Alerts
from bot.delivery.doorbell import INBOX, Doorbell
from bot.delivery.turns import Arrived, Turns
from bot.store.database import Database
from bot.store.inbox import MOST_DEATHS, Inbox, LostEventError, TakenEvent
from bot.store.workers import SILENCE, Workers

_LOOK_SECONDS: Final = 1.0
_BEAT_SECONDS: Final = 1.0
_FIRST_WAIT: Final = timedelta(seconds=1)
_POURING: Final = 30
"""Events stored in a second, from which on turns are taken one after the other."""
_COUNT_SECONDS: Final = 0.2
_PATIENCE_SECONDS: Final = 0.2
_MOST_PREPARING: Final = 64
"""Events that may wait for something outside beside those in their turns."""
_BLAMELESS: Final = (OperationalError, InterfaceError, PendingRollbackError, PoolTimeoutError, ConnectionError)
"""The database went away, or had gone when the turn read its memory: no event is to blame for that."""
_LOG: Final = logging.getLogger(__name__)


class ProcessesDiedError(Exception):
    """Processes died again and again with this event."""


class Worker:
    """Answers events until it is told to stop; what it has begun it finishes."""

    def __init__(
        self,
        *,
        worker: UUID,
        database: Database,
        inbox: Inbox,
        workers: Workers,
        turns: Turns,
        accounts: Mapping[int, Account],
        bell: Doorbell,
        sorry: Turn,
        alerts: Alerts,
        at_once: int,
        posted: Callable[[int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`sorry` is what a resident reads whose message is set aside; `posted` is told which account has replies."""
        self._worker = worker
        self._database = database
        self._inbox = inbox
        self._workers = workers
        self._turns = turns
        self._accounts = accounts
        self._bell = bell
        self._sorry = sorry
        self._alerts = alerts
        self._at_once = at_once
        self._posted = posted
        self._clock = clock
        self._counted, self._counted_at = inbox.stored, clock()
        self._pours = False
        self._stopping = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._preparing = 0

    async def run(self) -> None:
        """Answer events until `stop` is called."""
        await self._beat()  # whoever is not known to live has its events taken away
        beating = asyncio.create_task(self._beat_for_ever())
        try:
            with self._bell.awaited(INBOX) as ring:
                while not self._stopping.is_set():
                    if not await self._took_some():
                        await ring.wait(_LOOK_SECONDS)
            if self._under_way:
                await asyncio.wait(self._under_way)
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
            with suppress(SQLAlchemyError, OSError):
                await self._workers.leave(self._worker)

    def stop(self) -> None:
        """Take no more events."""
        self._stopping.set()
        self._bell.ring_here(INBOX)

    async def _took_some(self) -> bool:
        """Begin turns; whether there was anything to begin."""
        room = self._room()
        if room <= 0:
            ended, _ = await asyncio.wait(
                self._under_way, timeout=_PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if ended or self._in_turns() >= self._at_once or self._preparing >= _MOST_PREPARING:
                return True
            room = max(1, self._room())  # a turn that takes so long waits for something; nobody else waits for that
        try:
            taken = await self._inbox.take(self._worker, list(self._accounts), room)
        except (SQLAlchemyError, OSError) as error:
            _LOG.error("the inbox cannot be read: %s", type(error).__name__)
            return False
        for event in taken:
            task = asyncio.create_task(self._finish(event))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        return bool(taken)

    def _in_turns(self) -> int:
        """How many events are in their turns. One that waits for a picture takes nobody's place: a file server that
        hangs must not keep a cry for help from being answered."""
        return len(self._under_way) - self._preparing

    def _room(self) -> int:
        return min(self._most_now() - self._in_turns(), _MOST_PREPARING - self._preparing)

    def _most_now(self) -> int:
        """How many turns may be under way. Turns compute in the loop in which webhooks wait for their 200.

        Many at once make each step of a webhook wait for a step of every one of them, so while events pour in turns
        are taken one after the other; that answers as many in all.
        """
        elapsed = self._clock() - self._counted_at
        if elapsed >= _COUNT_SECONDS:
            stored = self._inbox.stored
            self._pours = stored - self._counted >= _POURING * elapsed
            self._counted, self._counted_at = stored, self._clock()
        return 1 if self._pours else self._at_once

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._bell.ring_here(INBOX)  # the next event of that resident may be taken now
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("an event could not be put back: %s", type(error).__name__, exc_info=error)

    async def _finish(self, event: TakenEvent) -> None:
        if event.tries > MOST_DEATHS and not event.urgent:
            await self._give_back(event, ProcessesDiedError(), blameless=False)
            return
        try:
            if event.urgent and await self._answered_at_once(event):
                return
            arrived = await self._prepared(self._arrived(event))
            async with self._database.one_transaction():
                await self._inbox.finish(event, self._worker)
                await self._turns.take(arrived)
        except LostEventError:
            _LOG.info("event %d went to another worker", event.id)
        except _BLAMELESS as error:
            _LOG.error("event %d waits for the database: %s", event.id, type(error).__name__)
            await self._give_back(event, error, blameless=True)
        except Exception as error:
            _LOG.exception("the turn of event %d failed, try %d", event.id, event.tries)
            await self._give_back(event, error, blameless=False)
        else:
            self._posted(event.account_id)

    async def _prepared(self, arrived: Arrived) -> Arrived:
        """Let the event wait for what comes from outside, in no transaction."""
        if not self._turns.must_prepare(arrived):
            return arrived
        self._preparing += 1
        try:
            return await self._turns.prepared(arrived)
        finally:
            self._preparing -= 1

    async def _answered_at_once(self, event: TakenEvent) -> bool:
        """Answer an emergency with nothing but the outbox to wait for; what is remembered of it comes after.

        False when it is none after all.
        """
        arrived = self._arrived(event)
        if (turn := self._turns.emergency(arrived)) is None:
            return False
        async with self._database.one_transaction():
            await self._inbox.finish(event, self._worker)
            await self._turns.answer_emergency(arrived, turn)
        self._posted(event.account_id)
        try:
            async with self._database.one_transaction():
                await self._turns.remember_emergency(arrived, turn)
        except Exception as error:
            _LOG.error("emergency %d was answered, but is not remembered: %s", event.id, type(error).__name__)
        return True

    async def _give_back(self, event: TakenEvent, error: Exception, *, blameless: bool) -> None:
        """Put an event back; while the database is away, try again: nobody else frees it as long as this one lives."""
        while True:
            try:
                return await self._put_back(event, error, blameless=blameless)
            except (SQLAlchemyError, OSError):
                if self._stopping.is_set():
                    raise
                await asyncio.sleep(_LOOK_SECONDS)

    async def _put_back(self, event: TakenEvent, error: Exception, *, blameless: bool) -> None:
        wait = _FIRST_WAIT * event.tries * random.uniform(0.5, 1.5)  # noqa: S311
        name = type(error).__name__  # its words might be the resident's
        async with self._database.one_transaction():
            set_aside = await self._inbox.give_back(event, self._worker, error=name, wait=wait, blameless=blameless)
            if set_aside:
                _LOG.error("event %d was set aside: see python -m bot set-aside", event.id)
                await self._apologise(event)
                await self._alerts.tell(
                    "set-aside",
                    f"Tin nhắn số {event.id} ba lần không xử lý được nên đã để riêng ({name}). "
                    "Xem bằng lệnh: python -m bot set-aside",
                )
        self._posted(event.account_id)

    async def _apologise(self, event: TakenEvent) -> None:
        try:
            arrived = self._arrived(event)
        except Exception:  # what cannot be read has no address either
            return
        await self._turns.failed(arrived, self._sorry)

    def _arrived(self, event: TakenEvent) -> Arrived:
        content = Event.from_json(self._inbox.opened(event))
        return Arrived(event.id, self._accounts[event.account_id], event.account_id, content)

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            await self._beat()

    async def _beat(self) -> None:
        try:
            await self._workers.beat(self._worker)
            if freed := await self._inbox.release_dead(SILENCE):
                _LOG.warning("freed %d events of workers that died", freed)
                self._bell.ring_here(INBOX)
        except (SQLAlchemyError, OSError) as error:
            _LOG.error("no heartbeat: %s", type(error).__name__)
