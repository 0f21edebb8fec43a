"""The contract between a channel and the core: an adapter translates, only the core decides and changes state.

What comes in is an `Event`, what goes out is a `Part`, and what became of a part is an `Outcome`. An adapter holds no
rule about residents: it verifies, parses, renders and sends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from bot.conversation.messages import Reply

LONGEST_KEY: Final = 200
"""Characters of an event's key."""
LARGEST_EVENT: Final = 256 * 1024
"""Bytes of a webhook's body; longer ones are refused with 413."""


class EventKind(StrEnum):
    """What happened, whatever the channel calls it."""

    TEXT = "text"  # `text` was written
    BUTTON = "button"  # a button was pressed; `text` is its payload, which anybody may also type
    LOCATION = "location"  # `location` was shared; `text` may name it
    PHOTO = "photo"  # `media` names the picture; `text` is its caption
    CONTACT = "contact"  # `phone` was shared; `own` tells whether the channel vouches that it is the sender's
    UNREADABLE = "unreadable"  # a sticker, sound, film or file; `text` is its caption
    FOLLOW = "follow"  # the resident began, or came back
    UNFOLLOW = "unfollow"  # the resident left or blocked us: nothing may be sent any more
    ERASE = "erase"  # the channel says that the resident withdrew their consent
    DELIVERED = "delivered"  # `messages` have reached the resident
    READ = "read"  # `messages` were read
    CLERK = "clerk"  # an official wrote to `user` in the channel's own console
    OTHER = "other"  # asks for nothing; kept so that nothing is lost


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of a channel.

    `key` is unique for one account of the channel: a second delivery of the same event has the same key. `user` is the
    channel's id of the resident, None where an event concerns nobody. `name` is what the channel calls the event.
    `media` are the channel's references of pictures (an address or a file id), `location` is (latitude, longitude) in
    degrees, `messages` are the channel's ids of messages that we have sent.
    """

    key: str
    kind: EventKind
    name: str
    user: str | None = None
    at: datetime | None = None
    text: str = ""
    media: tuple[str, ...] = ()
    location: tuple[float, float] | None = None
    phone: str | None = None
    own: bool = False
    messages: tuple[str, ...] = ()
    start: str | None = None  # what a deep link carried
    answer_to: str | None = None  # what `received` needs to answer the event, such as a callback's id

    def as_json(self) -> dict[str, Any]:
        """Return what is stored of it."""
        fields = {
            "key": self.key,
            "kind": self.kind.value,
            "name": self.name,
            "user": self.user,
            "at": self.at.isoformat() if self.at else None,
            "text": self.text,
            "media": list(self.media),
            "location": list(self.location) if self.location else None,
            "phone": self.phone,
            "own": self.own,
            "messages": list(self.messages),
            "start": self.start,
            "answer_to": self.answer_to,
        }
        return {name: value for name, value in fields.items() if value not in (None, "", [], False)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Event:
        """Read what `as_json` wrote. Raises KeyError, TypeError or ValueError when it is none."""
        at, location = data.get("at"), data.get("location")
        return cls(
            key=str(data["key"]),
            kind=EventKind(data["kind"]),
            name=str(data["name"]),
            user=data.get("user"),
            at=datetime.fromisoformat(at) if at else None,
            text=str(data.get("text", "")),
            media=tuple(map(str, data.get("media", ()))),
            location=(float(location[0]), float(location[1])) if location else None,
            phone=data.get("phone"),
            own=bool(data.get("own", False)),
            messages=tuple(map(str, data.get("messages", ()))),
            start=data.get("start"),
            answer_to=data.get("answer_to"),
        )


class RefusedError(Exception):
    """A webhook request that is not taken: the HTTP status it gets, and why, for the log (never a secret)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Account:
    """One account of a channel: "telegram" and the bot's id, "zalo_oa" and the OA's id."""

    channel: str
    id: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.id}"


@dataclass(frozen=True)
class Pace:
    """How fast an account may send: messages in `seconds` overall, and seconds between two messages to one resident.

    `messages` None: the channel sets no limit.
    """

    messages: int | None
    seconds: float = 1.0
    between: float = 0.0


@dataclass(frozen=True)
class Part:
    """One message of the channel as JSON that the adapter's own `send` understands; it is stored sealed till then."""

    body: Mapping[str, Any]


