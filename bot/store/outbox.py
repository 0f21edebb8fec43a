"""The outbox: each message is sent once, or it is said why not. One that was perhaps sent is never sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, select, text

from bot.store.database import Database
from bot.store.sealing import SealedDataError, Sealer
from bot.store.tables import OutboxRow


class Lane(IntEnum):
    """What goes first when not everything can go at once."""

    EMERGENCY = 0
    REPLY = 1
    NOTICE = 2  # an official's answer, a change of a report
    CAMPAIGN = 3


class OutboxState(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    SENDING = "sending"  # handed to the channel, whose answer is not there yet
    SENT = "sent"
    FAILED = "failed"  # surely not sent, and will not be
    SKIPPED = "skipped"  # not tried: the resident left, or more of their message came
    UNKNOWN = "unknown"  # perhaps sent


_PUT: Final = text("""
    -- Store messages; one under a key that is there already is left as it is.
    INSERT INTO outbox (account_id, key, lane, resident, conversation_id, sealed, provisional, due_at)
    SELECT account_id, key, lane, resident, conversation_id, sealed, provisional, now() + wait FROM unnest(
        CAST(:accounts AS smallint[]), CAST(:keys AS text[]), CAST(:lanes AS smallint[]), CAST(:residents AS bytea[]),
        CAST(:conversations AS uuid[]), CAST(:sealed AS bytea[]), CAST(:provisional AS boolean[]),
        CAST(:waits AS interval[]))
        AS new (account_id, key, lane, resident, conversation_id, sealed, provisional, wait)
    ON CONFLICT (account_id, key) DO NOTHING
    RETURNING id
""")
_BY_INDEX: Final = text("""
    -- A plan is kept that was made while the outbox was empty: it would read all of it ever after.
    SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
        set_config('enable_mergejoin', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)
""")
_CLAIM: Final = text("""
    -- Claim what may be sent now: by lane, then in order. Nothing overtakes an earlier message to the same resident
    -- in its own lane or a better one. Only the worker that holds the account may claim.
    WITH due AS (
        SELECT o.id FROM outbox o
        WHERE o.account_id = :account AND o.state = 'waiting' AND o.due_at <= now() AND o.lane <= :lowest
          AND (:gated OR o.recipient_id IS NULL)
          AND o.resident <> ALL(CAST(:held AS bytea[]))
          AND COALESCE((  -- not NOT EXISTS: that would be planned as a join of everything with everything
              SELECT false FROM outbox e WHERE e.account_id = o.account_id AND e.resident = o.resident
                AND e.state IN ('waiting', 'sending') AND e.lane <= o.lane AND e.id < o.id LIMIT 1), true)
          AND EXISTS (SELECT 1 FROM account a WHERE a.id = :account AND a.sender = :worker AND a.lease_until > now())
        ORDER BY o.lane, o.id LIMIT :most FOR UPDATE OF o SKIP LOCKED
    )
    UPDATE outbox SET state = 'sending', worker = :worker, tries = tries + 1 FROM due WHERE outbox.id = due.id
    RETURNING outbox.id, outbox.lane, outbox.resident, outbox.sealed, outbox.tries, outbox.conversation_id,
        outbox.recipient_id,
        EXTRACT(EPOCH FROM now() - outbox.created_at) AS age
""")
_SETTLE: Final = text("""
    -- What became of messages. Whoever was taken for dead may still tell what it knows of an unknown one.
    -- Nothing waits again for a resident who has left meanwhile.
    UPDATE outbox SET state = v.state, reason = v.reason, message = v.message,
        worker = CASE WHEN v.state = 'unknown' THEN outbox.worker END,
        tries = outbox.tries - v.uncounted, due_at = now() + v.wait,
        settled_at = CASE WHEN v.state = 'waiting' THEN NULL ELSE now() END,
        sealed = CASE WHEN v.state = 'waiting' THEN outbox.sealed END
    FROM (
        SELECT told.id, told.reason, told.message, told.wait, told.uncounted,
            CASE WHEN told.state = 'waiting' AND EXISTS (
                SELECT 1 FROM outbox o LEFT JOIN contact c ON c.account_id = o.account_id AND c.digest = o.resident
                WHERE o.id = told.id AND (c.stopped_at IS NOT NULL OR (o.sealed IS NULL AND o.recipient_id IS NULL)))
            THEN 'skipped' ELSE told.state END AS state
        FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
                    CAST(:messages AS text[]), CAST(:waits AS interval[]), CAST(:uncounted AS smallint[]))
            AS told (id, state, reason, message, wait, uncounted)
    ) AS v
    WHERE outbox.id = v.id
      AND (outbox.state IN ('sending', 'unknown') AND outbox.worker = :worker)
    RETURNING outbox.id
