"""The ledger of campaigns at work: who is handed to a channel now, what comes back from it, and what is left.

The row of a recipient stands in the outbox only for the seconds before it is sent. There it has no words of its own:
what is sent is the text that approval froze, to whoever the contact is at that moment.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import campaign_statements as statements
from bot.store.campaign_gate import QUOTA_REST, Caps, asked
from bot.store.contacts import OPTIONS_STAY, offered
from bot.store.database import Database
from bot.store.outbox import Claimed
from bot.store.sealing import SealedDataError, Sealer

_LOG: Final = logging.getLogger(__name__)
GATE_LOCK: Final = 1_140_004
"""One gate judges at a time: it would not see what another lets through to the same person on another account."""
_MOST_TEXTS: Final = 500
_SOON: Final = timedelta(seconds=15)
"""What the outbox may send within so long counts as fed; what is held up for longer keeps nobody else out of it."""
_GONE: Final = timedelta(hours=1)
"""An account for which nobody has sent for so long is one that nobody serves now."""
_SPENT: Final = "hạn mức gửi của kênh đã hết"


@dataclass(frozen=True)
class Fed:
    """What feeding did: rows put into the outbox, put off, and skipped."""

    fed: int = 0
    waiting: int = 0
    skipped: int = 0

    @property
    def looked(self) -> int:
        """How many rows were looked at; 0 when there is nothing to feed now."""
        return self.fed + self.waiting + self.skipped


@dataclass(frozen=True)
class Ready:
    """A claimed message that may go now: the channel's user id, when they were last there, what the adapter sends."""

    claimed: Claimed
    user: str
    last_seen: datetime
    part: Mapping[str, Any]


@dataclass(frozen=True)
class _Text:
    """What approval froze: the part, and the sealed payloads of the choices that stand numbered in it."""

    body: Mapping[str, Any]
    options: bytes | None


