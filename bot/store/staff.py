"""Accounts of the staff, and what counts against guessing their passwords. Knows no way to hash or to check one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import Select, case, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.audit import note
from bot.store.database import Database
from bot.store.sealing import Sealer
from bot.store.staff_tables import StaffRow, StaffSessionRow

FREE_TRIES: Final = 5
_FIRST_LOCK: Final = timedelta(minutes=15)
_LONGEST_LOCK: Final = timedelta(hours=4)
_FORGOTTEN_AFTER: Final = timedelta(days=1)
_MOST_FAILURES: Final = 100
ADMINISTRATOR: Final = "administrator"


class StaffError(Exception):
    """An account cannot be made or changed."""


class LoginTakenError(StaffError):
    """There is an account with this login."""


class LastAdministratorError(StaffError):
    """Without this one nobody could manage the accounts in the console any more."""


@dataclass(frozen=True)
class Author:
    """Who changes an account, as the log names them. `staff_id` None: the command line."""

    staff_id: int | None
    who: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account as stored, without its secrets."""

    id: int
    login: str
    name: str
    position: str
    roles: tuple[str, ...]
    places: tuple[str, ...]
    active: bool
    must_change: bool
    has_second_factor: bool
    locked_until: datetime | None
    created_at: datetime
    password_at: datetime


@dataclass(frozen=True)
class Secrets:
    """An account with what is needed to check its password."""

    account: Account
    password: str


@dataclass(frozen=True)
class Attempt:
    """A try that was counted before it was checked. `lock`: the lock that it brings unless it succeeds."""

    staff_id: int
    lock: datetime | None


