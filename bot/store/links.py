"""Linking: a resident who proves with a code to be on two channels has one conversation for both.

A code is short-lived, used once, and stored as its digest only. Of the two conversations one stays, with its id; all
that hangs on the other moves to it, save what the other remembered from turn to turn. Both happen or neither does.

Of those who share a conversation one owns what is stored in it: the contact whose own it is (`linked` is NULL), a
contact that gave its code to a page (`gave`), or else the page. Contacts that came by typing a code (`typed`) and a
page that typed one follow. Undoing leaves everything with the owner, and each follower that goes begins anew.

So it is with three and more, too. Any of them may give a code, and whoever types it follows the same owner. Only an
owner may type a code: its followers come with it, and all of them follow the owner of the other conversation then. A
follower may not type one, or it could carry off what another owns. When the owner undoes it, all followers go at once;
when a follower does, it goes alone and the others stay together.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.campaign_erasing import follow, move_people, send_once
from bot.store.conversations import hold_for_erasing, note_seen
from bot.store.database import Database
from bot.store.report_tables import ReportPhotoRow, ReportRow
from bot.store.tables import (
    AccountRow,
    ContactRow,
    ConversationRow,
    LetterRow,
    LinkCodeRow,
    MemoryRow,
    OutboxRow,
    ProfileRow,
    ReplyRow,
    SubscriptionRow,
)

VALID: Final = timedelta(minutes=10)
KEEP_THEIR_IDS: Final = frozenset({"web"})
"""Channels on which the resident's own program holds the conversation's id, so that it cannot be exchanged."""
MOST_WRONG: Final = 5
WRONG_SECONDS: Final = 3600.0
_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0, O, 1, I and L, which are taken for one another
_LENGTH: Final = 8
_TRIES: Final = 5
_REMEMBERED: Final = 10_000  # conversations that typed a wrong code
_FORGET_OLD_CODES: Final = text("""
    -- Codes that expired long ago: till then their owner is told "expired" rather than "wrong".
    DELETE FROM link_code WHERE digest IN (
        SELECT digest FROM link_code WHERE expires_at < now() - interval '1 hour' FOR UPDATE SKIP LOCKED)
""")
_MOVE_UNSEEN: Final = text("""
    -- Messages that nobody has seen get new numbers, so that a page that asks for higher ones than its last sees them.
    WITH unseen AS (
        DELETE FROM waiting_message
        WHERE conversation_id = :other AND delivered_at IS NULL AND posted_at IS NULL
        RETURNING id, letter_id, at, sealed, outbox_id, recipient_id
    )
    INSERT INTO waiting_message (conversation_id, letter_id, at, sealed, outbox_id, recipient_id)
    SELECT :survivor, letter_id, at, sealed, outbox_id, recipient_id FROM unseen ORDER BY id
""")
_MOVE_SEEN: Final = text("UPDATE waiting_message SET conversation_id = :survivor WHERE conversation_id = :other")
_ONE_VOICE: Final = text("""
    -- Who said "me too" on both channels is one person, and who supports a report of their own is none besides.
    WITH twice AS (
        DELETE FROM report_support s WHERE s.conversation_id = :other AND (
            EXISTS (SELECT 1 FROM report_support o
                    WHERE o.report_id = s.report_id AND o.conversation_id = :survivor)
            OR EXISTS (SELECT 1 FROM report r WHERE r.id = s.report_id AND r.conversation_id = :survivor))
        RETURNING s.report_id
    ), own AS (
        DELETE FROM report_support s USING report r
        WHERE s.conversation_id = :survivor AND r.id = s.report_id AND r.conversation_id = :survivor
        RETURNING s.report_id
    )
    -- A voice for a merged report counts for the one that it was merged into, too.
    UPDATE report SET supporters = supporters - gone.voices
    FROM (SELECT counted.id, count(*) AS voices
          FROM (SELECT * FROM twice UNION ALL SELECT * FROM own) AS both_of_them
          JOIN report r ON r.id = both_of_them.report_id
          CROSS JOIN LATERAL (VALUES (r.id), (r.duplicate_of)) AS counted (id)
          WHERE counted.id IS NOT NULL GROUP BY counted.id) AS gone
    WHERE report.id = gone.id
