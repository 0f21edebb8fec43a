"""Reads the best entries again, word by word, where BM25F only counted.

BM25F cannot see that the words of a question stand together in one clause of a long article, that a heading is
about nothing else than the question, or that "cháy" was asked and "chạy" found. Over a few dozen entries this
can be afforded: all their segments are matched with the question at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from retrieval.lexical import LexicalIndex, inverse_frequency, length_norms
from retrieval.matching import Matches, QuestionTerms
from retrieval.texts import Field, Floats, Ints, Question


@dataclass(frozen=True)
class Evidence:
    """What close reading finds, one value per candidate.

    passage: BM25F of the best clause or variant, under the entry's document name and title
    spelled: BM25F counting only words spelled as the question spells them
    single: BM25F of single syllables
    heading: share of a heading's weight that the question names, of the best title or variant
    coverage: share of the question's weight that occurs anywhere in the entry
    """

    passage: Floats
    spelled: Floats
    single: Floats
    heading: Floats
    coverage: Floats


class CloseReader:
    """Reads candidates of a lexical index against a question."""

    def __init__(self, lexical: LexicalIndex) -> None:
        self._lexical = lexical
        self._texts = texts = lexical.texts
        self._folded = texts.folded
        fields, weights = texts.fields, lexical.weights
        by_field = np.array(weights.fields, dtype=np.float32)
        self._shares = (by_field / length_norms(texts, weights, lexical.lengths))[texts.entry_of_segment, fields]
        self._is_context = (fields == Field.DOCUMENT) | (fields == Field.TITLE)
        self._passage_shares = np.where(self._is_context, 0, by_field[fields] / self._passage_norms())
        self._headings = self._weigh_headings()
        self._spelled_idf = self._weigh_spellings()

    def read(self, question: Question, candidates: Ints) -> Evidence:
        """Return the evidence for each candidate, in their order."""
        terms = QuestionTerms.of(self._lexical, question)
        matches = Matches.find(self._texts, self._folded, terms, candidates)
        frequencies = matches.frequencies(len(terms))
        spelled = matches.spelled_frequencies(len(terms))
        shares = self._shares[matches.segments][:, None]
        in_entry = np.add.reduceat(frequencies * shares, matches.firsts)
        singles = terms.singles
        return Evidence(
            passage=self._best_passage(matches, frequencies, terms.idf),
            spelled=self._saturate(np.add.reduceat(spelled * shares, matches.firsts)) @ self._as_spelled(terms),
            single=self._saturate(in_entry[:, :singles]) @ terms.idf[:singles],
            heading=self._best_heading(matches, frequencies, terms.idf),
            coverage=(in_entry[:, :singles] > 0) @ terms.idf[:singles] / np.float32(terms.single_weight),
        )

    def _saturate(self, frequencies: Floats) -> Floats:
        return frequencies / (frequencies + np.float32(self._lexical.weights.k1))

    def _best_passage(self, matches: Matches, frequencies: Floats, idf: Floats) -> Floats:
        """Score every clause with the clause that leads it and the entry's headings; return the best."""
        segments = matches.segments
        headings = frequencies * (self._shares[segments] * self._is_context[segments])[:, None]
        passages = frequencies.copy()
        led, leading = matches.leads(self._texts)
        passages[led] += frequencies[leading]
        passages *= self._passage_shares[segments][:, None].astype(np.float32)
        passages += matches.of_segments(np.add.reduceat(headings, matches.firsts))
        return np.maximum.reduceat(self._saturate(passages) @ idf, matches.firsts)

    def _best_heading(self, matches: Matches, frequencies: Floats, idf: Floats) -> Floats:
        totals = self._headings[matches.segments]
        named = np.where(totals > 0, frequencies @ idf / np.maximum(totals, 1e-6), 0)
        return np.maximum.reduceat(named.astype(np.float32), matches.firsts)

    def _as_spelled(self, terms: QuestionTerms) -> Floats:
        """Weights of the terms; a syllable whose spelling matters has the weight of that spelling."""
        weights = terms.idf.copy()
        known = np.flatnonzero(terms.spelled >= 0)
        weights[known] = self._spelled_idf[terms.spelled[known]]
        return weights

    def _passage_norms(self) -> Floats:
        """By what BM25F divides frequencies in a passage: the clause and its lead, against the mean of the field."""
        texts, b = self._texts, self._lexical.weights.b
        lengths = np.diff(texts.starts).astype(np.float64)
        led = np.flatnonzero(texts.leads >= 0)
        lengths[led] += np.diff(texts.starts)[texts.leads[led]]
        counts = np.bincount(texts.fields, minlength=len(Field))
        means = np.bincount(texts.fields, weights=lengths, minlength=len(Field)) / np.maximum(counts, 1)
        return (1 - b + b * lengths / np.maximum(means, 1)[texts.fields]).astype(np.float32)

    def _weigh_headings(self) -> Floats:
        """Weight of all single and paired terms of each title or variant; 0 for other segments."""
        texts, idf = self._texts, self._lexical.idf
        lengths = np.diff(texts.starts)
        is_heading = (texts.fields == Field.TITLE) | (texts.fields == Field.VARIANT)
        inside = np.repeat(is_heading, lengths)
        owners = np.repeat(np.arange(len(lengths)), lengths)[inside]
        tokens = self._folded[inside]
        weights = idf[tokens].astype(np.float64)
        together = np.flatnonzero(owners[:-1] == owners[1:])
        weights[together] += idf[self._lexical.pairs.terms(tokens[together], tokens[together + 1])]
        return np.bincount(owners, weights=weights, minlength=len(lengths)).astype(np.float32)

    def _weigh_spellings(self) -> Floats:
        """Inverse frequency of each spelling."""
        texts, size = self._texts, max(1, len(self._texts))
        owners: npt.NDArray[np.int64] = np.repeat(texts.entry_of_segment, np.diff(texts.starts))
        spellings = np.unique(texts.tokens.astype(np.int64) * size + owners) // size
        return inverse_frequency(np.bincount(spellings, minlength=len(texts.vocabulary.spellings)), size)
