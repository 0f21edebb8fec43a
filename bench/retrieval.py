"""How long search takes over our own passages and over many more: `python -m bench.retrieval [passages …]`.

The larger collections are put together from clauses, titles and document names of our own, with some words exchanged,
so that no two passages are alike. They tell about time and memory, not about quality.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from knowledge.loading import load_knowledge
from retrieval.clauses import split_clauses
from retrieval.collection import collection
from retrieval.search import Passage, SearchIndex
from retrieval.static_embedding import StaticEncoder
from retrieval.training import train_in_own_process

_SIZES = (1_000, 50_000)
_ASKED = 1_000
_CLAUSES = 7  # of a made-up passage, in the mean
_EXCHANGED = 8  # every so many words one is another


@dataclass(frozen=True)
class _Material:
    """What passages are made of."""

    clauses: list[str]
    titles: list[str]
    documents: list[str]
    words: list[str]

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> _Material:
        clauses = [clause.text for passage in passages for clause in split_clauses(passage.body)]
        documents = sorted({passage.document for passage in passages if passage.document})
        return cls(
            clauses, [passage.title for passage in passages], documents, [w for one in clauses for w in one.split()]
        )

    def passage(self, number: int, chance: random.Random) -> Passage:
        """Return a passage that does not occur elsewhere."""
        count = max(1, round(chance.expovariate(1 / _CLAUSES)))
        body = "\n".join(self._changed(chance.choice(self.clauses), chance) for _ in range(count))
        title = self._changed(chance.choice(self.titles), chance)
        return Passage(f"made#{number}", title, (), body, chance.choice(self.documents), "passage")

    def _changed(self, text: str, chance: random.Random) -> str:
        words = text.split()
        for _ in range(max(1, len(words) // _EXCHANGED)):
            words[chance.randrange(len(words))] = chance.choice(self.words)
        return " ".join(words)


def main() -> None:
    """Print a row for our own passages and for each size asked for."""
    today = date.today()  # noqa: DTZ011 (whichever documents are in force, the time is the same)
    own = collection(load_knowledge(today), today)
    questions = [variant for passage in own for variant in passage.variants][:_ASKED]
    material, chance = _Material.of(own), random.Random(4)  # noqa: S311
    print("| passages | build s | lexical p50 | p95 ms | mixed p50 | p95 ms |\n|---|---|---|---|---|---|")
    _measure(own, questions)
    for size in [int(one) for one in sys.argv[1:]] or _SIZES:
        made = [material.passage(number, chance) for number in range(max(0, size - len(own)))]
        _measure([*own, *made], questions)


def _measure(passages: Sequence[Passage], questions: Sequence[str]) -> None:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        train_in_own_process([passage.entry() for passage in passages], model)
        mixed = SearchIndex.build(passages, StaticEncoder.load(model))
    seconds = time.perf_counter() - started
    cells = [str(len(passages)), f"{seconds:.1f}"]
    for index in (SearchIndex.build(passages), mixed):
        times = [_milliseconds(index, question) for question in questions]
        cells.extend(f"{value:.2f}" for value in np.percentile(times, [50, 95]))
    print("| " + " | ".join(cells) + " |", flush=True)


def _milliseconds(index: SearchIndex, question: str) -> float:
    started = time.perf_counter()
    index.search(question)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
