"""Keeps a Rasa of our own running beside the assistant: started, looked after, restarted, stopped with it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from intents.service import Address, State

FIRST_DELAY: Final = 0.5
LONGEST_DELAY: Final = 10.0
WELL_AFTER: Final = 60.0
"""Seconds of being ready after which a restart begins again with the first delay."""
START_SECONDS: Final = 90.0
"""Seconds within which it must be ready; a loaded machine takes several times the usual five."""
LOOK_SECONDS: Final = 0.2
PROBE_SECONDS: Final = 5.0
HUNG_SECONDS: Final = 20.0
"""Seconds without any answer after which it is taken to hang."""
STOP_SECONDS: Final = 5.0
BROKEN_AFTER: Final = 3
"""Failed starts in a row after which the health page says so. It is tried again all the same."""
_LOG: Final = logging.getLogger(__name__)

Sleep = Callable[[float], Coroutine[object, object, None]]


class Process(Protocol):
    """A started Rasa with everything it started itself."""

    async def wait(self) -> int:
        """Wait until it has ended; return its exit code."""

    def stop(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it and all that it started, at once."""

    def quieten(self) -> None:
        """Forget what it wrote and will write: once it is ready, that may be about residents' messages."""

    @property
    def last_words(self) -> str:
        """The last line that it wrote before it was quietened."""


class Launch(Protocol):
    """Starts Rasa with a model."""

    async def __call__(self, model: Path, port: int, token: str, /) -> Process:
        """Start it on `port` of this machine only. Raises OSError when it cannot be started."""


class Probe(Protocol):
    """Looks at a Rasa from outside. Neither raises nor takes longer than a few seconds."""

    async def model(self, address: Address) -> str | None:
        """Return the file name of the model it serves; None while it serves none."""

    async def answers(self, address: Address) -> bool:
        """Whether it understands a message."""

    async def close(self) -> None:
        """Let go of its connections."""


class RasaServer:
    """Runs Rasa with the archive `model`, for as long as it is wanted.

    It is `READY` only while the process serves that very file: Rasa takes another one silently when a file is missing.
    A process that ends is started anew whatever its exit code (with a taken port it is 0), each time on a port that
    is free then, after a delay that doubles from half a second to ten seconds. One that no longer answers is killed.
    """

    def __init__(
        self,
        model: Path,
        *,
        launch: Launch,
        probe: Probe,
        clock: Callable[[], float],
        sleep: Sleep = asyncio.sleep,
        free_port: Callable[[], int] | None = None,
        token: str = "",
    ) -> None:
        self._model = model
        self._launch = launch
        self._probe = probe
        self._clock = clock
        self._sleep = sleep
        self._free_port = free_port or a_free_port
        self._token = token or secrets.token_hex(24)
        self._address: Address | None = None
        self._ready_since: float | None = None
        self._failures = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def address(self) -> Address | None:
        """Where it can be asked; None while it is not ready."""
        return self._address

    @property
    def state(self) -> State:
        """How it fares."""
        if self._task is None or self._task.done():
            return State.OFF
        if self._address is not None:
            return State.READY
        return State.BROKEN if self._failures >= BROKEN_AFTER else State.STARTING

    async def start(self) -> None:
        """Begin to keep it running; returns at once."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep_running(), name="supervision of Rasa")

    async def stop(self) -> None:
        """End it; returns when the process is gone."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self._probe.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _keep_running(self) -> None:
        delay = FIRST_DELAY
        while True:
            self._ready_since = None
            try:
                reason = await self._run_once()
            except Exception:  # whatever it is, the assistant goes on and this is tried again
                _LOG.exception("Rasa could not be looked after")
                reason = "a fault of ours"
            if self._well_for() >= WELL_AFTER:
                delay, self._failures = FIRST_DELAY, 0
            self._failures += 1
            _LOG.warning("Rasa is started again in %.1f s: %s", delay, reason)
            await self._sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY)

    def _well_for(self) -> float:
        """Return the seconds since the last process became ready; nothing if it never was."""
        return 0.0 if self._ready_since is None else self._clock() - self._ready_since

    async def _run_once(self) -> str:
        """Start it and stay by it until it ends; return why it did."""
        port = self._free_port()
        address = Address(f"http://127.0.0.1:{port}", self._token, self._model.name)
        try:
            process = await self._launch(self._model, port, self._token)
        except OSError as error:
            return f"it cannot be started: {error.strerror or error}"
        ended = asyncio.create_task(process.wait())
        attended = asyncio.create_task(self._attend(process, address))
        try:
            await asyncio.wait({ended, attended}, return_when=asyncio.FIRST_COMPLETED)
            # both may have ended in the same moment: then its own account of it says more
            return f"it ended with code {ended.result()}. {process.last_words}" if ended.done() else attended.result()
        finally:
            self._address = None
            attended.cancel()
            await self._see_out(process, ended)

    async def _attend(self, process: Process, address: Address) -> str:
        """Wait until it is ready, then look whether it still answers; return what is wrong with it."""
        wrong = await self._until_ready(address)
        if wrong is not None:
            return wrong
        process.quieten()
        self._ready_since = self._clock()
        self._address = address
        _LOG.info("Rasa is ready with %s", self._model.name)
        return await self._until_silent(address)

    async def _until_ready(self, address: Address) -> str | None:
        started = self._clock()
        while self._clock() - started < START_SECONDS:
            served = await self._probe.model(address)
            if served is not None and served != self._model.name:
                return f"it serves {served} instead of {self._model.name}"
            if served is not None and await self._probe.answers(address):
                return None
            await self._sleep(LOOK_SECONDS)
        return f"it was not ready within {START_SECONDS:.0f} s"

    async def _until_silent(self, address: Address) -> str:
        heard = self._clock()
        while self._clock() - heard < HUNG_SECONDS:
            await self._sleep(PROBE_SECONDS)
            if await self._probe.answers(address):
                heard = self._clock()
        return f"it has not answered for {HUNG_SECONDS:.0f} s"

    async def _see_out(self, process: Process, ended: asyncio.Task[int]) -> None:
        """Ask it to end and wait a little; kill what is left of it, also when we are hurried ourselves."""
        waiting = asyncio.create_task(self._sleep(STOP_SECONDS))
        try:
            if not ended.done():
                process.stop()
                await asyncio.wait({ended, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            process.kill()
            await asyncio.wait({ended})


def a_free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
