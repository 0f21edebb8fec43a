"""A burst of messages: are they acknowledged in time, and is every one of them answered, once and in order?

`python -m bench.burst`: 200 messages a second for a minute, posted as Zalo posts them to the started program, of which
1 % come twice. Zalo's own budget for an acknowledgement is 2 s.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Sequence
from typing import Final

from bench.ledger import Ledger, Stored
from bench.traffic import Posting, Program, Residents, Zalo, loaded, settled, spread

BAR_MILLISECONDS: Final = 100.0
_SERIES: Final = 40  # residents who write several messages
_BETWEEN_SECONDS: Final = 2.0
_DUPLICATES: Final = 0.01
_LATEST_REPEAT_SECONDS: Final = 3.0
_PATIENCE_SECONDS: Final = 1800.0


def main(arguments: Sequence[str] = ()) -> int:
    """Print what came of it; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.burst")
    parser.add_argument("--per-second", type=int, default=200, metavar="N")
    parser.add_argument("--seconds", type=int, default=60, metavar="N")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="worker processes beside `run`")
    given = parser.parse_args(arguments)
    return asyncio.run(_burst(given.per_second, given.seconds, given.workers))


async def _burst(per_second: int, seconds: int, workers: int) -> int:
    print(f"{per_second} messages/s for {seconds} s, {workers} workers beside; {loaded()}", flush=True)
    residents = Residents()
    async with Zalo.running() as zalo, Program.started(zalo, workers=workers) as program:
        async with Posting(program.webhook).connected() as posting:
            await _post_all(posting, residents, per_second, seconds)
        print(f"posted; {loaded()}", flush=True)
        backlog = await settled(program.database, _PATIENCE_SECONDS)
        stored, delivered = await Stored.read(program, posting.said), await zalo.delivered()
    ledger = Ledger.of(posting.said, stored, delivered, set())
    print(f"acknowledged: {spread(posting.milliseconds)}; not at the first try: {dict(posting.refused)}")
    print(f"posted later than due: {spread(posting.late)}")
    print(f"answered {len(posting.said) / (seconds + backlog):.0f}/s; the last {backlog:.1f} s after the burst")
    print(f"from arrival to the turn's end: {spread([one * 1000 for one in stored.waits])}")
    print(ledger)
    in_time = len(posting.milliseconds) == len(posting.said) and _p99(posting.milliseconds) <= BAR_MILLISECONDS
    print(f"acknowledged within {BAR_MILLISECONDS:.0f} ms (p99): {'yes' if in_time else 'NO'}")
    return int(bool(ledger.troubles) or not in_time)


async def _post_all(posting: Posting, residents: Residents, per_second: int, seconds: int) -> None:
    """Post at the rate, whatever is not yet acknowledged; some residents write every two seconds, the rest once."""
    chance = random.Random(4)  # noqa: S311
    series = _BETWEEN_SECONDS * per_second
    tasks: list[asyncio.Task[None]] = []
    started = time.monotonic()
    for number in range(per_second * seconds):
        due = started + number / per_second
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        place = number % int(series)
        in_series = place < _SERIES
        said = residents.says(place if in_series else _SERIES + number, calmly=in_series)
        tasks.append(asyncio.create_task(posting.post(said, due)))
        if chance.random() < _DUPLICATES:
            again = chance.uniform(0, _LATEST_REPEAT_SECONDS)
            tasks.append(asyncio.create_task(_repeat(posting, number, again)))
    await asyncio.gather(*tasks)


async def _repeat(posting: Posting, number: int, after: float) -> None:
    await asyncio.sleep(after)
    await posting.repeat(posting.said[number])


def _p99(milliseconds: Sequence[float]) -> float:
    return sorted(milliseconds)[int(0.99 * len(milliseconds))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
