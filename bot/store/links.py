"""Linking: a resident who proves with a code to be on two channels has one conversation for both.

Of the two conversations one stays, with its id; all that hangs on the other moves to it, save what the other remembered
from turn to turn. Both happen or neither does.

Of those who share a conversation one owns what is stored in it (`bot/store/link_sharing.py`), and the others follow.
Undoing leaves everything with the owner, and each follower that goes begins anew.

So it is with three and more, too. Any of them may give a code, and whoever types it follows the same owner. Only an
owner may type a code: its followers come with it, and all of them follow the owner of the other conversation then. A
follower may not type one, or it could carry off what another owns. When the owner undoes it, all followers go at once;
when a follower does, it goes alone and the others stay together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.campaign_erasing import follow
from bot.store.conversations import note_seen
from bot.store.database import Database
from bot.store.link_codes import GivenCode, end_codes, give_code, look_up, new_code, use_up
from bot.store.link_moving import merge, take_along
from bot.store.link_sharing import (
    Sharing,
    contacts_of,
    hold_both,
    hold_contacts,
    keeps_its_id,
    mark,
    set_apart,
    sharing,
)
from bot.store.tables import ContactRow


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


class Links:
    """Gives codes, links by them, and unlinks."""

    def __init__(self, database: Database, make_code: Callable[[], str] | None = None) -> None:
        self._database = database
        self._make_code = make_code or new_code

    async def give(self, conversation: UUID, channel: str) -> str:
        """Return a new code such as "7KQ2-M9XD"; earlier ones of the conversation end."""
        async with self._database.sessions.begin() as session:
            await note_seen(session, conversation, channel)
            return await give_code(session, conversation, channel, self._make_code)

    async def look(self, code: str, conversation: UUID, channel: str, contact: int | None = None) -> str | Refusal:
        """Return on which channel a code was given, if it would link `conversation`; changes nothing.

        `contact` is the number of the one that typed it; without it, it is the one of the channel that was seen last.
        """
        async with self._database.sessions() as session:
            given = await _valid(session, code)
            if isinstance(given, Refusal):
                return given
            contacts = await contacts_of(session, conversation)
            taker = await sharing(session, conversation, channel, contacts, contact)
            return await _refused(session, given, taker) or given.channel

    async def link(self, code: str, conversation: UUID, channel: str, contact: int | None = None) -> Linked | Refusal:
        """Link `conversation`, on whose channel the code was typed, with the one that gave the code, and use it up.

        The one that stays is the one that must keep its id, else the giver's. `contact` as in `look`.
        """
        async with self._database.sessions.begin() as session:
            found = await look_up(session, code)
            if found is None:
                return Refusal.UNKNOWN
            if found.giver == conversation:
                return Refusal.SAME
            contacts = await hold_both(session, found.giver, conversation, channel)
            given = await _valid(session, code)  # somebody may have used it till both were held
            if isinstance(given, Refusal):
                return given
            theirs = [one for one in contacts if one.conversation_id == conversation]
            taker = await sharing(session, conversation, channel, theirs, contact)
            if refused := await _refused(session, given, taker):
                return refused
            await use_up(session, code)
            givers = [one for one in contacts if one.conversation_id == given.giver]
            survivor, gone = await _made_one(session, given, taker, givers)
            return Linked(survivor, gone, given.channel, channel, tuple(one.id for one in givers))

    async def unlink(self, conversation: UUID, channel: str, contact: int | None = None) -> Unlinked:
        """Part the one that asks from the others; what is stored goes with its owner, whoever asks.

        A contact that follows gets a new conversation with nothing in it. When the owner asks, all others do; a page,
        which keeps its id, keeps nothing else of what a contact owns, also when it is the page that asks. `contact` is
        the number of the one that asks; without it, it is the one of the channel that was seen last.
        """
        async with self._database.sessions.begin() as session:
            contacts = await hold_contacts(session, conversation)
            there = await sharing(session, conversation, channel, contacts, contact)
            if there.alone or not there.known:
                return Unlinked.NOTHING
            await end_codes(session, conversation)  # one that somebody who goes has got here would lead back
            if there.asking is not None and there.follows:
                await set_apart(session, (there.asking,))
                await follow(session, conversation, there.owner, page=there.with_page)
                return Unlinked.ALONE
            return await _all_parted(session, there)


async def _valid(session: AsyncSession, code: str) -> GivenCode | Refusal:
    """A code that may be used now."""
    found = await look_up(session, code)
    if found is None:
        return Refusal.UNKNOWN
    return found if found.valid else Refusal.EXPIRED


async def _refused(session: AsyncSession, given: GivenCode, taker: Sharing) -> Refusal | None:
    """Why the two conversations cannot become one; None when they can."""
    if given.giver == taker.conversation:
        return Refusal.SAME
    if taker.with_page and await keeps_its_id(session, given.giver):
        return Refusal.BOTH_KEEP_THEIR_IDS
    return Refusal.SAME if taker.follows else None


async def _made_one(
    session: AsyncSession, given: GivenCode, taker: Sharing, givers: Sequence[ContactRow]
) -> tuple[UUID, UUID]:
    """Make one of two conversations, which are held; return which stays and which is gone."""
    giver_is_page = await keeps_its_id(session, given.giver)
    taker_is_page = await keeps_its_id(session, taker.conversation)
    both = (taker.conversation, given.giver) if taker_is_page else (given.giver, taker.conversation)
    await mark(session, givers, taker.contacts, giver_is_page=giver_is_page, taker_is_page=taker_is_page)
    await merge(session, *both, giver=given.giver)
    return both


async def _all_parted(session: AsyncSession, there: Sharing) -> Unlinked:
    """Let all go but the owner, or but the page, and what is stored with its owner."""
    await set_apart(session, [one for one in there.contacts if there.with_page or one is not there.owner])
    if there.owner is None or not there.with_page:
        await follow(session, there.conversation, there.owner, page=there.with_page)
        return Unlinked.OTHERS
    await take_along(session, there.owner, there.conversation)
    return Unlinked.ALONE if there.by_page else Unlinked.OTHERS
