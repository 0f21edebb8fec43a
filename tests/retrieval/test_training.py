"""The embedding that the build trains: deterministic, blind to diacritics, and of some use."""

from pathlib import Path

import numpy as np
import pytest

from retrieval.search import Passage
from retrieval.static_embedding import StaticEncoder
from retrieval.texts import Entry
from retrieval.training import (
    TrainingError,
    TrainingSettings,
    make_tokenizer,
    train_embedding,
    train_in_own_process,
)

SMALL = TrainingSettings(dimensions=8, rarest_word=1)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_training_twice_gives_the_same_files(tmp_path: Path, passages: tuple[Passage, ...]) -> None:
    entries = [passage.entry() for passage in passages]
    train_embedding(entries, tmp_path / "one", SMALL)
    train_embedding(entries, tmp_path / "two", SMALL)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_diacritics_and_case_make_no_difference(encoder: StaticEncoder) -> None:
    first, second = encoder.encode_questions(["Báo CHÁY giả đâu", "bao chay gia dau"])
    np.testing.assert_array_equal(first, second)


def test_a_variant_finds_its_own_passage(encoder: StaticEncoder, passages: tuple[Passage, ...]) -> None:
    bodies = encoder.encode_passages([passage.body for passage in passages])
    found = (encoder.encode_questions([passages[1].variants[1]]) @ bodies.T).argmax()
    assert passages[found].id == "card:false-alarm"


def test_thousands_are_joined_and_rare_words_are_unknown() -> None:
    entries = [Entry(body="Phạt 10.000.000 đồng, đồng."), Entry(body="10.000.000 đồng")]
    tokenizer = make_tokenizer(entries, TrainingSettings())
    assert tokenizer.encode("10000000 Đồng phạt", add_special_tokens=False).tokens == ["10000000", "dong", "[UNK]"]


@pytest.mark.parametrize("entries", [[Entry(title="cháy")], [Entry(), Entry(title="một hai ba bốn năm sáu")]])
def test_very_little_text_is_enough(tmp_path: Path, entries: list[Entry]) -> None:
    train_embedding(entries, tmp_path / "model")
    assert StaticEncoder.load(tmp_path / "model").dimensions >= 1


def test_nothing_to_train_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing"):
        train_embedding([], tmp_path)
    with pytest.raises(ValueError, match="positive"):
        TrainingSettings(batch=0)


def test_training_in_its_own_process_gives_the_same_and_tells_of_failure(
    tmp_path: Path, passages: tuple[Passage, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    entries = [passage.entry() for passage in passages]
    train_embedding(entries, tmp_path / "here", SMALL)
    train_in_own_process(entries, tmp_path / "there", SMALL)
    assert files_of(tmp_path / "here") == files_of(tmp_path / "there")
    with pytest.raises(TrainingError):
        train_in_own_process([], tmp_path / "nowhere")
    assert capfd.readouterr().out == ""
