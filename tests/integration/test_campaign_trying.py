"""Trial sends: a member shows in a chat that it is theirs, and gets messages of a plan there, counted nowhere."""

from __future__ import annotations

import doctest
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text

from bot.campaigns.content import Message, Moment, Plan, Source, Variant
from bot.campaigns.previews import UnfitMessageError
from bot.campaigns.trying import NoChatsError, Trials
from bot.conversation.flows import trial
from bot.conversation.flows.desk import NotTried
from bot.conversing import Conversing, now
from bot.delivering import Delivering, Limits
from bot.gateway import renderings_of
from bot.keeper import StoredConversations
from bot.settings import Settings
from bot.store.accounts import Accounts
from bot.store.database import Database
from bot.store.letters import Letters
from bot.store.outbox import Lane
from bot.store.staff_contacts import VALID, Refusal, StaffContacts
from bot.understanding import Understanding
from knowledge.check import KnowledgeBase
from tests.bot.delivery.rig import event, until
from tests.fakes.channel import SECRET, SECRET_HEADER, FakeChannel, body_of
from tests.integration.stored import SEALER, change, count, outcomes, value

Client = TestClient[Any, Any]
NOW: Final = datetime(2026, 9, 20, 2, 0, tzinfo=UTC)
DAY: Final = date(2026, 10, 4)
LESSON: Final = Message(
    key="hoc",
    title="Bài học 1",
    when=Moment(days=0),
    texts={Variant.HOUSEHOLD: "Đóng cửa lại khi thoát ra. [1]", Variant.FLAT: "Đi cầu thang bộ. [1]"},
    sources=(Source(document="kn-chung-cu", locator=""),),
)
PLAN: Final = Plan(title="04/10", day=DAY, messages=(LESSON,))
_NO_KNOWLEDGE: Final = KnowledgeBase(documents={}, cards={}, emergencies={})


async def member(database: Database, name: str = "Lê Thị Hoa", *, active: bool = True) -> int:
    statement = (
        "INSERT INTO staff (login, name, position, password, roles, places, active)"
        " VALUES (:login, :name, '', '', '{}', '{}', :active) RETURNING id"
    )
    async with database.sessions.begin() as session:
        values = {"login": uuid4().hex, "name": name, "active": active}
        return int((await session.execute(text(statement), values)).scalar_one())


async def chat(database: Database, channel: str = "telegram", *, left: bool = False) -> int:
    account = await Accounts(database).number(channel, "1")
    statement = (
        "INSERT INTO contact (account_id, digest, sealed, conversation_id, stopped_at)"
        " VALUES (:account, :digest, '', :person, :left) RETURNING id"
    )
    async with database.sessions.begin() as session:
        values = {"account": account, "digest": uuid4().bytes, "person": uuid4(), "left": NOW if left else None}
        return int((await session.execute(text(statement), values)).scalar_one())


def test_examples_hold() -> None:
    result = doctest.testmod(trial)
    assert result.attempted > 0
    assert result.failed == 0


