"""Brings what was approved on one machine to the knowledge folder of every other."""

from __future__ import annotations

import asyncio
from datetime import datetime

from bot.editing.publishing import Approved, Publisher
from bot.store.card_drafts import Drafts


class CatchingUp:
    """Writes approved drafts that are not in the folder yet. Called now and then, it costs one look at the database."""

    def __init__(self, drafts: Drafts, publisher: Publisher) -> None:
        self._drafts = drafts
        self._publisher = publisher
        self._upto: datetime | None = None

    async def __call__(self) -> int:
        """Write what is new; return how many files that were.

        Raises what the database raises, and `UnwritableError`; the next call tries again then.
        """
        newest = await self._drafts.published_last()
        if newest is None or newest == self._upto:
            return 0
        approved = [Approved(one.path, one.content, one.base_digest) for one in await self._drafts.published()]
        written = await asyncio.to_thread(self._publisher.catch_up, approved)
        self._upto = newest
        return written
