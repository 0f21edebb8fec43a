"""What is remembered of a conversation from one turn to the next, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from bot.conversation.flows.desk import Desk, Profile
from bot.conversation.flows.forms import Form
from bot.conversation.flows.place_reading import unit_name
from knowledge.places import Places

SUBJECT_STAYS: Final = timedelta(minutes=10)
"""For how long a follow-up ("còn xe máy thì sao") is read as one."""
ALARM_STAYS: Final = timedelta(minutes=10)
"""For how long what is written after an emergency is taken to belong to it."""
ALARM_KEPT: Final = 400
"""Characters that are kept of what raised an alarm; questions after it are joined to its beginning."""
PHOTOS_STAY: Final = timedelta(hours=1)
"""For how long photos that were sent without a form go into the one that is opened next."""
PLACE_STAYS: Final = timedelta(hours=1)
FRAGMENTS_STAY: Final = timedelta(seconds=8)
"""Within which short messages are read as lines of one."""
_MOST_FRAGMENTS: Final = 6
_LONGEST_FRAGMENT: Final = 300  # characters


@dataclass(frozen=True)
class Subject:
    """What was asked last and the cards that answered it."""

    question: str
    cards: tuple[str, ...]
    at: datetime
    said: str = ""  # digest of the reply, to know when a follow-up would only repeat it


@dataclass(frozen=True)
class Alarm:
    """An emergency that was answered: its situation and what was written."""

    situation: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Fragment:
    """A short message that could not be answered by itself."""

    text: str
    at: datetime


@dataclass(frozen=True)
class Memory:
    """All of it.

    `offered` are the payloads of the last reply's choices, in their order; `place` is where the resident said to be,
    as a question names it ("Phường Gò Vấp (Thành phố Hồ Chí Minh)"), and when. `photos` were sent without a form,
    `caption` is what was written with them.
    """

    subject: Subject | None = None
    form: Form | None = None
    offered: tuple[str, ...] = ()
    offered_at: datetime | None = None
    fragments: tuple[Fragment, ...] = ()
    alarm: Alarm | None = None
    place: tuple[str, datetime] | None = None
    photos: tuple[UUID, ...] = ()
    photos_at: datetime | None = None
    caption: str = ""

    def fresh_offer(self, now: datetime) -> tuple[str, ...]:
        """Return what was offered while a number or a yes may mean it."""
        return self.offered if self.offered_at and now - self.offered_at <= SUBJECT_STAYS else ()

    def fresh_alarm(self, now: datetime) -> Alarm | None:
        """Return the emergency while what is written next most likely belongs to it."""
        return self.alarm if self.alarm and now - self.alarm.at <= ALARM_STAYS else None

    def fresh_place(self, now: datetime) -> str | None:
        """Return where the resident said to be, while "ở đây" means it."""
        return self.place[0] if self.place and now - self.place[1] <= PLACE_STAYS else None

    def fresh_photos(self, now: datetime) -> tuple[UUID, ...]:
        """Return the photos that a form opened now begins with."""
        return self.photos if self.photos_at and now - self.photos_at <= PHOTOS_STAY else ()

    def without_photos(self) -> Memory:
        """Return the memory after a form has taken the photos."""
        return replace(self, photos=(), photos_at=None, caption="")

    def fresh_subject(self, now: datetime) -> Subject | None:
        """Return the subject while follow-ups may refer to it."""
        return self.subject if self.subject and now - self.subject.at <= SUBJECT_STAYS else None

    def recent_fragments(self, now: datetime) -> tuple[Fragment, ...]:
        """Return the fragments sent within seconds before `now`."""
        return tuple(one for one in self.fragments if timedelta() <= now - one.at <= FRAGMENTS_STAY)

    def with_fragment(self, text: str, now: datetime) -> Memory:
        """Return the memory with one more fragment."""
        recent = (*self.recent_fragments(now), Fragment(text[:_LONGEST_FRAGMENT], now))
        return replace(self, fragments=recent[-_MOST_FRAGMENTS:])

    def as_json(self) -> dict[str, Any]:
        """Return what is stored of it."""
        one = self.subject
        return {
            "subject": [one.question, list(one.cards), one.at.isoformat(), one.said] if one else None,
            "form": self.form.as_json() if self.form else None,
            "offered": list(self.offered),
            "offered_at": self.offered_at.isoformat() if self.offered_at else None,
            "fragments": [[one.text, one.at.isoformat()] for one in self.fragments],
            "alarm": [self.alarm.situation, self.alarm.text, self.alarm.at.isoformat()] if self.alarm else None,
            "place": [self.place[0], self.place[1].isoformat()] if self.place else None,
            "photos": [*map(str, self.photos), self.photos_at.isoformat()] if self.photos and self.photos_at else None,
            "caption": self.caption,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Memory:
        """Read what was stored. Raises KeyError, TypeError or ValueError when it is none."""
        subject, alarm, place = data["subject"], data["alarm"], data["place"]
        *photos, photos_at = data.get("photos") or (None,)
        return cls(
            _subject(*subject) if subject else None,
            Form.from_json(data["form"]) if data["form"] else None,
            tuple(map(str, data["offered"])),
            datetime.fromisoformat(data["offered_at"]) if data["offered_at"] else None,
            tuple(Fragment(str(text), datetime.fromisoformat(at)) for text, at in data["fragments"]),
            Alarm(str(alarm[0]), str(alarm[1]), datetime.fromisoformat(alarm[2])) if alarm else None,
            (str(place[0]), datetime.fromisoformat(place[1])) if place else None,
            tuple(map(UUID, photos)),
            datetime.fromisoformat(photos_at) if photos_at else None,
            str(data.get("caption", "")),
        )  # fmt: skip


def _subject(question: str, cards: list[str], at: str, said: str) -> Subject:
    return Subject(str(question), tuple(map(str, cards)), datetime.fromisoformat(at), str(said))


def has_open_form(memory: Mapping[str, Any]) -> bool:
    """Whether a memory, as it is stored, holds a form that is not finished."""
    return memory.get("form") is not None


@dataclass(frozen=True)
class Recalled:
    """What the store holds of a conversation: its memory, the memory's version, and where the resident lives."""

    memory: Memory = Memory()
    version: int = 0
    profile: Profile | None = None

    def home(self, places: Places, now: datetime) -> str | None:
        """Return where the resident said to be a while ago, else where they live, as a question names it."""
        place = self.profile.place if self.profile else None
        return self.memory.fresh_place(now) or (unit_name(places, place) if place else None)


class Keeper(Protocol):
    """Where memories are kept."""

    async def recall(self, conversation: UUID) -> Recalled:
        """Return what is stored; empty for an unknown conversation. Raises `DeskError`."""

    async def keep(self, conversation: UUID, channel: str, memory: Memory, version: int) -> bool:
        """Store a memory in place of the version read; False when another turn was first. Raises `DeskError`."""

    def desk(self, conversation: UUID, channel: str, contact: int | None = None) -> Desk:
        """Return the store as flows of this conversation may use it; `contact` is the number of the one that writes."""
