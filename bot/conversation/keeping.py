"""Notes what a turn leaves behind without letting the resident wait for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

KEEPING_SECONDS: Final = 1.0
_LOG: Final = logging.getLogger(__name__)
_given_up: Final[set[asyncio.Task[bool]]] = set()


async def kept_soon(writing: Coroutine[Any, Any, None], what: str) -> bool:
    """Whether `writing` succeeds within a second; `what` names it in the log when it does not.

    A slower one is cancelled but not waited for: a driver may take seconds to give up a server that hangs.
    """
    task = asyncio.create_task(_succeeds(writing, what))
    done, _ = await asyncio.wait({task}, timeout=KEEPING_SECONDS)
    if done:
        return task.result()
    _LOG.error("%s: not kept in time", what)
    _given_up.add(task)
    task.add_done_callback(_given_up.discard)
    task.cancel()
    return False


async def _succeeds(writing: Coroutine[Any, Any, None], what: str) -> bool:
    try:
        await writing
    except Exception:
        _LOG.exception("%s: not kept", what)
        return False
    return True
