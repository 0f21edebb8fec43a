"""The ledger of quotas: what a channel said is left, and what we count ourselves where it does not say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.store.database import Database
from bot.store.tables import QuotaRow


@dataclass(frozen=True)
class Quota:
    """How much is left of a quota of an account, None where that was not said, as of `read_at`."""

    kind: str
    remaining: int | None
    total: int | None
    read_at: datetime


class Quotas:
    """Reads and writes the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, account: int, quota: Quota) -> None:
        """Keep what was said of a quota, unless something newer is kept already."""
        said = insert(QuotaRow).values(
            account_id=account,
            kind=quota.kind,
            remaining=quota.remaining,
            total=quota.total,
            read_at=quota.read_at,
        )
        said = said.on_conflict_do_update(
            index_elements=["account_id", "kind"],
            set_={
                "remaining": said.excluded.remaining,
                "total": said.excluded.total,
                "read_at": said.excluded.read_at,
            },
            where=QuotaRow.read_at <= said.excluded.read_at,
        )
        async with self._database.sessions.begin() as session:
            await session.execute(said)

    async def spend(self, account: int, kind: str, total: int, at: datetime, *, since: datetime) -> bool:
        """Take one from a quota that nobody but us counts, and which begins with `total`; False when none is left.

        `since`: when its period began; what was counted before is over.
        """
        taken = insert(QuotaRow).values(account_id=account, kind=kind, remaining=total - 1, total=total, read_at=at)
        taken = taken.on_conflict_do_update(
            index_elements=["account_id", "kind"],
            set_={
                "remaining": case((QuotaRow.read_at < since, total - 1), else_=QuotaRow.remaining - 1),
                "total": total,
                "read_at": taken.excluded.read_at,
            },
            where=or_(QuotaRow.remaining > 0, QuotaRow.read_at < since),
        )
        async with self._database.sessions.begin() as session:
            return (await session.execute(taken.returning(QuotaRow.remaining))).first() is not None

    async def give_back(self, account: int, kind: str) -> None:
        """Return one that was taken and not used."""
        theirs = (QuotaRow.account_id == account, QuotaRow.kind == kind, QuotaRow.remaining < QuotaRow.total)
        async with self._database.sessions.begin() as session:
            await session.execute(update(QuotaRow).where(*theirs).values(remaining=QuotaRow.remaining + 1))

    async def drop(self, account: int, kind: str) -> None:
        """Keep nothing of a quota any more."""
        async with self._database.sessions.begin() as session:
            await session.execute(delete(QuotaRow).where(QuotaRow.account_id == account, QuotaRow.kind == kind))

    async def every(self, account: int) -> tuple[Quota, ...]:
        """Return all that is kept for an account, by kind."""
        theirs = select(QuotaRow).where(QuotaRow.account_id == account).order_by(QuotaRow.kind)
        async with self._database.sessions() as session:
            rows = (await session.scalars(theirs)).all()
        return tuple(Quota(row.kind, row.remaining, row.total, row.read_at) for row in rows)
