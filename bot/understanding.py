"""What a turn needs and no database: the knowledge base, its index and its pictures, exchanged as one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.conversation.finding import Finder
from bot.conversation.turn import Assistant, QuestionQueue
from knowledge.check import KnowledgeBase
from knowledge.clock import today
from knowledge.loading import KNOWLEDGE_FOLDER, load_for_service
from knowledge.pictures import render_all
from retrieval.building import BuiltIndex, open_index


@dataclass(frozen=True)
class Understanding:
    """The knowledge base, its index and the folder of its rendered pictures, as of the moment they were opened."""

    base: KnowledgeBase
    built: BuiltIndex
    pictures: Path

    @classmethod
    def open(cls, data_dir: Path, knowledge_dir: Path = KNOWLEDGE_FOLDER) -> Understanding:
        """Load and validate the knowledge, render its pictures, and open its index, building what is missing.

        Raises `KnowledgeError`.
        """
        base = load_for_service(today(), knowledge_dir)
        pictures = data_dir / "pictures"
        render_all(base.pictures, pictures)
        return cls(base, open_index(base, data_dir, today()), pictures)

    def assistant(self, queue: QuestionQueue | None) -> Assistant:
        """Return the assistant that keeps unanswered questions in `queue`."""
        finder = Finder(self.base, self.built.index, self.built.calibration)
        return Assistant(self.base, finder, queue, today)


class Living:
    """The understanding in use and its assistant. Replacing it is one assignment: a turn under way keeps its own."""

    def __init__(self, first: Understanding, queue: QuestionQueue | None) -> None:
        self._queue = queue
        self._now = (first, first.assistant(queue))

    @property
    def understanding(self) -> Understanding:
        """What is in use now."""
        return self._now[0]

    @property
    def assistant(self) -> Assistant:
        """The assistant that answers from it."""
        return self._now[1]

    def replace(self, newer: Understanding) -> None:
        """Answer from `newer` from the next turn on."""
        self._now = (newer, newer.assistant(self._queue))
