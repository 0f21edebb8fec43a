"""Who is in an audience, on which channel each is reached, who is first, and what an estimate says of it."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from bot.campaigns.content import Audience, Behaviour, Did, First, Variant, variant_for
from bot.campaigns.lifecycle import Why
from bot.store.campaign_audience import Audiences, Estimate, Window
from bot.store.database import Database
from tests.integration.stored import change, count, value

NOW: Final = datetime(2026, 9, 20, 2, 0, tzinfo=UTC)
PROVINCES: Final = {"00004": "01", "00008": "01", "26734": "79"}
EVERYBODY: Final = Audience()


class Town:
    """People with contacts on three accounts."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.telegram = self.zalo = self.zalo_bot = 0
        self.audiences = Audiences(database, PROVINCES)

    async def opened(self) -> "Town":
        numbers = []
        for channel in ("telegram", "zalo_oa", "zalo_bot"):
            entering = "INSERT INTO account (channel, name) VALUES (:channel, '1') RETURNING id"
            numbers.append(await self._returned(entering, channel=channel))
        self.telegram, self.zalo, self.zalo_bot = numbers
        return self

    async def _returned(self, statement: str, **values: Any) -> int:
        async with self.database.sessions.begin() as session:
            return int((await session.execute(text(statement), values)).scalar_one())

    @property
    def accounts(self) -> list[int]:
        return [self.telegram, self.zalo, self.zalo_bot]

    async def person(
        self,
        *,
        began: str = "telegram",
        topics: Sequence[str] | None = ("campaigns",),
        language: str = "vi",
        stopped: bool = False,
        province: str | None = None,
        commune: str | None = None,
        home: str | None = None,
        part: str | None = None,
        **seen: timedelta,
    ) -> UUID:
        """Enter somebody; `seen`: on which account they were last there, how long ago."""
        person = uuid4()
        await change(
            self.database,
            "INSERT INTO conversation (id, channel, last_seen_at) VALUES (:id, :began, :now)",
            id=person,
            began=began,
            now=NOW,
        )
        if topics is not None:
            await change(
                self.database,
                "INSERT INTO subscription (conversation_id, topics, consent_version, language, stopped_at)"
                " VALUES (:id, :topics, '1', :language, :stopped)",
                id=person,
                topics=list(topics),
                language=language,
                stopped=NOW if stopped else None,
            )
        await change(
            self.database,
            "INSERT INTO profile (conversation_id, province_code, commune_code, home, part, consent_version)"
            " VALUES (:id, :province, :commune, :home, :part, '1')",
            id=person,
            province=province,
            commune=commune,
            home=home,
            part=part,
        )
        for name, ago in seen.items():
            await self.contact(person, getattr(self, name), ago)
        return person

    async def contact(self, person: UUID, account: int, ago: timedelta, *, left: bool = False) -> None:
        await change(
            self.database,
            "INSERT INTO contact (account_id, digest, sealed, conversation_id, last_seen_at, stopped_at)"
            " VALUES (:account, :digest, '', :person, :seen, :stopped)",
            account=account,
            digest=uuid4().bytes,
            person=person,
            seen=NOW - ago,
            stopped=NOW if left else None,
        )

    async def campaign(self) -> int:
        staff = await self._returned(
            "INSERT INTO staff (login, name, position, password, roles, places)"
            " VALUES (:login, '', '', '', '{}', '{}') RETURNING id",
            login=uuid4().hex,
        )
        return await self._returned(
            "INSERT INTO campaign (title, plan, created_by, changed_by) VALUES ('', '{}', :by, :by) RETURNING id",
            by=staff,
        )

    async def frozen(
        self, audience: Audience = EVERYBODY, first: First | None = None, **others: Any
    ) -> dict[UUID, Any]:
        """Freeze a new campaign and return its members by person."""
        campaign = others.pop("campaign", None) or await self.campaign()
        accounts = others.pop("accounts", self.accounts)
        async with self.database.sessions.begin() as session:
            listed = await self.audiences.freeze(session, campaign, audience, first, accounts, NOW, **others)
            rows = (
                await session.execute(text("SELECT * FROM campaign_member WHERE campaign_id = :id"), {"id": campaign})
            ).all()
        assert listed == len(rows) == len({row.conversation_id for row in rows})
        return {row.conversation_id: row for row in rows}

    async def estimate(self, audience: Audience = EVERYBODY, first: First | None = None, **others: Any) -> Estimate:
        accounts = others.pop("accounts", self.accounts)
        return await self.audiences.estimate(audience, first, NOW, accounts, **others)

    async def got(self, person: UUID, campaign: int, state: str, *, answered: bool = False) -> None:
        message = await self._returned(
            "INSERT INTO campaign_message (campaign_id, key, place, title, due_at, send_until)"
            " VALUES (:campaign, :key, 0, '', :now, :now) RETURNING id",
            campaign=campaign,
            key=uuid4().hex,
            now=NOW,
        )
        await change(
            self.database,
            "INSERT INTO campaign_recipient (message_id, member_id, conversation_id, channel, variant, first, state,"
            " answered_at) VALUES (:message, 1, :person, 'web', 'household', false, :state, :answered)",
            message=message,
            person=person,
            state=state,
            answered=NOW if answered else None,
        )


