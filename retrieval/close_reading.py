"""Reads the best entries again, word by word, where BM25F only counted.

BM25F cannot see that the words of a question stand together in one clause of a long article, that a heading is
about nothing else than the question, or that "cháy" was asked and "chạy" found. Over a few dozen entries this
can be afforded: their texts are cut into blocks, and every block is matched with the question at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from retrieval.lexical import LexicalIndex, inverse_frequency, length_norms
from retrieval.texts import Field, Floats, Ints, Question, Texts

_BLOCK: Final = 30
"""Syllables of a block; a passage is two neighbouring blocks of one text."""


@dataclass(frozen=True)
class Evidence:
    """What close reading finds, one value per candidate.

    passage: BM25F of the best passage under its headings
    spelled: BM25F counting only words spelled as the question spells them
    single: BM25F of single syllables
    heading: share of a heading's weight that the question names, of the best heading
    coverage: share of the question's weight that occurs anywhere
    """

    passage: Floats
    spelled: Floats
    single: Floats
    heading: Floats
    coverage: Floats


@dataclass(frozen=True)
class _Blocks:
    """Block `b` holds `tokens[starts[b]:starts[b + 1]]`; `follows[b]`: block `b + 1` goes on with the same text."""

    starts: Ints
    fields: npt.NDArray[np.uint8]
    follows: npt.NDArray[np.bool_]
    entries: Ints  # first block of each entry, and the end

    @classmethod
    def cut(cls, texts: Texts) -> _Blocks:
        """Cut bodies into blocks of `_BLOCK` syllables; other texts stay whole."""
        lengths = np.diff(texts.starts)
        counts = np.where(texts.fields == Field.BODY, -(-lengths // _BLOCK), 1)
        segments = np.repeat(np.arange(len(counts)), counts)
        firsts = np.concatenate([[0], np.cumsum(counts)])
        starts = texts.starts[segments] + (np.arange(len(segments)) - firsts[segments]) * _BLOCK
        follows = np.append(segments[1:] == segments[:-1], False)
        return cls(np.append(starts, texts.starts[-1]), texts.fields[segments], follows, firsts[texts.entries])


class CloseReader:
    """Reads candidates of a lexical index against a question."""

    def __init__(self, lexical: LexicalIndex) -> None:
        self._lexical = lexical
        texts, weights = lexical.texts, lexical.weights
        self._texts = texts
        self._blocks = _Blocks.cut(texts)
        owners = np.repeat(np.arange(len(texts)), np.diff(self._blocks.entries))
        norms = length_norms(texts, weights, lexical.lengths)
        shares = np.array(weights.fields, dtype=np.float32) / norms
        self._shares = shares[owners, self._blocks.fields]
        self._mean_passage = self._mean_passage_length()
        self._heading_totals = self._weigh_headings()
        self._spelled_idf = self._weigh_spellings()

    def read(self, question: Question, candidates: Ints) -> Evidence:
        """Return the evidence for each candidate, in their order."""
        terms = _QuestionTerms.of(self._lexical, question)
        matches = _Matches.find(self._texts, self._blocks, terms, candidates)
        frequencies, spelled = matches.frequencies(len(terms.idf)), matches.spelled_frequencies(len(terms.idf))
        shares = self._shares[matches.blocks][:, None]
        in_entry = np.add.reduceat(frequencies * shares, matches.firsts)
        spelled_in_entry = np.add.reduceat(spelled * shares, matches.firsts)
        singles = terms.singles
        return Evidence(
            passage=self._best_passage(matches, frequencies, terms.idf),
            spelled=self._saturate(spelled_in_entry) @ self._as_spelled(terms),
            single=self._saturate(in_entry[:, :singles]) @ terms.idf[:singles],
            heading=self._best_heading(matches, frequencies, terms.idf),
            coverage=(in_entry[:, :singles] > 0) @ terms.idf[:singles] / np.float32(terms.single_weight),
        )

    def _as_spelled(self, terms: _QuestionTerms) -> Floats:
        """Weights of the terms where a syllable's spelling is known: that spelling's own."""
        weights = terms.idf.copy()
        known = np.flatnonzero(terms.spelled >= 0)
        weights[known] = self._spelled_idf[terms.spelled[known]]
        return weights

    def _weigh_spellings(self) -> Floats:
        texts = self._texts
        owners = np.repeat(texts.entry_of_segment, np.diff(texts.starts))
        distinct = np.unique(texts.tokens.astype(np.int64) * max(1, len(texts)) + owners) // max(1, len(texts))
        return inverse_frequency(np.bincount(distinct, minlength=len(texts.vocabulary.folded_of)), len(texts))

    def _saturate(self, frequencies: Floats) -> Floats:
        return frequencies / (frequencies + np.float32(self._lexical.weights.k1))

    def _best_passage(self, matches: _Matches, frequencies: Floats, idf: Floats) -> Floats:
        """BM25F of two neighbouring blocks with the entry's name and title, the best per candidate."""
        blocks = matches.blocks
        weights, fields = self._lexical.weights, self._blocks.fields[blocks]
        is_context = (fields == Field.DOCUMENT) | (fields == Field.TITLE)
        context = np.add.reduceat(frequencies * (self._shares[blocks] * is_context)[:, None], matches.firsts)
        passage, lengths = frequencies.copy(), np.diff(self._blocks.starts)[blocks].astype(np.float32)
        on = np.flatnonzero(self._blocks.follows[blocks])
        passage[on] += frequencies[on + 1]
        lengths[on] += lengths[on + 1]
        norms = 1 - weights.b + weights.b * lengths / self._mean_passage
        shares = np.where(is_context, 0, np.array(weights.fields, dtype=np.float32)[fields] / norms)
        total = context[matches.candidate_of_block] + passage * shares[:, None].astype(np.float32)
        return np.maximum.reduceat(self._saturate(total) @ idf, matches.firsts)

    def _best_heading(self, matches: _Matches, frequencies: Floats, idf: Floats) -> Floats:
        totals = self._heading_totals[matches.blocks]
        named = np.where(totals > 0, frequencies @ idf / np.maximum(totals, 1e-6), 0)
        return np.maximum.reduceat(named.astype(np.float32), matches.firsts)

    def _mean_passage_length(self) -> float:
        lengths = np.diff(self._blocks.starts).astype(np.float64)
        on = np.flatnonzero(self._blocks.follows)
        lengths[on] += lengths[on + 1]
        bodies = lengths[self._blocks.fields == Field.BODY]
        return float(bodies.mean()) if len(bodies) else 1.0

    def _weigh_headings(self) -> Floats:
        """Weight of all single and paired terms of each title or variant; 0 for other blocks."""
        folded, idf, pairs = self._texts.folded, self._lexical.idf, self._lexical.pairs
        lengths = np.diff(self._blocks.starts)
        is_heading = (self._blocks.fields == Field.TITLE) | (self._blocks.fields == Field.VARIANT)
        inside = np.repeat(is_heading, lengths)
        owners = np.repeat(np.arange(len(lengths)), lengths)[inside]
        tokens = folded[inside]
        weights = idf[tokens].astype(np.float64)
        together = np.flatnonzero(owners[:-1] == owners[1:])
        weights[together] += idf[pairs.terms(tokens[together], tokens[together + 1])]
        return np.bincount(owners, weights=weights, minlength=len(lengths)).astype(np.float32)


