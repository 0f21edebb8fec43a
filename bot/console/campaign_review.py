"""The page on which another person looks at everything, checks each cited document, and approves or sends back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from aiohttp import web

from bot.campaigns.checking import Cited, cited
from bot.campaigns.content import CHANNELS, VARIANTS, Message, Plan
from bot.campaigns.lifecycle import STATES, Act, State
from bot.campaigns.previews import day_of
from bot.console.campaign_history import authors
from bot.console.campaign_office import ONE, PATH, CampaignOffice, author_of, refusing, version_of, why_not
from bot.console.campaign_previews import CampaignPreviews
from bot.console.campaign_reach import CampaignReach, Reach
from bot.console.campaign_scope import places_beyond
from bot.console.campaign_words import (
    STATE_TAGS,
    audience_in_words,
    due_in_words,
    first_in_words,
    percent_in_words,
    repeat_in_words,
)
from bot.console.forms import Fields
from bot.console.permissions import Permission
from bot.console.place_picker import named
from bot.console.rendering import see
from bot.console.visits import Page, Visit
from bot.store.campaign_checks import CitedDocument, cited_when_sent, due_at
from bot.store.campaign_errors import (
    ChangedTextsError,
    FaultyPlanError,
    NotInForceError,
    TooLateError,
    UncheckedError,
    WordsMissingError,
)
from bot.store.campaign_gate import Hours
from bot.store.campaign_records import Campaign

_APPROVE: Final = Permission.APPROVE_CAMPAIGNS
_LONGEST_WORDS: Final = 2_000
_PLACES_NAMED: Final = 5
_DIGITS: Final = 64
_BETWEEN: Final = " "
_TOLD_HERE: Final = (
    UncheckedError,
    NotInForceError,
    FaultyPlanError,
    TooLateError,
    WordsMissingError,
    ChangedTextsError,
)
"""Refusals after which the approver goes on with the same page, nothing of which is lost."""


@dataclass(frozen=True)
class Law:
    """A cited document as it stands on the days of sending, with the provisions that messages rest on.

    It is ticked as one: `ids` are what the store will ask for of what was shown.
    """

    ids: str
    name: str
    standing: str
    in_force: bool
    provisions: Sequence[Cited]


class CampaignReview:
    """The page of approval."""

    def __init__(self, office: CampaignOffice, reach: CampaignReach, previews: CampaignPreviews) -> None:
        self._office = office
        self._reach = reach
        self._previews = previews

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", f"{ONE}/review", self.show, _APPROVE),
            Page("POST", f"{ONE}/review", self.decide, _APPROVE),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Everything that the approver has to look at."""
        campaign = await self._office.campaign(visit)
        if campaign.state is not State.IN_REVIEW:
            return see(f"{PATH}/{campaign.id}")
        return await self._page(visit, campaign)

    async def decide(self, visit: Visit) -> web.StreamResponse:
        """Approve, or send back with words."""
        campaign = await self._office.campaign(visit)
        fields = Fields(await visit.request.post())
        ticked = fields.listed("checked")
        documents = [one for law in ticked for one in law.split(_BETWEEN)]
        words = fields.text("text", longest=_LONGEST_WORDS, required=False, lines=True)
        act = fields.choice("act", {Act.APPROVE.value: "", Act.SEND_BACK.value: ""})
        if not fields.fine or act is None:
            return await self._page(visit, campaign, fields, ticked=ticked, status=422)
        if act == Act.APPROVE and self._beyond(visit, campaign):  # the page says why
            return await self._page(visit, campaign, fields, ticked=ticked, status=409)
        try:
            await refusing(
                self._office.campaigns.act(
                    campaign.id,
                    Act(act),
                    author_of(visit),
                    version=version_of(fields),
                    text=words,
                    checked=documents,
                    shown=_digest(fields.text("texts", longest=_DIGITS, required=False)),
                    urgent=fields.flag("urgent"),
                ),
                campaign.id,
                *_TOLD_HERE,
                kept=words,
            )
        except _TOLD_HERE as error:
            return await self._page(visit, campaign, fields, ticked=ticked, said=why_not(error), status=409)
        done = "Đã duyệt. Hệ thống đang chốt danh sách người nhận." if act == Act.APPROVE else "Đã trả lại người soạn."
        return await self._office.renderer.done(visit, f"{PATH}/{campaign.id}", done)

    async def _page(
        self,
        visit: Visit,
        campaign: Campaign,
        fields: Fields | None = None,
        *,
        ticked: Sequence[str] = (),
        said: str = "",
        status: int = 200,
    ) -> web.Response:
        office, plan = self._office, campaign.plan
        # before what is shown: when the knowledge is exchanged in between, approval is refused
        digest = await asyncio.to_thread(office.campaigning.judging.texts_digest, plan)
        found = await office.faults(plan)
        wrote = authors(campaign, await office.campaigns.events(campaign.id))
        reach = await self._reach.of(campaign)
        typed: Mapping[str, str] = fields.as_typed() if fields else {}
        return office.renderer.page(
            visit,
            "campaigns/review.html",
            status=status,
            campaign=campaign,
            plan=plan,
            texts=digest.hex(),
            states=STATES,
            tags=STATE_TAGS,
            own=visit.member.id in wrote,
            beyond=self._beyond(visit, campaign),
            sum_up=sum_up(plan, reach, named(office.places, plan.audience.places), office.now()),
            said=said,
            faults=fields.faults if fields else {},
            words=typed.get("text", ""),
            urgent=bool(typed.get("urgent")),
            ticked=frozenset(ticked),
            laws=self._laws(plan),
            wrong=[one for one in found if one.message is None],
            by_message={one.key: [fault for fault in found if fault.message == one.key] for one in plan.messages},
            blocking=sum(one.blocks for one in found),
            shown=await self._previews.of(plan),
            reach=reach,
            audience=audience_in_words(plan.audience, office.places, office.titles()),
            first=first_in_words(plan.first, office.places),
            repeat=repeat_in_words(None if campaign.series_ended else plan.repeat, office.occasions),
            percent=percent_in_words,
            channels=CHANNELS,
            variants=VARIANTS,
            who=list(wrote.values()),
        )

    def _beyond(self, visit: Visit, campaign: Campaign) -> str:
        return places_beyond(visit.member, campaign.plan.audience, self._office.places)

    def _laws(self, plan: Plan) -> list[Law]:
        """What is cited, as the store will ask for it."""
        office = self._office
        try:
            found = cited_when_sent(office.campaigning.judging, plan)
        except ValueError:  # a day is not known yet: that is a fault of the plan, which is shown
            return []
        return laws_of(found, cited(plan, office.base, office.today()))


