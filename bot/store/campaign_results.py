"""How far a campaign is, in numbers, for pages that ask every second or two; no words and no people are read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns.lifecycle import GOING, LIVE, Act, Fate, Stage, State, Why
from bot.campaigns.tally import Tally, together
from bot.store.campaign_figures import CampaignFigures, figures_of
from bot.store.campaign_gate import Hours
from bot.store.database import Database

RATE_OVER: Final = timedelta(minutes=1)
"""Over how long the rate of sending is measured."""
FRESH: Final = 2.0
"""Seconds for which counts of a message under way are shown again without being counted anew."""
OLD: Final = timedelta(hours=1)
"""So long after its end little changes in a message: only what is read, answered or complained of later."""
FRESH_WHEN_OLD: Final = 600.0
OLDEST: Final = 60.0
"""Seconds after which numbers are not shown any more, however long counting takes."""
PATIENCE: Final = 0.05
_SHARE: Final = 10
"""Counting takes no more than one part in so many of the time, however many rows there are."""
_LONG_AGO: Final = datetime(1, 1, 2, tzinfo=UTC)
_OVER: Final = frozenset({Stage.DONE, Stage.LATE, Stage.STOPPED})

_MESSAGES: Final = text(f"""
    SELECT m.id, m.campaign_id, m.key, m.title, m.stage, m.due_at, m.send_until, m.listed_at, m.begun_at, m.ended_at,
        m.first_done_at, c.state, c.urgent, (SELECT max(e.at) FROM campaign_event e
            WHERE e.campaign_id = c.id AND e.act = '{Act.RESUME}') AS resumed_at
    FROM campaign_message m JOIN campaign c ON c.id = m.campaign_id
    WHERE m.campaign_id IN :campaigns ORDER BY m.campaign_id, m.place, m.id
""").bindparams(bindparam("campaigns", expanding=True))  # noqa: S608
_MEMBERS: Final = text("SELECT channel, count(*) FROM campaign_member WHERE campaign_id = :campaign GROUP BY 1")
_COUNTED: Final = text("""
    SELECT channel, state, CASE WHEN state = 'pending' AND fed_at IS NULL AND (not_before IS NULL OR not_before > :now)
            THEN reason END AS waits_for, count(*),
        count(answered_at), count(stopped_at), count(complained_at),
        count(*) FILTER (WHERE sent_at > :minute_ago AND sent_at <= :now AND state <> 'sending'),
        min(not_before) FILTER (WHERE state = 'pending' AND not_before > :now),
        count(*) FILTER (WHERE state IN ('sent', 'delivered', 'read', 'failed', 'unknown')
            AND COALESCE(settled_at, sent_at, :now) >= :since),
        count(*) FILTER (WHERE state = 'failed' AND COALESCE(settled_at, :now) >= :since),
        count(*) FILTER (WHERE stopped_at >= :since), count(*) FILTER (WHERE complained_at >= :since)
    FROM campaign_recipient WHERE message_id = :message GROUP BY 1, 2, 3
""")
_PLAIN: Final = text("SET LOCAL jit = off")  # compiling takes longer than counting


@dataclass(frozen=True)
class SoFar:
    """What the stop rules look at, since somebody last let the campaign go on (bot.campaigns.stopping.broken).

    Who stopped or complained since then may have got the message before, as `ever_tried` counts.
    """

    ever_tried: int = 0
    tried: int = 0
    failed: int = 0
    stopped: int = 0
    complained: int = 0

    def __add__(self, other: SoFar) -> SoFar:
        """Return both together."""
        return SoFar(
            self.ever_tried + other.ever_tried,
            self.tried + other.tried,
            self.failed + other.failed,
            self.stopped + other.stopped,
            self.complained + other.complained,
        )


@dataclass(frozen=True, kw_only=True)
class MessageProgress:
    """One message. As long as its ledger is not listed, all members stand as pending, or skipped if it was cancelled.

    `waiting`: of the pending ones, how many wait for what (values of `Why`, or the channel's words); the other pending
    ones are next. `last_minute`: sent within `RATE_OVER`. `next_at`: when the first waiting one may go.
    """

    id: int
    key: str
    title: str
    stage: Stage
    due_at: datetime
    send_until: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    listed: bool
    by_channel: Mapping[str, Tally]
    waiting: Mapping[str, int]
    last_minute: int = 0
    next_at: datetime | None = None
    first_done_at: datetime | None = None
    so_far: SoFar = SoFar()

    @property
    def total(self) -> Tally:
        """All channels together."""
        return together(self.by_channel.values())


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a campaign is. `counted_at`: when the oldest of its numbers was counted."""

    campaign_id: int
    counted_at: datetime
    messages: tuple[MessageProgress, ...]

    @property
    def total(self) -> Tally:
        """All messages together."""
        return together(one.total for one in self.messages)

    @property
    def waiting(self) -> Mapping[str, int]:
        """What the pending ones of all messages wait for, the most frequent first."""
        found: dict[str, int] = {}
        for message in self.messages:
            for why, number in message.waiting.items():
                found[why] = found.get(why, 0) + number
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))

    @property
    def per_minute(self) -> int:
        """Messages sent within the last minute before `counted_at`."""
        return sum(one.last_minute for one in self.messages)

    @property
    def next_at(self) -> datetime | None:
        """When the first of those that wait may go."""
        return min((one.next_at for one in self.messages if one.next_at is not None), default=None)

    @property
    def ends_at(self) -> datetime | None:
        """When all that could go now will be gone at the rate of the last minute; None where nothing goes.

        Those that wait for their hour or their window are not reckoned in: nobody knows when they may go.
        """
        going = [one for one in self.messages if one.stage in GOING]
        ready = sum(one.total.open - sum(one.waiting.values()) for one in going)
        if not ready or not self.per_minute:
            return None
        return self.counted_at + RATE_OVER * (ready / self.per_minute)


