"""The four ways to search that are compared: a plain baseline, BM25F, dense, and their mix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from knowledge.vietnamese import fold
from retrieval.dense import DenseIndex
from retrieval.fusion import MixedIndex
from retrieval.lexical import LexicalIndex, Weights, inverse_frequency
from retrieval.postings import Postings, best
from retrieval.texts import Entry, Ints


class System(Protocol):
    """Something that finds entries for a question."""

    def find(self, text: str, limit: int) -> Ints:
        """Return up to `limit` entries by number, best first."""


class WhitespaceSystem:
    """BM25 over lower-cased words between blanks: what search is without knowing Vietnamese."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        weights = Weights()
        counted = [Counter(_plain_text(entry).lower().split()) for entry in entries]
        self._terms: dict[str, int] = {}
        triples = [
            (self._terms.setdefault(word, len(self._terms)), number, count)
            for number, words in enumerate(counted)
            for word, count in words.items()
        ]
        terms, numbers, counts = (np.array(column, dtype=np.int64) for column in zip(*triples, strict=True))
        lengths = np.array([words.total() for words in counted])
        norms = 1 - weights.b + weights.b * lengths / max(1.0, float(lengths.mean()))
        idf = inverse_frequency(np.bincount(terms), len(counted))
        impacts = idf[terms] * counts / (counts + weights.k1 * norms[numbers])
        order = np.lexsort((numbers, terms))
        self._postings = Postings.build(
            len(counted), terms[order], numbers[order], impacts[order].astype(np.float32), len(self._terms)
        )

    def find(self, text: str, limit: int) -> Ints:
        """Return the entries with the highest BM25."""
        totals = np.zeros(self._postings.size, dtype=np.float32)
        for word in text.lower().split():
            if word in self._terms:
                self._postings.add(self._terms[word], 1, totals)
        return best(totals, limit)


def _plain_text(entry: Entry) -> str:
    return "\n".join((entry.document, entry.title, *entry.variants, entry.body))


class LexicalSystem:
    """BM25F over folded syllables and pairs."""

    def __init__(self, index: LexicalIndex) -> None:
        self._index = index

    def find(self, text: str, limit: int) -> Ints:
        """Return the entries with the highest BM25F."""
        return best(self._index.scores(self._index.terms(self._index.read(text))), limit)


class DenseSystem:
    """Nearest vectors alone."""

    def __init__(self, index: DenseIndex) -> None:
        self._index = index

    def find(self, text: str, limit: int) -> Ints:
        """Return the entries with the nearest vectors."""
        return self._index.nearest(self._index.encode(text), limit)


class MixedSystem:
    """What the assistant uses."""

    def __init__(self, index: MixedIndex, dense: DenseIndex | None) -> None:
        self._index = index
        self._dense = dense

    def find(self, text: str, limit: int) -> Ints:
        """Return the entries with the highest mixed score."""
        return self._index.rank(text, self._dense, limit).entries


class Folded:
    """Another system, asked without diacritics."""

    def __init__(self, system: System) -> None:
        self._system = system

    def find(self, text: str, limit: int) -> Ints:
        """Return what the system finds for the folded question."""
        return self._system.find(fold(text), limit)
