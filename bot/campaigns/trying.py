"""Trial sends: a message of a plan to the chats of whoever presses the button, marked as a trial, counted nowhere.

A trial is an answer to its author, so it goes as a notice, and no ledger, cap or subscription knows of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from bot.campaigns.content import Message, Plan, Variant
from bot.campaigns.previews import Fault, UnfitMessageError, composed, day_of, preview
from bot.channels.showing import Rendering
from bot.conversation.messages import Reply
from bot.store.campaign_gate import ZONE
from bot.store.staff_contacts import StaffContact, StaffContacts
from knowledge.check import KnowledgeBase

MARK: Final = "[THỬ]"
NO_MESSAGE: Final = 0
"""The number of a message under whose buttons nothing is counted: a trial is of no campaign that was sent."""

Tell = Callable[[Sequence[int], Reply, str], Awaitable[None]]
"""Sends a reply to contacts as a notice; once under one key."""


@dataclass(frozen=True)
class Tried:
    """To which of a member's chats a trial was given out, and to which it could not be."""

    sent: tuple[StaffContact, ...]
    left_out: tuple[StaffContact, ...] = ()


class NoChatsError(Exception):
    """The member has no chat to which a trial can go."""


@dataclass(frozen=True, kw_only=True)
class Trials:
    """Sends trials; `tell` hands them over."""

    contacts: StaffContacts
    tell: Tell
    renderings: Mapping[str, Rendering]

    async def send(
        self,
        staff_id: int,
        message: Message,
        plan: Plan,
        base: KnowledgeBase,
        *,
        variant: Variant,
        accounts: Collection[int],
        now: datetime,
        press: str,
    ) -> Tried:
        """Send one text of a message to the chats of a member; the same again under the same `press` is not.

        `accounts`: the numbers of those that are configured now. `now` has a time zone.
        Raises `NoChatsError`, and `UnfitMessageError` for a text that is not one part on one of these channels.
        """
        chats = await self.contacts.of(staff_id)
        open_ones = (one for one in chats if not one.left and not one.closed(now))
        sent = tuple(one for one in open_ones if one.account_id in accounts)
        if not sent:
            raise NoChatsError
        channels = {one.channel for one in sent}
        day = day_of(message, plan, now.astimezone(ZONE).date())
        if faults := self._faults(message, variant, base, channels, day):
            raise UnfitMessageError(faults)
        reply = marked(composed(message, variant, base, day=day, message_id=NO_MESSAGE))
        key = f"trial:{staff_id}:{press}:{message.key}:{variant.value}"
        await self.tell([one.contact for one in sent], reply, key)
        return Tried(sent, tuple(one for one in chats if one not in sent))

    def _faults(
        self, message: Message, variant: Variant, base: KnowledgeBase, channels: set[str], day: date
    ) -> tuple[Fault, ...]:
        """What does not fit, with the mark in front, on the channels to which it goes."""
        text = message.texts.get(variant, message.texts.get(Variant.HOUSEHOLD, ""))
        if not text.strip():
            return (Fault(message=message.key, text=f"“{message.title}” chưa có nội dung để gửi thử."),)
        tried = replace(message, texts={variant: f"{MARK} {text}"}, template=None)
        known = {channel: one for channel, one in self.renderings.items() if channel in channels}
        previews = preview(tried, Plan(title="", messages=(tried,)), base, known, today=day)
        return tuple(fault for one in previews for fault in one.faults if fault.blocks)


def marked(reply: Reply) -> Reply:
    """Return a reply that says in front that it is a trial, without its picture, which may be a message of its own."""
    return replace(reply, text=f"{MARK} {reply.text}", image=None)
