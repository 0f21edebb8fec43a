"""Whom a campaign would reach now, what it costs and how long it takes: an estimate, made anew every minute at most."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from bot.campaigns.content import CHANNELS, VARIANTS
from bot.campaigns.content_json import plan_as_json
from bot.campaigns.costs import Costs, costs, quota_words
from bot.campaigns.lifecycle import WHYS
from bot.console.campaign_office import ONE, CampaignOffice
from bot.console.permissions import Permission
from bot.console.place_picker import named
from bot.console.remembering import Remembered
from bot.console.visits import Page, Visit
from bot.store.campaign_audience import Estimate, Window, with_templates
from bot.store.campaign_records import Campaign

WINDOWS: Final = {
    Window.FREE: "",
    Window.PAID: "quá 48 giờ từ lần nhắn cuối, có thể mất phí",
    Window.TEMPLATE: "quá 7 ngày, nhận mẫu tin đã duyệt",
}
_KEPT: Final = timedelta(minutes=1)
_MOST_KEPT: Final = 32
_PATIENCE: Final = 1.0
"""Seconds for which the page of a draft waits to know whether it would reach anybody."""


@dataclass(frozen=True)
class Reach:
    """An estimate in the words of its page. Rows are names with numbers, the greatest first."""

    at: datetime
    estimate: Estimate
    channels: Sequence[tuple[str, int]]
    provinces: Sequence[tuple[str, int]]
    variants: Sequence[tuple[str, int]]
    unreachable: Sequence[tuple[str, str, int]]
    costs: Costs
    cost_lines: Sequence[tuple[str, int, str]]
    durations: Sequence[tuple[str, str]]
    quotas: Sequence[tuple[str, Sequence[str]]]

    @property
    def nobody(self) -> str:
        """What is said where it would reach nobody; "" where it reaches somebody."""
        return nobody_in_words(self.estimate)


def nobody_in_words(estimate: Estimate) -> str:
    """Return a warning that an audience reaches nobody now, "" where it reaches somebody."""
    if estimate.reachable:
        return ""
    if estimate.total:
        return "Lúc này không gửi được cho ai trong đối tượng nhận. Xem ước lượng để biết vì sao, hoặc chọn thêm kênh."
    return "Lúc này không có ai thuộc đối tượng nhận, nên không gửi được cho ai. Xem lại các điều kiện đã chọn."


class CampaignReach:
    """The page of the estimate; the page of approval shows the same."""

    def __init__(self, office: CampaignOffice) -> None:
        self._office = office
        self._estimates: Remembered[Estimate] = Remembered(_MOST_KEPT, office.now, _KEPT)

    def pages(self) -> Sequence[Page]:
        """Return the route."""
        return (Page("GET", f"{ONE}/reach", self.show, Permission.SEE_CAMPAIGNS),)

    async def show(self, visit: Visit) -> web.Response:
        """The estimate of a campaign."""
        campaign = await self._office.campaign(visit)
        return self._office.renderer.page(
            visit, "campaigns/reach.html", campaign=campaign, reach=await self.of(campaign)
        )

    async def nobody(self, campaign: Campaign) -> str:
        """Return a warning that it would reach nobody; "" where it reaches somebody, or counting takes too long."""
        try:
            return nobody_in_words(await asyncio.wait_for(self._estimate(campaign), _PATIENCE))
        except TimeoutError:  # the page of the estimate says so; what was begun is counted to its end
            return ""

    async def _estimate(self, campaign: Campaign) -> Estimate:
        office, plan = self._office, campaign.plan
        accounts = await office.accounts()

        async def make() -> Estimate:
            return await office.campaigning.audiences().estimate(
                plan.audience,
                plan.first,
                office.now(),
                list(accounts.values()),
                campaign=campaign.id,
                templates=with_templates(plan),
            )

        return await self._estimates.get(_key(campaign), make)

    async def of(self, campaign: Campaign) -> Reach:
        """Return whom it would reach now."""
        office, plan = self._office, campaign.plan
        accounts = await office.accounts()
        estimate = await self._estimate(campaign)
        found = costs(plan, estimate, office.paces, office.now())
        province_names = named(office.places, [code for code in estimate.by_province if code])
        quotas = [(CHANNELS[channel], quota_words(await office.quotas.every(one))) for channel, one in accounts.items()]
        return Reach(
            at=office.now(),
            estimate=estimate,
            channels=_rows((CHANNELS.get(one, one), number) for one, number in estimate.by_channel.items()),
            provinces=_rows(
                (province_names[one] if one else "Chưa cho biết nơi ở", number)
                for one, number in estimate.by_province.items()
            ),
            variants=_rows((VARIANTS[one], number) for one, number in estimate.by_variant.items()),
            unreachable=sorted(
                ((CHANNELS.get(one, one), WHYS[why], number) for (one, why), number in estimate.unreachable.items()),
                key=lambda row: -row[2],
            ),
            costs=found,
            cost_lines=[
                (
                    ", ".join(filter(None, (CHANNELS.get(line.channel, line.channel), WINDOWS[line.window]))),
                    line.messages,
                    line.span.words,
                )
                for line in found.lines
            ],
            durations=[(CHANNELS.get(one.channel, one.channel), one.words) for one in found.durations],
            quotas=[(name, words) for name, words in quotas if words],
        )


def _rows(found: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(found, key=lambda row: (-row[1], row[0]))


def _key(campaign: Campaign) -> str:
    """What the estimate hangs on."""
    plan = plan_as_json(campaign.plan)
    held = [campaign.id, plan["audience"], plan["first"], with_templates(campaign.plan)]
    return json.dumps(held, sort_keys=True)