""")
_TRIED_LATELY: Final = text("""
    SELECT EXTRACT(EPOCH FROM now() - settled_at) FROM outbox
    WHERE account_id = :account AND settled_at > now() - :window AND state IN ('sent', 'failed', 'unknown')
    ORDER BY settled_at DESC LIMIT :most
""")
_SKIP: Final = text("""
    UPDATE outbox SET state = 'skipped', reason = :reason, sealed = NULL, settled_at = now()
    WHERE account_id = :account AND resident = :resident AND state = 'waiting' RETURNING id
""")
_TAKE_BACK: Final = text("""
    -- Drop replies to an unfinished line whose next line has come, and what was kept of it for officials.
    WITH gone AS (
        DELETE FROM outbox o WHERE account_id = :account AND resident = :resident AND state = 'waiting' AND provisional
            AND created_at > now() - :soon
            AND EXISTS (  -- none of its parts has left
                SELECT 1 FROM outbox f WHERE f.account_id = o.account_id AND f.state = 'waiting'
                  AND f.key = regexp_replace(o.key, ':[0-9]+$', '') || '\\:0')
        RETURNING conversation_id, created_at
    ), unkept AS (
        DELETE FROM letter USING gone WHERE letter.conversation_id = gone.conversation_id
          AND letter.at = gone.created_at AND letter.state = 'received'
    )
    SELECT count(*) FROM gone
""")
_SOON: Final = timedelta(seconds=8)
"""So long a short line is remembered as the beginning of the next; a reply held up for longer stands."""
_OPEN: Final = ("waiting", "sending", "unknown")
_DUE: Final = text("""
    SELECT 1 FROM outbox WHERE account_id = ANY(:accounts) AND lane <= 1 AND due_at <= now()
      AND state IN ('waiting', 'sending') LIMIT 1
""")
_EMERGENCY_WAITS: Final = text("""
    SELECT 1 FROM outbox WHERE account_id = :account AND resident = :resident AND lane = 0 AND state = 'waiting' LIMIT 1
