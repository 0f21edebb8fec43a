"""The list of monitoring reports, drafts and issued ones, and beginning a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from bot.console.forms import Fields
from bot.console.monitoring_desk import PATH, SEE, WRITE, MonitoringDesk, author_of
from bot.console.monitoring_forms import Reading
from bot.console.visits import Page, Visit
from bot.monitoring.periods import PERIOD_KINDS, PeriodKind, period_of
from bot.monitoring.scopes import codes_within, scope_name
from bot.store.monitoring_reports import Stage

_AT_ONCE: Final = 50
"""Reports on one page of a list."""


class MonitoringList:
    """The page on which all reports of a member's places are found; who writes begins new ones there."""

    def __init__(self, desk: MonitoringDesk) -> None:
        self._desk = desk

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", "/monitoring", self.overview, SEE),
            Page("POST", "/monitoring", self.create, WRITE),
        )

    async def overview(self, visit: Visit) -> web.StreamResponse:
        """List drafts and issued reports."""
        return await self._overview(visit, Fields(visit.request.query))

    async def create(self, visit: Visit) -> web.StreamResponse:
        """Make a draft."""
        fields = Fields(await visit.request.post())
        reading = Reading(fields, visit.member, self._desk.places)
        period, scope = reading.period(self._desk.today()), reading.scope()
        if period is None or scope is None or not fields.fine:
            return await self._overview(visit, fields, status=400)
        new = await self._desk.preparing.draft(period, scope)
        report_id = await self._desk.reports.create(new, author_of(visit))
        return await self._desk.renderer.done(visit, f"{PATH}/{report_id}", "Đã soạn bản thảo từ số liệu của kỳ.")

    async def _overview(self, visit: Visit, fields: Fields, *, status: int = 200) -> web.Response:
        typed = fields.as_typed()
        last_month = period_of(PeriodKind.MONTH, self._desk.today()).before
        return self._desk.renderer.page(
            visit,
            "monitoring/overview.html",
            status=status,
            **await self._lists(visit),
            writes=visit.member.may(WRITE),
            kinds={kind.value: label for kind, label in PERIOD_KINDS.items()},
            places=self._choices(visit, typed.get("province", "")),
            provinces=dict(self._desk.place_names.provinces(visit.member)),
            typed={"kind": "month", "day": last_month.last.isoformat(), **typed},
            faults=fields.faults,
            where=self._where,
            today=self._desk.today(),
        )

    async def _lists(self, visit: Visit) -> dict[str, Any]:
        """Read a page of each list, and say from which report on the pages beside it begin."""
        stages = (Stage.DRAFT, Stage.ISSUED) if visit.member.may(WRITE) else (Stage.ISSUED,)
        among = codes_within(visit.member.places, self._desk.places)
        asked = Fields(visit.request.query)
        skips = {stage: asked.whole(f"skip_{stage}", 0, 10**6, required=False) or 0 for stage in stages}
        lists = {
            stage.value: await self._desk.reports.listed(stage, among, skip=skips[stage], most=_AT_ONCE + 1)
            for stage in stages
        }
        return {
            "lists": {stage: lines[:_AT_ONCE] for stage, lines in lists.items()},
            "older": {stage.value: skips[stage] + _AT_ONCE for stage in stages if len(lists[stage.value]) > _AT_ONCE},
            "newer": {stage.value: max(0, skips[stage] - _AT_ONCE) for stage in stages if skips[stage]},
        }

    def _choices(self, visit: Visit, province: str) -> Mapping[str, str]:
        """The places that a member may choose: whole provinces of theirs, and the communes of the chosen province."""
        member, names = visit.member, self._desk.place_names
        all_places = "Tất cả nơi tôi phụ trách" if member.places else "Cả nước"
        provinces = {code: name for code, name in names.provinces(member) if member.looks_after(code, None)}
        communes = dict(names.communes(member, province)) if province else {}
        if member.places and not province:
            own = [code for code in member.places if code not in provinces]
            communes = {code: names.name(None, code) or code for code in own}
        return {"": all_places, **provinces, **communes}

    def _where(self, scope: Any) -> str:  # noqa: ANN401 (a template gives it)
        return scope_name(scope, self._desk.places)
