"""What an OA may do. A government OA may be refused by the newer way of sending and served by the older one."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from bot.store.accounts import Accounts

BELIEVED_FOR: Final = timedelta(days=7)
"""How long a refusal is believed; then the way is tried once more, since packages are bought."""
_PICTURES_BELIEVED_FOR: Final = timedelta(hours=1)
_MONEY: Final = frozenset({-320, -321})
_MONEY_BELIEVED_FOR: Final = timedelta(hours=1)
"""That nothing can be paid from the Zalo Cloud Account is soon put right."""
MOST_EVENTS: Final = 20
"""So many names of unknown events are kept."""
_EVENTS: Final = "unknown_events"
_EVENT: Final = re.compile(r"[a-z0-9_.]{1,60}")
_LOG: Final = logging.getLogger(__name__)


class Capability(StrEnum):
    """Ways of sending, kinds of buttons, and what else may be refused."""

    CS_V3 = "cs_v3"
    CS_V2 = "cs_v2"
    BUTTONS = "buttons"
    LINKS = "buttons_url"
    CALLS = "buttons_phone"
    SHORT_CALLS = "buttons_phone_short"
    PICTURES = "pictures"
    UPLOADS = "uploads"
    OAUTH = "oauth"
    TEMPLATE = "template_uid"
    BROADCAST = "broadcast"


class Capabilities:
    """Remembers, in the database too, what an account may do: yes, no, or unknown.

    Nothing is sent to find out: the first message shows it, because a way that does not suit the OA is refused for
    sure (-235, -240, -224), so that the same message may go the other way. A record is
    {"cs_v3": {"can": false, "code": -235, "at": "2026-11-22T05:00:00+00:00"}, …}. Beside it stand the names of events
    that nobody knows, {"unknown_events": ["user_does_x"]}.
    """

    def __init__(self, accounts: Accounts, account: int, now: Callable[[], datetime]) -> None:
        self._accounts = accounts
        self._account = account
        self._now = now
        self._known: dict[str, Any] | None = None
        self._events: set[str] = set()

    async def way(self) -> Capability:
        """Return the way in which to send: v3, unless only v2 is known to suit."""
        return (
            Capability.CS_V2
            if await self.barred(Capability.CS_V3) and not await self.barred(Capability.CS_V2)
            else (Capability.CS_V3)
        )

    async def barred(self, one: Capability) -> bool:
        """Whether this was refused lately."""
        await self.all()
        return self.known_barred(one)

    async def refusal(self, one: Capability) -> int:
        """Return the number with which this was refused last; 0 when it is not known."""
        record = (await self.all()).get(one.value)
        code = record.get("code") if isinstance(record, Mapping) else 0
        return code if isinstance(code, int) else 0

    def known_barred(self, one: Capability) -> bool:
        """Whether it is known here, without asking the database, that this was refused lately."""
        record = (self._known or {}).get(one.value)
        if not isinstance(record, Mapping) or record.get("can") is not False:
            return False
        believed = _PICTURES_BELIEVED_FOR if one in {Capability.UPLOADS, Capability.PICTURES} else BELIEVED_FOR
        if record.get("code") in _MONEY:
            believed = _MONEY_BELIEVED_FOR
        try:
            return self._now() - datetime.fromisoformat(str(record.get("at"))) < believed
        except (ValueError, TypeError):
            return False

    async def works(self, one: Capability) -> bool:
        """Whether the last that was seen of it is that it works."""
        record = (await self.all()).get(one.value)
        return isinstance(record, Mapping) and record.get("can") is True

    async def all(self) -> Mapping[str, Any]:
        """Return the whole record; what the database cannot tell is unknown."""
        if self._known is None:
            await self.refresh()
        return self._known or {}

    async def refresh(self) -> None:
        """Read again what other processes have noted."""
        try:
            self._known = await self._accounts.capabilities(self._account)
        except (SQLAlchemyError, OSError) as error:
            _LOG.warning("zalo_oa: capabilities could not be read (%s)", type(error).__name__)

    async def note(self, one: Capability, *, can: bool, code: int = 0) -> None:
        """Note what was seen. What is known already is not written again, save refusals, whose time counts."""
        if can and await self.works(one):
            return
        if not can:
            _LOG.warning("zalo_oa: %s is refused with %d", one.value, code)
        await self._keep({one.value: {"can": can, "code": code, "at": self._now().isoformat()}})

    async def note_event(self, name: str) -> None:
        """Note the name of an event that nobody knows, for `python -m bot doctor`."""
        if name in self._events or len(self._events) >= MOST_EVENTS or not _EVENT.fullmatch(name):
            return
        try:
            kept = unknown_events(await self._accounts.capabilities(self._account))  # other processes note some too
        except (SQLAlchemyError, OSError) as error:
            _LOG.warning("zalo_oa: the name of an event could not be kept (%s)", type(error).__name__)
            return
        self._events.update((*kept, name))
        if name not in kept and len(kept) < MOST_EVENTS:
            _LOG.warning("zalo_oa: an event of an unknown name came: %s", name)
            await self._keep({_EVENTS: [*kept, name]})

    async def _keep(self, found: Mapping[str, Any]) -> None:
        self._known = {**(await self.all()), **found}
        try:
            await self._accounts.note_capabilities(self._account, found)
        except (SQLAlchemyError, OSError) as error:
            _LOG.warning("zalo_oa: capabilities could not be kept (%s)", type(error).__name__)


def unknown_events(record: Mapping[str, Any]) -> list[str]:
    """Return the names of unknown events in a record."""
    names = record.get(_EVENTS)
    listed: Iterable[object] = names if isinstance(names, list) else ()
    return [one for one in listed if isinstance(one, str)]
