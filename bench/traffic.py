"""What the benches of delivery share: a Zalo in a process of its own, the started program, residents who write.

`python -m bench.traffic` is that Zalo: it says where it listens, then answers each line it reads (a number) with what
it has delivered since. It ends with its input.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import signal
import socket
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import aiohttp
import psycopg
from cryptography.fernet import Fernet

from bot.channels.zalo_oa.parsing import Parser
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.store.sealing import Sealer
from intents.triage import Level, assess
from knowledge.clock import today
from knowledge.loading import load_for_service
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_ID, WEBHOOK_SECRET, FakeZaloOa

ROOT: Final = Path(__file__).parents[1]
_BUILT: Final = ("index", "pictures")  # in the data folder; what is missing there is made at the start
_ANSWER_SECONDS: Final = 2.0  # so long does Zalo wait for a webhook's answer
_START_SECONDS: Final = 180.0
_LONGEST_LINE: Final = 2**28
_FIRST_USER: Final = 7_000_000_000_000_000_000


@dataclass(frozen=True)
class Delivered:
    """A message that a resident has got: its id at Zalo, a digest of what it says, and when (monotonic seconds)."""

    id: str
    user: str
    said: str
    at: float


class Channel(Protocol):
    """A fake channel that the program can be started with."""

    def environment(self) -> Mapping[str, str]:
        """Return the settings that switch it on."""
        ...


class Zalo:
    """The fake OA in a process of its own, so that its work is not ours."""

    def __init__(self, process: Process, told: Mapping[str, str]) -> None:
        self._process = process
        self.url = told["url"]
        self.access = told["access"]
        self.refresh = told["refresh"]
        self._delivered: list[Delivered] = []

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[Zalo]:
        """Start it; it ends with the context."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.traffic", cwd=ROOT, stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE
        )
        assert process.stdin
        assert process.stdout
        try:
            yield cls(process, json.loads(await process.stdout.readline()))
        finally:
            process.stdin.close()
            await process.wait()

    def environment(self) -> Mapping[str, str]:
        """Return the settings that switch it on."""
        return {
            "ZALO_OA_ID": OA_ID,
            "ZALO_OA_APP_ID": APP_ID,
            "ZALO_OA_APP_SECRET": APP_SECRET,
            "ZALO_OA_SECRETS": WEBHOOK_SECRET,
            "ZALO_OA_ACCESS_TOKEN": self.access,
            "ZALO_OA_REFRESH_TOKEN": self.refresh,
            "ZALO_OA_API": self.url,
            "ZALO_OA_OAUTH": self.url,
            "ZALO_OA_PER_MINUTE": "1000000",
        }

    async def delivered(self) -> list[Delivered]:
        """Return everything that residents have got, in the order in which it came."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{len(self._delivered)}\n".encode())
        await self._process.stdin.drain()
        self._delivered += [Delivered(*one) for one in json.loads(await self._process.stdout.readline())]
        return self._delivered


async def _be_zalo() -> None:
    fake = FakeZaloOa(everybody_welcome=True)
    pair = fake.grant()
    async with fake.running():
        print(json.dumps({"url": fake.url, "access": pair.access, "refresh": pair.refresh}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            newer = fake.sent()[int(line) :]
            print(json.dumps([[one.id, one.user, _digest(one.message), one.at] for one in newer]), flush=True)


def _digest(message: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()[:16]


class Program:
    """`python -m bot run` on a data folder of its own, and workers beside it."""

    def __init__(
        self,
        folder: Path,
        channel: Channel,
        *,
        workers: int = 0,
        level: str = "WARNING",
        more: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._workers = workers
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.webhook = f"{self.url}/webhooks/zalo-oa"
        self.database = f"postgresql://postgres:@/postgres?host={folder / 'postgres'}"
        key = Fernet.generate_key().decode()
        self.sealer = Sealer([key])
        self._environment = {
            **os.environ,
            "PORT": str(port),
            "DATA_DIR": str(folder),
            "DATA_KEY": key,
            "RASA": "off",
            "LOG_LEVEL": level,
            "MESSAGES_PER_MINUTE": "100000",
            **channel.environment(),
            **(more or {}),
        }
        self._run: Process | None = None
        self._beside: list[Process] = []

    @classmethod
    @asynccontextmanager
    async def started(
        cls, channel: Channel, *, workers: int = 0, more: Mapping[str, str] | None = None
    ) -> AsyncIterator[Program]:
        """Start it on an empty database, with what `make build` has built; `more`: further settings."""
        with tempfile.TemporaryDirectory(prefix="pccc") as name:
            folder = Path(name)
            for one in [one for built in _BUILT for one in (ROOT / "var" / built).glob("[!.]*")]:
                (folder / one.parent.name).mkdir(exist_ok=True)
                (folder / one.parent.name / one.name).symlink_to(one)  # no copy: writing it would slow the start
            program = cls(folder, channel, workers=workers, more=more)
            try:
                await program.start()
                for _ in range(workers):
                    await program.start_worker()
                yield program
            finally:
                await program._end()

    async def start(self) -> None:
        """Start `run` and wait until it is ready. Raises RuntimeError when it ends instead."""
        self._run = await self._spawn("run")
        await self._ready()

    async def kill(self) -> list[int]:
        """Kill `run`, and only it, at once (SIGKILL); return the messages that it had handed out to be sent."""
        assert self._run
        self._run.kill()
        await self._run.wait()
        return await self._in_flight(alone=not self._beside)

    async def _in_flight(self, *, alone: bool) -> list[int]:
        """Return what is handed out to be sent; `alone`: once what the dead process had told the database is done."""
        async with await psycopg.AsyncConnection.connect(self.database, autocommit=True) as connection:
            if alone:
                await _none(connection, _OTHERS)
            rows = await (await connection.execute("SELECT id FROM outbox WHERE state = 'sending'")).fetchall()
        return [number for (number,) in rows]

    async def kill_worker(self) -> list[int]:
        """Kill the worker beside `run`, as `kill` does."""
        worker = self._beside.pop()
        worker.kill()
        await worker.wait()
        return await self._in_flight(alone=False)

    async def start_worker(self) -> None:
        """Start a worker beside `run` and wait until it works. Raises AssertionError when it ends instead."""
        self._beside.append(await self._spawn("worker", stdout=PIPE))
        assert self._beside[-1].stdout
        assert await self._beside[-1].stdout.readline(), "a worker ended"

    @property
    def process_id(self) -> int:
        """The process of `run`."""
        assert self._run
        return self._run.pid

    @property
    def postgres_id(self) -> int:
        """The process of the embedded server."""
        return int((self._folder / "postgres" / "postmaster.pid").read_text("ascii").splitlines()[0])

    async def _spawn(self, command: str, stdout: int = DEVNULL) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", command, cwd=ROOT, env=self._environment, stdout=stdout
        )

    async def _ready(self) -> None:
        assert self._run
        deadline = time.monotonic() + _START_SECONDS
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < deadline and self._run.returncode is None:
                with suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/readyz") as response:
                        if response.status == 200:
                            return
                await asyncio.sleep(0.02)
        raise RuntimeError("the program did not become ready")

    async def _end(self) -> None:
        for process in [*self._beside, self._run]:
            if process is not None and process.returncode is None:
                process.terminate()
                await process.wait()
        # The embedded server counts those who use it and takes the killed ones for alive.
        with suppress(FileNotFoundError, ProcessLookupError):
            server = self.postgres_id
            os.kill(server, signal.SIGINT)
            while True:
                os.kill(server, 0)
                await asyncio.sleep(0.05)


_OTHERS: Final = """
    SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


