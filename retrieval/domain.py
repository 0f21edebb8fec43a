"""Whether a message is about fire safety at all: a small linear model over the writing of known questions.

It learns from the questions and variants of the cards against messages that the assistant must not answer. Its
probability is one piece of evidence for `retrieval.calibration`; it decides nothing alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from knowledge.vietnamese import syllables, unigrams_and_bigrams

_BUCKETS: Final = 1 << 16
_EPOCHS: Final = 4
_RATE: Final = 0.5
_DECAY: Final = 1e-5
_SEED: Final = 20261004
_CHARACTERS: Final = (3, 4)

Weights = npt.NDArray[np.float32]
Buckets = npt.NDArray[np.int64]


class DomainModel:
    """Logistic regression over hashed, folded word uni- and bigrams and character n-grams of words."""

    def __init__(self, weights: Weights) -> None:
        """`weights`: one for each bucket, the constant last."""
        if weights.shape != (_BUCKETS + 1,) or not np.isfinite(weights).all():
            raise ValueError(f"a domain model has {_BUCKETS + 1} finite weights")
        self._weights = weights

    @classmethod
    def train(cls, inside: Sequence[str], outside: Sequence[str]) -> DomainModel:
        """Learn by stochastic gradient descent, both classes weighing the same. Deterministic."""
        if not inside or not outside:
            raise ValueError("messages inside and outside the domain are needed")
        rows = [_buckets(text) for text in (*inside, *outside)]
        labels = np.array([1.0] * len(inside) + [0.0] * len(outside))
        shares = np.where(labels == 1, len(rows) / (2 * len(inside)), len(rows) / (2 * len(outside)))
        weights = np.zeros(_BUCKETS + 1, dtype=np.float64)
        random = np.random.default_rng(_SEED)
        for epoch in range(_EPOCHS):
            for row in random.permutation(len(rows)):
                _step(weights, rows[row], labels[row], shares[row] * _RATE / (1 + epoch))
            weights *= 1 - _DECAY
        return cls(weights.astype(np.float32))

    def probability(self, text: str) -> float:
        """Return the probability, 0 to 1, that the message is about fire safety."""
        return float(_likely(self._weights, _buckets(text)))

    def save(self, path: Path) -> None:
        """Write the weights."""
        np.save(path, self._weights.astype(np.float16), allow_pickle=False)

    @classmethod
    def load(cls, path: Path) -> DomainModel:
        """Read what `save` wrote. Raises `ValueError` or `OSError` if it cannot."""
        return cls(np.load(path, allow_pickle=False).astype(np.float32))


def _step(weights: npt.NDArray[np.float64], buckets: Buckets, label: float, rate: float) -> None:
    error = label - _likely(weights, buckets)
    weights[buckets] += rate * error / max(len(buckets), 1) ** 0.5
    weights[-1] += 0.1 * rate * error


def _likely(weights: npt.NDArray[np.float64] | Weights, buckets: Buckets) -> float:
    total = float(weights[buckets].sum()) / max(len(buckets), 1) ** 0.5 + float(weights[-1])
    return float(1 / (1 + np.exp(-np.clip(total, -30, 30))))


def _buckets(text: str) -> Buckets:
    tokens = syllables(text)
    features = {*unigrams_and_bigrams(tokens), *_pieces(tokens)}
    return np.unique(np.array([crc32(one.encode()) % _BUCKETS for one in sorted(features)], dtype=np.int64))


def _pieces(tokens: Iterable[str]) -> Iterator[str]:
    for token in tokens:
        padded = f"<{token}>"
        for size in _CHARACTERS:
            yield from (padded[start : start + size] for start in range(len(padded) - size + 1))
