"""Residents on a channel: they come, leave, are forgotten, choose by number, and share what cannot be read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bot.channels.contract import EventKind
from bot.conversation import phrases
from bot.conversation.messages import Incoming, Kind, Turn
from bot.conversing import Conversing
from bot.keeper import StoredConversations
from bot.store.accounts import Accounts
from bot.store.contacts import OPTIONS_STAY, Contacts
from bot.store.database import Database
from bot.store.letters import Letters
from bot.store.outbox import Lane
from bot.store.subscriptions import Subscriptions
from bot.understanding import Understanding
from tests.bot.delivery.rig import Echo, Rig, answered, delivered, emptied, event, migrated, said
from tests.fakes.channel import FakeChannel
from tests.integration.stored import SEALER, change, count, kept_question, value

FOLLOW, UNFOLLOW = EventKind.FOLLOW, EventKind.UNFOLLOW


@pytest.fixture(scope="module")
def module_url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
def database_url(module_url: str) -> str:
    return module_url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with emptied(database_url) as one:
        yield one


@pytest.fixture
async def rig(database: Database, database_url: str) -> Rig:
    return await Rig.of(database, database_url, FakeChannel())


@pytest.fixture
async def speaking(database: Database, database_url: str, understanding: Understanding) -> Rig:
    """Delivery with the real dialogue, without Rasa."""
    keeper, queue = StoredConversations(database, SEALER), Letters(database, SEALER)
    dialogue = Conversing(keeper=keeper, queue=queue)(understanding.assistant())
    return await Rig.of(database, database_url, FakeChannel(), dialogue=lambda: dialogue)


async def tell(rig: Rig, user: str, text: str = "", kind: EventKind = EventKind.TEXT, **fields: object) -> list[str]:
    """Have an event taken, answered and the replies sent; return what the resident got by it."""
    before = len(rig.channel.texts(user))
    await rig.take(event(user, text, kind, **fields))
    await answered(rig.worker())
    await change(rig.database, "UPDATE outbox SET due_at = now()")  # an unfinished line is not waited for
    await delivered(rig.sender(lambda: 0.0))
    return rig.channel.texts(user)[before:]


def heard(rig: Rig) -> list[Incoming]:
    assert isinstance(rig.dialogue, Echo)
    return rig.dialogue.heard


async def conversation(rig: Rig, user: str = "a") -> UUID:
    found: UUID = await value(
        rig.database, "SELECT conversation_id FROM contact WHERE digest = :digest", digest=rig.digest(user)
    )
    return found


async def test_who_comes_is_welcomed_once_however_often_it_is_told(rig: Rig) -> None:
    assert await tell(rig, "a", kind=FOLLOW) == ["Chào bạn"]
    assert await tell(rig, "a", kind=FOLLOW) == []
    assert await tell(rig, "b", kind=FOLLOW) == ["Chào bạn"]
    later = rig.clock() + timedelta(minutes=2)
    rig.clock = lambda: later
    assert await tell(rig, "a", kind=FOLLOW) == ["Chào bạn"]
    assert await count(rig.database, "contact") == 2


async def test_who_leaves_gets_nothing_more_and_is_welcomed_when_they_come_back(rig: Rig) -> None:
    # Given a resident who has subscribed and for whom messages wait
    await tell(rig, "a", kind=FOLLOW)
    subscriptions, mine = Subscriptions(rig.database), await conversation(rig)
    await subscriptions.start(mine, "fake", ["weather"], "1")
    for lane in Lane:
        await rig.post("a", "đang chờ", lane)
    await rig.post("b", "của người khác")
    # When they leave, then all of it is skipped and the subscription has ended
    assert await tell(rig, "a", kind=UNFOLLOW) == []
    assert rig.channel.texts("b") == ["của người khác"]
    assert await value(rig.database, "SELECT count(*) FROM outbox WHERE state = 'skipped' AND sealed IS NULL") == 4
    found = await subscriptions.get(mine)
    assert found is not None
    assert not found.active
    assert await rig.contacts.reachable(mine, [rig.number]) is None
    # And when they come back at once, they are welcomed, once, as who they were
    assert await tell(rig, "a", kind=FOLLOW) == ["Chào bạn"]
    assert await tell(rig, "a", kind=FOLLOW) == []
    assert await conversation(rig) == mine
    found = await subscriptions.get(mine)
    assert found is not None
    assert not found.active  # coming back is no consent
    reachable = await rig.contacts.reachable(mine, [rig.number])
    assert reachable is not None
    assert reachable.user == "a"


async def test_leaving_one_of_two_channels_does_not_end_a_subscription(rig: Rig) -> None:
    await tell(rig, "a", kind=FOLLOW)
    mine, other = await conversation(rig), await Accounts(rig.database).number("other", "1")
    met = await rig.contacts.met(other, b"there", "a2")
    await change(rig.database, "UPDATE contact SET conversation_id = :mine WHERE id = :id", mine=mine, id=met.id)
    await Subscriptions(rig.database).start(mine, "fake", ["weather"], "1")
    assert await rig.contacts.stop(rig.number, rig.digest("a"))
    assert not await rig.contacts.stop(rig.number, rig.digest("a"))
    assert await value(rig.database, "SELECT stopped_at IS NULL FROM subscription")
    # The other channel is where they are reached, as long as it is one that we send for
    there = await rig.contacts.reachable(mine, [rig.number, other])
    assert there is not None
    assert (there.account_id, there.user) == (other, "a2")
    assert await rig.contacts.reachable(mine, [rig.number]) is None
    assert await rig.contacts.stop(other, b"there")
    assert await value(rig.database, "SELECT stopped_at IS NOT NULL FROM subscription")


async def test_somebody_who_was_never_met_may_leave_and_be_forgotten(rig: Rig) -> None:
    for kind in (UNFOLLOW, EventKind.ERASE, EventKind.CLERK, EventKind.DELIVERED, EventKind.READ):
        assert await tell(rig, "a", kind=kind) == []
    assert await count(rig.database, "contact") == 0
    assert await rig.inbox.counts() == {"waiting": 0, "set_aside": 0}


async def test_a_contact_is_stored_without_their_id_in_words(rig: Rig) -> None:
    await tell(rig, "0901234567", "xin chào")
    everything = (
        "SELECT to_jsonb(contact)::text || (SELECT string_agg(to_jsonb(i)::text, '') FROM inbox i) FROM contact"
    )
    assert "0901234567" not in everything
    assert "xin ch" not in everything


async def test_a_number_chooses_what_stood_under_it_until_the_next_reply(rig: Rig) -> None:
    async def respond(message: Incoming) -> Turn:
        if message.text == "hỏi":
            return said("Chọn", Kind.SUGGEST, "card:một", "card:hai")
        return said(f"{message.payload}")

    assert isinstance(rig.dialogue, Echo)
    rig.dialogue.respond_with = respond
    assert await tell(rig, "a", "hỏi") == ["Chọn\n1. card:một\n2. card:hai\n(Gõ số để chọn.)"]
    assert await tell(rig, "b", "2") == ["None"]  # somebody else's choices
    assert await tell(rig, "a", " 2. ") == ["card:hai"]
    assert await tell(rig, "a", "1") == ["None"]  # the last reply offered nothing
    for typed in ("0", "3", "²", "2 1", "-1", "٢", "10000"):
        await tell(rig, "a", "hỏi")
        assert await tell(rig, "a", typed) == ["None"]
    assert [one.text for one in heard(rig)][1] == "2"
    await tell(rig, "a", "hỏi")
    assert await tell(rig, "a", "2", EventKind.PHOTO) == ["None"]
    assert "card" not in await value(rig.database, "SELECT string_agg(to_jsonb(contact)::text, '') FROM contact")


async def test_a_button_is_its_payload(rig: Rig) -> None:
    assert await tell(rig, "a", "card:một", EventKind.BUTTON) == ["↩ card:một"]
    assert (heard(rig)[0].payload, heard(rig)[0].text) == ("card:một", "")


async def test_the_assistant_is_silent_while_an_official_talks_but_not_in_an_emergency(rig: Rig) -> None:
    await tell(rig, "a", "xin chào")
    await tell(rig, "a", kind=EventKind.CLERK)
    assert await tell(rig, "a", "hỏi cán bộ") == []
    assert await tell(rig, "a", "nhà em cháy rồi") == ["Gọi 114 ngay"]
    assert await tell(rig, "b", "xin chào") == ["↩ xin chào"]
    later = rig.clock() + rig.clerk_stays + timedelta(seconds=1)
    rig.clock = lambda: later
    assert await tell(rig, "a", "còn đó không") == ["↩ còn đó không"]


async def test_who_writes_too_fast_is_not_answered_save_in_an_emergency(rig: Rig) -> None:
    rig.burst = 3
    await rig.take(*(event("a", f"{n}") for n in range(6)), event("a", "cháy nhà"), event("b", "xin chào"))
    await answered(rig.worker())
    await delivered(rig.sender(lambda: 0.0))
    assert rig.channel.texts("b") == ["↩ xin chào"]
    assert rig.channel.texts("a")[0] == "Gọi 114 ngay"
    assert len(rig.channel.texts("a")) <= 4


async def test_deliveries_and_readings_are_noted(rig: Rig) -> None:
    await tell(rig, "a", "xin chào")
    await tell(rig, "b", kind=EventKind.READ, messages=("m1",))
    await tell(rig, "a", kind=EventKind.DELIVERED, messages=("m1",))
    assert await value(rig.database, "SELECT delivered_at IS NOT NULL AND read_at IS NULL FROM outbox")
    await tell(rig, "a", kind=EventKind.READ, messages=("m1",))
    assert await value(rig.database, "SELECT read_at IS NOT NULL FROM outbox")


async def test_the_channel_may_say_that_a_resident_withdrew_their_consent(rig: Rig) -> None:
    await tell(rig, "a", "xin chào")
    mine = await conversation(rig)
    await kept_question(Letters(rig.database, SEALER), mine, "fake", "lối thoát bị khóa")
    await rig.post("a", "đang chờ")
    assert await tell(rig, "a", kind=EventKind.ERASE) == []
    assert [await count(rig.database, one) for one in ("contact", "conversation", "reply")] == [0, 0, 0]
    assert await value(rig.database, "SELECT count(conversation_id) FROM letter") == 0
    assert await value(rig.database, "SELECT count(sealed) FROM outbox") == 0
    assert await value(rig.database, "SELECT count(conversation_id) FROM outbox") == 0
    assert await tell(rig, "a", "xin chào") == ["↩ xin chào"]
    assert await conversation(rig) != mine


async def test_a_resident_is_erased_in_the_chat_and_is_still_told_so(speaking: Rig) -> None:
    # Given a resident with a conversation, a memory, and a message that waits
    await tell(speaking, "a", "nơi ở")
    await tell(speaking, "a", "hủy")
    mine = await conversation(speaking)
    await speaking.post("a", "một tin cũ", Lane.CAMPAIGN)
    await change(
        speaking.database,
        "UPDATE outbox SET conversation_id = :mine, due_at = now() + interval '1 hour' WHERE lane = 3",
        mine=mine,
    )
    # When they have all of it erased
    await speaking.take(event("a", "xóa dữ liệu của tôi"))
    await answered(speaking.worker())
    await delivered(speaking.sender(lambda: 0.0))
    assert "1. Xóa hết" in speaking.channel.texts("a")[-1]
    await speaking.take(event("a", "1"))
    await answered(speaking.worker())
    await delivered(speaking.sender(lambda: 0.0))
    told = speaking.channel.texts("a")[-1]
    # Then the reply that says so arrives, and nothing else is left
    assert told.startswith("Đã xóa hết")
    for table in ("contact", "conversation", "memory", "reply", "profile"):
        assert await count(speaking.database, table) == 0, table
    assert await value(speaking.database, "SELECT count(sealed) FROM outbox") == 0
    assert await value(speaking.database, "SELECT count(sealed) FROM inbox") == 0
    await tell(speaking, "a", "xin chào")
    assert await conversation(speaking) != mine


@pytest.mark.parametrize(
    ("kind", "reply"),
    [
        (EventKind.PHOTO, "Ảnh này không còn"),
        (EventKind.LOCATION, "Mình nhận được vị trí"),
        (EventKind.CONTACT, "Mình không cần số điện thoại"),
        (EventKind.UNREADABLE, "Mình chỉ đọc được chữ"),
    ],
)
async def test_what_cannot_be_looked_at_gets_its_reply(speaking: Rig, kind: EventKind, reply: str) -> None:
    [told] = await tell(speaking, "a", "", kind, media=("file-1",))
    assert told.startswith(reply)
    assert "114" in told


async def test_a_photo_with_a_cry_for_help_gets_114(speaking: Rig) -> None:
    told = await tell(speaking, "a", "cuu voi nha em dang chay", EventKind.PHOTO, media=("file-1",))
    assert "114" in told[0].splitlines()[0]
    assert await value(speaking.database, "SELECT urgent FROM inbox")
    assert await value(speaking.database, "SELECT min(lane) FROM outbox") == Lane.EMERGENCY
    [again] = await tell(speaking, "a", "", EventKind.PHOTO, media=("file-2",))
    assert again.startswith(phrases.CALL_YOURSELF)  # the alarm is remembered


async def test_a_photo_that_is_gone_does_not_keep_its_question_from_an_answer(speaking: Rig) -> None:
    told = await tell(speaking, "a", "chung cư cháy thì chạy lên hay chạy xuống", EventKind.PHOTO, media=("f",))
    assert told[0].startswith("Ảnh này không còn")
    assert "thang" in "".join(told)


async def test_a_welcome_and_a_link_that_names_a_command(speaking: Rig) -> None:
    [welcome] = await tell(speaking, "a", kind=FOLLOW)
    assert welcome.startswith(phrases.WELCOME)
    told = await tell(speaking, "b", kind=FOLLOW, start="news")
    assert told
    assert "Chào bạn, mình là" not in told[0]
    assert (await tell(speaking, "c", kind=FOLLOW, start="rm -rf"))[0].startswith(phrases.WELCOME)


async def test_numbers_in_what_comes_later_mean_its_choices_for_days(database: Database, rig: Rig) -> None:
    # Given choices that stand numbered in a reply, and in a message that nobody asked for in the moment
    now = datetime(2026, 10, 4, 1, tzinfo=UTC)
    contacts = Contacts(database, SEALER, lambda: now)
    for user, stay in ((b"reply", None), (b"later", OPTIONS_STAY)):
        await contacts.offer((await contacts.met(rig.number, user, "u")).id, ("a", "b"), stay)
    # When both type a number the next day
    await change(database, "UPDATE contact SET last_seen_at = now() - interval '1 day'")
    now += timedelta(days=1)
    # Then only that of the second means a choice; some days later neither does
    assert (await contacts.met(rig.number, b"reply", "u")).options == ()
    assert (await contacts.met(rig.number, b"later", "u")).options == ("a", "b")
    await change(database, "UPDATE contact SET last_seen_at = now() - interval '1 day'")
    now += OPTIONS_STAY
    assert (await contacts.met(rig.number, b"later", "u")).options == ()
