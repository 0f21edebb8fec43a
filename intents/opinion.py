"""A statistical second opinion on a message: is it an emergency, and of which kind?

Two linear models over the features of `intents.features`, trained by `python -m intents.train` from
the reviewed messages in `intents/data`; the weights are data (`opinion.json`). Standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from math import sqrt
from pathlib import Path
from typing import Any, Final

WEIGHTS: Final = Path(__file__).parent / "opinion.json"
SCALE: Final = 100
"""Weights are stored as whole hundredths."""


class LinearModel:
    """Sums the weights of the features that it knows, divided by the root of how many those are."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._urgency: dict[str, int] = data["urgency"]
        self._bias: int = data["bias"]
        self._situations: list[str] = data["situations"]
        self._leanings: dict[str, list[int]] = data["leanings"]
        self._tendencies: list[int] = data["tendencies"]

    def urgency(self, found: Iterable[str]) -> float:
        """Return the log-odds that the writer of a message with these features is in danger now."""
        weights = [self._urgency[name] for name in found if name in self._urgency]
        return (self._bias + sum(weights) / sqrt(max(len(weights), 1))) / SCALE

    def leanings(self, names: Iterable[str]) -> dict[str, float]:
        """Return a score for each situation; stored are (situation, weight) pairs end to end."""
        totals = [0] * len(self._situations)
        known = 0
        for name in names:
            pairs = self._leanings.get(name)
            if pairs:
                known += 1
                for at in range(0, len(pairs), 2):
                    totals[pairs[at]] += pairs[at + 1]
        root = sqrt(max(known, 1))
        scores = zip(self._situations, totals, self._tendencies, strict=True)
        return {name: (tendency + total / root) / SCALE for name, total, tendency in scores}


def load(path: Path = WEIGHTS) -> LinearModel:
    """Return the model whose weights are stored at `path`."""
    return LinearModel(json.loads(path.read_text(encoding="utf-8")))
