"""The calendar of the fire-safety year: occasions with their lunar days, what is planned, what may be begun."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from aiohttp import web

from bot.campaigns.lifecycle import STATES, State
from bot.campaigns.lunar import LunarDay, lunar
from bot.campaigns.occasions import Occurrence, occasions
from bot.console.campaign_office import CampaignOffice
from bot.console.campaign_words import STATE_TAGS
from bot.console.permissions import Permission
from bot.console.visits import Page, Visit
from bot.store.campaign_records import CampaignLine

FIRST_YEAR, LAST_YEAR = 2020, 2100
"""Years that can be looked at; days and moons are known in all of them."""
_MOST: Final = 1_000


@dataclass(frozen=True)
class Entry:
    """An occasion with its day in the lunar calendar, the campaigns for it and the kits to begin one from."""

    occurrence: Occurrence
    lunar: str
    campaigns: Sequence[CampaignLine]
    kits: Mapping[str, str]
    over: bool


class CampaignCalendar:
    """The page of a year."""

    def __init__(self, office: CampaignOffice) -> None:
        self._office = office

    def pages(self) -> Sequence[Page]:
        """Return the route."""
        return (Page("GET", "/campaigns/calendar", self.year, Permission.SEE_CAMPAIGNS),)

    async def year(self, visit: Visit) -> web.Response:
        """The occasions of the year that the address names, this year where it names none."""
        today = self._office.today()
        year = _year(visit.request.query.get("nam", ""), today.year)
        planned = await self._planned(year)
        entries = [self._entry(one, planned.pop(one.id, []), today) for one in occasions(year)]
        coming = [one for one in entries if not one.over]
        gone = [one for one in entries if one.over] if coming else []  # of a year that is over all are looked at
        others = sorted((one for lines in planned.values() for one in lines), key=lambda one: (one.day, one.id))
        return self._office.renderer.page(
            visit,
            "campaigns/calendar.html",
            year=year,
            before=year - 1 if year > FIRST_YEAR else None,
            after=year + 1 if year < LAST_YEAR else None,
            months=_by_month(coming or entries),
            gone=_by_month(gone),
            many_gone=len(gone),
            others=others,
            lunar_of=lunar_in_words,
            states=STATES,
            tags=STATE_TAGS,
        )

    async def _planned(self, year: int) -> dict[str | None, list[CampaignLine]]:
        """The campaigns whose day is in the year, cancelled ones left out, by occasion."""
        found: dict[str | None, list[CampaignLine]] = defaultdict(list)
        after: int | None = None
        while lines := await self._office.campaigns.listed(_SHOWN, _MOST, after):
            for one in lines:
                if one.day is not None and one.day.year == year:
                    found[one.occasion].append(one)
            after = lines[-1].id
        return found

    def _entry(self, one: Occurrence, campaigns: list[CampaignLine], today: date) -> Entry:
        known = self._office.kits()
        kits = {kit: known[kit].title for kit in one.kits if kit in known}
        return Entry(one, lunar_in_words(one.day), campaigns, kits, one.last < today)


def _by_month(entries: Sequence[Entry]) -> list[tuple[int, list[Entry]]]:
    return [(month, list(held)) for month, held in groupby(entries, key=lambda one: one.occurrence.day.month)]


_SHOWN: Final = tuple(one for one in State if one is not State.CANCELLED)


def lunar_in_words(day: date) -> str:
    """Return a day in the lunar calendar, as people say it.

    >>> lunar_in_words(date(2026, 2, 17))
    'mùng 1 tháng Giêng âm lịch'
    """
    found: LunarDay = lunar(day)
    number = "rằm" if found.day == 15 else f"mùng {found.day}" if found.day <= 10 else str(found.day)
    month = {1: "Giêng", 12: "Chạp"}.get(found.month, str(found.month))
    return f"{number} tháng {month}{' nhuận' if found.leap else ''} âm lịch"


def _year(typed: str, present: int) -> int:
    known = typed.isascii() and typed.isdigit() and len(typed) == 4 and FIRST_YEAR <= int(typed) <= LAST_YEAR
    return int(typed) if known else present
