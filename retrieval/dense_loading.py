"""Lets answers begin before the dense model is there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum
from threading import Thread
from typing import Final

from retrieval.dense import DenseIndex

_LOG: Final = logging.getLogger(__name__)


class DenseState(StrEnum):
    """Whether search has its dense part."""

    OFF = "off"
    LOADING = "loading"  # search is lexical only, for now
    READY = "ready"
    FAILED = "failed"  # search stays lexical only; the log says why


class DenseSlot:
    """Holds a dense index, or its place until a background thread has made it."""

    def __init__(self, index: DenseIndex | None = None) -> None:
        self._held: tuple[DenseState, DenseIndex | None] = (
            DenseState.OFF if index is None else DenseState.READY,
            index,
        )
        self._thread: Thread | None = None

    @property
    def state(self) -> DenseState:
        """Whether the index is there."""
        return self._held[0]

    def get(self) -> DenseIndex | None:
        """Return the index if it is ready."""
        return self._held[1]

    def load(self, make: Callable[[], DenseIndex]) -> None:
        """Make the index in a background thread. A failure is logged and leaves search lexical."""
        self._held = (DenseState.LOADING, None)
        self._thread = Thread(target=self._fill, args=(make,), name="dense-loading", daemon=True)
        self._thread.start()

    def wait(self, seconds: float | None = None) -> DenseState:
        """Wait for a running load, at most so long; return the state."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self.state

    def _fill(self, make: Callable[[], DenseIndex]) -> None:
        try:
            self._held = (DenseState.READY, make())
        except Exception:  # whatever a foreign model raises, answers go on without it
            self._held = (DenseState.FAILED, None)
            _LOG.exception("the dense model cannot be used; search is lexical only")