@dataclass(frozen=True)
class SumUp:
    """What approval sets going, for the place where it is decided. `everywhere`: it is for all of the country.

    `must_be_urgent`: without urgency it cannot be approved, as a message is due at night or is due already.
    """

    messages: int
    people: int
    where: str
    everywhere: bool
    starts: str
    ends: str
    costs: str
    must_be_urgent: bool = False

    @property
    def question(self) -> str:
        """What is asked once more before approval."""
        many = f"{self.messages} tin" if self.messages > 1 else "1 tin"
        people = f"{self.people:,}".replace(",", ".")
        return f"Duyệt gửi {many} tới khoảng {people} người, {self.where}, bắt đầu {self.starts}?"


def sum_up(plan: Plan, reach: Reach, places: Mapping[str, str], now: datetime) -> SumUp:
    """Return what approval of a plan sets going now. `places`: the names of those it is for, by code.

    What is urgent and due already goes at once.
    """
    in_order = sorted(plan.messages, key=lambda one: (day_of(one, plan, date.max), _hour(one)))
    names = list(places.values())
    more = f" và {len(names) - _PLACES_NAMED} nơi khác" if len(names) > _PLACES_NAMED else ""
    due = [when for one in in_order if (when := _due(one, plan)) is not None]
    at_once = plan.urgent and bool(due) and due[0] <= now
    return SumUp(
        messages=len(in_order),
        people=reach.estimate.reachable,
        where="; ".join(names[:_PLACES_NAMED]) + more if names else "cả nước",
        everywhere=not names,
        starts="ngay khi duyệt" if at_once else due_in_words(in_order[0], plan) if in_order else "",
        ends=due_in_words(in_order[-1], plan) if in_order else "",
        costs=reach.costs.total.words,
        must_be_urgent=plan.urgent and any(one <= now or Hours.at(one).quiet for one in due),
    )


def _due(message: Message, plan: Plan) -> datetime | None:
    try:
        return due_at(message, plan)
    except ValueError:  # its day is not known yet
        return None


def _digest(typed: str) -> bytes:
    """What the page carried; nothing fits what is no such digest."""
    try:
        return bytes.fromhex(typed)
    except ValueError:
        return b""


def _hour(message: Message) -> time:
    return message.when.at.time() if message.when.at else message.when.hour


def laws_of(found: Sequence[CitedDocument], provisions: Sequence[Cited]) -> list[Law]:
    """Return what the store asks for, one for each document; those that are not in force first."""
    by_document: dict[str, list[CitedDocument]] = {}
    for one in found:
        by_document.setdefault(one.document.partition("#")[0], []).append(one)
    laws = [
        Law(
            ids=_BETWEEN.join(one.document for one in asked),
            name=asked[0].name,
            standing="; ".join(dict.fromkeys(one.standing for one in asked)),
            in_force=all(one.in_force for one in asked),
            provisions=[one for one in provisions if one.document == document],
        )
        for document, asked in by_document.items()
    ]
    return sorted(laws, key=lambda one: one.in_force)
