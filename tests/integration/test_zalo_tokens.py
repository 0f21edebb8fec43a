"""The rotating token pair in a real database: never spent twice, never used before it is kept, never lost quietly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.contract import Mark, Recipient, Sent
from bot.channels.zalo_oa.adapter import Stores, ZaloOaAdapter
from bot.channels.zalo_oa.capabilities import Capabilities
from bot.channels.zalo_oa.client import ZaloClient, new_session
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.channels.zalo_oa.tokens import (
    Access,
    GrantLostError,
    NoGrantError,
    RefreshLaterError,
    RefusedForNowError,
    Tokens,
)
from bot.conversation.messages import Image, Kind, Reply
from bot.store.accounts import Accounts
from bot.store.channel_tokens import ChannelTokens, StoredPair, TokenPair, TokensBusyError
from bot.store.database import Database
from bot.store.quotas import Quota, Quotas
from bot.store.sealing import Sealer
from bot.store.uploads import Uploads
from tests.bot.channels.zalo_oa.setting import HURRIED, NOW, Clock, png_at, settings_for
from tests.fakes.zalo_oa import OA_ID, USER, FakeZaloOa, Fault
from tests.integration.stored import SEALER, another_sealer, change, outcomes, value

HOURS = timedelta(hours=1)
SECONDS = timedelta(seconds=5)


class Killed(BaseException):
    """The process ends here."""


class KilledBeforeItStores(ChannelTokens):
    """Stores of a process that is killed when it wants to store the new pair."""

    async def replace(self, account: int, version: int, pair: TokenPair, now: datetime) -> bool:
        raise Killed


class KilledBeforeItAsks(ChannelTokens):
    """Stores of a process that is killed when it has noted that it begins."""

    async def begin(self, account: int, version: int, now: datetime) -> bool:
        await super().begin(account, version, now)
        raise Killed


class LosesTheDatabase(ChannelTokens):
    """Stores whose database is gone for a moment, just when the new pair has come."""

    failures = 2

    async def replace(self, account: int, version: int, pair: TokenPair, now: datetime) -> bool:
        if self.failures:
            self.failures -= 1
            raise OSError("the database is gone")
        return await super().replace(account, version, pair, now)


async def no_sleep(_seconds: float) -> None:
    raise AssertionError("nobody waits here")


@dataclass
class Setting:
    fake: FakeZaloOa
    clock: Clock
    database: Database
    account: int

    @property
    def store(self) -> ChannelTokens:
        return ChannelTokens(self.database, SEALER)

    async def stored(self) -> StoredPair:
        found = await self.store.load(self.account)
        assert found is not None
        return found

    @asynccontextmanager
    async def tokens(self, store: ChannelTokens | None = None, **changes: Any) -> AsyncIterator[Tokens]:
        """The tokens as another process has them."""
        settings: ZaloOaSettings = settings_for(self.fake.url, **changes)
        async with new_session(settings) as session:
            client = ZaloClient(settings, session)
            tokens = Tokens(
                settings,
                client,
                store or self.store,
                self.account,
                now=self.clock,
                sleep=no_sleep,
                capabilities=Capabilities(Accounts(self.database), self.account, self.clock),
            )
            yield tokens
            await tokens.close()


@pytest.fixture
async def setting(database: Database) -> AsyncIterator[Setting]:
    clock = Clock()
    async with FakeZaloOa(now=clock).running() as fake:
        account = await Accounts(database).number("zalo_oa", OA_ID)
        it = Setting(fake, clock, database, account)
        grant = fake.grant()
        await it.store.put(account, TokenPair(grant.access, grant.refresh, grant.expires_at), clock())
        yield it


async def test_the_stored_pair_is_handed_out_and_not_refreshed(setting: Setting) -> None:
    async with setting.tokens() as tokens:
        stored = await setting.stored()
        assert await tokens.current() == Access(stored.pair.access, 1)
    assert setting.fake.oauth_forms == []


async def test_a_refresh_keeps_the_pair_before_and_tells_nobody(
    setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    before = await setting.stored()
    async with setting.tokens() as tokens:
        access = await tokens.renewed(1)
    after = await setting.stored()
    assert (access.version, access.token) == (2, after.pair.access)
    assert after.pair.expires_at == NOW + 25 * HOURS
    assert (after.refreshing_since, after.failure, after.refreshed_at) == (None, None, NOW)
    previous = SEALER.open_json(await value(setting.database, "SELECT previous FROM channel_token"))
    assert previous["refresh"] == before.pair.refresh
    row = await value(setting.database, "SELECT to_jsonb(channel_token)::text FROM channel_token")
    seen = caplog.text + repr(after) + repr(access) + row
    for pair in (before.pair, after.pair):
        assert pair.access not in seen
        assert pair.refresh not in seen


async def test_of_many_who_ask_in_two_processes_one_refreshes(setting: Setting, database_url: str) -> None:
    other = Database(database_url)
    try:
        async with setting.tokens() as here, setting.tokens(ChannelTokens(other, SEALER)) as there:
            answers = await asyncio.gather(*(one.renewed(1) for _ in range(20) for one in (here, there)))
    finally:
        await other.close()
    assert len(setting.fake.oauth_forms) == 1
    assert {one.version for one in answers} == {2}
    assert {one.token for one in answers} == {(await setting.stored()).pair.access}


async def test_the_beginning_is_noted_before_the_request_and_the_pair_kept_before_its_use(setting: Setting) -> None:
    setting.fake.fails("token", Fault.silence(done=False))
    async with setting.tokens(**HURRIED) as tokens:
        asking = asyncio.create_task(tokens.renewed(1))
        while not setting.fake.requests:  # noqa: ASYNC110 - the fake has it: what does the database say meanwhile?
            await asyncio.sleep(0)
        assert (await setting.stored()).refreshing_since == NOW
        with pytest.raises(RefreshLaterError):
            await asking
    assert (await setting.stored()).refreshing_since == NOW
    async with setting.tokens() as tokens:
        access = await tokens.renewed(1)
        assert (await setting.stored()).pair.access == access.token
    assert (await setting.stored()).refreshing_since is None


async def test_killed_after_zalo_has_rotated_the_next_one_asks_once_and_calls_for_a_person(setting: Setting) -> None:
    async with setting.tokens(KilledBeforeItStores(setting.database, SEALER)) as tokens:
        with pytest.raises(Killed):
            await tokens.renewed(1)
        tokens._unstored = None  # with the process goes all that it knew
    lost = await setting.stored()
    assert lost.refreshing_since == NOW
    async with setting.tokens() as tokens:
        with pytest.raises(GrantLostError, match=r"ngắt giữa chừng.*API Explorer"):
            await tokens.renewed(1)
        with pytest.raises(GrantLostError):
            await tokens.renewed(1)
    assert [form["refresh_token"] for form in setting.fake.oauth_forms] == [lost.pair.refresh] * 2
    failed = await setting.stored()
    assert failed.failure is not None
    assert failed.pair.refresh == lost.pair.refresh


async def test_killed_before_the_request_left_the_next_one_succeeds(setting: Setting) -> None:
    async with setting.tokens(KilledBeforeItAsks(setting.database, SEALER)) as tokens:
        with pytest.raises(Killed):
            await tokens.renewed(1)
    assert (await setting.stored()).refreshing_since == NOW
    async with setting.tokens() as tokens:
        assert (await tokens.renewed(1)).version == 2
    assert (await setting.stored()).refreshing_since is None


async def test_a_pair_that_came_while_the_database_was_gone_is_stored_later(setting: Setting) -> None:
    async with setting.tokens(LosesTheDatabase(setting.database, SEALER)) as tokens:
        for _ in range(2):
            with pytest.raises(RefreshLaterError):
                await tokens.renewed(1)
            setting.clock.goes_on(SECONDS)
        access = await tokens.renewed(1)
    stored = await setting.stored()
    assert (access.version, access.token) == (2, stored.pair.access)
    assert len(setting.fake.oauth_forms) == 1
    assert (await setting.stored()).refreshing_since is None


@pytest.mark.parametrize(("failures", "version"), [(1, 2), (2, 1)])
async def test_at_the_end_such_a_pair_is_stored_if_that_can_be(
    setting: Setting, caplog: pytest.LogCaptureFixture, failures: int, version: int
) -> None:
    store = LosesTheDatabase(setting.database, SEALER)
    store.failures = failures
    async with setting.tokens(store) as tokens:
        with pytest.raises(RefreshLaterError):
            await tokens.renewed(1)
    assert (await setting.stored()).version == version
    assert ("is lost" in caplog.text) is (version == 1)


async def test_no_connection_leaves_no_trace(setting: Setting) -> None:
    async with setting.tokens(oauth_url="http://127.0.0.1:9") as tokens:
        with pytest.raises(RefreshLaterError):
            await tokens.renewed(1)
    assert (await setting.stored()).refreshing_since is None
    assert (await setting.stored()).failure is None


async def test_no_connection_keeps_the_trace_of_another_who_died(setting: Setting) -> None:
    await setting.store.begin(setting.account, 1, NOW - HOURS)
    async with setting.tokens(oauth_url="http://127.0.0.1:9") as tokens:
        with pytest.raises(RefreshLaterError):
            await tokens.renewed(1)
    assert (await setting.stored()).refreshing_since == NOW - HOURS


@pytest.mark.parametrize(
    "body",
    [
        {"error": -14014, "error_name": "x"},
        {"error": -14002, "error_name": "x"},
        {"error": -14999},
        {"error": "x"},
        {"access_token": "a"},
        {"access_token": "a", "refresh_token": ""},
        {"access_token": " ", "refresh_token": "r"},
        {"access_token": None, "refresh_token": None, "expires_in": "90000"},
        {"access_token": 7, "refresh_token": 8},
    ],
)
async def test_what_is_no_pair_never_takes_its_place(setting: Setting, body: dict[str, object]) -> None:
    before = await setting.stored()
    setting.fake.fails("token", Fault(200, body))
    async with setting.tokens() as tokens:
        with pytest.raises(GrantLostError if body.get("error") == -14014 else RefusedForNowError):
            await tokens.renewed(1)
    after = await setting.stored()
    assert (after.pair, after.version) == (before.pair, 1)
    assert (after.failure is not None) is (body.get("error") == -14014)
    # What is a number of Zalo's is surely a refusal; any other answer may have spent the refresh token.
    assert (after.refreshing_since is None) is isinstance(body.get("error"), int)


async def test_a_refusal_that_may_pass_is_asked_again_after_growing_pauses(setting: Setting) -> None:
    setting.fake.fails("token", *[Fault.refusal(-14999)] * 9)
    asked_at: list[float] = []
    async with setting.tokens() as tokens:
        for minute in range(243):
            before = setting.fake.asked("token")
            with pytest.raises(RefusedForNowError, match=r"-14999.*tự thử lại"):
                await tokens.renewed(1)
            if setting.fake.asked("token") > before:
                asked_at.append(minute)
            setting.clock.goes_on(timedelta(minutes=1))
        assert asked_at == [0, 1, 3, 7, 15, 31, 63, 123, 183]
        found = await Accounts(setting.database).capabilities(setting.account)
        assert (found["oauth"]["can"], found["oauth"]["code"]) == (False, -14999)
        assert (await tokens.renewed(1)).version == 2
    assert (await Accounts(setting.database).capabilities(setting.account))["oauth"]["can"] is True


async def test_during_a_pause_the_pair_of_another_process_is_taken(setting: Setting) -> None:
    setting.fake.fails("token", Fault.refusal(-14999))
    async with setting.tokens() as here, setting.tokens() as there:
        with pytest.raises(RefusedForNowError):
            await here.renewed(1)
        assert (await there.renewed(1)).version == 2
        assert (await here.renewed(1)).version == 2
    assert setting.fake.asked("token") == 2


async def test_after_too_many_requests_nobody_says_that_the_pair_is_lost_in_between(setting: Setting) -> None:
    setting.fake.fails("token", Fault.refusal(-32), Fault.refusal(-14014))
    async with setting.tokens() as tokens:
        with pytest.raises(RefreshLaterError):
            await tokens.renewed(1)
        assert (await setting.stored()).refreshing_since is None
        setting.clock.goes_on(SECONDS)
        with pytest.raises(GrantLostError) as lost:
            await tokens.renewed(1)
    assert "ngắt giữa chừng" not in str(lost.value)
    assert str(lost.value).count("API Explorer") == 1
    assert "API Explorer" not in str((await setting.stored()).failure)  # `doctor` says what to do beside it


async def test_those_who_wait_share_a_failure(setting: Setting) -> None:
    setting.fake.fails("token", *[Fault.page(502)] * 20)
    async with setting.tokens() as tokens:
        told = await outcomes(*(tokens.renewed(1) for _ in range(20)))
        assert {type(one) for one in told} == {RefreshLaterError}
        with pytest.raises(RefreshLaterError):
            await tokens.renewed(1)
        assert setting.fake.asked("token") == 1
        setting.clock.goes_on(-HOURS)  # a clock that is put back holds nobody up
        setting.fake._faults.clear()
        assert (await tokens.renewed(1)).version == 2


@pytest.mark.parametrize("fault", [Fault.page(502), Fault.page(200), Fault.refusal(-32), Fault(503, {"error": 1})])
async def test_trouble_at_zalo_is_no_refusal(setting: Setting, fault: Fault) -> None:
    setting.fake.fails("token", fault)
    async with setting.tokens() as tokens:
        with pytest.raises(RefreshLaterError):
            await tokens.renewed(1)
        assert (await setting.stored()).failure is None
        setting.clock.goes_on(SECONDS)
        assert (await tokens.renewed(1)).version == 2


async def test_who_is_cancelled_does_not_lose_the_pair_that_is_on_its_way(setting: Setting) -> None:
    async with setting.tokens() as tokens:
        asking = asyncio.create_task(tokens.renewed(1))
        while not setting.fake.requests:  # noqa: ASYNC110 - until the request is out
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert (await setting.stored()).version == 2


async def test_the_settings_bring_the_first_pair_in_and_never_again(setting: Setting, database: Database) -> None:
    account = await Accounts(database).number("zalo_oa", "99")
    other = Setting(setting.fake, setting.clock, database, account)
    grant = setting.fake.grant()
    given: dict[str, Any] = {"access_token": grant.access, "refresh_token": grant.refresh}
    async with other.tokens() as tokens:
        with pytest.raises(NoGrantError):
            await tokens.current()
    async with other.tokens(**given) as tokens:  # who was not seeded at the start seeds itself
        assert (await tokens.current()).token == grant.access
        for version in range(1, 5):
            await tokens.renewed(version)
    for _ in range(3):
        async with other.tokens(**given) as tokens:
            await tokens.seed()
            assert (await tokens.current()).version == 5


async def test_a_new_grant_in_the_settings_takes_the_place_of_a_lost_one(setting: Setting) -> None:
    await setting.store.fail(setting.account, 1, "bị từ chối")
    grant = setting.fake.grant()
    async with setting.tokens(refresh_token=grant.refresh) as tokens:
        await tokens.seed()
        access = await tokens.current()
    stored = await setting.stored()
    assert (access.version, access.token) == (3, stored.pair.access)
    assert stored.failure is None
    assert len(setting.fake.oauth_forms) == 1


async def test_an_earlier_grant_that_is_set_again_is_known_to_be_spent(setting: Setting) -> None:
    grants = [setting.fake.grant().refresh for _ in range(2)]
    for refresh in (*grants, grants[0], grants[1]):
        async with setting.tokens(refresh_token=f" {refresh}\n") as tokens:
            await tokens.seed()
    stored = await setting.stored()
    assert (stored.version, stored.pair.refresh) == (3, grants[1])


async def test_a_pair_that_cannot_be_opened_is_said_and_may_be_granted_anew(setting: Setting) -> None:
    store = ChannelTokens(setting.database, another_sealer())
    grant = setting.fake.grant()
    async with setting.tokens(store) as tokens:
        with pytest.raises(GrantLostError, match="DATA_KEY"):
            await tokens.current()
    async with setting.tokens(store, access_token=grant.access, refresh_token=grant.refresh) as tokens:
        await tokens.seed()
        assert (await tokens.current()).token == grant.access


async def test_another_holder_is_not_waited_for_for_ever(setting: Setting) -> None:
    async with setting.store.alone(setting.account, 5):
        with pytest.raises(TokensBusyError):
            async with setting.store.alone(setting.account, 0.05):
                pass
        async with setting.store.alone(setting.account + 1, 0.05):
            pass


async def test_the_lock_ends_with_its_holder(setting: Setting) -> None:
    entered, over = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with setting.store.alone(setting.account, 5):
            entered.set()
            await over.wait()

    holder = asyncio.create_task(hold())
    await entered.wait()
    await change(setting.database, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    async with setting.store.alone(setting.account, 5):
        over.set()
        with pytest.raises(SQLAlchemyError):
            await holder


async def test_the_pair_is_kept_fresh_every_twelve_hours(setting: Setting) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        setting.clock.goes_on(timedelta(seconds=seconds))
        if setting.clock() > NOW + 49 * HOURS:
            raise asyncio.CancelledError

    async with setting.tokens() as tokens:
        tokens._sleep = sleep
        with pytest.raises(asyncio.CancelledError):
            await tokens.keep_fresh()
    assert len(setting.fake.oauth_forms) == 4
    assert max(pauses) <= HOURS.total_seconds()
    assert (await setting.stored()).version == 5


async def test_keeping_fresh_tries_a_refused_pair_now_and_then_and_soon_after_trouble(setting: Setting) -> None:
    setting.clock.goes_on(13 * HOURS)
    setting.fake.fails("token", Fault.page(502), Fault.refusal(-14002))
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        setting.clock.goes_on(timedelta(seconds=seconds))
        if len(pauses) == 3:
            raise asyncio.CancelledError

    async with setting.tokens() as tokens:
        tokens._sleep = sleep
        with pytest.raises(asyncio.CancelledError):
            await tokens.keep_fresh()
    assert pauses == [900.0, 60.0, 3600.0]
    assert (await setting.stored()).version == 2


async def test_an_interrupted_refresh_is_taken_up_at_the_start(setting: Setting) -> None:
    await setting.store.begin(setting.account, 1, NOW)
    async with setting.tokens() as tokens:
        assert await tokens._freshen() == HOURS
    assert (await setting.stored()).version == 2


async def test_of_writers_of_one_version_one_succeeds(setting: Setting) -> None:
    pairs = [TokenPair(f"a{n}", f"r{n}", NOW) for n in range(5)]
    results = await outcomes(*(setting.store.replace(setting.account, 1, pair, NOW) for pair in pairs))
    assert sorted(results) == [False] * 4 + [True]
    assert not await setting.store.fail(setting.account, 1, "muộn")
    assert (await setting.stored()).failure is None


# ---- the other stores of the adapter


async def test_an_account_is_entered_once_and_merges_what_is_found(database: Database) -> None:
    accounts = Accounts(database)
    numbers = await outcomes(*(accounts.number("zalo_oa", "7") for _ in range(5)))
    assert len(set(numbers)) == 1
    assert await accounts.number("zalo_bot", "7") != numbers[0]
    for _ in range(20):
        await accounts.number("zalo_oa", "7")
    assert await accounts.number("zalo_oa", "8") < 20
    assert await accounts.find("zalo_oa", "7") == numbers[0]
    assert await accounts.find("zalo_oa", "9") is None
    assert await accounts.capabilities(numbers[0]) == {}
    await outcomes(
        *(accounts.note_capabilities(numbers[0], {name: {"can": True}}) for name in ("cs_v2", "cs_v3", "broadcast"))
    )
    await accounts.note_capabilities(numbers[0], {"cs_v3": {"can": False, "code": -235}})
    assert await accounts.capabilities(numbers[0]) == {
        "cs_v2": {"can": True},
        "cs_v3": {"can": False, "code": -235},
        "broadcast": {"can": True},
    }


async def test_of_a_quota_nobody_takes_more_than_there_is(database: Database) -> None:
    account, quotas = await Accounts(database).number("zalo_oa", "7"), Quotas(database)
    taken = await outcomes(*(quotas.spend(account, "uploads", 4, NOW, since=NOW) for _ in range(9)))
    assert sorted(taken) == [False] * 5 + [True] * 4
    await quotas.give_back(account, "uploads")
    assert (await quotas.every(account))[0].remaining == 1
    later = NOW + 24 * HOURS
    for left in (3, 2):  # a new period begins anew, in the same row
        assert await quotas.spend(account, "uploads", 4, later, since=later)
        assert [(one.kind, one.remaining) for one in await quotas.every(account)] == [("uploads", left)]
    for _ in range(3):
        await quotas.give_back(account, "uploads")
    assert (await quotas.every(account))[0].remaining == 4
    await quotas.drop(account, "uploads")
    assert await quotas.every(account) == ()


async def test_the_newest_word_on_a_quota_stays(database: Database) -> None:
    account, quotas = await Accounts(database).number("zalo_oa", "7"), Quotas(database)
    newer, older = Quota("oa", 3, 10, NOW), Quota("oa", 4, 10, NOW - HOURS)
    await quotas.note(account, newer)
    await quotas.note(account, older)
    assert await quotas.every(account) == (newer,)
    await quotas.note(account, Quota("oa", None, None, NOW + HOURS))
    assert await quotas.every(account) == (Quota("oa", None, None, NOW + HOURS),)


async def test_an_upload_is_known_until_it_expires(database: Database) -> None:
    account, uploads = await Accounts(database).number("zalo_oa", "7"), Uploads(database)
    await uploads.keep(account, b"a", "first", NOW, NOW + HOURS)
    await uploads.keep(account, b"a", "second", NOW, NOW + HOURS)
    assert await uploads.find(account, b"a", NOW) == "second"
    assert await uploads.find(account, b"a", NOW + HOURS) is None
    assert await uploads.find(account, b"b", NOW) is None
    await uploads.keep(account, b"b", "third", NOW + HOURS, NOW + 2 * HOURS)
    assert await value(database, "SELECT count(*) FROM upload") == 1
    await uploads.forget(account, b"b")
    assert await uploads.find(account, b"b", NOW + HOURS) is None


async def test_the_adapter_works_with_its_stores(setting: Setting, tmp_path: Path) -> None:
    setting.fake.government = True
    setting.fake.user_interacts(USER)
    stores = Stores(Accounts(setting.database), setting.store, Uploads(setting.database), Quotas(setting.database))
    settings = settings_for(setting.fake.url)
    adapter = ZaloOaAdapter(settings, stores, picture=png_at(tmp_path), now=setting.clock)
    reply = Reply(kind=Kind.ANSWER, text="Làm như hình.", image=Image(name="a.png", alt="Rút chốt."))
    setting.fake.quota_left = 400
    setting.fake.expire_access()
    async with adapter.connected():
        for _ in range(2):
            for part in adapter.render(reply).parts:
                assert isinstance(await adapter.send(Recipient(USER, NOW), part), Sent)
        found = await adapter.diagnose()
    assert [one.mark for one in found if one.mark is not Mark.GOOD] == [Mark.CAUTION]
    assert (len(setting.fake.sent()), len(setting.fake.uploads), len(setting.fake.oauth_forms)) == (4, 1, 1)
    assert (await stores.accounts.capabilities(setting.account))["cs_v2"]["can"] is True
    assert [one.remaining for one in await stores.quotas.every(setting.account)] == [396, 4_999]


async def test_looking_enters_nothing(database: Database, tmp_path: Path) -> None:
    stores = Stores(Accounts(database), ChannelTokens(database, SEALER), Uploads(database), Quotas(database))
    adapter = ZaloOaAdapter(settings_for("", refresh_token="r"), stores, picture=png_at(tmp_path), now=Clock())
    found = await adapter.diagnose()
    assert any("Chưa có mã truy cập" in one.text for one in found)
    assert await value(database, "SELECT count(*) FROM account") == 0
    assert await value(database, "SELECT count(*) FROM channel_token") == 0


def test_no_token_is_in_a_repr() -> None:
    pair = TokenPair("secret-a", "secret-r", NOW)
    stored = StoredPair(pair, 1, NOW, None, None, ("digest",))
    assert not {"secret-a", "secret-r", "digest"} & set(repr((pair, stored, Access("secret-a", 1))).split("'"))
    assert isinstance(SEALER, Sealer)
