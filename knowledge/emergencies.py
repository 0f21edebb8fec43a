"""Emergency replies: the number to call and what to do now, from `knowledge/emergencies/*.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter

from knowledge.answers import SourceRef
from knowledge.faults import Fault, KnowledgeError
from knowledge.frontmatter import SourceText, parse_into, read_yaml

EMERGENCIES_FOLDER: Final = Path(__file__).parent / "emergencies"
MOST_ACTIONS: Final = 5
NUMBERS: Final = frozenset({"114", "115", "113", "112", "111"})

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing to do now, with its source."""

    __pydantic_config__ = _STRICT

    text: str
    source: SourceRef | None = None


@dataclass(frozen=True, kw_only=True)
class ReplyHeader:
    """An emergency reply as in its file."""

    __pydantic_config__ = _STRICT

    id: str
    title: str
    call: tuple[str, ...]
    first_line: str
    actions: tuple[Action, ...]
    ask: str | None = None


@dataclass(frozen=True, kw_only=True)
class EmergencyReply(ReplyHeader):
    """What is said in one situation: the first line names the number to call."""

    source: SourceText = field(repr=False, compare=False)


_HEADERS: Final = TypeAdapter(ReplyHeader)


def read_emergencies(folder: Path = EMERGENCIES_FOLDER) -> tuple[Mapping[str, EmergencyReply], list[Fault]]:
    """Return the emergency replies that can be read, by situation, and the faults of the others."""
    found: dict[str, EmergencyReply] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            found[path.stem] = _load(path)
        except KnowledgeError as error:
            faults.extend(error.faults)
    return found, faults


def _load(path: Path) -> EmergencyReply:
    source = read_yaml(path)
    header = parse_into(_HEADERS, source)
    faults = list(_faults(header, source, path))
    if faults:
        raise KnowledgeError(faults)
    values = {one.name: getattr(header, one.name) for one in fields(header)}
    return EmergencyReply(**values, source=source)


def _faults(header: ReplyHeader, source: SourceText, path: Path) -> list[Fault]:
    faults = []
    if header.id != path.stem:
        faults.append(source.fault(f"id {header.id!r} is not the file's name", at="id"))
    if not header.call or not set(header.call) <= NUMBERS:
        faults.append(source.fault(f"call: expected some of {', '.join(sorted(NUMBERS))}", at="call"))
    elif header.call[0] not in header.first_line:
        faults.append(source.fault(f"first_line does not name {header.call[0]}", at="first_line"))
    if not 1 <= len(header.actions) <= MOST_ACTIONS:
        faults.append(source.fault(f"actions: expected 1 to {MOST_ACTIONS}", at="actions"))
    return faults
