"""Erasing, linking, parting and retention, as far as campaigns, quizzes and drills know a resident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from bot.conversation.flows.privacy import stored_reply
from bot.desk import StoredDesk
from bot.store import retention
from bot.store.accounts import Accounts
from bot.store.campaign_erasing import forget_people
from bot.store.contacts import Contacts
from bot.store.database import Database
from bot.store.links import Linked, Links, Unlinked
from bot.store.records import Records
from bot.store.residents import Residents
from bot.store.retention import Terms, forget_expired
from bot.store.subscriptions import Subscriptions
from tests.console.visiting import knowledge
from tests.integration.recorded_campaigns import Recorded
from tests.integration.stored import SEALER, change, count, reply, value

NOW = datetime.now(UTC)


@pytest.fixture
def recorded(database: Database) -> Recorded:
    return Recorded(database)


@pytest.fixture
def residents(database: Database) -> Residents:
    return Residents(database, SEALER, lambda _: False)


@pytest.fixture
async def telegram(database: Database) -> int:
    return await Accounts(database).number("telegram", "1")


@pytest.fixture
async def zalo(database: Database) -> int:
    return await Accounts(database).number("zalo_oa", "2")


async def met(database: Database, account: int, user: str, channel: str = "telegram") -> tuple[UUID, int]:
    """A resident of a channel who has been answered once; their conversation and contact."""
    found = await Contacts(database, SEALER).met(account, user.encode(), user)
    await Records(database).keep_replies(found.conversation, channel, [reply()])
    return found.conversation, found.id


async def anywhere(database: Database, wanted: str) -> list[str]:
    """The columns of all tables in which a value stands."""
    found = []
    async with database.sessions() as session:
        columns = await session.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
                " AND data_type IN ('uuid', 'text', 'jsonb') ORDER BY 1, 2"
            )
        )
        for table, column in columns.all():
            statement = f'SELECT count(*) FROM "{table}" WHERE "{column}"::text LIKE :wanted'  # noqa: S608
            if await session.scalar(text(statement), {"wanted": f"%{wanted}%"}):
                found.append(f"{table}.{column}")
    return found


def seen(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["state"], row["reason"], row["conversation_id"], row["contact_id"]


async def in_a_campaign(recorded: Recorded, who: UUID, contact: int | None, account: int | None) -> dict[str, int]:
    """Somebody who was sent a message, waits for two more (one is in the outbox), and did a quiz and a drill."""
    campaign = await recorded.campaign()
    member = await recorded.member(
        campaign, who, contact_id=contact, account_id=account, province_code="01", commune_code="00004"
    )
    messages = [await recorded.message(campaign, key) for key in ("mot", "hai", "ba")]
    sent = await recorded.row(messages[0], member, "read")
    fed = await recorded.row(messages[1], member, "pending", fed_at=NOW)
    waits = await recorded.row(messages[2], member, "pending", reason="quiet hours", not_before=NOW)
    if account is not None:
        await recorded.waiting(fed, account)
    quiz = await recorded.quiz("bep-gas", right=4, conversation_id=who, recipient_id=sent)
    drill = await recorded.drill("dien-tap-tai-nha", done=3, conversation_id=who)
    return {"member": member, "sent": sent, "fed": fed, "waits": waits, "quiz": quiz, "drill": drill}


async def test_what_campaigns_know_of_a_resident_is_told(
    recorded: Recorded, residents: Residents, database: Database, telegram: int
) -> None:
    who, contact = await met(database, telegram, "u1")
    await in_a_campaign(recorded, who, contact, telegram)
    stored = await residents.stored(who)
    assert stored is not None
    assert (stored.campaign_messages, stored.quizzes, stored.drills) == (1, 1, 1)
    desk = StoredDesk(who, "telegram", database, SEALER)
    told = stored_reply(await desk.stored(), knowledge().places, half_filled=None).text
    assert "Tin tuyên truyền đã gửi cho bạn: 1 tin; mình nhớ đó là tin nào, gửi lúc nào" in told
    assert "Kết quả bạn đã làm: 1 lượt đố vui, 1 lượt diễn tập" in told


async def test_after_erasing_counts_stay_and_nobody_is_known(
    recorded: Recorded, residents: Residents, database: Database, telegram: int
) -> None:
    # Given two residents in the same campaign
    who, contact = await met(database, telegram, "u1")
    other, other_contact = await met(database, telegram, "u2")
    rows = await in_a_campaign(recorded, who, contact, telegram)
    others = await in_a_campaign(recorded, other, other_contact, telegram)
    assert "campaign_recipient.conversation_id" in await anywhere(database, str(who))
    # When one has everything erased
    erased = await residents.erase(who)
    # Then no table knows them, what was done is still counted, and what waited will not be sent
    assert (erased.campaigns, erased.quizzes, erased.drills) == (1, 1, 1)
    assert await anywhere(database, str(who)) == []
    assert await value(database, "SELECT count(*) FROM campaign_recipient WHERE contact_id = :one", one=contact) == 0
    assert await value(database, "SELECT count(*) FROM campaign_member WHERE contact_id = :one", one=contact) == 0
    assert seen(await recorded.ledger(rows["sent"])) == ("read", None, None, None)
    assert seen(await recorded.ledger(rows["fed"])) == ("skipped", "erased", None, None)
    assert seen(await recorded.ledger(rows["waits"])) == ("skipped", "erased", None, None)
    assert (await recorded.ledger(rows["waits"]))["commune_code"] == "00004"
    assert await value(database, "SELECT count(*) FROM outbox WHERE recipient_id = :row", row=rows["fed"]) == 0
    assert await value(database, 'SELECT "right" FROM quiz_attempt WHERE id = :id', id=rows["quiz"]) == 4
    assert await count(database, "drill_attempt") == 2
    # And the other resident has lost nothing
    assert seen(await recorded.ledger(others["fed"])) == ("pending", None, other, other_contact)
    assert await value(database, "SELECT count(*) FROM outbox WHERE recipient_id = :row", row=others["fed"]) == 1


async def test_what_is_being_sent_while_it_is_erased_is_settled_without_its_person(
    recorded: Recorded, residents: Residents, database: Database, telegram: int
) -> None:
    who, contact = await met(database, telegram, "u1")
    campaign = await recorded.campaign()
    member = await recorded.member(campaign, who, contact_id=contact, account_id=telegram)
    row = await recorded.row(await recorded.message(campaign), member, "sending", fed_at=NOW)
    await recorded.waiting(row, telegram, "sending", conversation_id=who)
    await residents.erase(who)
    assert seen(await recorded.ledger(row)) == ("sending", None, None, None)
    await change(database, "UPDATE outbox SET state = 'sent', settled_at = now() WHERE recipient_id = :row", row=row)
    assert seen(await recorded.ledger(row)) == ("sent", None, None, None)


async def linked(database: Database, giver: UUID, giver_on: str, taker: UUID, taker_on: str) -> Linked:
    links = Links(database)
    found = await links.link(await links.give(giver, giver_on), taker, taker_on)
    assert isinstance(found, Linked)
    return found


async def test_linking_leaves_one_row_of_each_message_that_waits(
    recorded: Recorded, database: Database, telegram: int, zalo: int
) -> None:
    # Given one person who is in a campaign on two channels, before anybody knows that they are one
    first, first_contact = await met(database, telegram, "t")
    second, second_contact = await met(database, zalo, "z", "zalo_oa")
    campaign = await recorded.campaign()
    here = await recorded.member(campaign, first, contact_id=first_contact, account_id=telegram)
    there = await recorded.member(campaign, second, contact_id=second_contact, account_id=zalo, channel="zalo_oa")
    keys = ("both wait", "one is fed", "one is sent", "one failed", "both sent")
    messages = {key: await recorded.message(campaign, key) for key in keys}
    states = {
        "both wait": ("pending", "pending"),
        "one is fed": ("pending", "pending"),
        "one is sent": ("pending", "delivered"),
        "one failed": ("failed", "pending"),
        "both sent": ("sent", "sent"),
    }
    rows = {}
    for key, (mine, theirs) in states.items():
        fed = {"fed_at": NOW} if key == "one is fed" else {}
        rows[key] = (
            await recorded.row(messages[key], here, mine),
            await recorded.row(messages[key], there, theirs, **fed),
        )
    await recorded.waiting(rows["one is fed"][1], zalo)
    await recorded.quiz("bep-gas", conversation_id=second)
    # When they link the two
    link = await linked(database, first, "telegram", second, "zalo_oa")
    # Then all rows are of one conversation, and no message waits twice
    assert link.survivor == first
    assert await anywhere(database, str(second)) == []
    found = {
        key: tuple((row["state"], row["reason"]) for row in [await recorded.ledger(one) for one in both])
        for key, both in rows.items()
    }
    skipped = ("skipped", "same person")
    assert found == {
        "both wait": (("pending", None), skipped),
        "one is fed": (skipped, ("pending", None)),
        "one is sent": (skipped, ("delivered", None)),
        "one failed": (("failed", None), ("pending", None)),
        "both sent": (("sent", None), ("sent", None)),
    }
    assert await value(database, "SELECT count(*) FROM outbox WHERE recipient_id IS NOT NULL") == 1
    assert await value(database, "SELECT conversation_id FROM quiz_attempt") == first


async def test_a_row_that_linking_skips_leaves_the_outbox(
    recorded: Recorded, database: Database, telegram: int, zalo: int
) -> None:
    first, first_contact = await met(database, telegram, "t")
    second, second_contact = await met(database, zalo, "z", "zalo_oa")
    campaign = await recorded.campaign()
    message = await recorded.message(campaign)
    here = await recorded.member(campaign, first, contact_id=first_contact, account_id=telegram)
    there = await recorded.member(campaign, second, contact_id=second_contact, account_id=zalo, channel="zalo_oa")
    await recorded.row(message, here, "sent")
    waits = await recorded.row(message, there, "pending", fed_at=NOW)
    await recorded.waiting(waits, zalo)
    await linked(database, first, "telegram", second, "zalo_oa")
    assert (await recorded.ledger(waits))["reason"] == "same person"
    assert await value(database, "SELECT count(*) FROM outbox WHERE recipient_id IS NOT NULL") == 0


async def test_when_a_follower_parts_what_waits_goes_to_who_subscribed(
    recorded: Recorded, database: Database, telegram: int, zalo: int
) -> None:
    # Given a campaign that would reach a person on the channel that follows
    owner, owner_contact = await met(database, telegram, "t")
    other, other_contact = await met(database, zalo, "z", "zalo_oa")
    await linked(database, owner, "telegram", other, "zalo_oa")
    campaign = await recorded.campaign()
    member = await recorded.member(campaign, owner, contact_id=other_contact, account_id=zalo, channel="zalo_oa")
    sent = await recorded.row(await recorded.message(campaign), member, "sent")
    fed = await recorded.row(await recorded.message(campaign, "hai"), member, "pending", fed_at=NOW)
    await recorded.waiting(fed, zalo)
    # When that channel parts
    assert await Links(database).unlink(owner, "zalo_oa", other_contact) is Unlinked.ALONE
    # Then what waits goes to the channel that stays, and what was sent stays where it was
    ledger = await recorded.ledger(fed)
    assert (ledger["contact_id"], ledger["account_id"], ledger["channel"]) == (owner_contact, telegram, "telegram")
    assert (ledger["state"], ledger["fed_at"]) == ("pending", None)
    assert await value(database, "SELECT count(*) FROM outbox WHERE recipient_id IS NOT NULL") == 0
    ledger = await recorded.ledger(sent)
    assert (ledger["state"], ledger["channel"], ledger["contact_id"]) == ("sent", "zalo_oa", None)
    assert await value(database, "SELECT channel FROM campaign_member") == "telegram"


async def test_when_a_page_parts_its_owner_takes_the_campaign_along(
    recorded: Recorded, database: Database, telegram: int
) -> None:
    # Given a page that typed the code of a contact, so that both share the page's conversation
    own, contact = await met(database, telegram, "t")
    page = uuid4()
    await Records(database).keep_replies(page, "web", [reply()])
    await Subscriptions(database).start(own, "telegram", ["campaigns"], "1")
    assert (await linked(database, own, "telegram", page, "web")).survivor == page
    campaign = await recorded.campaign()
    on_page = await recorded.member(campaign, page, channel="web")
    waits = await recorded.row(await recorded.message(campaign), on_page, "pending")
    # When the page parts
    assert await Links(database).unlink(page, "web") is Unlinked.ALONE
    # Then the campaign is the contact's, on its channel
    ledger = await recorded.ledger(waits)
    now = await value(database, "SELECT conversation_id FROM contact WHERE id = :id", id=contact)
    assert now != page
    assert (ledger["conversation_id"], ledger["contact_id"], ledger["channel"]) == (now, contact, "telegram")


def terms(campaigns_before: datetime | None) -> Terms:
    longer = NOW - timedelta(days=3000)
    return Terms(
        conversations_before=NOW - timedelta(days=180),
        letters_before=longer,
        messages_before=longer,
        events_before=longer,
        contacts_before=longer,
        campaigns_before=campaigns_before,
    )


async def test_with_a_conversation_past_retention_its_places_in_campaigns_are_nobodys(
    recorded: Recorded, database: Database, telegram: int
) -> None:
    who, contact = await met(database, telegram, "u1")
    rows = await in_a_campaign(recorded, who, contact, telegram)
    for table in ("conversation", "contact"):
        await change(database, f"UPDATE {table} SET last_seen_at = now() - interval '200 days'")  # noqa: S608
    forgotten = await forget_expired(database, terms(None))
    assert forgotten.conversations == 1
    assert await anywhere(database, str(who)) == []
    assert seen(await recorded.ledger(rows["sent"])) == ("read", None, None, None)
    assert seen(await recorded.ledger(rows["waits"])) == ("skipped", "erased", None, None)
    assert await count(database, "contact") == 0


async def test_two_years_after_a_campaign_nobody_of_it_is_known(
    recorded: Recorded, database: Database, telegram: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an old campaign with more members than one batch takes, and one of which a message may still go
    monkeypatch.setattr(retention, "BATCH", 2)
    long_ago = NOW - timedelta(days=740)
    old, young = [await recorded.campaign(title, frozen_at=long_ago) for title in ("Cũ", "Mới")]
    message = await recorded.message(old, send_until=NOW - timedelta(days=731))
    people = [await met(database, telegram, f"u{number}") for number in range(5)]
    rows = []
    for who, contact in people:
        member = await recorded.member(old, who, contact_id=contact, province_code="01")
        rows.append(await recorded.row(message, member, "delivered"))
    fresh = await recorded.row(
        await recorded.message(young, send_until=NOW), await recorded.member(young, people[0][0]), "pending"
    )
    await recorded.quiz("bep-gas", conversation_id=people[0][0], started_at=NOW - timedelta(days=800))
    await recorded.quiz("bep-gas", conversation_id=people[0][0], started_at=NOW)
    # When it is cleaned twice
    before = NOW - timedelta(days=730)
    forgotten = [await forget_expired(database, terms(before)) for _ in range(2)]
    # Then of the old one only counts are left, and the young one is as it was
    assert [one.recipients for one in forgotten] == [6, 0]
    assert {seen(await recorded.ledger(one)) for one in rows} == {("delivered", None, None, None)}
    assert (await recorded.ledger(fresh))["conversation_id"] == people[0][0]
    known = "SELECT count(*) FROM campaign_member WHERE conversation_id IS NOT NULL"
    assert await value(database, known) == 1
    assert await value(database, "SELECT count(*) FROM quiz_attempt WHERE conversation_id IS NOT NULL") == 1
    assert await value(database, "SELECT forgotten_at IS NOT NULL FROM campaign WHERE id = :id", id=old)
    assert await value(database, "SELECT forgotten_at IS NULL FROM campaign WHERE id = :id", id=young)


async def test_many_people_of_many_campaigns_are_forgotten_at_once(database: Database, recorded: Recorded) -> None:
    """More members than a statement has parameters."""
    campaign = await recorded.campaign()
    people = [uuid4() for _ in range(1_000)]
    await change(database, "INSERT INTO conversation (id, channel) SELECT one, 'web' FROM unnest(:p) one", p=people)
    await change(
        database,
        "WITH copies AS (INSERT INTO campaign (title, state, plan, created_by, changed_by, frozen_at)"
        " SELECT title, state, plan, created_by, changed_by, frozen_at FROM campaign, generate_series(1, 66)"
        " WHERE id = :campaign RETURNING id)"
        " INSERT INTO campaign_member (campaign_id, conversation_id, channel, variant)"
        " SELECT copies.id, one, 'web', 'household' FROM copies, unnest(:p) one",
        campaign=campaign,
        p=people,
    )
    async with database.sessions.begin() as session:
        freed = await forget_people(session, people)
    assert freed.members == 66_000
    assert await value(database, "SELECT count(*) FROM campaign_member WHERE conversation_id IS NOT NULL") == 0