async def _none(connection: psycopg.AsyncConnection[Any], counting: str) -> None:
    """Wait until a statement that counts counts nothing."""
    while True:
        if await (await connection.execute(counting.encode())).fetchone() == (0,):
            return
        await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Said:
    """A message that a resident writes: its number in the bench, and how Zalo posts it."""

    number: int
    key: str  # of the event
    user: str
    headers: Mapping[str, str]
    raw: bytes


class Residents:
    """Write what the cards' variants say, in an order drawn by chance."""

    def __init__(self, seed: int = 114) -> None:
        self._fake = FakeZaloOa()
        self._parser = Parser(ZaloOaSettings(app_id=APP_ID, app_secret=APP_SECRET, oa_id=OA_ID))
        self._texts = [text for card in load_for_service(today()).cards.values() for text in card.variants]
        random.Random(seed).shuffle(self._texts)  # noqa: S311
        self._drawn = 0
        self._said = 0

    def says(self, user: int, *, calmly: bool = False) -> Said:
        """Return the next message, of resident no. `user`; with `calmly`, one that is no emergency.

        An emergency is answered at once: in a series of messages, the order would look wrong.
        """
        text = self._next()
        while calmly and assess(text).level is Level.EMERGENCY:
            text = self._next()
        name = str(_FIRST_USER + user)
        body = self._fake.user_writes(name, text)
        headers, raw = self._fake.signed(body)
        self._said += 1
        [event] = self._parser.events(raw)
        return Said(self._said - 1, event.key, name, headers, raw)

    def _next(self) -> str:
        self._drawn += 1
        return self._texts[self._drawn % len(self._texts)]


