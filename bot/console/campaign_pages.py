"""Puts the pages of campaigns together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from bot.console.campaign_acts import CampaignActs
from bot.console.campaign_calendar import CampaignCalendar
from bot.console.campaign_editing import CampaignEditing
from bot.console.campaign_list import CampaignList
from bot.console.campaign_live import CampaignLive
from bot.console.campaign_message_pages import CampaignMessages
from bot.console.campaign_office import CampaignOffice
from bot.console.campaign_page import CampaignPage
from bot.console.campaign_previews import CampaignPreviews
from bot.console.campaign_reach import CampaignReach
from bot.console.campaign_review import CampaignReview
from bot.console.campaign_start import CampaignStart
from bot.console.campaign_trials import CampaignTrials
from bot.console.parts import PageGroup, Parts
from bot.console.visits import Page


class CampaignPages:
    """All of them but those of results."""

    def __init__(self, parts: Parts) -> None:
        office = CampaignOffice(parts)
        live, reach, previews = CampaignLive(office), CampaignReach(office), CampaignPreviews(office)
        self._groups: Sequence[PageGroup] = (
            CampaignList(office),
            CampaignCalendar(office),
            CampaignStart(office),
            CampaignPage(office, live, reach),
            CampaignEditing(office),
            CampaignMessages(office),
            CampaignTrials(office),
            CampaignReview(office, reach, previews),
            CampaignActs(office),
            live,
            reach,
            previews,
        )

    def pages(self) -> Sequence[Page]:
        """Return the routes; what has a word of its own stands before what has a number in its place."""
        return tuple(chain.from_iterable(group.pages() for group in self._groups))
