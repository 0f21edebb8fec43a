"""What a turn needs and no database: the knowledge base, its index and its pictures, exchanged as one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from bot.conversation.dialogue import Dialogue
from bot.conversation.finding import Finder
from bot.conversation.turn import Assistant
from knowledge.check import KnowledgeBase
from knowledge.clock import today
from knowledge.loading import KNOWLEDGE_FOLDER, load_for_service
from knowledge.pictures import render_all
from retrieval.building import BuiltIndex, open_index

_FILES: Final = frozenset({".md", ".yml", ".svg"})


@dataclass(frozen=True)
class Stamp:
    """State of the knowledge folder on a day; another day may end or begin a document's validity."""

    day: date
    files: frozenset[tuple[str, int, int]]

    @classmethod
    def of(cls, folder: Path, day: date) -> Stamp:
        """Read names, sizes and times of all knowledge files below `folder`."""
        found = (Path(parent) / name for parent, _, names in os.walk(folder) for name in names)
        return cls(day, frozenset(_state(path) for path in found if path.suffix in _FILES))


def _state(path: Path) -> tuple[str, int, int]:
    try:
        stat = path.stat()
    except FileNotFoundError:  # removed since it was listed
        return str(path), -1, -1
    return str(path), stat.st_size, stat.st_mtime_ns


@dataclass(frozen=True)
class Understanding:
    """The knowledge base, its index and the folder of its pictures, as of the state of the files at `stamp`."""

    base: KnowledgeBase
    built: BuiltIndex
    pictures: Path
    stamp: Stamp
    today: Callable[[], date]

    @classmethod
    def open(
        cls, data_dir: Path, knowledge_dir: Path = KNOWLEDGE_FOLDER, today: Callable[[], date] = today
    ) -> Understanding:
        """Load and validate the knowledge, render its pictures, and open its index, building what is missing.

        Raises `KnowledgeError`.
        """
        day = today()
        stamp = Stamp.of(knowledge_dir, day)  # before reading: what is saved meanwhile counts as a change
        base = load_for_service(day, knowledge_dir)
        pictures = data_dir / "pictures"
        render_all(base.pictures, pictures)
        return cls(base, open_index(base, data_dir, day), pictures, stamp, today)

    def assistant(self) -> Assistant:
        """Return what answers from it."""
        return Assistant(self.base, Finder(self.base, self.built.index, self.built.calibration), self.today)


class Living:
    """The understanding in use and the dialogue on it. A turn under way keeps its own when they are replaced."""

    def __init__(self, first: Understanding, converse: Callable[[Assistant], Dialogue]) -> None:
        """`converse` puts a dialogue together on what answers."""
        self._converse = converse
        self._now = (first, self.prepared(first))

    @property
    def understanding(self) -> Understanding:
        """What is in use now."""
        return self._now[0]

    @property
    def dialogue(self) -> Dialogue:
        """The dialogue that answers from it."""
        return self._now[1]

    def prepared(self, newer: Understanding) -> Dialogue:
        """Return the dialogue on `newer`, to be made aside: it takes a tenth of a second."""
        return self._converse(newer.assistant())

    def replace(self, newer: Understanding, dialogue: Dialogue) -> None:
        """Answer from `newer` by its dialogue from the next turn on."""
        self._now = (newer, dialogue)
