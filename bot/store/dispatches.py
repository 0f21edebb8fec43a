"""Dispatches: a report on its way to an agency, and the link behind which the agency reads and answers it.

Delivery is an axis of its own beside the report's state: a report that was forwarded stays so while its mail waits,
fails or is opened. Of the link's key only the digest is stored; the key itself is kept sealed for as long as it may
still have to be written somewhere. Whether a link works follows from the report as it is now, so a withdrawal or an
erasure ends it in the same moment, whoever did it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.lifecycle import Hat
from bot.store import dispatch_statements as sql
from bot.store.database import Database
from bot.store.report_tables import ReportEventRow
from bot.store.sealing import Sealer

LINK_DAYS: Final = 60
LEASE: Final = timedelta(minutes=15)
"""Longer than any try to send can last: whoever is not back by then has died with it."""
_KEY_BYTES: Final = 32
_KEY_SIGNS: Final = 43

Due = tuple[Hat, datetime]
"""Whose turn it is, and until when."""


class DispatchState(StrEnum):
    """How far a report has come on its way to an agency."""

    WAITING = "waiting"  # for its mail to be sent
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"  # surely not sent, and not tried again unasked
    UNKNOWN = "unknown"  # perhaps sent
    HANDED_OVER = "handed_over"  # printed
    OPENED = "opened"  # by a person
    DECLINED = "declined"  # the agency says that it is not theirs
    ANSWERED = "answered"
    REVOKED = "revoked"


class Way(StrEnum):
    """How a report goes to an agency."""

    EMAIL = "email"
    EXPORT = "export"


DISPATCH_STATES: Final[Mapping[DispatchState, str]] = {
    DispatchState.WAITING: "Chờ gửi thư",
    DispatchState.SENDING: "Đang gửi thư",
    DispatchState.SENT: "Đã gửi thư",
    DispatchState.FAILED: "Không gửi được thư",
    DispatchState.UNKNOWN: "Không rõ thư đã tới chưa",
    DispatchState.HANDED_OVER: "Phiếu giấy, giao tận nơi",
    DispatchState.OPENED: "Cơ quan đã mở",
    DispatchState.DECLINED: "Cơ quan báo không thuộc thẩm quyền",
    DispatchState.ANSWERED: "Cơ quan đã trả lời",
    DispatchState.REVOKED: "Đường dẫn đã thu hồi",
}
WAYS: Final[Mapping[Way, str]] = {Way.EMAIL: "Gửi thư điện tử", Way.EXPORT: "In phiếu chuyển để giao tận nơi"}
_DONE: Final = frozenset({DispatchState.ANSWERED, DispatchState.DECLINED, DispatchState.REVOKED})


class GoneError(Exception):
    """The link stands no more: the report was withdrawn, closed or sent elsewhere, or it was answered already."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, kw_only=True)
class Dispatch:
    """A dispatch as stored.

    `shown`: whoever holds the link may read. `acting`: they may also take up and answer. `printable`: the key is still
    there, so that the link can be written down once more.
    """

    id: int
    report_id: int
    agency_id: int
    agency_name: str
    email: str | None
    staff_id: int
    staff_name: str
    way: Way
    state: DispatchState
    note: str
    created_at: datetime
    expires_at: datetime
    tries: int
    error: str | None
    sent_at: datetime | None
    opened_at: datetime | None
    answered_at: datetime | None
    shown: bool
    acting: bool
    printable: bool


@dataclass(frozen=True)
class Link:
    """A dispatch that was made or given a new link, and the key of that link."""

    dispatch_id: int
    key: str


def _new_key() -> str:
    return secrets.token_urlsafe(_KEY_BYTES)


