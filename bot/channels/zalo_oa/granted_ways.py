"""Ways of sending beside messages to who wrote: Zalo grants them to some OAs, and a refusal of one halts no other.

Whether an OA may use one shows when it first does. What refuses the way as such is remembered, and the way is not
tried again for a while; replies go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from bot.channels.contract import Outcome, Permanent, Sent
from bot.channels.zalo_oa.capabilities import Capabilities, Capability
from bot.channels.zalo_oa.client import Answer, ZaloClient
from bot.channels.zalo_oa.errors import OF_THIS_WAY, told
from bot.channels.zalo_oa.outcomes import outcome_of_answer, outcome_of_failure, plain
from bot.channels.zalo_oa.tokens import Tokens

_LOG: Final = logging.getLogger(__name__)


class GrantedWays:
    """Sends by such a way for one account. `ready_seconds`: how long it may take before it leaves the machine."""

    def __init__(
        self,
        client: ZaloClient,
        tokens: Tokens,
        capabilities: Capabilities,
        *,
        now: Callable[[], datetime],
        throttle_seconds: float,
        ready_seconds: float,
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._capabilities = capabilities
        self._now = now
        self._throttle_seconds = throttle_seconds
        self._ready_seconds = ready_seconds

    async def send(self, way: Capability, path: str, body: Mapping[str, Any]) -> Outcome:
        """Send a body, once, unless the way is barred. Raises nothing."""
        if await self._capabilities.barred(way):
            return Permanent(told(await self._capabilities.refusal(way))[0])
        ready_by = asyncio.get_running_loop().time() + self._ready_seconds

        async def ask(token: str) -> Answer:
            return await self._client.post(path, token, body)

        try:
            answer = await self._tokens.with_access(ask, ready_by)
        except Exception as error:
            return outcome_of_failure(error)
        return await self._outcome(way, answer)

    async def _outcome(self, way: Capability, answer: Answer) -> Outcome:
        """What the answer says; what it says of the way is remembered."""
        if answer.error in OF_THIS_WAY:
            await self._capabilities.note(way, can=False, code=answer.error)
            return Permanent(told(answer.error)[0])
        outcome = outcome_of_answer(answer, self._now(), self._throttle_seconds)
        if isinstance(outcome, Sent):
            await self._capabilities.note(way, can=True)
        elif isinstance(outcome, Permanent):
            _LOG.warning("zalo_oa: %s is refused with %s (%s)", way.value, answer.error, plain(answer.message))
        return outcome
