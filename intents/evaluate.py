"""How triage fares on messages it was not trained from: `python -m intents.evaluate` (two minutes).

Five-fold cross-validation over `intents/data`: the opinion on a message comes from a model that has not
seen it. Recall and false alarms of the rules alone, of the opinion alone and of both together, by source.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from zlib import crc32

from intents.features import seen
from intents.opinion import LinearModel
from intents.training import Message, read_messages, train
from intents.triage import Assessment, assess_with, verdict
from intents.weighing import Level
from knowledge.vietnamese import UNDERSTANDING_LIMIT

_FOLDS: Final = 5
_LEAVE: Final = frozenset({"active_fire", "neighbour_fire", "trapped", "smoke", "crowd_place", "cry_for_help"})
"""Situations whose replies share the same safe actions: out, low, door shut, 114."""


class Trial:
    """One message with what the rules, the opinion and both together concluded out of fold."""

    def __init__(self, message: Message, model: LinearModel) -> None:
        text = message.text[:UNDERSTANDING_LIMIT]
        self.message = message
        self.rules = verdict(text)
        self.urgent = model.urgency(seen(text)) >= 0
        self.both = assess_with(text, model)


def trials(messages: Sequence[Message]) -> list[Trial]:
    """Return every message tried against a model trained without its fold."""
    tried = []
    for fold in range(_FOLDS):
        outside = [message for message in messages if _fold(message) != fold]
        model = LinearModel(train(outside))
        tried += [Trial(message, model) for message in messages if _fold(message) == fold]
    return tried


def _fold(message: Message) -> int:
    return crc32(message.text.encode()) % _FOLDS


JUDGES: Final[dict[str, Callable[[Trial], bool]]] = {
    "rules only": lambda trial: trial.rules.level is Level.EMERGENCY,
    "opinion only": lambda trial: trial.urgent,
    "combined": lambda trial: trial.both.level is Level.EMERGENCY,
}


def _share(trials: Sequence[Trial], holds: Callable[[Trial], bool]) -> str:
    found = sum(map(holds, trials))
    return f"{found}/{len(trials)} ({found / max(len(trials), 1):.1%})"


def _right(found: Assessment, message: Message, *, same_actions: bool) -> bool:
    named = found.situation.value if found.situation else None
    alike = same_actions and named in _LEAVE and message.situation in _LEAVE
    return named == message.situation or alike


def main() -> None:
    tried = trials(read_messages())
    print("| source | | " + " | ".join(JUDGES) + " |\n|---|---|" + "---|" * len(JUDGES))
    for source in sorted({trial.message.source for trial in tried}):
        for emergency, measure in ((True, "recall"), (False, "false alarms")):
            group = [t for t in tried if t.message.source == source and t.message.emergency is emergency]
            if group:
                shares = " | ".join(_share(group, judge) for judge in JUDGES.values())
                print(f"| {source} | {measure} | {shares} |")
    named = [trial for trial in tried if trial.message.situation and trial.message.source == "bank"]
    for same, label in ((False, "situation right"), (True, "situation right or same safe actions")):
        rules = sum(_right(trial.rules, trial.message, same_actions=same) for trial in named)
        both = sum(_right(trial.both, trial.message, same_actions=same) for trial in named)
        print(f"| bank | {label} | {rules}/{len(named)} | | {both}/{len(named)} |")


if __name__ == "__main__":
    main()
