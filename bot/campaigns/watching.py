"""Looks after what is being sent: the first few, the stop rules, accounts in trouble, and the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns.lifecycle import LIVE, Act, Stage, State
from bot.campaigns.stopping import broken
from bot.campaigns.telling_staff import Tell, paused, unserved
from bot.store.campaign_acts import PROGRAM, Doing, carry_out, held, messages_of
from bot.store.campaign_checks import Judge
from bot.store.campaign_ledger import Ledger
from bot.store.campaign_queue import ask_watch
from bot.store.campaign_records import Campaign, campaign_of, campaigns
from bot.store.campaign_stages import Counts, counts, held_message, is_open, last_resumed, move, stages_of, waits_for
from bot.store.campaign_tables import CampaignMessageRow, CampaignRow
from bot.store.database import Database

PORTION: Final = 5000
_EVERY: Final = timedelta(seconds=5)
_COSTLY: Final = 10
"""A look that takes long comes the more seldom: at most this part of the time is spent on looking."""
_LONG_AGO: Final = datetime(1, 1, 2, tzinfo=UTC)
_ENDED: Final = frozenset({Stage.DONE, Stage.LATE, Stage.STOPPED})
_BY_HAND: Final = "Tin “{}” đã gửi xong cho nhóm đầu và hết thời gian theo dõi. Chờ người phụ trách cho gửi tiếp."
_NOBODY_FIRST: Final = "Nhóm gửi đầu của tin “{}” không có ai, nên chưa thể thử trước. Người phụ trách cần quyết định."
_Look = Callable[[AsyncSession, Campaign, CampaignMessageRow, Counts, datetime], Awaitable[str | None]]


@dataclass(frozen=True, kw_only=True)
class Watching:
    """Watches one campaign at a time. `accounts`: numbers of those that are sent for; `lasted`: seconds of a clock."""

    database: Database
    judge: Judge
    ledger: Ledger
    accounts: Callable[[], Sequence[int]]
    tell: Tell
    clock: Callable[[], datetime]
    lasted: Callable[[], float]

    async def run(self, campaign: int) -> None:
        """Look after a campaign once, and ask for the next look as long as something of it is on its way."""
        begun = self.lasted()
        async with self.database.sessions() as session:
            line = (await session.execute(campaigns().where(CampaignRow.id == campaign))).first()
        if line is None:
            return
        found = campaign_of(line)
        if found.state is State.CANCELLED:
            await self._settle_cancelled(campaign)
        if found.state not in LIVE:
            return
        await self.expire()
        reason = await self._trouble(campaign) or await self._messages(found)
        if reason is not None:
            await self.pause(found, reason)
            return
        if await self._on_its_way(campaign):
            wait = max(_EVERY, timedelta(seconds=_COSTLY * (self.lasted() - begun)))
            async with self.database.sessions.begin() as session:
                await ask_watch(session, campaign, wait)

    async def expire(self) -> int:
        """Skip, in portions, all that waits beyond its time; return how many."""
        total = 0
        while done := await self.ledger.expire_portion(PORTION, self.clock()):
            total += done
        return total

    async def pause(self, found: Campaign, reason: str) -> bool:
        """Pause a campaign that is live, and tell staff."""
        async with self.database.sessions.begin() as session:
            row = await held(session, found.id)
            if State(row.state) not in LIVE:
                return False
            doing = Doing(act=Act.PAUSE, by=PROGRAM, at=self.clock(), text=reason)
            await carry_out(session, self.judge, self.ledger, row, doing)
        await self.tell(f"campaign-paused-{found.id}-{row.version}", paused(found.plan.title, reason))
        return True

    async def _settle_cancelled(self, campaign: int) -> None:
        while await self.ledger.cancel_portion(campaign, PORTION, self.clock()):
            pass

    async def _trouble(self, campaign: int) -> str | None:
        """Return why an account takes nothing now, if something of the campaign waits for it."""
        for account in self.accounts():
            reason = await self.ledger.trouble(account, self.clock())
            if reason is None:
                continue
            async with self.database.sessions() as session:
                if await waits_for(session, campaign, account):
                    return f"{reason[:1].upper()}{reason[1:]}."
        return None

    async def _messages(self, found: Campaign) -> str | None:
        """Move each message on; the reason why the campaign must pause, if there is one."""
        async with self.database.sessions() as session:
            since = await last_resumed(session, found.id) or _LONG_AGO
            stages = await stages_of(session, found.id)
        for number, stage in stages.items():
            look = _LOOKS.get(stage)
            if look is None:
                continue
            now = self.clock()
            async with self.database.sessions() as session:
                counted = await counts(session, number, since, now, self.accounts())
            if counted.unserved:
                await self.tell(f"campaign-unserved-{found.id}", unserved(found.plan.title, counted.unserved))
            if stage is not Stage.WATCHING:  # there the verdict looks at the rules
                rules = found.plan.stop_rules
                if (reason := broken(rules, counted, least=rules.least)) is not None:
                    return reason
            async with self.database.sessions.begin() as session:
                row = await held(session, found.id)
                message = await held_message(session, number)
                if State(row.state) not in LIVE or message is None or message.stage != stage.value:
                    continue
                if (reason := await look(session, found, message, counted, now)) is not None:
                    return reason
        return None

    async def _on_its_way(self, campaign: int) -> bool:
        """Complete a campaign of which nothing is left; whether something of it is on its way."""
        async with self.database.sessions.begin() as session:
            row = await held(session, campaign)
            if State(row.state) not in LIVE:
                return False
            stages = {Stage(one.stage) for one in await messages_of(session, campaign)}
            if stages <= _ENDED:
                doing = Doing(act=Act.COMPLETE, by=PROGRAM, at=self.clock())
                await carry_out(session, self.judge, self.ledger, row, doing)
            return not stages.isdisjoint(_LOOKS)


async def _first(
    session: AsyncSession, _found: Campaign, message: CampaignMessageRow, counted: Counts, now: datetime
) -> str | None:
    """The first few: when all of them have it, or wait for what may take days, they are watched."""
    if counted.first_open:
        return None
    await move(session, message, Stage.WATCHING, now, "message_first", first=counted.first)
    return None if counted.first or not counted.open else _NOBODY_FIRST.format(message.title)


async def _watching(
    session: AsyncSession, found: Campaign, message: CampaignMessageRow, counted: Counts, now: datetime
) -> str | None:
    """The verdict on the first few: here the rules hold however few they are, since that is what they are for."""
    if now >= message.send_until:
        return await _sending(session, found, message, counted, now)
    first = found.plan.first
    if (reason := broken(found.plan.stop_rules, counted, least=1)) is not None:
        return reason
    if first is not None and message.first_done_at is not None and now < message.first_done_at + first.watch:
        return None
    if first is not None and not first.alone:
        return _BY_HAND.format(message.title)
    await move(session, message, Stage.SENDING, now, "message_on")
    return None


async def _sending(
    session: AsyncSession, _found: Campaign, message: CampaignMessageRow, counted: Counts, now: datetime
) -> str | None:
    """Looked at again while the campaign is held: somebody may have asked to send to some of them anew."""
    if not counted.open and not await is_open(session, message.id):
        await move(session, message, Stage.DONE, now, "message_done")
    return None


_LOOKS: Final[dict[Stage, _Look]] = {
    Stage.FIRST: _first,
    Stage.WATCHING: _watching,
    Stage.SENDING: _sending,
}
