"""Hands messages that come later, such as an official's answer, to the channel on which the resident is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from bot.conversation.messages import Button, Kind, Reply
from bot.delivery.doorbell import Doorbell
from bot.delivery.outage import Outage
from bot.delivery.posting import Addressee, Posting, first_part
from bot.store.contacts import OPTIONS_STAY, Contacts
from bot.store.database import Database
from bot.store.notices import Unseen, UnseenMessages
from bot.store.outbox import Lane
from bot.store.sealing import SealedDataError, Sealer

TOPIC: Final = "notices"
WAITING: Final = "waiting:"
"""How the database begins the topic by which it tells that a message was put by for a conversation."""
_LOOK_SECONDS: Final = 2.0
_AT_ONCE: Final = 100
_LOG: Final = logging.getLogger(__name__)


class Notices:
    """Moves waiting messages of residents on a channel into its outbox."""

    def __init__(
        self,
        *,
        database: Database,
        sealer: Sealer,
        contacts: Contacts,
        posting: Posting,
        accounts: list[int],
        bell: Doorbell,
        posted: Callable[[int], None],
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._contacts = contacts
        self._posting = posting
        self._accounts = accounts
        self._bell = bell
        self._posted = posted
        self._unseen = UnseenMessages(database)

    async def run(self) -> None:
        """Look for messages until cancelled."""
        outage = Outage("notices")
        with self._bell.awaited(TOPIC) as ring:
            while True:
                try:
                    moved = await self.move()
                except (SQLAlchemyError, OSError) as error:
                    outage.met(error)
                    moved = 0
                else:
                    outage.over()
                if not moved:
                    await ring.wait(_LOOK_SECONDS)

    async def move(self) -> int:
        """Move what waits; return how many messages that were."""
        touched: set[int] = set()
        async with self._database.one_transaction():
            unseen = await self._unseen.look(self._accounts, _AT_ONCE)
            for one in unseen:
                if (account := await self._post(one)) is not None:
                    touched.add(account)
        for account in touched:
            self._posted(account)
        return len(unseen)

    async def _post(self, unseen: Unseen) -> int | None:
        try:
            reply = _reply(self._sealer.open_json(unseen.sealed))
            where = await self._contacts.reachable(unseen.conversation, self._accounts)
        except (SealedDataError, KeyError, TypeError):
            _LOG.error("waiting message %d cannot be read", unseen.number)
            await self._unseen.posted(unseen.number, None, None)  # else it would be looked at for ever
            return None
        if where is None:
            return None
        to = Addressee(where.account_id, where.digest, where.user, unseen.conversation, where.last_seen_at)
        key = f"notice:{unseen.number}:{where.last_seen_at.timestamp():.0f}"  # anew once the resident came back
        options = await self._posting.post(to, [reply], key, lane=Lane.NOTICE)
        if options:  # the choices that are numbered last are the ones that a typed number means
            await self._contacts.offer(where.contact, options, OPTIONS_STAY)
        await self._unseen.posted(unseen.number, where.account_id, first_part(key))
        return where.account_id


def _reply(message: dict[str, Any]) -> Reply:
    """The reply that a message {"id", "text", "buttons": [{"label", "payload"}]} is; it may have no buttons."""
    buttons = (Button(label=str(one["label"]), payload=str(one["payload"])) for one in message.get("buttons", ()))
    return Reply(kind=Kind.FLOW, text=str(message["text"]), buttons=tuple(buttons))
