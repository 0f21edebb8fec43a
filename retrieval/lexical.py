"""BM25F over folded syllables and their adjacent pairs.

Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.6: the term
frequencies of the fields are normalised by field length, weighted and summed before saturation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from knowledge.vietnamese import SyllableRepair
from retrieval.postings import Postings
from retrieval.texts import Field, Floats, Ints, Question, QuestionReader, Texts

_REPAIRED_TO: Final = 2  # a repair must occur at least so often


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Weights of the fields, saturation `k1` and length normalisation `b` (facts: k1 .9, b .75)."""

    document: float = 3.0
    title: float = 5.0
    variants: float = 3.0
    body: float = 1.0
    k1: float = 0.9
    b: float = 0.75

    def __post_init__(self) -> None:
        """Refuse values that BM25F does not know."""
        if min(self.fields) < 0 or max(self.fields) == 0:
            raise ValueError("field weights must not be negative, nor all zero")
        if self.k1 <= 0 or not 0 <= self.b <= 1:
            raise ValueError("k1 must be positive and b between 0 and 1")

    @property
    def fields(self) -> tuple[float, float, float, float]:
        """The weights in the order of `Field`."""
        return (self.document, self.title, self.variants, self.body)


@dataclass(frozen=True)
class Pairs:
    """The pairs of adjacent syllables of a collection, numbered after its `syllables` single ones."""

    syllables: int
    keys: Ints  # left * syllables + right, sorted

    def terms(self, left: npt.NDArray[np.int32], right: npt.NDArray[np.int32]) -> Ints:
        """Return the term number of each pair, or -1."""
        if not len(self.keys):
            return np.full(len(left), -1, dtype=np.int64)
        wanted = left.astype(np.int64) * self.syllables + right
        places = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        found = (self.keys[places] == wanted) & (left >= 0) & (right >= 0)
        return np.where(found, places + self.syllables, -1)


@dataclass(frozen=True)
class Terms:
    """The distinct known terms of a question, singles first, and how often each occurs."""

    numbers: Ints
    counts: Ints


class LexicalIndex:
    """Scores every entry of a collection for a question."""

    def __init__(
        self, *, texts: Texts, weights: Weights, pairs: Pairs, postings: Postings, idf: Floats, lengths: Floats
    ) -> None:
        self.texts = texts
        self.weights = weights
        self.pairs = pairs
        self.postings = postings
        self.idf = idf
        self.lengths = lengths  # mean length of each field over all entries
        self.rarest = float(idf.max(initial=1.0))  # weight of the rarest term
        repair = SyllableRepair(texts.frequencies(), _REPAIRED_TO)
        self._reader = QuestionReader(texts.vocabulary, repair)

    @classmethod
    def build(cls, texts: Texts, weights: Weights) -> LexicalIndex:
        """Precompute the impact of every term on every entry."""
        lengths = mean_lengths(texts)
        counted = _Occurrences(texts, weights, lengths)
        pairs, singles, doubles = counted.pairs(), counted.singles(), counted.doubles()
        terms, entries = np.concatenate([singles[0], doubles[0]]), np.concatenate([singles[1], doubles[1]])
        frequencies = np.concatenate([singles[2], doubles[2]])
        term_count = pairs.syllables + len(pairs.keys)
        idf = inverse_frequency(np.bincount(terms, minlength=term_count), len(texts))
        impacts = idf[terms] * frequencies / (frequencies + np.float32(weights.k1))
        postings = Postings.build(len(texts), terms, entries, impacts, term_count)
        return cls(texts=texts, weights=weights, pairs=pairs, postings=postings, idf=idf, lengths=lengths)

    def read(self, text: str) -> Question:
        """Return the message in the numbers of this index."""
        return self._reader.read(text)

    def terms(self, question: Question) -> Terms:
        """Return the distinct terms of the question that the collection knows."""
        folded = question.folded
        pairs = self.pairs.terms(folded[:-1], folded[1:])
        known = np.concatenate([folded[folded >= 0], pairs[pairs >= 0]])
        numbers, counts = np.unique(known, return_counts=True)
        return Terms(numbers.astype(np.int64), counts)

    def scores(self, terms: Terms) -> Floats:
        """Return the BM25F score of every entry."""
        totals = np.zeros(len(self.texts), dtype=np.float32)
        for term, count in zip(terms.numbers.tolist(), terms.counts.tolist(), strict=True):
            self.postings.add(term, count, totals)
        return totals

    def ceiling(self, terms: Terms) -> float:
        """Return a bound that no entry's score reaches: every term saturated."""
        return float((self.idf[terms.numbers] * terms.counts).sum())


def inverse_frequency(counts: Ints, size: int) -> Floats:
    """Return the BM25 weight of terms found in `counts` of `size` entries; rarer terms weigh more.

    >>> [round(weight, 2) for weight in inverse_frequency(np.array([1, 50, 100]), 100).tolist()]
    [4.21, 0.69, 0.0]
    """
    weights: Floats = np.log(1 + (size - counts + 0.5) / (counts + 0.5)).astype(np.float32)
    return weights


def field_lengths(texts: Texts) -> Floats:
    """Return the length of each field of each entry, in syllables: shape (entries, fields)."""
    places = texts.entry_of_segment * len(Field) + texts.fields
    lengths = np.bincount(places, weights=np.diff(texts.starts), minlength=len(texts) * len(Field))
    return lengths.reshape(len(texts), len(Field)).astype(np.float32)


def mean_lengths(texts: Texts) -> Floats:
    """Return the mean length of each field, at least 1."""
    lengths = field_lengths(texts)
    means: Floats = lengths.sum(axis=0, dtype=np.float32) / np.float32(max(1, len(lengths)))
    return np.maximum(means, np.float32(1))


def length_norms(texts: Texts, weights: Weights, means: Floats) -> Floats:
    """Return by what BM25F divides a term's frequency, for each entry and field."""
    return (1 - weights.b + weights.b * field_lengths(texts) / means).astype(np.float32)


class _Occurrences:
    """Counts terms in entries, weighted by field and length."""

    def __init__(self, texts: Texts, weights: Weights, means: Floats) -> None:
        self._size = len(texts)
        self._syllables = max(1, len(texts.vocabulary))
        lengths = np.diff(texts.starts)
        segments = np.repeat(np.arange(len(lengths)), lengths)
        shares = np.array(weights.fields, dtype=np.float32) / length_norms(texts, weights, means)
        owners = texts.entry_of_segment
        self._weights = shares[owners, texts.fields][segments]
        self._entries = owners[segments]
        self._folded = texts.folded
        self._together = segments[:-1] == segments[1:]
        left = self._folded[:-1][self._together].astype(np.int64)
        self._keys, self._pairs = np.unique(
            left * self._syllables + self._folded[1:][self._together], return_inverse=True
        )

    def pairs(self) -> Pairs:
        return Pairs(self._syllables, self._keys)

    def singles(self) -> tuple[Ints, Ints, Floats]:
        return self._sum(self._folded.astype(np.int64), self._entries, self._weights)

    def doubles(self) -> tuple[Ints, Ints, Floats]:
        first = np.flatnonzero(self._together)
        return self._sum(self._pairs + self._syllables, self._entries[first], self._weights[first])

    def _sum(self, terms: Ints, entries: Ints, weights: Floats) -> tuple[Ints, Ints, Floats]:
        """Return (term, entry, summed weight), sorted by term and entry."""
        keys = terms * self._size + entries
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        sums = np.add.reduceat(weights[order], first) if len(first) else np.zeros(0, dtype=np.float32)
        return keys[first] // self._size, keys[first] % self._size, sums.astype(np.float32)
