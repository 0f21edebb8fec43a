"""Measures the four systems on an evaluation set: quality, time and memory."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from retrieval.beir import EvaluationSet
from retrieval.dense import DenseIndex
from retrieval.fusion import MixedIndex
from retrieval.lexical import LexicalIndex, Weights
from retrieval.metrics import hit_at, ndcg_at, reciprocal_rank_at
from retrieval.search import groups_of
from retrieval.static_embedding import StaticEncoder
from retrieval.systems import DenseSystem, Folded, LexicalSystem, MixedSystem, System, WhitespaceSystem
from retrieval.texts import read_texts
from retrieval.training import train_in_own_process

LIMIT: Final = 10
_WARMING: Final = 20  # questions asked before time is taken
_MEGABYTE: Final = 1e6
Made = TypeVar("Made")


@dataclass(frozen=True)
class Measures:
    """What was measured of one system. Times include encoding the question; see docs for memory."""

    hit_at_1: float
    hit_at_10: float
    mrr_at_10: float
    ndcg_at_10: float
    build_seconds: float
    p50_ms: float
    p95_ms: float
    memory_mb: float

    def as_json(self) -> dict[str, float]:
        """Return the measures under their public names."""
        names = ("hit@1", "hit@10", "mrr@10", "ndcg@10", "build_s", "p50_ms", "p95_ms", "memory_mb")
        values = (
            self.hit_at_1,
            self.hit_at_10,
            self.mrr_at_10,
            self.ndcg_at_10,
            self.build_seconds,
            self.p50_ms,
            self.p95_ms,
            self.memory_mb,
        )
        return {name: round(value, 4) for name, value in zip(names, values, strict=True)}


@dataclass(frozen=True)
class _Built(Generic[Made]):
    """An index, how long building took, and by how much the process has grown."""

    index: Made
    seconds: float
    megabytes: float


def evaluate(data: EvaluationSet, *, fold_queries: bool = False) -> Mapping[str, Measures]:
    """Return the measures of each system by name. Progress goes to stderr."""
    results: dict[str, Measures] = {}

    def measured(name: str, system: System, *built: _Built[Any]) -> None:
        asked = Folded(system) if fold_queries else system
        results[name] = _measure(asked, data, sum(one.seconds for one in built), sum(one.megabytes for one in built))

    whitespace = _build("whitespace", lambda: WhitespaceSystem(data.entries))
    measured("whitespace", whitespace.index, whitespace)
    del whitespace
    lexical = _build("bm25f", lambda: LexicalIndex.build(read_texts(data.entries), Weights()))
    measured("bm25f", LexicalSystem(lexical.index), lexical)
    dense = _build("dense", lambda: _train_and_encode(data))
    measured("dense", DenseSystem(dense.index), dense)
    groups = groups_of([entry.document for entry in data.entries])
    mixed = _build("mixed", lambda: MixedIndex(lexical.index, groups))
    measured("mixed", MixedSystem(mixed.index, dense.index), lexical, dense, mixed)
    return results


def _train_and_encode(data: EvaluationSet) -> DenseIndex:
    """Train an embedding on the set's entries alone, and encode them."""
    with tempfile.TemporaryDirectory() as folder:
        train_in_own_process(data.entries, Path(folder) / "model")
        return DenseIndex.build(StaticEncoder.load(Path(folder) / "model"), data.entries)


def _build(name: str, make: Callable[[], Made]) -> _Built[Made]:
    print(f"building {name} …", file=sys.stderr, flush=True)
    before, started = _resident_megabytes(), time.perf_counter()
    index = make()
    seconds = time.perf_counter() - started
    return _Built(index, seconds, max(0.0, _resident_megabytes() - before))


def _measure(system: System, data: EvaluationSet, seconds: float, megabytes: float) -> Measures:
    for question in list(data.questions.values())[:_WARMING]:
        system.find(question, LIMIT)
    times = _round(system, data)
    scores: list[tuple[float, float, float, float]] = []
    for number, question in data.questions.items():
        found = system.find(question, LIMIT)
        ranked, relevant = [data.ids[one] for one in found.tolist()], data.relevant[number]
        scores.append(
            (
                hit_at(1, ranked, relevant),
                hit_at(LIMIT, ranked, relevant),
                reciprocal_rank_at(LIMIT, ranked, relevant),
                ndcg_at(LIMIT, ranked, relevant),
            )
        )
    hit_1, hit_10, mrr, ndcg = np.mean(scores, axis=0).tolist()
    p50, p95 = np.percentile(times, [50, 95]).tolist()
    return Measures(hit_1, hit_10, mrr, ndcg, build_seconds=seconds, p50_ms=p50, p95_ms=p95, memory_mb=megabytes)


def _round(system: System, data: EvaluationSet) -> npt.NDArray[np.float64]:
    """Return the milliseconds of each question, asked once after another."""
    times: list[float] = []
    for question in data.questions.values():
        started = time.perf_counter()
        system.find(question, LIMIT)
        times.append((time.perf_counter() - started) * 1000)
    return np.array(times)


def _resident_megabytes() -> float:
    """Memory of this process in MB, after what was freed has gone back to the system (where Linux tells)."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, AttributeError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / _MEGABYTE


def as_table(results: Mapping[str, Measures]) -> str:
    """Return the measures as a Markdown table."""
    names = list(next(iter(results.values())).as_json())
    rows = [["system", *names], ["---"] * (len(names) + 1)]
    for system, measures in results.items():
        values = measures.as_json()
        rows.append([system, *(f"{values[name]:.3f}" if "@" in name else f"{values[name]:.2f}" for name in names)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
