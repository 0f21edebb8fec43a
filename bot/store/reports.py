"""Residents' reports: kept, followed through their life, told of at every step.

Each change happens in one transaction: the state by the one table, the happening in the report's story, the deadline,
what the residents are told, and the log of what the staff did. Of two who change a report at once, the second one
finds it changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.deadlines import Deadlines
from bot.feedback.lifecycle import FOR_MTTQ, TRANSITIONS, Act, Hat, State, TransitionError
from bot.feedback.reports import RESIDENT, Actor, Happening, NewReport, Report
from bot.feedback.telling import WRITTEN
from bot.store.conversations import note_seen
from bot.store.database import Database
from bot.store.receipts import as_code, new_code
from bot.store.report_acts import Doing, attach, changed, demand_words, happened, log
from bot.store.report_claiming import claim, unclaim
from bot.store.report_doing import carry_out
from bot.store.report_errors import (
    AgencyMissingError,
    ClaimedError,
    EvidenceMissingError,
    MergeError,
    ModerationError,
    PhotoGoneError,
    ReasonMissingError,
    ReportError,
    StaleReportError,
    TextMissingError,
    UnknownReportError,
)
from bot.store.report_holding import Held, held, held_alone, holding
from bot.store.report_moderation import moderate, restore
from bot.store.report_overdue import Overdue, note_overdue
from bot.store.report_rows import happenings_in, reports_in
from bot.store.report_sending import insert_report
from bot.store.report_support import support
from bot.store.report_tables import ReportRow
from bot.store.report_telling import tell
from bot.store.sealing import Sealer

__all__ = [
    "AgencyMissingError",
    "ClaimedError",
    "EvidenceMissingError",
    "MergeError",
    "ModerationError",
    "PhotoGoneError",
    "ReasonMissingError",
    "ReportError",
    "Reports",
    "StaleReportError",
    "TextMissingError",
    "TransitionError",
    "UnknownReportError",
]

_SYSTEM: Final = Actor(hat=Hat.SYSTEM, who="")


def _now() -> datetime:
    return datetime.now(UTC)


class Reports:
    """Keeps reports and what happens to them."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        deadlines: Deadlines,
        make_code: Callable[[], str] = new_code,
        *,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._deadlines = deadlines
        self._make_code = make_code
        self._clock = clock

    async def send(self, new: NewReport) -> str:
        """Store what a resident sends with its photos, and return the code of the receipt.

        Raises `ValueError` for a contact without consent, and `PhotoGoneError`.
        """
        at = self._clock()
        async with self._database.sessions.begin() as session:
            if new.conversation is not None:
                await note_seen(session, new.conversation, new.channel)
            row = await insert_report(session, self._sealer, self._deadlines, new, at=at, make_code=self._make_code)
            states = (State.RECEIVED, State.RECEIVED)
            event = await happened(session, row, "sent", RESIDENT, at, states=states, public=True)
            await attach(session, row, event, new.photos, Hat.RESIDENT, owner=new.conversation)
            return row.code

    async def by_code(self, typed: str) -> Report | None:
        """Return the report whose receipt somebody typed; None alike for a wrong code and for what is no code."""
        return await self._one(ReportRow.code == (as_code(typed) or ""))

    async def by_id(self, report_id: int) -> Report | None:
        """Return a report by its number; None where there is none."""
        return await self._one(ReportRow.id == report_id)

    async def of(self, conversation: UUID) -> list[Report]:
        """Return the reports that came from a conversation, newest first; anonymous ones come from none."""
        theirs = select(ReportRow).where(ReportRow.conversation_id == conversation)
        async with self._database.sessions() as session:
            return await reports_in(session, theirs.order_by(ReportRow.created_at.desc(), ReportRow.id.desc()))

    async def to_reply(self) -> list[Report]:
        """Return the reports that wait for a reply of MTTQ itself, newest first."""
        states = [state.value for state, act in TRANSITIONS if act is Act.REPLY]
        wanted = select(ReportRow).where(
            ReportRow.state.in_(states),
            ReportRow.kind.in_([kind.value for kind in FOR_MTTQ]),
            ReportRow.due_hat == Hat.MTTQ.value,  # not one that an agency is to answer
        )
        async with self._database.sessions() as session:
            return await reports_in(session, wanted.order_by(ReportRow.created_at.desc(), ReportRow.id.desc()))

    async def happenings(self, report_id: int, *, public_only: bool) -> list[Happening]:
        """Return what happened to a report, oldest first; `public_only`: as its resident may see it."""
        async with self._database.sessions() as session:
            return await happenings_in(session, report_id, public_only=public_only)

    async def act(
        self,
        report_id: int,
        act: Act,
        by: Actor,
        text: str = "",
        *,
        version: int | None = None,
        photos: Sequence[UUID] = (),
        agency_id: int | None = None,
        into: int | None = None,
        details: Mapping[str, str] | None = None,
    ) -> Report:
        """Do something with a report and return it as it is then; `version` is the one that was read, if any.

        FORWARD needs `agency_id`, MERGE `into` and a text, REJECT a text and in `details` a "reason", ANSWER and REPLY
        a text, CLOSE a text and evidence: photos, or in `details` the document under "evidence". Raises
        `UnknownReportError`, `TransitionError`, `StaleReportError` and the other errors of this module.
        """
        doing = Doing(
            act=act,
            by=by,
            at=self._clock(),
            text=text.strip(),
            photos=photos,
            agency_id=agency_id,
            details=details or {},
        )

        async def do(session: AsyncSession) -> Report:
            holds = await held(session, report_id, into)
            _fresh(holds.report, version)
            await carry_out(session, self._sealer, self._deadlines, holds, doing, into=into)
            return await _as_it_is(session, report_id)

        return await holding(self._database, do)

    async def add(
        self, report_id: int, text: str, by: Actor, photos: Sequence[UUID] = (), *, public: bool = True
    ) -> Report:
        """Add words or photos: of the resident, a note among officials (`public` False), or words to the resident.

        Raises `UnknownReportError`, `TextMissingError`, `PhotoGoneError`, and `TransitionError` for one that was
        withdrawn, and for a resident who adds to an emptied one.
        """
        kind = "added" if by.hat is Hat.RESIDENT else WRITTEN if public else "noted"
        if not (text := text.strip()) and (not photos or kind == WRITTEN):
            raise TextMissingError
        at = self._clock()

        async def do(session: AsyncSession) -> Report:
            holds = await held(session, report_id)
            row = holds.report
            if by.hat is Hat.RESIDENT or row.state == State.WITHDRAWN.value:  # officials may note what is still to say
                demand_words(row)
            if by.hat is Hat.AGENCY and by.agency_id != row.agency_id:
                raise TransitionError("the report is not with this agency")
            shown = public or by.hat is Hat.RESIDENT
            event = await happened(session, row, kind, by, at, text=text, public=shown)
            await attach(session, row, event, photos, by.hat)
            changed(row, at)
            if by.hat is Hat.RESIDENT and (head := holds.others.get(row.duplicate_of or 0)):
                await happened(session, head, "duplicate_added", _SYSTEM, at, details={"of": row.code})
                changed(head, at)
            if kind == WRITTEN:
                own = Held(row, {}, frozenset())
                await tell(session, self._sealer, own, kind, by=by.hat, at=at, text=text)
            await log(session, by, f"report {kind}", row)
            return await _as_it_is(session, report_id)

        return await holding(self._database, do)

    async def withdraw(self, report_id: int) -> Report:
        """Withdraw a report for its resident; its words and photos are deleted."""
        return await self.act(report_id, Act.WITHDRAW, RESIDENT)

    async def claim(
        self, report_id: int, staff_id: int, *, take_over: bool = False, giver: int | None = None
    ) -> Report:
        """Note who works on a report; `giver`: the member of the staff who hands it over to them.

        Raises `UnknownReportError`, and `ClaimedError` unless `take_over`.
        """

        async def do(session: AsyncSession, row: ReportRow, at: datetime) -> None:
            await claim(session, row, staff_id, at, take_over=take_over, giver=giver)

        return await self._alone(report_id, do)

    async def unclaim(self, report_id: int, staff_id: int) -> Report:
        """Note that nobody works on a report any more; whoever says so."""

        async def do(session: AsyncSession, row: ReportRow, at: datetime) -> None:
            await unclaim(session, row, staff_id, at)

        return await self._alone(report_id, do)

    async def moderate(self, report_id: int, field: str, new_text: str, reason: str, by: Actor) -> Report:
        """Change the "text" or "where_text" that officials read, or hide a "photo" whose id is `new_text`.

        The original is kept, sealed. Raises `UnknownReportError`, `TextMissingError` without a reason, and
        `ModerationError`.
        """
        text, why = new_text.strip(), reason.strip()

        async def do(session: AsyncSession, row: ReportRow, at: datetime) -> None:
            await moderate(session, self._sealer, row, field=field, new_text=text, reason=why, by=by, at=at)
            changed(row, at)
            await log(session, by, "report moderated", row, field=field)

        return await self._alone(report_id, do)

    async def restore_original(self, report_id: int, moderation_id: int, reason: str, by: Actor) -> Report:
        """Put back what `moderate` changed or hid, for a reason; `moderation_id` as `Originals` lists it.

        Raises as `moderate` does, also when the original is gone or stands there already, and `SealedDataError`.
        """

        async def do(session: AsyncSession, row: ReportRow, at: datetime) -> None:
            field = await restore(session, self._sealer, row, moderation_id, reason=reason.strip(), by=by, at=at)
            changed(row, at)
            await log(session, by, "report original restored", row, field=field)

        return await self._alone(report_id, do)

    async def support(self, report_id: int, conversation: UUID, channel: str = "web") -> bool:
        """Count "me too"; False when the resident has said so before, or sent the report or one merged into it.

        What is said of a merged report counts for its head. Raises `UnknownReportError`, and `TransitionError` when
        nobody works on the report any more.
        """

        async def do(session: AsyncSession) -> bool:
            await note_seen(session, conversation, channel)
            return await support(session, report_id, conversation, self._clock())

        return await holding(self._database, do)

    async def contact(self, report_id: int, by: Actor) -> str | None:
        """Return how the resident may be reached, None when they left nothing; that somebody looked is logged.

        Raises `UnknownReportError` and `SealedDataError`.
        """

        async def do(session: AsyncSession) -> str | None:
            row = await held_alone(session, report_id)
            if row.contact is None:
                return None
            opened = self._sealer.open(row.contact).decode("utf-8", "surrogatepass")
            await happened(session, row, "contact_seen", by, self._clock())
            await log(session, by, "report contact seen", row)
            return opened

        return await holding(self._database, do)

    async def note_overdue(self, now: datetime | None = None) -> Overdue:
        """Note whose deadline has passed; a report whose resident did not reply is for MTTQ to close then."""
        return await note_overdue(self._database, self._deadlines, now or self._clock())

    async def _alone(
        self, report_id: int, do: Callable[[AsyncSession, ReportRow, datetime], Awaitable[None]]
    ) -> Report:
        """Do something with a report of which nobody is told; return it as it is then."""

        async def doing(session: AsyncSession) -> Report:
            await do(session, await held_alone(session, report_id), self._clock())
            return await _as_it_is(session, report_id)

        return await holding(self._database, doing)

    async def _one(self, condition: ColumnElement[bool]) -> Report | None:
        async with self._database.sessions() as session:
            return next(iter(await reports_in(session, select(ReportRow).where(condition))), None)


def _fresh(row: ReportRow, version: int | None) -> None:
    if version is not None and row.version != version:
        raise StaleReportError


async def _as_it_is(session: AsyncSession, report_id: int) -> Report:
    await session.flush()
    [report] = await reports_in(session, select(ReportRow).where(ReportRow.id == report_id))
    return report
