"""Token pairs of accounts whose refresh token may be used only once: sealed, and exchanged by one holder at a time.

What must never happen is that a refresh token is spent and the pair that came for it is lost, or that two processes
spend the same one. So a holder first gets `alone`, notes that it begins (`begin`, committed), asks, and then stores the
new pair (`replace`, committed) before anybody uses it. A note of a beginning that is found by a later holder says that
an earlier one died in between.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Database
from bot.store.sealing import SealedDataError, Sealer
from bot.store.tables import ChannelTokenRow

_LOCKS: Final = 0x70616972  # the advisory locks of this module; the second number is the account's
_MOST_GRANTS: Final = 50


class TokensBusyError(Exception):
    """Another holder has kept the account's tokens to itself for too long."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True)
class TokenPair:
    """An access token with the moment at which it expires, and the refresh token that brings the next pair."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class StoredPair:
    """A stored pair. `version` counts the pairs of the account from 1.

    `refreshing_since`: a refresh began and its end is unknown. `failure`: why the last one was refused.
    """

    pair: TokenPair
    version: int
    refreshed_at: datetime
    refreshing_since: datetime | None
    failure: str | None
    grants: tuple[str, ...] = field(default=(), repr=False)

    def knows(self, refresh: str) -> bool:
        """Whether this refresh token was entered by hand before, or is the stored one."""
        return refresh == self.pair.refresh or digest_of(refresh) in self.grants


def digest_of(token: str) -> str:
    """Return what is kept of a token that was entered by hand, to know it again."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


class ChannelTokens:
    """Keeps one pair for each account, and the pair before it."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    @asynccontextmanager
    async def alone(self, account: int, wait_seconds: float) -> AsyncIterator[None]:
        """Keep every other process from exchanging the account's tokens. Raises `TokensBusyError` after the wait.

        It is an advisory lock of the database, not a lock of the row: the row has to be written, and seen by others,
        while the lock is held. It ends with its holder, even if that is killed.
        """
        async with self._database.sessions.begin() as session:
            await session.execute(text(f"SET LOCAL lock_timeout = {int(wait_seconds * 1000)}"))
            try:
                await session.execute(
                    text("SELECT pg_advisory_xact_lock(:kind, :account)"), {"kind": _LOCKS, "account": account}
                )
            except OperationalError as error:
                raise TokensBusyError from error
            yield

    async def load(self, account: int) -> StoredPair | None:
        """Return what is stored. Raises `SealedDataError`."""
        async with self._database.sessions() as session:
            row = await session.get(ChannelTokenRow, account)
        return self._opened(row) if row else None

    async def put(self, account: int, pair: TokenPair, now: datetime) -> None:
        """Store a pair that a person granted, in the place of any other, even of one that cannot be opened."""
        async with self._database.sessions.begin() as session:
            row = await session.get(ChannelTokenRow, account, with_for_update=True)
            known = self._grants(row) if row else ()
            sealed = self._sealed(pair, (*known, digest_of(pair.refresh))[-_MOST_GRANTS:])
            if row is None:
                row = ChannelTokenRow(account_id=account, version=0, sealed=sealed)
                session.add(row)
            _turn(row, sealed, pair, now)

    async def begin(self, account: int, version: int, now: datetime) -> bool:
        """Note that a refresh of this version begins; an earlier note stays. False when the version is another."""
        async with self._database.sessions.begin() as session:
            row = await self._held(session, account, version)
            if row is not None and row.refreshing_since is None:
                row.refreshing_since = now
            return row is not None

    async def not_begun(self, account: int, version: int) -> None:
        """Take the note of a beginning back, since the refresh token surely was not sent."""
        async with self._database.sessions.begin() as session:
            row = await self._held(session, account, version)
            if row is not None:
                row.refreshing_since = None

    async def replace(self, account: int, version: int, pair: TokenPair, now: datetime) -> bool:
        """Store the pair that came for this version; the old one becomes the previous one. False as in `begin`."""
        async with self._database.sessions.begin() as session:
            row = await self._held(session, account, version)
            if row is not None:
                _turn(row, self._sealed(pair, self._opened(row).grants), pair, now)
            return row is not None

    async def fail(self, account: int, version: int, reason: str) -> bool:
        """Note that the refresh token of this version is refused, and why. False as in `begin`."""
        async with self._database.sessions.begin() as session:
            row = await self._held(session, account, version)
            if row is not None:
                row.failure, row.refreshing_since = reason, None
            return row is not None

    async def _held(self, session: AsyncSession, account: int, version: int) -> ChannelTokenRow | None:
        of_version = select(ChannelTokenRow).where(
            ChannelTokenRow.account_id == account, ChannelTokenRow.version == version
        )
        return (await session.scalars(of_version.with_for_update())).one_or_none()

    def _grants(self, row: ChannelTokenRow) -> tuple[str, ...]:
        try:
            return self._opened(row).grants
        except SealedDataError:
            return ()

    def _sealed(self, pair: TokenPair, grants: tuple[str, ...]) -> bytes:
        return self._sealer.seal_json({"access": pair.access, "refresh": pair.refresh, "grants": list(grants)})

    def _opened(self, row: ChannelTokenRow) -> StoredPair:
        plain: dict[str, Any] = self._sealer.open_json(row.sealed)
        return StoredPair(
            TokenPair(plain["access"], plain["refresh"], row.expires_at),
            row.version,
            row.refreshed_at,
            row.refreshing_since,
            row.failure,
            tuple(plain.get("grants", ())),
        )


def _turn(row: ChannelTokenRow, sealed: bytes, pair: TokenPair, now: datetime) -> None:
    """Make the pair the row's next version."""
    row.previous = row.sealed if row.version else None
    row.sealed = sealed
    row.version += 1
    row.refreshed_at = now
    row.expires_at = pair.expires_at
    row.refreshing_since = None
    row.failure = None