""")
_MOVE_VOICES: Final = text("UPDATE report_support SET conversation_id = :survivor WHERE conversation_id = :other")
_AGE: Final = text("""
    -- The conversation is as old as the older of the two, and was seen when the later was.
    UPDATE conversation c SET created_at = least(c.created_at, o.created_at),
        last_seen_at = greatest(c.last_seen_at, o.last_seen_at)
    FROM conversation o WHERE c.id = :survivor AND o.id = :other
""")


class Refusal(Enum):
    """Why two conversations are not linked. Nothing was changed."""

    UNKNOWN = "unknown"  # there is no such code, or it was used, or a newer one was given
    EXPIRED = "expired"
    SAME = "same"  # they are one conversation already, or the one that typed the code follows another
    BOTH_KEEP_THEIR_IDS = "both keep their ids"


@dataclass(frozen=True)
class Linked:
    """Two conversations that have become one.

    `giver` is the channel on which the code was given, `taker` the one on which it was typed; `giver_contacts` are the
    numbers of the giver's contacts, to be told of it, empty where the giver has none (a page).
    """

    survivor: UUID
    gone: UUID
    giver: str
    taker: str
    giver_contacts: tuple[int, ...]


class Unlinked(Enum):
    """What became of unlinking."""

    ALONE = "alone"  # whoever asked begins anew; what is stored is with the owner, on another channel
    OTHERS = "others"  # whoever asked is the owner and has kept everything; all others begin anew
    NOTHING = "nothing"  # nothing was linked


class _By(StrEnum):
    """How a contact came to the conversation it shares, as it stands in `contact.linked`."""

    GAVE = "gave"  # a page typed its code; what is stored in the page's conversation belongs to the contact
    TYPED = "typed"


class Links:
    """Gives codes, links by them, and unlinks."""

    def __init__(self, database: Database, make_code: Callable[[], str] | None = None) -> None:
        self._database = database
        self._make_code = make_code or new_code

    async def give(self, conversation: UUID, channel: str) -> str:
        """Return a new code such as "7KQ2-M9XD"; earlier ones of the conversation end."""
        async with self._database.sessions.begin() as session:
            await note_seen(session, conversation, channel)
            await session.execute(_FORGET_OLD_CODES)
            await session.execute(delete(LinkCodeRow).where(LinkCodeRow.conversation_id == conversation))
            for _ in range(_TRIES):
                code = self._make_code()
                row = insert(LinkCodeRow).values(
                    digest=_digest(code), conversation_id=conversation, channel=channel, expires_at=func.now() + VALID
                )
                given = row.on_conflict_do_nothing().returning(LinkCodeRow.digest)
                if await session.scalar(given) is not None:
                    return code
        raise AssertionError(f"{_TRIES} link codes in a row were taken")

    async def look(self, code: str, conversation: UUID, channel: str, contact: int | None = None) -> str | Refusal:
        """Return on which channel a code was given, if it would link `conversation`; changes nothing.

        `contact` is the number of the one that typed it; without it, it is the one of the channel that was seen last.
        """
        async with self._database.sessions() as session:
            found = await _code_row(session, code)
            if isinstance(found, Refusal):
                return found
            contacts = (await session.scalars(_contacts_of((conversation,)))).all()
            return await _fits(session, found, conversation, channel, contacts=contacts, contact=contact)

    async def link(self, code: str, conversation: UUID, channel: str, contact: int | None = None) -> Linked | Refusal:
        """Link `conversation`, on whose channel the code was typed, with the one that gave the code, and use it up.

        The one that stays is the one that must keep its id, else the giver's. `contact` as in `look`.
        """
        async with self._database.sessions.begin() as session:
            giver = await session.scalar(select(LinkCodeRow.conversation_id).where(LinkCodeRow.digest == _digest(code)))
            if giver is None:
                return Refusal.UNKNOWN
            if giver == conversation:
                return Refusal.SAME
            contacts = await _hold_both(session, giver, conversation, channel)
            row = await _code_row(session, code)
            if isinstance(row, Refusal):
                return row
            theirs = [one for one in contacts if one.conversation_id == conversation]
            fits = await _fits(session, row, conversation, channel, contacts=theirs, contact=contact)
            if isinstance(fits, Refusal):
                return fits
            await session.execute(delete(LinkCodeRow).where(LinkCodeRow.digest == _digest(code)))
            taker_stays = await _keeps_its_id(session, conversation)
            survivor, gone = (conversation, giver) if taker_stays else (giver, conversation)
            of_giver = [one for one in contacts if one.conversation_id == giver]
            giver_is_page = await _keeps_its_id(session, giver)
            _mark(of_giver, theirs, giver_is_page=giver_is_page, taker_is_page=taker_stays)
            await session.flush()
            await _merge(session, survivor, gone, giver)
            return Linked(survivor, gone, fits, channel, tuple(one.id for one in of_giver))

    async def unlink(self, conversation: UUID, channel: str, contact: int | None = None) -> Unlinked:
        """Part the one that asks from the others; what is stored goes with its owner, whoever asks.

        A contact that follows gets a new conversation with nothing in it. When the owner asks, all others do; a page,
        which keeps its id, keeps nothing else of what a contact owns, also when it is the page that asks. `contact` is
        the number of the one that asks; without it, it is the one of the channel that was seen last.
        """
        async with self._database.sessions.begin() as session:
            contacts = await _held_contacts(session, (conversation,))
            by_page = channel in KEEP_THEIR_IDS
            keeps = by_page or await _keeps_its_id(session, conversation)
            asking = None if by_page else await _asking(session, contacts, channel, contact)
            if len(contacts) + keeps <= 1 or (asking is None and not by_page):
                return Unlinked.NOTHING
            # A code that one who goes has got here would lead back.
            await session.execute(delete(LinkCodeRow).where(LinkCodeRow.conversation_id == conversation))
            owner = _owner(contacts, keeps)
            if asking is not None and asking is not owner:
                await _set_apart(session, (asking,))
                await follow(session, conversation, owner, page=keeps)
                return Unlinked.ALONE
            await _set_apart(session, [one for one in contacts if keeps or one is not owner])
            if owner is None or not keeps:
                await follow(session, conversation, owner, page=keeps)
                return Unlinked.OTHERS
            await _take_along(session, owner, conversation)
            return Unlinked.ALONE if by_page else Unlinked.OTHERS


class WrongCodes:
    """Counts wrong codes of each conversation within an hour, in memory.

    A restart forgets them, and each process counts by itself. That is enough: a code lives ten minutes and is one of
    8 * 10^11, so that guessing is hopeless at any speed that one conversation is answered; the count only spares
    people from trying on and on.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` counts seconds."""
        self._clock = clock
        self._times: OrderedDict[UUID, list[float]] = OrderedDict()

    def too_many(self, conversation: UUID) -> bool:
        """Whether no further code is looked at now."""
        return len(self._recent(conversation)) >= MOST_WRONG

    def note(self, conversation: UUID) -> None:
        """Note a wrong code."""
        self._times[conversation] = [*self._recent(conversation), self._clock()]
        self._times.move_to_end(conversation)
        if len(self._times) > _REMEMBERED:
            self._times.popitem(last=False)

    def _recent(self, conversation: UUID) -> list[float]:
        since = self._clock() - WRONG_SECONDS
        return [one for one in self._times.get(conversation, ()) if one > since]


def new_code() -> str:
    """Return a code of eight random signs, nearly 40 bits; letters and digits both, so that no word looks like one."""
    while True:
        signs = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
        if not signs.isalpha() and not signs.isdigit():
            return f"{signs[:4]}-{signs[4:]}"


def _digest(code: str) -> bytes:
    """The digest of a code, whatever its case, blanks and hyphens."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(signs.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True)
class _Code:
    giver: UUID
    channel: str


async def _code_row(session: AsyncSession, code: str) -> _Code | Refusal:
    """Who gave a code that is valid now."""
    found = select(LinkCodeRow.conversation_id, LinkCodeRow.channel, LinkCodeRow.expires_at > func.now())
    row = (await session.execute(found.where(LinkCodeRow.digest == _digest(code)))).first()
    if row is None:
        return Refusal.UNKNOWN
    giver, channel, valid = row
    return _Code(giver, channel) if valid else Refusal.EXPIRED


async def _fits(
    session: AsyncSession,
    code: _Code,
    conversation: UUID,
    channel: str,
    *,
    contacts: Sequence[ContactRow],
    contact: int | None,
) -> str | Refusal:
    """The channel on which the code was given, if both conversations can become one; `contacts` are the taker's."""
    if code.giver == conversation:
        return Refusal.SAME
    by_page = channel in KEEP_THEIR_IDS
    taker_keeps = by_page or await _keeps_its_id(session, conversation)
    if taker_keeps and await _keeps_its_id(session, code.giver):
        return Refusal.BOTH_KEEP_THEIR_IDS
    typing = None if by_page else await _asking(session, contacts, channel, contact)
    follows = (by_page or typing is not None) and _owner(contacts, taker_keeps) is not typing
    return Refusal.SAME if follows else code.channel


def _owner(contacts: Sequence[ContactRow], keeps_its_id: bool) -> ContactRow | None:
    """Whose everything is that is stored in the conversation of these contacts; None: the page's."""
    if keeps_its_id:
        return next((one for one in contacts if one.linked == _By.GAVE), None)
    own = [one for one in contacts if one.linked != _By.TYPED]
    return next(iter(own or contacts), None)  # the one it followed may be long gone


async def _keeps_its_id(session: AsyncSession, conversation: UUID) -> bool:
    channel = await session.scalar(select(ConversationRow.channel).where(ConversationRow.id == conversation))
    return channel in KEEP_THEIR_IDS


async def _hold_both(session: AsyncSession, giver: UUID, taker: UUID, channel: str) -> Sequence[ContactRow]:
    """Hold the contacts, then the conversations, each in a fixed order; return the contacts.

    Contacts come first because a turn holds its own before it writes to its conversation.
    """
    contacts = await _held_contacts(session, (giver, taker))
    for conversation in sorted((giver, taker)):
        if conversation == taker:
            await note_seen(session, taker, channel)  # its row may not be there yet
        await hold_for_erasing(session, conversation)
    return contacts


async def _held_contacts(session: AsyncSession, conversations: Sequence[UUID]) -> Sequence[ContactRow]:
    """Hold and return the contacts that can change their conversation, in the order of their numbers."""
    return (await session.scalars(_contacts_of(conversations).with_for_update())).all()


def _contacts_of(conversations: Sequence[UUID]) -> Select[ContactRow]:
    """The contacts that can change their conversation, in the order of their numbers."""
    fixed = select(AccountRow.id).where(AccountRow.channel.in_(KEEP_THEIR_IDS))
    theirs = select(ContactRow).where(
        ContactRow.conversation_id.in_(conversations), ContactRow.account_id.not_in(fixed)
    )
    return theirs.order_by(ContactRow.id)


def _mark(
    givers: Sequence[ContactRow], takers: Sequence[ContactRow], *, giver_is_page: bool, taker_is_page: bool
) -> None:
    """Note how each contact came to the conversation that both sides share."""
    for one in takers:
        one.linked = _By.TYPED
    owner = None if giver_is_page else _owner(givers, keeps_its_id=False)
    if owner is not None:
        owner.linked = _By.GAVE if taker_is_page else None


async def _merge(session: AsyncSession, survivor: UUID, other: UUID, giver: UUID) -> None:
    """Hang all of the other conversation on the survivor and delete it; both are held.

    Of two profiles the giver's stays, and of two subscriptions unless one of them was stopped: it is the owner's.
    """
    both = {"survivor": survivor, "other": other}
    for table in (LetterRow, ReplyRow, ContactRow, OutboxRow, ReportRow, ReportPhotoRow):
        moving = update(table).where(table.conversation_id == other).values(conversation_id=survivor)
        await session.execute(moving.execution_options(synchronize_session=False))
    await session.execute(_ONE_VOICE, both)
    await session.execute(_MOVE_VOICES, both)
    await session.execute(_MOVE_UNSEEN, both)
    await session.execute(_MOVE_SEEN, both)
    await move_people(session, survivor, other)
    await send_once(session, survivor)
    await _merge_profiles(session, survivor, other, giver)
    await _merge_subscriptions(session, survivor, other, giver)
    await session.execute(_AGE, both)
    await session.execute(delete(ConversationRow).where(ConversationRow.id == other))


async def _merge_profiles(session: AsyncSession, survivor: UUID, other: UUID, giver: UUID) -> None:
    """Keep the giver's profile if it has one."""
    kept, moved = await session.get(ProfileRow, survivor), await session.get(ProfileRow, other)
    if moved is None or (kept is not None and survivor == giver):
        return
    if kept is not None:
        await session.delete(kept)
        await session.flush()
    moved.conversation_id = survivor
    await session.flush()


async def _merge_subscriptions(session: AsyncSession, survivor: UUID, other: UUID, giver: UUID) -> None:
    """Keep the giver's subscription if it has one; of a stopped and an active one, what the resident did last."""
    kept = await session.get(SubscriptionRow, survivor, with_for_update=True)
    moved = await session.get(SubscriptionRow, other, with_for_update=True)
    if moved is None:
        return
    if kept is not None:
        differ = (kept.stopped_at is None) is not (moved.stopped_at is None)
        if _last_done(kept) >= _last_done(moved) if differ else survivor == giver:
            return
        await session.delete(kept)
        await session.flush()
    moved.conversation_id = survivor
    await session.flush()


def _last_done(subscription: SubscriptionRow) -> datetime:
    """When the resident last subscribed or stopped."""
    return subscription.stopped_at or subscription.since


async def _asking(
    session: AsyncSession, contacts: Sequence[ContactRow], channel: str, contact: int | None
) -> ContactRow | None:
    """The contact that asks or types: the one with the number, else of those on the channel the one seen last."""
    if contact is not None:
        return next((one for one in contacts if one.id == contact), None)
    accounts = set(await session.scalars(select(AccountRow.id).where(AccountRow.channel == channel)))
    theirs = [one for one in contacts if one.account_id in accounts]
    return max(theirs, key=lambda one: (one.last_seen_at, one.id), default=None)


async def _set_apart(session: AsyncSession, contacts: Sequence[ContactRow]) -> None:
    """Give each of the contacts a conversation of its own."""
    for one in contacts:
        one.conversation_id = uuid4()
        one.options = None
        one.linked = None
    await session.flush()


async def _take_along(session: AsyncSession, owner: ContactRow, page: UUID) -> None:
    """Move what a contact owns from a page's conversation to its own, which is new; the page forgets what was said."""
    if not await hold_for_erasing(session, page):
        return
    own = owner.conversation_id
    channel = await session.scalar(select(AccountRow.channel).where(AccountRow.id == owner.account_id))
    await note_seen(session, own, channel or "")
    for table in (LetterRow, OutboxRow, ProfileRow, SubscriptionRow, ReportRow, ReportPhotoRow):
        moving = update(table).where(table.conversation_id == page).values(conversation_id=own)
        await session.execute(moving.execution_options(synchronize_session=False))
    both = {"survivor": own, "other": page}
    await session.execute(_ONE_VOICE, both)
    await session.execute(_MOVE_VOICES, both)
    await session.execute(_MOVE_UNSEEN, both)
    await session.execute(_MOVE_SEEN, both)
    await move_people(session, own, page)
    await follow(session, own, owner, page=False)
    await session.execute(delete(MemoryRow).where(MemoryRow.conversation_id == page))
