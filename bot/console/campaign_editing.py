"""Pages on which an author writes a draft: its name and day, whom it is for, how it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from bot.campaigns.content import Plan
from bot.campaigns.lifecycle import State
from bot.console import campaign_audience_form as audience_form
from bot.console import campaign_rules_form as rules_form
from bot.console.campaign_office import ONE, PATH, CampaignOffice, author_of
from bot.console.campaign_pieces import AUDIENCE, BASICS, RULES, digest_of
from bot.console.campaign_saving import Saving, keep
from bot.console.campaign_scope import own_places, places_beyond
from bot.console.campaign_words import audience_in_words, first_in_words, repeat_in_words
from bot.console.forms import Fields
from bot.console.permissions import Permission
from bot.console.place_picker import MOST, described, forgotten, found_places, named
from bot.console.rendering import see
from bot.console.visits import Page, Visit
from bot.store.campaign_records import Campaign

_WRITE: Final = Permission.WRITE_CAMPAIGNS
_FIND, _FIND_WITHOUT, _ENTER = "find_places", "find_without", "enter"
_OTHERS_OFFERED: Final = 30
_NO_CHOICE: Final[Mapping[str, str]] = {"places": "gửi cả nước", "without_places": "không trừ nơi nào"}
"""What no ticked place means, which nobody who looked for one may get unawares."""


class CampaignEditing:
    """The pages of the three pieces of a draft that are no messages."""

    def __init__(self, office: CampaignOffice) -> None:
        self._office = office

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", f"{ONE}/basics", self.basics, _WRITE),
            Page("POST", f"{ONE}/basics", self.save_basics, _WRITE),
            Page("GET", f"{ONE}/audience", self.audience, _WRITE),
            Page("POST", f"{ONE}/audience", self.save_audience, _WRITE),
            Page("GET", f"{ONE}/rules", self.rules, _WRITE),
            Page("POST", f"{ONE}/rules", self.save_rules, _WRITE),
        )

    async def basics(self, visit: Visit) -> web.StreamResponse:
        """The form of name, goal, occasion and day."""
        campaign = await self._office.campaign(visit)
        if campaign.state is not State.DRAFT:
            return see(f"{PATH}/{campaign.id}")
        return self._basics(visit, campaign, rules_form.typed_basics(campaign.plan))

    async def save_basics(self, visit: Visit) -> web.StreamResponse:
        """Save them."""
        campaign = await self._office.campaign(visit)
        fields = Fields(await visit.request.post())
        typed = {**rules_form.typed_basics(campaign.plan), **fields.as_typed()}
        read = rules_form.read_basics(fields, campaign.plan, self._office.occasions)
        if read is None:
            return self._basics(visit, campaign, typed, fields.faults, base=fields, status=422)

        def change(plan: Plan) -> Plan:
            return replace(plan, title=read.title, goal=read.goal, day=read.day, occasion=read.occasion)

        kept = await keep(self._office.campaigns, _saving(visit, campaign, BASICS, fields), change)
        if not kept.done:
            return self._basics(visit, kept.campaign, typed, said=kept.refused, status=409)
        return await self._office.renderer.done(visit, f"{PATH}/{campaign.id}", "Đã lưu tên, mục tiêu và ngày chính.")

    async def audience(self, visit: Visit) -> web.StreamResponse:
        """The form of whom it is for."""
        campaign = await self._office.campaign(visit)
        if campaign.state is not State.DRAFT:
            return see(f"{PATH}/{campaign.id}")
        return await self._audience(visit, campaign, audience_form.typed_of(campaign.plan.audience))

    async def save_audience(self, visit: Visit) -> web.StreamResponse:
        """Save it; or find places for the form."""
        campaign = await self._office.campaign(visit)
        fields = Fields(await visit.request.post())
        typed = audience_form.as_typed(fields)
        act = _asked_for(fields, {"places": _FIND, "without_places": _FIND_WITHOUT})
        if act in {_FIND, _FIND_WITHOUT}:
            return await self._audience(visit, campaign, typed, base=fields, finding=act)
        audience = audience_form.read_audience(fields, self._office.places)
        if audience and (beyond := places_beyond(visit.member, audience, self._office.places)):
            fields.faults["places"] = (
                f"Bạn phụ trách {own_places(visit.member, self._office.places)}, không gửi được tới {beyond}. "
                "Chọn đúng nơi của mình; cần gửi rộng hơn thì nhờ cán bộ phụ trách nơi đó soạn."
            )
        for name, otherwise in _NO_CHOICE.items():
            sought = fields.text(f"sought_{name}", longest=100, required=False)
            if fault := forgotten(sought, typed[name], otherwise):
                fields.faults.setdefault(name, fault)
        if audience is None or not fields.fine:
            return await self._audience(visit, campaign, typed, fields.faults, base=fields, status=422)

        def change(plan: Plan) -> Plan:
            return replace(plan, audience=audience)

        kept = await keep(self._office.campaigns, _saving(visit, campaign, AUDIENCE, fields), change)
        if not kept.done:
            return await self._audience(visit, kept.campaign, typed, said=kept.refused, status=409)
        return await self._office.renderer.done(visit, f"{PATH}/{campaign.id}/reach", "Đã lưu đối tượng nhận.")

    async def rules(self, visit: Visit) -> web.StreamResponse:
        """The form of how it is sent."""
        campaign = await self._office.campaign(visit)
        if campaign.state is not State.DRAFT:
            return see(f"{PATH}/{campaign.id}")
        return self._rules(visit, campaign, rules_form.typed_rules(campaign.plan))

    async def save_rules(self, visit: Visit) -> web.StreamResponse:
        """Save it; or find a place for the first group."""
        campaign = await self._office.campaign(visit)
        fields = Fields(await visit.request.post())
        typed = rules_form.rules_as_typed(fields, campaign.plan)
        if _asked_for(fields, {"place": _FIND}) == _FIND:
            return self._rules(visit, campaign, typed, base=fields, finding=True)
        read = rules_form.read_rules(fields, campaign.plan, self._office.places, self._office.occasions)
        if read is None:
            return self._rules(visit, campaign, typed, fields.faults, base=fields, status=422)

        def change(plan: Plan) -> Plan:
            return replace(plan, first=read.first, stop_rules=read.stop_rules, repeat=read.repeat, urgent=read.urgent)

        kept = await keep(self._office.campaigns, _saving(visit, campaign, RULES, fields), change)
        if not kept.done:
            return self._rules(visit, kept.campaign, typed, said=kept.refused, status=409)
        return await self._office.renderer.done(visit, f"{PATH}/{campaign.id}", "Đã lưu cách gửi.")

    def _basics(
        self,
        visit: Visit,
        campaign: Campaign,
        typed: Mapping[str, Any],
        faults: Mapping[str, str] | None = None,
        *,
        base: Fields | None = None,
        said: str = "",
        status: int = 200,
    ) -> web.Response:
        occasion = campaign.plan.occasion
        known = self._office.occasions
        return self._office.renderer.page(
            visit,
            "campaigns/basics.html",
            status=status,
            campaign=campaign,
            typed=typed,
            faults=faults or {},
            said=said,
            labels=rules_form.BASICS_LABELS,
            unsaved=base is not None or bool(said),
            theirs=rules_form.typed_basics(campaign.plan) if said else None,
            base=_base(base) if base else digest_of(campaign.plan, BASICS),
            occasions={**known, occasion: known.get(occasion, occasion)} if occasion else known,
        )

    async def _audience(
        self,
        visit: Visit,
        campaign: Campaign,
        typed: Mapping[str, Any],
        faults: Mapping[str, str] | None = None,
        *,
        base: Fields | None = None,
        finding: str = "",
        said: str = "",
        status: int = 200,
    ) -> web.Response:
        places = self._office.places
        wanted = base.as_typed() if base else {}
        sought = {name: wanted.get(f"sought_{name}", "")[:100] for name in ("places", "without_places")}
        looked_for = {"places": finding == _FIND, "without_places": finding == _FIND_WITHOUT}
        hits = {
            name: [
                one
                for one in (found_places(places, words, MOST + len(typed[name]) + 1) if looked_for[name] else [])
                if one.code and one.code not in typed[name]
            ]
            for name, words in sought.items()
        }
        found = {name: {str(one.code): described(one) for one in some[:MOST]} for name, some in hits.items()}
        campaigns = await self._campaigns(campaign)
        return self._office.renderer.page(
            visit,
            "campaigns/audience.html",
            status=status,
            campaign=campaign,
            typed=typed,
            faults=faults or {},
            said=said,
            theirs=audience_in_words(campaign.plan.audience, places, {**self._office.titles(), **campaigns})
            if said
            else None,
            base=_base(base) if base else digest_of(campaign.plan, AUDIENCE),
            labels=audience_form.LABELS,
            unsaved=base is not None or bool(said),
            own_places=own_places(visit.member, places),
            chosen={name: named(places, typed[name]) for name in sought},
            found=found,
            more={name: len(some) > MOST for name, some in hits.items()},
            sought=sought,
            looked_for=looked_for,
            campaigns=campaigns,
            conditions=self._conditions(campaigns, typed["behaviours"]),
            names=audience_form,
        )

    def _rules(
        self,
        visit: Visit,
        campaign: Campaign,
        typed: Mapping[str, Any],
        faults: Mapping[str, str] | None = None,
        *,
        base: Fields | None = None,
        finding: bool = False,
        said: str = "",
        status: int = 200,
    ) -> web.Response:
        places = self._office.places
        sought = str(typed.get("sought_place", ""))[:100] if finding else ""
        hits = [one for one in found_places(places, sought, MOST + 1) if one.code]
        found = {str(one.code): described(one) for one in hits[:MOST]}
        place = str(typed["place"] or "")
        return self._office.renderer.page(
            visit,
            "campaigns/rules.html",
            status=status,
            campaign=campaign,
            typed=typed,
            faults=faults or {},
            said=said,
            labels=rules_form.RULES_LABELS,
            unsaved=base is not None or bool(said),
            theirs=self._rules_in_words(campaign.plan) if said else None,
            base=_base(base) if base else digest_of(campaign.plan, RULES),
            firsts=rules_form.FIRSTS,
            repeats=rules_form.REPEATS,
            occasions=self._office.occasions,
            places={**(named(places, [place]) if place else {}), **found},
            sought=sought,
            found=found,
            more=len(hits) > MOST,
        )

    def _rules_in_words(self, plan: Plan) -> list[str]:
        rules = plan.stop_rules
        return [
            first_in_words(plan.first, self._office.places),
            f"Tự dừng khi {rules.failed:g} % gửi hỏng, {rules.stopped:g} % dừng nhận, {rules.complained:g} % báo sai.",
            repeat_in_words(plan.repeat, self._office.occasions),
            "Xin gửi khẩn." if plan.urgent else "Không khẩn.",
        ]

    async def _campaigns(self, campaign: Campaign) -> dict[str, str]:
        """Other campaigns that conditions may name: the latest, and those that are named already."""
        lines = await self._office.campaigns.listed((), _OTHERS_OFFERED + 1)
        found = {str(one.id): one.title for one in lines if one.id != campaign.id}
        audience = campaign.plan.audience
        for number in (*audience.without_campaigns, *(one.campaign for one in audience.behaviours)):
            if number is not None and str(number) not in found:
                other = await self._office.campaigns.by_id(number)
                found[str(number)] = other.plan.title if other else f"Chiến dịch số {number}"
        return found

    def _conditions(self, campaigns: Mapping[str, str], typed: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
        """What may be chosen as a condition on what somebody did, in groups; what was chosen before among it."""
        base = self._office.base
        quizzes = {one.id: one.title for one in base.quizzes.values()}
        drills = {one.id: one.title for one in base.drills.values()}
        groups = []
        for did, words in audience_form.DIDS.items():
            targets = quizzes if "quiz" in did.value else drills if "drill" in did.value else campaigns
            groups.append((words, {f"{did.value}:{target}": title for target, title in targets.items()}))
        known = {value for _, held in groups for value in held}
        if unknown := {one: one for one in typed if one and one not in known}:
            groups.append(("Không còn trong danh mục", unknown))
        return groups


def _asked_for(fields: Fields, searches: Mapping[str, str]) -> str:
    """Return the button that was pressed; the first one, which Enter presses, looks for new words that stand there."""
    act = fields.text("act", longest=30, required=False)
    if act != _ENTER:
        return act
    for name, find in searches.items():
        sought = fields.as_typed().get(f"sought_{name}", "").strip()
        if sought and sought != fields.as_typed().get(f"searched_{name}", "").strip():
            return find
    return "save"


def _saving(visit: Visit, campaign: Campaign, piece: str, fields: Fields) -> Saving:
    return Saving(campaign.id, piece, _base(fields), author_of(visit))


def _base(fields: Fields) -> str:
    return fields.as_typed().get("base", "")[:100]
