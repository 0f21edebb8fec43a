"""Answer templates (mẫu câu): what officers write often, as a data file that an office may edit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter

from bot.feedback.kinds import CATEGORIES, ReportKind
from bot.feedback.reports import Report
from knowledge.faults import Fault, KnowledgeError
from knowledge.frontmatter import SourceText, parse_into, read_yaml

TEMPLATES_FILE: Final = Path(__file__).with_name("reply_templates.yml")
_FILLED: Final = {"{ma}", "{loai}", "{co_quan}"}
_BRACES: Final = re.compile(r"\{[^{}]*\}")
_GAP: Final = re.compile(r"\[[^\[\]\n]{1,80}\]")
_NO_AGENCY: Final = "[tên cơ quan]"


class Use(StrEnum):
    """In which form a template is offered."""

    REPLY = "reply"
    ASK = "ask"
    ANSWER = "answer"
    REJECT = "reject"
    CLOSE = "close"
    REOPEN = "reopen"
    FORWARD = "forward"


@dataclass(frozen=True, kw_only=True)
class ReplyTemplate:
    """One template. `kinds`: the kinds of reports for which it is offered; none: all."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    use: tuple[Use, ...]
    name: str
    text: str
    kinds: tuple[ReportKind, ...] = ()

    def suits(self, use: Use, kind: ReportKind) -> bool:
        """Whether it is offered in a form for a report of that kind."""
        return use in self.use and (not self.kinds or kind in self.kinds)

    def filled(self, report: Report) -> str:
        """Return the text with what the program knows; what it does not know stays in square brackets."""
        known = {
            "{ma}": report.code,
            "{loai}": CATEGORIES[report.category].lower(),
            "{co_quan}": report.agency_name or _NO_AGENCY,
        }
        return _BRACES.sub(lambda found: known[found.group()], self.text.strip())


@dataclass(frozen=True, kw_only=True)
class _File:
    __pydantic_config__ = ConfigDict(extra="forbid")

    templates: tuple[ReplyTemplate, ...]


class ReplyTemplates:
    """The templates of one file, in its order."""

    def __init__(self, templates: Sequence[ReplyTemplate]) -> None:
        self._by_id: Mapping[str, ReplyTemplate] = {one.id: one for one in templates}
        self._gaps = frozenset(gap for one in templates for gap in _GAP.findall(one.text)) | {_NO_AGENCY}

    @classmethod
    def read(cls, path: Path = TEMPLATES_FILE) -> ReplyTemplates:
        """Read the file. Raises `KnowledgeError` with file and line for each fault."""
        source = read_yaml(path)
        found = parse_into(TypeAdapter(_File), source).templates
        if faults := _faults(found, source):
            raise KnowledgeError(faults)
        return cls(found)

    def offered(self, use: Use, kind: ReportKind) -> tuple[ReplyTemplate, ...]:
        """Return the templates for a form about a report of that kind."""
        return tuple(one for one in self._by_id.values() if one.suits(use, kind))

    def text(self, identifier: str, use: Use, report: Report) -> str | None:
        """Return the filled text of a template that is offered there, or None."""
        one = self._by_id.get(identifier)
        return one.filled(report) if one and one.suits(use, report.kind) else None

    def gaps(self, text: str) -> list[str]:
        """Return what of a template is still to be filled in; square brackets of the writer's own are left alone."""
        return [gap for gap in _GAP.findall(text) if gap in self._gaps]


def _faults(templates: Sequence[ReplyTemplate], source: SourceText) -> list[Fault]:
    faults, seen = [], set[str]()
    for number, one in enumerate(templates):
        at = f"templates.{number}"
        if one.id in seen:
            faults.append(source.fault(f"the id {one.id!r} is used twice", at=f"{at}.id"))
        seen.add(one.id)
        if not one.use:
            faults.append(source.fault("no use", at=f"{at}.use"))
        if not one.name.strip() or not one.text.strip():
            faults.append(source.fault("the name or the text is empty", at=at))
        unknown = sorted(set(_BRACES.findall(one.text)) - _FILLED)
        faults.extend(source.fault(f"unknown place to fill {name}", at=f"{at}.text") for name in unknown)
    return faults
