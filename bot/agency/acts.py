"""What an agency does with a report through its link. Each act and what is noted of the dispatch happen together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.feedback.forwarding import Turn
from bot.feedback.lifecycle import Act, Hat, State
from bot.feedback.photos import Cleaned
from bot.feedback.reports import Actor
from bot.store.database import Database
from bot.store.dispatches import Dispatch, Dispatches, DispatchState, GoneError
from bot.store.photos import Photos
from bot.store.reports import Reports


@dataclass(frozen=True)
class Official:
    """Who fills in the form for the agency, as they say; the link, not the name, is what lets them."""

    name: str
    position: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the agency answers. `number` and `day`: of the document by which it did, if there is one."""

    text: str
    number: str = ""
    day: date | None = None
    photos: Sequence[Cleaned] = ()


class AgencyActs:
    """Takes up, answers, declines and asks on behalf of agencies."""

    def __init__(
        self, database: Database, reports: Reports, dispatches: Dispatches, photos: Photos, turn: Turn
    ) -> None:
        """`turn` says whose turn it is in a state of a report, and until when."""
        self._database = database
        self._reports = reports
        self._dispatches = dispatches
        self._photos = photos
        self._turn = turn

    async def take_up(self, one: Dispatch, by: Official) -> None:
        """Take a report up. Raises `TransitionError` when somebody did already."""
        async with self._database.one_transaction():
            await self._reports.act(one.report_id, Act.TAKE_UP, _actor(one), details=_details(one, by))
            await self._dispatches.demand_standing(one)

    async def answer(self, one: Dispatch, by: Official, answer: Answer, version: int) -> None:
        """Answer a report that was read in this version.

        Raises `TransitionError`, `StaleReportError` when something came to it meanwhile, and `GoneError`.
        """
        details = _details(one, by)
        if answer.number:
            details["document_number"] = answer.number
        if answer.day:
            details["document_date"] = answer.day.isoformat()
        async with self._database.one_transaction():
            photos = [await self._photos.stage(None, photo, Hat.AGENCY) for photo in answer.photos]
            await self._reports.act(
                one.report_id,
                Act.ANSWER,
                _actor(one),
                answer.text,
                version=version,
                photos=photos,
                details=details,
            )
            await self._dispatches.end(one, DispatchState.ANSWERED)

    async def decline(self, one: Dispatch, by: Official, reason: str, proposal: str) -> None:
        """Say that the report is not for this agency; it stays there until MTTQ, whose turn it is, forwards it.

        Raises `GoneError`.
        """
        report = await self._reports.by_id(one.report_id)
        if report is None:
            raise GoneError
        due = self._turn(State.VERIFIED, report.kind)  # as for any report that is to be forwarded
        async with self._database.one_transaction():
            await self._dispatches.end(one, DispatchState.DECLINED, due)
            details = {**_details(one, by), "proposal": proposal} if proposal else _details(one, by)
            await self._dispatches.note(one, "declined", Hat.AGENCY, reason, details=details)

    async def ask(self, one: Dispatch, by: Official, question: str) -> None:
        """Ask MTTQ something; the answer will stand on the same page."""
        await self._dispatches.note(one, "agency_asked", Hat.AGENCY, question, details=_details(one, by))


def _actor(one: Dispatch) -> Actor:
    return Actor(hat=Hat.AGENCY, who=one.agency_name, agency_id=one.agency_id)


def _details(one: Dispatch, by: Official) -> dict[str, str]:
    return {"dispatch": str(one.id), "name": by.name, "position": by.position}
