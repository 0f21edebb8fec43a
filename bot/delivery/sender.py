"""Sends what waits in the outbox of one account: by lane, within the account's pace, each message once.

One worker at a time holds the account. A message is claimed, that is committed, and only then is it handed to the
channel; if the process dies before the outcome is noted, the message is unknown and stays so.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy.exc import DataError, SQLAlchemyError

from bot.channels.contract import Adapter, Outcome, Part, Permanent, Recipient, Sent, Throttled, Unknown
from bot.delivery.alerts import Alerts
from bot.delivery.campaign_gate import Gate, Passed
from bot.delivery.doorbell import OUTBOX, Doorbell
from bot.delivery.pacing import Begun, Pacer
from bot.delivery.posting import read_content
from bot.delivery.reactions import Reaction, reaction
from bot.store.contacts import Contacts
from bot.store.leases import LEASE, Lease, Leases
from bot.store.outbox import Claimed, Lane, Outbox, OutboxState, Settled
from bot.store.sealing import SealedDataError

_LOOK_SECONDS: Final = 1.0
_RENEW_SECONDS: Final = 1.0
_AHEAD_SECONDS: Final = 0.25
"""So much of the pace is claimed at once: a reply that comes waits no longer behind a campaign."""
_MOST_CLAIMED: Final = 128
_MOST_UNDER_WAY: Final = 128
_SETTLE_SECONDS: Final = 0.02
_SPARE_SECONDS: Final = 0.5
"""So long before the account may go to another sender nothing is begun: what was claimed must be given back by then."""
_STALE_SECONDS: Final = {
    Lane.EMERGENCY: 3600.0,
    Lane.REPLY: 86_400.0,
    Lane.NOTICE: 7 * 86_400.0,
    Lane.CAMPAIGN: 86_400.0,
}
"""Older ones are not sent any more: "Gọi 114 ngay" after hours, to somebody who is safe, helps nobody."""
_BUSY_SECONDS: Final = 0.02
_BUSY: Final = Passed(())
"""Another sender judges just now."""
_THROTTLED_TOGETHER: Final = 2.0
"""Two residents throttled within so many seconds: it is the account that is too fast."""
_LOG: Final = logging.getLogger(__name__)


class Sender:
    """Sends for one account while this worker holds it."""

    def __init__(
        self,
        *,
        worker: UUID,
        account: int,
        adapter: Adapter,
        outbox: Outbox,
        leases: Leases,
        contacts: Contacts,
        bell: Doorbell,
        alerts: Alerts,
        wall_clock: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
        gate: Gate | None = None,
    ) -> None:
        """`gate` judges messages of campaigns; without one those of a ledger are left where they are."""
        self._worker = worker
        self._account = account
        self._adapter = adapter
        self._outbox = outbox
        self._leases = leases
        self._contacts = contacts
        self._bell = bell
        self._alerts = alerts
        self._wall_clock = wall_clock
        self._clock = clock
        self._gate = gate
        self._told = f"{OUTBOX}:{account}"
        self._pacer = Pacer(adapter.pace, clock)
        self._held_until = float("-inf")
        self._renewed = float("-inf")
        self._throttled: deque[tuple[float, bytes]] = deque(maxlen=8)
        self._halted = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._outcomes: list[Settled] = []
        self._some_outcome = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def holds(self) -> bool:
        """Whether this worker sends for the account now."""
        return self._clock() < self._held_until

    def stop(self) -> None:
        """Claim no more messages."""
        self._stopping.set()
        self._bell.ring_here(OUTBOX)

    async def run(self) -> None:
        """Send until `stop` is called; what is under way is finished and noted."""
        settling = asyncio.create_task(self._settle_for_ever())
        try:
            with self._bell.awaited(OUTBOX) as here, self._bell.awaited(OUTBOX, self._told) as anywhere:
                while not self._stopping.is_set():
                    wait = await self._step()
                    if wait <= 0:
                        continue
                    if self.holds:
                        await anywhere.wait(wait)
                    elif await here.wait(wait):
                        await self._tell_who_holds()
            if self._under_way:
                await asyncio.wait(self._under_way)
        finally:
            settling.cancel()
            with suppress(asyncio.CancelledError):
                await settling
            await self._settle_rest()
            with suppress(SQLAlchemyError, OSError):
                await self._leases.leave(self._account, self._worker)

    async def _tell_who_holds(self) -> None:
        """Wake the worker that sends: there are replies that were put into the outbox here."""
        with suppress(SQLAlchemyError, OSError):
            await self._bell.ring(self._told)

    async def _step(self) -> float:
        """Send some; return the seconds to wait before looking again, 0 to look at once."""
        try:
            if not await self._holding():
                return _LOOK_SECONDS
            if (delay := self._pacer.delay(Lane.EMERGENCY)) > _AHEAD_SECONDS:
                return min(delay, _LOOK_SECONDS)
            room = min(_MOST_UNDER_WAY - len(self._under_way), _MOST_CLAIMED, self._pacer.ahead(_AHEAD_SECONDS))
            if room <= 0:  # the account is still renewed meanwhile
                await asyncio.wait(self._under_way, timeout=_RENEW_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                return 0
            campaign = self._pacer.delay(Lane.CAMPAIGN)
            lowest = Lane.CAMPAIGN if campaign <= _AHEAD_SECONDS else Lane.NOTICE
            passed = await self._passed(room, lowest)
        except (SQLAlchemyError, OSError) as error:
            _LOG.error("%s: the outbox cannot be read: %s", self._adapter.account, type(error).__name__)
            return _LOOK_SECONDS
        for message in passed.messages:
            await self._begin(message, passed.contents.get(message.id))
        if passed.looked:
            return 0
        waits = [_LOOK_SECONDS if passed is not _BUSY else _BUSY_SECONDS]
        if (release := self._pacer.next_release()) is not None:
            waits.append(release + 0.001)
        if lowest is not Lane.CAMPAIGN:
            waits.append(campaign - _AHEAD_SECONDS + 0.001)
        return min(waits)

    async def _passed(self, room: int, lowest: Lane) -> Passed:
        """Claim what may be sent now."""
        claim = partial(self._outbox.claim, self._account, self._worker, room, held=self._pacer.held())
        if self._gate is not None and lowest is Lane.CAMPAIGN:
            try:
                passed = await self._gate.passed(partial(claim, gated=True))
            except (SQLAlchemyError, OSError) as error:  # replies do not wait for that
                _LOG.error("%s: campaigns cannot be judged: %s", self._adapter.account, type(error).__name__)
                lowest = Lane.NOTICE
            else:
                if passed is not None:
                    return passed
                claimed = await claim(lowest=Lane.NOTICE)
                return Passed(claimed, looked=len(claimed)) if claimed else _BUSY
        claimed = await claim(lowest=lowest)
        return Passed(claimed, looked=len(claimed))

    async def _holding(self) -> bool:
        """Hold the account, or renew that once a second; whether it is held."""
        now = self._clock()
        if now - self._renewed < _RENEW_SECONDS and now < self._held_until:
            return True
        lease = await self._leases.hold(self._account, self._worker)
        if lease is None:
            self._held_until = float("-inf")
            return False
        self._renewed = now
        self._held_until = now + LEASE.total_seconds()
        if lease.taken_over:
            await self._took_over(lease)
        return True

    async def _took_over(self, lease: Lease) -> None:
        self._halted = lease.halted
        if lease.abandoned:
            _LOG.error("%s: %d messages are perhaps sent: unknown", self._adapter.account, lease.abandoned)
        if lease.paused:
            self._pacer.pause(lease.paused)
        pace = self._adapter.pace
        if pace.messages is not None:  # the sender before may have used the window up
            self._pacer.took_before(await self._tried_lately(pace.messages, pace.seconds))
        _LOG.info("%s: sending from here", self._adapter.account)

    async def _tried_lately(self, messages: int, seconds: float) -> list[float]:
        try:
            return await self._outbox.tried_lately(self._account, seconds, messages)
        except (SQLAlchemyError, OSError):
            return [0.0] * messages  # as much as is allowed, just now

    async def _begin(self, message: Claimed, content: tuple[Recipient, Part] | None) -> None:
        if message.age > _STALE_SECONDS[message.lane]:
            _LOG.error("%s: message %d came too late to be sent", self._adapter.account, message.id)
            self._settled(Settled(message.id, OutboxState.SKIPPED, "stale"))
            return
        if not await self._slot_came(message.lane):  # given back before another sender may take it for perhaps sent
            self._settled(Settled(message.id, OutboxState.WAITING, "not begun", counts=False))
            return
        begun = self._pacer.took(message.resident, on_its_way=True)
        task = asyncio.create_task(self._send(message, begun, content))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _slot_came(self, lane: Lane) -> bool:
        """Wait until a message may be sent; False when that is not soon, or not for this sender."""
        while self._may_begin():
            if (delay := self._pacer.delay(lane)) <= 0:
                return True
            if delay > _LOOK_SECONDS:
                return False
            await asyncio.sleep(delay)
        return False

    def _may_begin(self) -> bool:
        return not self._stopping.is_set() and self._clock() < self._held_until - _SPARE_SECONDS

    async def _send(self, message: Claimed, begun: Begun, content: tuple[Recipient, Part] | None) -> None:
        outcome = await self._outcome(message, content)
        self._pacer.arrived(begun)
        react = reaction(message, outcome, self._wall_clock(), random.random())  # noqa: S311
        self._settled(react.settled)
        if message.lane is Lane.EMERGENCY and react.settled.state in {OutboxState.FAILED, OutboxState.UNKNOWN}:
            await self._tell_of_unsent(message, react.settled)
        if isinstance(outcome, Throttled):
            react = self._throttling(message.resident, outcome, react)
        if react.hold:
            self._pacer.hold(message.resident, react.hold)
        if react.pause:
            self._pacer.pause(react.pause)
        if isinstance(outcome, Sent) and not self._halted and not react.pause:
            return
        try:
            await self._act(message, outcome, react)
        except (SQLAlchemyError, OSError) as error:
            _LOG.error("%s: what an outcome means was not noted: %s", self._adapter.account, type(error).__name__)

    async def _outcome(self, message: Claimed, content: tuple[Recipient, Part] | None) -> Outcome:
        try:
            recipient, part = content or read_content(self._outbox.opened(message))
        except (SealedDataError, KeyError, TypeError, ValueError):
            _LOG.error("%s: message %d cannot be read", self._adapter.account, message.id)
            return Permanent("unreadable")
        try:
            return await self._adapter.send(recipient, part)
        except Exception as error:
            _LOG.exception("%s: sending raised", self._adapter.account)
            return Unknown(f"sending raised {type(error).__name__}")

    async def _tell_of_unsent(self, message: Claimed, settled: Settled) -> None:
        await self._alerts.tell(
            f"emergency:{self._account}",
            f"Tin trả lời khẩn cấp số {message.id} qua kênh {self._adapter.account.channel} không chắc tới được người "
            f"dân ({settled.reason}). Nếu tra được người gửi trên kênh đó, hãy liên hệ ngay.",
        )

    def _throttling(self, resident: bytes, outcome: Throttled, react: Reaction) -> Reaction:
        """Take the account for too fast when a second resident is throttled soon after a first."""
        now = self._clock()
        others = any(one != resident and now - at < _THROTTLED_TOGETHER for at, one in self._throttled)
        self._throttled.append((now, resident))
        return Reaction(react.settled, pause=react.hold or react.pause) if others else react

    async def _act(self, message: Claimed, outcome: Outcome, react: Reaction) -> None:
        name = self._adapter.account
        if react.stop:
            await self._contacts.stop(self._account, message.resident)
            await self._outbox.skip(self._account, message.resident, "left")
        if react.spent and self._gate is not None:
            await self._gate.spent(self._account)
        if react.pause:
            until = self._wall_clock() + timedelta(seconds=react.pause)
            await self._leases.pause(self._account, until, react.halted)
        if react.halted is not None:
            self._halted = True
            _LOG.error("%s: halted, an administrator must act: %s", name, react.halted)
            await self._alerts.tell(
                f"halted:{self._account}",
                f"Kênh {name.channel} đang bị từ chối, tin trả lời phải chờ: {react.halted.rstrip('.')}. "
                "Xem cách xử lý bằng lệnh: python -m bot doctor",
            )
        elif self._halted and isinstance(outcome, Sent):
            self._halted = False
            await self._leases.healed(self._account)
        elif not isinstance(outcome, Sent):
            _LOG.warning("%s: message %d: %r", name, message.id, outcome)

    def _settled(self, settled: Settled) -> None:
        self._outcomes.append(settled)
        self._some_outcome.set()

    async def _settle_for_ever(self) -> None:
        while True:
            await self._some_outcome.wait()
            await asyncio.sleep(_SETTLE_SECONDS)
            self._some_outcome.clear()
            await self._settle()

    async def _settle(self) -> None:
        """Note outcomes; those that cannot be noted are kept and tried again."""
        batch = self._outcomes
        self._outcomes = []
        if not batch:
            return
        try:
            await self._outbox.settle(self._worker, batch)
        except asyncio.CancelledError:
            self._outcomes = [*batch, *self._outcomes]  # perhaps noted; noting it again changes nothing
            raise
        except DataError:
            if len(batch) > 1:  # one that cannot be stored must not keep the others from it
                for one in batch:
                    self._outcomes.append(one)
                    await self._settle()
                return
            _LOG.exception("%s: an outcome cannot be stored", self._adapter.account)
            self._outcomes.append(Settled(batch[0].id, OutboxState.UNKNOWN, "unstorable outcome"))
            self._some_outcome.set()
        except (SQLAlchemyError, OSError) as error:
            _LOG.error("%s: outcomes wait for the database: %s", self._adapter.account, type(error).__name__)
            self._outcomes = [*batch, *self._outcomes]
            await asyncio.sleep(_LOOK_SECONDS)
            self._some_outcome.set()
        else:
            self._bell.ring_here(OUTBOX)  # the next message to those residents may go now

    async def _settle_rest(self) -> None:
        for _ in range(3):
            if not self._outcomes:
                return
            await self._settle()
