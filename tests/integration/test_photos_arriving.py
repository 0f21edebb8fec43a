"""Residents' photos and places on the queued channels: from the event to the turn and the store."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from bot.channels.contract import Adapter, EventKind, FetchError, Unfetched
from bot.channels.telegram import Mode, TelegramAdapter, TelegramSettings
from bot.channels.zalo_bot import Mode as BotMode
from bot.channels.zalo_bot import ZaloBotSettings, zalo_bot
from bot.channels.zalo_oa.adapter import Stores, ZaloOaAdapter
from bot.conversation.messages import Incoming, Shared, Turn
from bot.conversing import now
from bot.delivering import Delivering, Limits
from bot.delivery.pictures import GONE, UNREACHABLE, Pictures
from bot.delivery.turns import TOO_MANY_PHOTOS
from bot.feedback.photos import NOT_A_PHOTO, Cleaning
from bot.store.accounts import Accounts
from bot.store.channel_tokens import ChannelTokens
from bot.store.database import Database
from bot.store.photos import MOST_STAGED, Photos
from bot.store.quotas import Quotas
from bot.store.uploads import Uploads
from tests.bot.channels.zalo_oa.setting import settings_for
from tests.bot.delivery.rig import Echo, Rig, answered, emptied, event, migrated, said, until
from tests.fakes.channel import FakeChannel
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.zalo_bot import TOKEN as BOT_TOKEN
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import USER, FakeZaloOa
from tests.integration.stored import SEALER, change, count, value

LAN = 77
SECRET = "secret-of-the-webhook"
LIMITS = Limits(at_once=4, messages_per_minute=10_000, burst=1_000, clerk_stays=timedelta(minutes=30))


def jpeg(width: int = 800, height: int = 600) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), (200, 40, 40)).save(written, "JPEG")
    return written.getvalue()


PHOTO = jpeg()


@pytest.fixture(scope="module")
def module_url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
async def database(module_url: str) -> AsyncIterator[Database]:
    async with emptied(module_url) as one:
        yield one


@pytest.fixture
def channel() -> FakeChannel:
    one = FakeChannel()
    one.files = {"p": PHOTO, "zip": b"PK\x03\x04", "away": FetchError(Unfetched.UNREACHABLE)}
    return one


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def rig(database: Database, module_url: str, channel: FakeChannel, echo: Echo) -> Rig:
    return await Rig.of(database, module_url, channel, dialogue=echo)


@pytest.fixture
def photos(database: Database) -> Photos:
    return Photos(database, SEALER)


def photo(user: str = "a", media: str = "p", caption: str = "", **more: Any) -> Any:
    return event(user, caption, EventKind.PHOTO, media=(media,), **more)


async def test_a_photo_is_staged_for_its_conversation_and_its_caption_stays_the_text(
    rig: Rig, echo: Echo, photos: Photos
) -> None:
    await rig.take(photo(caption="Lối thoát hiểm bị khóa"))
    await answered(rig.worker())
    [heard] = echo.heard
    assert (heard.text, heard.shared, heard.photo_refused) == ("Lối thoát hiểm bị khóa", Shared.PHOTO, None)
    assert heard.conversation is not None
    assert heard.photos == await photos.staged(heard.conversation)
    [one] = heard.photos
    kept = await photos.open(one)
    assert kept is not None
    assert kept != PHOTO
    assert Image.open(io.BytesIO(kept)).size == (800, 600)


@pytest.mark.parametrize(("media", "why"), [("gone", GONE), ("zip", NOT_A_PHOTO), ("away", UNREACHABLE)])
async def test_a_photo_that_is_not_taken_is_told_and_its_words_are_answered(
    rig: Rig, echo: Echo, database: Database, media: str, why: str
) -> None:
    await rig.take(photo(media=media, caption="hỏi về lối thoát"))
    await answered(rig.worker())
    [heard] = echo.heard
    assert (heard.text, heard.photos, heard.photo_refused) == ("hỏi về lối thoát", (), why)
    assert await value(database, "SELECT state FROM inbox") == "done"
    assert await count(database, "outbox") == 1


async def test_an_album_comes_in_order_and_ends_at_six(rig: Rig, echo: Echo, photos: Photos) -> None:
    await rig.take(*(photo(caption=str(number)) for number in range(MOST_STAGED + 1)))
    await answered(rig.worker())
    assert [heard.text for heard in echo.heard] == [str(number) for number in range(MOST_STAGED + 1)]
    assert [heard.photo_refused for heard in echo.heard] == [None] * MOST_STAGED + [TOO_MANY_PHOTOS]
    conversation = echo.heard[0].conversation
    assert conversation is not None
    assert await photos.staged(conversation) == tuple(one for heard in echo.heard for one in heard.photos)


async def test_a_place_is_told_to_the_dialogue(rig: Rig, echo: Echo) -> None:
    await rig.take(event("a", "", EventKind.LOCATION, location=(10.76, 106.65)))
    await answered(rig.worker())
    assert echo.heard[0].pin == (10.76, 106.65)
    assert echo.heard[0].shared is Shared.LOCATION


async def test_a_turn_that_fails_leaves_no_photo_and_the_next_try_one(
    rig: Rig, echo: Echo, database: Database, channel: FakeChannel
) -> None:
    failures = [RuntimeError("once")]

    async def respond(message: Incoming) -> Turn:
        if failures:
            raise failures.pop()
        return said("nhận rồi")

    echo.respond_with = respond
    await rig.take(photo())
    await answered(rig.worker())
    assert (await count(database, "report_photo"), await count(database, "outbox")) == (0, 0)
    await change(database, "UPDATE inbox SET due_at = now()")
    await answered(rig.worker())
    assert (await count(database, "report_photo"), await count(database, "outbox")) == (1, 1)
    assert channel.fetched == ["p", "p"]


async def test_a_photo_that_can_never_be_answered_is_set_aside_with_an_apology(
    rig: Rig, echo: Echo, database: Database
) -> None:
    async def respond(_message: Incoming) -> Turn:
        raise RuntimeError("always")

    echo.respond_with = respond
    await rig.take(photo())
    for _ in range(3):
        await answered(rig.worker())
        await change(database, "UPDATE inbox SET due_at = now()")
    assert await value(database, "SELECT state FROM inbox") == "set_aside"
    assert await value(database, "SELECT count(*) FROM outbox WHERE key LIKE 'failed:%'") == 1
    assert await count(database, "report_photo") == 0


async def test_an_emergency_in_the_caption_waits_for_no_picture(
    rig: Rig, channel: FakeChannel, database: Database
) -> None:
    channel.files["hangs"] = asyncio.Event()
    await rig.take(photo(media="hangs", caption="cháy nhà rồi"))
    await answered(rig.worker())
    assert channel.fetched == []
    assert await value(database, "SELECT count(*) FROM outbox") == 1
    assert await count(database, "report_photo") == 0


async def test_pictures_that_hang_keep_nobody_else_waiting(rig: Rig, channel: FakeChannel, database: Database) -> None:
    # Given more photos than turns at once, all of them from a server that hangs
    gate = channel.files["hangs"] = asyncio.Event()
    rig.pictures = Pictures({rig.number: channel}, Cleaning(), seconds=60)
    worker = rig.worker(at_once=2)
    running = asyncio.create_task(worker.run())
    await rig.take(*(photo(f"u{number}", "hangs") for number in range(6)))

    async def all_hang() -> bool:
        return len(channel.fetched) == 6

    await until(all_hang)
    # When somebody cries for help and somebody else asks
    await rig.take(event("b", "cháy rồi"), event("c", "xin chào"))

    async def both_answered() -> bool:
        return await count(database, "outbox") == 2

    async def none_open() -> bool:
        return bool(await value(database, open_ones) == 0)

    # Then both are answered meanwhile, and no transaction stays open for the pictures
    open_ones = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    await until(both_answered)
    await until(none_open)
    gate.set()

    async def all_answered() -> bool:
        return await count(database, "outbox") == 8

    await until(all_answered)
    worker.stop()
    await running


async def test_of_a_flood_no_photo_is_kept(rig: Rig, echo: Echo, database: Database) -> None:
    rig = replace(rig, burst=1)
    await rig.take(*(photo() for _ in range(3)))
    await answered(rig.worker())
    assert len(echo.heard) == 1
    assert await count(database, "report_photo") == 1


# ---- the real adapters


def delivering(database: Database, url: str, adapters: Sequence[Adapter], echo: Echo) -> Delivering:
    return Delivering(
        database=database,
        url=url,
        sealer=SEALER,
        adapters=adapters,
        dialogue=echo,
        limits=LIMITS,
        wall_clock=now,
        clock=time.monotonic,
    )


async def heard_by(echo: Echo) -> Incoming:
    async def some() -> bool:
        return bool(echo.heard)

    await until(some)
    return echo.heard[0]


async def check_kept(heard: Incoming, photos: Photos, database: Database) -> None:
    """The photo of the one message was staged, cleaned and sealed, in the turn's transaction."""

    async def done() -> bool:
        return bool(await value(database, "SELECT count(*) FROM inbox WHERE state = 'done'") == 1)

    await until(done)
    assert (heard.text, heard.photo_refused) == ("cửa khóa", None)
    assert heard.conversation is not None
    assert await photos.staged(heard.conversation) == heard.photos
    kept = await photos.open(heard.photos[0])
    assert kept is not None
    assert Image.open(io.BytesIO(kept)).size == (800, 600)


