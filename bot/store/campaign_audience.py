"""Whom a campaign reaches: one row for each person, on the channel that suits them best, by one statement.

A person is a conversation. What was linked together is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns.content import CHANNELS, Audience, First, Plan, Variant
from bot.campaigns.lifecycle import Why
from bot.store.campaign_audience_sql import Asked, Statement
from bot.store.campaign_tables import CampaignMemberRow
from bot.store.database import Database


class Window(StrEnum):
    """How the channel takes a message to somebody now, which is what it costs."""

    FREE = "free"  # Telegram, a bot, the page; Zalo within 48 hours of their last word
    PAID = "paid"  # Zalo from 48 hours to 7 days
    TEMPLATE = "template"  # Zalo after 7 days, by an approved template


_WINDOWS: Final = {0: Window.FREE, 1: Window.PAID, 2: Window.TEMPLATE, 3: Window.FREE}
_WHYS: Final = {4: Why.WINDOW, 5: Why.CHANNEL_OFF}
_ROOM: Final = (
    text("SET LOCAL work_mem = '64MB'"),
    text("SET LOCAL enable_nestloop = off"),
    text("SET LOCAL statement_timeout = '300s'"),
)
"""A million people are sorted three times, with the usual 4 MB in many small pieces on the disk. A million look-ups by
an index, which the planner chooses while a ledger is too new for statistics, take ten times as long as a hash."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An audience in numbers of people, as of now.

    `total` is all of them; each is either in `by_channel` (their best channel, on which they can be reached now) or in
    `unreachable`, by that channel and why. `windows` tells those of `by_channel` apart by what they cost. `elsewhere`:
    how many of the unreachable could be reached on a channel that the audience leaves out; `instead`: how many of
    those reached cannot be reached on another channel of theirs. `first`: how many get each message first.
    """

    total: int = 0
    by_channel: Mapping[str, int] = field(default_factory=dict)
    by_province: Mapping[str | None, int] = field(default_factory=dict)
    by_variant: Mapping[Variant, int] = field(default_factory=dict)
    windows: Mapping[tuple[str, Window], int] = field(default_factory=dict)
    unreachable: Mapping[tuple[str, Why], int] = field(default_factory=dict)
    elsewhere: int = 0
    instead: int = 0
    first: int = 0

    @property
    def reachable(self) -> int:
        """How many can be reached now."""
        return sum(self.by_channel.values())


def with_templates(plan: Plan) -> bool:
    """Whether each message of a plan has a template for where the window of Zalo is closed."""
    return bool(plan.messages) and all(one.template is not None for one in plan.messages)


class Audiences:
    """Counts audiences and freezes them. `provinces` gives the province of each commune, both by official code."""

    def __init__(self, database: Database, provinces: Mapping[str, str] | None = None) -> None:
        self._database = database
        self._provinces = dict(provinces or {})

    async def estimate(
        self,
        audience: Audience,
        first: First | None,
        now: datetime,
        accounts: Sequence[int],
        *,
        campaign: int = 0,
        templates: bool = False,
    ) -> Estimate:
        """Return what `freeze` would list. `accounts`: those that are configured now, none of the web's.

        `templates`: what `with_templates` says of the plan. Raises ValueError for a condition on a
        campaign that is no number.
        """
        asked = self._asked(campaign, audience, first, accounts, now, templates=templates)
        async with self._database.sessions.begin() as session:
            await with_room(session)
            return _estimate(await _rows(session, asked.counting()))

    async def freeze(  # noqa: PLR0917 (what is listed, in the order of the question)
        self,
        session: AsyncSession,
        campaign: int,
        audience: Audience,
        first: First | None,
        accounts: Sequence[int],
        now: datetime,
        *,
        templates: bool = False,
    ) -> int:
        """List the members of a campaign in the caller's transaction, in place of earlier ones; return how many.

        Who can be reached on no channel now is listed too: they may write before the message's time is over.
        """
        asked = self._asked(campaign, audience, first, accounts, now, templates=templates)
        await with_room(session)
        await session.execute(delete(CampaignMemberRow).where(CampaignMemberRow.campaign_id == campaign))
        listing = asked.listing()
        listed = await session.execute(text(listing.text), listing.values)
        await session.execute(text("ANALYZE campaign_member"))  # what follows in this transaction is planned by it
        await session.execute(text("SET LOCAL enable_nestloop = on"))
        return int(listed.rowcount)  # type: ignore[attr-defined]

    def _asked(
        self,
        campaign: int,
        audience: Audience,
        first: First | None,
        accounts: Sequence[int],
        now: datetime,
        *,
        templates: bool,
    ) -> Asked:
        return Asked(
            campaign=campaign,
            audience=audience,
            first=first,
            now=now,
            accounts=accounts,
            channels=audience.channels or tuple(CHANNELS),
            units=self._provinces,
            templates=templates,
        )


async def with_room(session: AsyncSession) -> None:
    """Give this transaction the room that an audience of a million needs."""
    for setting in _ROOM:
        await session.execute(setting)


async def _rows(session: AsyncSession, statement: Statement) -> Sequence[Row[Any]]:
    return (await session.execute(text(statement.text), statement.values)).all()


def _estimate(rows: Iterable[Row[Any]]) -> Estimate:
    by_channel, windows, unreachable = Counter[str](), Counter[tuple[str, Window]](), Counter[tuple[str, Why]]()
    by_province, by_variant = Counter[str | None](), Counter[Variant]()
    total = elsewhere = instead = first = 0
    for row in rows:
        if row.way in _WINDOWS:
            by_channel[row.channel] += row.people
            windows[row.channel, _WINDOWS[row.way]] += row.people
        else:
            unreachable[row.channel, _WHYS[row.way]] += row.people
        by_province[row.province_code] += row.people
        by_variant[Variant(row.variant)] += row.people
        total, first = total + row.people, first + row.first
        elsewhere, instead = elsewhere + row.elsewhere, instead + row.instead
    return Estimate(
        total=total,
        by_channel=dict(by_channel),
        by_province=dict(by_province),
        by_variant=dict(by_variant),
        windows=dict(windows),
        unreachable=dict(unreachable),
        elsewhere=elsewhere,
        instead=instead,
        first=first,
    )