class Ledger:
    """Feeds the outbox from the ledger, judges what was claimed, and takes rows back."""

    def __init__(self, database: Database, sealer: Sealer, caps: Caps) -> None:
        self._database = database
        self._sealer = sealer
        self._caps = caps
        self._texts: OrderedDict[int, _Text] = OrderedDict()

    async def feed(self, account_id: int, most: int, now: datetime) -> Fed:
        """Judge up to `most` recipients on an account and put those who may be sent to into its outbox."""
        values = {**asked(now, self._caps), "account": account_id, "most": most, "claimed": []}
        async with self._database.sessions.begin() as session:
            if (await session.execute(statements.ANYTHING_GOES)).first() is None:
                return Fed()
            if await self._is_spent(session, account_id, now):
                return Fed()
            row = (await session.execute(statements.FEED, values)).one()
            return Fed(row.fed, row.looked - row.fed - row.skipped, row.skipped)

    async def fed(self, account_id: int) -> int:
        """Return how many rows wait in the outbox of an account and may be sent soon."""
        async with self._database.sessions() as session:
            values = {"account": account_id, "soon": _SOON}
            return int(await session.scalar(statements.FED, values) or 0)

    async def passed(self, claimed: Sequence[Claimed], now: datetime) -> list[Ready]:
        """Judge what was claimed; return what may go now. The rest is skipped, or back in the ledger.

        It is to be called in the transaction of the claim, after `lock_gate`.
        """
        theirs = {one.id: one for one in claimed if one.recipient is not None}
        if not theirs:
            return []
        recipients = [one.recipient for one in theirs.values()]
        values = {**asked(now, self._caps), "outbox": list(theirs), "claimed": recipients}
        async with self._database.sessions.begin() as session:
            rows = (await session.execute(statements.JUDGE, values)).all()
            texts = await self._texts_of(session, {row.text_id for row in rows})
            ready = {row.outbox_id: self._ready(theirs[row.outbox_id], row, texts) for row in rows}
            if unreadable := [number for number, one in ready.items() if one is None]:
                await session.execute(statements.UNREADABLE, {"ids": unreadable})
            await _offer(session, rows, texts)
        return [one for _, one in sorted(ready.items()) if one is not None]

    async def feed_web(self, most: int, now: datetime) -> Fed:
        """Judge up to `most` recipients on the page, and put by what they may be sent."""
        values = {**asked(now, self._caps), "most": most, "claimed": []}
        async with self._database.sessions.begin() as session:
            if (await session.execute(statements.ANYTHING_GOES)).first() is None or not await lock_gate(session):
                return Fed()
            judged = (await session.execute(statements.FEED_WEB, values)).all()
            may = [row for row in judged if row.why is None]
            put = await self._put_by(session, await _held(session, may), now)
        skipped = sum(row.skipped for row in judged if row.why is not None)
        return Fed(put, len(judged) - len(may) - skipped, skipped)

    async def _put_by(self, session: AsyncSession, rows: Sequence[Row[Any]], now: datetime) -> int:
        texts = await self._texts_of(session, {row.text_id for row in rows})
        put = {
            "ids": [row.id for row in rows],
            "conversations": [row.person for row in rows],
            "sealed": [self._sealer.seal_json({**texts[row.text_id].body, "id": str(uuid4())}) for row in rows],
            "now": now,
        }
        return len((await session.execute(statements.PUT_BY, put)).all()) if rows else 0

    async def wake(self, account_id: int, since: datetime) -> int | None:
        """Let those wait no longer who have written since, and so opened Zalo's window; return how many rows.

        None when no campaign may be sent now: it was not looked, and `since` stays as it is for the next time.
        """
        async with self._database.sessions.begin() as session:
            if (await session.execute(statements.ANYTHING_GOES)).first() is None:
                return None
            values = {"account": account_id, "since": since}
            return len((await session.execute(statements.WAKE, values)).all())

    async def spent(self, account_id: int, now: datetime) -> int:
        """Note that an account's quota is used up, and take back all that waits for it; return how many rows."""
        async with self._database.sessions.begin() as session:
            await session.execute(statements.SPENT, {"account": account_id, "now": now})
            return len((await session.execute(statements.TAKE_BACK_ALL, {"account": account_id})).all())

    async def trouble(self, account_id: int, now: datetime) -> str | None:
        """Return why nothing of a campaign can go on an account now, in Vietnamese; None if it can."""
        values = {"account": account_id, "now": now, "since": now - QUOTA_REST}
        async with self._database.sessions() as session:
            row = (await session.execute(statements.TROUBLE, values)).first()
        if row is None:
            return None
        return f"kênh bị từ chối: {row.halted}" if row.halted else _SPENT if row.spent else None

    async def trouble_over(self, session: AsyncSession) -> None:
        """Forget that quotas were used up: somebody resumes a campaign, so it is tried anew."""
        await session.execute(statements.UNSPENT)

    async def unfeed(self, session: AsyncSession, campaign_id: int) -> int:
        """Take back what waits of a campaign in the outbox, in the caller's transaction; return how many rows."""
        return len((await session.execute(statements.UNFEED, {"campaign": campaign_id})).all())

    async def cancel_portion(self, campaign_id: int, most: int, now: datetime) -> int:
        """Skip up to `most` pending rows of a cancelled campaign; return how many. To be called until that is 0."""
        async with self._database.sessions.begin() as session:
            await self.unfeed(session, campaign_id)  # what a feeder put there while it was being cancelled
            values = {"campaign": campaign_id, "most": most, "now": now}
            return len((await session.execute(statements.CANCEL, values)).all())

    async def expire_portion(self, most: int, now: datetime) -> int:
        """Skip up to `most` pending rows of messages whose time is over; return how many.

        The reason is what they waited for last, else that nobody sends for their account, else `Why.LATE`.
        """
        async with self._database.sessions.begin() as session:
            await session.execute(statements.ABANDON, {"gone": _GONE})
            await session.execute(statements.TAKE_BACK_LATE, {"now": now})
            return len((await session.execute(statements.EXPIRE, {"most": most, "now": now})).all())

    async def retry(self, session: AsyncSession, message_id: int, now: datetime) -> int:
        """Set the failed rows of a message back to pending, in the caller's transaction; return how many.

        None once the message's time is over, and never one that is perhaps sent.
        """
        values = {"message": message_id, "now": now}
        return len((await session.execute(statements.RETRY, values)).all())

    async def _is_spent(self, session: AsyncSession, account_id: int, now: datetime) -> bool:
        values = {"account": account_id, "now": now, "since": now - QUOTA_REST}
        row = (await session.execute(statements.TROUBLE, values)).first()
        return row is not None and bool(row.spent)

    async def _texts_of(self, session: AsyncSession, ids: Collection[int]) -> Mapping[int, _Text]:
        """What approval froze never changes, so it is read once."""
        if missing := [one for one in ids if one not in self._texts]:
            for row in await session.execute(statements.TEXTS, {"ids": missing}):
                until = row.send_until + OPTIONS_STAY
                options = offered(self._sealer, row.options, until) if row.options else None
                self._texts[row.id] = _Text(row.body, options)
        texts = {one: self._texts[one] for one in ids}
        while len(self._texts) > _MOST_TEXTS:
            self._texts.popitem(last=False)
        return texts

    def _ready(self, message: Claimed, row: Row[Any], texts: Mapping[int, _Text]) -> Ready | None:
        try:
            user = self._sealer.open(row.sealed).decode("utf-8", "surrogatepass")
        except SealedDataError:
            _LOG.error("the contact of message %d cannot be read", message.id)
            return None
        return Ready(message, user, row.last_seen_at, texts[row.text_id].body)


async def lock_gate(session: AsyncSession) -> bool:
    """Let nobody else judge until the transaction ends; False, at once, when somebody does."""
    return bool(await session.scalar(statements.LOCK, {"lock": GATE_LOCK}))


async def _held(session: AsyncSession, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Hold the conversations; return one row of each that is held: the next waits for the verdict on this one."""
    theirs: dict[UUID, Row[Any]] = {}
    for row in rows:
        theirs.setdefault(row.person, row)
    if not theirs:
        return []
    held = set(await session.scalars(statements.HOLD, {"conversations": list(theirs)}))
    return [row for person, row in theirs.items() if person in held]


async def _offer(session: AsyncSession, rows: Sequence[Row[Any]], texts: Mapping[int, _Text]) -> None:
    """Remember which choices stand numbered in what is sent: who types a number means one of them."""
    contacts: defaultdict[bytes, list[int]] = defaultdict(list)
    for row in rows:
        if options := texts[row.text_id].options:
            contacts[options].append(row.contact_id)
    for sealed, numbers in contacts.items():
        await session.execute(statements.OFFER, {"options": sealed, "contacts": numbers})
