"""Asks Zalo to show an article to followers of the OA: to all, or to those of some provinces. Once, by the caller.

`POST /v2.0/oa/message` with `recipient.target` and an article that stands on the OA already. Zalo knows no ward, and
its numbers of provinces are of its own making, those of before July 2025: an operator copies them into
ZALO_OA_CITIES. Nothing is shown to more people than were meant: where a place has no number, it is not asked for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.channels.contract import Outcome, Permanent, QuotaSpent, Sent, Unknown, UntargetableError
from bot.channels.zalo_oa.capabilities import Capabilities, Capability
from bot.channels.zalo_oa.client import Answer, NoAnswerError, NotSentError, ZaloClient
from bot.channels.zalo_oa.errors import OF_THIS_WAY, told
from bot.channels.zalo_oa.outcomes import before_it_left, outcome_of_answer, plain
from bot.channels.zalo_oa.tokens import TokenError, Tokens

PATH: Final = "/v2.0/oa/message"
_EVERYBODY: Final[Mapping[str, str]] = {"gender": "0"}  # men and women, wherever they are
_PROVINCE: Final = 2  # digits of a province's code
_LOG: Final = logging.getLogger(__name__)


class Broadcasting:
    """Asks for broadcasts of one account."""

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

    async def ask(self, article: str, target: Mapping[str, str]) -> Outcome:
        """Ask for a broadcast. `Sent` means that Zalo has taken it; it may still look at it first. Raises nothing."""
        if not article.strip():
            return Permanent("Chưa có mã bài viết của Zalo.")
        if await self._capabilities.barred(Capability.BROADCAST):
            return Permanent(told(await self._capabilities.refusal(Capability.BROADCAST))[0])
        ready_by = asyncio.get_running_loop().time() + self._ready_seconds
        try:
            answer = await self._post(article.strip(), target, ready_by)
        except NoAnswerError as error:
            return Unknown(f"Zalo không trả lời sau khi đã gửi ({error}).")
        except (NotSentError, TokenError) as error:
            return before_it_left(error)
        except Exception as error:
            _LOG.error("zalo_oa: asking for a broadcast failed unexpectedly (%s)", type(error).__name__)
            return Unknown(f"Lỗi bất ngờ khi gửi ({type(error).__name__}).")
        return await self._outcome(answer)

    async def _post(self, article: str, target: Mapping[str, str], ready_by: float) -> Answer:
        element = {"media_type": "article", "attachment_id": article}
        payload = {"template_type": "media", "elements": [element]}
        body = {
            "recipient": {"target": dict(target)},
            "message": {"attachment": {"type": "template", "payload": payload}},
        }

        async def ask(token: str) -> Answer:
            return await self._client.post(PATH, token, body)

        return await self._tokens.with_access(ask, ready_by)

    async def _outcome(self, answer: Answer) -> Outcome:
        if answer.error in OF_THIS_WAY:
            await self._capabilities.note(Capability.BROADCAST, can=False, code=answer.error)
            return Permanent(told(answer.error)[0])
        outcome = outcome_of_answer(answer, self._now(), self._throttle_seconds)
        if isinstance(outcome, Sent):
            await self._capabilities.note(Capability.BROADCAST, can=True)
        elif isinstance(outcome, QuotaSpent) and outcome.whole_account:
            return QuotaSpent(outcome.reason)  # of broadcasts: messages to residents have another
        elif isinstance(outcome, Permanent):
            _LOG.warning("zalo_oa: a broadcast is refused with %s (%s)", answer.error, plain(answer.message))
        return outcome


def target_of(places: Sequence[str], cities: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """Return Zalo's target for these places (none: everybody). Raises `UntargetableError`, in Vietnamese.

    >>> target_of(["01"], {"01": ("4",), "79": ("1", "57")})
    {'gender': '0', 'cities': '4'}
    """
    if any(len(one) != _PROVINCE for one in places):
        raise UntargetableError("Zalo không chọn được tới phường, xã khi phát bài viết; chỉ chọn được tỉnh, thành phố.")
    if missing := [one for one in places if not cities.get(one)]:
        raise UntargetableError(
            f"Chưa khai mã tỉnh của Zalo cho mã {', '.join(missing)} (ZALO_OA_CITIES) nên không phát bài viết."
        )
    if not places:
        return dict(_EVERYBODY)
    return {**_EVERYBODY, "cities": ",".join(dict.fromkeys(city for one in places for city in cities[one]))}
