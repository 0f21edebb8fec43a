"""One report with its whole story, its photos, its contact, and another report beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from bot.console.forms import Fields
from bot.console.permissions import Permission
from bot.console.rendering import Renderer
from bot.console.reply_templates import ReplyTemplates
from bot.console.report_agencies import ReportAgencies
from bot.console.report_forms import MOST_PHOTOS, Group, offered
from bot.console.report_next import next_step
from bot.console.report_places import ReportPlaces, lies_in
from bot.console.report_words import (
    DISPATCH_ADVICE,
    HATS,
    REJECT_REASONS,
    Step,
    channel_name,
    due_in_words,
    steps_of,
)
from bot.console.visits import Member, NotFoundError, Page, RefusedError, Visit
from bot.feedback.deadlines import Deadlines
from bot.feedback.forwarding import Forwarding
from bot.feedback.kinds import CATEGORIES, KINDS
from bot.feedback.lifecycle import OPEN, STATES, Hat
from bot.feedback.reports import Actor, Happening, Report
from bot.store.dispatches import DISPATCH_STATES, WAYS, Dispatches
from bot.store.photos import Photos
from bot.store.report_neighbours import Neighbours
from bot.store.report_originals import Original, Originals
from bot.store.reports import ModerationError, Reports
from bot.store.sealing import SealedDataError
from bot.store.staff import Staff

_SEALED: Final = (
    "Nội dung này được mã hóa và máy chủ không mở được, có thể vì khóa mã hóa đã đổi. Báo người quản trị máy chủ."
)
_LONGEST_REASON: Final = 300
_MERGED_SHOWN: Final = 20
_MOST_DIGITS: Final = 18  # of a number that is stored
_PHOTO_HEADERS: Final = {"Content-Disposition": 'inline; filename="anh.jpg"', "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a page shows besides the report: a form that was typed into, what is wrong with it, what was asked to see.

    `changes`: what happened since the page was opened on which `typed` was typed.
    """

    open_form: str | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    staged: Sequence[UUID] = ()
    preview: Mapping[str, Any] | None = None
    changes: Sequence[Step] | None = None
    refused: str | None = None
    contact: str | None = None
    contact_asked: bool = False
    originals: Sequence[Original] | None = None


@dataclass(frozen=True)
class Turn:
    """A time in which a report waited for somebody. `verdict`: whether it was done in time."""

    hat: str
    state: str
    since: datetime
    due: datetime
    verdict: str
    late: bool


@dataclass(frozen=True)
class Merged:
    """A report that is merged into the one shown. `version` and `seen`: as its own page would have them."""

    code: str
    version: int
    seen: int
    text: str


def actor(member: Member) -> Actor:
    """Return a member of the staff as the store knows who acts."""
    return Actor(hat=Hat.MTTQ, who=member.login, staff_id=member.id)


