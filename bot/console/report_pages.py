"""The officials' pages about residents' reports, put together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from bot.console.parts import Parts
from bot.console.reply_templates import ReplyTemplates
from bot.console.report_acts import ReportActs
from bot.console.report_agencies import ReportAgencies
from bot.console.report_bulk import ReportBulk
from bot.console.report_doing import ReportDoing
from bot.console.report_list import ReportLists
from bot.console.report_places import ReportPlaces
from bot.console.report_story import ReportStories
from bot.console.visits import Page
from bot.dispatching import forwarding_on
from bot.store.agencies import Agencies
from bot.store.dispatches import Dispatches
from bot.store.photos import Photos
from bot.store.report_neighbours import Neighbours
from bot.store.report_originals import Originals
from bot.store.report_search import ReportSearch
from bot.store.reports import Reports


class ReportPages:
    """Inbox, one report, acts on one and on several."""

    def __init__(self, parts: Parts) -> None:
        database, sealer, renderer, staff = parts.database, parts.sealer, parts.renderer, parts.accounts.staff
        deadlines = parts.settings.deadlines
        reports = Reports(database, sealer, deadlines, clock=parts.now)
        agencies, dispatches = Agencies(database), Dispatches(database, sealer)
        photos, templates = Photos(database, sealer), ReplyTemplates.read()
        forwarding = forwarding_on(database, sealer, parts.settings, reports, wall_clock=parts.now)
        places = ReportPlaces(lambda: parts.knowledge().places)
        fitting = ReportAgencies(agencies)
        doing = ReportDoing(
            database=database,
            reports=reports,
            forwarding=forwarding,
            dispatches=dispatches,
            agencies=fitting,
            staff=staff,
        )
        stories = ReportStories(
            reports=reports,
            photos=photos,
            originals=Originals(database, sealer),
            neighbours=Neighbours(database),
            agencies=fitting,
            dispatches=dispatches,
            forwarding=forwarding,
            staff=staff,
            places=places,
            deadlines=deadlines,
            templates=templates,
            renderer=renderer,
            clock=parts.now,
        )
        self._groups = (
            ReportLists(
                search=ReportSearch(database, parts.now),
                staff=staff,
                agencies=agencies,
                places=places,
                deadlines=deadlines,
                renderer=renderer,
                clock=parts.now,
            ),
            ReportBulk(
                reports=reports,
                doing=doing,
                agencies=fitting,
                forwarding=forwarding,
                templates=templates,
                renderer=renderer,
            ),
            stories,
            ReportActs(
                doing=doing,
                photos=photos,
                clean=parts.clean,
                stories=stories,
                templates=templates,
                renderer=renderer,
                today=parts.today,
            ),
        )

    def pages(self) -> Sequence[Page]:
        """Return the routes; what has a word of its own stands before what has a code in its place."""
        return tuple(chain.from_iterable(group.pages() for group in self._groups))
