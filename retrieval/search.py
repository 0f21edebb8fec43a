"""Search as the assistant uses it: passages in, hits with their evidence out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from retrieval.dense import DenseIndex, Encoder
from retrieval.dense_loading import DenseSlot, DenseState
from retrieval.domain import DomainModel
from retrieval.fusion import Mix, MixedIndex, Ranking
from retrieval.lexical import LexicalIndex, Weights
from retrieval.storage import UnreadableIndexError, load_lexical, save_lexical
from retrieval.texts import Entry, Floats, Ints, read_texts

_PASSAGES: Final = "passages.jsonl"
_VECTORS: Final = "dense.faiss"
_DOMAIN: Final = "domain.npy"


@dataclass(frozen=True)
class Passage:
    """What can be found: an answer card or a passage of a document.

    `variants` are other ways to ask for it; `document` is the name of the document it belongs to, or "".
    `siblings` are ids of passages about the same thing: where both fit, neither makes the other less sure.
    """

    id: str
    title: str
    variants: tuple[str, ...]
    body: str
    document: str
    kind: str
    siblings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a passage that cannot be referred to."""
        if not self.id:
            raise ValueError("a passage needs an id")

    def entry(self) -> Entry:
        """Return the texts to index."""
        return Entry(document=self.document, title=self.title, variants=self.variants, body=self.body)


@dataclass(frozen=True)
class Hit:
    """A passage found, and how well it fits. All values but `dense` and `length` lie between 0 and 1.

    score: the mixed score, by which hits are ordered; comparable only within one search
    lexical: BM25F as a share of the question's ceiling
    dense: cosine of the nearest vector; None without a dense index
    coverage: share of the question's weight that occurs in the passage
    heading: share of the weight of its best title or variant that the question names
    known: share of the question's syllables that any passage has
    length: syllables of the question
    domain: probability that the question is about fire safety at all; 0.5 without a domain model
    siblings: ids of passages about the same thing
    """

    id: str
    score: float
    lexical: float
    dense: float | None
    coverage: float
    heading: float = 0.0
    known: float = 1.0
    length: int = 0
    domain: float = 0.5
    siblings: tuple[str, ...] = ()


