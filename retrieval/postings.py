"""Impacts of terms on entries, precomputed, in arrays: scoring a question is adding rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from retrieval.texts import Floats, Ints

_COMMON_SHARE: Final = 6
_COMMON_FROM: Final = 512


@dataclass(frozen=True)
class Postings:
    """Term `t` raises entry `entries[i]` by `impacts[i]`, for `i` in `starts[t]:starts[t + 1]`.

    Terms in more than a sixth of the entries are kept as a row of `rows` with a value for every entry instead,
    because adding a whole row is several times faster than adding at scattered places.
    """

    size: int
    starts: Ints
    entries: npt.NDArray[np.int32]
    impacts: Floats
    common: npt.NDArray[np.int32]  # row of each term in `rows`, or -1
    rows: Floats

    @classmethod
    def build(cls, size: int, terms: Ints, entries: Ints, impacts: Floats, term_count: int) -> Postings:
        """Take triples sorted by term, then entry."""
        counts = np.bincount(terms, minlength=term_count)
        is_common = (counts * _COMMON_SHARE > size) & (size >= _COMMON_FROM)
        common = np.full(term_count, -1, dtype=np.int32)
        common[is_common] = np.arange(is_common.sum())
        rows = np.zeros((int(is_common.sum()), size), dtype=np.float32)
        dense = is_common[terms]
        rows[common[terms[dense]], entries[dense]] = impacts[dense]
        starts = np.concatenate([[0], np.cumsum(np.where(is_common, 0, counts))])
        kept = ~dense
        return cls(size, starts, entries[kept].astype(np.int32), impacts[kept], common, rows)

    def add(self, term: int, factor: float, totals: Floats) -> None:
        """Add a term's impacts times `factor` to the totals of all entries."""
        row = self.common[term]
        if row >= 0:
            totals += self.rows[row] if factor == 1 else self.rows[row] * np.float32(factor)
            return
        part = slice(self.starts[term], self.starts[term + 1])
        impacts = self.impacts[part]
        totals[self.entries[part]] += impacts if factor == 1 else impacts * np.float32(factor)


def best(scores: Floats, limit: int) -> Ints:
    """Return the indices of the `limit` highest positive scores, best first; ties by index.

    >>> best(np.array([0.5, 0.0, 2.0, 0.5], dtype=np.float32), 3).tolist()
    [2, 0, 3]
    """
    positive = int((scores > 0).sum()) if limit >= len(scores) else limit
    if positive < len(scores):
        found = np.argpartition(-scores, positive - 1)[:positive] if positive else np.zeros(0, dtype=np.int64)
    else:
        found = np.arange(len(scores))
    found = found[scores[found] > 0]
    return found[np.lexsort((found, -scores[found]))]
