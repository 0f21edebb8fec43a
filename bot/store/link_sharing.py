"""Who shares a conversation, and who of them owns what is stored in it.

The owner is the contact whose own it is (`linked` is NULL), a contact that gave its code to a page (`gave`), or else
the page. Contacts that came by typing a code (`typed`) and a page that typed one follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.conversations import hold_for_erasing, note_seen
from bot.store.tables import AccountRow, ContactRow, ConversationRow

KEEP_THEIR_IDS: Final = frozenset({"web"})
"""Channels on which the resident's own program holds the conversation's id, so that it cannot be exchanged."""


class _By(StrEnum):
    """How a contact came to the conversation it shares, as it stands in `contact.linked`."""

    GAVE = "gave"  # a page typed its code; what is stored in the page's conversation belongs to the contact
    TYPED = "typed"


@dataclass(frozen=True)
class Sharing:
    """Those who share a conversation, as one of them asks to link or to unlink it.

    `with_page`: a page is in it, which keeps its id. `by_page`: it is the page that asks; else `asking` is the contact
    that does, None where it is not known. `owner` is None where everything is the page's.
    """

    conversation: UUID
    contacts: Sequence[ContactRow]
    with_page: bool
    by_page: bool
    asking: ContactRow | None
    owner: ContactRow | None

    @property
    def follows(self) -> bool:
        """Whether the one that asks is known and follows another."""
        return self.known and self.owner is not self.asking

    @property
    def known(self) -> bool:
        """Whether it is known who asks."""
        return self.by_page or self.asking is not None

    @property
    def alone(self) -> bool:
        """Whether there is nobody to be parted from."""
        return len(self.contacts) + self.with_page <= 1


async def sharing(
    session: AsyncSession, conversation: UUID, channel: str, contacts: Sequence[ContactRow], contact: int | None
) -> Sharing:
    """Return who shares a conversation that has these contacts, when somebody on `channel` asks.

    `contact` is the number of the one that asks; without it, it is the one of the channel that was seen last.
    """
    by_page = channel in KEEP_THEIR_IDS
    with_page = by_page or await keeps_its_id(session, conversation)
    asking = None if by_page else await _asking(session, contacts, channel, contact)
    return Sharing(conversation, contacts, with_page, by_page, asking, _owner(contacts, with_page=with_page))


async def keeps_its_id(session: AsyncSession, conversation: UUID) -> bool:
    """Whether a page is in the conversation."""
    channel = await session.scalar(select(ConversationRow.channel).where(ConversationRow.id == conversation))
    return channel in KEEP_THEIR_IDS


async def contacts_of(session: AsyncSession, conversation: UUID) -> Sequence[ContactRow]:
    """Return the contacts that can change their conversation, in the order of their numbers."""
    return (await session.scalars(_movable((conversation,)))).all()


async def hold_contacts(session: AsyncSession, *conversations: UUID) -> Sequence[ContactRow]:
    """Hold and return the contacts that can change their conversation, in the order of their numbers."""
    return (await session.scalars(_movable(conversations).with_for_update())).all()


async def hold_both(session: AsyncSession, giver: UUID, taker: UUID, channel: str) -> Sequence[ContactRow]:
    """Hold the contacts, then the conversations, each in a fixed order; return the contacts.

    Contacts come first because a turn holds its own before it writes to its conversation. `channel`: the taker's.
    """
    contacts = await hold_contacts(session, giver, taker)
    for conversation in sorted((giver, taker)):
        if conversation == taker:
            await note_seen(session, taker, channel)  # its row may not be there yet
        await hold_for_erasing(session, conversation)
    return contacts


async def mark(
    session: AsyncSession,
    givers: Sequence[ContactRow],
    takers: Sequence[ContactRow],
    *,
    giver_is_page: bool,
    taker_is_page: bool,
) -> None:
    """Note how each contact came to the conversation that both sides share now."""
    for one in takers:
        one.linked = _By.TYPED
    owner = None if giver_is_page else _owner(givers, with_page=False)
    if owner is not None:
        owner.linked = _By.GAVE if taker_is_page else None
    await session.flush()


async def set_apart(session: AsyncSession, contacts: Sequence[ContactRow]) -> None:
    """Give each of the contacts a conversation of its own."""
    for one in contacts:
        one.conversation_id = uuid4()
        one.options = None
        one.linked = None
    await session.flush()


def _owner(contacts: Sequence[ContactRow], *, with_page: bool) -> ContactRow | None:
    """Whose everything is that is stored in the conversation of these contacts; None: the page's."""
    if with_page:
        return next((one for one in contacts if one.linked == _By.GAVE), None)
    own = [one for one in contacts if one.linked != _By.TYPED]
    return next(iter(own or contacts), None)  # the one it followed may be long gone


async def _asking(
    session: AsyncSession, contacts: Sequence[ContactRow], channel: str, contact: int | None
) -> ContactRow | None:
    """The contact that asks or types: the one with the number, else of those on the channel the one seen last."""
    if contact is not None:
        return next((one for one in contacts if one.id == contact), None)
    accounts = set(await session.scalars(select(AccountRow.id).where(AccountRow.channel == channel)))
    theirs = [one for one in contacts if one.account_id in accounts]
    return max(theirs, key=lambda one: (one.last_seen_at, one.id), default=None)


def _movable(conversations: Sequence[UUID]) -> Select[ContactRow]:
    fixed = select(AccountRow.id).where(AccountRow.channel.in_(KEEP_THEIR_IDS))
    theirs = select(ContactRow).where(
        ContactRow.conversation_id.in_(conversations), ContactRow.account_id.not_in(fixed)
    )
    return theirs.order_by(ContactRow.id)
