"""What the tests of campaigns share: a campaign with its people, a clock of its own, and what staff were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import text

from bot.campaigning import tasks_of
from bot.campaigns.content import First, Message, Moment, Plan, Source, Variant
from bot.campaigns.lifecycle import Act, Stage, State
from bot.campaigns.previews import FrozenText
from bot.campaigns.work import CampaignWork
from bot.jobs import Jobs
from bot.store.campaign_audience import Audiences
from bot.store.campaign_checks import CitedDocument
from bot.store.campaign_gate import Caps
from bot.store.campaign_ledger import Ledger
from bot.store.campaign_records import Campaign, CampaignMessage
from bot.store.campaigns import Campaigns
from bot.store.database import Database
from bot.store.staff import Author
from tests.integration.stored import SEALER, change, value
from tests.integration.stored_reports import put_staff

MORNING: Final = datetime(2026, 9, 20, 2, 0, tzinfo=UTC)  # 9:00 in Viet Nam
DAY: Final = date(2026, 10, 4)
DUE: Final = datetime(2026, 10, 4, 1, 0, tzinfo=UTC)  # 8:00 in Viet Nam
LAW: Final = "luat-55-2024-qh15#dieu-5"
FIRST: Final = First(percent=50.0, watch=timedelta(minutes=30))


def message(key: str = "ngay", **changed: Any) -> Message:
    usual: dict[str, Any] = {
        "title": f"Tin {key}",
        "when": Moment(hour=time(8, 0)),
        "texts": {Variant.HOUSEHOLD: "Hôm nay, nhà mình hãy cùng thử lối thoát thứ hai."},
        "sources": (Source(document="luat-55-2024-qh15", locator="dieu-5"),),
    }
    return Message(key=key, **{**usual, **changed})


def plan(*messages: Message, **changed: Any) -> Plan:
    return Plan(**{"title": "Ngày 04/10", "day": DAY, "messages": messages or (message(),), **changed})


def law(*, in_force: bool = True) -> CitedDocument:
    standing = "còn hiệu lực" if in_force else "đã hết hiệu lực"
    return CitedDocument(document=LAW, name="Luật 55/2024/QH15", standing=standing, in_force=in_force)


@dataclass
class Judged:
    """A judge that finds what a test tells it to find."""

    wrong: list[str] = field(default_factory=list)
    lapses_on: date | None = None  # the law is in force before that day
    asked: list[tuple[tuple[str, ...], date]] = field(default_factory=list)
    texts: str = "as they are"
    judged: list[Plan] = field(default_factory=list)

    def faults(self, plan: Plan) -> Sequence[str]:
        self.judged.append(plan)
        return self.wrong

    def cited(self, asked: Plan, day: date) -> Sequence[CitedDocument]:
        self.asked.append((tuple(one.key for one in asked.messages), day))
        return [law(in_force=self.lapses_on is None or day < self.lapses_on)] if asked.messages else []

    def texts_digest(self, _plan: Plan) -> bytes:
        return self.texts.encode()


class Bureau:
    """Campaigns at work on a database, with staff, an account of Telegram and a clock that a test sets."""

    def __init__(self, database: Database, url: str) -> None:
        self.database = database
        self.url = url
        self.now = MORNING
        self.judge = Judged()
        self.told: list[tuple[str, str]] = []
        self.ledger = Ledger(database, SEALER, Caps(day=100, week=100))
        self.campaigns = Campaigns(database, self.clock, judge=self.judge, ledger=self.ledger)
        self.account = 0
        self.author = self.approver = self.other = Author(None, "")

    async def opened(self) -> Bureau:
        async with self.database.sessions.begin() as session:
            entering = text(
                "INSERT INTO account (channel, name, lease_until) VALUES ('telegram', '1', now()) RETURNING id"
            )
            self.account = (await session.execute(entering)).scalar_one()
        self.author, self.approver, self.other = [
            Author(await put_staff(self.database, login), login) for login in ("soan", "duyet", "khac")
        ]
        return self

    def clock(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def work(self, **changed: Any) -> CampaignWork:
        usual: dict[str, Any] = {
            "database": self.database,
            "judge": self.judge,
            "texts": texts,
            "ledger": self.ledger,
            "audiences": lambda: Audiences(self.database),
            "accounts": lambda: [self.account],
            "tell": self._tell,
            "clock": self.clock,
            "lasted": lambda: 0.0,
        }
        return CampaignWork(**{**usual, **changed})

    def jobs(self) -> Jobs:
        return Jobs(self.url, tasks_of(self.work()))

    async def people(self, many: int, ago: timedelta = timedelta(hours=1)) -> list[UUID]:
        """Enter people who subscribed on Telegram."""
        people = [uuid4() for _ in range(many)]
        values = {"people": people, "account": self.account, "seen": MORNING - ago, "sealed": SEALER.seal(b"7")}
        for statement in (
            "INSERT INTO conversation (id, channel, last_seen_at)"
            " SELECT one, 'telegram', :seen FROM unnest(CAST(:people AS uuid[])) one",
            "INSERT INTO subscription (conversation_id, topics, consent_version)"
            " SELECT one, '{campaigns}', '1' FROM unnest(CAST(:people AS uuid[])) one",
            "INSERT INTO contact (account_id, digest, sealed, conversation_id, last_seen_at)"
            " SELECT :account, uuid_send(one), :sealed, one, :seen FROM unnest(CAST(:people AS uuid[])) one",
        ):
            used = {name: given for name, given in values.items() if f":{name}" in statement}
            await change(self.database, statement, **used)
        return people

    async def draft(self, written: Plan | None = None) -> int:
        return await self.campaigns.create(written or plan(), self.author)

    async def submitted(self, written: Plan | None = None) -> Campaign:
        return await self.campaigns.act(await self.draft(written), Act.SUBMIT, self.author)

    async def approved(self, written: Plan | None = None, **how: Any) -> Campaign:
        number = (await self.submitted(written)).id
        return await self.campaigns.act(number, Act.APPROVE, self.approver, **{"checked": [LAW], **how})

    async def scheduled(self, written: Plan | None = None, people: int = 4) -> Campaign:
        """A campaign that is frozen, with its people."""
        await self.people(people)
        approved = await self.approved(written)
        await self.work().freeze(approved.id, approved.version)
        return await self.of(approved.id)

    async def sending(self, written: Plan | None = None, people: int = 4) -> Campaign:
        """A campaign whose first message has begun."""
        found = await self.scheduled(written, people)
        self.now = DUE
        await self.work().begin((await self.message(found.id)).id)
        return await self.of(found.id)

    async def of(self, campaign: int) -> Campaign:
        found = await self.campaigns.by_id(campaign)
        assert found is not None
        return found

    async def state(self, campaign: int) -> State:
        return (await self.of(campaign)).state

    async def message(self, campaign: int, place: int = 0) -> CampaignMessage:
        return (await self.campaigns.messages(campaign))[place]

    async def stage(self, campaign: int, place: int = 0) -> Stage:
        return (await self.message(campaign, place)).stage

    async def fates(self, message: int) -> dict[str, int]:
        """How many rows of the ledger there are of each state (and reason)."""
        async with self.database.sessions() as session:
            counting = text(
                "SELECT state || COALESCE(': ' || reason, ''), count(*) FROM campaign_recipient"
                " WHERE message_id = :message GROUP BY 1"
            )
            return {row[0]: row[1] for row in await session.execute(counting, {"message": message})}

    async def settle(self, message: int, state: str, most: int = 1_000_000, reason: str | None = None) -> None:
        """Let so many of what is pending of a message have been sent, or have failed."""
        await change(
            self.database,
            "UPDATE campaign_recipient SET state = :state, reason = :reason, settled_at = :now, fed_at = :now,"
            " sent_at = CASE WHEN :state = 'sent' THEN CAST(:now AS timestamptz) END WHERE id IN ("
            " SELECT r.id FROM campaign_recipient r JOIN campaign_message m ON m.id = r.message_id"
            " WHERE r.message_id = :message AND r.state = 'pending' AND (r.first OR m.stage <> 'first')"
            " ORDER BY r.id LIMIT :most)",
            message=message,
            state=state,
            reason=reason,
            now=self.now,
            most=most,
        )

    async def waiting(self) -> int:
        """How many messages of campaigns wait in the outbox."""
        query = "SELECT count(*) FROM outbox WHERE recipient_id IS NOT NULL AND state = 'waiting'"
        return int(await value(self.database, query))

    async def acts(self, campaign: int) -> list[str]:
        return [one.act for one in await self.campaigns.events(campaign)]

    async def queued(self, task: str) -> int:
        counting = "SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name = :task AND status = 'todo'"
        return int(await value(self.database, counting, task=task))

    async def queue_lost(self) -> None:
        await change(self.database, "TRUNCATE jobs.procrastinate_jobs CASCADE")

    async def hurry(self) -> None:
        """Let the time of all that waits in the queue have come."""
        async with self.database.sessions.begin() as session:
            await session.execute(text("SET LOCAL search_path = jobs"))
            await session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"))

    def matters(self) -> list[str]:
        return [matter for matter, _ in self.told]

    async def _tell(self, matter: str, words: str) -> None:
        self.told.append((matter, words))


def texts(written: Message, number: int, _plan: Plan) -> Sequence[FrozenText]:
    return [
        FrozenText(channel="telegram", variant=variant, body={"text": words, "message": number})
        for variant, words in written.texts.items()
    ]