""")
_NOTE: Final = {
    column: text(f"""
        UPDATE outbox SET {column} = COALESCE({column}, now())
        WHERE account_id = :account AND message = ANY(:messages) AND resident = :resident RETURNING id
    """)  # noqa: S608
    for column in ("delivered_at", "read_at")
}


@dataclass(frozen=True)
class NewMessage:
    """A message to be sent: under which key, in which lane, to whom, and what.

    `content` is {"user": the channel's id, "seen": when they were last there, "part": what the adapter sends}. `wait`:
    not before so long from now. `provisional`: it is taken back if the resident's next line comes before it is sent.
    """

    account_id: int
    key: str
    lane: Lane
    resident: bytes
    conversation: UUID | None
    content: dict[str, Any]
    wait: timedelta = timedelta()
    provisional: bool = False


@dataclass(frozen=True)
class Claimed:
    """A message that this worker sends. `tries` counts this one.

    `recipient`: the row of a campaign's ledger that it is of; what it says stands there, and `sealed` is None. Else it
    is None when the words were erased meanwhile.
    """

    id: int
    lane: Lane
    resident: bytes
    sealed: bytes | None
    tries: int
    conversation: UUID | None
    age: float = 0.0  # seconds since it was put into the outbox
    recipient: int | None = None


@dataclass(frozen=True)
class Settled:
    """What became of a message; `wait`: when it waits again, for how long.

    `counts`: whether that was a try. What was held up for the account's sake is not used up by it.
    """

    id: int
    state: OutboxState
    reason: str | None = None
    message: str | None = None
    wait: timedelta = timedelta()
    counts: bool = True


class Outbox:
    """Stores messages, hands them out and notes what became of them."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def put(self, messages: Sequence[NewMessage]) -> int:
        """Store messages in their order; return how many were new."""
        if not messages:
            return 0
        values = {
            "accounts": [one.account_id for one in messages],
            "keys": [one.key for one in messages],
            "lanes": [int(one.lane) for one in messages],
            "residents": [one.resident for one in messages],
            "conversations": [one.conversation for one in messages],
            "sealed": [self._sealer.seal_json(one.content) for one in messages],
            "provisional": [one.provisional for one in messages],
            "waits": [one.wait for one in messages],
        }
        async with self._database.sessions.begin() as session:
            return len((await session.execute(_PUT, values)).all())

    async def claim(
        self,
        account: int,
        worker: UUID,
        most: int,
        *,
        held: Sequence[bytes] = (),
        lowest: Lane = Lane.CAMPAIGN,
        gated: bool = False,
    ) -> list[Claimed]:
        """Claim up to `most` messages to send them now, none to residents in `held`, none of a lane below `lowest`.

        `gated`: those of a campaign's ledger too, which are to be judged before the transaction ends.
        """
        values = {
            "account": account,
            "worker": worker,
            "most": most,
            "held": list(held),
            "lowest": int(lowest),
            "gated": gated,
        }
        async with self._database.sessions.begin() as session:
            await session.execute(_BY_INDEX)
            rows = await session.execute(_CLAIM, values)
            return sorted((_claimed(row) for row in rows), key=lambda one: (one.lane, one.id))

    def opened(self, message: Claimed) -> dict[str, Any]:
        """Return the content of a message. Raises `SealedDataError`, also when its words were erased."""
        if message.sealed is None:
            raise SealedDataError
        return self._sealer.open_json(message.sealed)

    async def settle(self, worker: UUID, settled: Sequence[Settled]) -> int:
        """Note what became of messages that this worker claimed; return how many that was news of."""
        values = {
            "worker": worker,
            "ids": [one.id for one in settled],
            "states": [one.state.value for one in settled],
            "reasons": [one.reason for one in settled],
            "messages": [one.message for one in settled],
            "waits": [one.wait for one in settled],
            "uncounted": [int(not one.counts) for one in settled],
        }
        async with self._database.sessions.begin() as session:
            await session.execute(_BY_INDEX)
            return len((await session.execute(_SETTLE, values)).all())

    async def tried_lately(self, account: int, seconds: float, most: int) -> list[float]:
        """Return how many seconds ago the account's last messages were done with, whoever sent them, oldest first.

        At most `most` of those that are not older than `seconds`; each was begun no later than that.
        """
        async with self._database.sessions() as session:
            ages = await session.scalars(
                _TRIED_LATELY, {"account": account, "window": timedelta(seconds=seconds), "most": most}
            )
            return sorted((float(age) for age in ages), reverse=True)

    async def skip(self, account: int, resident: bytes, reason: str) -> int:
        """Skip all that waits for a resident; return how many messages that were."""
        async with self._database.sessions.begin() as session:
            values = {"account": account, "resident": resident, "reason": reason}
            return len((await session.execute(_SKIP, values)).all())

    async def due(self, accounts: Sequence[int]) -> bool:
        """Whether a reply waits that may be sent now."""
        async with self._database.sessions() as session:
            return (await session.execute(_DUE, {"accounts": list(accounts)})).first() is not None

    async def emergency_waits(self, account: int, resident: bytes) -> bool:
        """Whether the reply to an emergency still waits to be sent to a resident."""
        async with self._database.sessions() as session:
            values = {"account": account, "resident": resident}
            return (await session.execute(_EMERGENCY_WAITS, values)).first() is not None

    async def take_back(self, account: int, resident: bytes) -> int:
        """Take back the replies to an unfinished line, now that the next one is there; return how many."""
        async with self._database.sessions.begin() as session:
            return int(await session.scalar(_TAKE_BACK, {"account": account, "resident": resident, "soon": _SOON}) or 0)

    async def delivered(self, account: int, resident: bytes, messages: Sequence[str]) -> None:
        """Note that messages, by the channel's ids, have reached the resident."""
        await self._note("delivered_at", account, resident, messages)

    async def read(self, account: int, resident: bytes, messages: Sequence[str]) -> None:
        """Note that messages, by the channel's ids, were read."""
        await self._note("read_at", account, resident, messages)

    async def _note(self, column: str, account: int, resident: bytes, messages: Sequence[str]) -> None:
        async with self._database.sessions.begin() as session:
            values = {"account": account, "resident": resident, "messages": list(messages)}
            await session.execute(_NOTE[column], values)

    async def counts(self) -> dict[str, int]:
        """Return how many messages there are of each state. Reads the whole table."""
        return await self._counted(tuple(map(str, OutboxState)))

    async def open_counts(self) -> dict[str, int]:
        """Return how many messages wait, are being sent, and are unknown."""
        return await self._counted(_OPEN)

    async def _counted(self, states: tuple[str, ...]) -> dict[str, int]:
        counting = select(OutboxRow.state, func.count()).where(OutboxRow.state.in_(states)).group_by(OutboxRow.state)
        async with self._database.sessions() as session:
            rows = (await session.execute(counting)).all()
        return {**dict.fromkeys(states, 0), **{row[0]: row[1] for row in rows}}


def _claimed(row: Row[Any]) -> Claimed:
    return Claimed(
        row.id,
        Lane(row.lane),
        row.resident,
        row.sealed,
        row.tries,
        row.conversation_id,
        float(row.age),
        row.recipient_id,
    )
