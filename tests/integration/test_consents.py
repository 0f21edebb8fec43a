"""The proof of consent: each yes and each stop is noted, whoever changes the subscription, and goes where it goes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from bot.conversation.flows.desk import Consented, Wish
from bot.conversation.flows.news_wording import NEWS_CONSENT
from bot.conversation.flows.privacy import stored_reply
from bot.desk import StoredDesk
from bot.store.accounts import Accounts
from bot.store.consents import Consent, ConsentAct, consents_in
from bot.store.contacts import Contacts
from bot.store.database import Database
from bot.store.links import Linked, Links, Unlinked
from bot.store.records import Records
from bot.store.residents import Residents
from bot.store.retention import Terms, forget_expired
from bot.store.subscriptions import Subscriptions
from tests.console.visiting import knowledge
from tests.integration.stored import SEALER, blocked, change, count, outcomes, reply, value

NINE = datetime(2020, 11, 22, 2, 0, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
ELEVEN = NINE + timedelta(hours=2)
_IN_FORCE = text("""
    SELECT topics FROM consent a WHERE conversation_id = :who AND act = 'agreed' AND at <= :at AND NOT EXISTS (
        SELECT FROM consent e WHERE e.conversation_id = a.conversation_id AND e.ends = a.at AND e.at <= :at
            AND e.id > a.id)
