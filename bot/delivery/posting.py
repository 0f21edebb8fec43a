"""Puts replies into the outbox, rendered for the channel of whoever gets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bot.channels.contract import Adapter, Part, Recipient
from bot.conversation.messages import Kind, Reply
from bot.store.outbox import Lane, NewMessage, Outbox

NEXT_LINE: Final = timedelta(seconds=1.2)
"""For so long the reply to an unfinished line waits for the next one."""


@dataclass(frozen=True)
class Addressee:
    """To whom replies go: on which account, the resident's digest there, the channel's user id, the conversation.

    `last_seen`: when they last did something there; None for just now.
    """

    account_id: int
    resident: bytes
    user: str
    conversation: UUID | None
    last_seen: datetime | None = None


class Posting:
    """Renders replies and stores them as messages to be sent."""

    def __init__(self, adapters: Mapping[int, Adapter], outbox: Outbox) -> None:
        """`adapters` by the number of their account."""
        self._adapters = adapters
        self._outbox = outbox

    async def post(
        self, to: Addressee, replies: Sequence[Reply], key: str, *, lane: Lane = Lane.REPLY, provisional: bool = False
    ) -> tuple[str, ...]:
        """Store `replies` under `key`; return the payloads of the choices that stand numbered in them.

        What is posted again under the same key is not sent again.
        """
        messages: list[NewMessage] = []
        options: tuple[str, ...] = ()
        for reply in replies:
            rendered = self._adapters[to.account_id].render(reply)
            options = rendered.options or options
            for part in rendered.parts:
                messages.append(
                    NewMessage(
                        account_id=to.account_id,
                        key=f"{key}:{len(messages)}",
                        lane=Lane.EMERGENCY if reply.kind is Kind.EMERGENCY else lane,
                        resident=to.resident,
                        conversation=to.conversation,
                        content=content_of(Recipient(to.user, to.last_seen), part),
                        wait=NEXT_LINE if provisional else timedelta(),
                        provisional=provisional,
                    )
                )
        await self._outbox.put(messages)
        return options


def first_part(key: str) -> str:
    """Return the key under which the first part of what was posted under `key` stands in the outbox."""
    return f"{key}:0"


def content_of(recipient: Recipient, part: Part) -> dict[str, Any]:
    """Return what is stored of a message."""
    seen = recipient.last_seen.isoformat() if recipient.last_seen else None
    return {"user": recipient.user, "seen": seen, "part": dict(part.body)}


def read_content(content: Mapping[str, Any]) -> tuple[Recipient, Part]:
    """Read what `content_of` returned. Raises KeyError, TypeError or ValueError when it is none."""
    seen = content["seen"]
    return Recipient(str(content["user"]), datetime.fromisoformat(seen) if seen else None), Part(content["part"])
