"""A campaign whose workers and database are killed again and again: nobody gets it twice, nobody is forgotten.

`python -m bench.campaign_crashes`: 100,000 recipients on a Zalo account without a limit. Ten times, at a moment drawn
by chance, the program, a worker beside it, or the database server is killed (SIGKILL) and started again. At the end
every recipient stands in the ledger once, with what truly became of the message; unknown, that is perhaps sent and
never sent again, may only be what was in flight at a kill.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from bench.campaign import approved
from bench.telegram import subscribe
from bench.traffic import Program, Zalo, loaded
from bot.store.embedded import start_embedded_server
from tests.fakes.zalo_oa import OA_ID

_FIRST: Final = 1_000_000_000
_LEAST_SECONDS: Final = 1.0  # between two kills
_MOST_SECONDS: Final = 8.0
_AGAIN_SECONDS: Final = 0.5
_START_SECONDS: Final = 60.0
_PATIENCE_SECONDS: Final = 3600.0
_FATES: Final = b"SELECT state, count(*) FROM campaign_recipient GROUP BY state"
_SENDING: Final = b"SELECT id FROM outbox WHERE state = 'sending'"
_UNKNOWN: Final = b"SELECT id FROM outbox WHERE state = 'unknown'"


@dataclass
class _Run:
    program: Program
    folder: Path
    chance: random.Random
    in_flight: set[int]
    killed: Counter[str]


def main(arguments: Sequence[str] = ()) -> int:
    """Print what came of it; 1 when the ledger does not add up."""
    parser = argparse.ArgumentParser(prog="python -m bench.campaign_crashes")
    parser.add_argument("--people", type=int, default=100_000, metavar="N")
    parser.add_argument("--kills", type=int, default=10, metavar="N")
    parser.add_argument("--seed", type=int, default=4, metavar="N")
    given = parser.parse_args(arguments)
    print(f"{given.people} recipients, {given.kills} kills; {loaded()}", flush=True)
    troubles = asyncio.run(_crash(given.people, given.kills, given.seed))
    print("\n".join(troubles) or "the ledger adds up")
    return int(bool(troubles))


async def _crash(people: int, kills: int, seed: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="pccc") as name:
        folder = Path(name)
        url = start_embedded_server(folder)
        async with Zalo.running() as zalo, Program.started(zalo, workers=1, more={"DATABASE_URL": url}) as program:
            program.database = url
            run = _Run(program, folder, random.Random(seed), set(), Counter())  # noqa: S311
            await subscribe(program, "zalo_oa", OA_ID, [str(_FIRST + one) for one in range(people)])
            await approved(program, people)
            started = time.monotonic()
            for _ in range(kills):
                await asyncio.sleep(run.chance.uniform(_LEAST_SECONDS, _MOST_SECONDS))
                await _kill_one(run)
            await _over(url)
            print(f"killed {dict(run.killed)}, {len(run.in_flight)} messages in flight in all")
            print(f"done {time.monotonic() - started:.0f} s after the approval; {loaded()}")
            return await _troubles(run, zalo, people)


async def _kill_one(run: _Run) -> None:
    what = run.chance.choice(("program", "worker", "database"))
    run.killed[what] += 1
    if what == "database":
        await asyncio.to_thread(_killed_and_started, run.folder / "postgres", run.program.database)
        return
    run.in_flight |= set(await (run.program.kill() if what == "program" else run.program.kill_worker()))
    await (run.program.start() if what == "program" else run.program.start_worker())


def _killed_and_started(folder: Path, url: str) -> None:
    """Kill the server at once and start it again as it was started, by the same user."""
    number = int((folder / "postmaster.pid").read_text("ascii").splitlines()[0])
    command = Path(f"/proc/{number}/cmdline").read_text("utf-8").rstrip("\0").split("\0")
    owner = Path(f"/proc/{number}").stat()
    os.kill(number, signal.SIGKILL)
    deadline = time.monotonic() + _START_SECONDS
    server: subprocess.Popen[bytes] | None = None
    while time.monotonic() < deadline:
        if server is None or server.poll() is not None:  # children of the dead one hold its memory for a moment
            server = subprocess.Popen(
                command,
                user=owner.st_uid,
                group=owner.st_gid,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2):
            return
        time.sleep(_AGAIN_SECONDS)
    raise RuntimeError("the database server does not start again")


async def _over(url: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            rows = await (await connection.execute(b"SELECT state, reason FROM campaign")).fetchall()
            if all(state == "completed" for state, _ in rows):
                return
            if trouble := [row for row in rows if row[0] in {"paused", "failed", "cancelled"}]:
                raise RuntimeError(f"the campaign does not go on: {trouble}")
            await asyncio.sleep(_AGAIN_SECONDS)
    raise TimeoutError


async def _troubles(run: _Run, zalo: Zalo, people: int) -> list[str]:
    delivered = Counter(one.user for one in await zalo.delivered())
    async with await psycopg.AsyncConnection.connect(run.program.database, autocommit=True) as connection:
        fates: dict[str, int] = dict(await (await connection.execute(_FATES)).fetchall())
        unknown = {number for (number,) in await (await connection.execute(_UNKNOWN)).fetchall()}
    print(f"ledger {fates}; {len(delivered)} people got {delivered.total()} messages")
    troubles = []
    if twice := [user for user, times in delivered.items() if times > 1]:
        troubles.append(f"{len(twice)} people got it twice")
    if sum(fates.values()) != people:
        troubles.append(f"the ledger has {sum(fates.values())} rows for {people} people")
    if odd := {state: count for state, count in fates.items() if state not in {"sent", "unknown"}}:
        troubles.append(f"these are neither sent nor unknown: {odd}")
    if not fates.get("sent", 0) <= len(delivered) <= fates.get("sent", 0) + fates.get("unknown", 0):
        troubles.append("the channel and the ledger do not agree on how many have it")
    if strange := unknown - run.in_flight:
        troubles.append(f"{len(strange)} are unknown that were not in flight at a kill")
    return troubles


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