class TestCodes:
    """Whose chat is whose."""

    async def test_a_code_makes_a_chat_theirs_once(self, database: Database) -> None:
        contacts = StaffContacts(database)
        hoa, mine, other = await member(database), await chat(database), await chat(database)

        code = await contacts.give(hoa, NOW)

        assert await contacts.take(code.replace(" ", "-"), mine, NOW + VALID - timedelta(seconds=1)) == "Lê Thị Hoa"
        assert await contacts.take(code, other, NOW) is Refusal.UNKNOWN
        assert [(one.contact, one.channel, one.left) for one in await contacts.of(hoa)] == [(mine, "telegram", False)]

    async def test_only_its_digest_is_kept(self, database: Database) -> None:
        code = await StaffContacts(database).give(await member(database), NOW)

        row = await value(database, "SELECT encode(digest, 'escape') || digest::text FROM staff_contact_code")
        assert code.replace(" ", "") not in row
        assert len(code.replace(" ", "")) == 8

    async def test_a_new_code_ends_the_one_before(self, database: Database) -> None:
        contacts = StaffContacts(database)
        hoa, mine = await member(database), await chat(database)
        first = await contacts.give(hoa, NOW)
        second = await contacts.give(hoa, NOW)

        assert await contacts.take(first, mine, NOW) is Refusal.UNKNOWN
        assert await contacts.take(second, mine, NOW) == "Lê Thị Hoa"

    async def test_after_ten_minutes_it_has_expired(self, database: Database) -> None:
        contacts = StaffContacts(database)
        code = await contacts.give(await member(database), NOW)

        assert await contacts.take(code, await chat(database), NOW + VALID) is Refusal.EXPIRED

    async def test_a_code_that_another_member_has_is_not_given_again(self, database: Database) -> None:
        codes = itertools.chain(["1111 1111", "1111 1111"], itertools.repeat("2222 2222"))
        contacts = StaffContacts(database, lambda: next(codes))

        assert await contacts.give(await member(database), NOW) == "1111 1111"
        assert await contacts.give(await member(database), NOW) == "2222 2222"

    async def test_who_may_not_sign_in_any_more_gets_no_trials(self, database: Database) -> None:
        contacts = StaffContacts(database)
        hoa = await member(database)
        code = await contacts.give(hoa, NOW)
        await change(database, "UPDATE staff SET active = false WHERE id = :id", id=hoa)

        assert await contacts.take(code, await chat(database), NOW) is Refusal.UNKNOWN

    async def test_a_code_typed_in_two_chats_at_once_is_used_once(self, database: Database) -> None:
        contacts = StaffContacts(database)
        hoa = await member(database)
        code = await contacts.give(hoa, NOW)

        chats = [await chat(database), await chat(database)]
        results = await outcomes(*(contacts.take(code, one, NOW) for one in chats))

        assert sorted(map(str, results)) == sorted(["Lê Thị Hoa", str(Refusal.UNKNOWN)])
        assert len(await contacts.of(hoa)) == 1

    async def test_a_chat_goes_to_whoever_showed_it_last_and_can_be_taken_out(self, database: Database) -> None:
        contacts = StaffContacts(database)
        hoa, nam, shared = await member(database), await member(database, "Nam"), await chat(database)
        await contacts.take(await contacts.give(hoa, NOW), shared, NOW)
        await contacts.take(await contacts.give(nam, NOW), shared, NOW)

        assert await contacts.of(hoa) == []
        assert await contacts.forget(hoa, shared) is False  # not theirs to take out
        assert await contacts.forget(nam, shared) is True
        assert await count(database, "staff_contact") == 0

    async def test_what_is_erased_is_gone_here_too(self, database: Database) -> None:
        contacts = StaffContacts(database)
        mine = await chat(database)
        await contacts.take(await contacts.give(await member(database), NOW), mine, NOW)

        await change(database, "DELETE FROM contact WHERE id = :id", id=mine)

        assert await count(database, "staff_contact") == 0


class TestDesk:
    """The same as a conversation sees it."""

    @pytest.fixture
    def conversations(self, database: Database) -> StoredConversations:
        self.seconds = 0.0
        self.now = NOW
        return StoredConversations(database, SEALER, clock=lambda: self.seconds, now=lambda: self.now)

    async def test_five_wrong_codes_are_enough_for_an_hour(
        self, database: Database, conversations: StoredConversations
    ) -> None:
        code, mine, person = (
            await StaffContacts(database).give(await member(database), NOW),
            await chat(database),
            uuid4(),
        )
        wrong = "0" * 8 if code.replace(" ", "") != "0" * 8 else "1" * 8

        for _ in range(5):
            assert await conversations.desk(person, "telegram", mine).take_trials(wrong) is NotTried.WRONG
        assert await conversations.desk(person, "telegram", mine).take_trials(code) is NotTried.TOO_MANY

        self.seconds += 3_600
        assert await conversations.desk(person, "telegram", mine).take_trials(code) == "Lê Thị Hoa"

    async def test_an_expired_code_and_the_page(self, database: Database, conversations: StoredConversations) -> None:
        code, mine = await StaffContacts(database).give(await member(database), NOW), await chat(database)

        assert await conversations.desk(uuid4(), "web").take_trials(code) is NotTried.NO_CHAT
        self.now += VALID
        assert await conversations.desk(uuid4(), "telegram", mine).take_trials(code) is NotTried.EXPIRED


@asynccontextmanager
async def served(
    database: Database, url: str, channel: FakeChannel, understanding: Understanding
) -> AsyncIterator[Any]:
    """What is running, and its webhooks."""
    keeper, queue = StoredConversations(database, SEALER), Letters(database, SEALER)
    dialogue = Conversing(keeper=keeper, queue=queue)(understanding.assistant())
    limits = Limits(at_once=2, messages_per_minute=10_000, burst=1_000, clerk_stays=timedelta(minutes=30))
    one = Delivering(
        database=database,
        url=url,
        sealer=SEALER,
        adapters=[channel],
        dialogue=lambda: dialogue,
        limits=limits,
        wall_clock=now,
        clock=time.monotonic,
    )
    app = web.Application()
    app.add_routes(one.routes())
    client: Client = TestClient(TestServer(app))
    async with one.running():
        await client.start_server()
        try:
            yield one, client
        finally:
            await client.close()


async def got(channel: FakeChannel, user: str, messages: int) -> list[str]:
    async def enough() -> bool:
        return len(channel.texts(user)) >= messages

    await until(enough)
    return channel.texts(user)


