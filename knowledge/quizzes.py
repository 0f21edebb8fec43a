"""Quizzes: questions with one right answer and why, from `knowledge/quizzes/*.yml`.

A question that stands in two quizzes keeps its key, so that the same knowledge can be measured before and after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter

from knowledge.answers import Card, SourceRef
from knowledge.cited_text import CitedText, faults_of_text
from knowledge.documents import Document
from knowledge.faults import Fault, KnowledgeError
from knowledge.frontmatter import SourceText, parse_into, read_yaml
from knowledge.vietnamese import fold, syllables

QUIZZES_FOLDER: Final = Path(__file__).parent / "quizzes"
FEWEST_QUESTIONS: Final = 5
MOST_QUESTIONS: Final = 8
FEWEST_OPTIONS: Final = 2
MOST_OPTIONS: Final = 4
LONGEST_OPTION: Final = 90
"""Characters: Zalo's buttons take 100."""
LONGEST_QUESTION: Final = 250
LONGEST_REASON: Final = 400
LONGEST_ID: Final = 32
"""Characters: a button's payload names it beside the number of a message."""
ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_STRICT = ConfigDict(extra="forbid")


class Measured(StrEnum):
    """When a quiz measures what people know: before or after the lessons of a campaign, or on its own."""

    BEFORE = "before"
    AFTER = "after"
    ALONE = "alone"


@dataclass(frozen=True, kw_only=True)
class QuestionHeader:
    """A question as in its file. `right` counts from 1. `same_as`: the quiz that the question of this key stands in."""

    __pydantic_config__ = _STRICT

    key: str
    same_as: str | None = None
    text: str = ""
    options: tuple[str, ...] = ()
    right: int = 0
    because: str = ""
    sources: dict[int, SourceRef] = field(default_factory=dict)
    card: str = ""


