"""Beginning a campaign: from a ready kit, or with nothing in it yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from aiohttp import web

from bot.campaigns.content import First, Plan
from bot.campaigns.kits import plan_from_kit
from bot.campaigns.occasions import next_day
from bot.console.campaign_office import ONE, PATH, CampaignOffice, author_of
from bot.console.campaign_rules_form import BASICS_LABELS, LONGEST_TITLE
from bot.console.campaign_scope import places_beyond
from bot.console.forms import Fields
from bot.console.permissions import Permission
from bot.console.visits import Page, Visit

_COPY: Final = " (bản sao)"


class CampaignStart:
    """The page on which a campaign is begun."""

    def __init__(self, office: CampaignOffice) -> None:
        self._office = office

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", "/campaigns/new", self.form, Permission.WRITE_CAMPAIGNS),
            Page("POST", "/campaigns/new", self.create, Permission.WRITE_CAMPAIGNS),
            Page("POST", f"{ONE}/copy", self.copy, Permission.WRITE_CAMPAIGNS),
        )

    async def form(self, visit: Visit) -> web.Response:
        """The form, filled in with the kit, occasion and day of the address."""
        fields = Fields(visit.request.query)
        kit = fields.choice("bo", self._titles, required=False) or ""
        occasion = fields.choice("dip", self._office.occasions, required=False) or ""
        day = fields.day("ngay", required=False) or self._next(occasion or self._occasion_of(kit))
        return self._page(visit, {"kit": kit, "occasion": occasion, "day": day.isoformat() if day else "", "title": ""})

    async def create(self, visit: Visit) -> web.StreamResponse:
        """Keep a new draft and go on to it. It is for the places of its author, who may choose others among them."""
        fields = Fields(await visit.request.post())
        kit = fields.choice("kit", self._titles, required=False)
        occasion = fields.choice("occasion", self._office.occasions, required=False)
        day = fields.day("day", required=kit is not None)
        title = fields.text("title", longest=LONGEST_TITLE, required=kit is None)
        if not fields.fine:
            typed = {"kit": "", "occasion": "", "day": "", "title": "", **fields.as_typed()}
            return self._page(visit, typed, fields.faults, status=422)
        if kit is not None and day is not None:
            plan = plan_from_kit(self._office.kits()[kit], day)
            plan = _changed(plan, title, occasion)
        else:
            plan = Plan(title=title, occasion=occasion, day=day, first=First())
        plan = replace(plan, audience=replace(plan.audience, places=visit.member.places))
        number = await self._office.campaigns.create(plan, author_of(visit))
        notice = "Đã lập bản soạn từ bộ soạn sẵn. Xem từng tin, sửa cho hợp nơi mình." if kit else "Đã lập bản soạn."
        return await self._office.renderer.done(visit, f"{PATH}/{number}", notice)

    async def copy(self, visit: Visit) -> web.StreamResponse:
        """Make a new draft of the plan of another campaign: one that was too late or cancelled need not be retyped.

        It does not repeat, so that there are no two series of one campaign.
        """
        plan = (await self._office.campaign(visit)).plan
        if places_beyond(visit.member, plan.audience, self._office.places):
            plan = replace(plan, audience=replace(plan.audience, places=visit.member.places))
        title = f"{plan.title[: LONGEST_TITLE - len(_COPY)]}{_COPY}"
        number = await self._office.campaigns.create(replace(plan, title=title, repeat=None), author_of(visit))
        notice = "Đã chép thành bản soạn mới. Xem lại người nhận và giờ gửi từng tin rồi gửi duyệt."
        return await self._office.renderer.done(visit, f"{PATH}/{number}", notice)

    @property
    def _titles(self) -> dict[str, str]:
        return {one.id: one.title for one in self._office.kits().values()}

    def _occasion_of(self, kit: str) -> str:
        found = self._office.kits().get(kit)
        return (found.occasion or "") if found else ""

    def _next(self, occasion: str) -> date | None:
        return next_day(occasion, self._office.today()) if occasion else None

    def _page(
        self, visit: Visit, typed: Mapping[str, str], faults: Mapping[str, str] | None = None, *, status: int = 200
    ) -> web.Response:
        return self._office.renderer.page(
            visit,
            "campaigns/new.html",
            status=status,
            typed=typed,
            faults=faults or {},
            labels=BASICS_LABELS,
            kits=list(self._office.kits().values()),
            occasions=self._office.occasions,
        )


def _changed(plan: Plan, title: str, occasion: str | None) -> Plan:
    """The plan of a kit with what its author chose otherwise."""
    return replace(plan, title=title or plan.title, occasion=occasion or plan.occasion)