class Dispatches:
    """Keeps dispatches and the keys of their links."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        make_key: Callable[[], str] = _new_key,
    ) -> None:
        """`make_key` makes 256 random bits in 43 URL-safe signs."""
        self._database = database
        self._sealer = sealer
        self._make_key = make_key

    async def put(self, report_id: int, agency_id: int, staff_id: int, way: Way, note: str) -> Link:
        """Store a dispatch and end the links of the report's earlier ones.

        The report's row must be held by the transaction in which this happens, as `Reports.act` does.
        """
        key = self._make_key()
        values = {
            "report": report_id,
            "agency": agency_id,
            "staff": staff_id,
            "way": way.value,
            "state": _first_state(way).value,
            "digest": digest_of(key),
            "sealed": self._sealer.seal(key.encode("ascii")),
            "note": note,
            "stays": timedelta(days=LINK_DAYS),
        }
        async with self._database.sessions.begin() as session:
            await session.execute(sql.REVOKE_OTHERS, {"report": report_id})
            return Link(int((await session.execute(sql.PUT, values)).scalar_one()), key)

    async def of(self, report_id: int) -> list[Dispatch]:
        """Return the dispatches of a report, newest first."""
        async with self._database.sessions() as session:
            return [_dispatch(row) for row in (await session.execute(sql.OF, {"report": report_id})).all()]

    async def by_id(self, dispatch_id: int) -> Dispatch | None:
        """Return a dispatch."""
        async with self._database.sessions() as session:
            row = (await session.execute(sql.BY_ID, {"id": dispatch_id})).first()
        return _dispatch(row) if row else None

    async def behind(self, key: str) -> Dispatch | None:
        """Return the dispatch whose link has this key, whether it still stands or not; None for any other text."""
        if len(key) != _KEY_SIGNS or not key.isascii():
            return None
        digest = digest_of(key)
        async with self._database.sessions() as session:
            row = (await session.execute(sql.BY_KEY, {"digest": digest})).first()
        # The index finds it by a digest, of which an attacker cannot choose a beginning; the rest is compared evenly.
        return _dispatch(row) if row and hmac.compare_digest(bytes(row.key_digest), digest) else None

    async def key_of(self, dispatch_id: int) -> str | None:
        """Return the key while it is kept, so that the link can be written into a mail or onto paper."""
        async with self._database.sessions() as session:
            row = (await session.execute(sql.BY_ID, {"id": dispatch_id})).first()
        return self._sealer.open(bytes(row.key_sealed)).decode("ascii") if row and row.key_sealed else None

    async def opened(self, one: Dispatch) -> bool:
        """Note that a person of the agency has opened it, the first time; whether that is news."""
        async with self._database.sessions.begin() as session:
            await _hold(session, one.report_id)
            news = (await session.execute(sql.OPEN, {"id": one.id})).first() is not None
            if news:
                _happened(session, _Of.dispatch(one), "link_opened", Hat.AGENCY)
            return news

    async def demand_standing(self, one: Dispatch) -> None:
        """Raise `GoneError` when the link ended meanwhile. The report's row must be held by the transaction."""
        async with self._database.sessions() as session:
            row = (await session.execute(sql.BY_ID, {"id": one.id})).first()
        if row is None or not _dispatch(row).acting:
            raise GoneError

    async def end(self, one: Dispatch, state: DispatchState, due: Due | None = None) -> None:
        """Note that the agency has answered, which the report says already, or declined.

        `due`: whose turn it is then, where the report does not say so already. Raises `GoneError` when that is not
        possible any more.
        """
        states = ["answered"] if state is DispatchState.ANSWERED else ["forwarded", "handling"]
        async with self._database.sessions.begin() as session:
            await _hold(session, one.report_id)
            values = {"id": one.id, "state": state.value, "report_states": states}
            if (await session.execute(sql.END, values)).first() is None:
                raise GoneError
            await _turn(session, one.report_id, due)

    async def note(
        self,
        one: Dispatch,
        kind: str,
        hat: Hat,
        words: str,
        *,
        details: Mapping[str, str] | None = None,
        staff_id: int | None = None,
    ) -> None:
        """Add to the story of the report what residents are not told."""
        async with self._database.sessions.begin() as session:
            _happened(session, _Of.dispatch(one), kind, hat, words, details=details, staff_id=staff_id)

    async def again(self, one: Dispatch, staff_id: int, *, same_link: bool, due: Due | None = None) -> Link:
        """Send or hand over once more, with the link as it was if the key is still kept, otherwise with a new one.

        `due`: whose turn it is then, where that changes. Raises `GoneError` when the dispatch has changed meanwhile or
        was revoked.
        """
        key = (await self.key_of(one.id) if same_link else None) or self._make_key()
        if one.state is DispatchState.REVOKED:
            raise GoneError
        values = {
            "id": one.id,
            "before": one.state.value,
            "state": _first_state(one.way).value,
            "digest": digest_of(key),
            "sealed": self._sealer.seal(key.encode("ascii")),
            "stays": timedelta(days=LINK_DAYS),
        }
        async with self._database.sessions.begin() as session:
            await _hold(session, one.report_id)
            if (await session.execute(sql.AGAIN, values)).first() is None:
                raise GoneError
            await _turn(session, one.report_id, due)
            kind = "resent" if same_link else "link_renewed"
            _happened(session, _Of.dispatch(one), kind, Hat.MTTQ, staff_id=staff_id)
        return Link(one.id, key)

    async def claim(self) -> Dispatch | None:
        """Claim one mail that is due, so that nobody else sends it; None when there is none."""
        async with self._database.sessions.begin() as session:
            claimed = (await session.execute(sql.CLAIM, {"lease": LEASE})).scalar()
        return None if claimed is None else await self.by_id(claimed)

    async def settle(
        self, one: Dispatch, state: DispatchState, kind: str | None, *, error: str | None = None, wait: timedelta
    ) -> bool:
        """Note what became of a claimed mail, and with `kind` add it to the report's story; whether it was news."""
        values = {"id": one.id, "tries": one.tries, "state": state.value, "error": error, "wait": wait}
        async with self._database.sessions.begin() as session:
            await _hold(session, one.report_id)
            row = (await session.execute(sql.SETTLE, values)).first()
            if row is not None and kind is not None:
                _happened(session, _Of.dispatch(one), kind, Hat.SYSTEM, error or "")
            return row is not None

    async def tidy(self, lost: str) -> list[int]:
        """Give up what nobody sends any more; return the dispatches whose sender died. `lost` is what is told."""
        async with self._database.sessions.begin() as session:
            await session.execute(sql.DROP)
        async with self._database.sessions() as session:
            found = (await session.execute(sql.LOST)).all()
        return [one.id for one in found if await self._lose(one.id, one.report_id, lost)]

    async def _lose(self, dispatch_id: int, report_id: int, lost: str) -> bool:
        async with self._database.sessions.begin() as session:
            await _hold(session, report_id)
            row = (await session.execute(sql.LOSE, {"id": dispatch_id, "error": lost})).first()
            if row is not None:
                _happened(session, _Of(row.report_id, row.agency_id, dispatch_id), "mail_unknown", Hat.SYSTEM, lost)
            return row is not None


