"""What comes in and what goes out of a turn, whatever the channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID, uuid4


class Kind(StrEnum):
    """What sort of reply this is."""

    ANSWER = "answer"
    SUGGEST = "suggest"
    ABSTAIN = "abstain"
    EMERGENCY = "emergency"
    FLOW = "flow"
    REPORT = "report"
    SMALLTALK = "smalltalk"
    REFUSE = "refuse"


class Shared(StrEnum):
    """What a resident sent that is no text. The assistant cannot look at it."""

    PHOTO = "photo"
    LOCATION = "location"
    CONTACT = "contact"
    OTHER = "other"  # a sticker, sound, film or file


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """One message of a resident: typed text, the payload of a button, or something `shared`, whose caption is `text`.

    `contact` is the number of whoever writes, on a channel that knows them. `single`: the sender cannot send another
    line of it, since they do not know their conversation yet. `queued`: its replies wait elsewhere for the next line,
    so they are given at once and marked as replies to an unfinished one. `photos` are pictures of it that were cleaned
    and staged; `photo_refused` says in Vietnamese why one was not taken. `pin`: latitude and longitude in degrees.
    """

    conversation: UUID | None
    channel: str
    text: str = ""
    payload: str | None = None
    shared: Shared | None = None
    contact: int | None = None
    single: bool = False
    queued: bool = False
    photos: tuple[UUID, ...] = ()
    photo_refused: str | None = None
    pin: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button under a reply: sends `payload`, or opens `url` (such as tel:114)."""

    label: str
    payload: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Citation:
    """Where a claim comes from. `passage` is the address that opens the passage."""

    marker: int
    document: str
    title: str
    locator: str
    status: str
    trust: str | None
    url: str | None
    passage: str

    @property
    def line(self) -> str:
        """The citation as one line of text: "[1] Nghị định …, Điều 27 khoản 4 (còn hiệu lực)"."""
        about = "; ".join(part for part in (self.status, self.trust) if part)
        where = f", {self.locator}" if self.locator else ""
        return f"[{self.marker}] {self.document}{where} ({about})"


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture that shows how: the name of its PNG, and what it shows in words."""

    name: str
    alt: str


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One reply: plain text with line breaks and markers such as [1], which `citations` explain."""

    kind: Kind
    text: str
    buttons: tuple[Button, ...] = ()
    citations: tuple[Citation, ...] = ()
    image: Image | None = None
    id: UUID = field(default_factory=uuid4)

    @property
    def full_text(self) -> str:
        """All that the resident reads, citations and choices included."""
        lines = [self.text]
        if self.citations:
            lines += ["", "Nguồn:", *(citation.line for citation in self.citations)]
        choices = [button.label for button in self.buttons if self.kind is Kind.SUGGEST and button.payload]
        return "\n".join(lines + [f"• {label}" for label in choices])


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The outcome of one message: its replies, the cards they rest on, and how sure (0 to 1).

    `unfinished`: the message is a short line that was not answered; its replies are void if another line comes soon.
    """

    kind: Kind
    replies: tuple[Reply, ...]
    cards: tuple[str, ...] = ()
    confidence: float = 1.0
    unfinished: bool = False
