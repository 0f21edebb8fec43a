"""Markdown files with YAML front matter, read so that every value keeps its line number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from knowledge.faults import Fault, KnowledgeError

_FENCE = "---"

_Fastest: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: ten times faster


class _Loader(_Fastest):  # type: ignore[misc]
    """YAML in which only true and false are booleans: `on:` is a key, "no" a word."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in _Fastest.yaml_implicit_resolvers.items()
}

Record = TypeVar("Record")


@dataclass(frozen=True)
class SourceText:
    """A file split into metadata and body.

    `lines` maps the dotted path of every metadata value to its line in the file;
    `body_line` is the line on which the body begins. Lines count from 1.
    """

    path: Path
    meta: Mapping[str, Any]
    lines: Mapping[str, int]
    body: str = ""
    body_line: int = 1

    def fault(self, message: str, *, at: str = "", line: int | None = None, outdated: bool = False) -> Fault:
        """Return a fault at the metadata value `at`, or at `line`."""
        return Fault(self.path, line if line is not None else self.line_of(at), message, outdated)

    def line_of(self, at: str) -> int:
        """Return the line of the metadata value at dotted path `at`, or of its nearest parent."""
        while at and at not in self.lines:
            at = at.rpartition(".")[0]
        return self.lines.get(at, 1)


def read_markdown(path: Path) -> SourceText:
    """Read a Markdown file with front matter. Raises `KnowledgeError` naming file and line."""
    text = _read_text(path)
    rows = text.split("\n")
    if rows[0].strip() != _FENCE or _FENCE not in (row.strip() for row in rows[1:]):
        raise KnowledgeError([Fault(path, 1, "no front matter between two lines of ---")])
    end = next(number for number, row in enumerate(rows[1:], 1) if row.strip() == _FENCE)
    meta, lines = _parse_yaml(path, "\n".join(rows[1:end]), first_line=2)
    return SourceText(path, meta, lines, "\n".join(rows[end + 1 :]), end + 2)


def read_yaml(path: Path) -> SourceText:
    """Read a YAML file whose top level is a mapping. Raises `KnowledgeError` naming file and line."""
    meta, lines = _parse_yaml(path, _read_text(path), first_line=1)
    return SourceText(path, meta, lines)


def parse_into(adapter: TypeAdapter[Record], source: SourceText) -> Record:
    """Validate the metadata into the adapter's type. Raises `KnowledgeError` with one fault per error."""
    try:
        return adapter.validate_python(dict(source.meta))
    except ValidationError as error:
        raise KnowledgeError(_faults_of(error, source)) from None


def _faults_of(error: ValidationError, source: SourceText) -> list[Fault]:
    found = []
    for detail in error.errors(include_url=False):
        where = ".".join(str(part) for part in detail["loc"])
        found.append(source.fault(f"{where}: {detail['msg']}", at=where))
    return found


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors put a byte order mark in front
    except UnicodeDecodeError as error:
        raise KnowledgeError([Fault(path, 1, f"not UTF-8: {error.reason}")]) from None


def _parse_yaml(path: Path, text: str, first_line: int) -> tuple[dict[str, Any], dict[str, int]]:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        meta = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise KnowledgeError([Fault(path, first_line + line, f"YAML: {error.problem}")]) from None
    except (yaml.YAMLError, ValueError) as error:  # a control character; a day that does not exist, as 2026-02-30
        raise KnowledgeError([Fault(path, first_line, f"YAML: {error}")]) from None
    if not isinstance(meta, dict) or node is None:
        raise KnowledgeError([Fault(path, first_line, "the metadata is not a mapping")])
    lines = _LineCollector(first_line)
    lines.visit(node, "")
    if lines.repeated:
        raise KnowledgeError([Fault(path, line, f"repeated key {key!r}") for key, line in lines.repeated])
    return meta, lines.found


@dataclass
class _LineCollector:
    """Walks a YAML node tree and notes the line of every value under its dotted path."""

    first_line: int
    found: dict[str, int] = field(default_factory=dict)
    repeated: list[tuple[str, int]] = field(default_factory=list)

    def visit(self, node: yaml.Node, path: str) -> None:
        line = node.start_mark.line + self.first_line
        self.found[path] = line
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._visit_pair(key, value, path)
        elif isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                self.visit(item, f"{path}.{number}" if path else str(number))

    def _visit_pair(self, key: yaml.Node, value: yaml.Node, path: str) -> None:
        name = str(key.value)
        inner = f"{path}.{name}" if path else name
        if inner in self.found:
            self.repeated.append((inner, key.start_mark.line + self.first_line))
        self.visit(value, inner)
        self.found[inner] = key.start_mark.line + self.first_line
