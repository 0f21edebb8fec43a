"""Sends a message template that Zalo has approved: it needs no open window, and is not written by us.

`POST /v3.0/oa/message/template` takes {"user_id", "template_id", "template_data"}. Whether an OA may use it shows when
the first is sent. A refusal of templates as such halts nobody: replies go by another way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeGuard

from bot.channels.contract import Outcome, Permanent, Recipient, Sent, Unknown
from bot.channels.zalo_oa.capabilities import Capabilities, Capability
from bot.channels.zalo_oa.client import Answer, NoAnswerError, NotSentError, ZaloClient
from bot.channels.zalo_oa.errors import OF_THIS_WAY, REFUSALS, told
from bot.channels.zalo_oa.outcomes import before_it_left, outcome_of_answer, plain
from bot.channels.zalo_oa.tokens import TokenError, Tokens

PATH: Final = "/v3.0/oa/message/template"
_RESTRICTED: Final = -244
"""The resident wants no messages of this kind: others may come all the same."""
_LOG: Final = logging.getLogger(__name__)


class Templates:
    """Sends templates of one account. `ready_seconds`: how long one may take before it leaves the machine."""

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

    async def send(self, recipient: Recipient, template: object) -> Outcome:
        """Send a template, once. Raises nothing."""
        if not _is_template(template):
            return Permanent("Tin mẫu không đúng dạng.")
        if await self._capabilities.barred(Capability.TEMPLATE):
            return Permanent(told(await self._capabilities.refusal(Capability.TEMPLATE))[0])
        ready_by = asyncio.get_running_loop().time() + self._ready_seconds
        try:
            answer = await self._post(recipient.user, template, ready_by)
        except NoAnswerError as error:
            return Unknown(f"Zalo không trả lời sau khi đã gửi ({error}).")
        except (NotSentError, TokenError) as error:
            return before_it_left(error)
        except Exception as error:
            _LOG.error("zalo_oa: sending a template failed unexpectedly (%s)", type(error).__name__)
            return Unknown(f"Lỗi bất ngờ khi gửi ({type(error).__name__}).")
        return await self._outcome(answer)

    async def _post(self, user: str, template: Mapping[str, Any], ready_by: float) -> Answer:
        body = {
            "user_id": user,
            "template_id": template["template_id"],
            "template_data": dict(template["template_data"]),
        }

        async def ask(token: str) -> Answer:
            return await self._client.post(PATH, token, body)

        return await self._tokens.with_access(ask, ready_by)

    async def _outcome(self, answer: Answer) -> Outcome:
        """What the answer says; what refuses templates as such is remembered."""
        if answer.error in OF_THIS_WAY:
            await self._capabilities.note(Capability.TEMPLATE, can=False, code=answer.error)
            return Permanent(told(answer.error)[0])
        if answer.error == _RESTRICTED:
            return Permanent(REFUSALS[_RESTRICTED].reason)
        outcome = outcome_of_answer(answer, self._now(), self._throttle_seconds)
        if isinstance(outcome, Sent):
            await self._capabilities.note(Capability.TEMPLATE, can=True)
        elif isinstance(outcome, Permanent):
            _LOG.warning("zalo_oa: a template is refused with %s (%s)", answer.error, plain(answer.message))
        return outcome


def _is_template(given: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether it names a template and what is filled in, all in words."""
    if not isinstance(given, Mapping) or set(given) != {"template_id", "template_data"}:
        return False
    number, data = given["template_id"], given["template_data"]
    filled = isinstance(data, Mapping) and all(isinstance(one, str) for pair in data.items() for one in pair)
    return isinstance(number, str) and bool(number.strip()) and filled
