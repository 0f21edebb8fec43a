"""The statistical model behind `intents.components`: a linear classifier over words and pieces of words.

Runs on Python 3.10 in Rasa's environment, so it uses numpy, the standard library and `knowledge.vietnamese` only; to
train it, scipy and scikit-learn too. A message without diacritics is judged by a model that has seen the training data
folded, another by one that sees both spellings: trained on accented text alone, hardly anything without is understood.
"""

from __future__ import annotations

import json
import math
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intents.families import FAMILIES_FILE, Families
from knowledge.vietnamese import UNDERSTANDING_LIMIT, clean, fold, has_diacritics, message_words

Floats = NDArray[np.float32]
Vector = tuple[NDArray[np.int64], Floats]
"""Places in a vocabulary, and the values there."""
_DRAWN_OUT: Final = re.compile(r"([^\W\d_])\1{2,}")
_PICTURE: Final = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_ENDS: Final = ("^", "$")


@dataclass(frozen=True)
class Tuning:
    """What `config.yml` may set. `letters`: shortest and longest run of letters; `penalty`: C of the classifier."""

    letters: tuple[int, int] = (2, 4)
    penalty: float = 0.3
    seen_at_least: int = 1
    families: float = 0.7
    """Weight of families of words beside the words and the letters."""
    slips: int = 1
    """Copies of every example with one slip of the finger each."""


def normalized(text: str) -> str:
    """Return the words of the first 500 characters: lower case, teencode expanded, drawn-out letters once; then emoji.

    >>> normalized("Cháyyyy rồi, k ra đc!!!")
    'cháy rồi không ra được'
    """
    read = _DRAWN_OUT.sub(r"\1", clean(text)[:UNDERSTANDING_LIMIT].lower())
    return " ".join([*message_words(read), *_PICTURE.findall(read)])


class View:
    """Text as three TF-IDF vectors, of words, of letters and of families of words, put side by side."""

    def __init__(
        self,
        vocabulary: Sequence[str],
        weights: Floats,
        families: Families,
        letters: tuple[int, int],
        shares: Sequence[float],
    ) -> None:
        self.vocabulary = vocabulary
        self.weights = weights
        self.letters = letters
        self.shares = shares
        self._families = families
        self._places = {gram: place for place, gram in enumerate(vocabulary)}

    @classmethod
    def of(cls, texts: Iterable[str], families: Families, tuning: Tuning) -> View:
        """Return a view that knows what occurs in enough of `texts`."""
        documents = [{gram for part in _grams(text, families, tuning.letters) for gram in part} for text in texts]
        counts = Counter(gram for grams in documents for gram in grams)
        vocabulary = sorted(gram for gram, count in counts.items() if count >= tuning.seen_at_least)
        rarity = [math.log((1 + len(documents)) / (1 + counts[gram])) + 1 for gram in vocabulary]
        return cls(vocabulary, np.array(rarity, np.float32), families, tuning.letters, (1.0, 1.0, tuning.families))

    def vector(self, text: str) -> Vector:
        """Return places and values of what `text` contains; each of its parts has the length of its share."""
        places: list[int] = []
        values: list[float] = []
        for share, part in zip(self.shares, _grams(text, self._families, self.letters), strict=True):
            known = {self._places[gram]: count for gram, count in Counter(part).items() if gram in self._places}
            scaled = [(1 + math.log(count)) * float(self.weights[place]) for place, count in known.items()]
            length = math.sqrt(sum(value * value for value in scaled)) or 1.0
            places += known
            values += [share * value / length for value in scaled]
        return np.array(places, np.int64), np.array(values, np.float32)


def _grams(text: str, families: Families, letters: tuple[int, int]) -> tuple[list[str], list[str], list[str]]:
    """Return words with their neighbours, the runs of letters within words, and traits of families."""
    words = text.split()
    runs = [
        padded[start : start + size]
        for padded in (f" {word} " for word in words)
        for size in range(letters[0], letters[1] + 1)
        for start in range(max(1, len(padded) - size + 1))
    ]
    return (
        words + [f"{left} {right}" for left, right in pairwise([_ENDS[0], *words, _ENDS[1]])],
        ["~" + run for run in runs],
        families.traits(text),
    )


class Judge:
    """A linear classifier over one or more views of the same text."""

    def __init__(self, views: Sequence[View], weights: Floats, bias: Floats, sharpness: float) -> None:
        self.views = views
        self.weights = weights
        self.bias = bias
        self.sharpness = sharpness
        self._starts = np.cumsum([0, *(len(view.vocabulary) for view in views)])

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return the probability of each label for a text; `texts` has its spelling for each view."""
        scores = self.bias.astype(np.float32)
        for view, text, start in zip(self.views, texts, self._starts, strict=False):
            places, values = view.vector(text)
            scores = scores + values @ self.weights[places + start].astype(np.float32)
        return _softmax(scores * self.sharpness)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum(), np.float32)


class IntentClassifier:
    """Names the intents of a message, likeliest first."""

    def __init__(self, labels: Sequence[str], bare: Judge, marked: Judge) -> None:
        self.labels = tuple(labels)
        self._bare = bare
        self._marked = marked

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """Return every label with its probability, likeliest first. Any text will do."""
        typed = normalized(text)
        folded = fold(typed)
        judged = (
            self._marked.probabilities((folded, typed))
            if has_diacritics(clean(text)[:UNDERSTANDING_LIMIT])
            else self._bare.probabilities((folded,))
        )
        return sorted(zip(self.labels, map(float, judged), strict=True), key=lambda one: (-one[1], one[0]))

    def save(self, folder: Path) -> None:
        """Write it as JSON and npz: nothing in it can run."""
        words = {
            "labels": self.labels,
            "letters": self._bare.views[0].letters,
            "shares": self._bare.views[0].shares,
            "folded": self._marked.views[0].vocabulary,
            "typed": self._marked.views[1].vocabulary,
        }
        (folder / "words.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")
        shutil.copyfile(FAMILIES_FILE, folder / FAMILIES_FILE.name)
        np.savez_compressed(
            folder / "weights.npz",
            folded=self._marked.views[0].weights,
            typed=self._marked.views[1].weights,
            sharpness=np.array([self._bare.sharpness, self._marked.sharpness], np.float32),
            bare=self._bare.weights,
            bare_bias=self._bare.bias,
            marked=self._marked.weights,
            marked_bias=self._marked.bias,
        )

    @classmethod
    def load(cls, folder: Path) -> IntentClassifier:
        """Read what `save` wrote."""
        words: Mapping[str, Any] = json.loads((folder / "words.json").read_text("utf-8"))
        with_marks, without = Families.read(folder / FAMILIES_FILE.name)
        letters = (int(words["letters"][0]), int(words["letters"][1]))
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            folded = View(words["folded"], arrays["folded"], without, letters, words["shares"])
            typed = View(words["typed"], arrays["typed"], with_marks, letters, words["shares"])
            sharpness = [float(one) for one in arrays["sharpness"]]
            bare = Judge((folded,), arrays["bare"], arrays["bare_bias"], sharpness[0])
            marked = Judge((folded, typed), arrays["marked"], arrays["marked_bias"], sharpness[1])
        return cls(words["labels"], bare, marked)
