"""Puts campaigns together: what judges plans, their store, the ledger, audiences, and the work that the queue does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.campaigns.checking import Known
from bot.campaigns.judging import Judging
from bot.campaigns.telling_staff import Tell
from bot.campaigns.work import CampaignWork
from bot.gateway import renderings_of
from bot.jobs import EVERY_MINUTE, Task
from bot.settings import Settings
from bot.store.campaign_audience import Audiences
from bot.store.campaign_gate import Caps
from bot.store.campaign_ledger import Ledger
from bot.store.campaign_queue import BEGIN, FREEZE, SWEEP, WATCH
from bot.store.campaigns import Campaigns
from bot.store.database import Database
from bot.store.sealing import Sealer
from knowledge.check import KnowledgeBase
from knowledge.places import Places


def caps_of(settings: Settings) -> Caps:
    """Return how many messages of campaigns one person is sent."""
    return Caps(settings.campaign_cap_day, settings.campaign_cap_week)


def known_of(base: KnowledgeBase, caps: Caps) -> Known:
    """Return what messages may offer, and how many one person gets."""
    return Known(quizzes=frozenset(base.quizzes), drills=frozenset(base.drills), caps=caps)


def provinces_of(places: Places) -> dict[str, str]:
    """Return the code of the province of each commune, by the commune's code."""
    codes = {one.name: one.code for one in places.provinces}
    return {
        commune.code: province
        for commune in places.communes
        if commune.code is not None and (province := codes.get(commune.province)) is not None
    }


@dataclass(frozen=True, kw_only=True)
class Campaigning:
    """All that deals with campaigns. `now` has a time zone."""

    database: Database
    judging: Judging
    ledger: Ledger
    campaigns: Campaigns
    base: Callable[[], KnowledgeBase]
    now: Callable[[], datetime]

    def audiences(self) -> Audiences:
        """Audiences by the places of the knowledge in use."""
        return Audiences(self.database, provinces_of(self.base().places))

    def work(self, accounts: Callable[[], Sequence[int]], tell: Tell) -> CampaignWork:
        """What the queue does. `accounts`: the numbers of the accounts that are sent for now."""
        return CampaignWork(
            database=self.database,
            judge=self.judging,
            texts=self.judging.texts,
            ledger=self.ledger,
            audiences=self.audiences,
            accounts=accounts,
            tell=tell,
            clock=self.now,
            lasted=time.monotonic,
        )


def campaigning_of(
    database: Database,
    sealer: Sealer,
    settings: Settings,
    base: Callable[[], KnowledgeBase],
    now: Callable[[], datetime],
) -> Campaigning:
    """Put campaigns together. `base` gives the knowledge that is in use, which is asked for each time."""
    caps = caps_of(settings)
    judging = Judging(
        base=base,
        renderings=renderings_of(settings),
        known=lambda: known_of(base(), caps),
        now=now,
    )
    ledger = Ledger(database, sealer, caps)
    return Campaigning(
        database=database,
        judging=judging,
        ledger=ledger,
        campaigns=Campaigns(database, now, judge=judging, ledger=ledger),
        base=base,
        now=now,
    )


def tasks_of(work: CampaignWork) -> list[Task]:
    """Return what of campaigns waits in the queue."""
    return [
        Task(name=FREEZE, run=work.freeze),
        Task(name=BEGIN, run=work.begin),
        Task(name=WATCH, run=work.watch),
        Task(name=SWEEP, run=work.sweep, cron=EVERY_MINUTE),
    ]
