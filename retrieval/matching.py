"""Where the terms of a question stand in the segments of some entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from retrieval.lexical import LexicalIndex
from retrieval.texts import Floats, Ints, Question, Texts

_ANY: Final = -1  # any spelling will do
_NONE: Final = -2  # a spelling that the collection does not have


@dataclass(frozen=True)
class QuestionTerms:
    """The distinct terms of a question as columns: `singles` syllables, then pairs of them."""

    column: npt.NDArray[np.int16]  # of each syllable of the vocabulary, or -1
    pair_column: npt.NDArray[np.int16]  # of each pair of columns, or -1
    spelled: Ints  # spelling that the syllable of a column must have, or `_ANY`, or `_NONE`
    singles: int
    idf: Floats
    single_weight: float  # of all syllables, unknown ones at the weight of the rarest

    @classmethod
    def of(cls, lexical: LexicalIndex, question: Question) -> QuestionTerms:
        """Number the question's terms."""
        folded = question.folded
        singles = np.unique(folded[folded >= 0])
        column = np.full(len(lexical.texts.vocabulary), -1, dtype=np.int16)
        column[singles] = np.arange(len(singles))
        pairs, where = np.unique(lexical.pairs.terms(folded[:-1], folded[1:]), return_index=True)
        pairs, where = pairs[pairs >= 0], where[pairs >= 0]
        pair_column = np.full((len(singles), len(singles)), -1, dtype=np.int16)
        pair_column[column[folded[where]], column[folded[where + 1]]] = len(singles) + np.arange(len(pairs))
        idf = lexical.idf[np.concatenate([singles, pairs])]
        weight = float(idf[: len(singles)].sum()) + lexical.rarest * int((folded < 0).sum())
        spelled = _wanted_spellings(question, column, len(singles))
        return cls(column, pair_column, spelled, len(singles), idf, max(weight, 1e-6))

    def __len__(self) -> int:
        """Number of columns."""
        return len(self.idf)


def _wanted_spellings(question: Question, column: npt.NDArray[np.int16], singles: int) -> Ints:
    spelled = np.full(singles, _ANY, dtype=np.int64)
    typed = (question.folded >= 0) & question.marked
    wanted = question.spelled[typed]
    spelled[column[question.folded[typed]]] = np.where(wanted >= 0, wanted, _NONE)
    return spelled


@dataclass(frozen=True)
class Matches:
    """Occurrences of a question's terms in the segments of candidates."""

    segments: Ints  # all segments of the candidates
    firsts: Ints  # place in `segments` of each candidate's first
    rows: Ints  # of each occurrence: its place in `segments`,
    columns: Ints  # its term,
    as_spelled: npt.NDArray[np.bool_]  # and whether it is spelled as asked

    @classmethod
    def find(cls, texts: Texts, folded: npt.NDArray[np.int32], terms: QuestionTerms, candidates: Ints) -> Matches:
        """Match every token of the candidates. `folded` holds the folded syllable of each token of `texts`."""
        lows, highs = texts.entries[candidates], texts.entries[candidates + 1]
        segments, firsts = ranges(lows, highs)
        parts = list(zip(texts.starts[lows].tolist(), texts.starts[highs].tolist(), strict=True))
        column = terms.column[np.concatenate([folded[low:high] for low, high in parts])]
        hits = np.flatnonzero(column >= 0)
        columns = column[hits]
        lengths = texts.starts[segments + 1] - texts.starts[segments]
        rows = np.repeat(np.arange(len(segments)), lengths)[hits]
        wanted = terms.spelled[columns]
        tokens = np.concatenate([texts.tokens[low:high] for low, high in parts])
        as_spelled = (wanted == _ANY) | (wanted == tokens[hits])
        left = np.flatnonzero((hits[1:] == hits[:-1] + 1) & (rows[1:] == rows[:-1]))
        pairs = terms.pair_column[columns[left], columns[left + 1]]
        left, pairs = left[pairs >= 0], pairs[pairs >= 0]
        return cls(
            segments,
            firsts,
            np.concatenate([rows, rows[left]]),
            np.concatenate([columns, pairs]).astype(np.int64),
            np.concatenate([as_spelled, as_spelled[left] & as_spelled[left + 1]]),
        )

    def leads(self, texts: Texts) -> tuple[Ints, Ints]:
        """Return the rows of led segments, and the rows of the segments that lead them."""
        leads = texts.leads[self.segments]
        led = np.flatnonzero(leads >= 0)
        return led, led - (self.segments[led] - leads[led])

    def of_segments(self, values: Floats) -> Floats:
        """Repeat a row per candidate for each of its segments."""
        return np.repeat(values, np.diff(np.append(self.firsts, len(self.segments))), axis=0)

    def frequencies(self, columns: int) -> Floats:
        """How often each term stands in each segment: shape (segments, columns)."""
        return self._count(self.rows, self.columns, columns)

    def spelled_frequencies(self, columns: int) -> Floats:
        """The same, counting only words spelled as asked."""
        return self._count(self.rows[self.as_spelled], self.columns[self.as_spelled], columns)

    def _count(self, rows: Ints, columns: Ints, width: int) -> Floats:
        counts = np.bincount(rows * width + columns, minlength=len(self.segments) * width)
        return counts.reshape(len(self.segments), width).astype(np.float32)


def ranges(lows: Ints, highs: Ints) -> tuple[Ints, Ints]:
    """Return the numbers of all half-open ranges one after another, and where each range begins.

    >>> [part.tolist() for part in ranges(np.array([3, 10]), np.array([5, 13]))]
    [[3, 4, 10, 11, 12], [0, 2]]
    """
    lengths = highs - lows
    firsts = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(lows - firsts, lengths), firsts