@pytest.fixture
async def town(database: Database) -> Town:
    return await Town(database).opened()


HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


async def test_only_who_subscribed_to_a_topic_and_did_not_stop_is_in_it(town: Town) -> None:
    member = await town.person(telegram=DAY)
    await town.person(telegram=DAY, topics=None)
    await town.person(telegram=DAY, stopped=True)
    await town.person(telegram=DAY, topics=("warnings",))

    assert set(await town.frozen()) == {member}
    assert (await town.estimate()).total == 1
    assert (await town.estimate(Audience(topics=("warnings", "campaigns")))).total == 2


async def test_one_person_with_several_chats_is_one_member(town: Town) -> None:
    # Given somebody with a free Telegram, and Zalo that costs
    person = await town.person(telegram=30 * DAY, zalo=3 * DAY, zalo_bot=40 * DAY)

    # Then they are listed once, on the one of the free channels where they were seen last
    member = (await town.frozen())[person]
    assert (member.channel, member.account_id) == ("telegram", town.telegram)
    assert (await town.estimate()).by_channel == {"telegram": 1}


@pytest.mark.parametrize(
    ("ago", "templates", "window", "why"),
    [
        (47 * HOUR, False, Window.FREE, None),
        (49 * HOUR, False, Window.PAID, None),
        (7 * DAY - HOUR, False, Window.PAID, None),
        (7 * DAY + HOUR, False, None, Why.WINDOW),
        (7 * DAY + HOUR, True, Window.TEMPLATE, None),
    ],
)
async def test_what_zalo_takes_hangs_on_when_they_last_wrote(
    town: Town, ago: timedelta, templates: bool, window: Window | None, why: Why | None
) -> None:
    person = await town.person(began="zalo_oa", zalo=ago)

    estimate = await town.estimate(templates=templates)

    assert estimate.windows == ({("zalo_oa", window): 1} if window else {})
    assert estimate.unreachable == ({("zalo_oa", why): 1} if why else {})
    assert person in await town.frozen(templates=templates)  # they may write before the time is over


async def test_the_free_channel_comes_before_the_one_that_costs_and_the_page_last(town: Town) -> None:
    free = await town.person(telegram=200 * DAY, zalo=3 * DAY)
    paid = await town.person(began="web", zalo=3 * DAY)
    page = await town.person(began="web", zalo=8 * DAY)
    template = await town.person(began="web", zalo=8 * DAY)

    found = await town.frozen()
    assert [found[one].channel for one in (free, paid, page)] == ["telegram", "zalo_oa", "web"]
    assert (found[page].contact_id, found[page].account_id) == (None, None)
    assert (await town.frozen(templates=True))[template].channel == "zalo_oa"


async def test_a_blocked_chat_is_none_and_an_account_that_is_off_is_told(town: Town) -> None:
    # Given one who blocked us on Telegram and is on Zalo, and one who blocked us everywhere
    both = await town.person(zalo=DAY)
    await town.contact(both, town.telegram, timedelta(), left=True)
    gone = await town.person()
    await town.contact(gone, town.telegram, timedelta(), left=True)

    assert {one: row.channel for one, row in (await town.frozen()).items()} == {both: "zalo_oa"}

    # When the account of Zalo is not configured any more
    without = await town.estimate(accounts=[town.telegram])
    assert without.unreachable == {("zalo_oa", Why.CHANNEL_OFF): 1}
    assert without.reachable == 0


