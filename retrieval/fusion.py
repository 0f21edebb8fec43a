"""Mixes lexical, close-reading and dense scores linearly into one order."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Final

import numpy as np

from retrieval.asking import HINT_WEIGHT, hint
from retrieval.close_reading import CloseReader, Evidence
from retrieval.dense import DenseIndex
from retrieval.lexical import LexicalIndex, Terms
from retrieval.postings import best
from retrieval.texts import Floats, Ints, Question

LEXICAL_CANDIDATES: Final = 30
DENSE_CANDIDATES: Final = 10
READ_CHARACTERS: Final = 2_000


@dataclass(frozen=True, kw_only=True)
class Mix:
    """Weights of the scores in the mix. Tuned on half of a public set of legal questions, checked on the other.

    lexical, passage and spelled are divided by the best candidate's, dense is spread from 0 for the worst to 1 for
    the best candidate, heading and coverage are shares. So every part lies between 0 and 1.
    """

    lexical: float = 1.0
    passage: float = 0.8
    spelled: float = 0.8
    single: float = 0.2
    heading: float = 0.2
    coverage: float = 0.2
    document: float = 0.2
    dense: float = 0.4

    def __post_init__(self) -> None:
        """Refuse weights that could not order anything."""
        if min(astuple(self)) < 0 or max(astuple(self)) == 0:
            raise ValueError("weights must not be negative, nor all zero")


@dataclass(frozen=True)
class Ranking:
    """Candidates, best first, with what is known of each. `scores` lie between 0 and 1.

    `lexical` is BM25F as a share of what no entry can reach; `dense` is the cosine, or None without a dense index.
    """

    entries: Ints
    scores: Floats
    lexical: Floats
    heading: Floats
    coverage: Floats
    dense: Floats | None
    known: float  # share of the question's syllables that the collection knows
    length: int  # syllables of the question


class MixedIndex:
    """Finds candidates by BM25F and by vectors, reads them closely, and mixes the scores."""

    def __init__(self, lexical: LexicalIndex, groups: Ints, mix: Mix | None = None) -> None:
        """`groups` numbers the document of each entry, -1 for none."""
        if len(groups) != len(lexical.texts):
            raise ValueError("one group for each entry")
        self.lexical = lexical
        self._reader = CloseReader(lexical)
        self._groups = groups
        self._grouped = bool((groups >= 0).any())
        self.mix = mix or Mix()

    def rank(self, text: str, dense: DenseIndex | None, limit: int) -> Ranking:
        """Return up to `limit` candidates for a question, of which the first `READ_CHARACTERS` are read.

        OpenBLAS kernels for small matrices compute unused lanes from uninitialised memory, which now and then raises
        the processor's "invalid" flag over a right product (numpy issues 13173 and 24067). So the flag says nothing
        here; the scores themselves are looked at.

        Raises:
            FloatingPointError: a score is not a finite number.
        """
        with np.errstate(invalid="ignore"):
            ranking = self._rank(text[:READ_CHARACTERS], dense, limit)
        if not np.isfinite(ranking.scores).all():
            raise FloatingPointError("a score is not a finite number")
        return ranking

    def _rank(self, text: str, dense: DenseIndex | None, limit: int) -> Ranking:
        question = self.lexical.read(text)
        terms = self.lexical.terms(question)
        totals = self.lexical.scores(terms)
        if hinted := hint(text):
            self._raise_hinted(hinted, terms, totals)
        vector = dense.encode(text) if dense is not None else None
        candidates = self._candidates(totals, dense, vector)
        if not len(candidates):
            return _nothing(question)
        cosines = dense.cosines(vector, candidates) if dense is not None and vector is not None else None
        evidence = self._reader.read(question, candidates)
        scores = self._mixed(candidates, totals[candidates], evidence, cosines)
        order = np.lexsort((candidates, -scores))[:limit]
        return Ranking(
            candidates[order],
            scores[order],
            lexical=totals[candidates][order] / np.float32(max(self.lexical.ceiling(terms), 1e-6)),
            heading=evidence.heading[order],
            coverage=evidence.coverage[order],
            dense=None if cosines is None else cosines[order],
            known=_known_share(question),
            length=len(question),
        )

    def _raise_hinted(self, heading: str, terms: Terms, totals: Floats) -> None:
        asked = set(terms.numbers.tolist())
        for term in self.lexical.terms(self.lexical.read(heading)).numbers.tolist():
            if term not in asked:
                self.lexical.postings.add(term, HINT_WEIGHT, totals)

    def _candidates(self, totals: Floats, dense: DenseIndex | None, vector: Floats | None) -> Ints:
        found = best(totals, LEXICAL_CANDIDATES)
        if dense is None or vector is None or not vector.any():
            return found
        near = dense.nearest(vector, DENSE_CANDIDATES)
        seen = set(found.tolist())
        return np.concatenate([found, np.array([one for one in near.tolist() if one not in seen], dtype=np.int64)])

    def _mixed(self, candidates: Ints, totals: Floats, evidence: Evidence, cosines: Floats | None) -> Floats:
        mix = self.mix
        parts = [
            (mix.lexical, by_best(totals)),
            (mix.passage, by_best(evidence.passage)),
            (mix.spelled, by_best(evidence.spelled)),
            (mix.single, by_best(evidence.single)),
            (mix.heading, np.minimum(evidence.heading, 1)),
            (mix.coverage, evidence.coverage),
        ]
        if self._grouped:
            parts.append((mix.document, self._by_document(candidates, totals)))
        if cosines is not None:
            parts.append((mix.dense, spread(cosines)))
        total = sum(weight for weight, _ in parts)
        mixed = np.zeros(len(candidates), dtype=np.float32)
        for weight, part in parts:
            mixed += np.float32(weight / total) * part
        return np.minimum(mixed, np.float32(1))

    def _by_document(self, candidates: Ints, totals: Floats) -> Floats:
        """Return for each candidate how much of the whole score its document has collected, by the best one's."""
        groups = self._groups[candidates]
        _, place = np.unique(groups, return_inverse=True)
        sums = np.bincount(place, weights=by_best(totals) ** 2)
        return np.where(groups >= 0, by_best(sums.astype(np.float32))[place], 0)


def _nothing(question: Question) -> Ranking:
    none = np.zeros(0, dtype=np.float32)
    return Ranking(
        np.zeros(0, dtype=np.int64),
        none,
        lexical=none,
        heading=none,
        coverage=none,
        dense=None,
        known=_known_share(question),
        length=len(question),
    )


def _known_share(question: Question) -> float:
    return float((question.folded >= 0).mean()) if len(question) else 0.0


def by_best(values: Floats) -> Floats:
    """Divide by the highest value.

    >>> by_best(np.array([4, 1], dtype=np.float32)).tolist()
    [1.0, 0.25]
    """
    highest = float(values.max(initial=0))
    return values / np.float32(highest) if highest > 0 else values


def spread(values: Floats) -> Floats:
    """Stretch values so that the lowest is 0 and the highest 1.

    >>> spread(np.array([0.5, 0.75, 1.0], dtype=np.float32)).tolist()
    [0.0, 0.5, 1.0]
    """
    low, high = float(values.min(initial=1)), float(values.max(initial=-1))
    return (values - np.float32(low)) / np.float32(high - low) if high > low else np.zeros_like(values)
