"""How sure a search is: from the evidence of its hits to the probability that the first one is right.

A logistic regression, because it is small, its outputs are probabilities, and its weights can be read. It is fitted on
labelled residents' questions, those that must not be answered among them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import isfinite, log, log1p
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from retrieval.search import Hit

FEATURES: Final = (
    "lexical",
    "dense",
    "coverage",
    "heading",
    "known",
    "margin",
    "length",
    "is_card",
    "no_dense",
    "domain",
)
_RIDGE: Final = 1.0
_STEPS: Final = 50
_LEAST_SURE: Final = 0.4  # however few unanswerable examples there were

Vector = npt.NDArray[np.float64]


class Decision(Enum):
    """What a probability is good for."""

    ANSWER = "answer"
    SUGGEST = "suggest"  # offer choices
    NONE = "none"  # say that it is not known


@dataclass(frozen=True)
class Example:
    """The hits of a question, and whether the first one answers it. `answerable`: whether anything does."""

    hits: Sequence[Hit]
    right: bool
    answerable: bool


@dataclass(frozen=True)
class Calibration:
    """Weights over standardised features, and the probabilities from which to answer and to suggest."""

    weights: tuple[float, ...]  # the constant first, then one for each feature
    means: tuple[float, ...]
    scales: tuple[float, ...]
    answer_from: float
    suggest_from: float

    def __post_init__(self) -> None:
        """Refuse a calibration of other features, or thresholds the wrong way round."""
        if not len(self.weights) - 1 == len(self.means) == len(self.scales) == len(FEATURES):
            raise ValueError(f"a calibration has {len(FEATURES)} features")
        if not all(isfinite(value) for value in (*self.weights, *self.means)) or min(self.scales) <= 0:
            raise ValueError("weights and means must be finite, scales positive")
        if not 0 <= self.suggest_from <= self.answer_from <= 1:
            raise ValueError("thresholds: 0 <= suggest_from <= answer_from <= 1")

    def probability(self, hits: Sequence[Hit]) -> float:
        """Return the probability, 0 to 1, that the first hit is right; 0 without hits."""
        if not hits:
            return 0.0
        standard = (features(hits) - np.array(self.means)) / np.array(self.scales)
        return float(_logistic(self.weights[0] + standard @ np.array(self.weights[1:])))

    def decide(self, probability: float) -> Decision:
        """Return what a probability is good for."""
        if probability >= self.answer_from:
            return Decision.ANSWER
        return Decision.SUGGEST if probability >= self.suggest_from else Decision.NONE

    def save(self, path: Path) -> None:
        """Write as JSON, rounded so that the file is the same on every machine."""
        values = {
            "features": FEATURES,
            "weights": _rounded(self.weights),
            "means": _rounded(self.means),
            "scales": _rounded(self.scales),
            "answer_from": round(self.answer_from, 4),
            "suggest_from": round(self.suggest_from, 4),
        }
        path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read what `save` wrote. Raises `ValueError` if it is of other features."""
        values = json.loads(path.read_text(encoding="utf-8"))
        if tuple(values["features"]) != FEATURES:
            raise ValueError(f"{path}: fitted on other features; fit again")
        return cls(
            tuple(values["weights"]),
            tuple(values["means"]),
            tuple(values["scales"]),
            values["answer_from"],
            values["suggest_from"],
        )


def features(hits: Sequence[Hit]) -> Vector:
    """Return the evidence of the first hit, and how far it leads the next that is no sibling: see FEATURES."""
    first = hits[0]
    second = next((hit.score for hit in hits[1:] if hit.id not in first.siblings), 0.0)
    return np.array(
        [
            first.lexical,
            first.dense or 0.0,
            first.coverage,
            first.heading,
            first.known,
            first.score - second,
            log1p(first.length),
            float(first.id.startswith("card:")),
            float(first.dense is None),
            _log_odds(first.domain),
        ]
    )


def fit(examples: Sequence[Example], most_wrong: float, suggest_from: float) -> Calibration:
    """Fit by iteratively reweighted least squares with a small ridge.

    `answer_from` is the lowest probability at which at most the share `most_wrong` of the unanswerable questions
    would be answered, and never below 0.4. Raises `ValueError` without examples of both kinds.
    """
    if len({example.right for example in examples}) < 2:
        raise ValueError("examples of right and of wrong hits are needed")
    rows = np.array([features(example.hits) for example in examples if example.hits])
    right = np.array([example.right for example in examples if example.hits], dtype=np.float64)
    means, spread = rows.mean(axis=0), rows.std(axis=0)
    scales = np.where(spread > 1e-3, spread, 1.0)
    weights = _fitted((rows - means) / scales, right)
    draft = Calibration(tuple(weights.tolist()), tuple(means.tolist()), tuple(scales.tolist()), 1.0, 0.0)
    answer_from = max(_LEAST_SURE, _answer_threshold(draft, examples, most_wrong))
    return Calibration(draft.weights, draft.means, draft.scales, answer_from, min(suggest_from, answer_from))


def _fitted(standard: Vector, right: Vector) -> Vector:
    rows = np.column_stack([np.ones(len(standard)), standard])
    ridge = _RIDGE * np.diag([0.0] + [1.0] * standard.shape[1])
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        likely = _logistic(rows @ weights)
        slope = rows.T @ (right - likely) - ridge @ weights
        curve = (rows * (likely * (1 - likely))[:, None]).T @ rows + ridge
        step = np.linalg.solve(curve + 1e-9 * np.eye(len(curve)), slope)
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def _answer_threshold(draft: Calibration, examples: Sequence[Example], most_wrong: float) -> float:
    unanswerable = sorted((draft.probability(one.hits) for one in examples if not one.answerable), reverse=True)
    allowed = int(most_wrong * len(unanswerable))
    return min(1.0, unanswerable[allowed] + 1e-4) if len(unanswerable) > allowed else 0.5


def _logistic(values: Vector | np.float64) -> Vector:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 0.005), 0.995)
    return log(bounded / (1 - bounded))


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(value, 4) for value in values]
