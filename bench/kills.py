"""Rasa killed again and again under load: every message must still get its reply, soon.

`python -m bench.kills`: 20 messages a second over HTTP while the Rasa process is killed (SIGKILL) as soon as it is
ready again, 20 times. Each reply is compared with the one that the same message got before, with Rasa, and without it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp

from bot.app import serving
from bot.settings import Settings
from bot.understanding import Understanding
from intents.rasa import nlu_service
from intents.service import NO_SERVICE, State

_KILLS = 20
_PER_SECOND = 20
_WORDINGS = 3
_READY_SECONDS = 120


@dataclass(frozen=True)
class _Reply:
    milliseconds: float
    status: int
    kinds: tuple[str, ...]
    first: str


def main() -> None:
    """Run the load and the kills; print what came of them."""
    if nlu_service(wanted=True, url=None, token="", clock=time.monotonic) is NO_SERVICE:
        print("Rasa is not installed or not trained: left out")
        return
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings(), port=0, data_dir=Path(folder), messages_per_minute=1_000_000, log_level="ERROR")
        asyncio.run(_killed(settings, Understanding.open(settings.data_dir)))


async def _killed(settings: Settings, understanding: Understanding) -> None:
    # more than the client remembers, so that Rasa is asked each time
    texts = [text for card in understanding.base.cards.values() for text in card.variants[:_WORDINGS]]
    expected = {text: set[tuple[tuple[str, ...], str]]() for text in texts}
    for wanted in (False, True):
        chosen = replace(settings, rasa=wanted)
        async with serving(chosen, understanding) as address, aiohttp.ClientSession(address) as session:
            if wanted:
                await _ready(session)
            for text in texts:
                reply = await _ask(session, text)
                expected[text].add((reply.kinds, reply.first))
            if wanted:
                replies, kills = await _under_load(session, texts)
    right = sum((one.kinds, one.first) in expected[text] for text, one in replies)
    times = sorted(one.milliseconds for _, one in replies)
    print(f"killed {kills} times; {len(replies)} messages; status {dict(Counter(one.status for _, one in replies))}")
    print(f"the reply it gets with or without Rasa: {right} of {len(replies)}")
    print(
        f"p50 {statistics.median(times):.0f} ms, p95 {times[int(0.95 * len(times))]:.0f} ms, latest {times[-1]:.0f} ms"
    )


async def _under_load(session: aiohttp.ClientSession, texts: list[str]) -> tuple[list[tuple[str, _Reply]], int]:
    killing = asyncio.create_task(_kill_again_and_again(session))
    tasks: list[asyncio.Task[tuple[str, _Reply]]] = []
    started, number = time.perf_counter(), 0
    while not killing.done():
        await asyncio.sleep(max(0.0, started + number / _PER_SECOND - time.perf_counter()))
        tasks.append(asyncio.create_task(_asked(session, texts[number % len(texts)])))
        number += 1
    return list(await asyncio.gather(*tasks)), await killing


async def _kill_again_and_again(session: aiohttp.ClientSession) -> int:
    for _ in range(_KILLS):
        await _ready(session)
        await asyncio.sleep(0.5)
        processes = _rasa_processes()
        assert processes, "there is no Rasa to kill"
        for process in processes:
            os.kill(process, signal.SIGKILL)
        await asyncio.sleep(1)
    await _ready(session)
    return _KILLS


def _rasa_processes() -> list[int]:
    """Processes of Rasa that this one has started."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()
    return [int(one) for one in children if b"rasa_start" in Path(f"/proc/{one}/cmdline").read_bytes()]


async def _ready(session: aiohttp.ClientSession) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        async with session.get("/readyz") as response:
            if (await response.json())["intents"] == State.READY:
                return
        await asyncio.sleep(0.1)
    raise RuntimeError("Rasa did not become ready")


async def _asked(session: aiohttp.ClientSession, text: str) -> tuple[str, _Reply]:
    return text, await _ask(session, text)


async def _ask(session: aiohttp.ClientSession, text: str) -> _Reply:
    started = time.perf_counter()
    async with session.post("/api/v1/messages", json={"text": text}) as response:
        body: dict[str, Any] = await response.json()
    replies = body.get("replies", [])
    first = replies[0]["text"] if replies else ""
    kinds = tuple(one["kind"] for one in replies)
    return _Reply((time.perf_counter() - started) * 1000, response.status, kinds, first)


if __name__ == "__main__":
    main()
