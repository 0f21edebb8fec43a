"""Figures and rules that were replaced: a line that still states one as current is a fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter

from knowledge.frontmatter import parse_into, read_yaml

_FILE: Final = Path(__file__).parent / "outdated.yml"
_STRICT = ConfigDict(extra="forbid")
SAYS_PAST: Final = re.compile(
    r"hết hiệu lực|bãi bỏ|thay (?:bằng|thế|cho)|được thay|cũ\b|trước đây|trước ngày|trước \d|không còn|đã thay|đã bỏ|"
    r"hồi trước|bị bỏ|đã từng|đã ngừng|bỏ hẳn|\blên \d",
    re.IGNORECASE,
)
"""Words that say that something is past."""
_DENIED: Final = re.compile(r"(?:không phải|không cần|không yêu cầu|đừng|không khuyên)[^.;:!?,]*$", re.IGNORECASE)
"""A denial right before a statement, in the same clause."""


@dataclass(frozen=True, kw_only=True)
class Outdated:
    """A replaced figure or rule: `old` where the line is also `about` its subject."""

    __pydantic_config__ = _STRICT

    id: str
    about: str | None = None
    old: str
    now: str
    example: str

    def stated_in(self, text: str) -> bool:
        """Whether `text` states it as current."""
        if self.about is not None and not re.search(self.about, text, re.IGNORECASE):
            return False
        stated = re.search(self.old, text, re.IGNORECASE)
        if stated is None or SAYS_PAST.search(text):
            return False
        return _DENIED.search(text[: stated.start()]) is None


@dataclass(frozen=True, kw_only=True)
class _Table:
    __pydantic_config__ = _STRICT

    outdated: tuple[Outdated, ...]


@cache
def outdated_rules() -> tuple[Outdated, ...]:
    """Return all rules. Raises `KnowledgeError` naming file and line."""
    return parse_into(TypeAdapter(_Table), read_yaml(_FILE)).outdated


def outdated_statements(text: str) -> Iterator[Outdated]:
    """Yield what `text` states as current although it was replaced."""
    return (rule for rule in outdated_rules() if rule.stated_in(text))
