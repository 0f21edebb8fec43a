"""The index of the knowledge base is built once for each content."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from knowledge.check import KnowledgeBase
from knowledge.loading import load_knowledge
from retrieval import building
from retrieval.building import open_search
from retrieval.collection import collection
from retrieval.dense_loading import DenseState
from retrieval.texts import Entry
from retrieval.training import TrainingError
from tests.small_knowledge import write_knowledge

DAY = date(2026, 11, 21)


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    """The small knowledge base."""
    write_knowledge(tmp_path / "knowledge")
    return load_knowledge(DAY, tmp_path / "knowledge")


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Where an embedding was to be trained; training itself fails, as without torch."""
    asked: list[Path] = []

    def train(_entries: Sequence[Entry], folder: Path) -> None:
        asked.append(folder)
        raise TrainingError("no torch here")

    monkeypatch.setattr(building, "train_in_own_process", train)
    return asked


def test_cards_and_provisions_are_collected_but_nothing_repealed_or_remembered(base: KnowledgeBase) -> None:
    assert [one.id for one in collection(base, DAY)] == ["card:bao-chay-gia", "nd-106-2025#dieu-98"]


def test_without_torch_search_is_lexical(base: KnowledgeBase, built: list[Path], tmp_path: Path) -> None:
    index = open_search(base, tmp_path / "data", DAY)
    assert index.dense_state is DenseState.OFF
    assert index.search("bao chay gia phat sao")[0].id == "card:bao-chay-gia"
    assert len(built) == 1


def test_the_same_content_is_built_once(base: KnowledgeBase, built: list[Path], tmp_path: Path) -> None:
    for _ in range(2):
        open_search(base, tmp_path / "data", DAY)
    assert len(built) == 1


def test_an_unreadable_index_is_built_again(base: KnowledgeBase, built: list[Path], tmp_path: Path) -> None:
    open_search(base, tmp_path / "data", DAY)
    for path in (tmp_path / "data/index").glob("*/passages.jsonl"):
        path.write_text("{", encoding="utf-8")
    assert open_search(base, tmp_path / "data", DAY).search("báo cháy giả")
    assert len(built) == 2


@pytest.mark.parametrize("name", ["lexical.npz", "lexical.json", "domain.npy", "embedding/modules.json"])
def test_a_file_that_was_cut_off_is_built_again(
    base: KnowledgeBase, built: list[Path], tmp_path: Path, name: str
) -> None:
    open_search(base, tmp_path / "data", DAY)
    (folder,) = (tmp_path / "data/index").iterdir()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"")
    assert open_search(base, tmp_path / "data", DAY).search("báo cháy giả")
    assert len(built) == 2


def test_only_the_newest_builds_are_kept(base: KnowledgeBase, built: list[Path], tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"data/index/old-{number}").mkdir(parents=True)
    open_search(base, tmp_path / "data", DAY)
    assert len(list((tmp_path / "data/index").iterdir())) == 3
    assert len(built) == 1
