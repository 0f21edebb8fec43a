"""The inbox: events are stored first and answered after, each once, those of one resident in order.

A worker takes events and writes its name on them; what a turn does and that the event is done are one transaction, in
which the event must still be the worker's. So an event that a process died with is taken again, and its effects are
there once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, select, text

from bot.store.database import Database
from bot.store.sealing import Sealer
from bot.store.tables import InboxRow

MOST_TRIES: Final = 3
"""An event whose turn raised so many times is set aside."""
MOST_WAITING: Final = 300
"""So many events of one resident may wait; further ones are dropped, save emergencies."""
MOST_DEATHS: Final = 5
"""An event that was in the hands of so many processes that died is set aside, unless it is an emergency."""

_RECEIPTS: Final = frozenset({"delivered", "read", "other"})
_PUT: Final = text("""
    -- Store events; one that is there already is left as it is. Of a resident of whom so many wait already, nothing
    -- but emergencies is stored: a flood must not make the line long for others.
    INSERT INTO inbox (account_id, key, kind, resident, urgent, sealed)
    SELECT new.account_id, new.key, new.kind, new.resident, new.urgent, new.sealed FROM unnest(
        CAST(:accounts AS smallint[]), CAST(:keys AS text[]), CAST(:kinds AS text[]), CAST(:residents AS bytea[]),
        CAST(:urgent AS boolean[]), CAST(:sealed AS bytea[]))
        AS new (account_id, key, kind, resident, urgent, sealed)
    WHERE new.urgent OR new.resident IS NULL OR (
        SELECT count(*) FROM (
            SELECT 1 FROM inbox w WHERE w.resident = new.resident AND w.state = 'waiting' LIMIT :flood) AS line
        ) < :flood
    ON CONFLICT (account_id, key) DO NOTHING
    RETURNING id
