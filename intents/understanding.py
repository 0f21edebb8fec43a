"""What Rasa says of a message, checked before anybody relies on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from intents.intents import Intent

_MOST_ENTITIES: Final = 50
_ROUNDING: Final = 1e-6


class GarbageError(Exception):
    """An answer that is not what Rasa answers."""


@dataclass(frozen=True)
class Entity:
    """Something named in a message: `kind` as in `intents/domain.yml`, `value` in its canonical spelling.

    `start` and `end` are characters of the text that was sent.
    """

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Understanding:
    """What a message wants.

    `intent` is the likeliest, or `nlu_fallback` when none is likely enough or two are as likely. `ranking` has the
    likeliest first, without `nlu_fallback`; probabilities are between 0 and 1.
    """

    intent: Intent
    confidence: float
    ranking: tuple[tuple[Intent, float], ...]
    entities: tuple[Entity, ...] = ()


def understood(answer: object) -> Understanding:
    """Return the answer of `/model/parse` as an `Understanding`. Raises `GarbageError` when it is none."""
    try:
        named, confidence = _scored(_part(answer, "intent"))
        scored = [_scored(one) for one in _list(_part(answer, "intent_ranking"))]
        entities = tuple(_entity(one) for one in _list(_part(answer, "entities"))[:_MOST_ENTITIES])
    except (KeyError, TypeError, ValueError) as error:
        raise GarbageError("not the answer of a parser") from error
    ranking = sorted((one for one in scored if one[0] is not Intent.NLU_FALLBACK), key=lambda one: -one[1])
    if not ranking or len({intent for intent, _ in ranking}) < len(ranking):
        raise GarbageError("no ranking")
    return Understanding(named, confidence, tuple(ranking), entities)


def _scored(one: object) -> tuple[Intent, float]:
    confidence = _part(one, "confidence")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float):
        raise TypeError("a confidence is a number")
    if not -_ROUNDING <= confidence <= 1 + _ROUNDING:  # what is no number at all (NaN) lies nowhere
        raise ValueError("a confidence is between 0 and 1")
    return Intent(_text(_part(one, "name"))), min(1.0, max(0.0, float(confidence)))


def _entity(one: object) -> Entity:
    return Entity(
        kind=_text(_part(one, "entity")),
        value=_text(_part(one, "value")),
        start=_place(_part(one, "start")),
        end=_place(_part(one, "end")),
    )


def _part(whole: object, name: str) -> object:
    if not isinstance(whole, dict):
        raise TypeError("not an object")
    part: object = whole[name]
    return part


def _list(part: object) -> list[object]:
    if not isinstance(part, list):
        raise TypeError("not a list")
    return part


def _text(part: object) -> str:
    if not isinstance(part, str):
        raise TypeError("not a text")
    return part


def _place(part: object) -> int:
    if not isinstance(part, int):
        raise TypeError("not a place")
    return part