@dataclass
class Posting:
    """Posts messages as they fall due, whatever becomes of those before: an open loop."""

    url: str
    again_seconds: float = 1.0
    milliseconds: list[float] = field(default_factory=list)  # of each first try that was acknowledged
    late: list[float] = field(default_factory=list)  # how much later than due each was posted, milliseconds
    refused: Counter[str] = field(default_factory=Counter)
    said: list[Said] = field(default_factory=list)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Posting]:
        """Post over connections that are kept."""
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
            self._session = session
            yield self

    async def post(self, said: Said, due: float) -> None:
        """Post one message until it is acknowledged with 200. `due`: when it ought to be (monotonic seconds)."""
        self.said.append(said)
        started = time.monotonic()
        self.late.append((started - due) * 1000)
        if await self._once(said, 0):
            self.milliseconds.append((time.monotonic() - started) * 1000)
            return
        tries = 1
        while not await self._once(said, tries):
            tries += 1
            await asyncio.sleep(self.again_seconds)

    async def repeat(self, said: Said) -> None:
        """Post a message once more that was acknowledged, as channels do."""
        await self._once(said, 1)

    async def _once(self, said: Said, tries: int) -> bool:
        more = {"num_retry": str(tries)} if tries else {}
        try:
            async with self._session.post(self.url, data=said.raw, headers={**said.headers, **more}) as response:
                if response.status == 200:
                    return True
                self.refused[str(response.status)] += 1
        except (aiohttp.ClientError, OSError) as error:  # a time-out is an OSError
            self.refused[type(error).__name__] += 1
        return False


_OPEN: Final = """
    SELECT (SELECT count(*) FROM inbox WHERE state = 'waiting')
         + (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending'))
"""


async def settled(url: str, seconds: float) -> float:
    """Wait until nothing waits to be answered or sent; return how long that took. Raises TimeoutError."""
    started = time.monotonic()
    async with asyncio.timeout(seconds), await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await _none(connection, _OPEN)
    return time.monotonic() - started


def spread(milliseconds: Sequence[float]) -> str:
    """Return p50, p95, p99 and the most, in words."""
    if not milliseconds:
        return "never"
    cuts = statistics.quantiles([*milliseconds, *milliseconds], n=100)  # twice, for one alone has no quantiles
    return f"p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms, most {max(milliseconds):.1f} ms"


def loaded() -> str:
    """Return how busy the machine is, in words: figures of another day are compared with this in mind."""
    return f"{os.cpu_count()} cores, load {', '.join(f'{one:.1f}' for one in os.getloadavg())}"


if __name__ == "__main__":
    asyncio.run(_be_zalo())
