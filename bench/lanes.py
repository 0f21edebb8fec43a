"""A campaign and replies on one account: is the channel's limit kept and used up, and do replies wait for nobody?

`python -m bench.lanes`: two workers, each with connections of its own to the database, send 2,000 messages of a
campaign on a Telegram account that allows 30 a second, while replies come at 2 a second. When a third of the campaign
is sent, the worker that sends stops, and the other one takes over.
"""

from __future__ import annotations

import argparse
import asyncio
import bisect
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from cryptography.fernet import Fernet

from bench.traffic import loaded, spread
from bot.channels.contract import Recipient
from bot.channels.telegram import TelegramAdapter
from bot.channels.telegram.settings import TelegramSettings
from bot.conversation.messages import Kind, Reply
from bot.conversing import now
from bot.delivery.alerts import Alerts
from bot.delivery.doorbell import OUTBOX, Doorbell
from bot.delivery.posting import Posting, content_of
from bot.delivery.sender import Sender
from bot.store.accounts import Accounts
from bot.store.contacts import Contacts
from bot.store.database import Database
from bot.store.embedded import start_embedded_server
from bot.store.leases import Leases
from bot.store.outbox import Lane, NewMessage, Outbox
from bot.store.sealing import Sealer
from tests.fakes.telegram import TOKEN, Call, FakeTelegram, Limits

PER_SECOND: Final = 30
LONGEST_WAIT_SECONDS: Final = 1.0
_REPLIES_PER_SECOND: Final = 2
_PATIENCE_SECONDS: Final = 600
_LATER_REPLIES: Final = 20
_FIRST_CAMPAIGN, _FIRST_REPLY = 1_000_000, 5_000_000  # chats


@dataclass(frozen=True)
class _Worker:
    """What sends in one process: connections, doorbell, sender."""

    outbox: Outbox
    bell: Doorbell
    sender: Sender
    task: asyncio.Task[None]

    async def stop(self) -> None:
        self.sender.stop()
        await self.task


def main(arguments: Sequence[str] = ()) -> int:
    """Print what came of it; 1 when the limit was broken or a reply waited too long."""
    parser = argparse.ArgumentParser(prog="python -m bench.lanes")
    parser.add_argument("--campaign", type=int, default=2000, metavar="N")
    given = parser.parse_args(arguments)
    return asyncio.run(_lanes(given.campaign))


async def _lanes(campaign: int) -> int:
    print(f"{campaign} messages of a campaign, {_REPLIES_PER_SECOND} replies/s; {loaded()}", flush=True)
    # The fake allows more than we may send: the bench counts for itself.
    limits = Limits(per_chat=1, overall=10 * PER_SECOND)
    with tempfile.TemporaryDirectory(prefix="pccc") as folder:
        url = start_embedded_server(Path(folder))
        async with FakeTelegram(everyone_started=True, limits=limits) as fake:
            bench = _Bench(url, fake)
            result = await bench.run(campaign)
            await bench.close()
    return result


