"""Delivery put together around a channel in memory, one piece at a time, for tests to drive step by step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, cast
from uuid import UUID, uuid4

from sqlalchemy import text

from bot.channels.contract import Event, EventKind
from bot.channels.rate_limit import RateLimiter
from bot.conversation.dialogue import Dialogue
from bot.conversation.memory import has_open_form
from bot.conversation.messages import Button, Incoming, Kind, Reply, Turn
from bot.conversing import now
from bot.delivery.alerts import Alerts, StaffMember
from bot.delivery.campaign_gate import Gate
from bot.delivery.doorbell import Doorbell
from bot.delivery.intake import Intake
from bot.delivery.notices import Notices
from bot.delivery.pictures import Pictures
from bot.delivery.posting import Addressee, Posting
from bot.delivery.sender import Sender
from bot.delivery.turns import Turns
from bot.delivery.worker import Worker
from bot.feedback.photos import Cleaning
from bot.store.accounts import Accounts
from bot.store.contacts import Contacts
from bot.store.database import Database
from bot.store.identities import Identities, identities_of
from bot.store.inbox import Inbox
from bot.store.leases import Leases
from bot.store.outbox import Lane, Outbox
from bot.store.photos import Photos
from bot.store.records import Records
from bot.store.residents import Residents
from bot.store.workers import Workers
from tests.conftest import new_database
from tests.fakes.channel import FakeChannel
from tests.integration.stored import SEALER

_TABLES: Final = text("""
    SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
