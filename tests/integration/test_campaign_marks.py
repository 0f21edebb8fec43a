"""What residents do after a campaign's message is marked in the ledger: once, for the right row, or not at all."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from bot.conversation.flows.desk import Campaigned, Wish
from bot.keeper import StoredConversations
from bot.store.campaign_marks import ANSWERED, COUNTS_FOR, Marks, ToldOf
from bot.store.contacts import Contacts
from bot.store.database import Database
from tests.integration.recorded_campaigns import BEGUN, Recorded, after
from tests.integration.stored import SEALER, change, value


class Setting:
    """One resident with rows of the ledger, and a clock."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.recorded = Recorded(database)
        self.now = after(hours=1)
        self.marks = Marks(database, lambda: self.now)
        self.resident = uuid4()
        self.campaign = 0

    async def sent(
        self, key: str, at: datetime = BEGUN, resident: UUID | None = None, **more: object
    ) -> tuple[int, int]:
        """Put a message that was sent; return its number and that of the row."""
        self.campaign = self.campaign or await self.recorded.campaign()
        message = await self.recorded.message(self.campaign, key)
        about = {name: more.pop(name) for name in ("contact_id", "channel", "account_id") if name in more}
        member = await self.recorded.member(self.campaign, resident or self.resident, **about)
        if more.get("state") in {"pending", "failed", "skipped"}:
            return message, await self.recorded.row(message, member, str(more["state"]))
        return message, await self.recorded.row(message, member, sent_at=at)

    async def marked(self, row: int) -> dict[str, datetime]:
        """What is marked on a row."""
        names = ("answered_at", "stopped_at", "complained_at")
        found = {
            name: await value(self.database, f"SELECT {name} FROM campaign_recipient WHERE id = :id", id=row)  # noqa: S608
            for name in names
        }
        return {name: at for name, at in found.items() if at is not None}


@pytest.fixture
def setting(database: Database) -> Setting:
    return Setting(database)


async def test_the_first_answer_marks_the_last_message_once(setting: Setting) -> None:
    _, older = await setting.sent("mot")
    _, newer = await setting.sent("hai", after(minutes=30))
    assert await setting.marks.answered(setting.resident)
    first = setting.now
    # When they write more, within the time and after it
    for later in (timedelta(minutes=5), timedelta(hours=50)):
        setting.now += later
        assert not await setting.marks.answered(setting.resident)
    assert await setting.marked(newer) == {"answered_at": first}
    assert await setting.marked(older) == {}


@pytest.mark.parametrize(("hours", "counts"), [(47.9, True), (48.1, False)])
async def test_what_is_written_two_days_later_is_no_answer(setting: Setting, hours: float, counts: bool) -> None:
    _, row = await setting.sent("mot")
    setting.now = after(hours=hours)
    assert await setting.marks.answered(setting.resident) is counts
    assert bool(await setting.marked(row)) is counts


@pytest.mark.parametrize("state", ["pending", "failed", "skipped"])
async def test_what_was_not_sent_is_not_answered(setting: Setting, state: str) -> None:
    message, row = await setting.sent("mot", state=state)
    assert not await setting.marks.answered(setting.resident)
    assert not await setting.marks.answered(setting.resident, message)
    assert not await setting.marks.stopped(setting.resident)
    assert await setting.marks.complained(setting.resident, message) is None
    assert await setting.marked(row) == {}


async def test_a_button_marks_its_own_message_whenever_it_is_pressed(setting: Setting) -> None:
    message, older = await setting.sent("mot")
    _, newer = await setting.sent("hai", after(minutes=30))
    setting.now = after(days=9)
    assert await setting.marks.answered(setting.resident, message)
    assert (await setting.marked(older), await setting.marked(newer)) == ({"answered_at": setting.now}, {})


@pytest.mark.parametrize("message", [0, -1, 2**70])
async def test_numbers_that_nobody_has_do_nothing(setting: Setting, message: int) -> None:
    _, row = await setting.sent("mot")
    assert not await setting.marks.answered(setting.resident, message)
    assert await setting.marks.complained(setting.resident, message) is None
    assert await setting.marked(row) == {}


async def test_nobody_marks_what_others_were_sent(setting: Setting) -> None:
    message, row = await setting.sent("mot", resident=uuid4())
    assert not await setting.marks.answered(setting.resident, message)
    assert await setting.marks.complained(setting.resident, message) is None
    assert not await setting.marks.stopped(setting.resident)
    assert await setting.marked(row) == {}


