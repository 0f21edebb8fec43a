"""What is wrong with drafts of knowledge, found once for the same words: it takes more than a second of a processor."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from bot.editing.checking import DraftFault, faults_of
from knowledge.check import KnowledgeBase

_MOST_KEPT: Final = 64
_Key = tuple[str, bytes, date]


class DraftFaults:
    """Checks a draft against the knowledge that is in use, one draft at a time, so that residents' answers go on."""

    def __init__(self, base: Callable[[], KnowledgeBase], today: Callable[[], date]) -> None:
        self._base = base
        self._today = today
        self._checked_with: KnowledgeBase | None = None
        self._found: OrderedDict[_Key, Sequence[DraftFault]] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def of(self, path: str, content: str) -> Sequence[DraftFault]:
        """Return what is wrong with `content` at `path`; anew when the knowledge was exchanged, or on another day."""
        async with self._one_at_a_time:
            base, on = self._base(), self._today()
            if base is not self._checked_with:
                self._found.clear()
                self._checked_with = base
            key = (path, hashlib.sha256(content.encode("utf-8")).digest(), on)
            if key not in self._found:
                self._found[key] = await asyncio.to_thread(faults_of, base, path, content, on)
            self._found.move_to_end(key)
            while len(self._found) > _MOST_KEPT:
                self._found.popitem(last=False)
            return self._found[key]