@dataclass(frozen=True)
class _QuestionTerms:
    """The distinct terms of a question as columns: `singles` syllables, then pairs."""

    column: npt.NDArray[np.int16]  # of each syllable of the vocabulary, or -1
    pair_column: npt.NDArray[np.int16]  # of each pair of columns, or -1
    spelled: Ints  # the spelling that a column's syllable must have, or -1 for any
    singles: int
    idf: Floats
    single_weight: float  # of all syllables asked for, unknown ones at the weight of the rarest

    @classmethod
    def of(cls, lexical: LexicalIndex, question: Question) -> _QuestionTerms:
        folded = question.folded
        singles = np.unique(folded[folded >= 0])
        column = np.full(len(lexical.texts.vocabulary), -1, dtype=np.int16)
        column[singles] = np.arange(len(singles))
        numbers = lexical.pairs.terms(folded[:-1], folded[1:])
        pairs, where = np.unique(numbers, return_index=True)
        pairs, where = pairs[pairs >= 0], where[pairs >= 0]
        pair_column = np.full((len(singles), len(singles)), -1, dtype=np.int16)
        pair_column[column[folded[where]], column[folded[where + 1]]] = len(singles) + np.arange(len(pairs))
        spelled = np.full(len(singles), -1, dtype=np.int64)
        typed = (folded >= 0) & question.marked
        spelled[column[folded[typed]]] = np.where(question.spelled[typed] >= 0, question.spelled[typed], -2)
        idf = lexical.idf[np.concatenate([singles, pairs])]
        rarest = float(lexical.idf.max(initial=1.0))
        weight = float(idf[: len(singles)].sum()) + rarest * int((folded < 0).sum())
        return cls(column, pair_column, spelled, len(singles), idf, max(weight, 1e-6))


