"""Rasa is kept running, whatever happens to it, and ends with the assistant."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from intents import supervision
from intents.rasa_process import HttpProbe, RasaProcess
from intents.service import Address, State
from intents.supervision import LONGEST_DELAY, RasaServer

ROOT = Path(__file__).parents[2]
MODEL = Path("/models/nlu-1.tar.gz")


class Time:
    """A clock that sleeping moves on, in an instant."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class FakeProcess:
    def __init__(self, *, stubborn: bool = False) -> None:
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._stubborn = stubborn
        self.asked_to_stop = False
        self.killed = False
        self.quiet = False

    @property
    def last_words(self) -> str:
        return "address already in use"

    def quieten(self) -> None:
        self.quiet = True

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    def end(self, code: int) -> None:
        if not self._ended.done():
            self._ended.set_result(code)

    def stop(self) -> None:
        self.asked_to_stop = True
        if not self._stubborn:
            self.end(0)

    def kill(self) -> None:
        self.killed = True
        self.end(-9)


class World:
    """Processes that are started, and how they look from outside: both as a test decides."""

    def __init__(self) -> None:
        self.time = Time()
        self.processes: list[FakeProcess] = []
        self.ports: list[int] = []
        self.tokens: set[str] = set()
        self.served: str | None = MODEL.name
        self.hears = True
        self.fails_to_start = 0
        self.stubborn = False
        self.at_start: Callable[[FakeProcess], None] = lambda _process: None

    async def launch(self, model: Path, port: int, token: str) -> FakeProcess:
        assert model == MODEL
        if self.fails_to_start:
            self.fails_to_start -= 1
            raise FileNotFoundError(2, "No such file")
        self.processes.append(FakeProcess(stubborn=self.stubborn))
        self.ports.append(port)
        self.tokens.add(token)
        self.at_start(self.processes[-1])
        return self.processes[-1]

    async def model(self, _address: Address) -> str | None:
        return self.served

    async def answers(self, _address: Address) -> bool:
        return self.hears

    async def close(self) -> None:
        pass


async def until(holds: Callable[[], bool]) -> None:
    """Let others run until something holds."""
    for _ in range(20_000):
        if holds():
            return
        await asyncio.sleep(0)
    pytest.fail("it never came to hold")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def server(world: World) -> AsyncIterator[RasaServer]:
    ports = iter(range(5000, 9000))
    one = RasaServer(
        MODEL,
        launch=world.launch,
        probe=world,
        clock=world.time,
        sleep=world.time.sleep,
        free_port=lambda: next(ports),
    )
    yield one
    await one.stop()


async def test_it_is_ready_once_it_serves_our_model(world: World, server: RasaServer) -> None:
    world.served = None
    await server.start()
    await until(lambda: len(world.time.slept) > 5)
    assert (server.state, server.address) == (State.STARTING, None)

    world.served = MODEL.name
    await until(lambda: server.state is State.READY)

    assert server.address == Address("http://127.0.0.1:5000", world.tokens.pop(), MODEL.name)
    assert server.address
    assert len(server.address.token) >= 24
    assert world.processes[0].quiet, "what it writes from now on may be about residents"


async def test_it_is_not_ready_while_it_does_not_understand(world: World, server: RasaServer) -> None:
    world.hears = False
    await server.start()
    await until(lambda: len(world.time.slept) > 5)
    assert server.state is State.STARTING


async def test_one_that_serves_another_model_is_started_again(world: World, server: RasaServer) -> None:
    world.served = "nlu-of-yesterday.tar.gz"
    await server.start()
    await until(lambda: len(world.processes) == 2)
    assert server.address is None
    assert world.processes[0].asked_to_stop


