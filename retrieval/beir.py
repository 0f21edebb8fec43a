"""Reads an evaluation set in BEIR form: corpus.jsonl, queries.jsonl, qrels.tsv."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from retrieval.static_embedding import whole_characters
from retrieval.texts import Entry

_QRELS_COLUMNS: Final = 3


class MalformedSetError(Exception):
    """The evaluation set cannot be read; the message names file and line."""

    def __init__(self, path: Path, line: int | None, what: str) -> None:
        place = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{place}: {what}")


@dataclass(frozen=True)
class EvaluationSet:
    """Entries with their ids, questions by id, and the ids of the relevant entries of each question."""

    ids: tuple[str, ...]
    entries: tuple[Entry, ...]
    questions: Mapping[str, str]
    relevant: Mapping[str, frozenset[str]]


def read_set(folder: Path, split: Path | None = None) -> EvaluationSet:
    """Read a set, with only the questions named in `split` if given. Raises `MalformedSetError`.

    Questions without a relevant entry are left out.
    """
    corpus = _read_corpus(folder / "corpus.jsonl")
    questions = _read_questions(folder / "queries.jsonl")
    relevant = _read_relevant(folder / "qrels.tsv", questions, corpus)
    chosen = _read_split(split, questions) if split is not None else list(questions)
    kept = {one: questions[one] for one in chosen if relevant.get(one)}
    if not kept:
        raise MalformedSetError(split or folder / "qrels.tsv", None, "no question has a relevant entry")
    return EvaluationSet(tuple(corpus), tuple(corpus.values()), kept, {one: frozenset(relevant[one]) for one in kept})


def _read_corpus(path: Path) -> dict[str, Entry]:
    corpus: dict[str, Entry] = {}
    for line, row in _json_rows(path):
        number = _id(path, line, row, corpus)
        law, title, text = (_text(path, line, row, key) for key in ("law", "title", "text"))
        corpus[number] = Entry(document=law, title=title, body=text)
    if not corpus:
        raise MalformedSetError(path, None, "no entries")
    return corpus


def _read_questions(path: Path) -> dict[str, str]:
    questions: dict[str, str] = {}
    for line, row in _json_rows(path):
        number = _id(path, line, row, questions)
        if "text" not in row:
            raise MalformedSetError(path, line, "no text")
        questions[number] = _text(path, line, row, "text")
    return questions


def _read_relevant(path: Path, questions: Mapping[str, str], corpus: Mapping[str, Entry]) -> dict[str, set[str]]:
    relevant: dict[str, set[str]] = {}
    for line, row in _lines(path):
        cells = row.split("\t")
        if len(cells) != _QRELS_COLUMNS:
            raise MalformedSetError(path, line, f"{len(cells)} tab-separated columns, expected {_QRELS_COLUMNS}")
        question, entry, score = (cell.strip() for cell in cells)
        if line == 1 and score == "score":
            continue
        if not score.lstrip("-").isdigit():
            raise MalformedSetError(path, line, f"score {score!r} is not a whole number")
        for name, known, what in ((question, questions, "question"), (entry, corpus, "entry")):
            if name not in known:
                raise MalformedSetError(path, line, f"unknown {what} {name!r}")
        if int(score) > 0:
            relevant.setdefault(question, set()).add(entry)
    return relevant


def _read_split(path: Path, questions: Mapping[str, str]) -> list[str]:
    chosen: dict[str, None] = {}
    for line, row in _lines(path):
        if row.strip() not in questions:
            raise MalformedSetError(path, line, f"unknown question {row.strip()!r}")
        chosen[row.strip()] = None
    return list(chosen)


def _json_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, text in _lines(path):
        try:
            row = json.loads(text)
        except json.JSONDecodeError as error:
            raise MalformedSetError(path, line, f"not JSON: {error.msg}") from None
        if not isinstance(row, dict):
            raise MalformedSetError(path, line, "not a JSON object")
        yield line, row


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the non-blank lines with their numbers, from 1."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for line, text in enumerate(file, 1):
                if text.strip():
                    yield line, text.rstrip("\r\n")
    except OSError as error:
        raise MalformedSetError(path, None, error.strerror or "cannot be read") from None
    except UnicodeDecodeError:
        raise MalformedSetError(path, None, "not UTF-8") from None


def _id(path: Path, line: int, row: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    value = row.get("_id")
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        raise MalformedSetError(path, line, "no _id")
    if str(value) in seen:
        raise MalformedSetError(path, line, f"_id {value!r} again")
    return str(value)


def _text(path: Path, line: int, row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedSetError(path, line, f"{key} is not text")
    return whole_characters(value)
