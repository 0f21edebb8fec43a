"""Static embedding models without torch: a text's vector is the mean of its tokens' rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors import safe_open
from tokenizers import Tokenizer

from retrieval.texts import Floats

_STATIC: Final = "StaticEmbedding"
_NORMALIZE: Final = "Normalize"
_WEIGHTS: Final = "embedding.weight"
_WEIGHTS_FILE: Final = "model.safetensors"
_TOKENIZER_FILE: Final = "tokenizer.json"


class StaticEncoder:
    """Encodes texts with the only embedding module of a sentence-transformers folder.

    Vectors equal sentence-transformers', scaled to length 1; a text without known tokens is the zero vector.
    """

    def __init__(self, tokenizer: Tokenizer, weights: Floats) -> None:
        if weights.ndim != 2 or len(weights) < tokenizer.get_vocab_size():
            raise ValueError(f"{tokenizer.get_vocab_size()} tokens need as many rows of weights, not {weights.shape}")
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._weights = weights

    @classmethod
    def load(cls, folder: Path) -> StaticEncoder:
        """Read a model folder. Raises `ValueError` if it is not static; see `is_static`."""
        if not is_static(folder):
            raise ValueError(f"{folder} is no sentence-transformers folder with a static embedding")
        inside = folder / str(_modules(folder)[0]["path"])
        with safe_open(inside / _WEIGHTS_FILE, framework="numpy") as stored:
            weights = stored.get_tensor(_WEIGHTS)
        return cls(Tokenizer.from_file(str(inside / _TOKENIZER_FILE)), weights.astype(np.float32))

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._weights.shape[1])

    def encode_questions(self, texts: Sequence[str]) -> Floats:
        """Return a row of length 1 for each text."""
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        """Return a row of length 1 for each text."""
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Floats:
        valid = [whole_characters(text) for text in texts]
        if len(valid) == 1:  # a batch of one waits for a thread of its own
            encodings = [self._tokenizer.encode(valid[0], add_special_tokens=False)]
        else:
            encodings = self._tokenizer.encode_batch(valid, add_special_tokens=False)
        means = [self._mean(encoding.ids) for encoding in encodings]
        return unit_rows(np.stack(means)) if means else np.zeros((0, self.dimensions), dtype=np.float32)

    def _mean(self, ids: list[int]) -> Floats:
        if not ids:
            return np.zeros(self.dimensions, dtype=np.float32)
        mean: Floats = self._weights[ids].mean(axis=0, dtype=np.float32)
        return mean


def is_static(folder: Path) -> bool:
    """Whether `folder` is a sentence-transformers model made of a static embedding only."""
    if not (folder / "modules.json").is_file():
        return False
    kinds = [str(module["type"]).rpartition(".")[2] for module in _modules(folder)]
    if kinds not in ([_STATIC], [_STATIC, _NORMALIZE]):
        return False
    inside = folder / str(_modules(folder)[0]["path"])
    if not (inside / _TOKENIZER_FILE).is_file() or not (inside / _WEIGHTS_FILE).is_file():
        return False
    with safe_open(inside / _WEIGHTS_FILE, framework="numpy") as stored:
        return _WEIGHTS in list(stored.keys())


def _modules(folder: Path) -> list[dict[str, Any]]:
    modules: list[dict[str, Any]] = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    return sorted(modules, key=lambda module: int(module["idx"]))


def whole_characters(text: str) -> str:
    """Return the text without unpaired surrogates, which no tokenizer takes.

    >>> whole_characters("cháy\\ud800 nhà")
    'cháy? nhà'
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def unit_rows(rows: Floats) -> Floats:
    """Scale rows to length 1; zero rows stay zero.

    >>> unit_rows(np.array([[0, 4], [0, 0]], dtype=np.float32)).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
