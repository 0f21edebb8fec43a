"""Drills: what a household or a team tries out step by step, from `knowledge/drills/*.yml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter

from knowledge.answers import Card, SourceRef
from knowledge.cited_text import CitedText, faults_of_text, markers_of
from knowledge.documents import Document
from knowledge.faults import Fault, KnowledgeError
from knowledge.frontmatter import SourceText, parse_into, read_yaml
from knowledge.quizzes import ID, LONGEST_OPTION, faults_of_id

DRILLS_FOLDER: Final = Path(__file__).parent / "drills"
FEWEST_STEPS: Final = 4
MOST_STEPS: Final = 10
LONGEST_TEXT: Final = 400
DONE: Final = "Đã làm"
UNDONE: Final = "Chưa làm được"
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class DrillStep:
    """Something to do, in `text`, and what helps whoever could not do it, in `advice`; markers stand in both.

    `title` names it in the result. `done` and `undone` are what the buttons say. `card`: where to read more.
    """

    __pydantic_config__ = _STRICT

    key: str
    title: str
    text: str
    advice: str
    sources: dict[int, SourceRef]
    card: str
    done: str = DONE
    undone: str = UNDONE


@dataclass(frozen=True, kw_only=True)
class DrillHeader:
    """A drill as in its file. `order`: drills with smaller numbers are offered first."""

    __pydantic_config__ = _STRICT

    id: str
    title: str
    about: str
    order: int = 10
    steps: tuple[DrillStep, ...]


@dataclass(frozen=True, kw_only=True)
class Drill(DrillHeader):
    """A drill: steps that are ticked one after the other."""

    file: SourceText = field(repr=False, compare=False)


_HEADERS: Final = TypeAdapter(DrillHeader)


def read_drills(folder: Path = DRILLS_FOLDER) -> tuple[Mapping[str, Drill], list[Fault]]:
    """Return the drills that can be read, by id, and the faults of the others."""
    drills: dict[str, Drill] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            drills[path.stem] = _load(path)
        except KnowledgeError as error:
            faults.extend(error.faults)
    return drills, faults


def faults_of_drills(
    drills: Mapping[str, Drill], documents: Mapping[str, Document], cards: Mapping[str, Card], on: date
) -> Iterator[Fault]:
    """Yield what is wrong with the steps as of the day `on`: their sources, figures and cards."""
    for drill in drills.values():
        for number, step in enumerate(drill.steps):
            at = f"steps.{number}"
            if not markers_of(step.advice):
                yield drill.file.fault("advice without a source", at=f"{at}.advice")
            told = f"{step.text}\n{step.advice}"
            yield from faults_of_text(CitedText(told, step.sources, drill.file, at), documents, on)
            if step.card not in cards:
                yield drill.file.fault(f"unknown card {step.card!r}", at=f"{at}.card")


def _load(path: Path) -> Drill:
    source = read_yaml(path)
    header = parse_into(_HEADERS, source)
    faults = list(_faults_of_shape(header, source))
    if faults:
        raise KnowledgeError(faults)
    return Drill(**{one.name: getattr(header, one.name) for one in fields(header)}, file=source)


def _faults_of_shape(header: DrillHeader, source: SourceText) -> Iterator[Fault]:
    yield from faults_of_id(header.id, source)
    for name in ("title", "about"):
        if not getattr(header, name).strip():
            yield source.fault(f"{name}: expected a text", at=name)
    if not FEWEST_STEPS <= len(header.steps) <= MOST_STEPS:
        yield source.fault(f"{len(header.steps)} steps, expected {FEWEST_STEPS} to {MOST_STEPS}", at="steps")
    seen: set[str] = set()
    for number, step in enumerate(header.steps):
        at = f"steps.{number}"
        if step.key in seen:
            yield source.fault(f"repeated step {step.key!r}", at=f"{at}.key")
        seen.add(step.key)
        yield from _faults_of_step(step, source, at)


def _faults_of_step(step: DrillStep, source: SourceText, at: str) -> Iterator[Fault]:
    if not ID.fullmatch(step.key):
        yield source.fault(f"key {step.key!r}: expected a-z, 0-9 and hyphens", at=f"{at}.key")
    limits = (("title", LONGEST_OPTION), ("text", LONGEST_TEXT), ("advice", LONGEST_TEXT),
              ("done", LONGEST_OPTION), ("undone", LONGEST_OPTION))  # fmt: skip
    for name, longest in limits:
        if not 0 < len(getattr(step, name).strip()) <= longest:
            yield source.fault(f"{name}: expected 1 to {longest} characters", at=f"{at}.{name}")
    if step.done.strip().casefold() == step.undone.strip().casefold():
        yield source.fault("done and undone say the same", at=f"{at}.undone")
