"""From the evidence of hits to the probability that the first one is right."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.building import CALIBRATION_FILE
from retrieval.calibration import FEATURES, Calibration, Decision, Example, features, fit
from retrieval.search import Hit

GOOD = Hit("card:a", 0.9, 0.8, 0.9, 0.9, 0.9, 1.0, 6, 0.9)
POOR = Hit("card:b", 0.4, 0.1, 0.2, 0.2, 0.1, 0.6, 6, 0.1)
PLAIN = Calibration((0.0, *[1.0] * len(FEATURES)), (0.0,) * len(FEATURES), (1.0,) * len(FEATURES), 0.8, 0.3)


def examples() -> list[Example]:
    good = [Example([replace(GOOD, score=0.9 - n / 100), POOR], right=True, answerable=True) for n in range(20)]
    poor = [Example([replace(POOR, score=0.4 - n / 100)], right=False, answerable=False) for n in range(20)]
    return good + poor


def test_better_evidence_is_more_probable() -> None:
    calibration = fit(examples(), most_wrong=0.02, suggest_from=0.3)
    assert calibration.probability([GOOD, POOR]) > 0.9
    assert calibration.probability([POOR]) < 0.1


def test_without_hits_nothing_is_right() -> None:
    assert PLAIN.probability([]) == 0.0


def test_unanswerable_questions_stay_below_the_threshold() -> None:
    calibration = fit(examples(), most_wrong=0.0, suggest_from=0.0)
    assert all(calibration.probability(one.hits) < calibration.answer_from for one in examples() if not one.answerable)


@pytest.mark.parametrize(
    ("probability", "decision"),
    [(0.8, Decision.ANSWER), (0.79, Decision.SUGGEST), (0.3, Decision.SUGGEST), (0.29, Decision.NONE)],
)
def test_thresholds(probability: float, decision: Decision) -> None:
    assert PLAIN.decide(probability) is decision


def test_a_missing_dense_score_is_a_feature_of_its_own() -> None:
    assert features([replace(GOOD, dense=None)])[FEATURES.index("no_dense")] == 1


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    calibration = fit(examples(), most_wrong=0.02, suggest_from=0.3)
    calibration.save(tmp_path / "calibration.json")
    loaded = Calibration.load(tmp_path / "calibration.json")
    assert loaded.probability([GOOD, POOR]) == pytest.approx(calibration.probability([GOOD, POOR]), abs=1e-3)


def test_a_calibration_of_other_features_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    PLAIN.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"features": ["other"]}))
    with pytest.raises(ValueError, match="other features"):
        Calibration.load(path)


@pytest.mark.parametrize(
    "changes",
    [{"answer_from": 0.2}, {"weights": (1.0,)}, {"scales": (0.0,) * len(FEATURES)}, {"means": (float("nan"),) * 10}],
)
def test_impossible_calibrations_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        replace(PLAIN, **changes)  # type: ignore[arg-type]


def test_examples_of_one_kind_only_are_refused() -> None:
    with pytest.raises(ValueError, match="right and of wrong"):
        fit([Example([GOOD], right=True, answerable=True)], 0.02, 0.3)


def test_the_kept_calibration_can_be_read() -> None:
    assert 0 < Calibration.load(CALIBRATION_FILE).answer_from < 1