async def test_from_telegrams_webhook_to_the_staged_photo(
    database: Database, module_url: str, echo: Echo, photos: Photos
) -> None:
    async with FakeTelegram() as fake:
        app = web.Application()
        server = TestServer(app)
        settings = TelegramSettings(
            token=TOKEN,
            api=fake.url,
            mode=Mode.WEBHOOK,
            secret=SECRET,
            webhook_url="http://127.0.0.1/webhooks/telegram",
        )
        adapter = TelegramAdapter(settings, picture=lambda _name: pytest.fail("no picture is sent"), now=now)
        one = delivering(database, module_url, [adapter], echo)
        app.add_routes(one.routes())
        async with one.running(), TestClient(server) as client:
            fake.serves(f"photo-{LAN}-1280", PHOTO)
            fake.user_sends_photo(LAN, "cửa khóa")
            [update] = fake.pending
            headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
            assert (await client.post("/webhooks/telegram", json=update, headers=headers)).status == 200
            await check_kept(await heard_by(echo), photos, database)


async def test_from_zalo_oas_webhook_to_the_staged_photo(
    database: Database, module_url: str, echo: Echo, photos: Photos
) -> None:
    async with FakeZaloOa().running() as fake:
        grant = fake.grant()
        settings = settings_for(fake.url, access_token=grant.access, refresh_token=grant.refresh)
        stores = Stores(Accounts(database), ChannelTokens(database, SEALER), Uploads(database), Quotas(database))
        adapter = ZaloOaAdapter(settings, stores, picture=lambda _name: pytest.fail("no picture is sent"), now=now)
        one, app = delivering(database, module_url, [adapter], echo), web.Application()
        app.add_routes(one.routes())
        async with one.running(), TestClient(TestServer(app)) as client:
            headers, raw = fake.signed(fake.user_sends_photo(USER, fake.serves(PHOTO), "cửa khóa"))
            assert (await client.post("/webhooks/zalo-oa", data=raw, headers=headers)).status == 200
            await check_kept(await heard_by(echo), photos, database)


async def test_from_polling_the_zalo_bot_to_the_staged_photo(
    database: Database, module_url: str, echo: Echo, photos: Photos
) -> None:
    async with FakeZaloBot().running() as fake:
        settings = ZaloBotSettings(token=BOT_TOKEN, mode=BotMode.POLLING, api=fake.url, media_hosts=("127.0.0.1",))
        one = delivering(database, module_url, [zalo_bot(settings)], echo)
        async with one.running():
            await fake.user_sends_photo("resident", fake.serves(PHOTO), "cửa khóa")
            await check_kept(await heard_by(echo), photos, database)


async def test_an_address_that_is_not_zalos_is_never_asked(database: Database, module_url: str, echo: Echo) -> None:
    async with FakeZaloBot().running() as fake:
        settings = ZaloBotSettings(token=BOT_TOKEN, mode=BotMode.POLLING, api=fake.url)
        one = delivering(database, module_url, [zalo_bot(settings)], echo)
        async with one.running():
            await fake.user_sends_photo("resident", fake.serves(PHOTO), "cửa khóa")
            heard = await heard_by(echo)
        assert heard.photos == ()
        assert heard.photo_refused
        assert fake.files.asked == []
