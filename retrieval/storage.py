"""Keeps a lexical index in a folder: arrays as npz, words and weights as JSON, nothing that runs code when read."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from retrieval.lexical import LexicalIndex, Pairs, Weights
from retrieval.postings import Postings
from retrieval.texts import Texts, Vocabulary

FORMAT: Final = 1
_ARRAYS: Final = "lexical.npz"
_WORDS: Final = "lexical.json"


class UnreadableIndexError(Exception):
    """The index in the folder cannot be used; build it again."""


def save_lexical(index: LexicalIndex, folder: Path) -> None:
    """Write the index to a folder, which must exist."""
    texts, postings = index.texts, index.postings
    arrays: dict[str, Any] = {
        "tokens": texts.tokens,
        "starts": texts.starts,
        "fields": texts.fields,
        "entries": texts.entries,
        "leads": texts.leads,
        "pairs": index.pairs.keys,
        "idf": index.idf,
        "lengths": index.lengths,
        "posting_starts": postings.starts,
        "posting_entries": postings.entries,
        "impacts": postings.impacts,
        "common": postings.common,
        "rows": postings.rows,
    }
    np.savez(folder / _ARRAYS, allow_pickle=False, **arrays)
    vocabulary = texts.vocabulary
    words = {
        "format": FORMAT,
        "weights": asdict(index.weights),
        "spellings": vocabulary.spellings,
        "folded": vocabulary.folded,
    }
    (folder / _WORDS).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")


def load_lexical(folder: Path) -> LexicalIndex:
    """Read what `save_lexical` wrote. Raises `UnreadableIndexError`."""
    try:
        words: dict[str, Any] = json.loads((folder / _WORDS).read_text(encoding="utf-8"))
        if words["format"] != FORMAT:
            raise UnreadableIndexError(f"{folder}: format {words['format']}, expected {FORMAT}")
        with np.load(folder / _ARRAYS, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return _assemble(words, arrays)
    except (OSError, EOFError, BadZipFile, ValueError, LookupError, TypeError) as error:
        raise UnreadableIndexError(f"{folder}: {error!r}") from error


def _assemble(words: dict[str, Any], arrays: dict[str, Any]) -> LexicalIndex:
    vocabulary = Vocabulary(words["spellings"], words["folded"])
    texts = Texts(vocabulary, arrays["tokens"], arrays["starts"], arrays["fields"], arrays["entries"], arrays["leads"])
    postings = Postings(
        len(texts),
        arrays["posting_starts"],
        arrays["posting_entries"],
        arrays["impacts"],
        arrays["common"],
        arrays["rows"],
    )
    pairs = Pairs(max(1, len(vocabulary)), arrays["pairs"])
    return LexicalIndex(
        texts=texts,
        weights=Weights(**words["weights"]),
        pairs=pairs,
        postings=postings,
        idf=arrays["idf"],
        lengths=arrays["lengths"],
    )