class _Bench:
    def __init__(self, url: str, fake: FakeTelegram) -> None:
        self._url = url
        self._fake = fake
        self._sealer = Sealer([Fernet.generate_key().decode()])
        self._settings = TelegramSettings(token=TOKEN, api=fake.url, per_second=PER_SECOND)
        self._adapter = self._new_adapter()
        self._database = Database(url)
        self._outbox = Outbox(self._database, self._sealer)
        self._account = 0
        self._put_at: dict[int, float] = {}

    async def run(self, campaign: int) -> int:
        await self._database.migrate()
        account = self._adapter.account
        self._account = await Accounts(self._database).number(account.channel, account.id)
        numbers = range(campaign)
        await self._outbox.put([self._message(_FIRST_CAMPAIGN + one, Lane.CAMPAIGN) for one in numbers])
        async with self._worker() as first, self._worker() as second:
            replying = asyncio.create_task(self._reply(second))
            await self._fake.until(lambda: len(self._fake.sent()) > campaign // 3, _PATIENCE_SECONDS)
            holder, other = (first, second) if first.sender.holds else (second, first)
            await holder.stop()
            await self._fake.until(lambda: self._sent(_FIRST_CAMPAIGN, campaign) >= campaign, _PATIENCE_SECONDS)
            replying.cancel()
            await asyncio.gather(replying, return_exceptions=True)
            await self._all_replies()
            calls = self._fake.sent()
            waits = self._waits(calls)
            async with self._worker() as third:
                later = await self._later(third, other)
        return self._print(calls, waits, later)

    async def close(self) -> None:
        await self._database.close()

    async def _reply(self, worker: _Worker) -> None:
        number = 0
        started = time.monotonic()
        while True:
            await asyncio.sleep(max(0.0, started + number / _REPLIES_PER_SECOND - time.monotonic()))
            await self._put_reply(_FIRST_REPLY + number, worker)
            number += 1

    async def _later(self, poster: _Worker, holder: _Worker) -> list[float]:
        """Put replies on the worker that does not send while nothing else happens; return how long they waited."""
        assert holder.sender.holds, "the sender has changed"
        chats = [_FIRST_REPLY + 1_000_000 + one for one in range(_LATER_REPLIES)]
        for chat in chats:
            await self._put_reply(chat, poster)
            await asyncio.sleep(0.37)
        await self._all_replies()
        return self._waits([one for one in self._fake.sent() if one.chat in chats])

    async def _put_reply(self, chat: int, worker: _Worker) -> None:
        await worker.outbox.put([self._message(chat, Lane.REPLY)])
        self._put_at[chat] = time.monotonic()
        worker.bell.ring_here(OUTBOX)  # as a turn does that has ended

    async def _all_replies(self) -> None:
        await self._fake.until(lambda: all(self._fake.sent(chat) for chat in self._put_at), _PATIENCE_SECONDS)

    def _waits(self, calls: Sequence[Call]) -> list[float]:
        return [max(0.0, one.at - self._put_at[one.chat]) for one in calls if one.chat in self._put_at]

    def _sent(self, first: int, number: int) -> int:
        return sum(first <= (one.chat or 0) < first + number for one in self._fake.sent())

    def _message(self, chat: int, lane: Lane) -> NewMessage:
        reply = Reply(kind=Kind.ANSWER, text=f"Tin số {chat}: kiểm tra bình chữa cháy và lối thoát nạn của nhà bạn.")
        [part] = self._adapter.render(reply).parts
        resident = chat.to_bytes(16)
        return NewMessage(self._account, f"bench:{chat}", lane, resident, None, content_of(Recipient(str(chat)), part))

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[_Worker]:
        database, adapter = Database(self._url), self._new_adapter()
        outbox, bell = Outbox(database, self._sealer), Doorbell(database, self._url)
        sender = Sender(
            worker=uuid4(),
            account=self._account,
            adapter=adapter,
            outbox=outbox,
            leases=Leases(database),
            contacts=Contacts(database, self._sealer),
            bell=bell,
            alerts=Alerts([], Posting({self._account: adapter}, outbox), now),
            wall_clock=now,
        )
        async with bell.listening(), adapter.connected():
            worker = _Worker(outbox, bell, sender, asyncio.create_task(sender.run()))
            try:
                yield worker
            finally:
                await worker.stop()
        await database.close()

    def _new_adapter(self) -> TelegramAdapter:
        return TelegramAdapter(self._settings, picture=Path, now=now)

    def _print(self, calls: Sequence[Call], waits: Sequence[float], later: Sequence[float]) -> int:
        times = [one.at for one in calls]
        seconds = times[-1] - times[0]
        busiest, rate = busiest_second(times), (len(times) - 1) / seconds
        refused = len(self._fake.calls("sendMessage")) - len(self._fake.sent())
        print(f"{len(times)} messages in {seconds:.1f} s, {refused} refused; {loaded()}")
        print(f"the busiest second: {busiest} messages, {PER_SECOND} are allowed")
        print(f"rate: {rate:.2f}/s, {100 * rate / PER_SECOND:.1f} % of what is allowed, one change of sender included")
        print(f"{len(waits)} replies beside the campaign waited {spread([one * 1000 for one in waits])}")
        print(f"replies of the worker that does not send waited {spread([one * 1000 for one in later])}")
        well = busiest <= PER_SECOND and max([*waits, *later]) <= LONGEST_WAIT_SECONDS
        print("all bars are kept" if well else "a bar is MISSED")
        return int(not well)


def busiest_second(times: Sequence[float]) -> int:
    """Return the most events in any second, however it is laid. `times` are ascending seconds."""
    return max(bisect.bisect_left(times, one + 1.0) - number for number, one in enumerate(times))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