""")
SORRY: Final = "Xin lỗi, tin nhắn chưa trả lời được."
STAFF: Final = "truc-ban"
_LONGEST_WAIT: Final = 20
_numbers = count(1)


def said(text: str, kind: Kind = Kind.SMALLTALK, *choices: str, unfinished: bool = False) -> Turn:
    buttons = tuple(Button(label=one, payload=one) for one in choices)
    return Turn(kind=kind, replies=(Reply(kind=kind, text=text, buttons=buttons),), unfinished=unfinished)


def event(user: str | None, text: str = "", kind: EventKind = EventKind.TEXT, **fields: Any) -> Event:
    """An event with a key of its own."""
    return Event(
        **{"key": f"e{next(_numbers)}", "name": kind.value, "kind": kind, "user": user, "text": text, **fields}
    )


class Echo:
    """Stands in for the dialogue: repeats what it hears. A test may exchange `respond_with`, and wait with `gate`."""

    def __init__(self) -> None:
        self.heard: list[Incoming] = []
        self.respond_with: Callable[[Incoming], Awaitable[Turn]] = self._echo

    def __call__(self) -> Dialogue:
        return cast("Dialogue", self)

    async def respond(self, message: Incoming) -> Turn:
        self.heard.append(message)
        return await self.respond_with(message)

    async def settled(self, conversation: UUID | None = None) -> None:
        pass

    def welcome(self) -> Turn:
        return said("Chào bạn")

    def despite_flood(self, message: Incoming) -> Turn | None:
        return said("Gọi 114 ngay", Kind.EMERGENCY) if "cháy" in message.text else None

    def emergency(self, text: str) -> Turn | None:
        return said("Gọi 114 ngay", Kind.EMERGENCY) if "cháy" in text else None

    async def remember_emergency(self, message: Incoming) -> None:
        self.heard.append(message)

    async def _echo(self, message: Incoming) -> Turn:
        if "cháy" in message.text:
            return said("Gọi 114 ngay", Kind.EMERGENCY)
        return said(f"↩ {message.payload or message.text or message.shared}")


@dataclass
class Rig:
    """What one process has; `beside` makes another on the same database."""

    database: Database
    url: str
    channel: FakeChannel
    dialogue: Callable[[], Dialogue]
    identities: Identities
    number: int
    clock: Callable[[], datetime] = now
    seconds: Callable[[], float] = lambda: 0.0
    clerk_stays: timedelta = timedelta(minutes=30)
    burst: int = 1000
    worker_id: UUID = field(default_factory=uuid4)
    pictures: Pictures | None = None

    def __post_init__(self) -> None:
        database, sealer = self.database, SEALER
        self.bell = Doorbell(database, self.url)
        self.inbox, self.outbox = Inbox(database, sealer), Outbox(database, sealer)
        self.leases, self.contacts = Leases(database), Contacts(database, sealer)
        self.workers = Workers(database)
        self.posting = Posting({self.number: self.channel}, self.outbox)
        staff = StaffMember(self.number, STAFF, self.digest(STAFF))
        self.alerts = Alerts([staff], self.posting, self.clock)
        self.intake = Intake(self.inbox, self.identities, self.bell, lambda text: "cháy" in text or "chay" in text)

    @classmethod
    async def of(cls, database: Database, url: str, channel: FakeChannel, **parts: Any) -> Rig:
        number = await Accounts(database).number(channel.account.channel, channel.account.id)
        parts = {"dialogue": Echo(), **parts}
        return cls(database, url, channel, identities=await identities_of(database, SEALER), number=number, **parts)

    def digest(self, user: str) -> bytes:
        return self.identities.digest(str(self.channel.account), user)

    def turns(self) -> Turns:
        return Turns(
            dialogue=self.dialogue,
            contacts=self.contacts,
            residents=Residents(self.database, SEALER, has_open_form),
            records=Records(self.database),
            outbox=self.outbox,
            posting=self.posting,
            identities=self.identities,
            limiter=RateLimiter(60, self.burst, self.seconds),
            clock=self.clock,
            clerk_stays=self.clerk_stays,
            pictures=self.pictures or Pictures({self.number: self.channel}, Cleaning()),
            photos=Photos(self.database, SEALER),
        )

    def worker(self, at_once: int = 8) -> Worker:
        return Worker(
            worker=self.worker_id,
            database=self.database,
            inbox=self.inbox,
            workers=self.workers,
            turns=self.turns(),
            accounts={self.number: self.channel.account},
            bell=self.bell,
            sorry=said(SORRY),
            alerts=self.alerts,
            at_once=at_once,
            posted=lambda _account: self.bell.ring_here("outbox"),
        )

    def sender(self, clock: Callable[[], float], gate: Gate | None = None) -> Sender:
        return Sender(
            worker=self.worker_id,
            account=self.number,
            adapter=self.channel,
            outbox=self.outbox,
            leases=self.leases,
            contacts=self.contacts,
            bell=self.bell,
            alerts=self.alerts,
            wall_clock=self.clock,
            clock=clock,
            gate=gate,
        )

    def notices(self) -> Notices:
        return Notices(
            database=self.database,
            sealer=SEALER,
            contacts=self.contacts,
            posting=self.posting,
            accounts=[self.number],
            bell=self.bell,
            posted=lambda _account: None,
        )

    async def take(self, *events: Event) -> None:
        await self.intake.take(self.channel.account, self.number, events)
        await self.intake.settled()

    async def post(
        self, user: str, text: str, lane: Lane = Lane.REPLY, *, key: str | None = None, kind: Kind = Kind.ANSWER
    ) -> None:
        to = Addressee(self.number, self.digest(user), user, None)
        replies = [Reply(kind=kind, text=text)]
        await self.posting.post(to, replies, key or f"p{next(_numbers)}", lane=lane)


@contextmanager
def migrated(postgres_url: str) -> Iterator[str]:
    """A new database for the tests of one module; yields its URL."""

    async def migrate() -> None:
        database = Database(url)
        await database.migrate()
        await database.close()

    with new_database(postgres_url) as url:
        asyncio.run(migrate())
        yield url


@asynccontextmanager
async def emptied(url: str) -> AsyncIterator[Database]:
    """The database of a module for one test, which finds it empty: quicker than a new one."""
    database = Database(url)
    async with database.sessions.begin() as session:
        tables = await session.scalar(_TABLES)
        await session.execute(text("SET LOCAL session_replication_role = replica"))  # else the audit log refuses
        await session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    yield database
    await database.close()


async def answered(worker: Worker) -> None:
    """Have all events answered that are due, and those that become due by it."""
    async with asyncio.timeout(_LONGEST_WAIT):
        while True:
            took = await worker._took_some()
            if worker._under_way:
                await asyncio.wait(worker._under_way)
            elif not took:
                return


async def delivered(sender: Sender) -> float:
    """Send and note all that is due; return for how long the sender would wait now."""
    async with asyncio.timeout(_LONGEST_WAIT):
        while True:
            before = len(sender._outcomes)
            wait = await sender._step()
            if sender._under_way:
                await asyncio.wait(sender._under_way)
            some = len(sender._outcomes) > before
            await sender._settle()
            if wait > 0 and not some:
                return wait


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(_LONGEST_WAIT):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.005)


def most_within(times: Iterable[float], seconds: float) -> int:
    """Return the most of these moments that lie in any window of so many seconds, which excludes its end."""
    ordered = sorted(times)
    return max((sum(1 for one in ordered if begin <= one < begin + seconds) for begin in ordered), default=0)