""")
_TAKE: Final = text("""
    -- Take the events that are first in line of their resident. An emergency waits for other emergencies of the same
    -- resident only: whoever floods with them holds up nobody else's.
    WITH due AS (
        SELECT i.id FROM inbox i
        WHERE i.state = 'waiting' AND i.worker IS NULL AND i.due_at <= now() AND i.account_id = ANY(:accounts)
          AND NOT EXISTS (
              SELECT 1 FROM inbox e WHERE e.state = 'waiting' AND e.resident = i.resident AND e.id < i.id
                AND e.urgent = i.urgent)
        ORDER BY i.urgent DESC, i.id LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE inbox SET worker = :worker, tries = tries + 1 FROM due WHERE inbox.id = due.id
    RETURNING inbox.id, inbox.account_id, inbox.kind, inbox.resident, inbox.urgent, inbox.sealed, inbox.tries,
              inbox.received_at
""")
_FINISH: Final = text("""
    -- Done, if the event is still this worker's. Its words are emptied.
    UPDATE inbox SET state = 'done', sealed = NULL, worker = NULL, done_at = now(), error = NULL
    WHERE id = :id AND worker = :worker AND state = 'waiting' RETURNING id
""")
_GIVE_BACK: Final = text("""
    -- Not done: due again later, or set aside after too many tries.
    UPDATE inbox SET worker = NULL, error = :error, due_at = now() + :wait,
        tries = CASE WHEN :blameless THEN tries - 1 ELSE tries END,
        state = CASE WHEN NOT :blameless AND tries >= :most THEN 'set_aside' ELSE 'waiting' END
    WHERE id = :id AND worker = :worker AND state = 'waiting' RETURNING state
""")
_RELEASE: Final = text("""
    -- Free what processes hold that are dead: not seen for a while. A row that is locked is in the transaction of its
    -- turn: waiting for that would keep the one who frees from saying that it lives itself.
    WITH dead AS (
        SELECT id FROM inbox
        WHERE state = 'waiting' AND worker IS NOT NULL
          AND worker NOT IN (SELECT id FROM worker WHERE seen_at > now() - :silence)
        FOR UPDATE SKIP LOCKED
    )
    UPDATE inbox SET worker = NULL FROM dead WHERE inbox.id = dead.id
    RETURNING inbox.id
""")


@dataclass(frozen=True)
class NewEvent:
    """An event to be stored: its account, key and kind, whose it is (a digest), and what it says."""

    account_id: int
    key: str
    kind: str
    resident: bytes | None
    urgent: bool
    content: dict[str, Any]


@dataclass(frozen=True)
class TakenEvent:
    """An event that a worker holds. `tries` counts this one."""

    id: int
    account_id: int
    kind: str
    resident: bytes | None
    urgent: bool
    sealed: bytes
    tries: int
    received_at: datetime


@dataclass(frozen=True)
class SetAside:
    """An event that could not be answered, as staff see it."""

    id: int
    account_id: int
    kind: str
    received_at: datetime
    error: str
    content: dict[str, Any]


class LostEventError(Exception):
    """The event is no longer this worker's: another one has it, or it is done."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Inbox:
    """Stores events and hands them out."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self.stored = 0
        """How many events this process has stored that lead to turns, new ones or not."""

    async def put(self, events: Sequence[NewEvent]) -> int:
        """Store events in one transaction; return how many were new."""
        values = {
            "accounts": [one.account_id for one in events],
            "keys": [one.key for one in events],
            "kinds": [one.kind for one in events],
            "residents": [one.resident for one in events],
            "urgent": [one.urgent for one in events],
            "sealed": [self._sealer.seal_json(one.content) for one in events],
            "flood": MOST_WAITING,
        }
        async with self._database.sessions() as session:
            # One statement is a transaction by itself; BEGIN and COMMIT would be trips that a channel waits for.
            await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            new = len((await session.execute(_PUT, values)).all())
        self.stored += sum(one.kind not in _RECEIPTS for one in events)
        return new

    async def take(self, worker: UUID, accounts: Sequence[int], most: int) -> list[TakenEvent]:
        """Take up to `most` events of these accounts, emergencies first, then in the order in which they came."""
        async with self._database.sessions.begin() as session:
            rows = await session.execute(_TAKE, {"worker": worker, "accounts": list(accounts), "most": most})
            return sorted((_taken(row) for row in rows), key=lambda one: (not one.urgent, one.id))

    def opened(self, event: TakenEvent) -> dict[str, Any]:
        """Return what an event says. Raises `SealedDataError`."""
        return self._sealer.open_json(event.sealed)

    async def finish(self, event: TakenEvent, worker: UUID) -> None:
        """Note an event as done. To be called inside the transaction of its turn. Raises `LostEventError`."""
        async with self._database.sessions.begin() as session:
            if (await session.execute(_FINISH, {"id": event.id, "worker": worker})).first() is None:
                raise LostEventError

    async def give_back(
        self, event: TakenEvent, worker: UUID, *, error: str, wait: timedelta, blameless: bool = False
    ) -> bool:
        """Put an event back whose turn failed; True when it was set aside now.

        `blameless`: it was not the event's fault, such as a database that went away; the try does not count.
        """
        values = {
            "id": event.id,
            "worker": worker,
            "error": error,
            "wait": wait,
            "blameless": blameless,
            "most": MOST_TRIES,
        }
        async with self._database.sessions.begin() as session:
            return bool(await session.scalar(_GIVE_BACK, values) == "set_aside")

    async def release_dead(self, silence: timedelta) -> int:
        """Free the events of workers that were not seen for so long; return how many."""
        async with self._database.sessions.begin() as session:
            return len((await session.execute(_RELEASE, {"silence": silence})).all())

    async def counts(self) -> dict[str, int]:
        """Return how many events wait and are set aside."""
        async with self._database.sessions() as session:
            rows = await session.execute(
                select(InboxRow.state, func.count())
                .where(InboxRow.state.in_(("waiting", "set_aside")))
                .group_by(InboxRow.state)
            )
            return {"waiting": 0, "set_aside": 0, **{state: number for state, number in rows}}  # noqa: C416

    async def set_aside(self) -> list[SetAside]:
        """Return the events that were set aside, oldest first. Raises `SealedDataError`."""
        async with self._database.sessions() as session:
            rows = await session.scalars(select(InboxRow).where(InboxRow.state == "set_aside").order_by(InboxRow.id))
            return [
                SetAside(
                    row.id,
                    row.account_id,
                    row.kind,
                    row.received_at,
                    row.error or "",
                    self._sealer.open_json(row.sealed) if row.sealed else {},
                )
                for row in rows
            ]

    async def try_again(self, event: int) -> bool:
        """Let an event that was set aside be tried anew; False when there is no such event."""
        return await self._of_set_aside(event, "state = 'waiting', tries = 0, due_at = now(), error = NULL")

    async def drop(self, event: int) -> bool:
        """Give an event up that was set aside; its words are emptied. False when there is no such event."""
        return await self._of_set_aside(event, "state = 'done', sealed = NULL, done_at = now()")

    async def _of_set_aside(self, event: int, change: str) -> bool:
        changing = text(f"UPDATE inbox SET {change} WHERE id = :id AND state = 'set_aside' RETURNING id")  # noqa: S608
        async with self._database.sessions.begin() as session:
            return (await session.execute(changing, {"id": event})).first() is not None


def _taken(row: Row[Any]) -> TakenEvent:
    return TakenEvent(
        row.id, row.account_id, row.kind, row.resident, row.urgent, row.sealed, row.tries, row.received_at
    )
