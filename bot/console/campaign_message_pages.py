"""The page on which an author writes one message of a draft, with what it looks like beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from aiohttp import web

from bot.campaigns.content import CHANNELS, VARIANTS, Doing, Message, Plan, Source, Variant
from bot.campaigns.lifecycle import State
from bot.campaigns.previews import Fault, Preview, preview, references
from bot.console import campaign_message_form as form
from bot.console.campaign_office import ONE, PATH, CampaignOffice, author_of
from bot.console.campaign_pieces import (
    digest_of,
    free_key,
    message_of,
    message_piece,
    with_message,
    without_message,
)
from bot.console.campaign_saving import Saving, keep
from bot.console.campaign_words import due_in_words
from bot.console.forms import Fields
from bot.console.permissions import Permission
from bot.console.rendering import see
from bot.console.visits import NotFoundError, Page, RefusedError, Visit
from bot.editing.reading import find_cards, find_passages
from bot.store.campaign_records import Campaign

_WRITE: Final = Permission.WRITE_CAMPAIGNS
_MOST_MESSAGES: Final = 40
_LONGEST_SOUGHT: Final = 100
_SHOWN: Final = 12
"""Hits of a search that are offered; more than that are narrowed by another word."""
_NOT_REMOVED: Final = "Tin này vừa được người khác sửa, hoặc chiến dịch không còn là bản soạn. Chưa bỏ tin nào."
_FIND_CARD, _FIND_SOURCE, _PREVIEW, _ENTER = "find_card", "find_source", "preview", "enter"


@dataclass(frozen=True)
class Hits:
    """What a search found, and for which words; () for none, None where nothing was searched."""

    words: str = ""
    cards: Sequence[tuple[str, str]] | None = None
    sources: Sequence[tuple[str, str, str]] | None = None
    more: bool = False


@dataclass(frozen=True)
class Room:
    """How many characters of a text still fit on the tightest channel, for the count beside the field."""

    left: int
    channel: str


@dataclass(frozen=True, kw_only=True)
class Showing:
    """What the page shows beside the form."""

    faults: Mapping[str, str] = field(default_factory=dict)
    hits: Hits = field(default_factory=Hits)
    said: str = ""
    theirs: Message | None = None
    shown: Message | None = None
    base: str | None = None
    tried: bool = False


class CampaignMessages:
    """The pages of single messages."""

    def __init__(self, office: CampaignOffice) -> None:
        self._office = office

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        message = ONE + r"/messages/{key:[A-Za-z0-9][\w.-]{0,79}}"
        return (
            Page("POST", f"{ONE}/messages", self.add, _WRITE),
            Page("GET", message, self.show, _WRITE),
            Page("POST", message, self.save, _WRITE),
            Page("POST", f"{message}/remove", self.remove, _WRITE),
            Page("POST", f"{message}/copy", self.copy, _WRITE),
        )

    async def add(self, visit: Visit) -> web.StreamResponse:
        """Open the form of a new message: nothing is stored until it is saved."""
        campaign = await self._office.campaign(visit)
        return see(f"{PATH}/{campaign.id}/messages/{free_key(campaign.plan)}")

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The form of a message; that of a new one where the key is the next free one."""
        campaign = await self._office.campaign(visit)
        if campaign.state is not State.DRAFT:
            return see(f"{PATH}/{campaign.id}")
        message = self._message(visit, campaign)
        return await self._page(visit, campaign, message, form.typed_of(message), Showing(shown=message))

    async def save(self, visit: Visit) -> web.StreamResponse:
        """Save a message; or look for cards or sources; or show what was typed as it will look."""
        campaign = await self._office.campaign(visit)
        known = message_of(campaign.plan, _key(visit)) or form.new_message(_key(visit))
        fields = Fields(await visit.request.post())
        typed = form.as_typed(fields, known)
        act = fields.text("act", longest=30, required=False)
        base = str(typed.get("base", ""))[:100]
        act = _asked_for(fields) if act == _ENTER else act
        if act in {_FIND_CARD, _FIND_SOURCE}:
            hits = await self._hits(fields, act)
            return await self._page(visit, campaign, known, typed, Showing(hits=hits, base=base))
        message = form.read_message(fields, known)
        if message is None:
            showing = Showing(faults=fields.faults, base=base)
            return await self._page(visit, campaign, known, typed, showing, status=422)
        if act == _PREVIEW:
            return await self._page(visit, campaign, known, typed, Showing(shown=message, base=base, tried=True))
        if message_of(campaign.plan, message.key) is None and len(campaign.plan.messages) >= _MOST_MESSAGES:
            raise RefusedError(f"Một chiến dịch có nhiều nhất {_MOST_MESSAGES} tin.")
        saving = Saving(campaign.id, message_piece(message.key), base, author_of(visit))
        kept = await keep(self._office.campaigns, saving, lambda plan: with_message(plan, message))
        if not kept.done:
            showing = Showing(said=kept.refused, theirs=message_of(kept.campaign.plan, message.key), shown=message)
            return await self._page(visit, kept.campaign, known, typed, showing, status=409)
        back = f"{PATH}/{campaign.id}" if act == "save_back" else f"{PATH}/{campaign.id}/messages/{message.key}"
        return await self._office.renderer.done(visit, back, f"Đã lưu tin “{message.title}”.")

    async def remove(self, visit: Visit) -> web.StreamResponse:
        """Take a message out of the draft."""
        campaign = await self._office.campaign(visit)
        message = message_of(campaign.plan, _key(visit))
        if message is None:
            raise NotFoundError
        base = Fields(await visit.request.post()).as_typed().get("base", "")
        saving = Saving(campaign.id, message_piece(message.key), base, author_of(visit))
        kept = await keep(self._office.campaigns, saving, lambda plan: without_message(plan, message.key))
        if not kept.done:
            raise RefusedError(
                "Tin này vừa được người khác sửa, hoặc chiến dịch không còn là bản soạn. Chưa bỏ tin nào."
            )
        return await self._office.renderer.done(visit, f"{PATH}/{campaign.id}", f"Đã bỏ tin “{message.title}”.")

    async def copy(self, visit: Visit) -> web.StreamResponse:
        """Add another message with the same content."""
        campaign = await self._office.campaign(visit)
        message = message_of(campaign.plan, _key(visit))
        if message is None:
            raise NotFoundError
        if len(campaign.plan.messages) >= _MOST_MESSAGES:
            raise RefusedError(f"Một chiến dịch có nhiều nhất {_MOST_MESSAGES} tin.")
        key = free_key(campaign.plan)
        title = f"{message.title[: form.LONGEST_TITLE - 10]} (bản sao)"
        saving = Saving(campaign.id, message_piece(key), "", author_of(visit))
        kept = await keep(
            self._office.campaigns, saving, lambda plan: with_message(plan, replace(message, key=key, title=title))
        )
        if not kept.done:
            raise RefusedError("Chiến dịch vừa thay đổi nên chưa sao chép được. Hãy tải lại trang rồi làm lại.")
        return await self._office.renderer.done(visit, f"{PATH}/{campaign.id}/messages/{key}", "Đã sao chép tin.")

    def _message(self, visit: Visit, campaign: Campaign) -> Message:
        key = _key(visit)
        message = message_of(campaign.plan, key)
        if message is None and key == free_key(campaign.plan):
            return form.new_message(key)
        if message is None:
            raise NotFoundError
        return message

    async def _hits(self, fields: Fields, act: str) -> Hits:
        base, today = self._office.base, self._office.today()
        sought = fields.text("sought_card" if act == _FIND_CARD else "sought_source", longest=2000, required=False)
        sought = sought[:_LONGEST_SOUGHT]
        if act == _FIND_CARD:
            cards, _ = await asyncio.to_thread(find_cards, base, sought) if sought else ((), ())
            return Hits(sought, cards=[(one.id, one.question) for one in cards[:_SHOWN]], more=len(cards) > _SHOWN)
        found = await asyncio.to_thread(find_passages, base, sought, today) if sought else []
        sources = [(one.address, f"{one.document}, {one.heading}", one.status) for one in found[:_SHOWN]]
        return Hits(sought, sources=sources, more=len(found) > _SHOWN)

    async def _page(
        self,
        visit: Visit,
        campaign: Campaign,
        message: Message,
        typed: Mapping[str, Any],
        showing: Showing,
        *,
        status: int = 200,
    ) -> web.Response:
        office, plan = self._office, campaign.plan
        shown = showing.shown or form.as_far_as_typed(typed, message)
        previews = await self._previews(shown, plan) if any(shown.texts.values()) else []
        found = await self._faults(plan, showing.shown)
        cited = references(replace(message, **self._chosen(typed)), office.base)
        return office.renderer.page(
            visit,
            "campaigns/message.html",
            status=status,
            campaign=campaign,
            message=message,
            new=message_of(plan, message.key) is None,
            typed=typed,
            faults=showing.faults,
            said=showing.said,
            theirs=showing.theirs,
            tried=showing.tried or showing.shown is None or bool(showing.said),
            labels=form.LABELS,
            hits=showing.hits,
            base=digest_of(plan, message_piece(message.key)) if showing.base is None else showing.base,
            previews=previews,
            plan_faults=[one for one in found if one.message == message.key],
            rooms=_rooms(previews, shown),
            due=due_in_words(message, plan),
            cited=[(number, self._source_name(one)) for number, one in enumerate(cited, 1)],
            card_names={one: self._card_name(one) for one in typed["cards"]},
            source_names={one: self._source_name(form.source_at(one)) for one in typed["sources"]},
            targets=self._targets(typed),
            earlier={f"answered:{one.key}": one.title for one in plan.messages if one.key != message.key},
            form=form,
            channels=CHANNELS,
            variants=VARIANTS,
            pictures={name: one.title for name, one in office.base.pictures.items()},
        )

    async def _faults(self, plan: Plan, shown: Message | None) -> Sequence[Fault]:
        """What is wrong with a plan in which a message stands as it is shown; a new one has no words yet."""
        if shown is None or (message_of(plan, shown.key) is None and not any(shown.texts.values())):
            return []
        return await self._office.faults(with_message(plan, shown))

    async def _previews(self, message: Message, plan: Plan) -> list[Preview]:
        office = self._office
        return await asyncio.to_thread(preview, message, plan, office.base, office.renderings, today=office.today())

    def _chosen(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "cards": tuple(typed["cards"]),
            "sources": tuple(form.source_at(one) for one in typed["sources"]),
        }

    def _card_name(self, card: str) -> str:
        found = self._office.base.cards.get(card)
        return found.question if found else f"{card} (không còn trong kho kiến thức)"

    def _source_name(self, source: Source) -> str:
        document = self._office.base.documents.get(source.document)
        if document is None:
            return f"{form.address_of(source)} (không còn trong kho kiến thức)"
        if not source.locator:
            return document.short_name
        passage = document.passage(source.locator)
        return f"{document.short_name}, {passage.section.locator if passage else source.locator + ' (không có)'}"

    def _targets(self, typed: Mapping[str, Any]) -> list[tuple[str, dict[str, str]]]:
        """What a button may open, in groups; what was chosen before is among it, even if it is gone."""
        base = self._office.base
        groups = [
            ("Bộ câu hỏi", {f"{Doing.QUIZ}:{one.id}": one.title for one in base.quizzes.values()}),
            ("Bài diễn tập", {f"{Doing.DRILL}:{one.id}": one.title for one in base.drills.values()}),
            ("Câu trả lời đã chọn ở trên", {f"{Doing.ASK}:{one}": self._card_name(one) for one in typed["cards"]}),
        ]
        known = {value for _, held in groups for value in held}
        others = {one["to"]: one["to"] for one in typed["offers"] if one["to"] and one["to"] not in known}
        cards = {to: self._card_name(to.partition(":")[2]) if to.startswith("ask:") else to for to in others}
        return [*groups, ("Đang dùng", cards)]


def _rooms(previews: Sequence[Preview], shown: Message) -> dict[str, Room]:
    """By variant: how much room its tightest channel leaves."""
    rooms: dict[str, Room] = {}
    for one in previews:
        if one.limit is None:
            continue
        left = one.limit - one.length
        if one.variant.value not in rooms or left < rooms[one.variant.value].left:
            rooms[one.variant.value] = Room(left, CHANNELS[one.channel])
    return rooms if shown.texts.get(Variant.HOUSEHOLD) is not None else {}


def _asked_for(fields: Fields) -> str:
    """Return what the key Enter means, which presses the first button: to look for new words, else to save."""
    for act, name in ((_FIND_CARD, "card"), (_FIND_SOURCE, "source")):
        sought = fields.text(f"sought_{name}", longest=2000, required=False)
        if sought and sought != fields.text(f"searched_{name}", longest=2000, required=False):
            return act
    return "save"


def _key(visit: Visit) -> str:
    return visit.request.match_info["key"]
