"""Rasa as a process of ours, and how it looks from outside: what `intents.supervision` works with."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import deque
from pathlib import Path
from typing import Final

import aiohttp

from intents.rasa_environment import ROOT, last_line, quiet_environment
from intents.rasa_training import BUILD
from intents.service import Address

_PATIENCE: Final = 2.0
_PROBE_TEXT: Final = "xin chào"
_LINES: Final = 20


class RasaProcess:
    """A started Rasa, leader of its own group of processes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._reading = asyncio.create_task(self._read())

    @property
    def last_words(self) -> str:
        """The last line that it wrote, or the last but a few of a traceback."""
        return last_line("\n".join(self._lines))

    async def wait(self) -> int:
        """Wait until it has ended; return its exit code."""
        code = await self._process.wait()
        await asyncio.wait({self._reading}, timeout=1)
        return code

    def stop(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it and all that it started."""
        self._signal(signal.SIGKILL)

    def quieten(self) -> None:
        """Forget what it wrote and will write: from now on it may be about residents' messages."""
        self._lines = deque(maxlen=0)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _read(self) -> None:
        errors = self._process.stderr
        while errors is not None and (part := await errors.read(65_536)):
            self._lines.extend(part.decode("utf-8", "replace").splitlines())


class RasaLaunch:
    """Starts Rasa with the Python of its own environment."""

    def __init__(self, python: Path, build: Path = BUILD) -> None:
        self._python = python
        self._build = build

    async def __call__(self, model: Path, port: int, token: str) -> RasaProcess:
        """Start it; the token goes through a pipe. Raises OSError when it cannot be started."""
        self._build.mkdir(parents=True, exist_ok=True)
        credentials = self._build / "no_channels.yml"
        credentials.write_text("# none: residents reach Rasa through the assistant only\n", "ascii")
        process = await asyncio.create_subprocess_exec(
            *(str(self._python), "-m", "intents.rasa_start", str(port), str(model), str(credentials)),
            cwd=ROOT,
            env=quiet_environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        if process.stdin is not None:
            process.stdin.write(f"{token}\n".encode())
        return RasaProcess(process)


class HttpProbe:
    """Looks at Rasa through its interface."""

    def __init__(self, seconds: float = _PATIENCE) -> None:
        self._patience = aiohttp.ClientTimeout(total=seconds)
        self._session: aiohttp.ClientSession | None = None

    async def model(self, address: Address) -> str | None:
        """Return the file name of the model that is served; None while there is none."""
        status = await self._json("GET", address, "/status")
        name = status.get("model_file") if status else None
        return Path(name).name if isinstance(name, str) else None

    async def answers(self, address: Address) -> bool:
        """Whether it understands a greeting."""
        answer = await self._json("POST", address, "/model/parse", {"text": _PROBE_TEXT})
        return bool(answer) and "intent_ranking" in answer

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _json(
        self, method: str, address: Address, path: str, body: dict[str, str] | None = None
    ) -> dict[str, object]:
        """Return what it answers, or nothing when it does not, or with anything else."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._patience)
        try:
            async with self._session.request(
                method, address.url + path, params={"token": address.token}, json=body, allow_redirects=False
            ) as response:
                answer = await response.json() if response.status == 200 else {}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return {}
        return answer if isinstance(answer, dict) else {}
