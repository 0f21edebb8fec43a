"""Checks the training data of intents: enough examples, none twice, none that the assistant is measured on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from intents.intents import TRAINED
from intents.rasa_environment import ROOT
from intents.rasa_training import NLU
from knowledge.vietnamese import fold, words

HELD_OUT: Final = ROOT / "intents" / "held_out.jsonl"
FEWEST_INTENTS: Final = 28
FEWEST_EXAMPLES: Final = 60
_MARKUP: Final = re.compile(r"\[([^\]]+)\]\(\w+\)")
_INTENT: Final = re.compile(r"^  - intent: (\S+)\s*$")
_OTHER: Final = re.compile(r"^  - (?:lookup|synonym|regex): ")
_EXAMPLE: Final = re.compile(r"^      - (.+)$")


@dataclass(frozen=True)
class Example:
    """One training example and where it stands."""

    text: str
    intent: str
    place: str

    @property
    def key(self) -> str:
        """What makes two examples the same: their words without diacritics."""
        return key(self.text)


@dataclass(frozen=True)
class HeldOut:
    """One message that the assistant is measured on."""

    text: str
    intent: str
    place: str


def key(text: str) -> str:
    """Return the words of a text without diacritics and signs; of signs alone, those.

    >>> key("Ừ, đúng rồi!!")
    'u dung roi'
    """
    return " ".join(words(fold(text))) or text.strip()


def read_examples(folder: Path = NLU) -> list[Example]:
    """Return the examples of all files in `folder`, in order, without entity marks."""
    return [one for path in sorted(folder.glob("*.yml")) for one in _examples_of(path)]


def _examples_of(path: Path) -> Iterator[Example]:
    """Yield the examples of a file. It is read line by line, because YAML does not tell lines within a block."""
    intent = ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        named, example = _INTENT.match(line), _EXAMPLE.match(line)
        if named:
            intent = named.group(1)
        elif _OTHER.match(line):
            intent = ""
        elif example and intent:
            yield Example(_MARKUP.sub(r"\1", example.group(1)).strip(), intent, f"{_shown(path)}:{number}")


def read_held_out(path: Path = HELD_OUT) -> list[HeldOut]:
    """Return the messages that the assistant is measured on."""
    lines = enumerate(path.read_text("utf-8").splitlines(), start=1)
    rows = ((number, json.loads(line)) for number, line in lines if line.strip())
    return [HeldOut(row["text"], row["intent"], f"{_shown(path)}:{number}") for number, row in rows]


def faults(folder: Path = NLU, held_out: Path = HELD_OUT) -> list[str]:
    """Return what is wrong, with file and line."""
    examples = read_examples(folder)
    kept_aside = read_held_out(held_out)
    return [
        *_unreadable(folder, examples),
        *_unknown([*examples, *kept_aside]),
        *_twice(examples),
        *_leaked(examples, kept_aside),
        *_few(examples),
    ]


def _unreadable(folder: Path, examples: Sequence[Example]) -> Iterator[str]:
    """Yield a fault where YAML sees other examples than the lines say."""
    seen = sum(
        block["examples"].count("\n- ") + block["examples"].startswith("- ")
        for path in sorted(folder.glob("*.yml"))
        for block in yaml.safe_load(path.read_text("utf-8"))["nlu"]
        if "intent" in block
    )
    if seen != len(examples):
        yield f"{_shown(folder)}: {seen} examples by YAML, {len(examples)} by lines; mind the indentation"
    for one in examples:
        if set(one.text) & set("[]{}"):
            yield f"{one.place}: brackets are marks of entities"


def _unknown(rows: Sequence[Example | HeldOut]) -> Iterator[str]:
    known = {intent.value for intent in TRAINED}
    for one in rows:
        if one.intent not in known:
            yield f"{one.place}: no intent {one.intent!r}"
        if not key(one.text):
            yield f"{one.place}: no words"


def _twice(examples: Sequence[Example]) -> Iterator[str]:
    first: dict[str, Example] = {}
    for one in examples:
        before = first.setdefault(one.key, one)
        if before is not one:
            other = "" if before.intent == one.intent else f", which is {before.intent}"
            yield f"{one.place}: {one.text!r} ({one.intent}) is also in {before.place}{other}"


def _leaked(examples: Sequence[Example], kept_aside: Sequence[HeldOut]) -> Iterator[str]:
    places = {key(one.text): one.place for one in kept_aside}
    for one in examples:
        if one.key in places:
            yield f"{one.place}: {one.text!r} is kept aside for measuring in {places[one.key]}"


def _few(examples: Sequence[Example]) -> Iterator[str]:
    distinct: dict[str, set[str]] = {}
    for one in examples:
        distinct.setdefault(one.intent, set()).add(one.key)
    for intent in TRAINED:
        count = len(distinct.get(intent.value, ()))
        if count < FEWEST_EXAMPLES:
            yield f"{intent}: {count} distinct examples, at least {FEWEST_EXAMPLES} are needed"
    if len(distinct) < FEWEST_INTENTS:
        yield f"{len(distinct)} intents, at least {FEWEST_INTENTS} are needed"


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
