"""The gate before a channel: messages of campaigns are judged again in the transaction in which they are claimed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.channels.contract import Part, Recipient
from bot.store.campaign_ledger import Ledger, Ready, lock_gate
from bot.store.database import Database
from bot.store.outbox import Claimed


@dataclass(frozen=True)
class Passed:
    """What may be sent now. `contents` has what is sent of those of a campaign, by the message's number.

    `looked`: how many messages were claimed for that, those among them that may not go now.
    """

    messages: Sequence[Claimed]
    contents: Mapping[int, tuple[Recipient, Part]] = field(default_factory=dict)
    looked: int = 0


class Gate(Protocol):
    """What a sender asks before it sends something of a campaign."""

    async def passed(self, claim: Callable[[], Awaitable[list[Claimed]]]) -> Passed | None:
        """Claim and judge in one transaction; None, with nothing claimed, while another sender is at it."""

    async def spent(self, account: int) -> None:
        """Note that an account's quota is used up: nothing of a campaign is tried on it for a while."""


class CampaignGate:
    """Judges by the ledger of campaigns."""

    def __init__(self, database: Database, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock

    async def passed(self, claim: Callable[[], Awaitable[list[Claimed]]]) -> Passed | None:
        """Claim and judge in one transaction; None, with nothing claimed, while another sender is at it."""
        async with self._database.one_transaction():
            async with self._database.sessions.begin() as session:
                if not await lock_gate(session):
                    return None
            claimed = await claim()
            ready = await self._ledger.passed(claimed, self._clock())
        contents = {one.claimed.id: _content(one) for one in ready}
        messages = [one for one in claimed if one.recipient is None or one.id in contents]
        return Passed(messages, contents, len(claimed))

    async def spent(self, account: int) -> None:
        """Note that an account's quota is used up."""
        await self._ledger.spent(account, self._clock())


def _content(ready: Ready) -> tuple[Recipient, Part]:
    return Recipient(ready.user, ready.last_seen), Part(ready.part)
