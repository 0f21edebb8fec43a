"""Pictures are fetched from the channel's own domains, and from nowhere else."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.resolver import ThreadedResolver

from bot.channels import fetching
from bot.channels.contract import FetchError, Unfetched
from bot.channels.fetching import Downloads, host_of, may_fetch, media_host
from tests.fakes.files import Files

HOSTS = ("zdn.vn",)
HURRIED = aiohttp.ClientTimeout(total=0.3)


class Server:
    """A file server at `url`."""

    def __init__(self, url: str, files: Files) -> None:
        self.url = url
        self.files = files

    def put(self, content: bytes = b"", **how: object) -> str:
        return f"{self.url}/{self.files.put(content, **how)}"  # type: ignore[arg-type]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    files, app = Files(), web.Application()
    app.router.add_get("/{path:photos/.+}", files.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Server(f"http://127.0.0.1:{runner.addresses[0][1]}", files)
    files.over.set()
    await runner.cleanup()


@pytest.mark.parametrize(
    "url",
    [
        "https://zdn.vn/a.jpg",
        "https://f1.photo.zdn.vn/a/b.jpg?x=1",
        "https://F1.Photo.ZDN.vn:443/a.jpg",
    ],
)
def test_the_channels_own_domain_is_taken(url: str) -> None:
    assert may_fetch(url, HOSTS)


@pytest.mark.parametrize(
    "url",
    [
        "http://f1.photo.zdn.vn/a.jpg",
        "https://zdn.vn.evil.example/a.jpg",
        "https://evilzdn.vn/a.jpg",
        "https://evil.example/zdn.vn",
        "https://evil.example#zdn.vn",
        "https://zdn.vn@evil.example/a.jpg",
        "https://evil.example@zdn.vn/a.jpg",
        "https://zdn.vn:80:80/",
        "https://127.0.0.1/a.jpg",
        "http://127.0.0.1:8080/readyz",
        "https://localhost/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "file:///etc/passwd",
        "ftp://zdn.vn/a",
        "gopher://zdn.vn/a",
        "data:image/png;base64,AAAA",
        "//zdn.vn/a.jpg",
        "zdn.vn/a.jpg",
        "https://",
        "https://[",
        "https://zdn.vn:99999/",
        "",
        "\ud800",
    ],
)
async def test_no_other_address_is_asked(url: str, server: Server) -> None:
    assert not may_fetch(url, HOSTS)
    with pytest.raises(FetchError) as refusal:
        await Downloads("test", HOSTS).fetch(url, 1000)
    assert refusal.value.why is Unfetched.REFUSED


def test_this_machine_counts_only_where_it_is_named() -> None:
    assert may_fetch("http://127.0.0.1:9/a", ("127.0.0.1",))
    assert not may_fetch("http://127.0.0.1:9/a", ("localhost", "zdn.vn"))


@pytest.mark.parametrize("text", ["", "vn", "*.zdn.vn", "https://zdn.vn", "zdn.vn/a", "10.0.0.1", "zdn..vn", "-a.vn"])
def test_what_is_no_domain_is_refused_when_it_is_set(text: str) -> None:
    with pytest.raises(ValueError, match="no domain"):
        media_host(text)


@pytest.mark.parametrize("address", ["10.1.2.3", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1"])
async def test_a_name_that_leads_into_a_private_network_is_not_asked(
    address: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given that the channel's domain points to an inner address
    async def resolve(_self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        found = {"hostname": host, "host": address, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        return [found]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    # When a picture there is asked for, then nobody is
    with pytest.raises(FetchError) as refusal:
        await Downloads("test", HOSTS).fetch("https://f1.photo.zdn.vn/a.jpg", 1000)
    assert refusal.value.why is Unfetched.UNREACHABLE
    assert server.files.asked == []


async def test_a_redirect_is_followed_only_to_where_pictures_may_come_from(server: Server) -> None:
    downloads = Downloads("test", ("127.0.0.1",))
    there = server.put(b"picture")
    assert await downloads.fetch(server.put(moved=there), 100) == b"picture"
    assert await downloads.fetch(server.put(moved="/" + there.split("/", 3)[3]), 100) == b"picture"
    for elsewhere in (there.replace("127.0.0.1", "localhost"), "https://evil.example/a", "file:///etc/passwd"):
        asked = len(server.files.asked)
        with pytest.raises(FetchError) as refusal:
            await downloads.fetch(server.put(moved=elsewhere), 100)
        assert refusal.value.why is Unfetched.REFUSED
        assert len(server.files.asked) == asked + 1


async def test_a_redirect_without_end_is_given_up(server: Server) -> None:
    url = f"{server.url}/photos/file_0.jpg"
    assert server.put(moved=url) == url
    with pytest.raises(FetchError) as refusal:
        await Downloads("test", ("127.0.0.1",)).fetch(url, 100)
    assert refusal.value.why is Unfetched.GONE
    assert len(server.files.asked) == 3


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (404, Unfetched.GONE),
        (403, Unfetched.GONE),
        (204, Unfetched.GONE),
        (429, Unfetched.UNREACHABLE),
        (500, Unfetched.UNREACHABLE),
        (503, Unfetched.UNREACHABLE),
    ],
)
async def test_what_the_server_says_decides_whether_another_time_may_help(
    server: Server, status: int, why: Unfetched
) -> None:
    with pytest.raises(FetchError) as refusal:
        await Downloads("test", ("127.0.0.1",)).fetch(server.put(status=status), 100)
    assert refusal.value.why is why


async def test_a_server_that_never_answers_is_given_up(server: Server) -> None:
    with pytest.raises(FetchError) as refusal:
        await Downloads("test", ("127.0.0.1",), HURRIED).fetch(server.put(silent=True), 100)
    assert refusal.value.why is Unfetched.UNREACHABLE


async def test_the_log_names_the_host_and_never_the_address(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for url in ("https://evil.example/key-to-the-picture", server.put(silent=True) + "?key-to-the-picture"):
        with pytest.raises(FetchError):
            await Downloads("test", ("127.0.0.1",), HURRIED).fetch(url, 100)
    assert "evil.example" in caplog.text
    assert "key-to-the-picture" not in caplog.text


def test_a_host_that_hides_behind_a_name_is_none() -> None:
    assert host_of("https://zdn.vn@evil.example/") is None
    assert host_of("https://:pass@zdn.vn/") is None
    assert fetching.may_fetch("https://zdn.vn./a", HOSTS) is False
