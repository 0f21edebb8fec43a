"""Trains the classifier of `intents.classifier` from examples. Needs scipy and scikit-learn: Rasa's environment."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from intents.classifier import Floats, IntentClassifier, Judge, Tuning, Vector, View, normalized
from intents.families import Families
from intents.slips import slipped
from knowledge.vietnamese import fold

_SEED: Final = 11
_LEFT_OUT: Final = 4
"""One in so many messages is left out, with its copies, to fit the probabilities on."""
_SHARPNESS: Final = np.geomspace(0.5, 12, 40)


def train(examples: Sequence[tuple[str, str]], tuning: Tuning) -> IntentClassifier:
    """Return a classifier trained from (text, intent) pairs; the same one from the same pairs."""
    labels = sorted({label for _, label in examples})
    typed, sources = _spellings([text for text, _ in examples], tuning.slips)
    folded = [fold(text) for text in typed]
    truth = np.array([labels.index(examples[source][1]) for source in sources])
    with_marks, without = Families.read()
    first = len(examples)  # the copies with slips add no words of their own
    folded_view = View.of(folded[:first], without, tuning)
    typed_view = View.of(typed[:first], with_marks, tuning)
    as_folded = _Seen(folded_view, [folded_view.vector(text) for text in folded])
    as_typed = _Seen(typed_view, [typed_view.vector(text) for text in typed])
    bare = _Lessons([as_folded], truth, sources, tuning)
    marked = _Lessons([as_folded, as_typed], truth, sources, tuning)
    return IntentClassifier(labels, bare.judge(), marked.judge())


def _spellings(texts: Sequence[str], slips: int) -> tuple[list[str], NDArray[np.int64]]:
    """Return the texts followed by copies with a slip each, all normalized, and which text each comes from."""
    chance = random.Random(_SEED)  # noqa: S311 - no secret, and the same in each training
    copies = [slipped(text, chance) for _ in range(slips) for text in texts]
    return [normalized(text) for text in (*texts, *copies)], np.tile(np.arange(len(texts)), 1 + slips)


@dataclass(frozen=True)
class _Seen:
    """All rows as one view sees them."""

    view: View
    vectors: Sequence[Vector]


@dataclass(frozen=True)
class _Lessons:
    """What one judge learns from: the rows as its views see them, the right labels, the message each row is of."""

    seen: Sequence[_Seen]
    truth: NDArray[np.int64]
    sources: NDArray[np.int64]
    tuning: Tuning

    def judge(self) -> Judge:
        """Return the judge; how sharp its probabilities are is fitted on rows that a first one had not learned from."""
        matrix = self._matrix()
        unseen = self.sources % _LEFT_OUT == 0
        first = self._fitted(matrix[~unseen], self.truth[~unseen])
        scores = np.full((int(unseen.sum()), int(self.truth.max()) + 1), -1.0, np.float32)
        scores[:, first.classes_] = first.decision_function(matrix[unseen])
        whole = self._fitted(matrix, self.truth)
        return Judge(
            [one.view for one in self.seen],
            np.asarray(whole.coef_.T, np.float16),
            np.asarray(whole.intercept_, np.float32),
            _best_sharpness(scores, self.truth[unseen]),
        )

    def _fitted(self, matrix: csr_matrix, truth: NDArray[np.int64]) -> LinearSVC:
        return LinearSVC(C=self.tuning.penalty, random_state=_SEED).fit(matrix, truth)

    def _matrix(self) -> csr_matrix:
        starts = np.cumsum([0, *(len(one.view.vocabulary) for one in self.seen)])
        rows = [list(parts) for parts in zip(*(one.vectors for one in self.seen), strict=True)]
        columns = [places + start for parts in rows for (places, _), start in zip(parts, starts, strict=False)]
        values = [values for parts in rows for _, values in parts]
        ends = np.cumsum([0, *(sum(len(places) for places, _ in parts) for parts in rows)])
        shape = (len(rows), int(starts[-1]))
        return csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=shape)


def _best_sharpness(scores: Floats, truth: NDArray[np.int64]) -> float:
    """Return the factor of the scores at which the probabilities are most honest."""

    def surprise(sharpness: float) -> float:
        scaled = scores * sharpness
        top = scaled.max(axis=1, keepdims=True)
        spread = np.log(np.exp(scaled - top).sum(axis=1)) + top[:, 0]
        return float((spread - scaled[np.arange(len(truth)), truth]).mean())

    return float(min(_SHARPNESS, key=surprise))
