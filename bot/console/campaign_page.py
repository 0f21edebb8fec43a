"""The page of one campaign: what its author has still to do, who is to approve it, or how far it has been sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bot.campaigns.content import Message, Plan, Variant
from bot.campaigns.lifecycle import STATES, Act, State
from bot.campaigns.previews import Fault
from bot.console.campaign_acts import ACTS, possible_acts
from bot.console.campaign_history import authors, history, taken_back
from bot.console.campaign_live import CampaignLive
from bot.console.campaign_office import ONE, PATH, CampaignOffice, author_of, refusing, version_of
from bot.console.campaign_reach import CampaignReach
from bot.console.campaign_scope import places_beyond
from bot.console.campaign_words import (
    EVENTS,
    STATE_TAGS,
    audience_in_words,
    due_in_words,
    first_in_words,
    length_in_words,
    percent_in_words,
    repeat_in_words,
    variants_of,
)
from bot.console.forms import Fields
from bot.console.permissions import Permission
from bot.console.visits import Page, RefusedError, Visit
from bot.store.campaign_errors import FaultyPlanError
from bot.store.campaign_records import Campaign

_BEFORE_SENDING: Final = frozenset({State.DRAFT, State.IN_REVIEW})
_NOT_THEIRS: Final = "Chiến dịch gửi tới {}, ngoài địa bàn của bạn, nên bạn không ngừng lặp lại được."


@dataclass(frozen=True)
class Line:
    """A message with when it is due, for whom it has texts, and what is wrong with it."""

    message: Message
    due: str
    text: str
    variants: str
    send_for: str
    faults: Sequence[Fault]


class CampaignPage:
    """The page of one campaign, and handing it on for approval."""

    def __init__(self, office: CampaignOffice, live: CampaignLive, reach: CampaignReach) -> None:
        self._office = office
        self._live = live
        self._reach = reach

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", ONE, self.show, Permission.SEE_CAMPAIGNS),
            Page("POST", f"{ONE}/submit", self.submit, Permission.WRITE_CAMPAIGNS),
            Page("POST", f"{ONE}/stop-repeating", self.stop_repeating, Permission.WRITE_CAMPAIGNS),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The campaign as it stands."""
        campaign = await self._office.campaign(visit)
        if campaign.state in _BEFORE_SENDING or campaign.frozen_at is None:
            return await self._planned(visit, campaign)
        return await self._live.show(visit, campaign)

    async def submit(self, visit: Visit) -> web.StreamResponse:
        """Hand the draft on for approval."""
        campaign = await self._office.campaign(visit)
        version = version_of(Fields(await visit.request.post()))
        if places_beyond(visit.member, campaign.plan.audience, self._office.places):  # the page says so
            return await self._planned(visit, campaign, status=409)
        try:
            await refusing(
                self._office.campaigns.act(campaign.id, Act.SUBMIT, author_of(visit), version=version),
                campaign.id,
                FaultyPlanError,
            )
        except FaultyPlanError as error:
            return await self._planned(visit, campaign, said=tuple(error.faults), status=409)
        notice = "Đã gửi duyệt. Người khác sẽ xem và duyệt."
        return await self._office.renderer.done(visit, f"{PATH}/{campaign.id}", notice)

    async def stop_repeating(self, visit: Visit) -> web.StreamResponse:
        """Let no further drafts follow from the campaign."""
        campaign = await self._office.campaign(visit)
        if beyond := places_beyond(visit.member, campaign.plan.audience, self._office.places):
            raise RefusedError(_NOT_THEIRS.format(beyond), back=f"{PATH}/{campaign.id}")
        if not campaign.series_ended:
            await refusing(self._office.campaigns.stop_repeating(campaign.id, author_of(visit)), campaign.id)
        notice = "Đã ngừng lặp lại: sẽ không có bản soạn nào được lập thêm."
        return await self._office.renderer.done(visit, f"{PATH}/{campaign.id}", notice)

    async def _planned(
        self, visit: Visit, campaign: Campaign, *, said: Sequence[str] = (), status: int = 200
    ) -> web.Response:
        office, plan = self._office, campaign.plan
        found = await office.faults(plan) if campaign.state in _BEFORE_SENDING else []
        events = await office.campaigns.events(campaign.id)
        wrote = authors(campaign, events)
        whole = [one for one in found if one.message is None]
        sound = campaign.state in _BEFORE_SENDING and not any(one.blocks for one in whole)
        may_approve = visit.member.may(Permission.APPROVE_CAMPAIGNS) and visit.member.id not in wrote
        return office.renderer.page(
            visit,
            "campaigns/one.html",
            status=status,
            campaign=campaign,
            plan=plan,
            states=STATES,
            tags=STATE_TAGS,
            lines=_lines(plan, found),
            faults=whole,
            nobody=await self._reach.nobody(campaign) if sound else "",
            blocking=sum(one.blocks for one in found),
            beyond=places_beyond(visit.member, plan.audience, office.places),
            said=said,
            audience=audience_in_words(plan.audience, office.places, office.titles()),
            first=first_in_words(plan.first, office.places),
            percent=percent_in_words,
            repeat=await office.repeats(campaign) or repeat_in_words(None, office.occasions),
            taken_back=taken_back(campaign, events, visit.member),
            occasion=office.occasions.get(plan.occasion or "", plan.occasion),
            kit_notes=kit.notes if (kit := office.kits().get(plan.kit or "")) else (),
            events=history(campaign, events),
            event_names=EVENTS,
            acts=possible_acts(campaign, visit.member, office.places, begun=False),
            act_words=ACTS,
            writes=visit.member.may(Permission.WRITE_CAMPAIGNS) and campaign.state is State.DRAFT,
            may_approve=may_approve,
            wrote=visit.member.id in wrote,
            who=list(wrote.values()),
        )


def _lines(plan: Plan, found: Sequence[Fault]) -> list[Line]:
    return [
        Line(
            message=one,
            due=due_in_words(one, plan),
            text=one.texts.get(Variant.HOUSEHOLD, ""),
            variants=variants_of(one),
            send_for=length_in_words(one.send_for),
            faults=[fault for fault in found if fault.message == one.key],
        )
        for one in plan.messages
    ]