async def test_a_complaint_is_none_too_and_tells_of_which_message(setting: Setting) -> None:
    message, row = await setting.sent("mot")
    assert await setting.marks.complained(setting.resident, message) == ToldOf(message, "Tin mot", "Ngày toàn dân PCCC")
    first = setting.now
    setting.now += timedelta(minutes=1)
    assert await setting.marks.complained(setting.resident, message) is not None
    assert not await setting.marks.answered(setting.resident)  # a complaint is no answer
    assert await setting.marked(row) == {"complained_at": first}


async def test_a_stop_is_no_answer_and_counts_once(setting: Setting) -> None:
    _, row = await setting.sent("mot")
    desk = StoredConversations(setting.database, SEALER, now=lambda: setting.now).desk(setting.resident, "telegram")
    await desk.subscribe(Wish(topics=("tips",)))
    assert await desk.unsubscribe()
    await desk.answered()  # as every turn ends
    first = setting.now
    setting.now += timedelta(hours=1)
    assert not await desk.unsubscribe()
    assert await setting.marked(row) == {"stopped_at": first}


async def test_dung_of_somebody_without_a_subscription_marks_nothing(setting: Setting) -> None:
    _, row = await setting.sent("mot")
    desk = StoredConversations(setting.database, SEALER, now=lambda: setting.now).desk(setting.resident, "telegram")
    assert not await desk.unsubscribe()
    assert await setting.marked(row) == {}


async def test_the_desk_tells_of_a_complaint(setting: Setting) -> None:
    message, row = await setting.sent("mot")
    desk = StoredConversations(setting.database, SEALER, now=lambda: setting.now).desk(setting.resident, "web")
    assert await desk.complained(message) == Campaigned("Tin mot", "Ngày toàn dân PCCC")
    await desk.ask_officials("Báo tin “Tin mot” không đúng: số nhà sai rồi")
    assert "complained_at" in await setting.marked(row)
    assert await value(setting.database, "SELECT text FROM letter") == "Báo tin “Tin mot” không đúng: số nhà sai rồi"


async def test_blocking_marks_the_message_of_that_channel(setting: Setting) -> None:
    contacts = Contacts(setting.database, SEALER, lambda: setting.now)
    await change(setting.database, "INSERT INTO account (channel, name) VALUES ('telegram', '1'), ('zalo_bot', '1')")
    one = await contacts.met(1, b"one", "1")
    other = await contacts.met(2, b"other", "2")
    await change(setting.database, "UPDATE contact SET conversation_id = :to", to=setting.resident)
    _, there = await setting.sent("mot", contact_id=one.id)
    _, elsewhere = await setting.sent("hai", after(minutes=30), contact_id=other.id, channel="zalo_bot")
    await contacts.stop(1, b"one")
    assert await setting.marked(there) == {"stopped_at": setting.now}
    assert await setting.marked(elsewhere) == {}
    # And leaving twice is leaving once
    setting.now += timedelta(minutes=1)
    assert not await contacts.stop(1, b"one")


async def test_many_answers_at_once_are_one(setting: Setting) -> None:
    _, row = await setting.sent("mot")
    done = await asyncio.gather(*(setting.marks.answered(setting.resident) for _ in range(8)))
    assert sorted(done) == [False] * 7 + [True]
    assert list(await setting.marked(row)) == ["answered_at"]


async def test_the_last_row_is_found_by_its_index(setting: Setting) -> None:
    """A turn must not read the ledger: of a thousand rows it looks at one."""
    await setting.sent("mot")
    await change(
        setting.database,
        "INSERT INTO campaign_recipient"
        " (message_id, member_id, conversation_id, channel, variant, first, state, sent_at)"
        " SELECT message_id, 1000 + g, gen_random_uuid(), channel, variant, false, 'sent', sent_at"
        " FROM campaign_recipient, generate_series(1, 5000) AS g",
    )
    await change(setting.database, "ANALYZE campaign_recipient")
    values = {"conversation": setting.resident, "now": setting.now, "since": setting.now - COUNTS_FOR}
    async with setting.database.sessions() as session:
        lines = (await session.execute(text(f"EXPLAIN {ANSWERED.text}"), values)).scalars().all()
    plan = " ".join(lines)
    assert "ix_campaign_recipient_sent" in plan
    assert "Seq Scan" not in plan
