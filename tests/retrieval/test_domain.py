"""Whether a message is about fire safety at all."""

from pathlib import Path

import numpy as np
import pytest

from retrieval.domain import DomainModel

INSIDE = ["bình chữa cháy hết hạn", "nhà cháy thì chạy đi đâu", "phạt không có bình chữa cháy", "khói vào phòng"]
OUTSIDE = ["giá vàng hôm nay", "nấu phở bò thế nào", "đội bóng nào vô địch", "học phí đại học"]


def test_it_tells_the_two_apart_with_and_without_diacritics() -> None:
    model = DomainModel.train(INSIDE * 20, OUTSIDE * 20)
    for text in ("bình chữa cháy nhà em", "binh chua chay nha em"):
        assert model.probability(text) > 0.5
    assert model.probability("giá vàng và học phí") < 0.5


def test_training_is_deterministic_and_survives_a_file(tmp_path: Path) -> None:
    first, second = (DomainModel.train(INSIDE, OUTSIDE) for _ in range(2))
    assert first.probability("khói") == second.probability("khói")
    first.save(tmp_path / "domain.npy")
    assert DomainModel.load(tmp_path / "domain.npy").probability("khói") == pytest.approx(
        first.probability("khói"), abs=0.01
    )


@pytest.mark.parametrize("text", ["", "???", "\ud800", "a" * 10_000])
def test_any_text_has_a_probability(text: str) -> None:
    assert 0 <= DomainModel.train(INSIDE, OUTSIDE).probability(text) <= 1


def test_both_kinds_are_needed() -> None:
    with pytest.raises(ValueError, match="inside and outside"):
        DomainModel.train(INSIDE, [])


def test_weights_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="finite weights"):
        DomainModel(np.zeros(3, dtype=np.float32))
