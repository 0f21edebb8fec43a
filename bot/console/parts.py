"""What the pages of the console are built from. Each group of pages takes this one object and picks what it needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.console.accounts import Accounts
from bot.console.passwords import Passwords
from bot.console.rendering import Renderer
from bot.console.visits import Page
from bot.conversation.messages import Reply
from bot.feedback.photos import Cleaning
from bot.settings import Settings
from bot.store.database import Database
from bot.store.sealing import Sealer
from bot.store.staff import Staff
from bot.store.staff_sessions import StaffSessions
from bot.understanding import Understanding
from bot.workshop import Heavy
from knowledge.check import KnowledgeBase

Tell = Callable[[Sequence[int], Reply, str], Awaitable[None]]
"""Sends a reply to contacts, once under one key."""


async def _nobody(_contacts: Sequence[int], _reply: Reply, _key: str) -> None:
    """Where no channel is sent for, nobody can be told anything."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the console stands on.

    `understanding` gives what answers now, `knowledge` its knowledge base (places with their codes among it): ask each
    time, since they are exchanged while the program runs. `knowledge_refused` tells why changed knowledge is not in
    use, None when all is well. `clean` makes photos safe, a few at a time in the whole program. `heavy` does what takes
    a processor long. `tell` sends something to contacts of ours. `now` has a time zone, `today` is the day in
    Viet Nam.
    """

    database: Database
    sealer: Sealer
    settings: Settings
    understanding: Callable[[], Understanding]
    knowledge: Callable[[], KnowledgeBase]
    now: Callable[[], datetime]
    today: Callable[[], date]
    accounts: Accounts
    sessions: StaffSessions
    renderer: Renderer
    clean: Cleaning
    knowledge_refused: Callable[[], str | None] = lambda: None
    heavy: Heavy = asyncio.to_thread
    tell: Tell = _nobody

    @property
    def public_url(self) -> str | None:
        """Address under which residents and agencies reach this instance, without a slash at the end."""
        return self.settings.public_url


def parts_of(
    *,
    database: Database,
    sealer: Sealer,
    settings: Settings,
    understanding: Callable[[], Understanding],
    now: Callable[[], datetime],
    today: Callable[[], date],
    passwords: Passwords | None = None,
    knowledge: Callable[[], KnowledgeBase] | None = None,
    knowledge_refused: Callable[[], str | None] = lambda: None,
    heavy: Heavy = asyncio.to_thread,
    clean: Cleaning | None = None,
    tell: Tell = _nobody,
) -> Parts:
    """Put the parts together; `knowledge` is that of `understanding` where none is given."""
    base = knowledge or (lambda: understanding().base)
    sessions = StaffSessions(database, now)
    return Parts(
        database=database,
        sealer=sealer,
        settings=settings,
        understanding=understanding,
        knowledge=base,
        now=now,
        today=today,
        accounts=Accounts(Staff(database, sealer), passwords or Passwords(), lambda: base().places, now),
        sessions=sessions,
        renderer=Renderer(sessions),
        clean=clean or Cleaning(),
        knowledge_refused=knowledge_refused,
        heavy=heavy,
        tell=tell,
    )


class PageGroup(Protocol):
    """Pages that belong together."""

    def pages(self) -> Sequence[Page]:
        """Return the routes, paths below /console."""
        ...