class ReportStories:
    """The pages of one report."""

    def __init__(
        self,
        *,
        reports: Reports,
        photos: Photos,
        originals: Originals,
        neighbours: Neighbours,
        agencies: ReportAgencies,
        dispatches: Dispatches,
        forwarding: Forwarding,
        staff: Staff,
        places: ReportPlaces,
        deadlines: Deadlines,
        templates: ReplyTemplates,
        renderer: Renderer,
        clock: Callable[[], datetime],
    ) -> None:
        self._reports = reports
        self._photos = photos
        self._originals = originals
        self._neighbours = neighbours
        self._agencies = agencies
        self._dispatches = dispatches
        self._forwarding = forwarding
        self._staff = staff
        self._places = places
        self._deadlines = deadlines
        self._templates = templates
        self._renderer = renderer
        self._clock = clock

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", "/reports/{code}", self.story, Permission.SEE_REPORTS),
            Page("GET", "/reports/{code}/beside/{other}", self.beside, Permission.SEE_REPORTS),
            Page("GET", "/photos/{photo}", self.photo, Permission.SEE_REPORTS),
            Page("GET", "/photos/{photo}/small", self.small_photo, Permission.SEE_REPORTS),
            Page("POST", "/reports/{code}/contact", self.contact, Permission.SEE_CONTACTS),
            Page("POST", "/reports/{code}/originals", self.originals, Permission.HANDLE_REPORTS),
            Page("POST", "/reports/{code}/originals/{number}", self.original_photo, Permission.HANDLE_REPORTS),
            Page("POST", "/reports/{code}/originals/{number}/restore", self.restore, Permission.HANDLE_REPORTS),
        )

    async def report(self, visit: Visit, code: str | None = None) -> Report:
        """Return the report of the address, or with the code. Raises `NotFoundError` also for one of another place."""
        found = await self._reports.by_code(code if code is not None else visit.request.match_info["code"])
        if found is None or not visit.member.looks_after(found.where.province_code, found.where.commune_code):
            raise NotFoundError
        return found

    async def story(self, visit: Visit) -> web.Response:
        """One report."""
        return await self.page(visit, await self.report(visit), Shown())

    async def contact(self, visit: Visit) -> web.Response:
        """The report with the resident's contact; that somebody looked is logged."""
        report = await self.report(visit)
        try:
            contact = await self._reports.contact(report.id, actor(visit.member))
        except SealedDataError:
            raise RefusedError(_SEALED) from None
        return await self.page(visit, report, Shown(contact=contact, contact_asked=True))

    async def originals(self, visit: Visit) -> web.Response:
        """The report with what stood there before officers changed it; that somebody looked is logged."""
        report = await self.report(visit)
        try:
            found = await self._originals.of(report.id, actor(visit.member))
        except SealedDataError:
            raise RefusedError(_SEALED) from None
        return await self.page(visit, report, Shown(originals=found))

    async def original_photo(self, visit: Visit) -> web.Response:
        """A photo that was hidden; that somebody looked is logged."""
        report = await self.report(visit)
        return await _jpeg(self._originals.photo(report.id, _number(visit), actor(visit.member)))

    async def restore(self, visit: Visit) -> web.Response:
        """Put back what was changed or hidden; who did it and why is logged."""
        report = await self.report(visit)
        fields = Fields(await visit.request.post())
        reason = fields.text("reason", longest=_LONGEST_REASON)
        if fields.faults:
            raise RefusedError(f"Ghi lý do khôi phục bản gốc, không quá {_LONGEST_REASON} ký tự, rồi bấm lại.")
        try:
            await self._reports.restore_original(report.id, _number(visit), reason, actor(visit.member))
        except ModerationError:
            raise RefusedError("Không khôi phục được: bản gốc này không còn, hoặc đang được dùng rồi.") from None
        except SealedDataError:
            raise RefusedError(_SEALED) from None
        path = f"/console/reports/{report.code}"
        return await self._renderer.done(visit, path, "Đã khôi phục bản gốc; lý do được ghi vào nhật ký.")

    async def photo(self, visit: Visit) -> web.Response:
        """A photo of a report that the member may see."""
        return await _jpeg(self._photos.open(await self._photo(visit)))

    async def small_photo(self, visit: Visit) -> web.Response:
        """The small picture of a photo."""
        return await _jpeg(self._photos.thumbnail(await self._photo(visit)))

    async def beside(self, visit: Visit) -> web.Response:
        """Two reports side by side, to see whether they tell of the same thing."""
        report = await self.report(visit)
        other = await self.report(visit, visit.request.match_info["other"])
        if report.id == other.id:
            raise NotFoundError
        pair = [(one, self._place(one), self._due(one)) for one in (report, other)]
        may = visit.member.may(Permission.HANDLE_REPORTS)
        merging = [
            (one, into)
            for one, into in ((report, other), (other, report))
            if may and into.state in OPEN and any(form.name == "merge" for form in offered(one, visit.member.id))
        ]
        seen = {one.code: _last(await self._reports.happenings(one.id, public_only=False)) for one in (report, other)}
        return self._renderer.page(
            visit, "reports/beside.html", pair=pair, merging=merging, seen=seen, categories=CATEGORIES, states=STATES
        )

    async def page(self, visit: Visit, report: Report, shown: Shown, *, status: int = 200) -> web.Response:
        """Return the page of a report."""
        member, now = visit.member, self._clock()
        happened = await self._reports.happenings(report.id, public_only=False)
        forms = offered(report, member.id) if member.may(Permission.HANDLE_REPORTS) else ()
        dispatches = await self._dispatches.of(report.id)
        following = next_step(
            report,
            member.id,
            late=report.due_at is not None and report.due_at <= now,
            delivery=dispatches[0].state if dispatches else None,
            asked=_asked(happened),
        )
        agencies = await self._agencies.fitting(member, report) if forms else ()
        logins = await self._names()
        return self._renderer.page(
            visit,
            "reports/story.html",
            status=status,
            report=report,
            merged=await self._merged(member, report) if forms else (),
            place=self._place(report),
            kind=KINDS[report.kind],
            category=CATEGORIES[report.category],
            state=STATES[report.state],
            channel=channel_name(report.channel),
            next=following,
            first_forms=[form for name in following.forms for form in forms if form.name == name],
            groups=[(group, [form for form in forms if form.group is group]) for group in Group],
            due=self._due(report),
            turn=HATS[report.due_hat] if report.due_hat else "",
            turns=self._turns(report, happened, now),
            steps=steps_of(reversed(happened), logins),
            dispatches=dispatches,
            dispatch_states=DISPATCH_STATES,
            dispatch_advice=DISPATCH_ADVICE,
            ways=WAYS,
            alike=await self._neighbours.of_report(report.id, member.places) if forms else [],
            templates={form.name: self._templates.offered(form.use, report.kind) for form in forms if form.use},
            agencies=agencies,
            no_mail=self._forwarding.why_no_mail(),
            officers=await self._others(report),
            reasons=REJECT_REASONS,
            moderated=any(one.kind == "moderated" for one in happened),
            seen=_last(happened),
            most_photos=MOST_PHOTOS,
            shown=shown,
            may_see_contact=member.may(Permission.SEE_CONTACTS),
            may_handle=member.may(Permission.HANDLE_REPORTS),
        )

    async def steps_after(self, report: Report, seen: int) -> Sequence[Step]:
        """Return what happened to a report after a happening, oldest first."""
        happened = await self._reports.happenings(report.id, public_only=False)
        return steps_of((one for one in happened if one.id > seen), await self._names())

    async def _photo(self, visit: Visit) -> UUID:
        try:
            photo = UUID(visit.request.match_info["photo"])
        except ValueError:
            raise NotFoundError from None
        owner = await self._photos.owner(photo)
        report = await self._reports.by_id(owner.report_id) if owner and owner.report_id is not None else None
        if report is None or not visit.member.looks_after(report.where.province_code, report.where.commune_code):
            raise NotFoundError
        return photo

    async def _merged(self, member: Member, report: Report) -> list[Merged]:
        """The reports that are merged into one, with what a form needs that parts them again."""
        found = []
        for code in report.duplicates[:_MERGED_SHOWN]:
            one = await self._reports.by_code(code)
            if one is not None and lies_in(one.where, member.places):
                happened = await self._reports.happenings(one.id, public_only=False)
                found.append(Merged(one.code, one.version, _last(happened), one.text))
        return found

    async def _others(self, report: Report) -> list[tuple[int, str]]:
        """To whom the report may be handed over."""
        return [
            (one.id, one.name)
            for one in await self._staff.every()
            if one.active and "officer" in one.roles and one.id != report.claimed_by
            if lies_in(report.where, one.places)
        ]

    async def _names(self) -> Mapping[str, str]:
        return {one.login: one.name for one in await self._staff.every()}

    def _place(self, report: Report) -> str:
        return self._places.name(report.where.province_code, report.where.commune_code) or "Chưa rõ xã, phường"

    def _due(self, report: Report) -> str:
        if report.state not in OPEN:
            return ""
        return due_in_words(report.due_at, self._clock(), self._deadlines.working_days)

    def _turns(self, report: Report, happened: Sequence[Happening], now: datetime) -> list[Turn]:
        """The times for which the report waited for each side, newest first, by the story's changes of state."""
        changes = [one for one in happened if one.after is not None]
        found = []
        for number, one in enumerate(changes):
            assert one.after is not None  # noqa: S101 - for mypy: chosen so above
            begun = self._deadlines.due(one.after, report.kind, one.at)
            if begun is None:
                continue
            is_last = number + 1 == len(changes)
            ended = now if is_last else changes[number + 1].at
            hat, due = begun
            if is_last and report.due_at is not None and report.due_hat is not None:
                hat, due = report.due_hat, report.due_at
            found.append(Turn(HATS[hat], STATES[one.after], one.at, due, *self._verdict(due, ended, ongoing=is_last)))
        return found[::-1]

    def _verdict(self, due: datetime, ended: datetime, *, ongoing: bool) -> tuple[str, bool]:
        if ongoing:
            return due_in_words(due, ended, self._deadlines.working_days), due <= ended
        if ended <= due:
            return "đúng hạn", False
        days = self._deadlines.working_days(due, ended)
        return (f"trễ {days} ngày làm việc" if days else "trễ chưa tới một ngày"), True


def _last(happened: Sequence[Happening]) -> int:
    """The number of the newest happening, by which a page knows later what is new."""
    return max((one.id for one in happened), default=0)


def _asked(happened: Sequence[Happening]) -> bool:
    """Whether the agency has asked something that nobody has answered."""
    talk = [one.kind for one in happened if one.kind in {"agency_asked", "told_agency", "forward"}]
    return bool(talk) and talk[-1] == "agency_asked"


async def _jpeg(opening: Awaitable[bytes | None]) -> web.Response:
    """Return a photo. Raises `NotFoundError` where there is none, `RefusedError` where it cannot be opened."""
    try:
        content = await opening
    except SealedDataError:
        raise RefusedError(_SEALED) from None
    if content is None:
        raise NotFoundError
    return web.Response(body=content, content_type="image/jpeg", headers=_PHOTO_HEADERS)


def _number(visit: Visit) -> int:
    """The number of an original in the address. Raises `NotFoundError` for what is none."""
    number = visit.request.match_info["number"]
    if not (number.isascii() and number.isdigit() and len(number) < _MOST_DIGITS):
        raise NotFoundError
    return int(number)
