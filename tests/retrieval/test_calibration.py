"""From the evidence of hits to a probability and a decision."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.calibration import FEATURES, Calibration, Decision, Example, fit
from retrieval.search import Hit

GOOD = Hit("card:a", 0.9, lexical=0.7, dense=0.9, coverage=0.9, heading=0.9, known=1.0, length=8)
POOR = Hit("card:b", 0.6, lexical=0.1, dense=0.2, coverage=0.2, heading=0.1, known=0.4, length=8)


def examples() -> list[Example]:
    """Twenty right answers with good evidence, ten wrong ones with poor, ten questions without an answer."""
    steps = [number / 100 for number in range(20)]
    right = [Example([replace(GOOD, lexical=GOOD.lexical - step), POOR], True, True) for step in steps]
    wrong = [Example([replace(POOR, lexical=POOR.lexical + step)], False, True) for step in steps[:10]]
    outside = [Example([replace(POOR, coverage=POOR.coverage + step)], False, False) for step in steps[:10]]
    return right + wrong + outside


@pytest.fixture
def calibration() -> Calibration:
    return fit(examples(), most_wrong=0.1, suggest_from=0.2)


def test_good_evidence_is_more_probable_than_poor(calibration: Calibration) -> None:
    assert calibration.probability([GOOD, POOR]) > 0.8
    assert calibration.probability([POOR]) < 0.2
    assert calibration.probability([]) == 0


def test_decisions_follow_the_thresholds(calibration: Calibration) -> None:
    strict = replace(calibration, answer_from=0.6, suggest_from=0.3)
    assert [strict.decide(one) for one in (0.6, 0.59, 0.3, 0.29)] == [
        Decision.ANSWER,
        Decision.SUGGEST,
        Decision.SUGGEST,
        Decision.NONE,
    ]


def test_at_most_the_allowed_share_of_unanswerable_questions_is_answered(calibration: Calibration) -> None:
    answered = [
        calibration.decide(calibration.probability(one.hits)) is Decision.ANSWER
        for one in examples()
        if not one.answerable
    ]
    assert sum(answered) <= 1


def test_it_judges_without_a_dense_index_too(calibration: Calibration) -> None:
    assert 0 <= calibration.probability([replace(GOOD, dense=None)]) <= 1


def test_it_survives_being_stored(calibration: Calibration, tmp_path: Path) -> None:
    calibration.save(tmp_path / "calibration.json")
    loaded = Calibration.load(tmp_path / "calibration.json")
    assert loaded.probability([GOOD, POOR]) == pytest.approx(calibration.probability([GOOD, POOR]), abs=0.01)


def test_a_calibration_of_other_features_is_refused(calibration: Calibration, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    calibration.save(path)
    path.write_text(path.read_text(encoding="utf-8").replace(FEATURES[0], "other"), encoding="utf-8")
    with pytest.raises(ValueError, match="features"):
        Calibration.load(path)


@pytest.mark.parametrize("change", [{"weights": (0.0,)}, {"answer_from": 0.1, "suggest_from": 0.5}, {"answer_from": 2}])
def test_values_that_make_no_sense_are_refused(calibration: Calibration, change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"features|thresholds"):
        replace(calibration, **change)  # type: ignore[arg-type]


def test_examples_of_one_kind_only_are_refused() -> None:
    with pytest.raises(ValueError, match="right and of wrong"):
        fit([one for one in examples() if one.right], 0.1, 0.2)


def test_the_stored_file_can_be_read_by_people(calibration: Calibration, tmp_path: Path) -> None:
    calibration.save(tmp_path / "calibration.json")
    values = json.loads((tmp_path / "calibration.json").read_text(encoding="utf-8"))
    assert values["features"] == list(FEATURES)
