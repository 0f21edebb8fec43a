"""Puts together what brings reports to agencies and their answers back: forwarding, mail, and the agencies' pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Final

from aiohttp import web

from bot.agency.acts import AgencyActs
from bot.agency.application import agency_application
from bot.agency.page import AgencyPage, Clean
from bot.agency.rendering import Templates
from bot.channels.rate_limit import RateLimiter
from bot.feedback.covering_letter import Coded
from bot.feedback.forwarding import Forwarding, Turn
from bot.feedback.mail import Mailer
from bot.feedback.mail_sending import Alert, MailSender, nobody
from bot.settings import Settings
from bot.store.agencies import Agencies
from bot.store.database import Database
from bot.store.dispatches import Dispatches
from bot.store.photos import Photos
from bot.store.reports import Reports
from bot.store.sealing import Sealer

_PAGES_PER_MINUTE: Final = 120
_PAGES_AT_ONCE: Final = 60
_POSTS_PER_MINUTE: Final = 10
_POSTS_AT_ONCE: Final = 12
_STOP_SECONDS: Final = 20.0


def _turn(settings: Settings, wall_clock: Callable[[], datetime]) -> Turn:
    return lambda state, kind: settings.deadlines.due(state, kind, wall_clock())


def forwarding_on(
    database: Database,
    sealer: Sealer,
    settings: Settings,
    reports: Reports,
    *,
    wall_clock: Callable[[], datetime],
) -> Forwarding:
    """Return what forwards reports with these settings."""
    return Forwarding(
        database=database,
        reports=reports,
        agencies=Agencies(database),
        dispatches=Dispatches(database, sealer),
        has_mail=settings.mail is not None,
        public_url=settings.public_url,
        turn=_turn(settings, wall_clock),
    )


def agency_pages(
    database: Database,
    sealer: Sealer,
    settings: Settings,
    reports: Reports,
    *,
    clean: Clean,
    coded: Coded,
    today: Callable[[], date],
    wall_clock: Callable[[], datetime],
    clock: Callable[[], float] = time.monotonic,
) -> web.Application:
    """Return the application behind agencies' links, to be mounted at `bot.agency.application.MOUNTED_AT`.

    `clock` counts seconds, `wall_clock` tells the time.
    """
    dispatches, photos, templates = Dispatches(database, sealer), Photos(database, sealer), Templates()
    page = AgencyPage(
        dispatches=dispatches,
        reports=reports,
        photos=photos,
        acts=AgencyActs(database, reports, dispatches, photos, _turn(settings, wall_clock)),
        clean=clean,
        templates=templates,
        coded=coded,
        deadlines=settings.deadlines,
        today=today,
    )
    return agency_application(
        page,
        templates,
        limiter=RateLimiter(_PAGES_PER_MINUTE, _PAGES_AT_ONCE, clock),
        posts=RateLimiter(_POSTS_PER_MINUTE, _POSTS_AT_ONCE, clock),
        trusted_proxies=settings.trusted_proxies,
    )


@asynccontextmanager
async def mail_sent(
    database: Database,
    sealer: Sealer,
    settings: Settings,
    reports: Reports,
    *,
    coded: Coded,
    alert: Alert = nobody,
) -> AsyncIterator[None]:
    """Send the mails to agencies until the context ends; a mail that is on its way then is waited for.

    Without a mail server and a public address there is nothing to do.
    """
    if settings.mail is None or settings.public_url is None:
        yield
        return
    sender = MailSender(
        dispatches=Dispatches(database, sealer),
        reports=reports,
        mailer=Mailer(settings.mail),
        public_url=settings.public_url,
        coded=coded,
        deadlines=settings.deadlines,
        alert=alert,
    )
    sending = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        sender.stop()
        await asyncio.wait({sending}, timeout=_STOP_SECONDS)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
