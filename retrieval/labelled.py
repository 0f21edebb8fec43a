"""Labelled residents' questions: what calibration and ablation are measured on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

QUESTIONS_FOLDER: Final = Path(__file__).parent / "questions"
QUESTION_FILES: Final = ("fresh.jsonl", "second.jsonl")
OUTSIDE_FILE: Final = QUESTIONS_FOLDER / "outside.jsonl"
ANSWERABLE: Final = frozenset({
    "skill", "law", "prevention", "procedure", "feedback", "campaign", "directive", "fine", "validity", "place",
})  # fmt: skip
UNANSWERABLE: Final = frozenset({"out_of_scope"})


@dataclass(frozen=True)
class LabelledQuestion:
    """A message, its kind, and the cards that answer it, best first; none where nothing does."""

    id: str
    text: str
    kind: str
    cards: tuple[str, ...]


def read_questions(folder: Path = QUESTIONS_FOLDER) -> list[LabelledQuestion]:
    """Return the questions with a label, and those that must not be answered, in the order of the files."""
    labels = {label["id"]: label for path in sorted(folder.glob("labels-*.jsonl")) for label in _lines(path)}
    records = [record for name in QUESTION_FILES for record in _lines(folder / name)]
    return [one for record in records if (one := _question(record, labels)) is not None]


def read_outside(path: Path = OUTSIDE_FILE) -> list[str]:
    """Return messages that are not about fire safety: what the domain model learns to tell apart."""
    return [record["q"] for record in _lines(path)]


def _question(record: dict[str, Any], labels: Mapping[str, dict[str, Any]]) -> LabelledQuestion | None:
    kind = record["kind"]
    if kind in UNANSWERABLE:  # look-alikes of emergencies are left out: some are good questions
        return LabelledQuestion(record["id"], record["q"], kind, ())
    label = labels.get(record["id"])
    if kind not in ANSWERABLE or label is None:
        return None
    return LabelledQuestion(record["id"], record["q"], kind, tuple(label["cards"]))


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
