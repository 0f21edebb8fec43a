"""The program killed again and again under load: every message is answered once, whatever was under way.

`python -m bench.crashes`: messages of residents who write once each, while `python -m bot run` is killed (SIGKILL) and
started again 20 times. What is not acknowledged is posted again, as Zalo does. A message may be unknown, that is
perhaps delivered and never sent again, only if it was in flight at a kill.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.ledger import Ledger, Stored
from bench.traffic import Posting, Program, Residents, Zalo, loaded, settled, spread

_LEAST_SECONDS: Final = 0.3  # from being ready to the next kill
_MOST_SECONDS: Final = 4.0
_AGAIN_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 1800.0


@dataclass(frozen=True)
class Crashed:
    """What came of a run: the ledger, the messages in flight at each kill, and how it went on after kills."""

    ledger: Ledger
    in_flight: tuple[int, ...]
    down: tuple[float, ...]  # seconds from each kill until the program was ready again
    drained: float  # seconds from the last message until nothing waited any more
    postgres_lived: bool
    posting: Posting


def main(arguments: Sequence[str] = ()) -> int:
    """Print the ledger; 1 when it does not add up."""
    parser = argparse.ArgumentParser(prog="python -m bench.crashes")
    parser.add_argument("--kills", type=int, default=20, metavar="N")
    parser.add_argument("--per-second", type=int, default=30, metavar="N")
    given = parser.parse_args(arguments)
    print(f"{given.per_second} messages/s, {given.kills} kills; {loaded()}", flush=True)
    crashed = asyncio.run(crash(given.kills, given.per_second))
    print(f"in flight at each kill: {list(crashed.in_flight)}")
    print(f"ready again after {spread([one * 1000 for one in crashed.down])}")
    print(f"the embedded PostgreSQL lived on: {'yes' if crashed.postgres_lived else 'no, it was started again'}")
    print(f"acknowledged at the first try: {len(crashed.posting.milliseconds)}; else: {dict(crashed.posting.refused)}")
    print(f"the last answer {crashed.drained:.1f} s after the last message; {loaded()}")
    print(crashed.ledger)
    return int(bool(crashed.ledger.troubles))


async def crash(kills: int, per_second: int, *, most_seconds: float = _MOST_SECONDS) -> Crashed:
    """Kill the program so many times under load, each time up to `most_seconds` after it was ready again."""
    chance = random.Random(9)  # noqa: S311
    in_flight: list[list[int]] = []
    down: list[float] = []
    async with Zalo.running() as zalo, Program.started(zalo) as program:
        server = program.postgres_id
        async with Posting(program.webhook, _AGAIN_SECONDS).connected() as posting:
            writing = asyncio.create_task(_write(posting, Residents(), per_second))
            for _ in range(kills):
                await asyncio.sleep(chance.uniform(_LEAST_SECONDS, most_seconds))
                killed = time.monotonic()
                in_flight.append(await program.kill())
                await program.start()
                down.append(time.monotonic() - killed)
            writing.cancel()
            await asyncio.gather(*await writing)
        drained = await settled(program.database, _PATIENCE_SECONDS)
        lived = server == program.postgres_id
        stored, delivered = await Stored.read(program, posting.said), await zalo.delivered()
    ledger = Ledger.of(posting.said, stored, delivered, {one for each in in_flight for one in each})
    return Crashed(ledger, tuple(map(len, in_flight)), tuple(down), drained, lived, posting)


async def _write(posting: Posting, residents: Residents, per_second: int) -> list[asyncio.Task[None]]:
    """Post at the rate until cancelled; return what is not done yet."""
    tasks: list[asyncio.Task[None]] = []
    started = time.monotonic()
    try:
        while True:
            due = started + len(tasks) / per_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            tasks.append(asyncio.create_task(posting.post(residents.says(len(tasks)), due)))
    except asyncio.CancelledError:
        return tasks


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
