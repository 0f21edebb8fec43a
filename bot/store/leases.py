"""Which worker sends for an account now, and whether it may.

One worker at a time sends for an account, so that one budget is kept whatever the number of workers. It holds the
account for a few seconds and renews that; when it dies, another takes over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text, update

from bot.store.database import Database
from bot.store.tables import AccountRow

LEASE: Final = timedelta(seconds=3)
_HOLD: Final = text("""
    -- Hold or renew the account for :worker, if nobody else holds it.
    WITH before AS (SELECT id, sender, lease_until FROM account WHERE id = :account FOR UPDATE)
    UPDATE account SET sender = :worker, lease_until = now() + :lease FROM before
    WHERE account.id = before.id
      AND (before.sender IS NULL OR before.sender = :worker OR before.lease_until < now()
           OR before.lease_until > now() + 2 * :lease)  -- the clock was set back
    RETURNING before.sender IS DISTINCT FROM :worker AS taken_over,
              EXTRACT(EPOCH FROM account.paused_until - now()) AS paused, account.halted IS NOT NULL AS halted
""")
_ABANDON: Final = text("""
    -- What the sender before had under way is perhaps sent: it is never sent again.
    -- Its words are kept for a while: a sender that was only slow may still say that it was surely not sent.
    UPDATE outbox SET state = 'unknown', reason = 'the sender died', settled_at = now()
    WHERE account_id = :account AND state = 'sending' AND worker IS DISTINCT FROM :worker
    RETURNING id
""")
_LEAVE: Final = text("""
    UPDATE account SET sender = NULL, lease_until = now() WHERE id = :account AND sender = :worker
""")


@dataclass(frozen=True)
class Lease:
    """That a worker holds an account. `taken_over`: it did not before. `abandoned` messages of others became unknown.

    `paused`: seconds for which nothing may be sent yet. `halted`: the account was refused when it was last tried.
    """

    taken_over: bool
    paused: float
    abandoned: int = 0
    halted: bool = False


class Leases:
    """Holds accounts for workers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hold(self, account: int, worker: UUID) -> Lease | None:
        """Hold the account for some seconds more; None when another worker holds it."""
        values = {"account": account, "worker": worker, "lease": LEASE}
        async with self._database.sessions.begin() as session:
            row = (await session.execute(_HOLD, values)).first()
            if row is None:
                return None
            abandoned = len((await session.execute(_ABANDON, values)).all())
            return Lease(row.taken_over, max(0.0, float(row.paused or 0)), abandoned, row.halted)

    async def leave(self, account: int, worker: UUID) -> None:
        """Let another worker hold the account."""
        async with self._database.sessions.begin() as session:
            await session.execute(_LEAVE, {"account": account, "worker": worker})

    async def pause(self, account: int, until: datetime, halted: str | None = None) -> None:
        """Send nothing before `until`, whoever sends; `halted` says why an administrator must act."""
        paused: dict[str, Any] = {"paused_until": func.greatest(AccountRow.paused_until, until)}
        if halted is not None:
            paused["halted"] = halted
        pausing = update(AccountRow).where(AccountRow.id == account).values(**paused)
        async with self._database.sessions.begin() as session:
            await session.execute(pausing)

    async def healed(self, account: int) -> None:
        """Note that the account is no longer refused."""
        async with self._database.sessions.begin() as session:
            await session.execute(
                update(AccountRow)
                .where(AccountRow.id == account, AccountRow.halted.is_not(None))
                .values(halted=None, paused_until=None)
            )

    async def halted(self) -> dict[str, str]:
        """Return the accounts that need an administrator, and why."""
        async with self._database.sessions() as session:
            rows = await session.execute(
                select(AccountRow.channel, AccountRow.name, AccountRow.halted).where(AccountRow.halted.is_not(None))
            )
            return {f"{channel}:{name}": str(why) for channel, name, why in rows}
