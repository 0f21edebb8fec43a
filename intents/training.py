"""Training of the second opinion: two logistic regressions in numpy, the same result on every run.

Used by `python -m intents.train` and by the cross-validation of `python -m intents.evaluate`; the
running assistant imports neither (numpy is needed here only).
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intents.features import seen
from intents.opinion import SCALE
from knowledge.vietnamese import fold

DATA: Final = Path(__file__).parent / "data"
_SEEN_AT_LEAST: Final = 2
"""Messages in which a feature must occur."""
_SHRINK: Final = 1 / 10
"""Weight of the squared size of the weights against the summed loss."""
_KEPT_FEATURES: Final = 16_000
_KEPT_LEANINGS: Final = 12_000
_NOT_FOR_KINDS: Final = ("p ", "k ", "t ", "X ", "Y ", "F ")
"""Features that the kind of emergency is not read from."""
_STEPS: Final = 120
_SECOND_LOOKS: Final = 2
_PLAIN: Final = 1.0
"""Log-odds below which a fit has overlooked an emergency …"""
_EMPHASIS: Final = 4.0
"""… and how much more it then counts in the next."""

Vector = NDArray[np.float64]
Row = frozenset[str]


@dataclass(frozen=True)
class Message:
    """One reviewed message. `situation` is None for calm messages and where nobody named it."""

    text: str
    emergency: bool
    situation: str | None
    source: str

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Its features as typed and, when that differs, without diacritics."""
        typed, bare = frozenset(seen(self.text)), frozenset(seen(fold(self.text)))
        return (typed,) if typed == bare else (typed, bare)


def read_messages(folder: Path = DATA) -> list[Message]:
    """Return the reviewed messages, emergencies first."""
    return [
        Message(entry["text"], name == "emergencies", entry.get("situation"), entry["source"])
        for name in ("emergencies", "calm")
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        for entry in [json.loads(line)]
    ]


class Table:
    """Rows of features over a vocabulary; each row is divided by the root of how many it has."""

    def __init__(self, rows: Sequence[Row], vocabulary: Sequence[str]) -> None:
        place = {name: index for index, name in enumerate(vocabulary)}
        known = [sorted(place[name] for name in row if name in place) for row in rows]
        self.columns = len(vocabulary)
        self._sizes = np.array([max(len(indices), 1) for indices in known])
        self._indices = np.array([index for indices in known for index in indices or [self.columns]])
        self._starts = np.concatenate([[0], np.cumsum(self._sizes)[:-1]])
        self._scale = 1 / np.sqrt(self._sizes)

    def times(self, weights: Vector) -> Vector:
        """Return the score of every row; the last weight is the bias."""
        padded = np.append(weights[:-1], 0.0)
        scores: Vector = np.add.reduceat(padded[self._indices], self._starts) * self._scale + weights[-1]
        return scores

    def gather(self, slopes: Vector) -> Vector:
        """Return, for each weight, the sum of the slopes of the rows that it belongs to."""
        shares = np.repeat(slopes * self._scale, self._sizes)
        summed = np.bincount(self._indices, weights=shares, minlength=self.columns + 1)[: self.columns]
        return np.append(summed, slopes.sum())


def _vocabulary(rows: Sequence[Row]) -> list[str]:
    counts = Counter(name for row in rows for name in row)
    return sorted(name for name, count in counts.items() if count >= _SEEN_AT_LEAST)


def _minimise(loss: Callable[[Vector], tuple[float, Vector]], size: int, steps: int = _STEPS) -> Vector:
    """Return where `loss` (value and gradient) is least: L-BFGS with ten remembered steps."""
    at: Vector = np.zeros(size)
    memory: list[tuple[Vector, Vector]] = []
    value, slope = loss(at)
    for _ in range(steps):
        direction = _direction(slope, memory)
        stride, downhill = (1.0 if memory else 1e-2), float(slope.dot(direction))
        new_value, new_slope = loss(at - stride * direction)
        while new_value > value - 1e-4 * stride * downhill and stride > 1e-9:
            stride /= 2
            new_value, new_slope = loss(at - stride * direction)
        moved, turned = -stride * direction, new_slope - slope
        if moved.dot(turned) > 1e-12:
            memory = [*memory[-9:], (moved, turned)]
        settled = abs(value - new_value) < 1e-6 * max(1.0, abs(value))
        at, value, slope = at + moved, new_value, new_slope
        if settled:
            break
    return at


def _direction(slope: Vector, memory: Sequence[tuple[Vector, Vector]]) -> Vector:
    """Return the remembered curvature's idea of the way uphill (the two loops of L-BFGS)."""
    direction, shares = slope.copy(), []
    for moved, turned in reversed(memory):
        share = float(moved.dot(direction) / moved.dot(turned))
        direction -= share * turned
        shares.append(share)
    if memory:
        moved, turned = memory[-1]
        direction *= moved.dot(turned) / turned.dot(turned)
    for (moved, turned), share in zip(memory, reversed(shares), strict=True):
        direction += (share - float(turned.dot(direction) / moved.dot(turned))) * moved
    return direction


