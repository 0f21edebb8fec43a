"""The page of a campaign that was approved: how far each message is, kept fresh by a small script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from bot.campaigns.content import CHANNELS, First, Plan
from bot.campaigns.lifecycle import FATES, OVER, STAGES, STATES, Act, Fate, Stage, State
from bot.campaigns.tally import Tally
from bot.console.campaign_acts import ACTS, possible_acts
from bot.console.campaign_history import history
from bot.console.campaign_office import ONE, CampaignOffice
from bot.console.campaign_result_tables import reason_in_words
from bot.console.campaign_scope import own_places, places_beyond
from bot.console.campaign_words import BROADCASTS, EVENTS, STATE_TAGS, percent_in_words
from bot.console.permissions import Permission
from bot.console.remembering import Remembered
from bot.console.visits import Page, Visit
from bot.store.campaign_figures import CampaignFigures
from bot.store.campaign_records import Campaign
from bot.store.campaign_results import MessageProgress, Progress, SoFar

BAR_WIDTH: Final = 1000
"""Units of a bar from end to end."""
_FAST, _SLOW = 3, 20
"""Seconds between two looks of the script: while something is sent, and else."""
_KEPT, _OLDEST = timedelta(seconds=20), timedelta(minutes=5)
_PATIENCE: Final = 0.3
"""Seconds for which a page waits for reasons that are counted anew; then it shows those counted before."""
_MOST_KEPT: Final = 32
_ORDER: Final = (
    Fate.READ,
    Fate.DELIVERED,
    Fate.SENT,
    Fate.SENDING,
    Fate.PENDING,
    Fate.SKIPPED,
    Fate.UNKNOWN,
    Fate.FAILED,
)
_STAGE_TAGS: Final[Mapping[Stage, str]] = {
    Stage.FIRST: "good",
    Stage.SENDING: "good",
    Stage.WATCHING: "warn",
    Stage.LATE: "bad",
}
_LEAST_LEFT: Final = timedelta(minutes=1)
_UNDER_WAY: Final = frozenset({Stage.FIRST, Stage.WATCHING, Stage.SENDING})


@dataclass(frozen=True)
class Slice:
    """A part of a bar: a fate, how many have it, and where it lies from 0 to `BAR_WIDTH`."""

    fate: str
    name: str
    number: int
    at: float
    width: float


def bar(tally: Tally) -> list[Slice]:
    """Return the slices of a bar, those that were reached first; fates that nobody has are left out."""
    slices, at = [], 0.0
    for fate in _ORDER:
        if number := tally.of(fate):
            width = BAR_WIDTH * number / tally.planned
            slices.append(Slice(fate.value, FATES[fate], number, round(at, 2), round(width, 2)))
            at += width
    return slices


@dataclass(frozen=True)
class Rate:
    """How much of something bad has happened, beside the limit at which sending pauses; shares in words."""

    what: str
    happened: int
    tried: int
    share: str
    limit: str
    near: bool


def rates(plan: Plan, so_far: SoFar) -> list[Rate]:
    """Return the rates that the stop rules look at, as they look at them; none before anything was tried."""
    rules = plan.stop_rules
    found = []
    for what, happened, tried, limit in (
        ("gửi không được", so_far.failed, so_far.tried, rules.failed),
        ("dừng nhận tin hoặc chặn", so_far.stopped, so_far.ever_tried, rules.stopped),
        ("báo tin không đúng", so_far.complained, so_far.ever_tried, rules.complained),
    ):
        if tried:
            share = 100 * happened / tried
            near = bool(happened) and share >= limit / 2
            found.append(Rate(what, happened, tried, percent_in_words(round(share, 2)), percent_in_words(limit), near))
    return found


def left_in_words(left: timedelta) -> str:
    """Return about how long something takes.

    >>> left_in_words(timedelta(minutes=95)), left_in_words(timedelta(seconds=20))
    ('khoảng 1 giờ 35 phút', 'dưới 1 phút')
    """
    if left < _LEAST_LEFT:
        return "dưới 1 phút"
    hours, minutes = divmod(round(left / _LEAST_LEFT), 60)
    return "khoảng " + " ".join(filter(None, (f"{hours} giờ" if hours else "", f"{minutes} phút" if minutes else "")))


class CampaignLive:
    """The page and the part of it that is asked for anew."""

    def __init__(self, office: CampaignOffice) -> None:
        self._office = office
        self._figures: Remembered[CampaignFigures | None] = Remembered(
            _MOST_KEPT, office.now, _KEPT, _OLDEST, _PATIENCE
        )

    def pages(self) -> Sequence[Page]:
        """Return the route that the script asks."""
        return (Page("GET", f"{ONE}/progress.json", self.progress, Permission.SEE_CAMPAIGNS),)

    async def show(self, visit: Visit, campaign: Campaign) -> web.Response:
        """The whole page."""
        office = self._office
        progress = await office.results.progress(campaign.id)
        places = visit.member.places
        figures = await self._figures.get(
            f"{campaign.id} {' '.join(sorted(places))}", lambda: office.results.figures(campaign.id, places)
        )
        events = await office.campaigns.events(campaign.id)
        repeat = await office.repeats(campaign)
        beyond = places_beyond(visit.member, campaign.plan.audience, office.places)
        begun = any(one.begun_at is not None for one in progress.messages)
        return office.renderer.page(
            visit,
            "campaigns/live.html",
            campaign=campaign,
            states=STATES,
            tags=STATE_TAGS,
            part=self._part(campaign, progress),
            every=_every(campaign),
            acts=[
                one
                for one in possible_acts(campaign, visit.member, office.places, begun=begun)
                if _fits(one, campaign, progress)
            ],
            act_words=ACTS,
            begun=begun,
            late=[(one.title, one.send_until) for one in progress.messages if one.stage is Stage.LATE],
            over=campaign.state in OVER,
            skipped=_by_reason(figures.skipped) if figures else [],
            failed=_by_reason(figures.failed) if figures else [],
            events=history(campaign, events),
            event_names=EVENTS,
            broadcasts=await office.broadcasts.of(campaign.id),
            broadcast_fates=BROADCASTS,
            channels=CHANNELS,
            day=campaign.plan.day,
            repeat=repeat,
            ends_series=visit.member.may(Permission.WRITE_CAMPAIGNS) and not beyond,
            own_places=own_places(visit.member, office.places),
        )

    async def progress(self, visit: Visit) -> web.StreamResponse:
        """What has changed, for the script: the numbers as a part of the page, and the version of the campaign."""
        campaign = await self._office.campaign(visit)
        progress = await self._office.results.progress(campaign.id)
        return web.json_response(
            {
                "version": campaign.version,
                "part": self._part(campaign, progress),
                "every": _every(campaign),
            }
        )

    def _part(self, campaign: Campaign, progress: Progress) -> str:
        ends = progress.ends_at
        return self._office.renderer.text(
            "campaigns/progress.html",
            campaign=campaign,
            progress=progress,
            messages=[_message(one, campaign.plan, progress) for one in progress.messages],
            total=progress.total,
            bar=bar(progress.total),
            waiting=_in_words(progress.waiting),
            left=left_in_words(ends - progress.counted_at) if ends else "",
            ends=ends,
            channels=CHANNELS,
            stages=STAGES,
            stage_tags=_STAGE_TAGS,
            fates={one.value: FATES[one] for one in _ORDER},
            sending=campaign.state is State.SENDING,
            watching=Stage.WATCHING,
            least=campaign.plan.stop_rules.least,
            cancelled=campaign.state is State.CANCELLED,
        )


def _message(one: MessageProgress, plan: Plan, progress: Progress) -> dict[str, Any]:
    total = one.total
    return {
        "progress": one,
        "total": total,
        "bar": bar(total),
        "waiting": _in_words(one.waiting),
        "next_at": one.next_at if one.waiting else None,
        "watched": _watched(one, plan.first, progress),
        "rates": rates(plan, one.so_far) if one.stage in _UNDER_WAY else [],
        "channels": [(CHANNELS.get(name, name), tally, bar(tally)) for name, tally in one.by_channel.items()],
    }


def _watched(one: MessageProgress, first: First | None, progress: Progress) -> dict[str, Any] | None:
    """Until when the first few are watched, and what comes then; None where they are not."""
    if one.stage is not Stage.WATCHING or first is None or one.first_done_at is None:
        return None
    until = one.first_done_at + first.watch
    return {"until": until, "over": until <= progress.counted_at, "alone": first.alone, "left": one.total.open}


def _in_words(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(reason_in_words(why), number) for why, number in reasons.items()]


def _by_reason(found: Mapping[tuple[str, str], int]) -> list[tuple[str, str, int]]:
    """Channel, reason and number, the most frequent first."""
    rows = [(CHANNELS.get(channel, channel), reason_in_words(why), number) for (channel, why), number in found.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


def _fits(act: Act, campaign: Campaign, progress: Progress) -> bool:
    """Sending again is offered only where somebody was surely not reached."""
    return act is not Act.RETRY or progress.total.of(Fate.FAILED) > 0


def _every(campaign: Campaign) -> int:
    """Seconds until the script looks again; 0: it need not."""
    if campaign.state in OVER:
        return 0
    return _FAST if campaign.state is State.SENDING else _SLOW
