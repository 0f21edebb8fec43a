"""A campaign that is being sent, written straight into the tables: what the tests of the ledger begin with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bot.campaigns.content import Audience, Plan
from bot.campaigns.content_json import plan_as_json
from bot.delivery.campaign_gate import CampaignGate
from bot.store.accounts import Accounts
from bot.store.campaign_gate import Caps
from bot.store.campaign_ledger import Fed, Ledger, Ready
from bot.store.database import Database
from bot.store.leases import Leases
from bot.store.outbox import Outbox, OutboxState, Settled
from tests.integration.stored import SEALER

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
NOON: Final = datetime(2026, 10, 5, 12, 0, tzinfo=ZONE)
"""A Monday at noon, when anything may be sent."""
SAID: Final = "Chào bà con, 04/10 là Ngày toàn dân phòng cháy và chữa cháy."


def local(hour: int, minute: int = 0, second: int = 0, *, day: int = 5) -> datetime:
    """A moment of October 2026 in Viet Nam."""
    return datetime(2026, 10, day, hour, minute, second, tzinfo=ZONE)


@dataclass(frozen=True)
class Resident:
    """Somebody in a ledger: their row there, contact, conversation, and digest."""

    row: int
    contact: int | None
    conversation: UUID
    digest: bytes


class Rows:
    """Writes campaigns and residents."""

    def __init__(self, database: Database, now: datetime = NOON) -> None:
        self.database = database
        self.now = now
        self._staff: int | None = None

    def ledger(self, caps: Caps | None = None) -> Ledger:
        return Ledger(self.database, SEALER, caps or Caps())

    async def account(self, channel: str = "telegram", name: str = "1") -> int:
        return await Accounts(self.database).number(channel, name)

    async def campaign(
        self, *, state: str = "sending", urgent: bool = False, topics: Sequence[str] = ("campaigns",)
    ) -> int:
        """A campaign in a state; its number."""
        if self._staff is None:
            self._staff = await self._new(
                "INSERT INTO staff (login, name, password, roles) VALUES (:login, 'Cán bộ', 'x', '{}') RETURNING id",
                login=uuid4().hex,
            )
        plan = plan_as_json(Plan(title="Ngày 04/10", audience=Audience(topics=tuple(topics))))
        return await self._new(
            "INSERT INTO campaign (state, title, plan, created_by, changed_by, urgent) "
            "VALUES (:state, 'Ngày 04/10', CAST(:plan AS jsonb), :staff, :staff, :urgent) RETURNING id",
            state=state,
            plan=json.dumps(plan),
            staff=self._staff,
            urgent=urgent,
        )

    async def message(
        self,
        campaign: int,
        *,
        stage: str = "sending",
        until: timedelta = timedelta(hours=6),
        channels: Sequence[str] = ("telegram", "web"),
        unless: Sequence[str] | None = None,
        key: str | None = None,
        options: Sequence[str] = (),
    ) -> int:
        """A message of a campaign that has begun an hour ago, with texts for these channels; its number."""
        number = await self._new(
            "INSERT INTO campaign_message (campaign_id, key, place, title, due_at, send_until, stage, unless) VALUES "
            "(:campaign, :key, 0, 'Tin', :due, :until, :stage, CAST(:unless AS jsonb)) RETURNING id",
            campaign=campaign,
            key=key or uuid4().hex,
            due=self.now - timedelta(hours=1),
            until=self.now + until,
            stage=stage,
            unless=json.dumps(list(unless)) if unless else None,
        )
        for channel in channels:
            await self._new(
                "INSERT INTO campaign_text (message_id, channel, variant, body, options) VALUES (:message, :channel, "
                "'household', CAST(:body AS jsonb), CAST(:options AS jsonb)) RETURNING id",
                message=number,
                channel=channel,
                body=json.dumps({"text": f"{SAID} ({channel})"}),
                options=json.dumps(list(options)),
            )
        return number

    async def resident(
        self,
        message: int,
        account: int | None,
        *,
        channel: str = "telegram",
        conversation: UUID | None = None,
        first: bool = False,
        seen: datetime | None = None,
        variant: str = "household",
    ) -> Resident:
        """Somebody who subscribed, in the ledger of a message; on the page where there is no account."""
        person = conversation or uuid4()
        await self._subscribed(person)
        digest = uuid4().bytes
        contact = None
        if account is not None:
            contact = await self._new(
                "INSERT INTO contact (account_id, digest, sealed, conversation_id, last_seen_at) VALUES "
                "(:account, :digest, :sealed, :person, :seen) RETURNING id",
                account=account,
                digest=digest,
                sealed=SEALER.seal(digest.hex().encode()),
                person=person,
                seen=seen or self.now,
            )
        known = Resident(0, contact, person, digest)
        return await self.listed(message, known, account, channel=channel, first=first, variant=variant)

    async def listed(
        self,
        message: int,
        who: Resident,
        account: int | None,
        *,
        channel: str = "telegram",
        first: bool = False,
        variant: str = "household",
    ) -> Resident:
        """The same resident in the ledger of another message."""
        row = await self._new(
            "INSERT INTO campaign_recipient (message_id, member_id, conversation_id, contact_id, account_id, channel, "
            "variant, first) VALUES (:message, nextval('campaign_member_id_seq'), :person, :contact, :account, "
            ":channel, :variant, :first) RETURNING id",
            message=message,
            person=who.conversation,
            contact=who.contact,
            account=account,
            channel=channel,
            variant=variant,
            first=first,
        )
        return Resident(row, who.contact, who.conversation, who.digest)

    async def many(self, message: int, account: int, number: int, *, channel: str = "telegram") -> None:
        """So many residents at once, whose ids on the channel are the numbers from 1,000,000 on."""
        sealed = [SEALER.seal(str(1_000_000 + one).encode()) for one in range(number)]
        async with self.database.sessions.begin() as session:
            await session.execute(
                text(
                    """
                    WITH new AS (
                        SELECT n, sealed, gen_random_uuid() AS person
                        FROM unnest(CAST(:sealed AS bytea[])) WITH ORDINALITY AS new (sealed, n)
                    ), talked AS (
                        INSERT INTO conversation (id, channel) SELECT person, :channel FROM new
                    ), agreed AS (
                        INSERT INTO subscription (conversation_id, topics, consent_version)
                        SELECT person, '{campaigns}', '1' FROM new
                    ), met AS (
                        INSERT INTO contact (account_id, digest, sealed, conversation_id, last_seen_at)
                        SELECT :account, decode(md5(n::text), 'hex'), sealed, person, :seen FROM new
                        RETURNING id, conversation_id
                    )
                    INSERT INTO campaign_recipient (message_id, member_id, conversation_id, contact_id, account_id,
                        channel, variant, first)
                    SELECT :message, nextval('campaign_member_id_seq'), conversation_id, id, :account, :channel,
                        'household', false
                    FROM met ORDER BY id
                """.replace("::text", "\\:\\:text")
                ),
                {"sealed": sealed, "channel": channel, "account": account, "seen": self.now, "message": message},
            )

    async def row(self, who: Resident) -> dict[str, Any]:
        """What the ledger says of somebody."""
        async with self.database.sessions() as session:
            found = await session.execute(text("SELECT * FROM campaign_recipient WHERE id = :id"), {"id": who.row})
            return dict(found.mappings().one())

    async def _subscribed(self, person: UUID) -> None:
        async with self.database.sessions.begin() as session:
            for statement in (
                "INSERT INTO conversation (id, channel) VALUES (:person, 'web') ON CONFLICT DO NOTHING",
                "INSERT INTO subscription (conversation_id, topics, consent_version) "
                "VALUES (:person, '{campaigns}', '1') ON CONFLICT DO NOTHING",
            ):
                await session.execute(text(statement), {"person": person})

    async def _new(self, statement: str, **values: Any) -> int:
        async with self.database.sessions.begin() as session:
            return int((await session.execute(text(statement), values)).scalar_one())


async def states(database: Database, table: str = "campaign_recipient") -> dict[str, int]:
    """How many rows there are of each state."""
    async with database.sessions() as session:
        rows = await session.execute(text(f"SELECT state, count(*) AS number FROM {table} GROUP BY state"))  # noqa: S608
        return {row.state: row.number for row in rows}


class Gate:
    """One account on which a worker sends, driven by hand: fed, then claimed and judged."""

    def __init__(self, rows: Rows, account: int, ledger: Ledger, database: Database | None = None) -> None:
        """`database`: connections of its own, where another worker is meant."""
        self.rows = rows
        self.account = account
        self.ledger = ledger
        self.worker = uuid4()
        self.database = database or rows.database
        self.outbox = Outbox(self.database, SEALER)

    @classmethod
    async def of(cls, rows: Rows, account: int, caps: Caps | None = None) -> Gate:
        gate = cls(rows, account, rows.ledger(caps))
        assert await Leases(rows.database).hold(account, gate.worker)
        return gate

    async def feed(self, now: datetime, most: int = 100) -> Fed:
        return await self.ledger.feed(self.account, most, now)

    async def passes(self, now: datetime, most: int = 100) -> list[Ready]:
        """What may go now of all that waits."""
        claim = partial(self.outbox.claim, self.account, self.worker, most, gated=True)
        passed = None
        while passed is None:  # another gate is at it
            passed = await CampaignGate(self.database, self.ledger, lambda: now).passed(claim)
        return [
            Ready(one, to.user, to.last_seen or now, part.body)
            for one in passed.messages
            for to, part in [passed.contents[one.id]]
        ]

    async def settle(self, ready: Sequence[Ready], state: OutboxState = OutboxState.SENT) -> None:
        await self.outbox.settle(self.worker, [Settled(one.claimed.id, state) for one in ready])
