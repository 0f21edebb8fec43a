"""All texts of a campaign as residents will see them, by message, channel and variant."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.campaigns.content import CHANNELS, VARIANTS, Message, Plan
from bot.campaigns.previews import Preview, preview
from bot.console.campaign_office import ONE, CampaignOffice
from bot.console.campaign_words import due_in_words
from bot.console.permissions import Permission
from bot.console.visits import Page, Visit


@dataclass(frozen=True)
class Shown:
    """A message with its due time and how it looks."""

    message: Message
    due: str
    previews: Sequence[Preview]
    image: str


class CampaignPreviews:
    """The page of previews."""

    def __init__(self, office: CampaignOffice) -> None:
        self._office = office

    def pages(self) -> Sequence[Page]:
        """Return the route."""
        return (Page("GET", f"{ONE}/previews", self.all, Permission.SEE_CAMPAIGNS),)

    async def all(self, visit: Visit) -> web.Response:
        """What the address asks for: one channel, one variant, or all of them."""
        campaign = await self._office.campaign(visit)
        asked = visit.request.query
        channel = asked.get("kenh", "") if asked.get("kenh") in CHANNELS else ""
        names = {one.value: words for one, words in VARIANTS.items()}
        variant = asked.get("nhom", "") if asked.get("nhom") in names else ""
        every = await self.of(campaign.plan)
        return self._office.renderer.page(
            visit,
            "campaigns/previews.html",
            campaign=campaign,
            shown=[_narrowed(one, channel, variant) for one in every],
            channel=channel,
            variant=variant,
            channels=CHANNELS,
            variants=VARIANTS,
            names=names,
        )

    async def of(self, plan: Plan) -> list[Shown]:
        """Return all messages of a plan as they will look."""
        office, base = self._office, self._office.base
        pictures: Mapping[str, str] = {name: one.title for name, one in base.pictures.items()}

        def made() -> list[Shown]:
            return [
                Shown(
                    one,
                    due_in_words(one, plan),
                    preview(one, plan, base, office.renderings, today=office.today()),
                    pictures.get(one.image or "", ""),
                )
                for one in plan.messages
            ]

        return await asyncio.to_thread(made)


def _narrowed(one: Shown, channel: str, variant: str) -> Shown:
    fitting = [
        seen
        for seen in one.previews
        if (not channel or seen.channel == channel) and (not variant or seen.variant.value == variant)
    ]
    return Shown(one.message, one.due, fitting, one.image)
