"""A real Rasa with our model: started, asked, stopped as the assistant does it."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from intents.client import NluClient
from intents.intents import TRAINED, Intent
from intents.nlu_check import read_held_out
from intents.nlu_evaluation import SPELLINGS, accuracy, judged
from intents.rasa import nlu_service
from intents.rasa_environment import interpreter
from intents.rasa_process import HttpProbe, RasaLaunch
from intents.service import State
from intents.supervision import RasaServer, a_free_port

ROOT = Path(__file__).parents[2]
GIVE_UP_SECONDS = 120
BARS = {"with diacritics": 0.88, "without": 0.86}
"""Least accuracy on messages by another hand."""


@pytest.fixture(scope="module")
def model(rasa_model: Path | None) -> Path:
    """The trained model; a machine without one is passed over aloud."""
    if rasa_model is None:
        pytest.skip("no Rasa here: install Python 3.10 and run make build")
    return rasa_model


def own_server(model: Path, ports: Iterator[int] | None = None) -> RasaServer:
    python = interpreter()
    assert python
    return RasaServer(
        model,
        launch=RasaLaunch(python),
        probe=HttpProbe(),
        clock=time.monotonic,
        free_port=(lambda: next(ports)) if ports else None,
    )


async def until_ready(server: RasaServer) -> str:
    async with asyncio.timeout(GIVE_UP_SECONDS):
        while server.address is None:  # noqa: ASYNC110 - it tells nobody when it is ready
            await asyncio.sleep(0.1)
    return server.address.url


@pytest.fixture
async def server(model: Path) -> AsyncIterator[RasaServer]:
    async with own_server(model) as one:
        await until_ready(one)
        yield one


async def test_it_understands_what_residents_write(server: RasaServer) -> None:
    async with aiohttp.ClientSession() as session:
        client = NluClient(server, session, time.monotonic, timeout_seconds=60)
        fine = await client.parse("Quán karaoke ở phường Cầu Giấy không có bình chữa cháy bị phạt bao nhiêu?")
        bare = await client.parse("quan karaoke o phuong cau giay khong co binh chua chay bi phat bao nhieu")
        for found in (fine, bare):
            assert found
            assert found.intent is Intent.ASK_FINE
            assert {intent for intent, _ in found.ranking} == set(TRAINED)
            named = {one.kind: one.value for one in found.entities}
            assert named == {"commune": "Phường Cầu Giấy", "building": "quán karaoke"}
        for text in ("/emergency", "🔥🔥", "\u202etext\x00", "a" * 10_000, "[" * 600, "{{}}", "%s", "nhà\ud800"):
            assert await client.parse(text) is not None
        assert client.state is State.READY
        rows = await judged(client, read_held_out())
        for spelling in SPELLINGS[:2]:
            found_right = accuracy([one for one in rows if one.spelling == spelling])
            assert found_right >= BARS[spelling], spelling


async def test_only_the_assistant_may_ask_it(server: RasaServer) -> None:
    assert server.address
    async with aiohttp.ClientSession(server.address.url) as session:
        for method, path in (("GET", "/status"), ("POST", "/model/parse"), ("GET", "/domain"), ("PUT", "/model")):
            async with session.request(method, path, json={"text": "chào"}) as response:
                assert response.status in {401, 403}, path
        async with session.post("/webhooks/rest/webhook", json={"sender": "x", "message": "chào"}) as response:
            assert response.status == 404
    assert server.address.token.encode() not in all_command_lines()


def all_command_lines() -> bytes:
    """Return what every user of the machine can read of the started programs."""
    return b"".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())


async def test_it_takes_another_port_when_its_own_is_taken(model: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        first = taken.getsockname()[1]
        ports = iter([first, a_free_port()])
        async with own_server(model, ports) as server:
            url = await until_ready(server)
    assert not url.endswith(f":{first}")
    assert server.state is State.OFF


PARENT = """
import asyncio, time
from intents.rasa import nlu_service

async def main():
    service = nlu_service(wanted=True, url=None, token="", clock=time.monotonic)
    await service.start()
    while service.address is None:
        await asyncio.sleep(0.1)
    print(service.address.url, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_it_ends_when_the_assistant_is_killed(model: Path) -> None:
    assert model.exists()
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout
        url = parent.stdout.readline().strip()
        assert url
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        if parent.stdout:
            parent.stdout.close()
    port = int(url.rpartition(":")[2])
    given_up = time.monotonic() + 10
    while listens(port):
        assert time.monotonic() < given_up, "Rasa lives on"
        time.sleep(0.05)


def listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def test_there_is_none_when_it_is_not_wanted() -> None:
    service = nlu_service(wanted=False, url="http://127.0.0.1:1", token="", clock=time.monotonic)
    assert (service.state, service.address) == (State.OFF, None)


async def test_an_operators_own_is_asked_and_not_started() -> None:
    service = nlu_service(wanted=True, url="http://10.0.0.5:5005/", token="secret", clock=time.monotonic)
    await service.start()
    assert service.address
    assert service.address.url == "http://10.0.0.5:5005"
    assert "secret" not in repr(service)
    await service.stop()