@dataclass(frozen=True)
class Rendered:
    """A reply as parts, in the order in which they are sent.

    `options` are the payloads of choices that stand numbered in the text because the channel has no button for them:
    a resident who then types 2 has chosen the second.
    """

    parts: tuple[Part, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipient:
    """To whom a part goes: the channel's id, and when the resident last did something there."""

    user: str
    last_seen: datetime | None = None


# What may become of a part. Each says what the core has to do.


@dataclass(frozen=True)
class Sent:
    """The channel has taken it. `message` is its id there, by which it is later reported as delivered or read."""

    message: str | None = None


@dataclass(frozen=True)
class Throttled:
    """Not sent: too fast. It may be sent again after so many seconds; `whole_account` pauses everybody's."""

    seconds: float
    whole_account: bool = False


@dataclass(frozen=True)
class Stopped:
    """Not sent: the resident blocked us, left, or is gone. Nothing more may be sent to them until they come back."""

    reason: str


@dataclass(frozen=True)
class WindowClosed:
    """Not sent: the channel allows nothing to this resident now. `reopens`: when it may be tried again, if known."""

    reason: str
    reopens: datetime | None = None


@dataclass(frozen=True)
class QuotaSpent:
    """Not sent: a quota is used up, the resident's or, with `whole_account`, the account's."""

    reason: str
    whole_account: bool = False


@dataclass(frozen=True)
class Permanent:
    """Not sent, and never will be as it is."""

    reason: str


@dataclass(frozen=True)
class Halted:
    """Not sent: the account itself is refused (token, permission, package). An administrator must act."""

    reason: str


@dataclass(frozen=True)
class Retryable:
    """Surely not sent, and may well be the next time."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """Perhaps sent: the answer did not come. It must not be sent again."""

    reason: str


Outcome: TypeAlias = Sent | Throttled | Stopped | WindowClosed | QuotaSpent | Permanent | Halted | Retryable | Unknown


class Mark(StrEnum):
    """How one thing stands that `python -m bot doctor` looked at."""

    GOOD = "good"
    CAUTION = "caution"
    BAD = "bad"


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at, told in Vietnamese to an operator: how it stands and what to do next."""

    mark: Mark
    text: str
    next_step: str = ""


Take: TypeAlias = Callable[[Sequence[Event]], Awaitable[None]]
"""Stores events; returns when they are safe. Raises when they are not: then they must be handed over again."""


class Adapter(Protocol):
    """What every channel does."""

    @property
    def account(self) -> Account:
        """Which account this is."""

    @property
    def pace(self) -> Pace:
        """How fast it may send."""

    def connected(self) -> AbstractAsyncContextManager[None]:
        """Open what it needs to send, and close it at the end. Raises nothing for a channel that cannot be reached."""

    def render(self, reply: Reply) -> Rendered:
        """Return the reply within the channel's limits. Raises nothing for any reply; leaves no text out."""

    async def send(self, recipient: Recipient, part: Part) -> Outcome:
        """Send one part, once. Raises nothing."""

    async def received(self, event: Event) -> None:
        """Tell the channel, as well as can be, that an event was taken: a button's spinner stops. Raises nothing."""

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        """Look at what is configured, reachable and allowed, without changing anything. Raises nothing."""


@runtime_checkable
class Webhook(Protocol):
    """What a channel does that is told of events by HTTP POST."""

    @property
    def path(self) -> str:
        """Where the channel posts to, such as "/webhooks/telegram"."""

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> None:
        """Check that the request comes from the channel and is meant for this account. Raises `RefusedError`."""

    def parse(self, raw: bytes) -> tuple[Event, ...]:
        """Return the events of a verified body; unknown ones as `OTHER`. Raises `RefusedError` with 400 for no JSON."""


@runtime_checkable
class Polled(Protocol):
    """What a channel does that is asked for events."""

    async def poll(self, take: Take) -> None:
        """Ask for events for ever; confirm them to the channel only when `take` has returned. Ends when cancelled."""


@runtime_checkable
class Tended(Protocol):
    """What a channel does whose access must be renewed now and then."""

    async def keep_fresh(self) -> None:
        """Renew the access for ever, in the one process that holds the account. Ends when cancelled."""


class UntargetableError(Exception):
    """A channel cannot choose just those people. The text says why, in Vietnamese, for an official."""


@runtime_checkable
class Broadcasting(Protocol):
    """What a channel does that can show an article of its own to all who follow an account, or to some regions."""

    def target(self, places: Sequence[str]) -> Mapping[str, str]:
        """Return whom a broadcast for these places is for (codes as in a profile; none: everybody), as JSON to keep.

        Raises `UntargetableError` where the channel would show it to others too.
        """

    async def broadcast(self, article: str, target: Mapping[str, str]) -> Outcome:
        """Ask for a broadcast of an article, by the channel's id, once. Raises nothing."""


class Unfetched(StrEnum):
    """Why a picture could not be fetched."""

    GONE = "gone"  # the channel no longer has it, or never had
    TOO_LARGE = "too_large"  # larger than was asked for
    REFUSED = "refused"  # its address is none from which pictures may come
    UNREACHABLE = "unreachable"  # the channel did not answer, or not to the end; another time it may


class FetchError(Exception):
    """A picture that was not fetched. The text never holds its address, which may be a key to it."""

    def __init__(self, why: Unfetched) -> None:
        super().__init__(why.value)
        self.why = why


@runtime_checkable
class Fetching(Protocol):
    """What a channel does whose residents can send pictures."""

    async def fetch(self, reference: str, largest: int) -> bytes:
        """Return the file that an event's `media` refers to, of at most `largest` bytes.

        It is whatever the channel gives out, perhaps no picture at all. Waits for a few seconds at most, also when it
        is not cancelled. Raises `FetchError` and nothing else.
        """


@runtime_checkable
class Proven(Protocol):
    """What a channel does that looks for a file on our site, to see that the domain is ours."""

    @property
    def verifier_path(self) -> str | None:
        """Where the file lies; None while none is asked for."""

    @property
    def verifier_body(self) -> str:
        """The file, as HTML."""
