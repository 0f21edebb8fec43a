"""The log of what the staff did, to be read in the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from bot.console.act_names import ACTS, PROGRAMS
from bot.console.forms import Fields
from bot.console.log_words import LogWords, subject_sought
from bot.console.parts import Parts
from bot.console.permissions import Permission
from bot.console.place_picker import named
from bot.console.visits import Page, Visit
from bot.store.audit import Audit, LogFilter

_SIZE: Final = 50
_MOST: Final = 999_999_999


class AuditPages:
    """Shows the log, newest first, with filters that stay in the address."""

    def __init__(self, parts: Parts) -> None:
        self._renderer = parts.renderer
        self._audit = Audit(parts.database)
        self._words = LogWords(lambda code: named(parts.knowledge().places, [code])[code])

    def pages(self) -> Sequence[Page]:
        """Return the one page: the log is read only."""
        return (Page("GET", "/log", self.log, Permission.SEE_LOG),)

    async def log(self, visit: Visit) -> web.StreamResponse:
        """Show a page of the log."""
        fields = Fields(visit.request.query)
        acts = await self._audit.acts()
        wanted = LogFilter(
            who=fields.text("who", longest=100, required=False) or None,
            act=fields.choice("act", dict.fromkeys(acts), required=False),
            subject=subject_sought(fields.text("subject", longest=100, required=False)) or None,
            first=fields.day("first", required=False),
            last=fields.day("last", required=False),
        )
        before = fields.whole("before", 1, _MOST, required=False)
        found = await self._audit.page(wanted, before=before, size=_SIZE + 1)
        shown, typed = found[:_SIZE], fields.as_typed()
        return self._renderer.page(
            visit,
            "audit/log.html",
            entries=shown,
            older=shown[-1].id if len(found) > _SIZE else None,
            before=before,
            acts={one: ACTS.get(one, one) for one in acts},
            names=ACTS,
            programs=PROGRAMS,
            words=self._words,
            typed=typed,
            faults=fields.faults,
        )
