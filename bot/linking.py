"""Tells the channel that gave a code that its conversation was linked, so that whoever did not do it can undo it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from bot.conversation.flows.link import told_reply
from bot.conversation.messages import Reply
from bot.store.links import Linked
from bot.store.sealing import SealedDataError
from bot.store.waiting import Waiting

TellContacts = Callable[[Sequence[int], Reply, str], Awaitable[None]]
_LOG = logging.getLogger(__name__)


class Linking:
    """Tells contacts through their channel, and a page by a message that waits for it. Raises nothing."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self.tell_contacts: TellContacts | None = None

    async def tell(self, linked: Linked) -> None:
        """Tell the giver of the code."""
        reply = told_reply(linked.taker)
        try:
            if not linked.giver_contacts:
                await self._waiting.put(linked.survivor, {"id": str(uuid4()), "text": reply.text})
            elif self.tell_contacts is not None:
                await self.tell_contacts(linked.giver_contacts, reply, f"linked:{linked.gone}")
        except (SQLAlchemyError, OSError, SealedDataError) as error:
            _LOG.error("the giver of a code was not told of the linking: %s", type(error).__name__)
