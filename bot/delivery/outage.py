"""What is said while the database is away: that it is, once, and once that work goes on; not with every look."""

from __future__ import annotations

import logging
from typing import Final

_LOG: Final = logging.getLogger(__name__)


class Outage:
    """The outage that one piece of work sees; `work` is named in the log, in the plural ("campaigns")."""

    def __init__(self, work: str) -> None:
        self._work = work
        self._going_on = False

    def met(self, error: Exception) -> None:
        """Say that the work waits for the database, unless that was said of this outage already."""
        if not self._going_on:
            _LOG.error("%s wait for the database: %s", self._work, type(error).__name__)
        self._going_on = True

    def over(self) -> None:
        """Say that the work goes on, if it waited."""
        if self._going_on:
            _LOG.warning("%s go on: the database is back", self._work)
        self._going_on = False
