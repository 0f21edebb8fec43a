"""The rule files are complete: every rule says why, every situation has rules and a reply."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import knowledge
from intents.lexicon import RULES, Frame, Situation


def load(name: str) -> dict[str, Any]:
    return tomllib.loads((RULES / name).read_text(encoding="utf-8"))


ENTRIES = [
    *load("situations.toml")["rule"],
    *load("readings.toml")["mask"],
    *load("readings.toml")["frame"],
    *load("screening.toml")["screen"],
]


def test_every_rule_says_why_and_has_a_name_of_its_own() -> None:
    assert all(entry["why"].strip() and entry["phrases"] for entry in ENTRIES)
    rules = [entry["id"] for entry in load("situations.toml")["rule"]]
    assert len(rules) == len(set(rules))


def test_every_frame_has_phrases() -> None:
    assert {entry["id"] for entry in load("readings.toml")["frame"]} == {frame.value for frame in Frame}


@pytest.mark.parametrize("situation", Situation)
def test_every_situation_has_rules_and_a_reply(situation: Situation) -> None:
    assert situation.value in {entry["situation"] for entry in load("situations.toml")["rule"]}
    assert (Path(knowledge.__file__).parent / "emergencies" / f"{situation.value}.yml").is_file()