@pytest.mark.parametrize("code", [0, 1, -9])
async def test_one_that_ends_is_started_again_on_another_port(
    world: World, server: RasaServer, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    await server.start()
    await until(lambda: server.state is State.READY)

    world.processes[0].end(code)
    await until(lambda: len(world.processes) == 2)
    await until(lambda: server.state is State.READY)

    assert world.ports == [5000, 5001]
    assert f"it ended with code {code}" in caplog.text


async def test_a_taken_port_costs_one_try(world: World, server: RasaServer) -> None:
    """Rasa ends with code 0 then."""
    world.at_start = lambda process: process.end(0) if len(world.processes) == 1 else None
    world.served = None
    await server.start()
    await until(lambda: len(world.processes) == 2)
    world.served = MODEL.name
    await until(lambda: server.state is State.READY)
    assert server.address
    assert server.address.url.endswith(":5001")


async def test_delays_double_up_to_half_a_minute(world: World, server: RasaServer) -> None:
    world.fails_to_start = 10
    await server.start()
    await until(lambda: bool(world.processes))
    assert world.time.slept[:7] == [0.5, 1, 2, 4, 8, LONGEST_DELAY, LONGEST_DELAY]


async def test_after_three_failures_it_counts_as_broken_and_is_still_tried(world: World, server: RasaServer) -> None:
    world.fails_to_start = 5
    await server.start()
    await until(lambda: server.state is State.BROKEN)
    await until(lambda: server.state is State.READY)


async def test_delays_begin_anew_after_a_minute_of_being_well(world: World, server: RasaServer) -> None:
    world.fails_to_start = 6
    await server.start()
    await until(lambda: server.state is State.READY)
    world.time.now += 61
    world.time.slept.clear()
    world.processes[0].end(1)
    await until(lambda: len(world.processes) == 2)
    assert 0.5 in world.time.slept


async def test_one_that_ends_soon_again_and_again_waits_longer(world: World, server: RasaServer) -> None:
    world.at_start = lambda process: process.end(1)
    await server.start()
    await until(lambda: len(world.processes) == 5)
    assert [one for one in (0.5, 1, 2, 4) if one in world.time.slept] == [0.5, 1, 2, 4]


async def test_one_that_hangs_is_killed_and_started_again(world: World, server: RasaServer) -> None:
    world.stubborn = True
    await server.start()
    await until(lambda: server.state is State.READY)
    world.hears = False
    await until(lambda: server.address is None)
    assert world.time.now >= supervision.HUNG_SECONDS
    await until(lambda: len(world.processes) == 2)
    assert world.processes[0].killed

    world.hears = True
    await until(lambda: server.state is State.READY)


async def test_one_missed_answer_is_no_reason_to_end_it(world: World, server: RasaServer) -> None:
    await server.start()
    await until(lambda: server.state is State.READY)
    world.hears = False
    probed = world.time.now
    await until(lambda: world.time.now >= probed + supervision.HUNG_SECONDS / 2)
    world.hears = True
    await until(lambda: world.time.now >= probed + 10 * supervision.HUNG_SECONDS)
    assert len(world.processes) == 1


async def test_one_that_never_gets_ready_is_started_again(world: World, server: RasaServer) -> None:
    world.served = None
    await server.start()
    await until(lambda: len(world.processes) == 2)
    assert world.time.now >= supervision.START_SECONDS


@pytest.mark.parametrize("served", [MODEL.name, None])
@pytest.mark.parametrize("stubborn", [False, True])
async def test_stopping_leaves_nothing_behind(
    world: World, server: RasaServer, served: str | None, stubborn: bool
) -> None:
    world.served, world.stubborn = served, stubborn
    await server.start()
    await until(lambda: bool(world.processes))

    await server.stop()
    await server.stop()

    assert (server.state, server.address) == (State.OFF, None)
    assert world.processes[0].asked_to_stop
    assert world.processes[0].killed, "what it started itself is ended too"


async def test_it_stops_while_it_waits_to_start_again(world: World, server: RasaServer) -> None:
    world.fails_to_start = 10**6
    await server.start()
    await until(lambda: len(world.time.slept) > 3)
    await server.stop()
    assert server.state is State.OFF


async def test_a_fault_of_ours_does_not_end_the_supervision(
    world: World, server: RasaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = iter([RuntimeError("a fault")])

    async def launch(model: Path, port: int, token: str) -> FakeProcess:
        for fault in faults:
            raise fault
        return await world.launch(model, port, token)

    monkeypatch.setattr(server, "_launch", launch)
    await server.start()
    await until(lambda: server.state is State.READY)


# A real process and a real connection, in time that runs a hundred times as fast.


async def launch_fake(model: Path, port: int, _token: str) -> RasaProcess:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.intents.fake_rasa", str(port), model.name),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    PIDS.append(process.pid)
    return RasaProcess(process)


PIDS: list[int] = []


@pytest.fixture
async def real() -> AsyncIterator[RasaServer]:
    PIDS.clear()
    probe = HttpProbe(seconds=0.3)
    one = RasaServer(
        MODEL,
        launch=launch_fake,
        probe=probe,
        clock=lambda: time.monotonic() * 10,
        sleep=lambda seconds: asyncio.sleep(seconds / 10),
    )
    async with asyncio.timeout(60), one:
        yield one
    for pid in PIDS:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            pytest.fail("a process was left behind")


async def ready(server: RasaServer, processes: int) -> None:
    while not (server.state is State.READY and len(PIDS) == processes):  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.02)


async def test_a_real_one_that_is_killed_comes_back(real: RasaServer) -> None:
    await ready(real, 1)
    os.kill(PIDS[0], signal.SIGKILL)
    await ready(real, 2)


async def test_a_real_one_that_hangs_is_killed_and_comes_back(real: RasaServer) -> None:
    await ready(real, 1)
    os.kill(PIDS[0], signal.SIGSTOP)
    await ready(real, 2)
    with pytest.raises(ProcessLookupError):
        os.kill(PIDS[0], 0)