@dataclass(frozen=True)
class _Counts:
    """What was counted of one message. `taken`: when, in seconds of the clock that only goes on; `took`: how long."""

    at: datetime
    taken: float
    took: float
    by_channel: Mapping[str, Tally]
    waiting: Mapping[str, int]
    last_minute: int
    next_at: datetime | None
    listed: bool
    stage: Stage
    so_far: SoFar


class Results:
    """Counts, and keeps what it counted for a moment: many pages may ask about a ledger of a million rows.

    Keep one of it in a process. Numbers are counted anew after `FRESH` seconds, or after ten times as long as counting
    takes; those of a message that ended more than `OLD` ago after `FRESH_WHEN_OLD` seconds. Whoever asks then waits for
    the new ones no longer than a moment, and else is shown those before, with their time.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        seconds: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        """`seconds` only goes on; `patience`: how many of them a page waits rather than see older numbers."""
        self._database = database
        self._patience = patience
        self._now = now
        self._seconds = seconds
        self._kept: dict[int, _Counts] = {}
        self._counting: dict[int, asyncio.Task[_Counts]] = {}

    async def figures(self, campaign_id: int, places: Sequence[str] = ()) -> CampaignFigures | None:
        """Return all figures within the places (official codes; none: everywhere), None for no such campaign.

        Takes a second or two over a million rows: whoever shows them keeps them for a while.
        """
        return await figures_of(self._database, campaign_id, places, self._now())

    async def progress(self, campaign_id: int) -> Progress:
        """Return how far a campaign is; one that was never frozen, or is not there, has no messages."""
        return (await self.overview([campaign_id]))[campaign_id]

    async def overview(self, campaign_ids: Sequence[int]) -> Mapping[int, Progress]:
        """Return how far many campaigns are, for a list."""
        found: dict[int, list[MessageProgress]] = {one: [] for one in campaign_ids}
        oldest = dict.fromkeys(campaign_ids, self._now())
        for row in await self._messages(campaign_ids):
            counts = await self._counts(row)
            shown = replace(
                row.progress,
                by_channel=counts.by_channel,
                waiting=counts.waiting,
                last_minute=counts.last_minute,
                next_at=counts.next_at,
                so_far=counts.so_far,
            )
            found[row.campaign_id].append(_until_it_opens(shown, Hours.at(self._now())) if row.rests else shown)
            oldest[row.campaign_id] = min(oldest[row.campaign_id], counts.at)
        return {
            one: Progress(campaign_id=one, counted_at=oldest[one], messages=tuple(messages))
            for one, messages in found.items()
        }

    async def _messages(self, campaign_ids: Sequence[int]) -> list[_Message]:
        if not campaign_ids:
            return []
        async with self._database.sessions() as session:
            rows = (await session.execute(_MESSAGES, {"campaigns": list(campaign_ids)})).all()
        return [
            _Message(
                row.campaign_id,
                MessageProgress(
                    id=row.id,
                    key=row.key,
                    title=row.title,
                    stage=Stage(row.stage),
                    due_at=row.due_at,
                    send_until=row.send_until,
                    begun_at=row.begun_at,
                    ended_at=row.ended_at,
                    first_done_at=row.first_done_at,
                    listed=row.listed_at is not None,
                    by_channel={},
                    waiting={},
                ),
                State(row.state) in LIVE and not row.urgent,
                row.resumed_at or _LONG_AGO,
            )
            for row in rows
        ]

    async def _counts(self, message: _Message) -> _Counts:
        """Return what is known, or count; of those who ask at once, one counts and the others wait for it."""
        fresh, number = self._fresh(message), message.progress.id
        if fresh is not None:
            return fresh
        counting = self._counting.get(number)
        if counting is None or counting.done():
            counting = self._counting[number] = asyncio.create_task(self._counted(message))
        before = self._kept.get(number)
        if before is not None and self._seconds() - before.taken < OLDEST:
            await asyncio.wait({counting}, timeout=self._patience)
            if not counting.done():
                return before
        return await asyncio.shield(counting)  # one page that is closed does not take it from the others

    def _fresh(self, message: _Message) -> _Counts | None:
        kept, one = self._kept.get(message.progress.id), message.progress
        if kept is None or kept.listed is not one.listed or kept.stage is not one.stage:
            return None
        ended = one.ended_at if one.stage in _OVER else None
        may_be = FRESH_WHEN_OLD if ended is not None and self._now() - ended > OLD else max(FRESH, _SHARE * kept.took)
        return kept if self._seconds() - kept.taken < may_be else None

    async def _counted(self, message: _Message) -> _Counts:
        one, now, begun = message.progress, self._now(), self._seconds()
        async with self._database.sessions() as session:
            await session.execute(_PLAIN)
            if one.listed:
                rows = await _of_ledger(session, one.id, now, message.since)
            elif one.stage in _OVER and one.stage is not Stage.STOPPED:  # nobody was ever listed for it
                rows = []
            else:
                fate = Fate.SKIPPED if one.stage is Stage.STOPPED else Fate.PENDING
                found = await session.execute(_MEMBERS, {"campaign": message.campaign_id})
                rows = [_Row(channel, Tally({fate: number})) for channel, number in found]
        waiting: dict[str, int] = {}
        for row in rows:
            if row.waits_for is not None:
                waiting[row.waits_for] = waiting.get(row.waits_for, 0) + row.tally.planned
        counts = self._kept[one.id] = _Counts(
            at=now,
            taken=self._seconds(),
            took=self._seconds() - begun,
            by_channel={
                channel: together(row.tally for row in rows if row.channel == channel)
                for channel in sorted({row.channel for row in rows})
            },
            waiting=waiting,
            last_minute=sum(row.last_minute for row in rows),
            next_at=min((row.next_at for row in rows if row.next_at is not None), default=None),
            listed=one.listed,
            stage=one.stage,
            so_far=sum((row.so_far for row in rows), SoFar()),
        )
        return counts


@dataclass(frozen=True)
class _Message:
    campaign_id: int
    progress: MessageProgress  # without its numbers
    rests: bool  # it goes within the usual hours, and nothing but them may hold it up
    since: datetime


@dataclass(frozen=True)
class _Row:
    channel: str
    tally: Tally
    waits_for: str | None = None
    last_minute: int = 0
    next_at: datetime | None = None
    so_far: SoFar = SoFar()


async def _of_ledger(session: AsyncSession, message_id: int, now: datetime, since: datetime) -> list[_Row]:
    values = {"message": message_id, "now": now, "minute_ago": now - RATE_OVER, "since": since}
    rows = []
    for row in await session.execute(_COUNTED, values):
        channel, state, waits_for, number, answered, stopped, complained, last_minute, next_at, *since_then = row
        tally = Tally({Fate(state): number}, answered, stopped, complained)
        so_far = SoFar(tally.tried, *since_then)
        rows.append(_Row(channel, tally, waits_for, last_minute, next_at, so_far))
    return rows


def _until_it_opens(one: MessageProgress, hours: Hours) -> MessageProgress:
    """A message outside the usual hours: all of it waits for them.

    Nothing in the ledger says so of those who were not looked at yet: at night nobody is judged.
    """
    silent = one.total.of(Fate.PENDING) - sum(one.waiting.values())
    if not hours.quiet or one.stage not in GOING or silent <= 0:
        return one
    opens = hours.opens if hours.opens < one.send_until else None
    return replace(
        one,
        waiting={**one.waiting, Why.QUIET.value: one.waiting.get(Why.QUIET.value, 0) + silent},
        next_at=min((at for at in (one.next_at, opens) if at is not None), default=None),
    )
