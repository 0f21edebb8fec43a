"""What Zalo says of quotas with a message, entered into the ledger."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from bot.store.quotas import Quota, Quotas

SPENT: Final = "oa"
"""The kind under which it is noted that the account's quota is used up (-211)."""
_LOOKS_AGAIN: Final = timedelta(minutes=10)
_WRITINGS: Final = 2
"""So often one message enters what it and others were told; what comes later waits for the next message."""
_LOG: Final = logging.getLogger(__name__)


class QuotaNotes:
    """Enters quotas into the ledger.

    The ledger has no residents in it: where a quota is a resident's, it holds what was read last, whoever's it was.
    """

    def __init__(self, quotas: Quotas, account: int, now: Callable[[], datetime]) -> None:
        self._quotas = quotas
        self._account = account
        self._now = now
        self._cleared_at: datetime | None = None
        self._latest: dict[str, Quota] = {}
        self._writing = False

    async def note(self, quota: object) -> None:
        """Enter what came with a message that was sent: the account's quota is not used up."""
        await self._clear()
        if isinstance(quota, Mapping):
            kind = quota.get("quota_type")
            named = {kind: quota} if isinstance(kind, str) and kind else quota
            self._latest |= {one.kind: one for one in self._said(named)}
            await self._keep_latest()

    async def spent(self) -> None:
        """Enter that the account's quota is used up."""
        self._cleared_at = None
        await self._keep((Quota(SPENT, 0, None, self._now()),))

    async def _clear(self) -> None:
        """Drop what `spent` entered; now and then also what another process may have entered."""
        now = self._now()
        if self._cleared_at is not None and now - self._cleared_at < _LOOKS_AGAIN:
            return
        self._cleared_at = now  # before it is done: the other messages under way need not do it too
        try:
            await self._quotas.drop(self._account, SPENT)
        except (SQLAlchemyError, OSError) as error:
            _LOG.warning("zalo_oa: a quota could not be cleared (%s)", type(error).__name__)
            self._cleared_at = None

    async def _keep_latest(self) -> None:
        """Enter what came last, one writing at a time: a hundred messages under way tell of the same quota."""
        if self._writing:
            return
        self._writing = True
        try:
            for _ in range(_WRITINGS):
                if not self._latest:
                    return
                latest, self._latest = self._latest, {}
                await self._keep(tuple(latest.values()))
        finally:
            self._writing = False

    async def _keep(self, said: tuple[Quota, ...]) -> None:
        """Enter quotas; a failure is only logged, since what was sent is sent."""
        try:
            for quota in said:
                await self._quotas.note(self._account, quota)
        except (SQLAlchemyError, OSError) as error:
            _LOG.warning("zalo_oa: a quota could not be kept (%s)", type(error).__name__)

    def _said(self, data: Mapping[str, Any]) -> Iterator[Quota]:
        """Yield each {"remain": …, "total": …} by its name; numbers may be texts."""
        for kind, one in data.items():
            if isinstance(one, Mapping):
                remaining, total = _whole(one.get("remain")), _whole(one.get("total"))
                if remaining is not None or total is not None:
                    yield Quota(str(kind)[:50], remaining, total, self._now())


def _whole(value: object) -> int | None:
    """Return a whole number that a database can keep; Zalo also writes "unlimited", which is none."""
    try:
        number = int(str(value))
    except ValueError:
        return None
    return number if -(2**62) < number < 2**62 else None
