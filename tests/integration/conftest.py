"""A real Rasa for the tests that want one: started once, of the project's own model."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from intents.client import NluClient
from intents.rasa import nlu_service
from intents.rasa_environment import NoRasaError, find_python, interpreter
from intents.rasa_training import current_model
from intents.service import Address, NluService, service_at

_READY_SECONDS = 120


def _serve(service: NluService, started: threading.Event, loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_until_complete(service.start())
    started.set()
    loop.run_forever()


@pytest.fixture(scope="session")
def rasa_model() -> Path | None:
    """The trained model; None where Rasa is not installed. In CI it may be missing only for want of Python 3.10."""
    found = current_model() if interpreter() else None
    if found is None:
        try:
            python = find_python(os.environ)
        except NoRasaError as why:
            print(f"\nno Rasa here: {why}")
            return None
        assert not os.environ.get("CI"), f"{python} is there, but Rasa is not installed or not trained: run make rasa"
    return found


@pytest.fixture(scope="session")
def rasa_address(rasa_model: Path | None) -> Iterator[Address | None]:
    """Address of a running Rasa; None where it is not installed."""
    if rasa_model is None:
        yield None
        return
    service = nlu_service(wanted=True, url=None, token="", clock=time.monotonic)
    loop, started = asyncio.new_event_loop(), threading.Event()
    thread = threading.Thread(target=_serve, args=(service, started, loop), daemon=True)
    thread.start()
    started.wait(_READY_SECONDS)
    deadline = time.monotonic() + _READY_SECONDS
    while service.address is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert service.address is not None, "Rasa did not become ready"
    yield service.address
    asyncio.run_coroutine_threadsafe(service.stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
async def rasa(rasa_address: Address | None) -> AsyncIterator[NluClient | None]:
    """A client of the running Rasa, or None."""
    if rasa_address is None:
        yield None
        return
    async with aiohttp.ClientSession() as session:
        yield NluClient(service_at(rasa_address.url, rasa_address.token), session, time.monotonic)


@pytest.fixture(scope="session")
def reached() -> Iterator[dict[str, set[str]]]:
    """Which intents and steps of flows the conversations reached; printed at the end."""
    found: dict[str, set[str]] = {"intents": set(), "steps": set()}
    yield found
    if found["steps"]:
        print(f"\nconversations reached {len(found['intents'])} intents: {', '.join(sorted(found['intents']))}")
        print(f"and {len(found['steps'])} steps of flows: {', '.join(sorted(found['steps']))}")
