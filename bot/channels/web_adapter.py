"""The web as the core sees it: what comes later is put by for the page, which fetches it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.contract import (
    Account,
    Diagnosis,
    Event,
    Mark,
    Outcome,
    Pace,
    Part,
    Permanent,
    Recipient,
    Rendered,
    Retryable,
    Sent,
    Stopped,
    Unknown,
)
from bot.channels.web_format import reply_as_json
from bot.conversation.messages import Reply
from bot.store.waiting import Waiting

ACCOUNT: Final = Account("web", "web")
KEY: Final = "key"
"""Under which a part's body names its row of the outbox, so that a second attempt puts nothing by twice."""


class WebAdapter:
    """Implements `Adapter`. The channel's id of a resident is the id of the conversation."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting

    @property
    def account(self) -> Account:
        """The one account of the web."""
        return ACCOUNT

    @property
    def pace(self) -> Pace:
        """As fast as the database takes them."""
        return Pace(messages=None)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Nothing needs to be opened."""
        yield

    def render(self, reply: Reply) -> Rendered:
        """Return the reply as one part: the page has no limits and shows buttons, sources and pictures itself."""
        return Rendered((Part(reply_as_json(reply, rateable=False)),))

    async def send(self, recipient: Recipient, part: Part) -> Outcome:
        """Put the part by; `Sent.message` is its number there. Raises nothing.

        After a fault of the database a part with a key is tried again, since it cannot be put by twice; of one without
        a key nobody knows whether it was.
        """
        try:
            conversation = UUID(recipient.user)
        except ValueError:
            return Permanent("the recipient is no conversation")
        message = {name: value for name, value in part.body.items() if name != KEY}
        key = part.body.get(KEY)
        if key is not None and not isinstance(key, int):
            return Permanent("the key is no number")
        try:
            number = await self._waiting.put(conversation, message, outbox_id=key)
        except (SQLAlchemyError, OSError) as error:  # a time-out is an OSError
            reason = type(error).__name__
            return Unknown(reason) if key is None else Retryable(reason)
        except (TypeError, ValueError) as error:
            return Permanent(f"no JSON: {type(error).__name__}")
        return Stopped("the conversation is gone") if number is None else Sent(str(number))

    async def received(self, event: Event) -> None:
        """Nobody waits for it."""

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        """Nothing of it is elsewhere."""
        return (Diagnosis(Mark.GOOD, "Trang chat: sẵn sàng, không cần tài khoản bên ngoài."),)