def _logistic(table: Table, truth: Vector, weights: Vector) -> Vector:
    """Fit a logistic regression; `weights` says how much each row counts."""

    def loss(at: Vector) -> tuple[float, Vector]:
        scores = table.times(at)
        value = float((weights * (np.logaddexp(0, scores) - truth * scores)).sum())
        slopes = weights * (1 / (1 + np.exp(-scores)) - truth)
        penalty = _SHRINK * np.append(at[:-1], 0.0)
        return value + 0.5 * float(penalty.dot(at)), table.gather(slopes) + penalty

    return _minimise(loss, table.columns + 1)


def _strongest(vocabulary: Sequence[str], strengths: Vector, kept: int) -> list[str]:
    order = np.argsort(-strengths, kind="stable")[:kept]
    return sorted(vocabulary[index] for index in order)


def fingerprint(folder: Path = DATA) -> str:
    """Return a digest of all that the weights depend on: the messages, the word lists and this code.

    Code counts by what it says, not by how it is laid out.
    """
    here = Path(__file__).parent
    lists = [here / "rules" / f"{name}.toml" for name in ("families", "readings", "situations")]
    code = [here / f"{name}.py" for name in ("features", "judging", "phrases", "reading", "training")]
    data = [folder / "emergencies.jsonl", folder / "calm.jsonl", *lists]
    parts = [part.read_text(encoding="utf-8") for part in data]
    parts += [ast.dump(ast.parse(part.read_text(encoding="utf-8"))) for part in code]
    return sha256("\n".join(parts).encode()).hexdigest()


def train(messages: Sequence[Message]) -> dict[str, Any]:
    """Return the model that `intents.opinion.LinearModel` reads."""
    return {**_train_urgency(messages), **_train_leanings(messages)}


def _train_urgency(messages: Sequence[Message]) -> dict[str, Any]:
    rows = [row for message in messages for row in message.rows]
    truth = np.array([float(message.emergency) for message in messages for _ in message.rows])
    counting = np.array([2 / len(message.rows) for message in messages for _ in message.rows])
    vocabulary = _vocabulary(rows)
    first = _logistic(Table(rows, vocabulary), truth, counting)
    kept = _strongest(vocabulary, np.abs(first[:-1]), _KEPT_FEATURES)
    table, scores = Table(rows, kept), Table(rows, vocabulary).times(first)
    for _ in range(_SECOND_LOOKS):
        counting = np.where((truth > 0) & (scores < _PLAIN), _EMPHASIS * counting, counting)
        fitted = _logistic(table, truth, counting)
        scores = table.times(fitted)
    urgency = {name: _whole(weight) for name, weight in zip(kept, fitted[:-1], strict=True)}
    return {"bias": _whole(fitted[-1]), "urgency": urgency}


def _train_leanings(messages: Sequence[Message]) -> dict[str, Any]:
    named = [message for message in messages if message.situation]
    rows = [row for message in named for row in message.rows]
    rows = [frozenset(name for name in row if not name.startswith(_NOT_FOR_KINDS)) for row in rows]
    kinds = [str(message.situation) for message in named for _ in message.rows]
    situations, vocabulary = sorted(set(kinds)), _vocabulary(rows)
    truth = np.array([situations.index(kind) for kind in kinds])
    fitted = _softmax(Table(rows, vocabulary), truth, len(situations))
    sizes = np.sort(np.abs(fitted[:, :-1]).ravel())
    least = sizes[-min(_KEPT_LEANINGS, len(sizes))]
    leanings = {
        name: [
            part
            for kind in np.flatnonzero(np.abs(fitted[:, column]) >= least)
            for part in (int(kind), _whole(fitted[kind, column]))
        ]
        for column, name in enumerate(vocabulary)
    }
    return {
        "situations": situations,
        "tendencies": [_whole(bias) for bias in fitted[:, -1]],
        "leanings": {name: pairs for name, pairs in leanings.items() if pairs},
    }


def _softmax(table: Table, truth: NDArray[np.int64], kinds: int) -> Vector:
    """Fit a multinomial regression; the result has a line of weights, and a bias, for each kind."""
    columns = table.columns + 1
    right = np.eye(kinds)[truth]

    def loss(at: Vector) -> tuple[float, Vector]:
        lines = at.reshape(kinds, columns)
        scores = np.stack([table.times(line) for line in lines], axis=1)
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        slopes = np.exp(logs) - right
        penalty = _SHRINK * lines
        penalty[:, -1] = 0
        value = float(-(logs * right).sum() + 0.5 * (penalty * lines).sum())
        return value, (np.stack([table.gather(slope) for slope in slopes.T]) + penalty).ravel()

    return _minimise(loss, kinds * columns, steps=50).reshape(kinds, columns)


def _whole(weight: float) -> int:
    return round(float(weight) * SCALE)


def write(model: dict[str, Any], path: Path) -> None:
    """Store a model as JSON, one part to a line."""
    compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
    lines = [f"{json.dumps(key)}: {compact.encode(part)}" for key, part in model.items()]
    path.write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")