class Staff:
    """Keeps the accounts. Every change is noted in the log, in the same transaction."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def add(
        self,
        *,
        login: str,
        name: str,
        position: str,
        roles: Sequence[str],
        places: Sequence[str],
        password: str,
        by: Author,
        at: datetime,
    ) -> int:
        """Make an account whose `password`, a hash, must be changed at first; return its number.

        Raises `LoginTakenError`.
        """
        row = StaffRow(
            login=login, name=name, position=position, password=password, roles=list(roles), places=list(places)
        )
        row.password_at = at
        try:
            async with self._database.sessions.begin() as session:
                session.add(row)
                await session.flush()
                details = {"name": name, "roles": list(roles), "places": list(places)}
                await _note(session, by, "staff.add", login, details)
        except IntegrityError:
            raise LoginTakenError from None
        return row.id

    async def every(self) -> list[Account]:
        """Return all accounts, those in use first, by login."""
        async with self._database.sessions() as session:
            rows = await session.scalars(select(StaffRow).order_by(StaffRow.active.desc(), StaffRow.login))
            return [account_of(row) for row in rows]

    async def by_id(self, staff_id: int) -> Account | None:
        """Return an account."""
        async with self._database.sessions() as session:
            row = await session.get(StaffRow, staff_id)
        return account_of(row) if row else None

    async def by_login(self, login: str) -> Account | None:
        """Return the account with a login, which is in small letters."""
        found = await self.secrets(login)
        return found.account if found else None

    async def secrets(self, login: str) -> Secrets | None:
        """Return the account with a login and the hash of its password."""
        async with self._database.sessions() as session:
            row = await session.scalar(select(StaffRow).where(StaffRow.login == login))
        return Secrets(account_of(row), row.password) if row else None

    async def describe(self, staff_id: int, *, name: str, position: str, by: Author) -> None:
        """Change the name and position."""
        await self._change(staff_id, by, "staff.describe", {"name": name}, name=name, position=position)

    async def entitle(
        self, staff_id: int, *, roles: Sequence[str], places: Sequence[str], by: Author, sessions_end: bool = True
    ) -> None:
        """Change the roles and places; all sessions end, so that none goes on with other rights.

        Raises `LastAdministratorError`.
        """
        details = {"roles": list(roles), "places": list(places)}
        await self._change(
            staff_id, by, "staff.entitle", details, sessions_end=sessions_end, roles=list(roles), places=list(places)
        )

    async def switch(self, staff_id: int, *, active: bool, by: Author) -> None:
        """Let an account be used or not; switched off, all its sessions end. Raises `LastAdministratorError`."""
        act = "staff.enable" if active else "staff.disable"
        await self._change(staff_id, by, act, {}, sessions_end=not active, active=active)

    async def give_password(self, staff_id: int, password: str, *, by: Author, at: datetime) -> None:
        """Set a password, a hash, that must be changed at first; all sessions end and a lock is lifted."""
        await self._change(staff_id, by, "staff.reset-password", {}, sessions_end=True, **_one_time(password, at))

    async def take_second_factor(self, staff_id: int, password: str, *, by: Author, at: datetime) -> None:
        """Take the second factor away, to be set up anew, and set a password that must be changed with it.

        Whoever knew the old password only could otherwise set up a second factor of their own.
        """
        values = {**_one_time(password, at), "totp": None, "totp_used": 0}
        await self._change(staff_id, by, "staff.reset-totp", {}, sessions_end=True, **values)

    async def unlock(self, staff_id: int, *, by: Author) -> None:
        """Lift a lock and forget the wrong tries."""
        await self._change(staff_id, by, "staff.unlock", {}, failures=0, locked_until=None)

    async def choose_password(self, staff_id: int, password: str, *, by: Author, at: datetime) -> None:
        """Set the password, a hash, that somebody chose for themselves; all their sessions end."""
        values: dict[str, object] = {"password": password, "password_at": at, "must_change": False}
        await self._change(staff_id, by, "staff.choose-password", {}, sessions_end=True, **values)

    async def rehash(self, staff_id: int, before: str, after: str) -> None:
        """Replace the hash of an unchanged password by a newer one."""
        async with self._database.sessions.begin() as session:
            unchanged = update(StaffRow).where(StaffRow.id == staff_id, StaffRow.password == before)
            await session.execute(unchanged.values(password=after))

    async def attempt(self, login: str, at: datetime) -> Attempt | None:
        """Count a try of a password or code before it is checked; None where the account is unknown, off or locked.

        Counted first, a thousand tries at once are a thousand tries. Wrong tries are forgotten a day after the last
        lock. The fifth brings 15 minutes, each further one twice as much, four hours at most.
        """
        async with self._database.sessions.begin() as session:
            row = await session.scalar(select(StaffRow).where(StaffRow.login == login).with_for_update())
            if row is None or not row.active or (row.locked_until is not None and row.locked_until > at):
                return None
            if row.locked_until is not None and row.locked_until < at - _FORGOTTEN_AFTER:
                row.failures = 0
            row.failures = min(row.failures + 1, _MOST_FAILURES)
            row.locked_until = at + _lock(row.failures) if row.failures >= FREE_TRIES else None
            return Attempt(row.id, row.locked_until)

    async def right(self, attempt: Attempt) -> None:
        """Take a try back that was right. Other tries still count: only a whole sign-in forgets them."""
        async with self._database.sessions.begin() as session:
            lifted = case((StaffRow.locked_until == attempt.lock, None), else_=StaffRow.locked_until)
            counted = update(StaffRow).where(StaffRow.id == attempt.staff_id)
            await session.execute(counted.values(failures=func.greatest(StaffRow.failures - 1, 0), locked_until=lifted))

    async def forget_tries(self, staff_id: int) -> None:
        """Forget wrong tries after a whole sign-in from where the lock holds."""
        async with self._database.sessions.begin() as session:
            await session.execute(update(StaffRow).where(StaffRow.id == staff_id).values(failures=0, locked_until=None))

    async def second_factor(self, staff_id: int) -> bytes | None:
        """Return the secret of the second factor. Raises `SealedDataError`."""
        async with self._database.sessions() as session:
            sealed = await session.scalar(select(StaffRow.totp).where(StaffRow.id == staff_id))
        return None if sealed is None else self._sealer.open(sealed)

    async def set_second_factor(self, staff_id: int, secret: bytes, step: int, *, by: Author) -> bool:
        """Set the second factor where there is none, with the time step of the code that proved it."""
        async with self._database.sessions.begin() as session:
            unset = update(StaffRow).where(StaffRow.id == staff_id, StaffRow.totp.is_(None), StaffRow.active)
            values = unset.values(totp=self._sealer.seal(secret), totp_used=step).returning(StaffRow.login)
            login = await session.scalar(values)
            if login is not None:
                await _note(session, by, "staff.set-totp", login, {})
            return login is not None

    async def use_step(self, staff_id: int, step: int) -> bool:
        """Whether a time step's code may be accepted: each one once, and none before the last."""
        async with self._database.sessions.begin() as session:
            newer = update(StaffRow).where(StaffRow.id == staff_id, StaffRow.totp_used < step, StaffRow.active)
            return await session.scalar(newer.values(totp_used=step).returning(StaffRow.id)) is not None

    async def tell(self, act: str, *, by: Author, login: str, **details: object) -> None:
        """Note what changes no account: a sign-in, a refusal."""
        async with self._database.sessions.begin() as session:
            await _note(session, by, act, login, details)

    async def _change(
        self,
        staff_id: int,
        by: Author,
        act: str,
        details: Mapping[str, object],
        *,
        sessions_end: bool = False,
        **values: object,
    ) -> None:
        async with self._database.sessions.begin() as session:
            others = [] if not _takes_administrator(values) else list(await session.scalars(_administrators()))
            if others == [staff_id]:
                raise LastAdministratorError
            changed = update(StaffRow).where(StaffRow.id == staff_id).values(**values)
            login = await session.scalar(changed.returning(StaffRow.login))
            if login is None:
                raise LookupError(f"no account {staff_id}")
            if sessions_end:
                await session.execute(delete(StaffSessionRow).where(StaffSessionRow.staff_id == staff_id))
            await _note(session, by, act, login, details)


def account_of(row: StaffRow) -> Account:
    """Return a row without its secrets."""
    return Account(
        id=row.id,
        login=row.login,
        name=row.name,
        position=row.position,
        roles=tuple(row.roles),
        places=tuple(row.places),
        active=row.active,
        must_change=row.must_change,
        has_second_factor=row.totp is not None,
        locked_until=row.locked_until,
        created_at=row.created_at,
        password_at=row.password_at,
    )


def _lock(failures: int) -> timedelta:
    doublings: int = min(failures - FREE_TRIES, 10)
    return min(_FIRST_LOCK * (1 << doublings), _LONGEST_LOCK)


def _one_time(password: str, at: datetime) -> dict[str, object]:
    return {"password": password, "password_at": at, "must_change": True, "failures": 0, "locked_until": None}


def _takes_administrator(values: dict[str, object]) -> bool:
    return values.get("active") is False or (
        "roles" in values and ADMINISTRATOR not in cast("list[str]", values["roles"])
    )


def _administrators() -> Select[int]:
    """Those who are left, held so that two of them cannot take each other's rights at once."""
    wanted = select(StaffRow.id).where(StaffRow.active, StaffRow.roles.contains([ADMINISTRATOR]))
    return wanted.order_by(StaffRow.id).with_for_update()


async def _note(session: AsyncSession, by: Author, act: str, login: str, details: Mapping[str, object]) -> None:
    await note(session, staff_id=by.staff_id, who=by.who, act=act, subject=f"staff:{login}", details=details)