@dataclass(frozen=True)
class _Matches:
    """Where terms of the question stand in the blocks of the candidates."""

    blocks: Ints  # all blocks of the candidates
    firsts: Ints  # first block of each candidate, as a place in `blocks`
    rows: Ints  # of each match: place in `blocks`,
    columns: Ints  # term,
    as_spelled: npt.NDArray[np.bool_]  # and whether it is spelled as asked

    @classmethod
    def find(cls, texts: Texts, blocks: _Blocks, terms: _QuestionTerms, candidates: Ints) -> _Matches:
        lows, highs = blocks.entries[candidates], blocks.entries[candidates + 1]
        chosen, firsts = _ranges(lows, highs)
        places, _ = _ranges(blocks.starts[lows], blocks.starts[highs])
        tokens = texts.tokens[places]
        column = terms.column[texts.vocabulary.folded_of[tokens]]
        hits = np.flatnonzero(column >= 0)
        columns = column[hits].astype(np.int64)
        lengths = blocks.starts[chosen + 1] - blocks.starts[chosen]
        rows = np.searchsorted(np.cumsum(lengths), hits, side="right")
        wanted = terms.spelled[columns]
        as_spelled = (wanted == -1) | (wanted == tokens[hits])
        adjacent = (hits[1:] == hits[:-1] + 1) & (
            (rows[1:] == rows[:-1]) | ((rows[1:] == rows[:-1] + 1) & blocks.follows[chosen[rows[:-1]]])
        )
        left = np.flatnonzero(adjacent)
        pairs = terms.pair_column[columns[left], columns[left + 1]].astype(np.int64)
        left, pairs = left[pairs >= 0], pairs[pairs >= 0]
        return cls(
            chosen,
            firsts,
            np.concatenate([rows, rows[left]]),
            np.concatenate([columns, pairs]),
            np.concatenate([as_spelled, as_spelled[left] & as_spelled[left + 1]]),
        )

    @property
    def candidate_of_block(self) -> Ints:
        """The candidate, as a place in their list, of each block."""
        counts = np.diff(np.append(self.firsts, len(self.blocks)))
        return np.repeat(np.arange(len(self.firsts)), counts)

    def frequencies(self, terms: int) -> Floats:
        """How often each term stands in each block: shape (blocks, terms)."""
        return self._count(self.rows, self.columns, terms)

    def spelled_frequencies(self, terms: int) -> Floats:
        """The same, counting only words spelled as asked."""
        return self._count(self.rows[self.as_spelled], self.columns[self.as_spelled], terms)

    def _count(self, rows: Ints, columns: Ints, terms: int) -> Floats:
        counts = np.bincount(rows * terms + columns, minlength=len(self.blocks) * terms)
        return counts.reshape(len(self.blocks), terms).astype(np.float32)


def _ranges(lows: Ints, highs: Ints) -> tuple[Ints, Ints]:
    """Return the numbers of all half-open ranges one after another, and where each range begins.

    >>> [part.tolist() for part in _ranges(np.array([3, 10]), np.array([5, 13]))]
    [[3, 4, 10, 11, 12], [0, 2]]
    """
    lengths = highs - lows
    firsts = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(lows - firsts, lengths), firsts
