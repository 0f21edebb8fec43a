"""Takes changed knowledge into use while the assistant runs: built aside, checked, then exchanged."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Final

from bot.conversation.dialogue import Dialogue
from bot.garbage import spare_what_lasts
from bot.understanding import Living, Stamp, Understanding
from knowledge.faults import KnowledgeError

_LONGEST_REASON: Final = 2_000  # characters of a refusal that are logged and shown
_LOG: Final = logging.getLogger(__name__)


class Reloader:
    """Looks at the knowledge folder now and then, and exchanges the understanding when it has changed.

    The index is built by a process of its own at low priority, so that nobody waits for it. Knowledge with faults is
    not taken: the one in use stays, and `refused` says why.
    """

    def __init__(
        self,
        living: Living,
        *,
        knowledge_dir: Path,
        data_dir: Path,
        every: float,
        today: Callable[[], date],
        catch_up: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """`catch_up` brings what was approved elsewhere into the folder; it is awaited before each look."""
        self._living = living
        self._knowledge_dir = knowledge_dir
        self._data_dir = data_dir
        self._every = every
        self._today = today
        self._catch_up = catch_up
        self._stamp = living.understanding.stamp
        self.refused: str | None = None

    async def run(self) -> None:
        """Look for ever, `every` seconds apart."""
        while True:
            await asyncio.sleep(self._every)
            try:
                if self._catch_up is not None:
                    await self._catch_up()
            except Exception as error:
                _LOG.warning("what was approved elsewhere is not here yet: %s", type(error).__name__)
            try:
                await self.look()
            except Exception:
                _LOG.exception("looking for changed knowledge failed")

    async def look(self) -> bool:
        """Take changed knowledge into use; whether it was exchanged."""
        stamp = await asyncio.to_thread(Stamp.of, self._knowledge_dir, self._today())
        if stamp == self._stamp:
            return False
        self.refused = "not built yet"  # should anything below raise, this stays and the next look tries again
        self.refused = await self._build() or await self._take()
        self._stamp = stamp  # what is refused is not tried again until it changes
        if self.refused is not None:
            _LOG.error("changed knowledge is not taken into use:\n%s", self.refused)
            return False
        _LOG.info("changed knowledge taken into use: %d cards", len(self._living.understanding.base.cards))
        return True

    async def _take(self) -> str | None:
        """Open what was built, aside, and exchange it; return None, or why it was not taken."""
        try:
            ready = await asyncio.to_thread(self._opened)
        except KnowledgeError as error:
            return str(error)[:_LONGEST_REASON]
        self._living.replace(*ready)
        spare_what_lasts()
        return None

    def _opened(self) -> tuple[Understanding, Dialogue]:
        newer = Understanding.open(self._data_dir, self._knowledge_dir, self._today)
        return newer, self._living.prepared(newer)

    async def _build(self) -> str | None:
        """Build the index in another process; return None, or why it was not built."""
        places = {"DATA_DIR": str(self._data_dir), "KNOWLEDGE_DIR": str(self._knowledge_dir)}
        process = await asyncio.create_subprocess_exec(
            *("nice", "-n", "10", sys.executable, "-m", "retrieval", "build"),
            env={**os.environ, **places},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == 0:
            return None
        return errors.decode("utf-8", "replace").strip()[:_LONGEST_REASON] or f"exit code {process.returncode}"
