"""Two channels of one resident: codes, what becomes of what was stored on both, and undoing it."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import OperationalError

from bot.conversation.flows.desk import Draft, NotLinked
from bot.conversation.flows.desk import Unlinked as Undone
from bot.desk import StoredDesk
from bot.feedback.kinds import Category
from bot.feedback.reports import Where
from bot.keeper import StoredConversations
from bot.store.contacts import Contacts
from bot.store.database import Database
from bot.store.letters import Letters
from bot.store.link_codes import new_code
from bot.store.links import Linked, Links, Refusal, Unlinked
from bot.store.memories import Memories
from bot.store.profiles import Profile, Profiles
from bot.store.records import Records
from bot.store.subscriptions import Subscription, Subscriptions
from bot.store.waiting import Waiting
from tests.integration.stored import SEALER, blocked, change, count, kept_question, outcomes, reply, value

TABLES = ("conversation", "reply", "letter", "waiting_message", "profile", "subscription", "contact", "outbox")


@dataclass(frozen=True)
class Kept:
    """What must be with its owner."""

    letters: set[str]
    profile: Profile | None
    subscription: Subscription | None
    waiting: list[dict[str, Any]]


NOTHING = Kept(set(), None, None, [])


@pytest.fixture
def links(database: Database) -> Links:
    return Links(database)


async def account(database: Database, channel: str, name: str = "1") -> int:
    await change(
        database,
        "INSERT INTO account (channel, name) VALUES (:channel, :name) ON CONFLICT DO NOTHING",
        channel=channel,
        name=name,
    )
    found = await value(
        database, "SELECT id FROM account WHERE channel = :channel AND name = :name", channel=channel, name=name
    )
    return int(found)


async def contact(database: Database, channel: str, user: str = "u") -> tuple[UUID, int]:
    """Somebody who has written on a channel: their conversation and the number of the contact."""
    met = await Contacts(database, SEALER).met(await account(database, channel), user.encode(), user)
    await Records(database).keep_replies(met.conversation, channel, [reply()])
    return met.conversation, met.id


async def page(database: Database) -> UUID:
    """Somebody who has written in a browser."""
    conversation = uuid4()
    await Records(database).keep_replies(conversation, "web", [reply()])
    return conversation


async def of_contact(database: Database, number: int) -> UUID:
    return UUID(str(await value(database, "SELECT conversation_id FROM contact WHERE id = :id", id=number)))


async def everything(database: Database, conversation: UUID, channel: str) -> str:
    """Hang something of every kind on a conversation; return the code of its letter."""
    letters = Letters(database, SEALER)
    code = await kept_question(letters, conversation, channel, f"thư từ {channel}")
    await letters.answer(code, "đã xem", "đội 3", lambda letter: {"text": f"trả lời {letter.code}"})
    await letters.keep_unanswered(conversation, channel, f"câu hỏi từ {channel}", [])
    await Memories(database, SEALER).save(conversation, channel, {"of": channel}, 0)
    await Profiles(database).set(conversation, channel, province_code="01", home=channel[:3], consent_version="1")
    await Subscriptions(database).start(conversation, channel, [channel], "1")
    await change(
        database,
        "INSERT INTO outbox (account_id, key, lane, resident, conversation_id) VALUES (:account, :key, 1, 'u', :of)",
        account=await account(database, channel),
        key=str(conversation),
        of=conversation,
    )
    return code


async def how(database: Database, number: int) -> str | None:
    """How a contact came to its conversation by linking."""
    found = await value(database, "SELECT linked FROM contact WHERE id = :id", id=number)
    return None if found is None else str(found)


async def stored(database: Database, conversation: UUID) -> Kept:
    """The letters of a conversation, its profile and subscription, and what waits to be read in it."""
    return Kept(
        {one.code for one in await Letters(database, SEALER).of(conversation)},
        await Profiles(database).get(conversation),
        await Subscriptions(database).get(conversation),
        [message for _, message in await Waiting(database, SEALER).after(conversation, 0)],
    )


async def linked(links: Links, giver: UUID, giver_channel: str, taker: UUID, taker_channel: str) -> Linked:
    code = await links.give(giver, giver_channel)
    assert await links.look(code, taker, taker_channel) == giver_channel
    outcome = await links.link(code, taker, taker_channel)
    assert isinstance(outcome, Linked)
    return outcome


async def test_codes_are_of_eight_signs_and_never_a_word_or_a_number() -> None:
    codes = [new_code() for _ in range(2_000)]
    assert len(set(codes)) == 2_000
    assert {(len(code), code[4]) for code in codes} == {(9, "-")}
    assert set("".join(codes)) <= set("23456789ABCDEFGHJKMNPQRSTUVWXYZ-")
    signs = [code.replace("-", "") for code in codes]
    assert not any(one.isalpha() or one.isdigit() for one in signs)


async def test_only_the_digest_of_a_code_is_stored(database: Database, links: Links) -> None:
    code = await links.give(uuid4(), "telegram")
    stored = await value(database, "SELECT encode(digest, 'escape') || channel FROM link_code")
    assert code not in stored
    assert code.replace("-", "") not in stored
    assert await value(database, "SELECT length(digest) FROM link_code") == 32
    left = await value(database, "SELECT expires_at - now() FROM link_code")
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)


async def test_everything_of_the_taker_moves_to_the_giver(database: Database, links: Links) -> None:
    # Given somebody with something of every kind on two channels
    giver, giver_contact = await contact(database, "telegram")
    taker, taker_contact = await contact(database, "zalo_oa")
    codes = {
        await everything(database, giver, "telegram"),
        await everything(database, taker, "zalo_oa"),
    }
    before = [await count(database, table) for table in TABLES]
    # When they are linked
    outcome = await linked(links, giver, "telegram", taker, "zalo_oa")
    # Then the giver's conversation has all of it, and its own memory, profile and subscription
    assert outcome == Linked(giver, taker, "telegram", "zalo_oa", (giver_contact,))
    assert [await count(database, table) for table in TABLES] == [1, *before[1:4], 1, 1, *before[6:]]
    for table in TABLES[1:]:
        assert await value(database, f"SELECT count(DISTINCT conversation_id) FROM {table}") == 1  # noqa: S608
    assert await of_contact(database, taker_contact) == giver
    assert {one.code for one in await Letters(database, SEALER).of(giver)} > codes
    assert await Memories(database, SEALER).load(giver) == ({"of": "telegram"}, 1)
    assert await Memories(database, SEALER).load(taker) is None
    assert [one.home if (one := await Profiles(database).get(giver)) else None] == ["tel"]
    subscription = await Subscriptions(database).get(giver)
    assert subscription is not None
    assert subscription.topics == ("telegram",)
    assert await count(database, "link_code") == 0


async def test_what_only_the_taker_has_is_kept(database: Database, links: Links) -> None:
    giver, _ = await contact(database, "telegram")
    taker, _ = await contact(database, "zalo_oa")
    await everything(database, taker, "zalo_oa")
    await linked(links, giver, "telegram", taker, "zalo_oa")
    profile, subscription = await Profiles(database).get(giver), await Subscriptions(database).get(giver)
    assert profile is not None
    assert profile.home == "zal"
    assert subscription is not None
    assert subscription.active


@pytest.mark.parametrize("giver_is_page", [True, False])
async def test_a_page_keeps_its_id_whoever_gives_the_code(
    database: Database, links: Links, giver_is_page: bool
) -> None:
    web, (queue, number) = await page(database), await contact(database, "telegram")
    await everything(database, queue, "telegram")
    giver, taker = ((web, "web"), (queue, "telegram")) if giver_is_page else ((queue, "telegram"), (web, "web"))
    outcome = await linked(links, *giver, *taker)
    assert (outcome.survivor, outcome.gone) == (web, queue)
    assert outcome.giver_contacts == (() if giver_is_page else (number,))
    assert await of_contact(database, number) == web
    assert await value(database, "SELECT count(*) FROM conversation WHERE channel = 'web'") == 1
    assert await count(database, "conversation") == 1


async def test_an_unseen_answer_is_seen_by_a_page_that_has_seen_later_ones(database: Database, links: Links) -> None:
    # Given an answer that waits on Telegram, and a page that has already seen a later message
    web, (queue, _) = await page(database), await contact(database, "telegram")
    waiting = Waiting(database, SEALER)
    await waiting.put(queue, {"text": "đã xem"})
    await waiting.put(queue, {"text": "chưa xem"})
    first = await waiting.after(queue, 0)
    await waiting.mark_delivered(queue, first[0][0])
    last_seen = await waiting.put(web, {"text": "của trang chat"})
    assert last_seen is not None
    # When they are linked, then the page sees what nobody has seen, and only that
    await linked(links, web, "web", queue, "telegram")
    assert [message for _, message in await waiting.after(web, last_seen)] == [{"text": "chưa xem"}]
    assert len(await waiting.after(web, 0)) == 3


async def test_the_older_beginning_and_the_later_visit_are_kept(database: Database, links: Links) -> None:
    giver, _ = await contact(database, "telegram")
    taker, _ = await contact(database, "zalo_oa")
    old = datetime(2025, 1, 2, tzinfo=UTC)
    await change(database, "UPDATE conversation SET created_at = :old WHERE id = :id", old=old, id=taker)
    await linked(links, giver, "telegram", taker, "zalo_oa")
    assert await value(database, "SELECT created_at FROM conversation") == old


@pytest.mark.parametrize("wait", ["00:10:00", "01:00:00"])
async def test_a_code_expires(database: Database, links: Links, wait: str) -> None:
    giver, taker = await page(database), (await contact(database, "telegram"))[0]
    code = await links.give(giver, "web")
    await change(database, "UPDATE link_code SET expires_at = expires_at - CAST(:wait AS interval)", wait=wait)
    assert await links.look(code, taker, "telegram") is Refusal.EXPIRED
    assert await links.link(code, taker, "telegram") is Refusal.EXPIRED
    assert await count(database, "conversation") == 2


async def test_codes_that_expired_long_ago_are_forgotten_when_another_is_given(
    database: Database, links: Links
) -> None:
    for _ in range(3):
        await links.give(await page(database), "web")
    await change(database, "UPDATE link_code SET expires_at = now() - interval '61 minutes'")
    await links.give(await page(database), "web")
    assert await count(database, "link_code") == 1


async def test_a_code_is_used_once_and_only_the_newest_counts(database: Database, links: Links) -> None:
    giver = await page(database)
    takers = [(await contact(database, "telegram", str(number)))[0] for number in range(2)]
    old, new = await links.give(giver, "web"), await links.give(giver, "web")
    assert await links.link(old, takers[0], "telegram") is Refusal.UNKNOWN
    assert isinstance(await links.link(f" {new.lower().replace('-', ' ')}", takers[0], "telegram"), Linked)
    assert await links.link(new, takers[1], "telegram") is Refusal.UNKNOWN
    assert await links.look(new, takers[1], "telegram") is Refusal.UNKNOWN


async def test_one_conversation_and_two_pages_are_refused_and_the_code_stays(database: Database, links: Links) -> None:
    giver, other = await page(database), await page(database)
    code = await links.give(giver, "web")
    for typed in (links.look, links.link):
        assert await typed(code, giver, "web") is Refusal.SAME
        assert await typed(code, other, "web") is Refusal.BOTH_KEEP_THEIR_IDS
        assert await typed(code, uuid4(), "web") is Refusal.BOTH_KEEP_THEIR_IDS
    queue, _ = await contact(database, "telegram")
    assert isinstance(await links.link(code, queue, "telegram"), Linked)
    again = await links.give(other, "web")
    assert await links.link(again, giver, "telegram") is Refusal.BOTH_KEEP_THEIR_IDS


async def test_a_third_channel_joins_and_a_new_conversation_is_no_trouble(database: Database, links: Links) -> None:
    web, (telegram, first), (zalo, second) = (
        await page(database),
        await contact(database, "telegram"),
        await contact(database, "zalo_oa"),
    )
    await linked(links, telegram, "telegram", zalo, "zalo_oa")
    await linked(links, telegram, "telegram", web, "web")
    assert {await of_contact(database, one) for one in (first, second)} == {web}
    nobody = uuid4()  # whose row was never written
    assert isinstance(await links.link(await links.give(web, "web"), nobody, "zalo_bot"), Linked)
    assert await count(database, "conversation") == 1


@pytest.mark.parametrize(
    ("survivor", "other", "active"),
    [
        (["on"], ["on"], True),
        (["on", "off"], ["on", "off"], False),
        (["on", "off"], [], False),
        ([], ["on", "off"], False),
        (["1 on"], ["2 on", "3 off"], False),  # the stop came last, and wins
        (["2 on", "3 off"], ["1 on"], False),
        (["3 on"], ["1 on", "2 off"], True),  # subscribed again after the stop
        (["1 on", "2 off"], ["3 on"], True),
    ],
)
async def test_of_a_stop_and_a_subscription_the_later_wins(
    database: Database, links: Links, survivor: list[str], other: list[str], active: bool
) -> None:
    giver, _ = await contact(database, "telegram")
    taker, _ = await contact(database, "zalo_oa")
    acts = [(act, giver, "telegram") for act in survivor] + [(act, taker, "zalo_oa") for act in other]
    for act, conversation, channel in sorted(acts, key=lambda one: one[0] if one[0][0].isdigit() else ""):
        if act.endswith("on"):
            await Subscriptions(database).start(conversation, channel, [channel], "1")
        else:
            assert await Subscriptions(database).stop(conversation)
    await linked(links, giver, "telegram", taker, "zalo_oa")
    subscription = await Subscriptions(database).get(giver)
    assert subscription is not None
    assert subscription.active is active
    assert await count(database, "subscription") == 1


async def test_of_two_who_type_one_code_at_once_one_is_linked(database: Database, links: Links) -> None:
    giver = await page(database)
    takers = [(await contact(database, "telegram", str(number)))[0] for number in range(4)]
    code = await links.give(giver, "web")
    results = await outcomes(*(links.link(code, taker, "telegram") for taker in takers))
    assert sorted(type(one).__name__ for one in results) == ["Linked", "Refusal", "Refusal", "Refusal"]
    assert {one for one in results if isinstance(one, Refusal)} == {Refusal.UNKNOWN}
    assert await count(database, "conversation") == 4


async def test_two_who_link_with_each_other_at_once_are_linked_once(database: Database, links: Links) -> None:
    for number in range(5):
        one, first = await contact(database, "telegram", str(number))
        two, second = await contact(database, "zalo_oa", str(number))
        codes = [await links.give(one, "telegram"), await links.give(two, "zalo_oa")]
        results = await outcomes(links.link(codes[0], two, "zalo_oa"), links.link(codes[1], one, "telegram"))
        assert sorted(type(found).__name__ for found in results) == ["Linked", "Refusal"]
        assert await of_contact(database, first) == await of_contact(database, second)


async def test_linking_waits_for_a_turn_of_either_side_and_takes_what_it_wrote(
    database: Database, links: Links
) -> None:
    # Given a turn of the giver that has not ended
    giver, taker = (await contact(database, "telegram"))[0], await page(database)
    code, outside = await links.give(giver, "telegram"), contextvars.copy_context()
    async with database.one_transaction():
        await Contacts(database, SEALER).met(await account(database, "telegram"), b"u", "u")
        await kept_question(Letters(database, SEALER), giver, "telegram", "viết sau")
        # When the code is typed elsewhere, then linking waits
        linking = asyncio.create_task(links.link(code, taker, "web"), context=outside.copy())
        await asyncio.create_task(blocked(database, 1), context=outside.copy())
    assert isinstance(await linking, Linked)
    assert [one.text for one in await Letters(database, SEALER).of(taker)] == ["viết sau"]


async def test_a_contact_that_typed_and_unlinks_begins_anew(database: Database, links: Links) -> None:
    (giver, first), (taker, second) = await contact(database, "telegram"), await contact(database, "zalo_oa")
    await everything(database, taker, "zalo_oa")
    await linked(links, giver, "telegram", taker, "zalo_oa")
    assert (await how(database, first), await how(database, second)) == (None, "typed")
    await Contacts(database, SEALER).offer(second, ("a", "b"))
    assert await links.unlink(giver, "zalo_oa", second) is Unlinked.ALONE
    alone = await of_contact(database, second)
    assert alone not in {giver, taker}
    assert await of_contact(database, first) == giver
    assert await stored(database, alone) == NOTHING
    assert len(await Letters(database, SEALER).of(giver)) == 2
    assert await value(database, "SELECT options IS NULL FROM contact WHERE id = :id", id=second)
    assert await how(database, second) is None
    assert await links.unlink(alone, "zalo_oa", second) is Unlinked.NOTHING
    assert await links.unlink(giver, "telegram", first) is Unlinked.NOTHING


async def test_who_was_talked_out_of_a_code_keeps_everything_and_the_swindlers_begin_anew(
    database: Database, links: Links
) -> None:
    # Given somebody on Telegram whose code two swindlers got hold of, one after the other
    (victim, first), swindlers = await contact(database, "telegram"), []
    await everything(database, victim, "telegram")
    before = await stored(database, victim)
    for user in ("x", "y"):
        swindler, number = await contact(database, "zalo_oa", user)
        await linked(links, victim, "telegram", swindler, "zalo_oa")
        swindlers.append(number)
    # When the victim undoes it
    assert await links.unlink(victim, "telegram", first) is Unlinked.OTHERS
    # Then nothing of theirs is with the swindlers any more
    assert await of_contact(database, first) == victim
    assert await stored(database, victim) == before
    others = [await of_contact(database, number) for number in swindlers]
    assert len({victim, *others}) == 3
    assert [await stored(database, other) for other in others] == [NOTHING, NOTHING]
    assert [await how(database, number) for number in swindlers] == [None, None]


async def test_a_code_that_a_swindler_has_got_before_leads_nowhere_after(database: Database, links: Links) -> None:
    (victim, first), (swindler, _) = await contact(database, "telegram"), await contact(database, "zalo_oa")
    await linked(links, victim, "telegram", swindler, "zalo_oa")
    code = await links.give(victim, "zalo_oa")
    assert await links.unlink(victim, "telegram", first) is Unlinked.OTHERS
    assert await links.link(code, await page(database), "web") is Refusal.UNKNOWN


@pytest.mark.parametrize("page_asks", [True, False])
@pytest.mark.parametrize("page_has_some", [True, False])
async def test_what_a_contact_gave_to_a_page_comes_back_whoever_undoes_it(
    database: Database, links: Links, page_asks: bool, page_has_some: bool
) -> None:
    # Given somebody on Telegram whose code was typed on a page
    web, (victim, number) = await page(database), await contact(database, "telegram")
    if page_has_some:
        await Profiles(database).set(web, "web", province_code="79", home="web", consent_version="1")
        await Subscriptions(database).start(web, "web", ["web"], "1")
    await everything(database, victim, "telegram")
    before = await stored(database, victim)
    await linked(links, victim, "telegram", web, "web")
    await Memories(database, SEALER).save(web, "web", {"said": "since"}, 0)
    assert await how(database, number) == "gave"
    # When either of them undoes it
    undone = await (links.unlink(web, "web") if page_asks else links.unlink(web, "telegram", number))
    # Then all is the contact's again, what waits to be read as well, and the page has its id and no more
    assert undone is (Unlinked.ALONE if page_asks else Unlinked.OTHERS)
    again = await of_contact(database, number)
    assert again not in {web, victim}
    assert await stored(database, again) == before
    assert await stored(database, web) == NOTHING
    assert await value(database, "SELECT count(*) FROM outbox WHERE conversation_id = :id", id=again) == 1
    assert await Memories(database, SEALER).load(web) is None
    assert await value(database, "SELECT channel FROM conversation WHERE id = :id", id=again) == "telegram"
    assert await value(database, "SELECT channel FROM conversation WHERE id = :id", id=web) == "web"
    assert await how(database, number) is None
    assert await links.unlink(web, "web") is Unlinked.NOTHING
    assert await links.unlink(again, "telegram", number) is Unlinked.NOTHING


async def test_a_message_that_a_page_has_read_is_no_longer_shown_there(database: Database, links: Links) -> None:
    web, (victim, number) = await page(database), await contact(database, "telegram")
    await everything(database, victim, "telegram")
    await linked(links, victim, "telegram", web, "web")
    waiting = Waiting(database, SEALER)
    await waiting.mark_delivered(web, (await waiting.after(web, 0))[-1][0])
    await links.unlink(web, "telegram", number)
    assert await waiting.after(web, 0) == []
    assert len(await waiting.after(await of_contact(database, number), 0)) == 1


async def test_an_unseen_message_comes_back_with_a_new_number(database: Database, links: Links) -> None:
    web, (victim, number) = await page(database), await contact(database, "telegram")
    await linked(links, victim, "telegram", web, "web")
    waiting = Waiting(database, SEALER)
    put = await waiting.put(web, {"text": "chưa xem"})
    await links.unlink(web, "web")
    [(moved, message)] = await waiting.after(await of_contact(database, number), 0)
    assert put is not None
    assert moved > put
    assert message == {"text": "chưa xem"}


@pytest.mark.parametrize("page_asks", [True, False])
async def test_what_a_page_gave_stays_with_it_whoever_undoes_it(
    database: Database, links: Links, page_asks: bool
) -> None:
    # Given a page whose code was typed on two channels
    web, numbers = await page(database), []
    for channel in ("telegram", "zalo_oa"):
        queue, number = await contact(database, channel)
        await linked(links, web, "web", queue, channel)
        numbers.append(number)
    await everything(database, web, "web")
    before = await stored(database, web)
    # When the page undoes it, or one of the channels
    undone = await (links.unlink(web, "web") if page_asks else links.unlink(web, "telegram", numbers[0]))
    # Then the page has everything, and who went has nothing
    assert undone is (Unlinked.OTHERS if page_asks else Unlinked.ALONE)
    assert await stored(database, web) == before
    gone, other = [await of_contact(database, number) for number in numbers]
    assert await stored(database, gone) == NOTHING
    assert gone != web
    assert (other != web) is page_asks
    assert await links.unlink(web, "web") is (Unlinked.NOTHING if page_asks else Unlinked.OTHERS)


async def test_without_a_number_the_one_of_the_channel_that_was_seen_last_unlinks(
    database: Database, links: Links
) -> None:
    web, numbers = await page(database), []
    for user in ("a", "b"):
        queue, number = await contact(database, "telegram", user)
        await linked(links, web, "web", queue, "telegram")
        numbers.append(number)
    await contact(database, "telegram", "a")
    assert await links.unlink(web, "telegram") is Unlinked.ALONE
    assert await of_contact(database, numbers[0]) != web
    assert await of_contact(database, numbers[1]) == web
    assert await links.unlink(web, "zalo_oa") is Unlinked.NOTHING
    assert await links.unlink(web, "telegram", 4711) is Unlinked.NOTHING


class TestChains:
    """Three and more who share a conversation."""

    async def test_a_follower_goes_alone_and_the_others_stay(self, database: Database, links: Links) -> None:
        (owner, first), (one, second), (two, third) = [
            await contact(database, channel) for channel in ("telegram", "zalo_oa", "zalo_bot")
        ]
        await everything(database, owner, "telegram")
        await linked(links, owner, "telegram", one, "zalo_oa")
        await linked(links, owner, "zalo_oa", two, "zalo_bot")  # by a code that the follower gave
        assert [await how(database, number) for number in (first, second, third)] == [None, "typed", "typed"]
        assert await links.unlink(owner, "zalo_oa", second) is Unlinked.ALONE
        assert [await of_contact(database, number) == owner for number in (first, second, third)] == [
            True,
            False,
            True,
        ]
        assert await links.unlink(owner, "telegram", first) is Unlinked.OTHERS
        assert await of_contact(database, third) != owner

    async def test_a_follower_can_carry_off_nothing_by_typing_a_code(self, database: Database, links: Links) -> None:
        # Given a swindler who follows, with another account and a page
        (victim, first), (swindler, second) = await contact(database, "telegram"), await contact(database, "zalo_oa")
        await everything(database, victim, "telegram")
        await linked(links, victim, "telegram", swindler, "zalo_oa")
        account_of_swindler, page_of_swindler = (await contact(database, "zalo_bot"))[0], await page(database)
        # When codes of these are typed where the victim's things are
        for giver, channel in ((account_of_swindler, "zalo_bot"), (page_of_swindler, "web")):
            code = await links.give(giver, channel)
            assert await links.look(code, victim, "zalo_oa", second) is Refusal.SAME
            assert await links.link(code, victim, "zalo_oa", second) is Refusal.SAME
        # Then all is as it was; the owner itself may
        assert await of_contact(database, first) == victim
        assert await links.look(code, victim, "telegram", first) == "web"

    async def test_a_page_that_follows_can_carry_off_nothing(self, database: Database, links: Links) -> None:
        web, (victim, first) = await page(database), await contact(database, "telegram")
        await everything(database, victim, "telegram")
        before = await stored(database, victim)
        await linked(links, victim, "telegram", web, "web")
        other, second = await contact(database, "zalo_oa")
        assert await links.link(await links.give(other, "zalo_oa"), web, "web") is Refusal.SAME
        # It may give a code, but whoever types it follows the same owner
        await linked(links, web, "web", other, "zalo_oa")
        assert await links.unlink(web, "zalo_oa", second) is Unlinked.ALONE
        await linked(links, web, "web", await of_contact(database, second), "zalo_oa")
        assert await links.unlink(web, "telegram", first) is Unlinked.OTHERS
        assert await stored(database, await of_contact(database, first)) == before
        assert await stored(database, await of_contact(database, second)) == NOTHING
        assert await stored(database, web) == NOTHING

    async def test_a_code_that_a_follower_gave_to_a_page_makes_it_no_owner(
        self, database: Database, links: Links
    ) -> None:
        web, (victim, first), (swindler, second) = (
            await page(database),
            await contact(database, "telegram"),
            await contact(database, "zalo_oa"),
        )
        await everything(database, victim, "telegram")
        before = await stored(database, victim)
        await linked(links, victim, "telegram", swindler, "zalo_oa")
        await linked(links, victim, "zalo_oa", web, "web")
        assert (await how(database, first), await how(database, second)) == ("gave", "typed")
        assert await links.unlink(web, "web") is Unlinked.ALONE
        assert await stored(database, await of_contact(database, first)) == before
        assert await stored(database, await of_contact(database, second)) == NOTHING

    async def test_an_owner_that_types_a_code_brings_its_followers_to_another_owner(
        self, database: Database, links: Links
    ) -> None:
        (own, first), (follower, second), (other, third) = [
            await contact(database, channel) for channel in ("telegram", "zalo_oa", "zalo_bot")
        ]
        await linked(links, own, "telegram", follower, "zalo_oa")
        await linked(links, other, "zalo_bot", own, "telegram")
        assert [await how(database, number) for number in (first, second, third)] == ["typed", "typed", None]
        assert await links.unlink(other, "zalo_bot", third) is Unlinked.OTHERS
        assert len({await of_contact(database, number) for number in (first, second, third)}) == 3

    async def test_who_followed_somebody_that_is_gone_owns_what_is_left(self, database: Database, links: Links) -> None:
        (own, first), (follower, second) = await contact(database, "telegram"), await contact(database, "zalo_oa")
        await linked(links, own, "telegram", follower, "zalo_oa")
        await change(database, "DELETE FROM contact WHERE id = :id", id=first)
        other, third = await contact(database, "zalo_bot")
        await linked(links, own, "zalo_oa", other, "zalo_bot")
        assert (await how(database, second), await how(database, third)) == (None, "typed")
        assert await links.unlink(own, "zalo_bot", third) is Unlinked.ALONE


async def test_a_contact_that_stands_for_the_page_stays_with_it(database: Database, links: Links) -> None:
    web, (queue, number) = await page(database), await contact(database, "telegram")
    of_page = await Contacts(database, SEALER).met(await account(database, "web"), b"page", str(web))
    await change(database, "UPDATE contact SET conversation_id = :web WHERE id = :id", web=web, id=of_page.id)
    assert await links.unlink(web, "web") is Unlinked.NOTHING
    outcome = await linked(links, web, "web", queue, "telegram")
    assert outcome.giver_contacts == ()
    assert await links.unlink(web, "web") is Unlinked.OTHERS
    assert await of_contact(database, of_page.id) == web
    assert await of_contact(database, number) != web


async def in_a_turn(database: Database, links: Links, user: str, channel: str, code: str) -> Linked | Refusal:
    """Type a code as a turn does: all in one transaction, which holds the contact from its beginning."""
    async with database.one_transaction():
        met = await Contacts(database, SEALER).met(await account(database, channel), user.encode(), user)
        return await links.link(code, met.conversation, channel)


async def test_after_a_turn_that_linked_nothing_brings_the_other_conversation_back(
    database: Database, links: Links
) -> None:
    giver, taker = (await contact(database, "telegram"))[0], (await contact(database, "zalo_oa"))[0]
    memories = Memories(database, SEALER)
    await memories.save(taker, "zalo_oa", {"form": "link"}, 0)
    code = await links.give(giver, "telegram")
    async with database.one_transaction():
        met = await Contacts(database, SEALER).met(await account(database, "zalo_oa"), b"u", "u")
        assert isinstance(await links.link(code, met.conversation, "zalo_oa"), Linked)
        assert not await memories.save(met.conversation, "zalo_oa", {"form": None}, 1)
    assert await count(database, "conversation") == 1


async def test_turns_that_link_with_each_other_at_once_end_as_one_conversation(
    database: Database, links: Links
) -> None:
    (one, first), (two, second) = await contact(database, "telegram"), await contact(database, "zalo_oa")
    codes = [await links.give(one, "telegram"), await links.give(two, "zalo_oa")]
    await account(database, "zalo_oa")
    results = await outcomes(
        in_a_turn(database, links, "u", "zalo_oa", codes[0]), in_a_turn(database, links, "u", "telegram", codes[1])
    )
    assert [one for one in results if isinstance(one, Linked)]
    assert all(isinstance(one, Linked | Refusal | OperationalError) for one in results), results
    assert await of_contact(database, first) == await of_contact(database, second)


class TestDesk:
    """The same as flows see it."""

    @pytest.fixture
    def told(self) -> list[Linked]:
        return []

    @pytest.fixture
    def conversations(self, database: Database, told: list[Linked]) -> StoredConversations:
        self.seconds = 0.0

        async def tell(one: Linked) -> None:
            told.append(one)

        return StoredConversations(database, SEALER, clock=lambda: self.seconds, on_linked=tell)

    async def test_linking_is_told_to_the_giver(
        self, database: Database, conversations: StoredConversations, told: Sequence[Linked]
    ) -> None:
        giver, number = await contact(database, "telegram")
        taker = await page(database)
        code = await conversations.desk(giver, "telegram", number).link_code()
        desk = conversations.desk(taker, "web")
        assert await desk.linkable(code) == "telegram"
        assert await desk.link(code) == "telegram"
        assert [(one.giver, one.taker, one.giver_contacts) for one in told] == [("telegram", "web", (number,))]
        await desk.send(Draft(category=Category.LAW, text="dùng chung", where=Where()))
        shared = conversations.desk(await of_contact(database, number), "telegram", number)
        assert len((await shared.stored()).reports) == 1
        assert await shared.unlink() is Undone.OTHERS
        alone = conversations.desk(await of_contact(database, number), "telegram", number)
        assert len((await alone.stored()).reports) == 1
        assert (await desk.stored()).reports == ()
        assert await alone.unlink() is Undone.NOTHING
        assert await desk.unlink() is Undone.NOTHING

    async def test_after_five_wrong_codes_none_is_looked_at_for_an_hour(
        self, database: Database, conversations: StoredConversations
    ) -> None:
        taker, _ = await contact(database, "telegram")
        code = await conversations.desk(await page(database), "web").link_code()
        for _ in range(5):
            self.seconds += 1
            assert await conversations.desk(taker, "telegram").linkable("7KQ2-M9X0") is NotLinked.WRONG
        assert await conversations.desk(taker, "telegram").linkable(code) is NotLinked.TOO_MANY
        assert await conversations.desk(taker, "telegram").link(code) is NotLinked.TOO_MANY
        assert await conversations.desk(uuid4(), "telegram").linkable(code) == "web"
        self.seconds += 3_600
        assert await conversations.desk(taker, "telegram").linkable(code) == "web"

    async def test_why_not(self, database: Database, conversations: StoredConversations) -> None:
        giver, other = await page(database), await page(database)
        desk = StoredDesk(giver, "web", database, SEALER)
        code = await desk.link_code()
        assert await desk.linkable(code) is NotLinked.SAME
        assert await conversations.desk(other, "web").link(code) is NotLinked.TWO_PAGES
        await change(database, "UPDATE link_code SET expires_at = now()")
        queue, _ = await contact(database, "telegram")
        assert await conversations.desk(queue, "telegram").linkable(code) is NotLinked.EXPIRED
        assert await desk.unlink() is Undone.NOTHING


async def test_what_only_looks_like_a_code_does_not_count_as_a_wrong_one(database: Database) -> None:
    conversations = StoredConversations(database, SEALER)
    code = await conversations.desk(await page(database), "web").link_code()
    desk = conversations.desk(uuid4(), "telegram")
    for _ in range(9):
        assert await desk.linkable("29AB-3456", meant=False) is NotLinked.WRONG
    assert await desk.linkable(code) == "web"
