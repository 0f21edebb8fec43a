"""Fits the calibration on labelled questions, each half by the other, and tells how well it decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.vietnamese import fold
from retrieval.calibration import Calibration, Decision, Example, fit
from retrieval.collection import CARD_PREFIX, asked_in
from retrieval.domain import DomainModel
from retrieval.labelled import UNANSWERABLE, LabelledQuestion
from retrieval.search import Hit, SearchIndex

MOST_WRONG: Final = 0.04  # of a hard set, a third of it near-misses; everyday messages pass far less often
SUGGEST_FROM: Final = 0.3
_LOOKED_AT: Final = 10
_FOLDS: Final = 5


@dataclass(frozen=True)
class Outcome:
    """Shares of the answerable and of the unanswerable questions, 0 to 1."""

    name: str
    right: float  # answered with a right card
    suggested: float  # a right card among the choices offered
    wrong: float  # answered with another card
    unanswerable_answered: float


def examples_of(indexes: Sequence[SearchIndex], questions: Sequence[LabelledQuestion]) -> list[Example]:
    """Search every question as typed and without diacritics, in each index."""
    return [
        Example(hits, _is_right(hits, question), question.kind not in UNANSWERABLE)
        for index in indexes
        for question in questions
        for text in (question.text, fold(question.text))
        if (hits := index.search(text, _LOOKED_AT))
    ]


def outside_examples(indexes: Sequence[SearchIndex], outside: Sequence[str]) -> list[Example]:
    """Search messages that must not be answered, each half with a domain model that learned from the other."""
    inside = asked_in(indexes[0].passages)
    models = [DomainModel.train(inside, outside[1 - half :: 2]) for half in range(2)]
    return [
        Example(hits, right=False, answerable=False)
        for index in indexes
        for half, model in enumerate(models)
        for text in outside[half::2]
        if (hits := index.with_domain(model).search(text, _LOOKED_AT))
    ]


def fit_calibration(
    indexes: Sequence[SearchIndex], questions: Sequence[LabelledQuestion], outside: Sequence[Example] = ()
) -> Calibration:
    """Fit on all questions. Give the index with and without its dense part: search may have to do without."""
    return fit([*examples_of(indexes, questions), *outside], MOST_WRONG, SUGGEST_FROM)


def measure(
    indexes: Sequence[SearchIndex], questions: Sequence[LabelledQuestion], outside: Sequence[Example] = ()
) -> list[Outcome]:
    """Measure the first index by cross-validation: each fifth is judged by a fit on the other four."""
    examples = [examples_of(indexes, [question]) for question in questions]  # searched once, used in every fold
    index, outcomes = indexes[0], []
    for name, folded in (("as typed", False), ("without diacritics", True)):
        decided: list[tuple[LabelledQuestion, list[Hit], Decision]] = []
        for part in range(_FOLDS):
            others = [one for number, found in enumerate(examples) if number % _FOLDS != part for one in found]
            calibration = fit([*others, *outside], MOST_WRONG, SUGGEST_FROM)
            for question in questions[part::_FOLDS]:
                hits = index.search(fold(question.text) if folded else question.text, _LOOKED_AT)
                decided.append((question, hits, calibration.decide(calibration.probability(hits))))
        outcomes.append(_outcome(name, decided))
    return outcomes


def _outcome(name: str, decided: Sequence[tuple[LabelledQuestion, list[Hit], Decision]]) -> Outcome:
    asked = [one for one in decided if one[0].cards]
    others = [one for one in decided if one[0].kind in UNANSWERABLE]
    answered = [one for one in asked if one[2] is Decision.ANSWER]
    right = sum(_is_right(hits, question) for question, hits, _ in answered)
    offered = sum(_is_offered(hits, question) for question, hits, what in asked if what is Decision.SUGGEST)
    wrongly = sum(what is Decision.ANSWER for _, _, what in others)
    return Outcome(
        name,
        right / max(len(asked), 1),
        offered / max(len(asked), 1),
        (len(answered) - right) / max(len(asked), 1),
        wrongly / max(len(others), 1),
    )


def _is_right(hits: Sequence[Hit], question: LabelledQuestion) -> bool:
    return bool(hits) and hits[0].id in {f"{CARD_PREFIX}{card}" for card in question.cards}


def _is_offered(hits: Sequence[Hit], question: LabelledQuestion) -> bool:
    cards = [hit.id.removeprefix(CARD_PREFIX) for hit in hits if hit.id.startswith(CARD_PREFIX)]
    return bool(set(cards[:3]) & set(question.cards))
