"""Groups questions that ask the same, so that an editor answers them once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

import numpy as np

from bot.store.open_questions import Question
from knowledge.audit import EMPTY_WORDS
from knowledge.vietnamese import syllables
from retrieval.texts import Floats

ALIKE_IN_MEANING: Final = 0.65
"""Cosine of two embedded questions from which they count as one."""
ALIKE_IN_WORDS: Final = 0.5
"""Cosine from which they do where only words can be compared."""


@dataclass(frozen=True)
class Group:
    """Questions that ask the same: the first stands for them, the newest tells how fresh the need is."""

    questions: tuple[Question, ...]

    @property
    def first(self) -> Question:
        """The one that stands for all."""
        return self.questions[0]

    @property
    def newest(self) -> datetime:
        """When it was asked last."""
        return max(one.at for one in self.questions)

    @property
    def cards(self) -> tuple[str, ...]:
        """The cards that came near to any of them, the most frequent first."""
        counts: dict[str, int] = {}
        for question in self.questions:
            for card in question.cards:
                counts[card] = counts.get(card, 0) + 1
        return tuple(sorted(counts, key=lambda card: -counts[card]))


def groups(questions: Sequence[Question], vectors: Floats | None = None) -> list[Group]:
    """Return the questions in groups, the largest first, then the one asked last.

    Each question joins the group whose first one it is most like, if it is like enough. `vectors` are the unit vectors
    (number, dimensions) of the questions by an embedding; without them words are compared.
    """
    if vectors is None:
        vectors, alike = word_vectors([one.text for one in questions]), ALIKE_IN_WORDS
    else:
        alike = ALIKE_IN_MEANING
    heads: list[int] = []
    members: list[list[int]] = []
    for number, vector in enumerate(vectors):
        likeness = vectors[heads] @ vector if heads else np.zeros(0, dtype=np.float32)
        if heads and float(likeness.max()) >= alike:
            members[int(likeness.argmax())].append(number)
        else:
            heads.append(number)
            members.append([number])
    found = [Group(tuple(questions[one] for one in member)) for member in members]
    return sorted(found, key=lambda group: (-len(group.questions), -group.newest.timestamp()))


def word_vectors(texts: Sequence[str]) -> Floats:
    """Return unit vectors (number, 2048) of the folded syllables of texts and their pairs, empty words left out.

    Which place a word has follows from its letters alone, so that the vectors of one text never change.
    """
    vectors = np.zeros((len(texts), _PLACES), dtype=np.float32)
    for row, text in enumerate(texts):
        words = [word for word in syllables(text) if word not in EMPTY_WORDS]
        for term in (*words, *(f"{left} {right}" for left, right in pairwise(words))):
            vectors[row, _place(term)] += 1
        length = float(np.linalg.norm(vectors[row]))
        if length:
            vectors[row] /= length
    return vectors


_PLACES: Final = 2_048


def _place(term: str) -> int:
    total = 0
    for sign in term:
        total = (total * 31 + ord(sign)) % 1_000_003
    return total % _PLACES
