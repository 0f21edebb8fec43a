"""Processes of low priority for what keeps a processor busy: drawing, and making the files of reports.

In a thread such work would take the interpreter from everybody who waits for an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import sys
from collections.abc import Callable, Coroutine
from typing import Any, BinaryIO, Final, Protocol, TypeVar

Made = TypeVar("Made")
_HEADER: Final = 8  # bytes: how many follow
_NICE: Final = "10"


class Heavy(Protocol):
    """Does heavy work elsewhere: `asyncio.to_thread`, or `Workshop.do`."""

    def __call__(self, work: Callable[..., Made], /, *args: Any) -> Coroutine[Any, Any, Made]:  # noqa: ANN401
        """Return what `work(*args)` returns."""
        ...


class WorkshopError(Exception):
    """What was to be made elsewhere failed, or its process ended before it was done."""


class Workshop:
    """Up to `most` processes, started when they are needed and kept. What they are given and give must be picklable."""

    def __init__(self, most: int = 2) -> None:
        self._places = asyncio.Semaphore(most)
        self._idle: list[asyncio.subprocess.Process] = []

    async def do(self, work: Callable[..., Made], /, *args: Any) -> Made:  # noqa: ANN401 - whatever the work takes
        """Call a function of a module there; raises `WorkshopError` when it fails or its process is gone."""
        order = pickle.dumps((work, args))
        async with self._places:
            process = self._idle.pop() if self._idle else await _started()
            try:
                found: Made | WorkshopError = pickle.loads(await _exchanged(process, order))  # noqa: S301 - from our own process
            except BaseException:
                await _ended(process)  # whoever left in the middle leaves half an answer behind
                raise
            self._idle.append(process)
        if isinstance(found, WorkshopError):
            raise found
        return found

    async def close(self) -> None:
        """End the processes."""
        while self._idle:
            await _ended(self._idle.pop())


async def _started() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *("nice", "-n", _NICE, sys.executable, "-m", "bot.workshop"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # an interrupt at the keyboard is for the program, which ends this one
    )


async def _exchanged(process: asyncio.subprocess.Process, order: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise WorkshopError("the process was started without pipes")
    try:
        process.stdin.write(len(order).to_bytes(_HEADER, "big") + order)
        await process.stdin.drain()
        return await process.stdout.readexactly(int.from_bytes(await process.stdout.readexactly(_HEADER), "big"))
    except (ConnectionError, asyncio.IncompleteReadError) as error:
        raise WorkshopError("the process ended before it was done") from error


async def _ended(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.communicate()


def main() -> None:
    """Work until there is no more to read: the program that asks has ended, however it did."""
    asked, answered = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed on the way is no answer
    with asked, answered:
        while header := asked.read(_HEADER):
            _send(answered, _answer(asked.read(int.from_bytes(header, "big"))))


def _answer(order: bytes) -> bytes:
    try:
        work, args = pickle.loads(order)  # noqa: S301 - from the program that started this process
        return pickle.dumps(work(*args))
    except Exception as error:
        return pickle.dumps(WorkshopError(f"{type(error).__name__}: {error}"))


def _send(stream: BinaryIO, answer: bytes) -> None:
    stream.write(len(answer).to_bytes(_HEADER, "big") + answer)
    stream.flush()


if __name__ == "__main__":
    sys.modules["bot.workshop"] = sys.modules["__main__"]
    WorkshopError.__module__ = "bot.workshop"  # the name under which the program knows it
    main()
