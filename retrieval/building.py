"""Builds the index of the knowledge base once for each content, and opens it afterwards."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

from knowledge import vietnamese
from knowledge.check import KnowledgeBase
from retrieval.calibration import Calibration
from retrieval.collection import asked_in, collection
from retrieval.dense import DenseIndex, EmbeddingSettings, open_encoder
from retrieval.domain import DomainModel
from retrieval.fusion import Mix
from retrieval.labelled import OUTSIDE_FILE, read_outside
from retrieval.search import Passage, SearchIndex
from retrieval.static_embedding import StaticEncoder
from retrieval.storage import UnreadableIndexError
from retrieval.texts import Entry
from retrieval.training import TrainingError, train_in_own_process

CALIBRATION_FILE: Final = Path(__file__).parent / "calibration.json"
OWN_MIX: Final = Mix(
    lexical=0.6, passage=0.5, spelled=1.0, single=0.6, heading=0.4, coverage=0.3, document=0.2, dense=1.6
)
"""Weights for our own cards, whose variants make headings and vectors say more than they do in bare law texts."""
_EMBEDDING: Final = "embedding"
_INDEX: Final = "index"
_KEPT_BUILDS: Final = 3
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class BuiltIndex:
    """The index of one state of the knowledge, with the calibration that reads its scores."""

    index: SearchIndex
    calibration: Calibration


def open_index(base: KnowledgeBase, data_dir: Path, on: date, settings: EmbeddingSettings | None = None) -> BuiltIndex:
    """Open the index of `base` as of the day `on` and its calibration, building the index where there is none."""
    index = open_search(base, data_dir, on, settings)
    return BuiltIndex(index, Calibration.load(CALIBRATION_FILE))


def open_search(
    base: KnowledgeBase, data_dir: Path, on: date, settings: EmbeddingSettings | None = None
) -> SearchIndex:
    """Open the index alone.

    Builds lie below `data_dir`/index, one folder for each content, made aside and moved into place whole.
    """
    settings = settings or EmbeddingSettings.from_environment(os.environ)
    passages = collection(base, on)
    folder = data_dir / _INDEX / _digest(passages)
    if not folder.exists():
        _build(passages, folder)
    try:
        return _opened(folder, settings)
    except UnreadableIndexError as error:
        _LOG.warning("index is unreadable and is built again: %s", error)
        shutil.rmtree(folder)
        _build(passages, folder)
    return _opened(folder, settings)


def _opened(folder: Path, settings: EmbeddingSettings) -> SearchIndex:
    if settings.model is None:
        return SearchIndex.load(folder, _own_encoder(folder), OWN_MIX)
    index = SearchIndex.load(folder, mix=OWN_MIX)
    index.load_dense(lambda entries: DenseIndex.build(open_encoder(settings), entries))
    return index


def _own_encoder(folder: Path) -> StaticEncoder | None:
    path = folder / _EMBEDDING
    try:
        return StaticEncoder.load(path) if path.exists() else None
    except Exception as error:  # the readers of weights and of words raise what they like
        raise UnreadableIndexError(f"{path}: {error!r}") from error


def _build(passages: Sequence[Passage], folder: Path) -> None:
    """Train the embedding, index, and move the whole into place; without torch the index is lexical only."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as made:
        work = Path(made) / "whole"
        encoder = _trained([passage.entry() for passage in passages], work / _EMBEDDING)
        SearchIndex.build(passages, encoder, domain=DomainModel.train(asked_in(passages), read_outside())).save(work)
        try:
            work.rename(folder)
        except OSError:
            if not folder.exists():  # another process may have built the same content meanwhile
                raise
    _forget_old(folder.parent, folder)


def _trained(entries: Sequence[Entry], folder: Path) -> StaticEncoder | None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        train_in_own_process(entries, folder)
    except TrainingError as error:
        _LOG.warning("no embedding could be trained, search is lexical only: %s", error)
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return StaticEncoder.load(folder)


def _forget_old(builds: Path, current: Path) -> None:
    """Keep the newest builds, so that a running assistant never loses its own."""
    found = sorted(_builds(builds), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in [one for one in found if one != current][_KEPT_BUILDS - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _builds(folder: Path) -> Iterable[Path]:
    return (path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _digest(passages: Sequence[Passage]) -> str:
    """Digest of the content and of the code that indexes it."""
    digest = hashlib.sha256()
    for source in [*sorted(Path(__file__).parent.glob("*.py")), Path(vietnamese.__file__), OUTSIDE_FILE]:
        digest.update(source.read_bytes())
    for passage in passages:
        digest.update(json.dumps(asdict(passage), ensure_ascii=False).encode())
    return digest.hexdigest()[:24]
