"""What flows may ask of the store for one resident, without knowing tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, Protocol
from uuid import UUID

from bot.feedback.kinds import Category
from bot.feedback.lifecycle import Act
from bot.feedback.reports import Happening, Report, Where

CONSENT: Final = "2026-11"
"""Version of the wording by which residents agree that something is kept; changes with the wording."""


class Home(Enum):
    """In what kind of home somebody lives."""

    HOUSE = "house"
    FLAT = "flat"
    LODGING = "lodging"
    SHOP_HOUSE = "shop"
    OTHER = "other"


class NotDone(Enum):
    """Why a report is not shown, or nothing was done with it."""

    UNKNOWN = "unknown"  # there is no report with this code
    TOO_MANY = "too many"  # wrong codes; no further one is looked at for a while
    NO_LONGER = "no longer"  # its state does not allow it; somebody may have been first


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


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A report before it is sent; `text` and the words of `where` are masked. `anonymous`: it belongs to nobody then.

    `contact`: how officials may reach the resident, who has agreed to the wording of version `CONSENT`.
    """

    category: Category
    text: str
    where: Where
    photos: tuple[UUID, ...] = ()
    contact: str | None = None
    anonymous: bool = False


@dataclass(frozen=True, kw_only=True)
class Alike:
    """A report of others that may be about the same as a draft: what of it may be shown.

    Its code is for joining only, and never shown: whoever has it can withdraw the report.
    """

    code: str
    category: Category
    text: str
    where: Where
    since: datetime
    supporters: int


@dataclass(frozen=True)
class Followed:
    """A report with what of its story is public, oldest first."""

    report: Report
    story: tuple[Happening, ...] = ()


@dataclass(frozen=True)
class Stored:
    """All that is stored about a resident."""

    since: datetime | None
    replies: int
    thumbs: int
    profile: Profile | None
    topics: tuple[str, ...]
    reports: tuple[Report, ...]
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

    @property
    def takes_photos(self) -> bool:
        """Whether photos reach us on the resident's channel."""

    async def photos_there(self, photos: tuple[UUID, ...]) -> tuple[UUID, ...]:
        """Return those of the photos that still wait for what they are sent with."""

    async def drop_photos(self, photos: tuple[UUID, ...]) -> None:
        """Delete photos that are not sent after all."""

    async def send(self, draft: Draft) -> str:
        """Store a report and return its receipt code."""

    async def alike(self, draft: Draft) -> Alike | None:
        """Return the report of others that most likely is about the same, or None."""

    async def join(self, code: str, photos: tuple[UUID, ...] = ()) -> NotDone | None:
        """Say "me too" to a report, with photos; return why that was not done. To join twice counts once."""

    async def report(self, code: str) -> Followed | NotDone:
        """Return the report with a receipt code. A code that there is not counts as a wrong one."""

    async def act(
        self, code: str, act: Act, text: str = "", photos: tuple[UUID, ...] = (), *, content: bool | None = None
    ) -> NotDone | None:
        """Do what a resident can do with a report; return why it was not done. `content`: whether they are."""

    async def add(self, code: str, text: str, photos: tuple[UUID, ...] = ()) -> NotDone | None:
        """Add to a report; return why it was not done. `text` must be masked."""

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
