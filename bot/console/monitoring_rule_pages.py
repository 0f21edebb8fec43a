"""Pages of the schedule that prepares drafts, and of the office whose reports they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from bot.console.forms import Fields
from bot.console.monitoring_forms import Reading
from bot.console.parts import Parts
from bot.console.permissions import Permission
from bot.console.report_places import ReportPlaces
from bot.console.visits import Member, NotFoundError, Page, RefusedError, Visit
from bot.monitoring.layout import read_layout
from bot.monitoring.periods import PERIOD_KINDS, PeriodKind, period_of
from bot.monitoring.scopes import Scope, may_see, scope_name
from bot.monitoring.sections import Office
from bot.store.monitoring_reports import StaleMonitoringError
from bot.store.monitoring_schedules import MonitoringSchedules, SameRuleError
from bot.store.offices import Offices
from bot.store.staff import Author
from knowledge.places import Places

LONGEST_DUE: Final = 90
_SCHEDULE: Final = "/console/monitoring/schedule"
_OFFICE: Final = "/console/monitoring/office"
_WRITE: Final = Permission.WRITE_MONITORING
_STALE: Final = "Phần này vừa được người khác sửa. Hãy tải lại trang rồi làm lại."
_SAME: Final = "Đã có lịch đang chạy cho kỳ và địa bàn này; hai lịch sẽ soạn mỗi báo cáo hai lần."
_EVERYWHERE: Final = "*"
"""In a form: for all places. The empty word stands for "not chosen"."""
_KINDS: Final = {kind.value: label for kind, label in PERIOD_KINDS.items() if kind is not PeriodKind.RANGE}


class MonitoringRulePages:
    """Pages of officers who write reports."""

    def __init__(self, parts: Parts) -> None:
        self._renderer = parts.renderer
        self._today = parts.today
        self._knowledge = parts.knowledge
        self._schedules = MonitoringSchedules(parts.database)
        self._offices = Offices(parts.database)
        self._names = ReportPlaces(lambda: parts.knowledge().places)

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", "/monitoring/schedule", self.schedule, _WRITE),
            Page("POST", "/monitoring/schedule", self.add, _WRITE),
            Page("POST", r"/monitoring/schedule/{id:\d{1,4}}", self.switch, _WRITE),
            Page("GET", "/monitoring/office", self.office, _WRITE),
            Page("POST", "/monitoring/office", self.save_office, _WRITE),
        )

    async def schedule(self, visit: Visit) -> web.StreamResponse:
        """List the rules of the member's places."""
        return await self._schedule(visit, Fields(visit.request.query))

    async def add(self, visit: Visit) -> web.StreamResponse:
        """Make a rule."""
        fields = Fields(await visit.request.post())
        kind = fields.choice("kind", _KINDS)
        due_days = fields.whole("due_days", 0, LONGEST_DUE)
        place = fields.text("place", longest=5)
        if place and not self._is_theirs(visit.member, place):
            fields.faults["place"] = "Địa bàn này không có hoặc không do bạn phụ trách."
        if kind is None or due_days is None or not fields.fine:
            return await self._schedule(visit, fields, status=400)
        period = period_of(PeriodKind(kind), self._today()).before
        upto = period.before.last if fields.flag("also_last") else period.last
        code = None if place == _EVERYWHERE else place
        try:
            await self._schedules.add(PeriodKind(kind), code, due_days, upto, _author(visit))
        except SameRuleError:
            fields.faults["kind"] = _SAME
            return await self._schedule(visit, fields, status=409)
        return await self._renderer.done(visit, _SCHEDULE, "Đã thêm lịch. Bản thảo sẽ tự được soạn khi kỳ kết thúc.")

    async def switch(self, visit: Visit) -> web.StreamResponse:
        """Stop a rule or let it work again."""
        rule = await self._schedules.by_id(int(visit.request.match_info["id"]))
        if rule is None or not self._is_theirs(visit.member, rule.place_code or _EVERYWHERE):
            raise NotFoundError
        active = Fields(await visit.request.post()).flag("active")
        upto = period_of(rule.period, self._today()).before.last if active and not rule.active else None
        try:
            await self._schedules.switch(rule.id, active=active, prepared_upto=upto, by=_author(visit))
        except SameRuleError as error:
            raise RefusedError(_SAME) from error
        return await self._renderer.done(visit, _SCHEDULE, "Đã bật lịch." if active else "Đã dừng lịch.")

    async def office(self, visit: Visit) -> web.StreamResponse:
        """Show what stands at the head and the foot of reports."""
        fields = Fields(visit.request.query)
        place = fields.text("place", longest=5, required=False) or self._first_place(visit.member)
        return await self._office(visit, place, fields)

    async def save_office(self, visit: Visit) -> web.StreamResponse:
        """Store it."""
        fields = Fields(await visit.request.post())
        place = fields.text("place", longest=5)
        office = Reading(fields, visit.member, self._known).office()
        version = fields.whole("version", 0, 10**9)
        if not self._is_theirs(visit.member, place):
            raise NotFoundError
        if version is None or not fields.fine:
            return await self._office(visit, place, fields, typed=office, status=400)
        code = None if place == _EVERYWHERE else place
        try:
            await self._offices.save(code, office, _author(visit), version=version)
        except StaleMonitoringError as error:
            raise RefusedError(_STALE) from error
        query = f"?place={place}"
        return await self._renderer.done(visit, f"{_OFFICE}{query}", "Đã lưu. Bản thảo soạn từ nay sẽ dùng phần này.")

    @property
    def _known(self) -> Places:
        return self._knowledge().places

    def _is_theirs(self, member: Member, place: str) -> bool:
        if place == _EVERYWHERE:
            return not member.places
        return self._known.coded(place) is not None and may_see(member.places, Scope((place,)), self._known)

    def _first_place(self, member: Member) -> str:
        return member.places[0] if member.places else _EVERYWHERE

    def _choices(self, member: Member, province: str) -> dict[str, str]:
        everywhere = {} if member.places else {_EVERYWHERE: "Cả nước"}
        provinces = {code: name for code, name in self._names.provinces(member) if member.looks_after(code, None)}
        own = {code: self._names.name(None, code) or code for code in member.places}
        communes = dict(self._names.communes(member, province)) if province else {}
        return {**everywhere, **provinces, **own, **communes}

    def _place_name(self, code: str | None) -> str:
        return scope_name(Scope((code,) if code else ()), self._known)

    async def _schedule(self, visit: Visit, fields: Fields, *, status: int = 200) -> web.Response:
        rules = [
            one
            for one in await self._schedules.listed()
            if self._is_theirs(visit.member, one.place_code or _EVERYWHERE)
        ]
        typed = fields.as_typed()
        return self._renderer.page(
            visit,
            "monitoring/schedule.html",
            status=status,
            rules=rules,
            kinds=_KINDS,
            kind_names=PERIOD_KINDS,
            places=self._choices(visit.member, typed.get("province", "")),
            provinces=dict(self._names.provinces(visit.member)),
            where=self._place_name,
            typed={"kind": "month", "due_days": "10", "place": "", **typed},
            faults=fields.faults,
        )

    async def _office(
        self, visit: Visit, place: str, fields: Fields, *, typed: Office | None = None, status: int = 200
    ) -> web.Response:
        if not self._is_theirs(visit.member, place):
            raise NotFoundError
        code = None if place == _EVERYWHERE else place
        stored, version = await self._offices.of(code)
        return self._renderer.page(
            visit,
            "monitoring/office.html",
            status=status,
            office=typed or stored,
            version=version if typed is None else fields.as_typed().get("version", version),
            place=place,
            place_name=self._place_name(code),
            places=self._choices(visit.member, fields.as_typed().get("province", "")),
            layout=read_layout().source,
            faults=fields.faults,
        )


def _author(visit: Visit) -> Author:
    return Author(visit.member.id, visit.member.login)
