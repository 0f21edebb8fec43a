"""What is stored about a resident: profile, subscription, seeing it all, erasing it all, and its terms."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import Category
from bot.feedback.lifecycle import Act, Hat, State, TransitionError
from bot.feedback.reports import RESIDENT, Actor, NewReport, Where
from bot.store.database import Database
from bot.store.letters import Letter, Letters
from bot.store.memories import Memories
from bot.store.profiles import Profile, Profiles
from bot.store.records import Records
from bot.store.reports import Reports
from bot.store.residents import Erased, Residents, StoredAboutMe
from bot.store.retention import CONTACTS_STAY, EVENTS_STAY, Forgotten, Terms, forget_expired
from bot.store.subscriptions import Subscriptions
from bot.store.waiting import Waiting
from tests.integration.stored import (
    SEALER,
    another_sealer,
    blocked,
    change,
    count,
    kept_question,
    outcomes,
    reply,
    value,
)

TABLES = (
    "conversation",
    "reply",
    "thumb",
    "memory",
    "profile",
    "subscription",
    "consent",
    "waiting_message",
)
NOTHING_EXPIRED = Forgotten(conversations=0, memories=0, replies=0, waiting=0, letters=0)


@pytest.fixture
def residents(database: Database) -> Residents:
    return Residents(database, SEALER, has_open_form)


def has_open_form(memory: dict[str, Any]) -> bool:
    return "form" in memory


def as_message(letter: Letter) -> dict[str, Any]:
    return {"answer": letter.answer}


async def everything(database: Database) -> tuple[UUID, dict[str, str]]:
    """A conversation with something in every table, and the codes of its question and reports."""
    conversation, given, letters = uuid4(), [reply(), reply()], Letters(database, SEALER)
    await Records(database).keep_replies(conversation, "web", given)
    await Records(database).keep_thumb(conversation, given[0].id, "up")
    await Memories(database, SEALER).save(conversation, "web", {"form": {"name": "a"}}, 0)
    await Profiles(database).set(conversation, "web", province_code="01", home="chung-cu", consent_version="1")
    await Subscriptions(database).start(conversation, "web", ["canh-bao"], "1")
    codes = {"question": await kept_question(letters, conversation, "web", "câu hỏi lạ")}
    await letters.answer(codes["question"], "đã xong", "đội 3", as_message)
    reports = Reports(database, SEALER, Deadlines.load())
    for name, contact in (("open", "0912 345 678"), ("answered", None)):
        codes[name] = await reports.send(
            NewReport(
                category=Category.QUESTION,
                text=f"phản ánh {name}",
                where=Where(words="Kim Mã"),
                channel="web",
                conversation=conversation,
                contact=contact,
                consent="1",
            )
        )
    answered = await reports.by_code(codes["answered"])
    assert answered is not None
    await reports.act(answered.id, Act.REPLY, Actor(hat=Hat.MTTQ, who="đội 3"), "đã xem")
    await reports.act(answered.id, Act.CONFIRM, RESIDENT)
    return conversation, codes


async def counts(database: Database) -> list[int]:
    return [await count(database, table) for table in TABLES]


async def about(residents: Residents, conversation: UUID) -> StoredAboutMe:
    found = await residents.stored(conversation)
    assert found is not None
    return found


async def test_a_profile_is_replaced_as_a_whole_and_deleted(database: Database) -> None:
    profiles, conversation = Profiles(database), uuid4()
    assert await profiles.get(conversation) is None
    assert not await profiles.delete(conversation)
    await profiles.set(conversation, "web", province_code="01", commune_code="00004", consent_version="1")
    first = await profiles.get(conversation)
    assert first is not None
    assert first == Profile("01", "00004", None, "1", first.consented_at)
    await profiles.set(conversation, "web", province_code="79", home="nha-ong", consent_version="1")
    assert await profiles.get(conversation) == Profile("79", None, "nha-ong", "1", first.consented_at)
    await profiles.set(conversation, "web", province_code="79", consent_version="2")
    renewed = await profiles.get(conversation)
    assert renewed is not None
    assert renewed.consent_version == "2"
    assert renewed.consented_at > first.consented_at
    assert await profiles.delete(conversation)
    assert await profiles.get(conversation) is None


async def test_a_subscription_is_stopped_once_and_can_begin_again(database: Database) -> None:
    subscriptions, conversation = Subscriptions(database), uuid4()
    assert await subscriptions.get(conversation) is None
    assert not await subscriptions.stop(conversation)
    await subscriptions.start(conversation, "web", ["canh-bao", "mua-kho"], "1")
    first = await subscriptions.get(conversation)
    assert first is not None
    assert first.active
    assert (first.topics, first.consent_version) == (("canh-bao", "mua-kho"), "1")
    assert await subscriptions.stop(conversation)
    stopped = await subscriptions.get(conversation)
    assert stopped is not None
    assert not stopped.active
    assert not await subscriptions.stop(conversation)
    assert await subscriptions.get(conversation) == stopped
    await subscriptions.start(conversation, "web", ["canh-bao"], "2")
    again = await subscriptions.get(conversation)
    assert again is not None
    assert (again.active, again.topics, again.consent_version) == (True, ("canh-bao",), "2")
    assert again.since > first.since


async def test_of_stops_at_once_one_stops_it(database: Database) -> None:
    subscriptions, conversation = Subscriptions(database), uuid4()
    await subscriptions.start(conversation, "web", ["canh-bao"], "1")
    assert sorted(await outcomes(*(subscriptions.stop(conversation) for _ in range(5)))) == [False] * 4 + [True]


async def test_residents_see_all_that_is_stored(database: Database, residents: Residents) -> None:
    assert await residents.stored(uuid4()) is None
    conversation, codes = await everything(database)
    await everything(database)  # somebody else's does not count
    found = await about(residents, conversation)
    assert (found.channel, found.replies, found.thumbs, found.waiting) == ("web", 2, 1, 2)
    assert (found.remembered, found.open_form) == (True, True)
    assert found.first_seen <= found.last_seen <= datetime.now(UTC) + timedelta(seconds=5)
    assert found.profile is not None
    assert found.profile.home == "chung-cu"
    assert found.subscription is not None
    assert found.subscription.topics == ("canh-bao",)
    assert (found.questions, found.photos, found.supported) == (1, 0, 0)
    assert [(one.code, one.category, one.state, one.photos, one.has_contact) for one in found.reports] == [
        (codes["answered"], Category.QUESTION, State.CONFIRMED, 0, False),
        (codes["open"], Category.QUESTION, State.RECEIVED, 0, True),
    ]


async def test_a_conversation_with_nothing_but_a_reply_is_seen_too(database: Database, residents: Residents) -> None:
    conversation = uuid4()
    await Records(database).keep_replies(conversation, "web", [reply()])
    found = await about(residents, conversation)
    assert (found.profile, found.subscription, found.reports, found.waiting) == (None, None, (), 0)
    assert (found.replies, found.thumbs, found.remembered, found.open_form) == (1, 0, False, False)


async def test_a_lost_key_hides_nothing_else_and_hinders_no_erasing(database: Database) -> None:
    conversation, _ = await everything(database)
    residents = Residents(database, another_sealer(), has_open_form)
    found = await about(residents, conversation)
    assert (found.remembered, found.open_form) == (True, False)
    assert (await residents.erase(conversation)).memory == 1


async def test_erasing_leaves_nothing_but_what_belongs_to_nobody(database: Database, residents: Residents) -> None:
    conversation, codes = await everything(database)
    erased = await residents.erase(conversation)
    assert erased == Erased(
        replies=2,
        thumbs=1,
        memory=1,
        profile=1,
        subscription=1,
        consents=1,
        waiting=2,
        questions_unlinked=1,
        reports=2,
        reports_withdrawn=1,
        contacts=1,
    )
    assert await counts(database) == [0] * len(TABLES)
    assert await residents.stored(conversation) is None
    assert await residents.erase(conversation) == Erased()
    question = await Letters(database, SEALER).by_code(codes["question"])
    assert question is not None
    assert (question.text, question.reachable) == ("câu hỏi lạ", False)
    reports = Reports(database, SEALER, Deadlines.load())
    left = [await reports.by_code(codes[name]) for name in ("open", "answered")]
    assert [(one.state, one.text, one.where.words, one.told, one.has_contact) for one in left if one] == [
        (State.WITHDRAWN, "", None, False, False),
        (State.CONFIRMED, "", None, False, False),
    ]


async def test_that_something_was_erased_is_recorded_but_not_for_whom(database: Database, residents: Residents) -> None:
    conversation, _ = await everything(database)
    await residents.erase(conversation)
    await residents.erase(conversation)  # nothing is left, so nothing is recorded
    [row] = await value(database, "SELECT jsonb_agg(to_jsonb(erasure)) FROM erasure")
    assert (row["channel"], row["counts"]["reports"], row["counts"]["contacts"]) == ("web", 2, 1)
    assert "photos" not in row["counts"]
    assert str(conversation) not in str(row)


async def test_erasing_touches_nobody_else(database: Database, residents: Residents) -> None:
    mine, _ = await everything(database)
    other, _ = await everything(database)
    before = await about(residents, other)
    await residents.erase(mine)
    assert await about(residents, other) == before


async def test_erasing_is_all_or_nothing(database: Database, residents: Residents) -> None:
    conversation, _ = await everything(database)
    before = (await counts(database), await about(residents, conversation))
    await change(
        database,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;"
        " CREATE TRIGGER refuse BEFORE DELETE ON conversation EXECUTE FUNCTION refuse()",
    )
    with pytest.raises(Exception, match="refused"):
        await residents.erase(conversation)
    assert (await counts(database), await about(residents, conversation)) == before


async def test_what_is_written_during_the_erasing_begins_a_new_conversation(
    database: Database, residents: Residents
) -> None:
    conversation, _ = await everything(database)
    letters, given = Letters(database, SEALER), reply()
    async with database.sessions.begin() as session:  # holds the erasing up after it has begun
        await session.execute(text("LOCK TABLE waiting_message IN ACCESS EXCLUSIVE MODE"))
        erasing = asyncio.create_task(residents.erase(conversation))
        await blocked(database, 1)
        writings = asyncio.gather(
            letters.keep_unanswered(conversation, "web", "câu mới", []),
            Records(database).keep_replies(conversation, "web", [given]),
        )
        await blocked(database, 3)
    assert (await erasing).replies == 2
    await writings
    found = await about(residents, conversation)
    assert (found.replies, found.thumbs, found.profile, found.questions, found.reports) == (1, 0, None, 1, ())


async def test_an_answer_during_the_erasing_comes_too_late(database: Database, residents: Residents) -> None:
    conversation, codes = await everything(database)
    async with database.sessions.begin() as session:
        await session.execute(text("LOCK TABLE profile IN ACCESS EXCLUSIVE MODE"))
        erasing = asyncio.create_task(residents.erase(conversation))
        await blocked(database, 1)
        reports = Reports(database, SEALER, Deadlines.load())
        answering = asyncio.create_task(
            reports.act(await number_of(database, codes["open"]), Act.REPLY, Actor(hat=Hat.MTTQ, who="a"), "lời đáp")
        )
        await blocked(database, 2)
    assert (await erasing).reports_withdrawn == 1
    [outcome] = await outcomes(answering)
    assert isinstance(outcome, TransitionError)
    assert await counts(database) == [0] * len(TABLES)


async def number_of(database: Database, code: str) -> int:
    return int(await value(database, "SELECT id FROM report WHERE code = :code", code=code))


async def test_turns_answers_and_erasings_at_once_never_deadlock(database: Database, residents: Residents) -> None:
    letters, waiting = Letters(database, SEALER), Waiting(database, SEALER)
    reports, officer = Reports(database, SEALER, Deadlines.load()), Actor(hat=Hat.MTTQ, who="a")
    for _ in range(5):
        conversation, codes = await everything(database)
        other, _ = await everything(database)
        number = await number_of(database, codes["open"])
        results = await outcomes(
            residents.erase(conversation),
            reports.act(number, Act.REPLY, officer, "a"),
            reports.support(number, other),
            reports.add(number, "thêm", RESIDENT),
            waiting.mark_delivered(conversation, 10**9),
            letters.keep_unanswered(conversation, "web", "câu", []),
            Memories(database, SEALER).save(conversation, "web", {}, 1),
            Subscriptions(database).stop(conversation),
            residents.erase(conversation),
            cleaned(database, conversations=1, letters=1),
        )
        assert not [one for one in results if "deadlock" in str(one) or "violates" in str(one)]


async def long_ago(database: Database, conversation: UUID) -> None:
    for statement in (
        "UPDATE conversation SET last_seen_at = now() - interval '200 days' WHERE id = :id",
        "UPDATE reply SET created_at = now() - interval '200 days' WHERE conversation_id = :id",
        "UPDATE memory SET updated_at = now() - interval '200 days' WHERE conversation_id = :id",
        "UPDATE waiting_message SET at = now() - interval '200 days' WHERE conversation_id = :id",
        "UPDATE letter SET at = now() - interval '200 days' WHERE conversation_id = :id",
        "UPDATE report SET closed_at = now() - interval '200 days' WHERE conversation_id = :id AND closed_at < now()",
    ):
        await change(database, statement, id=conversation)


async def cleaned(database: Database, *, conversations: int = 180, letters: int = 730) -> Forgotten:
    now = datetime.now(UTC)
    terms = Terms(
        conversations_before=now - timedelta(days=conversations),
        letters_before=now - timedelta(days=letters),
        messages_before=now - timedelta(days=30),
        events_before=now - EVENTS_STAY,
        contacts_before=now - CONTACTS_STAY,
    )
    return await forget_expired(database, terms)


async def test_nothing_goes_before_its_term(database: Database) -> None:
    await everything(database)
    before = await counts(database)
    assert await cleaned(database) == NOTHING_EXPIRED
    assert await counts(database) == before


async def test_an_old_conversation_goes_with_all_that_hangs_on_it(database: Database) -> None:
    old, codes = await everything(database)
    await everything(database)
    remaining = await counts(database)
    await Subscriptions(database).stop(old)
    await long_ago(database, old)
    assert (await cleaned(database)).conversations == 1
    assert await counts(database) == [number // 2 for number in remaining]
    report = await Reports(database, SEALER, Deadlines.load()).by_code(codes["open"])
    assert report is not None
    assert (report.text, report.state, report.told) == ("phản ánh open", State.RECEIVED, False)


async def test_who_subscribed_stays_subscribed_but_what_was_said_goes(database: Database, residents: Residents) -> None:
    conversation, _ = await everything(database)
    await long_ago(database, conversation)
    assert await cleaned(database) == Forgotten(conversations=0, memories=1, replies=2, waiting=2, letters=0)
    found = await about(residents, conversation)
    assert (found.replies, found.thumbs, found.waiting, found.remembered) == (0, 0, 0, False)
    assert found.subscription is not None
    assert found.profile is not None
    await Subscriptions(database).stop(conversation)
    assert (await cleaned(database)).conversations == 1


async def test_questions_have_a_term_of_their_own(database: Database) -> None:
    conversation, codes = await everything(database)
    await long_ago(database, conversation)
    await Letters(database, SEALER).keep_unanswered(conversation, "web", "câu mới", [])
    assert (await cleaned(database, conversations=365, letters=199)).letters == 1
    assert [one.text for one in await Letters(database, SEALER).every()] == ["câu mới"]
    assert await Letters(database, SEALER).by_code(codes["question"]) is None
    assert await value(database, "SELECT count(letter_id) FROM waiting_message") == 0  # the answer itself stays
    assert await count(database, "waiting_message") == 2


async def test_words_of_closed_reports_go_with_their_term_and_open_ones_stay(database: Database) -> None:
    # Given a report that was closed long ago, with a contact, and one that is open for as long
    conversation, codes = await everything(database)
    await change(
        database,
        "UPDATE report SET contact = 'x', contact_consent = '1', created_at = now() - interval '200 days',"
        " changed_at = now() - interval '200 days' WHERE conversation_id = :id",
        id=conversation,
    )
    await long_ago(database, conversation)
    # When the contact's term is over, then the contact goes and nothing else
    assert (await cleaned(database, conversations=365)).report_contacts == 1
    reports = Reports(database, SEALER, Deadlines.load())
    closed, still = [await reports.by_code(codes[name]) for name in ("answered", "open")]
    assert closed is not None
    assert still is not None
    assert (closed.text, closed.has_contact, still.has_contact) == ("phản ánh answered", False, True)
    # And when the term of words is over, those of the closed one go; the row stays
    found = await cleaned(database, conversations=365, letters=199)
    assert (found.reports, found.report_contacts) == (1, 0)
    closed, still = [await reports.by_code(codes[name]) for name in ("answered", "open")]
    assert closed is not None
    assert still is not None
    assert (closed.text, closed.erased, closed.state) == ("", True, State.CONFIRMED)
    assert (still.text, still.erased) == ("phản ánh open", False)
    assert (await cleaned(database, conversations=365, letters=199)).reports == 0
