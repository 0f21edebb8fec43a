"""The list of campaigns: by state, by words, by who wrote them. What is chosen stands in the address."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bot.campaigns.lifecycle import STATES, State
from bot.console.campaign_office import CampaignOffice
from bot.console.campaign_words import STATE_TAGS
from bot.console.permissions import Permission
from bot.console.rendering import query
from bot.console.visits import Page, Visit
from bot.store.campaign_records import CampaignLine
from knowledge.vietnamese import fold, words

AT_ONCE: Final = 50
_FETCHED: Final = 200
_LONGEST_WORDS: Final = 200
_VIEWS: Final[Mapping[str, tuple[str, Collection[State]]]] = {
    "": ("Tất cả", ()),
    "soan": ("Đang soạn", (State.DRAFT,)),
    "duyet": ("Chờ duyệt", (State.IN_REVIEW,)),
    "chay": ("Đã lên lịch, đang gửi", (State.APPROVED, State.SCHEDULED, State.SENDING)),
    "dung": ("Tạm dừng, trục trặc", (State.PAUSED, State.FAILED)),
    "xong": ("Đã xong", (State.COMPLETED,)),
    "huy": ("Đã hủy", (State.CANCELLED,)),
}


@dataclass(frozen=True)
class View:
    """A saved view: its name and address, and how many campaigns it holds where that matters."""

    name: str
    address: str
    chosen: bool


class CampaignList:
    """The page that lists campaigns."""

    def __init__(self, office: CampaignOffice) -> None:
        self._office = office

    def pages(self) -> Sequence[Page]:
        """Return the route."""
        return (Page("GET", "/campaigns", self.listed, Permission.SEE_CAMPAIGNS),)

    async def listed(self, visit: Visit) -> web.Response:
        """The campaigns that the address asks for, the latest first."""
        asked = visit.request.query
        view = asked.get("tt", "") if asked.get("tt", "") in _VIEWS else ""
        typed = " ".join(asked.get("chu", "")[:_LONGEST_WORDS].replace("\0", " ").split())
        own = asked.get("cua") == "toi"
        after = _number(asked.get("sau", ""))
        chosen = {"tt": view, "chu": typed, "cua": "toi" if own else ""}
        lines, following = await self._found(visit, view, typed, own=own, after=after)
        return self._office.renderer.page(
            visit,
            "campaigns/list.html",
            lines=lines,
            views=[
                View(name, f"/console/campaigns{query({**chosen, 'tt': one})}", one == view)
                for one, (name, _) in _VIEWS.items()
            ],
            typed=typed,
            own=own,
            view=view,
            filtered=any(chosen.values()),
            states=STATES,
            tags=STATE_TAGS,
            next_address=f"/console/campaigns{query(chosen, sau=following)}" if following else None,
            first_address=f"/console/campaigns{query(chosen)}" if after else None,
            progress=await self._office.results.overview([one.id for one in lines if one.state in _WITH_BARS]),
        )

    async def _found(
        self, visit: Visit, view: str, typed: str, *, own: bool, after: int | None
    ) -> tuple[list[CampaignLine], int | None]:
        """One page of what fits, and where the next begins; reads on until the page is full or there are no more."""
        states = tuple(_VIEWS[view][1])
        sought = frozenset(words(fold(typed)))
        found: list[CampaignLine] = []
        while True:
            lines = await self._office.campaigns.listed(states, _FETCHED, after)
            fitting = (
                one
                for one in lines
                if (not own or one.created_by == visit.member.id) and sought <= frozenset(words(fold(one.title)))
            )
            found += fitting
            if len(found) > AT_ONCE:
                return found[:AT_ONCE], found[AT_ONCE - 1].id
            if len(lines) < _FETCHED:
                return found, None
            after = lines[-1].id


_WITH_BARS: Final = frozenset({State.SENDING, State.PAUSED, State.COMPLETED})


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 15 else None
