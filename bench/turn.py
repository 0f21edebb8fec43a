"""`python -m bench.turn`: milliseconds of a whole turn in process, per stage, and through HTTP at 20 messages/s."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp

from bot.app import serving
from bot.conversation.finding import Finder
from bot.conversation.messages import Incoming
from bot.settings import Settings
from bot.understanding import Understanding
from intents.screening import screen
from intents.triage import assess
from knowledge.clock import today

_SECONDS = 20
_PER_SECOND = 20


def main() -> None:
    """Print p50 and p95 of each stage and of the turn."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings(), port=0, data_dir=Path(folder), messages_per_minute=100_000, log_level="ERROR")
        understanding = Understanding.open(settings.data_dir)
        texts = [card.variants[0] for card in understanding.base.cards.values()]
        _stages(understanding, texts)
        asyncio.run(_over_http(settings, understanding, texts))


def _stages(understanding: Understanding, texts: list[str]) -> None:
    finder = Finder(understanding.base, understanding.built.index, understanding.built.calibration)
    assistant = understanding.assistant(None)

    def turn(text: str) -> object:
        return asyncio.run(assistant.respond(Incoming(conversation=None, channel="bench", text=text)))

    stages: dict[str, Callable[[str], object]] = {
        "triage": assess,
        "screening": screen,
        "finding": lambda text: finder.find(text, today()),
        "whole turn": turn,
    }
    for name, stage in stages.items():
        stage(texts[0])
        _print(name, [_milliseconds(stage, text) for text in texts])


async def _over_http(settings: Settings, understanding: Understanding, texts: list[str]) -> None:
    async with serving(settings, understanding) as address, aiohttp.ClientSession(address) as session:
        await _ask(session, texts[0])
        started = time.perf_counter()
        tasks = []
        for number in range(_SECONDS * _PER_SECOND):
            await asyncio.sleep(max(0.0, started + number / _PER_SECOND - time.perf_counter()))
            tasks.append(asyncio.create_task(_ask(session, texts[number % len(texts)])))
        _print(f"HTTP at {_PER_SECOND}/s", await asyncio.gather(*tasks))


async def _ask(session: aiohttp.ClientSession, text: str) -> float:
    started = time.perf_counter()
    async with session.post("/api/v1/messages", json={"text": text}) as response:
        response.raise_for_status()
        await response.read()
    return (time.perf_counter() - started) * 1000


def _milliseconds(stage: Callable[[str], object], text: str) -> float:
    started = time.perf_counter()
    stage(text)
    return (time.perf_counter() - started) * 1000


def _print(name: str, samples: list[float]) -> None:
    p95 = statistics.quantiles(samples, n=20)[-1]
    print(f"{name:14} p50 {statistics.median(samples):7.2f} ms   p95 {p95:7.2f} ms   n={len(samples)}")


if __name__ == "__main__":
    main()
