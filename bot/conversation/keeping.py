"""Waits for the store a moment and no longer: nobody's answer depends on it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

KEEPING_SECONDS: Final = 1.0
_LOG: Final = logging.getLogger(__name__)
_given_up: Final[set[asyncio.Task[Any]]] = set()
Result = TypeVar("Result")


async def kept_soon(writing: Coroutine[Any, Any, None], what: str) -> bool:
    """Whether `writing` succeeds within a second; `what` names it in the log when it does not."""
    return await soon(_succeeded(writing), what) or False


async def soon(doing: Coroutine[Any, Any, Result], what: str) -> Result | None:
    """Return what `doing` comes to within a second; None, with a line in the log, when it fails or takes longer.

    A slower one is cancelled but not waited for: a driver may take seconds to give up a server that hangs.
    """
    task = asyncio.create_task(doing)
    done, _ = await asyncio.wait({task}, timeout=KEEPING_SECONDS)
    if not done:
        _LOG.error("%s: not in time", what)
        _given_up.add(task)
        task.add_done_callback(_forget)
        task.cancel()
        return None
    if (error := task.exception()) is not None:
        _LOG.error("%s: %s", what, type(error).__name__, exc_info=error)
        return None
    return task.result()


def _forget(task: asyncio.Task[Any]) -> None:
    _given_up.discard(task)
    if not task.cancelled():
        task.exception()  # seen, so that nobody warns of it


async def _succeeded(writing: Coroutine[Any, Any, None]) -> bool:
    await writing
    return True