def digest_of(key: str) -> bytes:
    """What is stored of a key: as it has 256 random bits, one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode("ascii")).digest()


def _first_state(way: Way) -> DispatchState:
    return DispatchState.WAITING if way is Way.EMAIL else DispatchState.HANDED_OVER


async def _hold(session: AsyncSession, report_id: int) -> None:
    """Hold the report first, as everybody does who changes one: then its dispatches wait in one order for all."""
    await session.execute(sql.HOLD, {"report": report_id})


async def _turn(session: AsyncSession, report_id: int, due: Due | None) -> None:
    if due is not None:
        await session.execute(sql.TURN, {"report": report_id, "hat": due[0].value, "due": due[1]})


@dataclass(frozen=True)
class _Of:
    """To what something happened."""

    report_id: int
    agency_id: int
    dispatch_id: int

    @classmethod
    def dispatch(cls, one: Dispatch) -> _Of:
        return cls(one.report_id, one.agency_id, one.id)


def _happened(
    session: AsyncSession,
    of: _Of,
    kind: str,
    hat: Hat,
    words: str = "",
    *,
    details: Mapping[str, str] | None = None,
    staff_id: int | None = None,
) -> None:
    session.add(
        ReportEventRow(
            report_id=of.report_id,
            agency_id=of.agency_id,
            staff_id=staff_id,
            kind=kind,
            hat=hat.value,
            text=words,
            public=False,
            details={**(details or {}), "dispatch": str(of.dispatch_id)},
        )
    )


def _dispatch(row: Row[Any]) -> Dispatch:
    state = DispatchState(row.state)
    return Dispatch(
        id=row.id,
        report_id=row.report_id,
        agency_id=row.agency_id,
        agency_name=row.agency_name,
        email=row.email,
        staff_id=row.staff_id,
        staff_name=row.staff_name,
        way=Way(row.way),
        state=state,
        note=row.note,
        created_at=row.created_at,
        expires_at=row.expires_at,
        tries=row.tries,
        error=row.error,
        sent_at=row.sent_at,
        opened_at=row.opened_at,
        answered_at=row.answered_at,
        shown=row.shown,
        acting=row.shown and row.report_state in {"forwarded", "handling"} and state not in _DONE,
        printable=row.key_sealed is not None,
    )
