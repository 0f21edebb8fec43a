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
from bot.conversing import Conversing
from bot.intent_reading import intent_reader, understanding_intents
from bot.settings import Settings
from bot.understanding import Understanding
from intents.rasa import nlu_service
from intents.screening import screen
from intents.service import NO_SERVICE, NluService, State
from intents.triage import assess
from knowledge.clock import today

_SECONDS = 20
_PER_SECOND = 20
_READY_LOOKS = 900


def main() -> None:
    """Print p50 and p95 of each stage, and of whole turns over HTTP without and with Rasa."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings(), port=0, data_dir=Path(folder), messages_per_minute=100_000, log_level="ERROR")
        understanding = Understanding.open(settings.data_dir)
        texts = [card.variants[0] for card in understanding.base.cards.values()]
        _stages(understanding, texts)
        asyncio.run(_over_http("Rasa off", replace(settings, rasa=False), understanding, texts))
        if nlu_service(wanted=True, url=None, token="", clock=time.monotonic) is NO_SERVICE:
            print("Rasa is not installed or not trained: the rest is left out")
            return
        asyncio.run(_nlu(settings, texts))
        asyncio.run(_over_http("Rasa on", settings, understanding, texts))


def _stages(understanding: Understanding, texts: list[str]) -> None:
    finder = Finder(understanding.base, understanding.built.index, understanding.built.calibration)
    dialogue = Conversing()(understanding.assistant())

    def turn(text: str) -> object:
        return asyncio.run(dialogue.respond(Incoming(conversation=None, channel="bench", text=text)))

    stages: dict[str, Callable[[str], object]] = {
        "triage": assess,
        "screening": screen,
        "finding": lambda text: finder.find(text, today()),
        "whole turn, no memory, no Rasa": turn,
    }
    for name, stage in stages.items():
        stage(texts[0])
        _print(name, [_milliseconds(stage, text) for text in texts])


async def _nlu(settings: Settings, texts: list[str]) -> None:
    """Intents, one message after the other, each asked once."""
    async with understanding_intents(settings) as service:
        client = intent_reader(settings, service)
        async with client.connected():
            await _ready(service)
            samples = []
            for text in texts:
                started = time.perf_counter()
                await client.parse(text)
                samples.append((time.perf_counter() - started) * 1000)
            _print("intent (Rasa)", samples)


async def _ready(service: NluService) -> None:
    for _ in range(_READY_LOOKS):
        if service.state is State.READY:
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("Rasa did not become ready")


async def _over_http(name: str, settings: Settings, understanding: Understanding, texts: list[str]) -> None:
    """Ask over HTTP at a steady rate, every message in a conversation of its own, nothing cached."""
    async with serving(settings, understanding) as address, aiohttp.ClientSession(address) as session:
        await _understood(session, wanted=settings.rasa)
        await _ask(session, texts[0])
        started = time.perf_counter()
        tasks = []
        for number in range(_SECONDS * _PER_SECOND):
            await asyncio.sleep(max(0.0, started + number / _PER_SECOND - time.perf_counter()))
            tasks.append(asyncio.create_task(_ask(session, texts[number % len(texts)])))
        _print(f"HTTP at {_PER_SECOND}/s, {name}", await asyncio.gather(*tasks))


async def _understood(session: aiohttp.ClientSession, *, wanted: bool) -> None:
    """Wait until intents are understood, if they are to be."""
    for _ in range(_READY_LOOKS):
        async with session.get("/readyz") as response:
            if not wanted or (await response.json())["intents"] == State.READY:
                return
        await asyncio.sleep(0.1)
    raise RuntimeError("Rasa did not become ready")


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
    print(f"{name:32} p50 {statistics.median(samples):7.2f} ms   p95 {p95:7.2f} ms   n={len(samples)}")


if __name__ == "__main__":
    main()
