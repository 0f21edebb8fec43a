"""A subscription with its proof of consent: what is stored, what older versions stored, and how it ends."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bot.conversation.flows.desk import DeskError, Home, News, Profile, Wish
from bot.conversation.flows.news_wording import NEWS_CONSENT
from bot.keeper import StoredConversations
from bot.store.database import Database
from bot.store.profiles import Profiles
from bot.store.subscriptions import Subscription, Subscriptions
from tests.integration.stored import SEALER, change, count, value

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


async def test_consent_is_stored_with_its_wording_time_channel_and_language(database: Database) -> None:
    conversation = uuid4()
    desk = StoredConversations(database, SEALER, now=lambda: NOW).desk(conversation, "zalo_oa")
    wish = Wish(topics=("tips", "local"), quiet=(1200, 420), profile=Profile("26884", Home.FLAT, "school"))
    await desk.subscribe(wish)
    assert await Subscriptions(database).get(conversation) == Subscription(
        ("tips", "local"), NEWS_CONSENT, NOW, None, (1200, 420), "vi", "zalo_oa"
    )
    kept = await Profiles(database).get(conversation)
    assert kept is not None
    assert (kept.commune_code, kept.home, kept.part, kept.consent_version) == ("26884", "flat", "school", NEWS_CONSENT)
    assert await desk.profile() == Profile("26884", Home.FLAT, "school")
    assert await desk.news() == News(
        topics=("tips", "local"), quiet=(1200, 420), wording=NEWS_CONSENT, since=NOW, channel="zalo_oa", stopped_at=None
    )
    stored = await desk.stored()
    assert stored.news is not None
    assert stored.news.quiet == (1200, 420)


async def test_without_anything_new_the_profile_stays_as_it_was_agreed_to(database: Database) -> None:
    conversation = uuid4()
    await Profiles(database).set(conversation, "web", province_code="01", consent_version="old")
    await StoredConversations(database, SEALER).desk(conversation, "web").subscribe(Wish(topics=("tips",)))
    kept = await Profiles(database).get(conversation)
    assert kept is not None
    assert (kept.province_code, kept.consent_version) == ("01", "old")


async def test_what_was_agreed_to_before_there_were_times_stays_valid(database: Database) -> None:
    # Given a row as the version before wrote it
    conversation = uuid4()
    await change(database, "INSERT INTO conversation (id, channel) VALUES (:id, 'web')", id=conversation)
    await change(
        database,
        "INSERT INTO subscription (conversation_id, topics, consent_version) VALUES (:id, '{campaigns}', '2026-11')",
        id=conversation,
    )
    found = await Subscriptions(database).get(conversation)
    assert found is not None
    assert (found.active, found.topics, found.consent_version) == (True, ("campaigns",), "2026-11")
    assert (found.quiet, found.channel, found.language) == (None, None, "vi")


async def test_stopping_and_starting_again_keeps_what_was_agreed_to_last(database: Database) -> None:
    conversation, clock = uuid4(), [NOW]
    desk = StoredConversations(database, SEALER, now=lambda: clock[0]).desk(conversation, "web")
    await desk.subscribe(Wish(topics=("tips",), quiet=(720, 840)))
    clock[0] += timedelta(days=1)
    assert await desk.unsubscribe()
    stopped = await desk.news()
    assert stopped is not None
    assert (stopped.active, stopped.stopped_at) == (False, NOW + timedelta(days=1))
    assert (await desk.stored()).news is None
    clock[0] += timedelta(days=1)
    await desk.subscribe(Wish(topics=("local",)))
    again = await desk.news()
    assert again is not None
    assert (again.active, again.topics, again.quiet, again.since) == (True, ("local",), None, NOW + timedelta(days=2))
    assert await count(database, "subscription") == 1


@pytest.mark.parametrize("quiet", [(0, 0), (-1, 60), (60, 1441)])
async def test_minutes_that_there_are_not_are_refused(database: Database, quiet: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="minutes"):
        await Subscriptions(database).start(uuid4(), "web", ["tips"], "1", quiet=quiet)
    assert await count(database, "subscription") == 0


async def test_a_profile_that_cannot_be_stored_takes_the_subscription_with_it(database: Database) -> None:
    await change(database, "ALTER TABLE profile ADD CONSTRAINT never CHECK (part IS NULL)")
    desk = StoredConversations(database, SEALER).desk(uuid4(), "web")
    with pytest.raises(DeskError):
        await desk.subscribe(Wish(topics=("tips",), profile=Profile(part="school")))
    assert await count(database, "subscription") == 0
    assert await value(database, "SELECT count(*) FROM conversation") == 0