@dataclass(frozen=True, kw_only=True)
class QuizHeader:
    """A quiz as in its file."""

    __pydantic_config__ = _STRICT

    id: str
    title: str
    about: str
    measures: Measured = Measured.ALONE
    contest: bool = False
    questions: tuple[QuestionHeader, ...]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question: its options, which is right (from 1), and why, with markers. `card`: where to read it again."""

    key: str
    text: str
    options: tuple[str, ...]
    right: int
    because: str
    sources: Mapping[int, SourceRef]
    card: str

    @property
    def answer(self) -> str:
        """The right option."""
        return self.options[self.right - 1]


@dataclass(frozen=True, kw_only=True)
class Quiz:
    """A quiz. `contest`: the first finished attempt of a person in a campaign counts, later ones are practice."""

    id: str
    title: str
    about: str
    measures: Measured
    contest: bool
    questions: tuple[Question, ...]
    file: SourceText = field(repr=False, compare=False)


_HEADERS: Final = TypeAdapter(QuizHeader)


def read_quizzes(folder: Path = QUIZZES_FOLDER) -> tuple[Mapping[str, Quiz], list[Fault]]:
    """Return the quizzes that can be read, by id, and the faults of the others."""
    headers: dict[str, tuple[QuizHeader, SourceText]] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            source = read_yaml(path)
            headers[path.stem] = parse_into(_HEADERS, source), source
        except KnowledgeError as error:
            faults.extend(error.faults)
    wrong: set[str] = set()
    for id_, (header, source) in headers.items():
        if found := [*_faults_of_shape(header, source), *_faults_of_keys(header, source, headers)]:
            faults.extend(found)
            wrong.add(id_)
    sound = {id_: one for id_, one in headers.items() if not wrong & {id_, *_borrowed_from(one[0])}}
    return {id_: _quiz(header, source, headers) for id_, (header, source) in sound.items()}, faults


def faults_of_quizzes(
    quizzes: Mapping[str, Quiz], documents: Mapping[str, Document], cards: Mapping[str, Card], on: date
) -> Iterator[Fault]:
    """Yield what is wrong with the questions as of the day `on`: their sources, figures and cards."""
    for quiz in quizzes.values():
        for number, question in enumerate(quiz.questions):
            at = f"questions.{number}"
            told = f"{question.because} {question.text} {question.answer}"
            if not question.sources:
                yield quiz.file.fault("a reason without a source", at=at)
            yield from faults_of_text(CitedText(told, question.sources, quiz.file, at), documents, on)
            if question.card not in cards:
                yield quiz.file.fault(f"unknown card {question.card!r}", at=f"{at}.card")


def _borrowed_from(header: QuizHeader) -> set[str]:
    return {one.same_as for one in header.questions if one.same_as is not None}


def _quiz(header: QuizHeader, source: SourceText, headers: Mapping[str, tuple[QuizHeader, SourceText]]) -> Quiz:
    questions = []
    for one in header.questions:
        whole = one
        if one.same_as is not None:
            whole = next(other for other in headers[one.same_as][0].questions if other.key == one.key)
        questions.append(
            Question(
                key=whole.key,
                text=whole.text,
                options=whole.options,
                right=whole.right,
                because=whole.because,
                sources=whole.sources,
                card=whole.card,
            )
        )
    return Quiz(
        id=header.id,
        title=header.title,
        about=header.about,
        measures=header.measures,
        contest=header.contest,
        questions=tuple(questions),
        file=source,
    )


def _faults_of_shape(header: QuizHeader, source: SourceText) -> Iterator[Fault]:
    yield from faults_of_id(header.id, source)
    for name in ("title", "about"):
        if not getattr(header, name).strip():
            yield source.fault(f"{name}: expected a text", at=name)
    if not FEWEST_QUESTIONS <= len(header.questions) <= MOST_QUESTIONS:
        message = f"{len(header.questions)} questions, expected {FEWEST_QUESTIONS} to {MOST_QUESTIONS}"
        yield source.fault(message, at="questions")
    seen: set[str] = set()
    for number, question in enumerate(header.questions):
        at = f"questions.{number}"
        if question.key in seen:
            yield source.fault(f"repeated question {question.key!r}", at=f"{at}.key")
        seen.add(question.key)
        if question.same_as is None:
            yield from _faults_of_question(question, source, at)


def _faults_of_question(question: QuestionHeader, source: SourceText, at: str) -> Iterator[Fault]:
    if not ID.fullmatch(question.key):
        yield source.fault(f"key {question.key!r}: expected a-z, 0-9 and hyphens", at=f"{at}.key")
    for name, longest in (("text", LONGEST_QUESTION), ("because", LONGEST_REASON)):
        if not 0 < len(getattr(question, name).strip()) <= longest:
            yield source.fault(f"{name}: expected 1 to {longest} characters", at=f"{at}.{name}")
    if not FEWEST_OPTIONS <= len(question.options) <= MOST_OPTIONS:
        message = f"{len(question.options)} options, expected {FEWEST_OPTIONS} to {MOST_OPTIONS}"
        yield source.fault(message, at=f"{at}.options")
    for number, option in enumerate(question.options):
        if not 0 < len(option.strip()) <= LONGEST_OPTION:
            yield source.fault(f"an option has 1 to {LONGEST_OPTION} characters", at=f"{at}.options.{number}")
    if len({" ".join(syllables(fold(option))) for option in question.options}) < len(question.options):
        yield source.fault("two options read the same without diacritics", at=f"{at}.options")
    if not 1 <= question.right <= len(question.options):
        yield source.fault(f"right: expected 1 to {len(question.options)}", at=f"{at}.right")


def _faults_of_keys(
    header: QuizHeader, source: SourceText, headers: Mapping[str, tuple[QuizHeader, SourceText]]
) -> Iterator[Fault]:
    """A key means one question, which stands written in one quiz."""
    for number, question in enumerate(header.questions):
        written = [
            other.id
            for other, _ in headers.values()
            for one in other.questions
            if one.key == question.key and one.same_as is None
        ]
        at = f"questions.{number}"
        if question.same_as is not None and question.same_as not in written:
            message = f"same_as: no question {question.key!r} is written in {question.same_as!r}"
            yield source.fault(message, at=f"{at}.same_as")
        elif question.same_as is None and written[0] != header.id:
            message = f"question {question.key!r} is written in {written[0]!r} too: take it with same_as"
            yield source.fault(message, at=f"{at}.key")


def faults_of_id(found: str, source: SourceText) -> Iterator[Fault]:
    """Yield what is wrong with the id of a quiz or a drill, which stands in payloads of buttons."""
    if found != source.path.stem:
        yield source.fault(f"id {found!r} is not the file's name", at="id")
    if not ID.fullmatch(found) or len(found) > LONGEST_ID:
        yield source.fault(f"id {found!r}: expected a-z, 0-9 and hyphens, at most {LONGEST_ID}", at="id")
