"""A collection as arrays: the syllables of every text, by field and segment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from knowledge.vietnamese import SyllableRepair, fold, message_words, spelling, words
from retrieval.clauses import Clause, split_clauses

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

LONGEST_QUESTION: Final = 120
"""Syllables of a question that are read."""


class Field(IntEnum):
    """Where in an entry a text stands."""

    DOCUMENT = 0  # name of the law or document
    TITLE = 1
    VARIANT = 2  # another way to ask for the entry
    BODY = 3


@dataclass(frozen=True)
class Entry:
    """What is indexed as one unit."""

    document: str = ""
    title: str = ""
    variants: tuple[str, ...] = ()
    body: str = ""

    def segments(self) -> Iterator[tuple[Field, Clause]]:
        """Yield the texts with their fields, in reading order, the body clause by clause."""
        yield Field.DOCUMENT, Clause(self.document)
        yield Field.TITLE, Clause(self.title)
        for variant in self.variants:
            yield Field.VARIANT, Clause(variant)
        for clause in split_clauses(self.body):
            yield Field.BODY, clause


class Vocabulary:
    """Numbers spellings ("chạy", "cháy") and their folded syllables ("chay")."""

    def __init__(self, spellings: Sequence[str], folded: Sequence[str]) -> None:
        """Take parallel lists: a spelling key for each id, and its folded syllable."""
        if len(spellings) != len(folded):
            raise ValueError(f"{len(spellings)} spellings but {len(folded)} folded forms")
        self.spellings = tuple(spellings)
        self._spelling_ids = {key: number for number, key in enumerate(spellings)}
        self.syllables = tuple(dict.fromkeys(folded))
        self._syllable_ids = {syllable: number for number, syllable in enumerate(self.syllables)}
        self.folded_of = np.array([self._syllable_ids[one] for one in folded], dtype=np.int32)

    def __len__(self) -> int:
        """Number of folded syllables."""
        return len(self.syllables)

    @property
    def folded(self) -> list[str]:
        """The folded syllable of each spelling."""
        return [self.syllables[number] for number in self.folded_of]

    def spelling_id(self, token: str) -> int:
        """Return the number of the token's spelling, or -1."""
        return self._spelling_ids.get(spelling(token), -1)

    def syllable_id(self, folded: str) -> int:
        """Return the number of a folded syllable, or -1."""
        return self._syllable_ids.get(folded, -1)


@dataclass(frozen=True)
class Texts:
    """A tokenised collection. Segment `s` holds `tokens[starts[s]:starts[s + 1]]` of field `fields[s]`.

    Entry `e` has the segments `entries[e]` to `entries[e + 1]`. Tokens are spelling ids. Segment `s` is introduced by
    segment `leads[s]`, or by none where that is -1.
    """

    vocabulary: Vocabulary
    tokens: npt.NDArray[np.uint32]
    starts: Ints
    fields: npt.NDArray[np.uint8]
    entries: Ints
    leads: Ints

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit one another."""
        if len(self.starts) != len(self.fields) + 1 or self.starts[-1] != len(self.tokens):
            raise ValueError("segment starts do not fit the tokens")
        if self.entries[-1] != len(self.fields):
            raise ValueError("entry starts do not fit the segments")

    def __len__(self) -> int:
        """Number of entries."""
        return len(self.entries) - 1

    @property
    def folded(self) -> npt.NDArray[np.int32]:
        """The folded syllable of each token."""
        return self.vocabulary.folded_of[self.tokens]

    @property
    def entry_of_segment(self) -> Ints:
        """The entry each segment belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.entries))

    def frequencies(self) -> Mapping[str, int]:
        """How often each folded syllable occurs."""
        counts = np.bincount(self.folded, minlength=len(self.vocabulary))
        return dict(zip(self.vocabulary.syllables, counts.tolist(), strict=True))


def read_texts(entries: Iterable[Entry]) -> Texts:
    """Tokenise entries. Ids follow the first occurrence, so equal input gives equal arrays."""
    reader = _TextReader()
    for entry in entries:
        reader.add(entry)
    return reader.texts()


class _TextReader:
    """Collects the arrays of `Texts` entry by entry."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}  # of words
        self._keys: dict[str, int] = {}  # of spellings
        self._folded: list[str] = []
        self._segments: list[npt.NDArray[np.uint32]] = []
        self._fields: list[int] = []
        self._leads: list[int] = []
        self._entries = [0]

    def add(self, entry: Entry) -> None:
        """Append an entry's segments; those without a word are left out."""
        places: list[int] = []
        for field, clause in entry.segments():
            numbers = [self._number(word) for word in words(clause.text)]
            places.append(len(self._fields) if numbers else -1)
            if numbers:
                self._segments.append(np.array(numbers, dtype=np.uint32))
                self._fields.append(field)
                self._leads.append(places[-1 - clause.lead] if clause.lead else -1)
        self._entries.append(len(self._fields))

    def texts(self) -> Texts:
        """Return what was collected."""
        return Texts(
            vocabulary=Vocabulary(list(self._keys), self._folded),
            tokens=np.concatenate(self._segments) if self._segments else np.zeros(0, dtype=np.uint32),
            starts=np.cumsum([0, *map(len, self._segments)], dtype=np.int64),
            fields=np.array(self._fields, dtype=np.uint8),
            entries=np.array(self._entries, dtype=np.int64),
            leads=np.array(self._leads, dtype=np.int64),
        )

    def _number(self, word: str) -> int:
        """Return the number of the word's spelling, a new one where the spelling is new."""
        if word in self._numbers:
            return self._numbers[word]
        key = spelling(word)
        if key not in self._keys:
            self._keys[key] = len(self._keys)
            self._folded.append(fold(word))
        self._numbers[word] = self._keys[key]
        return self._keys[key]


@dataclass(frozen=True)
class Question:
    """A question in the numbers of a vocabulary; -1 where a syllable is unknown.

    `marked` tells which syllables were typed with a diacritic: only those can disagree in spelling.
    """

    folded: npt.NDArray[np.int32]
    spelled: npt.NDArray[np.int64]
    marked: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """Number of syllables."""
        return len(self.folded)


class QuestionReader:
    """Reads messages: expands teencode and repairs syllables outside the vocabulary."""

    def __init__(self, vocabulary: Vocabulary, repair: SyllableRepair) -> None:
        self._vocabulary = vocabulary
        self._repair = repair

    def read(self, text: str) -> Question:
        """Return the question in numbers; at most `LONGEST_QUESTION` syllables."""
        tokens = message_words(text)[:LONGEST_QUESTION]
        typed = [fold(token) for token in tokens]
        known = self._repair.repair(typed)
        number, spelled = self._vocabulary.syllable_id, self._vocabulary.spelling_id
        return Question(
            np.array([number(one) for one in known], dtype=np.int32),
            np.array([spelled(one) for one in tokens], dtype=np.int64),
            np.array([token != plain for token, plain in zip(tokens, typed, strict=True)], dtype=np.bool_),
        )
