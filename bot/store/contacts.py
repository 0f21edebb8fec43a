"""Contacts: a resident on one account of a channel, their conversation, and whether they may be written to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, func, select, text, update

from bot.store.campaign_marks import mark_stopped
from bot.store.database import Database
from bot.store.sealing import SealedDataError, Sealer
from bot.store.tables import ContactRow, SubscriptionRow

OPTIONS_STAY: Final = timedelta(days=3)
"""How long the numbers in a message that nobody asked for in the moment mean its choices."""
_MEET: Final = text("""
    -- Note that a contact did something; makes it the first time. Returns it as it was before, which is looked at
    -- first because the rest asks for its number: a row that the same statement has written would not be found.
    WITH before AS (
        SELECT id, conversation_id, stopped_at, clerk_until, greeted_at, last_seen_at, options
        FROM contact WHERE account_id = :account AND digest = :digest FOR UPDATE
    ), met AS (
        INSERT INTO contact (account_id, digest, sealed, conversation_id)
        SELECT CAST(:account AS smallint), CAST(:digest AS bytea), CAST(:sealed AS bytea), CAST(:conversation AS uuid)
        FROM (SELECT count(*) FROM before) AS looked
        ON CONFLICT (account_id, digest) DO UPDATE SET last_seen_at = now(), stopped_at = NULL
        RETURNING id, conversation_id
    )
    SELECT met.id, met.conversation_id, before.stopped_at, before.clerk_until,
           before.greeted_at,
           before.options, before.last_seen_at > now() - interval '1 hour' AS recent
    FROM met LEFT JOIN before ON before.id = met.id
""")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Contact:
    """A contact as it was before what it did just now. `options`: payloads of the choices numbered last."""

    id: int
    conversation: UUID
    stopped_at: datetime | None
    clerk_until: datetime | None
    greeted_at: datetime | None
    options: tuple[str, ...]


@dataclass(frozen=True)
class Reachable:
    """Where a conversation can be written to: account and the channel's user id."""

    contact: int
    account_id: int
    digest: bytes
    user: str
    last_seen_at: datetime


