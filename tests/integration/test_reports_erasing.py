"""Erasing: of what a resident said and showed nothing is left in any table; of the counts nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from bot.feedback.lifecycle import Act, State, TransitionError
from bot.feedback.reports import RESIDENT, Report
from bot.store.database import Database
from bot.store.links import Linked, Links
from bot.store.residents import Residents
from bot.store.retention import Terms, forget_expired
from tests.integration.reporting import CONTACT, MONDAY, WHERE, WORDS, Office
from tests.integration.stored import SEALER, change, count, value

FACE, DOOR = b"face of a resident", b"door of a resident"
ADDED = "tôi ở căn có giàn hoa giấy"
BINARY = "bytea"


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.of(database)


@pytest.fixture
def residents(office: Office) -> Residents:
    return Residents(office.database, SEALER, bool, clock=lambda: office.now)


async def everything(office: Office, author: UUID) -> Report:
    """A report with words, pin, contact, photos, an addition, a moderated field, a dispatch and an answer."""
    photos = [await office.photo(author, FACE), await office.photo(author, DOOR)]
    report = await office.sent(author, photos=photos, contact=CONTACT, consent="1")
    await office.reports.add(report.id, ADDED, RESIDENT)
    await office.reports.moderate(report.id, "text", "Cửa khóa ở chợ", "có tên người", office.lan)
    await office.reports.moderate(report.id, "photo", str(photos[0]), "rõ mặt", office.lan)
    await office.through(report, Act.VERIFY, Act.FORWARD)
    async with office.database.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO dispatch (report_id, agency_id, staff_id, way, state, key_digest, key_sealed, expires_at)"
                " VALUES (:report, :agency, :staff, 'email', 'waiting', 'd', 'k', now() + interval '60 days')"
            ),
            {"report": report.id, "agency": office.police.agency_id, "staff": office.lan.staff_id},
        )
    return await office.through(report, Act.TAKE_UP, Act.ANSWER)


async def found_anywhere(database: Database, *wanted: bytes) -> list[str]:
    """The columns of all tables in which one of these stands, sealed or not."""
    places = []
    async with database.sessions() as session:
        columns = await session.execute(
            text(
                "SELECT table_name, column_name, data_type FROM information_schema.columns"
                " WHERE table_schema = 'public' ORDER BY 1, 2"
            )
        )
        for table, column, kind in columns.all():
            rows = await session.execute(text(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'))  # noqa: S608
            for (one,) in rows.all():
                plain = opened(bytes(one)) if kind == BINARY else str(one).encode()
                if any(each in plain for each in wanted):
                    places.append(f"{table}.{column}")
    return places


def opened(sealed: bytes) -> bytes:
    try:
        return SEALER.open(sealed)
    except Exception:  # a digest
        return sealed


WANTED = (
    FACE,
    DOOR,
    WORDS.encode(),
    b"xich",
    b"105.85",
    CONTACT.encode(),
    ADDED.encode(),
    (WHERE.words or "").encode(),
    "Cửa khóa ở chợ".encode(),
)


async def test_the_search_finds_what_there_is_before_it_is_erased(office: Office) -> None:
    await everything(office, uuid4())
    assert set(await found_anywhere(office.database, *WANTED)) == {
        "moderation.original",
        "report.contact",
        "report.longitude",
        "report.text",
        "report.where_text",
        "report_event.text",
        "report_photo.sealed",
        "report_photo.thumbnail",
    }


async def test_after_erasing_nothing_of_a_resident_stands_in_any_table(office: Office, residents: Residents) -> None:
    # Given a resident with everything, who also supports another report, and one with a photo that is only staged
    author, other = uuid4(), uuid4()
    report = await everything(office, author)
    theirs = await office.sent(other)
    await office.reports.support(theirs.id, author)
    await office.photo(author, FACE)
    # When all of it is erased
    erased = await residents.erase(author)
    # Then nothing stands in any table, sealed or not, and nobody's number either
    assert await found_anywhere(office.database, *WANTED[:3], b"105.85", *WANTED[5:7], WANTED[8]) == [
        f"report.{column}" for column in ("longitude", "text")
    ]  # those of the other resident, who sent the same words
    assert await found_anywhere(office.database, str(author).encode()) == []
    assert (erased.reports, erased.reports_withdrawn, erased.photos, erased.contacts, erased.supports) == (
        1, 1, 2, 1, 1,
    )  # fmt: skip
    # And the report is a count without words, whose link is dead
    left = await office.found(report.code)
    assert (left.state, left.text, left.where.words, left.where.pin, left.photos) == (
        State.WITHDRAWN, "", None, None, (),
    )  # fmt: skip
    assert (left.category, left.where.commune_code, left.created_at) == (
        report.category, "00004", report.created_at,
    )  # fmt: skip
    assert left.erased
    assert await value(office.database, "SELECT state || ' ' || (key_sealed IS NULL) FROM dispatch") == "revoked true"
    assert (await office.found(theirs.code)).supporters == 1
    # And what officials wrote stays
    kept = [one.text for one in await office.reports.happenings(report.id, public_only=False) if one.text]
    assert kept == ["có tên người", "rõ mặt", "lời khi forward", "lời khi answer"]


async def test_a_report_that_has_ended_keeps_its_end_as_a_count(office: Office, residents: Residents) -> None:
    author = uuid4()
    report = await office.through(await everything(office, author), Act.CONFIRM)
    assert (await residents.erase(author)).reports_withdrawn == 0
    left = await office.found(report.code)
    assert (left.state, left.text, left.erased, left.told) == (State.CONFIRMED, "", True, False)


@pytest.mark.parametrize("anonymous", [True, False])
async def test_by_its_code_alone_a_report_is_withdrawn_and_emptied(office: Office, anonymous: bool) -> None:
    photo = await office.photo(None, FACE)
    report = await office.sent(anonymous=anonymous, photos=[photo], contact=CONTACT, consent="1")
    await office.reports.add(report.id, ADDED, RESIDENT)
    await office.reports.moderate(report.id, "text", "Cửa khóa ở chợ", "có tên người", office.lan)
    withdrawn = await office.reports.withdraw(report.id)
    assert (withdrawn.state, withdrawn.photos, withdrawn.erased, withdrawn.due_at) == (State.WITHDRAWN, (), True, None)
    assert await found_anywhere(office.database, *WANTED) == []
    assert await value(office.database, "SELECT counts FROM erasure") == {"reports": 1, "photos": 1, "contacts": 1}
    for attempt in (
        office.reports.withdraw(report.id),
        office.reports.add(report.id, "nữa", RESIDENT),
    ):
        with pytest.raises(TransitionError):
            await attempt


@pytest.mark.parametrize("end", [Act.CONFIRM, Act.CLOSE])
async def test_a_report_that_has_ended_is_emptied_by_its_code_and_its_end_still_counts(
    office: Office, end: Act
) -> None:
    # Given an anonymous report that has ended, with another one merged into it
    report = await office.sent(anonymous=True, photos=[await office.photo(None, FACE)], contact=CONTACT, consent="1")
    twin = await office.sent()
    await office.reports.act(twin.id, Act.MERGE, office.lan, "cùng cửa", into=report.id)
    ended = await office.through(report, Act.VERIFY, Act.FORWARD, Act.ANSWER, end)
    # When it is withdrawn a week later
    office.later(days=7)
    emptied = await office.reports.withdraw(report.id)
    # Then its words are gone, it ended when it did, and what stood behind it is not taken up again
    assert (emptied.state, emptied.text, emptied.photos, emptied.erased) == (ended.state, "", (), True)
    assert emptied.has_contact is False
    assert await value(office.database, "SELECT closed_at FROM report WHERE id = :id", id=report.id) == MONDAY
    assert (await office.found(twin.code)).state is State.DUPLICATE
    # And nothing can come to it that would never be deleted
    for attempt in (
        office.reports.withdraw(report.id),
        office.reports.act(report.id, Act.REOPEN, RESIDENT, "chưa xong"),
        office.reports.add(report.id, "nữa", RESIDENT),
    ):
        with pytest.raises(TransitionError):
            await attempt


async def test_a_photo_that_somebody_added_to_anothers_report_is_erased_with_the_one_who_showed_it(
    office: Office, residents: Residents
) -> None:
    author, friend = uuid4(), uuid4()
    own, anonymous = await office.sent(author), await office.sent(anonymous=True)
    for report in (own, anonymous):
        await office.reports.support(report.id, friend)
        await office.reports.add(report.id, "", RESIDENT, [await office.photo(friend, FACE)])
    assert (await residents.erase(friend)).photos == 2
    assert await found_anywhere(office.database, FACE) == []
    for report in (own, anonymous):
        left = await office.found(report.code)
        assert (left.text, left.photos, left.supporters) == (WORDS, (), 1)
    assert await value(office.database, "SELECT sum(photos) FROM report") == 0


async def test_what_stood_behind_an_erased_report_stands_for_itself_again(office: Office, residents: Residents) -> None:
    author, friend = uuid4(), uuid4()
    head, twin = await office.sent(author), await office.sent(friend)
    await office.reports.act(twin.id, Act.MERGE, office.lan, "cùng cửa", into=head.id)
    await residents.erase(author)
    again = await office.found(twin.code)
    assert (again.state, again.duplicate_of, again.text) == (State.RECEIVED, None, WORDS)
    assert again.due_at is not None


async def test_residents_see_what_is_stored_of_their_reports(office: Office, residents: Residents) -> None:
    author, other = uuid4(), uuid4()
    report = await everything(office, author)
    await office.photo(author)
    theirs = await office.sent(other)
    await office.reports.support(theirs.id, author)
    found = await residents.stored(author)
    assert found is not None
    [one] = found.reports
    assert (one.code, one.state, one.photos, one.has_contact) == (report.code, State.ANSWERED, 1, True)
    assert (found.photos, found.supported, found.questions) == (2, 1, 0)


async def test_linked_conversations_take_their_reports_photos_and_voices_along(
    office: Office, residents: Residents
) -> None:
    # Given a resident on two channels, who said "me too" on both, and once to a report of their own
    giver, taker = uuid4(), uuid4()
    first, second, others = (
        await office.sent(giver, channel="telegram"),
        await office.sent(taker),
        await office.sent(uuid4()),
    )
    assert [await office.reports.support(others.id, one) for one in (giver, taker)] == [True, True]
    assert await office.reports.support(second.id, giver)
    await office.photo(taker)
    # When the two become one
    links = Links(office.database)
    linked = await links.link(await links.give(giver, "telegram"), taker, "web")
    assert isinstance(linked, Linked)
    # Then everything is in one place and every voice counts once
    assert {one.code for one in await office.reports.of(linked.survivor)} == {first.code, second.code}
    assert [(await office.found(one.code)).supporters for one in (others, second)] == [1, 0]
    assert await count(office.database, "report_support") == 1
    assert await office.photos.staged(linked.survivor) != ()
    assert (await residents.erase(linked.survivor)).reports == 2
    assert await found_anywhere(office.database, str(linked.gone).encode(), str(linked.survivor).encode()) == []


async def test_words_past_their_term_stay_empty_and_those_behind_an_open_report_are_kept(office: Office) -> None:
    # Given a report that ended long ago, and one that was merged long ago into one that is still worked on
    author = uuid4()
    done = await office.through(await office.sent(author), Act.VERIFY, Act.FORWARD, Act.ANSWER, Act.CONFIRM)
    head, twin = await office.sent(), await office.sent()
    await office.reports.act(twin.id, Act.MERGE, office.lan, "cùng cửa", into=head.id)
    longer = office.now + timedelta(days=1)
    forgotten = await forget_expired(office.database, Terms(MONDAY, longer, MONDAY, MONDAY, longer))
    # Then only the first is emptied, and what its resident types later goes nowhere
    assert forgotten.reports == 1
    assert (await office.found(twin.code)).text == WORDS
    for attempt in (
        office.reports.act(done.id, Act.REOPEN, RESIDENT, "lại hỏng"),
        office.reports.add(done.id, "tôi tên Hoa", RESIDENT),
    ):
        with pytest.raises(TransitionError):
            await attempt


async def test_photos_of_a_conversation_past_its_term_belong_to_nobody(office: Office) -> None:
    author, other = uuid4(), uuid4()
    sent, kept = [await office.sent(one, photos=[await office.photo(one, FACE)]) for one in (author, other)]
    await change(
        office.database, "UPDATE conversation SET last_seen_at = now() - interval '200 days' WHERE id = :id", id=author
    )
    half_a_year_ago = datetime.now(UTC) - timedelta(days=180)
    before = MONDAY - timedelta(days=1)
    await forget_expired(office.database, Terms(half_a_year_ago, before, before, before, before))
    owners = [await office.photos.owner(one.photos[0]) for one in (sent, kept)]
    assert [one.conversation for one in owners if one] == [None, other]
    assert (await office.found(sent.code)).told is False


async def test_a_voice_for_a_merged_report_that_turns_out_to_be_the_same_persons_counts_for_neither(
    office: Office,
) -> None:
    # Given one person on two channels who said "me too" on both to a report that was merged later
    giver, taker = uuid4(), uuid4()
    twin, head = await office.sent(), await office.sent()
    for conversation, channel in ((giver, "telegram"), (taker, "web")):
        await office.reports.support(twin.id, conversation, channel)
    await office.reports.act(twin.id, Act.MERGE, office.lan, "cùng cửa", into=head.id)
    assert (await office.found(head.code)).supporters == 3
    # When the two become one
    links = Links(office.database)
    assert isinstance(await links.link(await links.give(giver, "telegram"), taker, "web"), Linked)
    # Then one voice is left in both counts, also after they are parted again
    assert [(await office.found(one.code)).supporters for one in (twin, head)] == [1, 2]
    await office.reports.act(twin.id, Act.PART, office.lan)
    assert [(await office.found(one.code)).supporters for one in (twin, head)] == [1, 0]
