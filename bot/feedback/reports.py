"""Reports as the program handles them, whoever stores or shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import Hat, State


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who does something with a report. `who` is what the log calls them: a login, an agency, "resident"."""

    hat: Hat
    who: str
    staff_id: int | None = None
    agency_id: int | None = None


RESIDENT: Actor = Actor(hat=Hat.RESIDENT, who="resident")


@dataclass(frozen=True)
class Where:
    """Where something is: official codes, words, and a pin in degrees; any of them may be missing."""

    province_code: str | None = None
    commune_code: str | None = None
    words: str | None = None
    pin: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class NewReport:
    """What a resident sends; `text` and the words of `where` are masked already.

    `conversation` None: an anonymous report. `photos` are staged ones. `contact` is how officials may reach the
    resident, given with the consent of that version on that channel.
    """

    category: Category
    text: str
    where: Where
    channel: str
    conversation: UUID | None = None
    photos: Sequence[UUID] = ()
    contact: str | None = None
    consent: str | None = None


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One thing that happened to a report, as it is told. `kind`: an act's value, or another word (docs/reports.md)."""

    id: int
    at: datetime
    kind: str
    hat: Hat
    who: str  # name and position of the official, name of the agency, or ""
    before: State | None
    after: State | None
    text: str
    public: bool
    photos: tuple[UUID, ...] = ()
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report as stored. `told`: its resident is reachable, so that they can be told and asked."""

    id: int
    code: str
    kind: ReportKind
    category: Category
    state: State
    text: str
    where: Where
    channel: str
    told: bool
    has_contact: bool
    created_at: datetime
    changed_at: datetime
    due_hat: Hat | None
    due_at: datetime | None
    late: bool
    claimed_by: int | None
    claimed_name: str | None
    claimed_at: datetime | None
    agency_id: int | None
    agency_name: str | None
    duplicate_of: str | None  # code
    duplicates: tuple[str, ...]  # codes
    supporters: int
    reopened: int
    photos: tuple[UUID, ...]
    erased: bool
    version: int


def reference(code: str) -> str:
    """By what a report is called on paper that leaves the office: the middle of its code, which the search finds.

    The whole code is the resident's alone: whoever has it can confirm, reopen and withdraw.

    >>> reference("7K-2M9Q-XDAB")
    '2M9Q'
    """
    parts = code.split("-")
    return parts[1] if len(parts) == 3 else code
