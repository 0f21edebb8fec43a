"""What flows may ask of the store for one resident, without knowing tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


class NotTried(Enum):
    """Why a chat did not become that of a member of the staff, to which trial messages go."""

    WRONG = "wrong"  # there is no such code any more
    EXPIRED = "expired"
    TOO_MANY = "too many"  # wrong codes; no further one is looked at for a while
    NO_CHAT = "no chat"  # nothing can be sent here by itself


class Unlinked(Enum):
    """What became of unlinking."""

    ALONE = "alone"  # the channel that asked begins anew
    OTHERS = "others"  # the other channels begin anew
    NOTHING = "nothing"  # nothing was linked


@dataclass(frozen=True)
class Profile:
    """Where somebody lives, by official code, in what home, and what part they play; each may be left unsaid.

    `part` is a value of `bot.campaigns.content.Part`.
    """

    place: str | None = None
    home: Home | None = None
    part: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody agrees to be sent. `quiet`: minutes of the day from which and until which none may come.

    `profile`: what is kept of where they live and what they are, in place of what was; None: that stays as it is.
    """

    topics: tuple[str, ...]
    quiet: tuple[int, int] | None = None
    profile: Profile | None = None


@dataclass(frozen=True, kw_only=True)
class News:
    """A subscription as it is stored, with the proof of consent: which wording, since when, on which channel.

    `channel` is None where an older version did not note it; `stopped_at`: it is over since then.
    """

    topics: tuple[str, ...]
    quiet: tuple[int, int] | None
    wording: str
    since: datetime
    channel: str | None
    stopped_at: datetime | None

    @property
    def active(self) -> bool:
        """Whether anything may be sent."""
        return self.stopped_at is None


@dataclass(frozen=True, kw_only=True)
class Consented:
    """One time that a resident agreed to be sent something, or `stopped` it; of a stop the rest tells what ended.

    `channel`: where they agreed; None where an older version did not note it.
    """

    at: datetime
    stopped: bool
    topics: tuple[str, ...]
    wording: str
    channel: str | None


@dataclass(frozen=True)
class Campaigned:
    """A message of a campaign that was sent to the resident: its title and that of its campaign."""

    title: str
    campaign: str


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
    news: News | None  # what they are subscribed to, unless that is stopped
    reports: tuple[Report, ...]
    questions: int = 0  # kept for officials because nobody could answer them
    channels: tuple[str, ...] = ()  # on which we know the resident's user id
    campaign_messages: int = 0  # of campaigns, that were sent
    quizzes: int = 0  # begun
    drills: int = 0  # begun
    consents: tuple[Consented, ...] = ()  # besides that of `news`, the oldest first


class Exercise(Enum):
    """What residents try themselves at."""

    QUIZ = "quiz"
    DRILL = "drill"


@dataclass(frozen=True)
class Standing:
    """How far somebody is with a quiz or a drill: `left`, the answers of one that is open; `finished`: one counts."""

    left: Mapping[str, bool] = field(default_factory=dict)
    finished: bool = False


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A quiz or a drill as far as it is done: whether each question was right, or each step could be done, of `total`.

    `moment`: "before" or "after" the lessons of a campaign, or "alone". `message`: number of the message of a campaign
    under which it was opened.
    """

    exercise: Exercise
    id: str
    answers: Mapping[str, bool]
    total: int
    moment: str = "alone"
    message: int | None = None
    finished: bool = False


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

    async def news(self) -> News | None:
        """Return what the resident is subscribed to, or was; None when they never were."""

    async def subscribe(self, wish: Wish) -> None:
        """Subscribe with the resident's consent to the present wording, in place of an earlier subscription."""

    async def unsubscribe(self) -> bool:
        """Stop all messages that were not asked for; return whether there was a subscription."""

    async def answered(self, message: int | None = None) -> None:
        """Note that the resident said something: an answer to the last campaign's message, or to that one."""

    async def complained(self, message: int) -> Campaigned | None:
        """Note that the resident says a campaign's message is not right; None when they were never sent it."""

    async def ask_officials(self, text: str) -> None:
        """Put a text into the queue of the officials, who may answer it. It must be masked."""

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

    async def take_trials(self, code: str) -> str | NotTried:
        """Let trial messages of the member of the staff who was given a code come here; return their name."""

    async def standing(self, exercise: Exercise, id_: str, message: int | None) -> Standing:
        """Return how far the resident is with a quiz or a drill, in the campaign whose message led there."""

    async def left_open(self, exercise: Exercise) -> frozenset[str]:
        """Return the ids of the quizzes or drills that the resident has begun and not finished."""

    async def keep_progress(self, progress: Progress) -> bool:
        """Store how far it is; return whether it counts, as the first that is finished in its campaign does."""