async def wrote(client: Client, channel: FakeChannel, user: str, words: str) -> str:
    """Write in a chat; return the answer."""
    before = len(channel.texts(user))
    headers = {SECRET_HEADER: SECRET}
    async with client.post(channel.path, data=body_of(event(user, words)), headers=headers) as response:
        assert response.status == 200
    return (await got(channel, user, before + 1))[-1]


async def test_from_the_code_to_the_trial_in_the_chat(
    database: Database, database_url: str, understanding: Understanding
) -> None:
    channel, hoa, contacts = FakeChannel(name="telegram"), await member(database), StaffContacts(database)
    async with served(database, database_url, channel, understanding) as (one, client):
        trials = Trials(contacts=contacts, tell=one.tell, renderings=renderings_of(Settings()))
        accounts = [await Accounts(database).number("telegram", "1")]

        async def tried(message: Message = LESSON, press: str = "p1", variant: Variant = Variant.HOUSEHOLD) -> int:
            sent = await trials.send(
                hoa,
                message,
                PLAN,
                understanding.base,
                variant=variant,
                accounts=accounts,
                now=NOW,
                press=press,
            )
            return len(sent.sent)

        # Given a member who has shown no chat
        with pytest.raises(NoChatsError):
            await tried()

        # When they write a wrong code, a cry for help with a number in it, and then the code
        code = await contacts.give(hoa, now())
        wrong = "99999999" if code.replace(" ", "") != "99999999" else "88888888"
        assert "không đúng" in await wrote(client, channel, "hoa", f"thử {wrong}")
        assert "114" in await wrote(client, channel, "hoa", "thử 1234 5678 mà nhà đang cháy cứu với")
        assert "Lê Thị Hoa" in await wrote(client, channel, "hoa", f"Thử {code}")
        assert "không đúng" in await wrote(client, channel, "hoa", f"thử {code}")

        # Then a trial comes to that chat, marked, with its source, the way out and its buttons
        before = len(channel.texts("hoa"))
        assert await tried() == 1
        [message] = (await got(channel, "hoa", before + 1))[before:]
        assert message.startswith("[THỬ] Đóng cửa lại khi thoát ra. [1]")
        for part in ("gõ DỪNG", "Nguồn:", "Tin này không đúng", "Dừng nhận tin"):
            assert part in message

        # And pressed again it does not, and another press sends another variant
        assert await tried() == 1
        assert await tried(press="p2", variant=Variant.FLAT) == 1
        assert [one.split(". ")[0] for one in (await got(channel, "hoa", before + 2))[before:]] == [
            "[THỬ] Đóng cửa lại khi thoát ra",
            "[THỬ] Đi cầu thang bộ",
        ]

        # And no text that is too long, or that is none
        for words in ("Đóng cửa. [1] " * 400, " "):
            with pytest.raises(UnfitMessageError):
                await tried(replace(LESSON, texts={Variant.HOUSEHOLD: words}), press="p3")

        # And nobody who has left
        await change(database, "UPDATE contact SET stopped_at = now()")
        with pytest.raises(NoChatsError):
            await tried(press="p4")

    # And it is a notice that no ledger knows of
    lanes = await value(database, "SELECT array_agg(DISTINCT lane) FROM outbox WHERE key LIKE 'trial:%'")
    assert lanes == [Lane.NOTICE]
    assert await value(database, "SELECT count(*) FROM outbox WHERE recipient_id IS NOT NULL") == 0
    assert await count(database, "campaign_recipient") == 0


async def test_chats_to_which_nothing_can_go_now_are_told(database: Database) -> None:
    contacts, hoa = StaffContacts(database), await member(database)
    told: list[tuple[list[int], str]] = []

    async def tell(to: Any, _reply: Any, key: str) -> None:
        told.append((list(to), key))

    telegram, zalo, left = await chat(database), await chat(database, "zalo_oa"), await chat(database, left=True)
    off = await chat(database, "zalo_bot")
    for one in (telegram, zalo, left, off):
        await contacts.take(await contacts.give(hoa, NOW), one, NOW)
    await change(database, "UPDATE contact SET last_seen_at = :at", at=NOW - timedelta(days=8))
    trials = Trials(contacts=contacts, tell=tell, renderings=renderings_of(Settings()))
    accounts = [await Accounts(database).number(channel, "1") for channel in ("telegram", "zalo_oa")]

    tried = await trials.send(
        hoa, LESSON, PLAN, _NO_KNOWLEDGE, variant=Variant.HOUSEHOLD, accounts=accounts, now=NOW, press="x"
    )

    assert [one.contact for one in tried.sent] == [telegram]
    assert [one.contact for one in tried.left_out] == [zalo, left, off]  # too long silent, blocked us, off
    assert told == [([telegram], f"trial:{hoa}:x:hoc:household")]