async def test_unreachable_ones_are_told_who_could_be_reached_elsewhere(town: Town) -> None:
    # Given on Zalo one with a closed window only, one who also has Telegram, one who is reached
    await town.person(zalo=9 * DAY)
    await town.person(zalo=9 * DAY, telegram=DAY)
    await town.person(zalo=DAY)

    # When only Zalo is wanted
    only_zalo = await town.estimate(Audience(channels=("zalo_oa",)))

    # Then one of the two that it does not reach could be reached elsewhere
    assert only_zalo.total == 3
    assert only_zalo.by_channel == {"zalo_oa": 1}
    assert only_zalo.unreachable == {("zalo_oa", Why.WINDOW): 2}
    assert (only_zalo.elsewhere, only_zalo.instead) == (1, 0)

    # And on all channels that one is reached on Telegram instead
    everywhere = await town.estimate()
    assert everywhere.by_channel == {"zalo_oa": 1, "telegram": 1}
    assert everywhere.unreachable == {("zalo_oa", Why.WINDOW): 1}
    assert (everywhere.elsewhere, everywhere.instead) == (0, 1)


async def test_a_channel_that_somebody_is_not_on_leaves_them_out(town: Town) -> None:
    await town.person(telegram=DAY)

    assert (await town.estimate(Audience(channels=("zalo_oa", "web")))).total == 0


async def test_places_are_provinces_and_communes_whatever_the_profile_names(town: Town) -> None:
    province = await town.person(telegram=DAY, province="01")
    commune = await town.person(telegram=DAY, commune="00004")
    other = await town.person(telegram=DAY, commune="26734")
    untold = await town.person(telegram=DAY)

    async def members(**conditions: Any) -> set[UUID]:
        return set(await town.frozen(Audience(**conditions)))

    assert await members(places=("01",)) == {province, commune}
    assert await members(places=("00004", "79")) == {commune, other}
    assert await members(without_places=("01",)) == {other, untold}
    assert await members(without_places=("26734",)) == {province, commune, untold}
    assert await members(places=("01",), without_places=("00004",)) == {province}
    assert (await town.estimate()).by_province == {"01": 2, "79": 1, None: 1}
    assert (await town.frozen())[commune].province_code == "01"


async def test_homes_parts_and_languages(town: Town) -> None:
    flat = await town.person(telegram=DAY, home="flat")
    school = await town.person(telegram=DAY, home="house", part="school")
    other = await town.person(telegram=DAY, language="en")

    assert set(await town.frozen(Audience(homes=("flat", "shop")))) == {flat}
    assert set(await town.frozen(Audience(parts=("school",)))) == {school}
    assert set(await town.frozen(Audience(parts=("resident",)))) == {flat, other}  # who told none is a resident
    assert set(await town.frozen(Audience(languages=("vi",)))) == {flat, school}


async def test_the_variant_is_that_of_the_plan(town: Town) -> None:
    homes = (None, "house", "flat", "lodging", "shop", "other")
    parts = (None, "resident", "team", "building", "workplace", "school")
    people = {
        await town.person(telegram=DAY, home=home, part=part): variant_for(home, part)
        for home, part in itertools.product(homes, parts)
    }

    assert {one: Variant(row.variant) for one, row in (await town.frozen()).items()} == people
    assert sum((await town.estimate()).by_variant.values()) == len(people)


async def test_behaviour_is_what_they_did_or_did_not_do(town: Town) -> None:
    finished, begun, never = [await town.person(telegram=DAY) for _ in range(3)]
    for person, at in ((finished, NOW), (begun, None)):
        await change(
            town.database,
            "INSERT INTO quiz_attempt (quiz_id, conversation_id, moment, channel, finished_at, total)"
            " VALUES ('nha', :person, 'alone', 'telegram', :at, 5)",
            person=person,
            at=at,
        )
        await change(
            town.database,
            "INSERT INTO drill_attempt (drill_id, conversation_id, channel, finished_at, total)"
            " VALUES ('thoat', :person, 'telegram', :at, 5)",
            person=person,
            at=at,
        )
    earlier = await town.campaign()
    await town.got(finished, earlier, "read", answered=True)
    await town.got(begun, earlier, "unknown")

    async def who(*did: tuple[Did, str]) -> set[UUID]:
        behaviours = tuple(Behaviour(did=one, target=target) for one, target in did)
        return set(await town.frozen(Audience(behaviours=behaviours)))

    assert await who((Did.FINISHED_QUIZ, "nha")) == {finished}
    assert await who((Did.NOT_FINISHED_QUIZ, "nha")) == {begun, never}
    assert await who((Did.FINISHED_DRILL, "thoat")) == {finished}
    assert await who((Did.NOT_FINISHED_DRILL, "thoat")) == {begun, never}
    assert await who((Did.GOT, str(earlier))) == {finished}
    assert await who((Did.NOT_GOT, str(earlier))) == {never}  # the other one perhaps got it
    assert await who((Did.ANSWERED, str(earlier))) == {finished}
    assert await who((Did.NOT_ANSWERED, str(earlier)), (Did.NOT_FINISHED_QUIZ, "other")) == {begun, never}
    with pytest.raises(ValueError, match="no number of a campaign"):
        await who((Did.GOT, "năm ngoái"))