class Contacts:
    """Meets, stops and finds contacts."""

    def __init__(self, database: Database, sealer: Sealer, clock: Callable[[], datetime] = _now) -> None:
        """`clock` tells how long ago the last message of a campaign was when somebody leaves."""
        self._database = database
        self._sealer = sealer
        self._clock = clock

    async def met(self, account_id: int, digest: bytes, user: str) -> Contact:
        """Note that a resident did something, which makes an end of an earlier stop; return them as they were."""
        values = {
            "account": account_id,
            "digest": digest,
            "sealed": self._sealer.seal(user.encode("utf-8", "surrogatepass")),
            "conversation": uuid4(),
        }
        async with self._database.sessions.begin() as session:
            return self._contact((await session.execute(_MEET, values)).one())

    async def stop(self, account_id: int, digest: bytes) -> bool:
        """Note that a resident left or blocked us: nothing may be sent, and what they subscribed to ends."""
        where = (ContactRow.account_id == account_id, ContactRow.digest == digest, ContactRow.stopped_at.is_(None))
        stopping = update(ContactRow).where(*where).values(stopped_at=func.now())
        async with self._database.sessions.begin() as session:
            gone = (await session.execute(stopping.returning(ContactRow.conversation_id, ContactRow.id))).first()
            if gone is None:
                return False
            conversation = gone.conversation_id
            await mark_stopped(session, conversation, self._clock(), gone.id)
            others = select(ContactRow.id).where(
                ContactRow.conversation_id == conversation, ContactRow.stopped_at.is_(None)
            )
            if (await session.execute(others.limit(1))).first() is None:
                ending = update(SubscriptionRow).where(
                    SubscriptionRow.conversation_id == conversation, SubscriptionRow.stopped_at.is_(None)
                )
                await session.execute(ending.values(stopped_at=func.now()))
            return True

    async def taken_over(self, account_id: int, digest: bytes, until: datetime) -> None:
        """Note that an official talks with the resident: the assistant is silent until then, save in an emergency."""
        where = (ContactRow.account_id == account_id, ContactRow.digest == digest)
        async with self._database.sessions.begin() as session:
            await session.execute(update(ContactRow).where(*where).values(clerk_until=until))

    async def conversation_of(self, contact: int) -> UUID | None:
        """Return whose conversation a contact has now; None when the contact was erased."""
        async with self._database.sessions() as session:
            return await session.scalar(select(ContactRow.conversation_id).where(ContactRow.id == contact))

    async def greeted(self, contact: int) -> None:
        """Note that the resident was welcomed."""
        async with self._database.sessions.begin() as session:
            await session.execute(update(ContactRow).where(ContactRow.id == contact).values(greeted_at=func.now()))

    async def offer(self, contact: int, options: tuple[str, ...], stay: timedelta | None = None) -> None:
        """Remember the payloads of choices that stand numbered in the last reply; none forgets earlier ones.

        They count for an hour after the resident was last there, and for as long as they `stay`.
        """
        until = self._clock() + stay if stay else None
        sealed = offered(self._sealer, options, until) if options else None
        async with self._database.sessions.begin() as session:
            await session.execute(update(ContactRow).where(ContactRow.id == contact).values(options=sealed))

    async def forget(self, account_id: int, digest: bytes) -> UUID | None:
        """Delete a contact; return the conversation that was theirs."""
        async with self._database.sessions.begin() as session:
            where = (ContactRow.account_id == account_id, ContactRow.digest == digest)
            row = await session.scalar(select(ContactRow).where(*where).with_for_update())
            if row is None:
                return None
            await session.delete(row)
            return row.conversation_id

    async def of_numbers(self, contacts: Sequence[int], accounts: Sequence[int]) -> list[Reachable]:
        """Return where these contacts can be written to, those on other accounts and those that left aside.

        Raises `SealedDataError`.
        """
        these = (ContactRow.id.in_(contacts), ContactRow.account_id.in_(accounts), ContactRow.stopped_at.is_(None))
        async with self._database.sessions() as session:
            return [self._reachable(row) for row in await session.scalars(select(ContactRow).where(*these))]

    async def reachable(self, conversation: UUID, accounts: Sequence[int]) -> Reachable | None:
        """Return on which of these accounts the conversation was last active and may be written to.

        Raises `SealedDataError`.
        """
        theirs = (ContactRow.conversation_id == conversation, ContactRow.account_id.in_(accounts))
        last = (
            select(ContactRow)
            .where(*theirs, ContactRow.stopped_at.is_(None))
            .order_by(ContactRow.last_seen_at.desc())
            .limit(1)
        )
        async with self._database.sessions() as session:
            row = await session.scalar(last)
        return self._reachable(row) if row is not None else None

    def _reachable(self, row: ContactRow) -> Reachable:
        user = self._sealer.open(row.sealed).decode("utf-8", "surrogatepass")
        return Reachable(row.id, row.account_id, row.digest, user, row.last_seen_at)

    def _contact(self, row: Row[Any]) -> Contact:
        return Contact(
            row.id,
            row.conversation_id,
            row.stopped_at,
            row.clerk_until,
            row.greeted_at,
            self._options(row.options, recent=bool(row.recent)),
        )

    def _options(self, sealed: bytes | None, *, recent: bool) -> tuple[str, ...]:
        if sealed is None:
            return ()
        try:
            content = self._sealer.open_json(sealed)
            until = content.get("until")
            if not recent and (until is None or datetime.fromisoformat(until) < self._clock()):
                return ()
            return tuple(map(str, content["options"]))
        except SealedDataError:  # numbers are then no choices
            return ()


def offered(sealer: Sealer, options: Sequence[str], until: datetime | None) -> bytes:
    """Return, sealed, the payloads of choices that stand numbered in a message; one that nobody asked for in the
    moment is read later, so its numbers mean something until a time."""
    return sealer.seal_json({"options": list(options), "until": until.isoformat() if until else None})
