"""What flows may ask of the store for one resident, without knowing tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, Protocol

CONSENT: Final = "2026-11"
"""Version of the wording by which residents agree that something is kept; changes with the wording."""


class Home(Enum):
    """In what kind of home somebody lives."""

    HOUSE = "house"
    FLAT = "flat"
    LODGING = "lodging"
    SHOP_HOUSE = "shop"
    OTHER = "other"


class LetterKind(Enum):
    """What somebody sends to officials."""

    QUESTION = "question"
    HAZARD = "hazard"
    CONDUCT = "conduct"
    PROCEDURE = "procedure"
    OPINION = "opinion"
    MODEL = "model"
    COMMENDATION = "commendation"


class LetterState(Enum):
    """What became of a letter."""

    RECEIVED = "received"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class NotLinked(Enum):
    """Why two conversations of a resident did not become one."""

    WRONG = "wrong"  # there is no such code any more
    EXPIRED = "expired"
    TOO_MANY = "too many"  # wrong codes; no further one is looked at for a while
    SAME = "same"  # they are one already
    TWO_PAGES = "two pages"  # neither can take the other's place


class Unlinked(Enum):
    """What became of unlinking."""

    ALONE = "alone"  # the channel that asked begins anew
    OTHERS = "others"  # the other channels begin anew
    NOTHING = "nothing"  # nothing was linked


@dataclass(frozen=True)
class Profile:
    """Where somebody lives, by official code, and in what home; both may be left unsaid."""

    place: str | None = None
    home: Home | None = None


@dataclass(frozen=True)
class Letter:
    """A letter as its writer may see it."""

    code: str
    kind: LetterKind
    sent_at: datetime
    state: LetterState
    answer: str | None = None
    answered_by: str | None = None


@dataclass(frozen=True)
class Stored:
    """All that is stored about a resident."""

    since: datetime | None
    replies: int
    thumbs: int
    profile: Profile | None
    topics: tuple[str, ...]
    letters: tuple[Letter, ...]
    questions: int = 0  # kept for officials because nobody could answer them
    channels: tuple[str, ...] = ()  # on which we know the resident's user id


class DeskError(Exception):
    """The store could not be reached, or not in time: nothing was changed."""


class Desk(Protocol):
    """The store, for one resident. Every method raises `DeskError` when the store cannot be used."""

    async def profile(self) -> Profile | None:
        """Return the profile, or None."""

    async def keep_profile(self, profile: Profile) -> None:
        """Store the profile with the resident's consent, replacing an earlier one."""

    async def forget_profile(self) -> None:
        """Delete the profile."""

    async def topics(self) -> tuple[str, ...]:
        """Return what the resident is subscribed to."""

    async def subscribe(self, topics: tuple[str, ...]) -> None:
        """Subscribe with the resident's consent, replacing earlier topics."""

    async def unsubscribe(self) -> bool:
        """Stop all messages that were not asked for; return whether there was a subscription."""

    async def send(self, kind: LetterKind, text: str, place: str | None) -> str:
        """Store a letter to officials and return its receipt code. `text` must be free of personal data."""

    async def letter(self, code: str) -> Letter | None:
        """Return the letter with a receipt code, or None."""

    async def withdraw(self, code: str) -> bool:
        """Withdraw a letter that is not answered yet; return whether it was."""

    async def stored(self) -> Stored:
        """Return all that is stored about the resident."""

    async def erase(self) -> None:
        """Delete all of it."""

    async def link_code(self) -> str:
        """Return a new code by which the resident may link another channel with this one."""

    async def linkable(self, code: str, *, meant: bool = True) -> str | NotLinked:
        """Return the name of the channel that a code would link with this one; it is not used yet.

        What is not surely `meant` as a code does not count as a wrong one.
        """

    async def link(self, code: str) -> str | NotLinked:
        """Make one conversation of this one and the one that gave the code; return the name of its channel."""

    async def unlink(self) -> Unlinked:
        """Undo all linking of the channel that asks."""
