"""The log of what the staff did. It only grows; each row's digest covers the row before, so that no row can be changed,
taken out or put in between without the rest of the log saying so.

What is noted must be free of secrets and of residents' words: codes, names of fields, numbers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Database
from bot.store.staff_tables import AuditRow

_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(1140004)")
_BEGINNING: Final = bytes(32)
_AT_ONCE: Final = 1000
_DAY: Final = timedelta(days=1)


async def note(
    session: AsyncSession,
    *,
    staff_id: int | None,
    who: str,
    act: str,
    subject: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note an act in the caller's transaction: with it, it happens or does not.

    Writers wait here for one another until the transaction ends, so call it last in the transaction: whoever holds the
    log and then waits for a row that another writer holds ends both in a deadlock. `details`: JSON without fractions,
    which a database may write otherwise than it got them. Raises `TypeError` for others.
    """
    await session.execute(_ONE_AT_A_TIME)
    before = await session.scalar(select(AuditRow.digest).order_by(AuditRow.id.desc()).limit(1))
    at: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    row = {
        "at": at,
        "staff_id": staff_id,
        "who": _storable(who),
        "act": _storable(act),
        "subject": None if subject is None else _storable(subject),
        "details": _plain(details or {}),
    }
    await session.execute(insert(AuditRow).values(**row, digest=_digest(before or _BEGINNING, **row)))


@dataclass(frozen=True)
class Entry:
    """A row of the log."""

    id: int
    at: datetime
    staff_id: int | None
    who: str
    act: str
    subject: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True)
class LogFilter:
    """Which rows are wanted. `who`: exactly; `subject`: exactly or, when it ends in ":", what begins so."""

    who: str | None = None
    act: str | None = None
    subject: str | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Check:
    """What a look at the whole log found. `broken`: the first row that does not fit the one before."""

    rows: int
    last_id: int | None
    last_digest: bytes
    broken: int | None


class Audit:
    """Reads the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: LogFilter, *, before: int | None = None, size: int = 50) -> Sequence[Entry]:
        """Return rows, newest first, older than the row `before`. Days are days of Viet Nam."""
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(size)
        if before is not None:
            query = query.where(AuditRow.id < before)
        if wanted.who:
            query = query.where(AuditRow.who == wanted.who)
        if wanted.act:
            query = query.where(AuditRow.act == wanted.act)
        if wanted.subject and wanted.subject.endswith(":"):
            query = query.where(AuditRow.subject.startswith(wanted.subject, autoescape=True))
        elif wanted.subject:
            query = query.where(AuditRow.subject == wanted.subject)
        if wanted.first:
            query = query.where(AuditRow.at >= _begin_of(wanted.first))
        if wanted.last:
            query = query.where(AuditRow.at < _begin_of(wanted.last) + _DAY)
        async with self._database.sessions() as session:
            return [_entry(row) for row in await session.scalars(query)]

    async def acts(self) -> Sequence[str]:
        """Return the names of all acts that were ever noted, in order."""
        async with self._database.sessions() as session:
            return list(await session.scalars(select(AuditRow.act).distinct().order_by(AuditRow.act)))

    async def check(self) -> Check:
        """Work through the whole log and say whether each row fits the one before.

        That the newest rows were cut off cannot be seen from the rest: compare `rows` and `last_digest` with what an
        earlier check printed.
        """
        rows, last, digest = 0, 0, _BEGINNING
        while True:
            query = select(AuditRow).where(AuditRow.id > last).order_by(AuditRow.id).limit(_AT_ONCE)
            async with self._database.sessions() as session:
                page = list(await session.scalars(query))
            if not page:
                return Check(rows, last or None, digest, None)
            for row in page:
                if not hmac.compare_digest(bytes(row.digest), _digest_of(digest, row)):
                    return Check(rows, last or None, digest, row.id)
                rows, last, digest = rows + 1, row.id, bytes(row.digest)


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) - timedelta(hours=7)


def _entry(row: AuditRow) -> Entry:
    return Entry(row.id, row.at, row.staff_id, row.who, row.act, row.subject, row.details)


def _digest_of(before: bytes, row: AuditRow) -> bytes:
    return _digest(
        before,
        at=row.at,
        staff_id=row.staff_id,
        who=row.who,
        act=row.act,
        subject=row.subject,
        details=row.details,
    )


def _digest(before: bytes, *, at: datetime, **row: object) -> bytes:
    """SHA-256 of the digest before and of the row as JSON with sorted keys."""
    content = {**row, "at": at.astimezone(UTC).isoformat(timespec="microseconds")}
    written = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(before + written.encode("ascii")).digest()


def _storable(words: str) -> str:
    """The words without what PostgreSQL cannot store: NUL and halves of surrogate pairs."""
    return words.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """The value as the database will give it back."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return _storable(str(value))
    if isinstance(value, Mapping):
        return {_storable(str(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    raise TypeError(f"the log takes words, whole numbers, lists and mappings, not {type(value).__name__}")
