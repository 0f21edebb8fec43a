"""Tells staff at once, by a message, what an administrator must act on. Each matter at most once an hour."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from bot.conversation.messages import Kind, Reply
from bot.delivery.posting import Addressee, Posting
from bot.store.outbox import Lane

_HOUR: Final = "%Y-%m-%d %H"
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class StaffMember:
    """Whom to tell: on which account, under which id of its channel, and its digest."""

    account_id: int
    user: str
    digest: bytes


class Alerts:
    """Posts messages to staff. Raises nothing: an alert that cannot be posted is in the log all the same."""

    def __init__(self, staff: Sequence[StaffMember], posting: Posting, clock: Callable[[], datetime]) -> None:
        self._staff = staff
        self._posting = posting
        self._clock = clock

    async def tell(self, matter: str, text: str) -> None:
        """Tell staff `text`, in Vietnamese; `matter` names what it is about and keeps it from being told again."""
        key = f"alert:{matter}:{self._clock().strftime(_HOUR)}"
        reply = Reply(kind=Kind.FLOW, text=f"[Trợ lý PCCC báo quản trị] {text}")
        for one in self._staff:
            to = Addressee(one.account_id, one.digest, one.user, None)
            try:
                await self._posting.post(to, [reply], f"{key}:{one.digest.hex()}", lane=Lane.NOTICE)
            except (SQLAlchemyError, OSError) as error:
                _LOG.error("staff could not be told: %s", type(error).__name__)
