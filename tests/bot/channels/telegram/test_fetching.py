"""Pictures from Telegram: by getFile and the path that it names."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.channels.contract import FetchError, Unfetched
from bot.channels.telegram.application import asking, bot_of
from bot.channels.telegram.fetching import Fetcher
from tests.bot.channels.telegram.setting import adapter_on, settings
from tests.fakes.telegram import TOKEN, FakeTelegram, flood, page, refusal

PICTURE = b"\xff\xd8 a picture"


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as one:
        yield one


async def why_not(fake: FakeTelegram, file_id: str, largest: int = 1000) -> Unfetched:
    adapter = adapter_on(fake)
    async with adapter.connected():
        with pytest.raises(FetchError) as refused:
            await adapter.fetch(file_id, largest)
    assert TOKEN not in str(refused.value)
    return refused.value.why


async def test_a_file_that_telegram_gives_to_no_bot_is_too_large(fake: FakeTelegram) -> None:
    assert await why_not(fake, fake.serves("F", b"x" * (20 * 1024 * 1024 + 1))) is Unfetched.TOO_LARGE
    assert fake.files.asked == []


async def test_a_file_that_says_its_size_is_not_fetched_when_it_is_too_large(fake: FakeTelegram) -> None:
    assert await why_not(fake, fake.serves("F", b"x" * 1001)) is Unfetched.TOO_LARGE
    assert fake.files.asked == []


@pytest.mark.parametrize(
    ("status", "why"),
    [(404, Unfetched.GONE), (302, Unfetched.GONE), (429, Unfetched.UNREACHABLE), (502, Unfetched.UNREACHABLE)],
)
async def test_what_the_file_server_says_decides(fake: FakeTelegram, status: int, why: Unfetched) -> None:
    assert await why_not(fake, fake.serves("F", PICTURE, status=status)) is why


async def test_nothing_follows_a_redirect(fake: FakeTelegram) -> None:
    elsewhere = f"{fake.url}/file/bot{TOKEN}/photos/file_0.jpg"
    fake.serves("there", PICTURE)
    assert await why_not(fake, fake.serves("F", moved=elsewhere)) is Unfetched.GONE
    assert fake.files.asked == ["photos/file_1.jpg"]


@pytest.mark.parametrize("fault", [flood(7), page(403), page(502), refusal(500, "Internal Server Error")])
async def test_when_telegram_fails_another_time_may_help(fake: FakeTelegram, fault: object) -> None:
    fake.serves("F", PICTURE)
    fake.fail(fault, method="getFile")  # type: ignore[arg-type]
    assert await why_not(fake, "F") is Unfetched.UNREACHABLE


async def test_a_file_server_that_hangs_is_given_up(fake: FakeTelegram) -> None:
    request = asking(settings(fake), connections=2)
    await request.initialize()
    fetcher = Fetcher(bot_of(settings(fake), request, request), settings(fake), seconds=0.3)
    with pytest.raises(FetchError) as refused:
        await fetcher.fetch(fake.serves("F", PICTURE, silent=True), 1000)
    assert refused.value.why is Unfetched.UNREACHABLE
    await request.shutdown()


async def test_a_path_on_the_servers_own_disk_is_not_read(fake: FakeTelegram) -> None:
    fake.serves("F", PICTURE)
    fake.names_paths_as = "/etc/hostname"  # as a Bot API server in local mode does; the file is there on this machine
    assert await why_not(fake, "F") is Unfetched.GONE
