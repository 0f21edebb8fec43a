"""Dense search: every text of an entry becomes a vector, searched in FAISS by inner product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import faiss
import numpy as np

from retrieval.matching import ranges
from retrieval.static_embedding import StaticEncoder, is_static, unit_rows, whole_characters
from retrieval.texts import Entry, Floats, Ints

_SEARCHED_PER_ENTRY: Final = 4
_ENCODED_AT_ONCE: Final = 4096
_MANY: Final = 30_000  # vectors; fewer are searched exactly, which then takes less than a millisecond
_CELLS: Final = 320
_CELLS_SEARCHED: Final = 16


class Encoder(Protocol):
    """Turns texts into vectors of length 1, so that an inner product is a cosine."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    def encode_questions(self, texts: Sequence[str]) -> Floats:
        """Return a row for each question."""

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        """Return a row for each text to be found."""


@dataclass(frozen=True, kw_only=True)
class EmbeddingSettings:
    """Which sentence-transformers model encodes. Without a model, the one trained by the build does.

    Some models want their texts announced: multilingual-e5 takes "query: " and "passage: ".
    """

    model: str | None = None
    question_prefix: str = ""
    passage_prefix: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> EmbeddingSettings:
        """Read EMBEDDING_MODEL, EMBEDDING_QUERY_PREFIX and EMBEDDING_PASSAGE_PREFIX."""
        return cls(
            model=environment.get("EMBEDDING_MODEL", "").strip() or None,
            question_prefix=environment.get("EMBEDDING_QUERY_PREFIX", ""),
            passage_prefix=environment.get("EMBEDDING_PASSAGE_PREFIX", ""),
        )


class TransformerEncoder:
    """Any sentence-transformers model. Loading imports torch and takes seconds: do it beside the answers."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        if settings.model is None:
            raise ValueError("no model named")
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415

        self._settings = settings
        self._model: Any = SentenceTransformer(settings.model, device="cpu")

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    def encode_questions(self, texts: Sequence[str]) -> Floats:
        """Return a row for each question, behind the question prefix."""
        return self._encode([self._settings.question_prefix + text for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        """Return a row for each passage, behind the passage prefix."""
        return self._encode([self._settings.passage_prefix + text for text in texts])

    def _encode(self, texts: list[str]) -> Floats:
        rows = self._model.encode(
            [whole_characters(text) for text in texts], convert_to_numpy=True, show_progress_bar=False
        )
        return unit_rows(np.asarray(rows, dtype=np.float32))


def open_encoder(settings: EmbeddingSettings) -> Encoder:
    """Return the encoder of the named model, without torch where the model is a local static one."""
    if settings.model is None:
        raise ValueError("no model named")
    folder = Path(settings.model)
    prefixed = settings.question_prefix or settings.passage_prefix
    return StaticEncoder.load(folder) if is_static(folder) and not prefixed else TransformerEncoder(settings)


def embedded_texts(entry: Entry) -> list[str]:
    """Return the texts of an entry that get a vector each: its title, every variant, and the whole."""
    whole = "\n".join(part for part in (entry.document, entry.title, entry.body) if part.strip())
    return list(dict.fromkeys(text for text in (entry.title, *entry.variants, whole) if text.strip()))


class DenseIndex:
    """The vectors of a collection. An entry is as near to a question as the nearest of its vectors."""

    def __init__(self, encoder: Encoder, index: faiss.Index, starts: Ints) -> None:
        if index.ntotal != starts[-1]:
            raise ValueError(f"{index.ntotal} vectors, but entries of {starts[-1]}")
        faiss.omp_set_num_threads(1)  # questions are short and come side by side
        self._encoder = encoder
        self._index = index
        self._starts = starts  # first vector of each entry, and the end
        self._owners = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        if isinstance(index, faiss.IndexIVF):
            index.nprobe = _CELLS_SEARCHED
            index.make_direct_map()

    @classmethod
    def build(cls, encoder: Encoder, entries: Sequence[Entry]) -> DenseIndex:
        """Encode the texts of all entries."""
        texts = [embedded_texts(entry) for entry in entries]
        flat = [text for group in texts for text in group]
        parts = [
            encoder.encode_passages(flat[start : start + _ENCODED_AT_ONCE])
            for start in range(0, len(flat), _ENCODED_AT_ONCE)
        ]
        vectors = np.concatenate(parts) if parts else np.zeros((0, encoder.dimensions), dtype=np.float32)
        return cls(encoder, _index(vectors), np.cumsum([0, *map(len, texts)]))

    def save(self, path: Path) -> None:
        """Write the vectors to a file; the entries they belong to are known from the entries."""
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path, encoder: Encoder, entries: Sequence[Entry]) -> DenseIndex:
        """Read what `save` wrote for the same entries. Raises `ValueError` if it does not fit them."""
        index = faiss.read_index(str(path))
        if index.d != encoder.dimensions:
            raise ValueError(f"vectors of {index.d} numbers, but the model gives {encoder.dimensions}")
        return cls(encoder, index, np.cumsum([0, *(len(embedded_texts(entry)) for entry in entries)]))

    def encode(self, question: str) -> Floats:
        """Return the question's vector."""
        vector: Floats = self._encoder.encode_questions([question])[0]
        return vector

    def encode_all(self, questions: Sequence[str]) -> Floats:
        """Return a row for each question."""
        return self._encoder.encode_questions(questions)

    def nearest(self, vector: Floats, limit: int) -> Ints:
        """Return up to `limit` entries with the nearest vectors, nearest first."""
        count = min(limit * _SEARCHED_PER_ENTRY, self._index.ntotal)
        _, found = self._index.search(vector[None, :], count)
        owners = self._owners[found[0][found[0] >= 0]]
        _, first = np.unique(owners, return_index=True)
        nearest: Ints = owners[np.sort(first)][:limit]
        return nearest

    def cosines(self, vector: Floats, entries: Ints) -> Floats:
        """Return the cosine of each entry's nearest vector; -1 for an entry without one."""
        rows, firsts = ranges(self._starts[entries], self._starts[entries + 1])
        has_vectors = self._starts[entries + 1] > self._starts[entries]
        result = np.full(len(entries), -1, dtype=np.float32)
        if len(rows):
            cosines = self._index.reconstruct_batch(rows) @ vector
            result[has_vectors] = np.maximum.reduceat(cosines, firsts[has_vectors])
        return result


def _index(vectors: Floats) -> faiss.Index:
    """Return an exact index, or, for very many vectors, one that searches the nearest cells only."""
    count, dimensions = vectors.shape
    index: faiss.Index = faiss.IndexFlatIP(dimensions)
    if count >= _MANY:
        index = faiss.IndexIVFFlat(index, dimensions, _CELLS, faiss.METRIC_INNER_PRODUCT)
        index.cp.niter = 10
        index.train(vectors)
    index.add(vectors)
    return index