async def test_members_of_another_campaign_can_be_left_out(town: Town) -> None:
    earlier = await town.campaign()
    await town.person(telegram=DAY)
    await town.frozen(campaign=earlier)
    new = await town.person(telegram=DAY)

    assert set(await town.frozen(Audience(without_campaigns=(earlier,)))) == {new}


async def test_the_first_are_a_share_of_each_channel_that_can_be_reached_now(town: Town) -> None:
    # Given forty on Telegram, three on Zalo and one whom Zalo does not reach
    for _ in range(40):
        await town.person(telegram=DAY)
    for _ in range(3):
        await town.person(zalo=DAY)
    closed = await town.person(zalo=9 * DAY)
    first = First(percent=5)

    campaign = await town.campaign()
    found = await town.frozen(first=first, campaign=campaign)

    # Then they are 5 % of the forty, at least one of the three, and nobody who cannot be reached
    drawn = {one for one, row in found.items() if row.first}
    assert sorted(found[one].channel for one in drawn) == ["telegram", "telegram", "zalo_oa"]
    assert closed not in drawn
    assert (await town.estimate(first=first, campaign=campaign)).first == 3

    # And drawn again they are the same, and in another campaign not
    assert drawn == {one for one, row in (await town.frozen(first=first, campaign=campaign)).items() if row.first}
    others = [{one for one, row in (await town.frozen(first=first)).items() if row.first} for _ in range(3)]
    assert any(drawn != other for other in others)


async def test_the_first_can_be_a_place(town: Town) -> None:
    there = await town.person(telegram=DAY, commune="00004")
    await town.person(telegram=DAY, commune="00008")
    await town.person(telegram=DAY)

    found = await town.frozen(first=First(place="00004"))
    assert {one for one, row in found.items() if row.first} == {there}
    assert sum(row.first for row in (await town.frozen(first=First(place="01"))).values()) == 2


async def test_without_a_first_group_nobody_is_first(town: Town) -> None:
    await town.person(telegram=DAY)

    assert not any(row.first for row in (await town.frozen()).values())
    assert (await town.estimate()).first == 0


async def test_freezing_again_takes_the_place_of_what_was_frozen(town: Town) -> None:
    gone = await town.person(telegram=DAY)
    campaign, other = await town.campaign(), await town.campaign()
    await town.frozen(campaign=campaign)
    await town.frozen(campaign=other)

    await change(town.database, "UPDATE subscription SET stopped_at = now() WHERE conversation_id = :id", id=gone)
    new = await town.person(telegram=DAY)

    assert set(await town.frozen(campaign=campaign)) == {new}
    assert await count(town.database, "campaign_member") == 2


async def test_what_is_frozen_in_a_transaction_that_fails_is_not_there(town: Town) -> None:
    await town.person(telegram=DAY)
    campaign = await town.campaign()

    async def failing() -> None:
        async with town.database.sessions.begin() as session:
            await town.audiences.freeze(session, campaign, EVERYBODY, None, town.accounts, NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await failing()
    assert await value(town.database, "SELECT count(*) FROM campaign_member") == 0


async def test_an_estimate_is_what_is_frozen(town: Town) -> None:
    await town.person(telegram=DAY, province="01")
    await town.person(zalo=9 * DAY, commune="26734", home="flat")
    await town.person(began="web")
    for audience in (EVERYBODY, replace(EVERYBODY, channels=("web", "zalo_oa")), Audience(places=("79",))):
        assert (await town.estimate(audience)).total == len(await town.frozen(audience))
