"""Puts the pages of monitoring reports together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from bot.console.monitoring_desk import MonitoringDesk
from bot.console.monitoring_drafts import MonitoringDrafts
from bot.console.monitoring_editor import MonitoringEditor
from bot.console.monitoring_issuing import MonitoringIssuing
from bot.console.monitoring_list import MonitoringList
from bot.console.parts import PageGroup, Parts
from bot.console.visits import Page


class MonitoringPages:
    """Pages of officers who write reports, and of all who may read issued ones."""

    def __init__(self, parts: Parts) -> None:
        desk = MonitoringDesk(parts)
        editor = MonitoringEditor(desk)
        self._groups: Sequence[PageGroup] = (
            MonitoringList(desk),
            MonitoringDrafts(desk, editor),
            MonitoringIssuing(desk, editor),
        )

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return tuple(chain.from_iterable(group.pages() for group in self._groups))