""")


async def noted(database: Database, conversation: UUID) -> tuple[Consent, ...]:
    async with database.sessions() as session:
        return await consents_in(session, conversation)


async def in_force(database: Database, conversation: UUID, at: datetime) -> list[list[str]]:
    """The topics of the consents that were in force at a moment."""
    async with database.sessions() as session:
        return list(await session.scalars(_IN_FORCE, {"who": conversation, "at": at}))


def agreed(at: datetime, *topics: str, channel: str | None = "web", ends: datetime | None = None) -> Consent:
    return Consent(at, ConsentAct.AGREED, topics, "1", channel, "vi", ends)


def stopped(at: datetime, *topics: str, ends: datetime, channel: str | None = "web") -> Consent:
    return Consent(at, ConsentAct.STOPPED, topics, "1", channel, "vi", ends)


async def subscribed(database: Database, at: datetime, *topics: str, channel: str = "web") -> UUID:
    conversation = uuid4()
    await Subscriptions(database).start(conversation, channel, topics, "1", at=at)
    return conversation


async def contact(database: Database, channel: str, user: str = "u") -> tuple[UUID, int, int]:
    """Somebody who has written on a channel: their conversation, the number of the contact, and of its account."""
    account = await Accounts(database).number(channel, "1")
    met = await Contacts(database, SEALER).met(account, user.encode(), user)
    await Records(database).keep_replies(met.conversation, channel, [reply()])
    return met.conversation, met.id, account


async def linked(database: Database, giver: UUID, giver_channel: str, taker: UUID, taker_channel: str) -> UUID:
    """The conversation that stays when two become one."""
    links = Links(database)
    outcome = await links.link(await links.give(giver, giver_channel), taker, taker_channel)
    assert isinstance(outcome, Linked)
    return outcome.survivor


async def test_what_was_agreed_to_before_stays_when_somebody_subscribes_anew(database: Database) -> None:
    # Given a resident who agreed, and agreed to something else an hour later
    subscriptions = Subscriptions(database)
    who = await subscribed(database, NINE, "tips", "local")
    assert await noted(database, who) == (agreed(NINE, "tips", "local"),)
    await subscriptions.start(who, "telegram", ["campaigns"], "2", at=TEN)
    # Then both are kept, and which was in force when
    anew = Consent(TEN, ConsentAct.AGREED, ("campaigns",), "2", "telegram", "vi", NINE)
    assert await noted(database, who) == (agreed(NINE, "tips", "local"), anew)
    moments = (NINE - timedelta(seconds=1), NINE, TEN - timedelta(seconds=1), TEN)
    assert [await in_force(database, who, at) for at in moments] == [
        [],
        [["tips", "local"]],
        [["tips", "local"]],
        [["campaigns"]],
    ]


async def test_to_agree_to_the_same_once_more_is_noted_too(database: Database) -> None:
    who = await subscribed(database, NINE, "tips")
    await Subscriptions(database).start(who, "web", ["tips"], "1", quiet=(720, 840), at=TEN)
    assert await noted(database, who) == (agreed(NINE, "tips"), agreed(TEN, "tips", ends=NINE))


async def test_a_stop_is_noted_once_and_what_comes_after_it_ends_nothing(database: Database) -> None:
    subscriptions = Subscriptions(database)
    who = await subscribed(database, NINE, "tips")
    assert await subscriptions.stop(who, TEN)
    assert not await subscriptions.stop(who, ELEVEN)
    assert await noted(database, who) == (agreed(NINE, "tips"), stopped(TEN, "tips", ends=NINE))
    assert [await in_force(database, who, at) for at in (NINE, TEN)] == [[["tips"]], []]
    # When they subscribe again, at the very moment even
    await subscriptions.start(who, "web", ["tips"], "1", at=TEN)
    assert (await noted(database, who))[2:] == (agreed(TEN, "tips"),)
    assert await in_force(database, who, TEN) == [["tips"]]


async def test_of_stops_at_once_one_is_noted(database: Database) -> None:
    who = await subscribed(database, NINE, "tips")
    stops = await outcomes(*(Subscriptions(database).stop(who, TEN) for _ in range(5)))
    assert sorted(stops) == [False] * 4 + [True]
    assert await count(database, "consent") == 2


@pytest.mark.parametrize(
    "changing",
    [
        "UPDATE subscription SET quiet_from = 0, quiet_until = 60",
        "UPDATE subscription SET topics = topics, stopped_at = stopped_at",
        "UPDATE subscription SET topics = '{weather}' WHERE false",
    ],
)
async def test_what_changes_nothing_of_the_consent_is_not_noted(database: Database, changing: str) -> None:
    who = await subscribed(database, NINE, "tips")
    await change(database, changing)
    assert await noted(database, who) == (agreed(NINE, "tips"),)


@pytest.mark.parametrize(
    ("changing", "then"),
    [
        ("UPDATE subscription SET stopped_at = :at", stopped(TEN, "tips", ends=NINE)),
        ("UPDATE subscription SET topics = '{weather}'", agreed(NINE, "weather", ends=NINE)),
        ("UPDATE subscription SET since = :at", agreed(TEN, "tips", ends=NINE)),
        ("UPDATE subscription SET consent_channel = NULL", agreed(NINE, "tips", channel=None, ends=NINE)),
    ],
)
async def test_no_writer_can_forget_it(database: Database, changing: str, then: Consent) -> None:
    # Given a writer that knows nothing of the history
    who = await subscribed(database, NINE, "tips")
    # When it changes the subscription, then that is noted, and the one before has ended
    await change(database, changing, **({"at": TEN} if ":at" in changing else {}))
    assert await noted(database, who) == (agreed(NINE, "tips"), then)
    assert await in_force(database, who, TEN) == ([list(then.topics)] if then.act is ConsentAct.AGREED else [])


async def test_a_deleted_subscription_has_ended_now(database: Database) -> None:
    who = await subscribed(database, NINE, "tips")
    other = await subscribed(database, NINE, "tips")
    assert await Subscriptions(database).stop(other, TEN)
    before = await value(database, "SELECT clock_timestamp()")
    await change(database, "DELETE FROM subscription")
    first, ended = await noted(database, who)
    assert first == agreed(NINE, "tips")
    assert ended == stopped(ended.at, "tips", ends=NINE)
    assert ended.at >= before
    assert await noted(database, other) == (agreed(NINE, "tips"), stopped(TEN, "tips", ends=NINE))  # no second stop


async def test_with_the_conversation_the_history_goes(database: Database) -> None:
    await subscribed(database, NINE, "tips")
    await change(database, "DELETE FROM conversation")
    assert [await count(database, table) for table in ("subscription", "consent")] == [0, 0]


async def test_subscriptions_that_come_in_bulk_are_noted_by_one_statement(
    database: Database, database_url: str
) -> None:
    # Given a thousand subscriptions that are copied in, some of them stopped
    people = [uuid4() for _ in range(1_000)]
    async with await psycopg.AsyncConnection.connect(database_url) as connection, connection.cursor() as cursor:
        async with cursor.copy(b"COPY conversation (id, channel) FROM STDIN") as copy:
            for one in people:
                await copy.write_row((one, "web"))
        columns = b"conversation_id, topics, consent_version, consent_channel, since, stopped_at"
        async with cursor.copy(b"COPY subscription (" + columns + b") FROM STDIN") as copy:
            for number, one in enumerate(people):
                await copy.write_row((one, ["tips"], "1", "web", NINE, TEN if number % 10 == 0 else None))
    # Then each has its history
    assert await value(database, "SELECT count(*) FROM consent WHERE act = 'agreed'") == 1_000
    assert await value(database, "SELECT count(*) FROM consent WHERE act = 'stopped'") == 100
    assert await noted(database, people[0]) == (agreed(NINE, "tips"), stopped(TEN, "tips", ends=NINE))
    assert await noted(database, people[1]) == (agreed(NINE, "tips"),)


async def test_other_acts_are_refused(database: Database) -> None:
    who = await subscribed(database, NINE, "tips")
    unknown = "UPDATE consent SET act = 'asked' WHERE conversation_id = :who"
    [refused] = await outcomes(change(database, unknown, who=who))
    assert "consent_act" in str(refused)


async def test_who_blocks_us_has_stopped_when_the_subscription_did(database: Database) -> None:
    who, _, account = await contact(database, "telegram")
    await Subscriptions(database).start(who, "telegram", ["tips"], "1", at=NINE)
    contacts = Contacts(database, SEALER)
    assert await contacts.stop(account, b"u")
    assert not await contacts.stop(account, b"u")
    at = await value(database, "SELECT stopped_at FROM subscription")
    assert await noted(database, who) == (
        agreed(NINE, "tips", channel="telegram"),
        stopped(at, "tips", ends=NINE, channel="telegram"),
    )


async def test_of_two_that_become_one_the_histories_are_one(database: Database) -> None:
    # Given somebody who subscribed on Telegram, later on Zalo, and links them with the code from Telegram
    (giver, _, _), (taker, _, _) = await contact(database, "telegram"), await contact(database, "zalo_oa")
    subscriptions = Subscriptions(database)
    await subscriptions.start(giver, "telegram", ["tips"], "1", at=NINE)
    await subscriptions.start(taker, "zalo_oa", ["local"], "1", at=TEN)
    assert await linked(database, giver, "telegram", taker, "zalo_oa") == giver
    # Then all stands in the one that stays, and that of Zalo has ended with the linking
    *before, ended = await noted(database, giver)
    assert before == [agreed(NINE, "tips", channel="telegram"), agreed(TEN, "local", channel="zalo_oa")]
    assert ended == stopped(ended.at, "local", ends=TEN, channel="zalo_oa")
    assert await count(database, "consent") == 3
    assert await in_force(database, giver, ended.at) == [["tips"]]
    # And a stop ends what was left
    assert await subscriptions.stop(giver)
    at = await value(database, "SELECT stopped_at FROM subscription")
    assert (await noted(database, giver))[-1] == stopped(at, "tips", ends=NINE, channel="telegram")
    assert await in_force(database, giver, at) == []


@pytest.mark.parametrize("survivor_stopped", [True, False])
async def test_a_stop_that_wins_over_a_subscription_ends_it(database: Database, survivor_stopped: bool) -> None:
    # Given somebody who stopped on one channel after they had subscribed on the other
    (giver, _, _), (taker, _, _) = await contact(database, "telegram"), await contact(database, "zalo_oa")
    subscriptions = Subscriptions(database)
    one, other = (giver, taker) if survivor_stopped else (taker, giver)
    await subscriptions.start(one, "web", ["tips"], "1", at=NINE)
    await subscriptions.start(other, "web", ["local"], "1", at=TEN)
    assert await subscriptions.stop(one, ELEVEN)
    # When they link them, then both have ended, each at its time
    assert await linked(database, giver, "telegram", taker, "zalo_oa") == giver
    *before, ended = await noted(database, giver)
    assert before == [agreed(NINE, "tips"), agreed(TEN, "local"), stopped(ELEVEN, "tips", ends=NINE)]
    assert ended == stopped(ended.at, "local", ends=TEN)
    assert [await in_force(database, giver, at) for at in (ELEVEN, ended.at)] == [[["local"]], []]


@pytest.mark.parametrize("giver_subscribed", [True, False])
async def test_linking_with_somebody_who_never_subscribed_ends_nothing(
    database: Database, giver_subscribed: bool
) -> None:
    (giver, _, _), (taker, _, _) = await contact(database, "telegram"), await contact(database, "zalo_oa")
    await Subscriptions(database).start(giver if giver_subscribed else taker, "web", ["tips"], "1", at=NINE)
    assert await linked(database, giver, "telegram", taker, "zalo_oa") == giver
    assert await noted(database, giver) == (agreed(NINE, "tips"),)


async def test_a_contact_that_leaves_a_page_takes_its_history_along(database: Database) -> None:
    (own, number, _), page = await contact(database, "telegram"), uuid4()
    await Records(database).keep_replies(page, "web", [reply()])
    subscriptions = Subscriptions(database)
    await subscriptions.start(own, "telegram", ["tips"], "1", at=NINE)
    assert await linked(database, own, "telegram", page, "web") == page
    assert await noted(database, page) == (agreed(NINE, "tips", channel="telegram"),)
    assert await subscriptions.stop(page, TEN)
    assert await Links(database).unlink(page, "web") is Unlinked.ALONE
    again = await value(database, "SELECT conversation_id FROM contact WHERE id = :id", id=number)
    assert await noted(database, again) == (
        agreed(NINE, "tips", channel="telegram"),
        stopped(TEN, "tips", ends=NINE, channel="telegram"),
    )
    assert await noted(database, page) == ()


@pytest.mark.parametrize("active", [True, False])
async def test_erasing_takes_the_history_and_nobody_elses(database: Database, active: bool) -> None:
    residents, subscriptions = Residents(database, SEALER, lambda _: False), Subscriptions(database)
    who, other = await subscribed(database, NINE, "tips"), await subscribed(database, NINE, "tips")
    await subscriptions.start(who, "web", ["local"], "1", at=TEN)
    if not active:
        assert await subscriptions.stop(who, ELEVEN)
    erased = await residents.erase(who)
    assert (erased.subscription, erased.consents) == (1, 2 if active else 3)
    assert await noted(database, who) == ()
    assert await noted(database, other) == (agreed(NINE, "tips"),)
    assert await value(database, "SELECT counts ->> 'consents' FROM erasure") == str(erased.consents)


async def test_the_proof_is_kept_as_long_as_its_conversation(database: Database) -> None:
    # Given two who stopped long ago, of whom one has asked something since
    old, asks = await subscribed(database, NINE, "tips"), await subscribed(database, NINE, "tips")
    for one in (old, asks):
        assert await Subscriptions(database).stop(one, TEN)
    aged = "UPDATE conversation SET last_seen_at = :at WHERE id = :id"
    await change(database, aged, id=old, at=NINE)
    await change(database, aged, id=asks, at=NINE + timedelta(days=300))
    # When what is older than half a year is forgotten
    before = NINE + timedelta(days=120)
    terms = Terms(before, before, before, before, before)
    assert (await forget_expired(database, terms)).conversations == 1
    assert await noted(database, old) == ()
    assert len(await noted(database, asks)) == 2


async def test_residents_see_what_they_agreed_to_before(database: Database) -> None:
    # Given a resident who agreed, stopped, and agreed to something else
    clock = [NINE]
    who = uuid4()
    desk = StoredDesk(who, "zalo_oa", database, SEALER, now=lambda: clock[0])
    await desk.subscribe(Wish(topics=("tips",)))
    assert (await desk.stored()).consents == ()  # the only one is that of the subscription
    clock[0] = TEN
    assert await desk.unsubscribe()
    proof: dict[str, Any] = {"topics": ("tips",), "wording": NEWS_CONSENT, "channel": "zalo_oa"}
    before = (Consented(at=NINE, stopped=False, **proof), Consented(at=TEN, stopped=True, **proof))
    assert (await desk.stored()).consents == before
    clock[0] = ELEVEN
    await desk.subscribe(Wish(topics=("local",)))
    stored = await desk.stored()
    assert stored.consents == before
    # Then what is stored about them tells all of it
    told = stored_reply(stored, knowledge().places, half_filled=None).text.splitlines()
    first = told.index("• Đồng ý lúc 11:00 ngày 22/11/2020 ở Zalo (mẫu đồng ý 2026-11-tin)")
    assert told[first + 1 : first + 4] == [
        "• Những lần đồng ý nhận tin và kết thúc trước đây (giữ làm bằng chứng):",
        "– Đồng ý lúc 09:00 ngày 22/11/2020 ở Zalo (mẫu đồng ý 2026-11-tin): Mẹo an toàn theo mùa",
        "– Kết thúc lúc 10:00 ngày 22/11/2020: Mẹo an toàn theo mùa",
    ]
    # And when all is erased, nothing is left to tell
    await desk.erase()
    assert (await desk.stored()).consents == ()
    assert await count(database, "consent") == 0


async def test_of_a_long_history_the_last_are_told_and_the_older_counted(database: Database) -> None:
    clock = [NINE]
    desk = StoredDesk(uuid4(), "web", database, SEALER, now=lambda: clock[0])
    for _ in range(13):
        clock[0] += timedelta(minutes=1)
        await desk.subscribe(Wish(topics=("tips",)))
    told = stored_reply(await desk.stored(), knowledge().places, half_filled=None).text.splitlines()
    one_by_one = [line for line in told if line.startswith("– ")]
    assert one_by_one[0] == "– 2 lần cũ hơn"
    assert len(one_by_one) == 11
    assert one_by_one[-1].startswith("– Đồng ý lúc 09:12 ")  # that of 09:13 is the subscription's own


async def test_a_stop_during_the_erasing_waits_for_it_and_finds_nothing(database: Database) -> None:
    # Given an erasing that holds the conversation and has not come to the subscription yet
    residents, who = Residents(database, SEALER, lambda _: False), await subscribed(database, NINE, "tips")
    async with database.sessions.begin() as session:
        await session.execute(text("LOCK TABLE profile IN ACCESS EXCLUSIVE MODE"))
        erasing = asyncio.create_task(residents.erase(who))
        await blocked(database, 1)
        # When the resident says DỪNG, then neither waits for the other for ever
        stopping = asyncio.create_task(Subscriptions(database).stop(who, TEN))
        await blocked(database, 2)
    assert (await erasing).subscription == 1
    assert not await stopping
    assert await count(database, "consent") == 0
