"""A member's own page: who they are here, and signing out everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from bot.console.parts import Parts
from bot.console.permissions import ROLES, Permission
from bot.console.visits import Page, Visit


class ProfilePage:
    """What the office has entered about the member, which only administrators change."""

    def __init__(self, parts: Parts) -> None:
        self._renderer = parts.renderer
        self._knowledge = parts.knowledge

    def pages(self) -> Sequence[Page]:
        """Return the page, and what keeps a session awake while somebody writes."""
        return (
            Page("GET", "/profile", self.profile, Permission.HOME),
            Page("GET", "/awake", self.awake, Permission.HOME),
        )

    async def awake(self, _visit: Visit) -> web.StreamResponse:
        """Say that the session goes on: a script asks while somebody types, so that a long text is not lost."""
        return web.Response(status=204)

    async def profile(self, visit: Visit) -> web.StreamResponse:
        """Show it."""
        places = self._knowledge().places
        units = [unit.name if (unit := places.coded(code)) else code for code in visit.member.places]
        roles = [ROLES[one] for one in visit.member.roles]
        return self._renderer.page(visit, "profile.html", roles=roles, units=units)
