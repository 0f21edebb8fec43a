"""`python -m bench.nlu`: how soon Rasa is ready, what it takes, and how long understanding a message takes."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

import aiohttp

from intents.client import NluClient
from intents.nlu_check import read_held_out
from intents.rasa import nlu_service
from intents.service import NO_SERVICE

_AT_ONCE = 8


def main() -> None:
    """Start a Rasa of our own and ask it everything that is held out, one by one and eight at once."""
    asyncio.run(_main())


async def _main() -> None:
    service = nlu_service(wanted=True, url=None, token="", clock=time.monotonic)
    if service is NO_SERVICE:
        print("no Rasa here", file=sys.stderr)
        return
    started = time.perf_counter()
    await service.start()
    try:
        while service.address is None:  # noqa: ASYNC110 - it tells nobody when it is ready
            await asyncio.sleep(0.02)
        print(f"ready after {time.perf_counter() - started:.1f} s")
        texts = [one.text for one in read_held_out()]
        async with aiohttp.ClientSession() as session:
            for at_once in (1, _AT_ONCE):
                client = NluClient(service, session, time.monotonic)  # one that remembers nothing yet
                began = time.perf_counter()
                times = await _ask(client, texts, at_once)
                _print(f"{at_once} at once", times, time.perf_counter() - began)
        print(f"{_resident_megabytes():.0f} MB resident")
    finally:
        await service.stop()


async def _ask(client: NluClient, texts: Sequence[str], at_once: int) -> list[float]:
    times: list[float] = []

    async def ask_each(own: Sequence[str]) -> None:
        for text in own:
            started = time.perf_counter()
            assert await client.parse(text)
            times.append((time.perf_counter() - started) * 1000)

    await asyncio.gather(*(ask_each(texts[start::at_once]) for start in range(at_once)))
    return times


def _print(name: str, times: Sequence[float], seconds: float) -> None:
    cuts = statistics.quantiles(times, n=100)
    print(
        f"{name:10} p50 {cuts[49]:6.1f} ms   p95 {cuts[94]:6.1f} ms   p99 {cuts[98]:6.1f} ms   "
        f"{len(times) / seconds:5.0f}/s   n={len(times)}"
    )


def _resident_megabytes() -> float:
    """Return what the Rasa that we started takes."""
    rows = subprocess.run(["/bin/ps", "-eo", "ppid,rss,args"], capture_output=True, text=True, check=True).stdout
    ours = (row.split(maxsplit=2) for row in rows.splitlines()[1:])
    return sum(int(size) for parent, size, command in ours if parent == str(os.getpid()) and "rasa" in command) / 1024


if __name__ == "__main__":
    main()
