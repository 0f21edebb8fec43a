"""What campaigns ask of the queue: freeze what was approved, begin what is due, watch what is sent, sweep up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot.campaigns.beginning import Beginning
from bot.campaigns.freezing import Freezing, Texts
from bot.campaigns.repeating import Repeating
from bot.campaigns.sweeping import Sweeping
from bot.campaigns.telling_staff import Tell
from bot.campaigns.watching import Watching
from bot.store.campaign_audience import Audiences
from bot.store.campaign_checks import Judge
from bot.store.campaign_ledger import Ledger
from bot.store.database import Database


@dataclass(frozen=True, kw_only=True)
class CampaignWork:
    """All of it; each piece may be done twice, or by two processes at once, and does nothing where nothing is to do.

    `accounts`: the numbers of the accounts that are sent for now. `clock` has a time zone; `lasted` counts seconds.
    """

    database: Database
    judge: Judge
    texts: Texts
    ledger: Ledger
    audiences: Callable[[], Audiences]
    accounts: Callable[[], Sequence[int]]
    tell: Tell
    clock: Callable[[], datetime]
    lasted: Callable[[], float]

    async def freeze(self, campaign: int, version: int) -> None:
        """Freeze audience and texts of what was approved in that version."""
        await self._freezing.run(campaign, version)

    async def begin(self, message: int) -> None:
        """Begin a message that is due."""
        await self._beginning.run(message)

    async def watch(self, campaign: int) -> None:
        """Look after what is being sent of a campaign."""
        await self._watching.run(campaign)

    async def sweep(self) -> None:
        """Make up for what was missed, and make the drafts of what comes again."""
        await self._sweeping.run()

    @cached_property
    def _freezing(self) -> Freezing:
        return Freezing(
            database=self.database,
            judge=self.judge,
            ledger=self.ledger,
            audiences=self.audiences,
            texts=self.texts,
            accounts=self.accounts,
            tell=self.tell,
            clock=self.clock,
        )

    @cached_property
    def _beginning(self) -> Beginning:
        return Beginning(database=self.database, judge=self.judge, ledger=self.ledger, tell=self.tell, clock=self.clock)

    @cached_property
    def _watching(self) -> Watching:
        return Watching(
            database=self.database,
            judge=self.judge,
            ledger=self.ledger,
            accounts=self.accounts,
            tell=self.tell,
            clock=self.clock,
            lasted=self.lasted,
        )

    @cached_property
    def _sweeping(self) -> Sweeping:
        return Sweeping(
            database=self.database,
            beginning=self._beginning,
            watching=self._watching,
            repeating=Repeating(database=self.database, tell=self.tell, clock=self.clock),
            tell=self.tell,
            clock=self.clock,
        )
