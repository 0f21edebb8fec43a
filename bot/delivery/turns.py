"""What one event leads to: a turn of the conversation and its replies, or a change of what is known of a contact."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from bot.channels.contract import Account, Event, EventKind
from bot.channels.rate_limit import RateLimiter
from bot.conversation.commands import Command, always_obeyed, command_payload
from bot.conversation.dialogue import Dialogue
from bot.conversation.messages import Incoming, Kind, Shared, Turn
from bot.delivery.pictures import NOTHING, Brought, Pictures
from bot.delivery.posting import Addressee, Posting
from bot.store.contacts import Contact, Contacts
from bot.store.identities import Identities
from bot.store.outbox import Outbox
from bot.store.photos import MOST_STAGED, Photos, TooManyPhotosError
from bot.store.records import Records, ReplyRecord
from bot.store.residents import Residents

GREETED_AGAIN: Final = timedelta(minutes=1)
"""A channel may tell twice that somebody has come; they are greeted once, and anew when they had left meanwhile."""
_SHARED: Final[Mapping[EventKind, Shared]] = {
    EventKind.PHOTO: Shared.PHOTO,
    EventKind.LOCATION: Shared.LOCATION,
    EventKind.CONTACT: Shared.CONTACT,
    EventKind.UNREADABLE: Shared.OTHER,
}
_APOLOGISED: Final = frozenset({EventKind.TEXT, EventKind.BUTTON, EventKind.PHOTO, EventKind.LOCATION})
"""What somebody waits for an answer to."""
_LINKABLE: Final = frozenset(
    one.value for one in (Command.LETTER, Command.TRACK, Command.HOME, Command.NEWS, Command.HELP)
)
"""What a deep link may lead to: nothing that takes effect without a further word of the resident."""
_LONGEST_CHOICE: Final = 3  # characters of a typed number
TOO_MANY_PHOTOS: Final = (
    f"Mỗi lần gửi được tối đa {MOST_STAGED} ảnh nên ảnh này chưa được nhận. Bạn gửi phản ánh với các ảnh đã có, "
    "hoặc bỏ bớt ảnh rồi gửi lại."
)
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arrived:
    """An event in its turn: the number of its inbox row, its account, whose it is, and what pictures it brought."""

    id: int
    account: Account
    account_id: int
    event: Event
    brought: Brought = field(default=NOTHING)


class Turns:
    """Takes events. All that it does is part of the transaction it is called in, save `prepared` before it."""

    def __init__(
        self,
        *,
        dialogue: Callable[[], Dialogue],
        contacts: Contacts,
        residents: Residents,
        records: Records,
        outbox: Outbox,
        posting: Posting,
        identities: Identities,
        limiter: RateLimiter,
        clock: Callable[[], datetime],
        clerk_stays: timedelta,
        pictures: Pictures,
        photos: Photos,
    ) -> None:
        """`clerk_stays`: for how long the assistant is silent after an official wrote to a resident."""
        self._dialogue = dialogue
        self._contacts = contacts
        self._residents = residents
        self._records = records
        self._outbox = outbox
        self._posting = posting
        self._identities = identities
        self._limiter = limiter
        self._clock = clock
        self._clerk_stays = clerk_stays
        self._pictures = pictures
        self._photos = photos
        self._acts: Mapping[EventKind, Callable[[Arrived, bytes], Awaitable[None]]] = {
            EventKind.UNFOLLOW: self._left,
            EventKind.ERASE: self._erased,
            EventKind.DELIVERED: self._delivered,
            EventKind.READ: self._read,
            EventKind.CLERK: self._clerk,
            EventKind.FOLLOW: self._followed,
        }

    def must_prepare(self, arrived: Arrived) -> bool:
        """Whether `prepared` waits for something outside."""
        return self._pictures.expected(arrived.event)

    async def prepared(self, arrived: Arrived) -> Arrived:
        """Bring in what the turn needs from outside, before its transaction begins. Raises nothing; bounded in time."""
        return replace(arrived, brought=await self._pictures.brought(arrived.account_id, arrived.event))

    async def take(self, arrived: Arrived) -> None:
        """Do what an event asks for."""
        event = arrived.event
        if event.user is None or event.kind is EventKind.OTHER:
            return
        digest = self._identities.digest(str(arrived.account), event.user)
        await self._acts.get(event.kind, self._said)(arrived, digest)

    async def failed(self, arrived: Arrived, sorry: Turn) -> None:
        """Tell the resident that their message could not be answered."""
        if arrived.event.user is None or arrived.event.kind not in _APOLOGISED:
            return
        digest = self._identities.digest(str(arrived.account), arrived.event.user)
        to = Addressee(arrived.account_id, digest, arrived.event.user, None)
        await self._posting.post(to, sorry.replies, f"failed:{arrived.id}")

    def emergency(self, arrived: Arrived) -> Turn | None:
        """Return the reply to an emergency; None when the event is none. Asks nobody."""
        event = arrived.event
        if event.user is None or event.kind in self._acts or event.kind in {EventKind.OTHER, EventKind.BUTTON}:
            return None
        return self._dialogue().emergency(event.text)

    async def answer_emergency(self, arrived: Arrived, turn: Turn) -> None:
        """Post the reply to an emergency, unless one still waits for this resident. Waits for no turn of theirs."""
        user = arrived.event.user or ""
        digest = self._identities.digest(str(arrived.account), user)
        if await self._outbox.emergency_waits(arrived.account_id, digest):
            return
        to = Addressee(arrived.account_id, digest, user, None, self._clock())
        await self._posting.post(to, turn.replies, f"in:{arrived.id}")

    async def remember_emergency(self, arrived: Arrived, turn: Turn) -> None:
        """Note what the conversation is to remember of an emergency that was answered."""
        event = arrived.event
        digest = self._identities.digest(str(arrived.account), event.user or "")
        contact = await self._contacts.met(arrived.account_id, digest, event.user or "")
        await self._outbox.take_back(arrived.account_id, digest)
        await self._contacts.offer(contact.id, ())
        await self._dialogue().remember_emergency(_incoming(arrived, contact))
        await self._note(contact, arrived.account.channel, turn)

    async def _said(self, arrived: Arrived, digest: bytes) -> None:
        """Answer what a resident wrote, pressed or shared."""
        event = arrived.event
        contact = await self._contacts.met(arrived.account_id, digest, event.user or "")
        incoming = _incoming(arrived, contact)
        flooding = not self._limiter.allows(digest.hex())
        if flooding or (self._is_with_clerk(contact) and not always_obeyed(incoming)):
            turn = self._dialogue().despite_flood(incoming)
            if turn is None:
                return  # an official is talking, or nobody can read so fast; only an emergency is answered
        else:
            await self._outbox.take_back(arrived.account_id, digest)
            turn = await self._dialogue().respond(await self._with_photos(incoming, arrived.brought))
        await self._answer(arrived, digest, contact, turn)

    async def _with_photos(self, incoming: Incoming, brought: Brought) -> Incoming:
        """The message with its pictures, which are staged for its conversation; whoever cannot stage all is told."""
        staged: list[UUID] = []
        refused = brought.refused
        for photo in brought.photos if incoming.conversation is not None else ():
            try:
                staged.append(await self._photos.stage(incoming.conversation, photo))
            except TooManyPhotosError:
                refused = TOO_MANY_PHOTOS
                break
        return replace(incoming, photos=tuple(staged), photo_refused=refused)

    def _is_with_clerk(self, contact: Contact) -> bool:
        return contact.clerk_until is not None and contact.clerk_until > self._clock()

    async def _followed(self, arrived: Arrived, digest: bytes) -> None:
        """Welcome somebody; a link that names a command leads to it."""
        event, now = arrived.event, self._clock()
        contact = await self._contacts.met(arrived.account_id, digest, event.user or "")
        if event.start in _LINKABLE:
            payload = command_payload(Command(event.start))
            turn = await self._dialogue().respond(replace(_incoming(arrived, contact), text="", payload=payload))
        elif contact.stopped_at is None and contact.greeted_at and now - contact.greeted_at < GREETED_AGAIN:
            return
        else:
            turn = self._dialogue().welcome()
        await self._contacts.greeted(contact.id)
        await self._answer(arrived, digest, contact, turn)

    async def _answer(self, arrived: Arrived, digest: bytes, contact: Contact, turn: Turn) -> None:
        await self._dialogue().settled(contact.conversation)  # what it remembers belongs to this transaction too
        conversation: UUID | None = contact.conversation
        if turn.kind is Kind.FLOW:  # which may have linked it to another, or erased it
            conversation = await self._contacts.conversation_of(contact.id)
        to = Addressee(arrived.account_id, digest, arrived.event.user or "", conversation, self._clock())
        options = await self._posting.post(to, turn.replies, f"in:{arrived.id}", provisional=turn.unfinished)
        if turn.replies and options != contact.options:
            await self._contacts.offer(contact.id, options)
        if turn.kind is not Kind.FLOW:  # a step of a form; and after erasing nothing may be noted again
            await self._note(contact, arrived.account.channel, turn)

    async def _note(self, contact: Contact, channel: str, turn: Turn) -> None:
        noted = [ReplyRecord(one.id, one.kind.value, turn.cards, turn.confidence) for one in turn.replies]
        await self._records.keep_replies(contact.conversation, channel, noted)

    async def _left(self, arrived: Arrived, digest: bytes) -> None:
        """Stop at once."""
        await self._contacts.stop(arrived.account_id, digest)
        await self._outbox.skip(arrived.account_id, digest, "left")

    async def _erased(self, arrived: Arrived, digest: bytes) -> None:
        """Erase what is stored, as the channel says the resident wants."""
        conversation = await self._contacts.forget(arrived.account_id, digest)
        await self._outbox.skip(arrived.account_id, digest, "erased")
        if conversation is not None:
            await self._residents.erase(conversation)

    async def _delivered(self, arrived: Arrived, digest: bytes) -> None:
        await self._outbox.delivered(arrived.account_id, digest, arrived.event.messages)

    async def _read(self, arrived: Arrived, digest: bytes) -> None:
        await self._outbox.read(arrived.account_id, digest, arrived.event.messages)

    async def _clerk(self, arrived: Arrived, digest: bytes) -> None:
        """Be silent while an official talks with the resident."""
        await self._contacts.taken_over(arrived.account_id, digest, self._clock() + self._clerk_stays)


def _incoming(arrived: Arrived, contact: Contact) -> Incoming:
    """What an event says to the dialogue. A typed number is the choice that stood under it."""
    event = arrived.event
    payload = event.text if event.kind is EventKind.BUTTON else _chosen(event, contact.options)
    return Incoming(
        conversation=contact.conversation,
        channel=arrived.account.channel,
        text="" if payload is not None else event.text,
        payload=payload,
        shared=_SHARED.get(event.kind),
        pin=event.location,
        contact=contact.id,
        queued=True,
    )


def _chosen(event: Event, options: tuple[str, ...]) -> str | None:
    typed = event.text.strip(" .)")
    if event.kind is not EventKind.TEXT or not typed.isascii() or not typed.isdigit() or len(typed) > _LONGEST_CHOICE:
        return None
    number = int(typed)
    return options[number - 1] if 1 <= number <= len(options) else None