class SearchIndex:
    """Finds passages for a question. Safe to use from several threads."""

    def __init__(
        self,
        passages: Sequence[Passage],
        lexical: LexicalIndex,
        dense: DenseSlot,
        mix: Mix | None,
        domain: DomainModel | None = None,
    ) -> None:
        if len(passages) != len(lexical.texts):
            raise ValueError(f"{len(passages)} passages, but an index of {len(lexical.texts)}")
        repeated = {one.id for one in passages}
        if len(repeated) != len(passages):
            raise ValueError("two passages have the same id")
        self._passages = tuple(passages)
        self._lexical = lexical
        self._mixed = MixedIndex(lexical, groups_of([one.document for one in passages]), mix)
        self._dense = dense
        self._domain = domain

    @classmethod
    def build(
        cls,
        passages: Sequence[Passage],
        encoder: Encoder | None = None,
        *,
        weights: Weights | None = None,
        mix: Mix | None = None,
        domain: DomainModel | None = None,
    ) -> SearchIndex:
        """Index the passages, with vectors if there is an encoder."""
        entries = [passage.entry() for passage in passages]
        lexical = LexicalIndex.build(read_texts(entries), weights or Weights())
        dense = DenseIndex.build(encoder, entries) if encoder is not None else None
        return cls(passages, lexical, DenseSlot(dense), mix, domain)

    def search(self, text: str, limit: int = 10) -> list[Hit]:
        """Return up to `limit` hits, best first. Any text is accepted; without a known word nothing is found."""
        if limit < 1:
            raise ValueError("limit must be at least 1")
        ranking = self._mixed.rank(text, self._dense.get(), limit)
        domain = self._domain.probability(text) if self._domain is not None else 0.5
        return [self._hit(ranking, place, domain) for place in range(len(ranking.entries))]

    def _hit(self, ranking: Ranking, place: int, domain: float) -> Hit:
        passage = self._passages[int(ranking.entries[place])]
        return Hit(
            id=passage.id,
            score=float(ranking.scores[place]),
            lexical=float(ranking.lexical[place]),
            dense=None if ranking.dense is None else float(ranking.dense[place]),
            coverage=float(ranking.coverage[place]),
            heading=min(1.0, float(ranking.heading[place])),
            known=ranking.known,
            length=ranking.length,
            domain=domain,
            siblings=passage.siblings,
        )

    @property
    def passages(self) -> tuple[Passage, ...]:
        """What is indexed."""
        return self._passages

    @property
    def dense_state(self) -> DenseState:
        """Whether the vectors take part in the search."""
        return self._dense.state

    def vectors(self, questions: Sequence[str]) -> Floats | None:
        """Return a unit vector for each question by the embedding in use; None while there is none."""
        dense = self._dense.get()
        return dense.encode_all(questions) if dense is not None else None

    def without_dense(self) -> SearchIndex:
        """Return the same index, lexical only."""
        return SearchIndex(self._passages, self._lexical, DenseSlot(), self._mixed.mix, self._domain)

    def with_domain(self, domain: DomainModel) -> SearchIndex:
        """Return the same index with another domain model."""
        return SearchIndex(self._passages, self._lexical, self._dense, self._mixed.mix, domain)

    def load_dense(self, make: Callable[[Sequence[Entry]], DenseIndex]) -> None:
        """Make the dense index in the background; until it is ready search is lexical only."""
        entries = [passage.entry() for passage in self._passages]
        self._dense.load(lambda: make(entries))

    def wait_for_dense(self, seconds: float | None = None) -> DenseState:
        """Wait until the dense index is ready or has failed."""
        return self._dense.wait(seconds)

    def save(self, folder: Path) -> None:
        """Write the index to a folder, made if missing."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(asdict(passage), ensure_ascii=False) + "\n" for passage in self._passages)
        (folder / _PASSAGES).write_text("".join(lines), encoding="utf-8")
        save_lexical(self._lexical, folder)
        (folder / _VECTORS).unlink(missing_ok=True)
        if (dense := self._dense.get()) is not None:
            dense.save(folder / _VECTORS)
        if self._domain is not None:
            self._domain.save(folder / _DOMAIN)

    @classmethod
    def load(cls, folder: Path, encoder: Encoder | None = None, mix: Mix | None = None) -> SearchIndex:
        """Read what `save` wrote, with its vectors if the encoder that made them is given.

        Raises `UnreadableIndexError`.
        """
        lexical = load_lexical(folder)
        try:
            lines = (folder / _PASSAGES).read_text(encoding="utf-8").splitlines()
            passages = [_passage(json.loads(line)) for line in lines]
            dense = None
            if encoder is not None and (folder / _VECTORS).exists():
                dense = DenseIndex.load(folder / _VECTORS, encoder, [passage.entry() for passage in passages])
            domain = DomainModel.load(folder / _DOMAIN) if (folder / _DOMAIN).exists() else None
            return cls(passages, lexical, DenseSlot(dense), mix, domain)
        except (OSError, EOFError, ValueError, LookupError, TypeError, RuntimeError) as error:
            raise UnreadableIndexError(f"{folder}: {error!r}") from error


def _passage(values: dict[str, Any]) -> Passage:
    return Passage(**{**values, "variants": tuple(values["variants"]), "siblings": tuple(values["siblings"])})


def groups_of(documents: Sequence[str]) -> Ints:
    """Number equal names equally; -1 for no name.

    >>> groups_of(["Luật A", "", "Luật B", "Luật A"]).tolist()
    [0, -1, 1, 0]
    """
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) if name else -1 for name in documents], dtype=np.int64)
