"""Faults in knowledge files: each names the file, the line and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in a knowledge file; `line` counts from 1.

    `outdated`: it became wrong by the passing of time, when a document it rests on expired.
    """

    path: Path
    line: int
    message: str
    outdated: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class KnowledgeError(Exception):
    """The knowledge files have faults, so nothing may be built from them."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
